//! The enforcement points that are connected to this process: when each was heard, and what it says.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use platform::clock::Clock;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Error;
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::store::{self, OpenStreams, Store};

/// That a point was heard is kept when what is kept is this old: about once a second, and within
/// [`HEARD_LAG`](crate::domain::stop::HEARD_LAG).
const KEEP_AFTER: Duration = Duration::from_millis(800);
/// Most characters of a name.
const LONGEST_NAME: usize = 100;

/// By connection, the number that a sign of life answers.
pub(crate) type Answered = HashMap<u64, i64>;

/// The points that are connected to this process.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    store: Store,
    clock: Clock,
    /// UUID of this process.
    replica: Arc<str>,
    /// The longest limit that a point may have.
    limit: Duration,
    connections: Arc<Mutex<Connections>>,
    confirmed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Connections {
    last: u64,
    open: HashMap<u64, Weak<Connection>>,
}

#[derive(Debug)]
struct Connection {
    number: u64,
    name: String,
    process: String,
    /// The number of its last `alive`; 0 before the first.
    alive: AtomicI64,
    /// The number of its first one, which it says before it hears anything.
    first: AtomicI64,
    kept: Mutex<Kept>,
    /// The agreements under which it has streams open.
    in_use: Mutex<HashSet<AgreementId>>,
}

/// What of its signs of life the database has.
#[derive(Clone, Copy, Debug)]
struct Kept {
    alive: i64,
    at: Instant,
}

/// One connected point, until it is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    points: Points,
    connection: Arc<Connection>,
}

impl Points {
    /// Nobody yet. `confirmed` is told of every confirmation.
    pub(crate) fn new(store: Store, clock: Clock, limit: Duration, confirmed: Arc<Notify>) -> Self {
        let replica = clock.uuid().to_string().into();
        Self { store, clock, replica, limit, connections: Arc::default(), confirmed }
    }

    /// Registers a point, durably.
    pub(super) async fn register(
        &self,
        name: String,
        process: String,
        limit: Duration,
    ) -> Result<Point, Error> {
        let mut problems = Vec::new();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let (en, nl) = ("has to be 1 to 100 characters", "moet 1 tot 100 tekens zijn");
            problems.push(Problem::new("register.enforcement_point", en, nl));
        }
        if uuid::Uuid::try_parse(&process).is_err() {
            problems.push(Problem::new("register.process", "is not a UUID", "is geen UUID"));
        }
        if limit.is_zero() || limit > self.limit {
            let most = self.limit.as_millis();
            problems.push(Problem::new(
                "register.silence_limit_ms",
                format!("has to be 1 to {most}, the silence limit of this service"),
                format!("moet 1 tot {most} zijn, de stiltegrens van deze dienst"),
            ));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let begin = Instant::now();
        self.store.register_point((&name, &process), &self.replica, self.clock.now()).await?;
        let kept = Mutex::new(Kept { alive: 0, at: begin });
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.last += 1;
        let number = connections.last;
        let (alive, first) = (AtomicI64::new(0), AtomicI64::new(0));
        let in_use = Mutex::default();
        let connection = Arc::new(Connection { number, name, process, alive, first, kept, in_use });
        connections.open.insert(number, Arc::downgrade(&connection));
        Ok(Point { points: self.clone(), connection })
    }

    /// What each point said last. Of a point that hears, the database knows so within
    /// [`HEARD_LAG`](crate::domain::stop::HEARD_LAG). Its first `alive` over a connection shows
    /// nothing: it is said also by who hears nothing and connects again and again.
    pub(super) async fn heard_so_far(&self) -> Result<Answered, store::Error> {
        let said = |connection: Arc<Connection>| {
            let alive = connection.alive.load(Ordering::SeqCst);
            (connection, alive)
        };
        let heard: Vec<(Arc<Connection>, i64)> = self.connected().into_iter().map(said).collect();
        let new: Vec<_> = heard.iter().filter(|(connection, alive)| connection.hears(*alive)).collect();
        if new.iter().any(|(connection, _)| connection.kept().at.elapsed() >= KEEP_AFTER) {
            let begin = Instant::now();
            let points: Vec<_> = new.iter().map(|(one, _)| (one.name.clone(), one.process.clone())).collect();
            self.store.heard(&points, &self.replica, self.clock.now()).await?;
            for (connection, alive) in new {
                *connection.kept.lock().unwrap_or_else(PoisonError::into_inner) =
                    Kept { alive: *alive, at: begin };
            }
        }
        Ok(heard.into_iter().map(|(connection, alive)| (connection.number, alive)).collect())
    }

    /// The agreements under which the points have streams open.
    pub(super) fn in_use(&self) -> HashSet<AgreementId> {
        self.connected().iter().flat_map(|connection| connection.in_use().clone()).collect()
    }

    fn connected(&self) -> Vec<Arc<Connection>> {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.open.retain(|_, connection| connection.strong_count() > 0);
        connections.open.values().filter_map(Weak::upgrade).collect()
    }
}

impl Connection {
    /// Whether this `alive` shows something new: that the point heard an answer to an earlier one.
    fn hears(&self, alive: i64) -> bool {
        alive > self.kept().alive.max(self.first.load(Ordering::SeqCst))
    }

    fn kept(&self) -> Kept {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_use(&self) -> MutexGuard<'_, HashSet<AgreementId>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Point {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.connection.name
    }

    /// The number of its own that a sign of life answers; none when that came before it.
    pub(crate) fn answered(&self, answered: &Answered) -> Option<i64> {
        answered.get(&self.connection.number).copied()
    }

    /// It is there.
    pub(crate) fn alive(&self, number: i64) {
        if self.connection.alive.fetch_max(number, Ordering::SeqCst) == 0 {
            self.connection.first.store(number, Ordering::SeqCst);
        }
    }

    /// Nothing flows any more under what was stopped.
    pub(crate) async fn confirm(&self, stop: u64, streams_cut: u64) -> Result<(), Error> {
        let Self { points, connection } = self;
        let point = (connection.name.as_str(), connection.process.as_str());
        points.store.confirm(point, stop, streams_cut, points.clock.now()).await?;
        points.confirmed.notify_one();
        Ok(())
    }

    /// Which streams are open there.
    pub(crate) async fn open(&self, open: &[OpenStreams]) -> Result<(), Error> {
        let Self { points, connection } = self;
        *connection.in_use() = open.iter().filter_map(|open| AgreementId::of_name(&open.agreement)).collect();
        Ok(points.store.keep_open_streams((&connection.name, &connection.process), open).await?)
    }
}
