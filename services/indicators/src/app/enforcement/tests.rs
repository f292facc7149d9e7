use super::*;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::app::decision::double::{Connection, Double};
use crate::app::gates::Cut;
use crate::domain::permit::Reason;

const LIMIT: Duration = Duration::from_millis(500);
const NOON: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
const LATER: OffsetDateTime = datetime!(2027-11-23 12:00 UTC);
const A: &str = "agreements/a";

#[tokio::test]
async fn a_listener_that_fails_stops_the_process_so_that_another_takes_its_place() {
    let point = EnforcementPoint { name: "indicators/0".to_owned(), process: Uuid::nil(), limit: LIMIT };
    let shutdown = Shutdown::new();
    // Nobody takes the connection, which it does not foresee.
    let (double, _) = Double::new();
    let _enforcement = Enforcement::start(double, point, shutdown.clone());
    timeout(Duration::from_secs(5), shutdown.wait()).await.expect("the order to stop");
}

struct Talk {
    connections: mpsc::UnboundedReceiver<Connection>,
    now: Connection,
    enforcement: Enforcement,
    _shutdown: Shutdown,
}

impl Talk {
    async fn start() -> Self {
        let (double, mut connections) = Double::new();
        let point = EnforcementPoint { name: "indicators/0".to_owned(), process: Uuid::nil(), limit: LIMIT };
        let shutdown = Shutdown::new();
        let enforcement = Enforcement::start(double, point, shutdown.clone());
        let now = connections.recv().await.expect("a connection");
        Self { connections, now, enforcement, _shutdown: shutdown }
    }

    /// The connection is lost, and there is another one.
    async fn reconnect(&mut self) {
        self.now = (mpsc::channel(1).1, mpsc::unbounded_channel().0);
        self.now = self.connections.recv().await.expect("a connection");
    }

    /// The next thing that is said and `is`.
    async fn said<T>(&mut self, is: impl Fn(&Said) -> Option<T>) -> T {
        let saying = async {
            loop {
                let said = self.now.0.recv().await.expect("something said");
                if let Some(found) = is(&said) {
                    return found;
                }
            }
        };
        timeout(Duration::from_secs(2), saying).await.expect("said in time")
    }

    /// Answers the next sign of life.
    async fn answer(&mut self) {
        let number = self
            .said(|said| match said {
                Said::Alive(number) => Some(*number),
                Said::Confirmed { .. } | Said::Open(_) => None,
            })
            .await;
        self.hear(Heard::Alive(number));
    }

    fn hear(&self, heard: Heard) {
        self.now.1.send(heard).expect("it listens");
    }

    fn hear_of_stop(&self, stop: i64) {
        let (message_nl, message_en) = (String::new(), String::new());
        let code = "AGREEMENT_REVOKED".to_owned();
        let reason = Box::new(Reason { code, message_nl, message_en, metadata: Vec::new() });
        self.hear(Heard::Ended { agreement: A.to_owned(), reason, stop: Some(stop) });
    }

    async fn confirmed(&mut self) -> (i64, u64) {
        self.said(|said| match said {
            Said::Confirmed { stop, streams_cut, .. } => Some((*stop, *streams_cut)),
            Said::Alive(_) | Said::Open(_) => None,
        })
        .await
    }

    async fn open(&self, permit: i64) -> Gate {
        let gate = self.enforcement.gate(A, "oin", true, &Clock::held_at(NOON)).await.expect("a gate");
        gate.key().permitted(permit).expect("permitted");
        gate
    }
}

#[tokio::test]
async fn a_stop_is_confirmed_only_after_streams_let_go() {
    let mut talk = Talk::start().await;
    talk.answer().await;
    let gate = talk.open(1).await;
    talk.hear_of_stop(2);
    let begin = Instant::now();
    let ((stop, cut), ()) = tokio::join!(talk.confirmed(), async {
        sleep(RELEASE / 2).await;
        assert!(matches!(gate.open_until(LATER), Err(Cut::Ended(_))), "shut at once");
        drop(gate);
    });
    assert_eq!((stop, cut), (2, 1));
    assert!(begin.elapsed() >= RELEASE / 2, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_connection_that_is_lost_for_less_than_the_limit_cuts_nothing_and_what_was_missed_is_told() {
    let mut talk = Talk::start().await;
    talk.answer().await;
    let gate = talk.open(1).await;
    talk.reconnect().await;
    talk.answer().await;
    sleep(Duration::from_millis(50)).await;
    assert!(gate.open_until(LATER).is_ok());
    talk.hear_of_stop(2);
    assert_eq!(talk.confirmed().await, (2, 1));
    // Told again over yet another connection, it is confirmed again with what it cut.
    talk.reconnect().await;
    talk.answer().await;
    talk.hear_of_stop(2);
    assert_eq!(talk.confirmed().await, (2, 1));
}

#[tokio::test]
async fn signs_of_life_that_answer_nothing_new_prolong_nothing() {
    let mut talk = Talk::start().await;
    talk.answer().await;
    let gate = talk.open(1).await;
    let begin = Instant::now();
    let stale = async {
        for _ in 0..20 {
            sleep(LIMIT / 10).await;
            // It may have left this connection by then.
            drop(talk.now.1.send(Heard::Alive(1)));
        }
    };
    let (cut, ()) = tokio::join!(
        async {
            let cut = gate.cut(LATER).await;
            assert!(begin.elapsed() <= LIMIT + LIMIT / 2, "{:?}", begin.elapsed());
            cut
        },
        stale
    );
    assert!(matches!(cut, Cut::Silent));
}

#[tokio::test]
async fn what_holds_for_all_agreements_cuts_everything_that_is_open_and_nothing_later() {
    let mut talk = Talk::start().await;
    talk.answer().await;
    let (mut one, mut other) = (talk.open(1).await, talk.open(2).await);
    let (message_nl, message_en) = (String::new(), String::new());
    let code = "WITNESSES_OVERDUE".to_owned();
    talk.hear(Heard::AllEnded(Box::new(Reason { code, message_nl, message_en, metadata: Vec::new() })));
    for gate in [&mut one, &mut other] {
        let Cut::Ended(reason) = gate.cut(LATER).await else { panic!("not for this reason") };
        assert_eq!(reason.code, "WITNESSES_OVERDUE");
    }
    talk.answer().await;
    assert!(talk.open(3).await.open_until(LATER).is_ok(), "consent decides about it anew");
}

#[tokio::test]
async fn thousands_of_stops_at_once_are_confirmed_in_parts_and_cut_no_point_that_is_well() {
    let mut talk = Talk::start().await;
    talk.answer().await;
    let gate =
        talk.enforcement.gate("agreements/b", "oin", true, &Clock::held_at(NOON)).await.expect("a gate");
    gate.key().permitted(1).expect("permitted");
    let stops = 1..=2000;
    stops.clone().for_each(|stop| talk.hear_of_stop(stop));
    let (mut confirmed, mut between, mut most) = (Vec::new(), 0, 0);
    while confirmed.len() < 2000 {
        let said = timeout(LIMIT, talk.now.0.recv()).await.expect("in time").expect("the same connection");
        match said {
            Said::Confirmed { stop, .. } => {
                confirmed.push(stop);
                between += 1;
                // To take one takes time: for all of them longer than a silence may last.
                if confirmed.len() % 10 == 0 {
                    sleep(LIMIT / 100).await;
                }
            }
            Said::Alive(number) => {
                talk.hear(Heard::Alive(number));
                between = 0;
            }
            Said::Open(_) => {}
        }
        most = most.max(between);
    }
    confirmed.sort_unstable();
    assert_eq!(confirmed, stops.collect::<Vec<_>>());
    assert!(talk.connections.try_recv().is_err(), "it did not have to connect again");
    assert!(gate.open_until(LATER).is_ok(), "what did not stop goes on");
    assert!(most <= outbox::UNDER_WAY, "{most} before a sign of life");
}
