//! Decisions asked for by many at the same time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Statement};

use crate::world::{Asker, World, request};
use crate::{Numbers, float, quantile};

/// What so many askers saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// How long each answer took.
    pub(crate) times: Vec<Duration>,
    /// How long all of it took.
    pub(crate) elapsed: Duration,
    /// How many transactions or writes there were.
    pub(crate) batches: usize,
    /// What all threads of this process took of the processors.
    pub(crate) worked: Duration,
}

impl Seen {
    /// With what was seen in another round.
    pub(crate) fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.elapsed += other.elapsed;
        self.batches += other.batches;
        self.worked += other.worked;
    }

    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        float(self.times.len()) / self.elapsed.as_secs_f64()
    }

    /// Answers in one transaction or write, on average.
    pub(crate) fn batch(&self) -> f64 {
        float(self.times.len()) / float(self.batches.max(1))
    }

    /// What one answer took of the processors, on average: asking for it too.
    pub(crate) fn work(&self) -> Duration {
        self.worked / u32::try_from(self.times.len().max(1)).expect("not so many")
    }

    /// The time, in percent of the answers.
    pub(crate) fn quantile(&mut self, percent: usize) -> Duration {
        self.times.sort_unstable();
        quantile(&self.times, percent)
    }
}

/// Asks for decisions, each under an agreement taken at random, `askers` at the same time.
pub(crate) async fn decide(world: &World, askers: usize, during: Duration) -> Seen {
    let before = batches(world).await;
    let mut seen = ask(world, &world.asker(), askers, during).await;
    seen.batches = batches(world).await - before;
    seen
}

/// Asks whoever answers.
pub(crate) async fn ask(world: &World, asker: &Asker, askers: usize, during: Duration) -> Seen {
    let names: Arc<[String]> = world.agreements.clone().into();
    let (start, before) = (Instant::now(), worked());
    let tasks: Vec<_> = (1..)
        .take(askers)
        .map(|seed| {
            let (asker, names, clock) = (asker.clone(), names.clone(), world.clock.clone());
            tokio::spawn(async move {
                let (mut times, mut numbers) = (Vec::new(), Numbers::new(seed));
                while start.elapsed() < during {
                    let place = numbers.below(u64::try_from(names.len()).expect("a number"));
                    let request = request(&names[usize::try_from(place).expect("a place")], &clock);
                    let asked = Instant::now();
                    let answer = asker.decide(request).await;
                    times.push(asked.elapsed());
                    assert!(answer.permitted, "{:?}", answer.reasons);
                }
                times
            })
        })
        .collect();
    let mut seen = Seen::default();
    for task in tasks {
        seen.times.extend(task.await.expect("an asker"));
    }
    seen.elapsed = start.elapsed();
    seen.worked = worked() - before;
    seen
}

/// What this process took of the processors until now, in hundredths of a second (proc(5): utime and
/// stime of /proc/self/stat).
fn worked() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a process");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks"));
    Duration::from_millis(10 * ticks.sum::<u64>())
}

/// How many transactions there were: everything in one has the same time.
async fn batches(world: &World) -> usize {
    let of_sqlite = "SELECT count(DISTINCT json_extract(header_json,'$.time')) FROM ledger_entry";
    let of_postgres = "SELECT count(DISTINCT header_json::json->>'time') FROM ledger_entry";
    let pool = world.test.database.pool();
    let query = if world.test.database.is_postgres() { of_postgres } else { of_sqlite };
    let row = pool.query_one_raw(Statement::from_string(pool.get_database_backend(), query)).await;
    let count: i64 = row.expect("an answer").expect("a count").try_get_by_index(0).expect("a number");
    usize::try_from(count).expect("a count")
}

/// What the ledger has to keep of the newest entry: header, body, and the bytes of two salts, of
/// which the digits of one are as many.
pub(crate) async fn newest_entry(world: &World) -> String {
    let pool = world.test.database.pool();
    let query =
        "SELECT header_json || body_json || header_salt FROM ledger_entry ORDER BY position DESC LIMIT 1";
    let row = pool.query_one_raw(Statement::from_string(pool.get_database_backend(), query)).await;
    row.expect("an answer").expect("an entry").try_get_by_index(0).expect("a text")
}
