use super::*;
use time::macros::datetime;

const LIMIT: Duration = Duration::from_millis(300);
const NOON: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
const LATER: OffsetDateTime = datetime!(2027-11-23 12:00 UTC);
const A: &str = "agreements/a";

fn reason(code: &str) -> Reason {
    let (message_nl, message_en) = (String::new(), String::new());
    Reason { code: code.to_owned(), message_nl, message_en, metadata: Vec::new() }
}

fn alive() -> Arc<Enforced> {
    let enforced = Enforced::new(LIMIT);
    enforced.prolong(Instant::now());
    enforced
}

async fn open(enforced: &Arc<Enforced>, agreement: &str, permit: Option<i64>) -> Gate {
    let gate = enforced.gate(agreement, "oin", true, &Clock::held_at(NOON)).await.expect("a gate");
    if let Some(permit) = permit {
        gate.key().permitted(permit).expect("permitted");
    }
    gate
}

#[tokio::test]
async fn without_a_sign_of_life_no_gate_opens() {
    let enforced = Enforced::new(LIMIT);
    let clock = Clock::held_at(NOON);
    enforced.gate(A, "oin", true, &clock).await.expect_err("no gate");
    let begin = Instant::now();
    let (opened, ()) = tokio::join!(enforced.gate(A, "oin", true, &clock), async {
        tokio::time::sleep(LIMIT / 3).await;
        enforced.prolong(Instant::now());
    });
    opened.expect("a gate");
    assert!(begin.elapsed() < LIMIT);
}

#[tokio::test]
async fn a_sign_of_life_counts_from_when_it_was_asked_for() {
    let enforced = Enforced::new(LIMIT);
    enforced.prolong(Instant::now() - LIMIT / 2);
    let gate = open(&enforced, A, Some(1)).await;
    let begin = Instant::now();
    assert!(matches!(gate.cut(LATER).await, Cut::Silent));
    assert!(begin.elapsed() <= LIMIT * 3 / 4, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn what_was_open_before_a_silence_stays_shut_after_it() {
    let enforced = alive();
    let gate = open(&enforced, A, Some(1)).await;
    assert!(gate.open_until(LATER).is_ok());
    tokio::time::sleep(LIMIT).await;
    // Nobody looked while it was silent.
    enforced.prolong(Instant::now());
    assert!(matches!(gate.open_until(LATER), Err(Cut::Silent)));
    assert!(open(&enforced, A, Some(2)).await.open_until(LATER).is_ok());
}

#[tokio::test]
async fn signs_of_life_keep_a_gate_open() {
    let enforced = alive();
    let gate = open(&enforced, A, Some(1)).await;
    let begin = Instant::now();
    let breathe = async {
        for _ in 0..8 {
            tokio::time::sleep(LIMIT / 4).await;
            enforced.prolong(Instant::now());
        }
    };
    let (cut, ()) = tokio::join!(gate.cut(LATER), breathe);
    assert!(matches!(cut, Cut::Silent));
    assert!(begin.elapsed() >= LIMIT * 3, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_stop_shuts_what_is_older_and_nothing_else() {
    let enforced = alive();
    let (older, newer) = (open(&enforced, A, Some(4)).await, open(&enforced, A, Some(6)).await);
    let other = open(&enforced, "agreements/b", Some(4)).await;
    let shut = enforced.shut(A, Some(5), &reason("AGREEMENT_REVOKED"));
    assert_eq!(shut.streams, 1);
    assert!(matches!(older.open_until(LATER), Err(Cut::Ended(why)) if why.code == "AGREEMENT_REVOKED"));
    assert!(newer.open_until(LATER).is_ok() && other.open_until(LATER).is_ok());
    assert_eq!(enforced.shut(A, Some(5), &reason("AGREEMENT_REVOKED")).streams, 0, "told twice");
    // By the clock there is no order: all of them.
    assert_eq!(enforced.shut(A, None, &reason("AGREEMENT_EXPIRED")).streams, 1);
    assert!(matches!(newer.open_until(LATER), Err(Cut::Ended(_))));
}

#[tokio::test]
async fn a_permit_that_comes_after_a_later_stop_opens_nothing() {
    for (permit, opens) in [(4, false), (6, true)] {
        let enforced = alive();
        let gate = open(&enforced, A, None).await;
        assert_eq!(enforced.shut(A, Some(5), &reason("AGREEMENT_SUSPENDED")).streams, 0);
        assert_eq!(gate.key().permitted(permit).is_ok(), opens, "{permit}");
        assert_eq!(enforced.open_streams().len(), usize::from(opens));
    }
}

#[tokio::test]
async fn a_stop_waits_for_who_lets_go_and_not_for_ever() {
    let enforced = alive();
    let gate = open(&enforced, A, Some(1)).await;
    let shut = enforced.shut(A, Some(5), &reason("AGREEMENT_REVOKED"));
    let begin = Instant::now();
    shut.released(LIMIT).await;
    assert!(begin.elapsed() >= LIMIT, "the gate is held");
    drop(gate);
    let gate = open_after(&enforced).await;
    let shut = enforced.shut(A, Some(9), &reason("AGREEMENT_REVOKED"));
    let begin = Instant::now();
    let ((), ()) = tokio::join!(shut.released(LIMIT), async {
        tokio::time::sleep(LIMIT / 4).await;
        drop(gate);
    });
    assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
}

async fn open_after(enforced: &Arc<Enforced>) -> Gate {
    enforced.prolong(Instant::now());
    open(enforced, A, Some(8)).await
}

#[tokio::test]
async fn open_streams_are_counted_by_agreement_and_recipient() {
    let enforced = alive();
    let clock = Clock::held_at(NOON);
    let _asking = open(&enforced, A, None).await;
    let answer = enforced.gate(A, "oin", false, &clock).await.expect("a gate");
    answer.key().permitted(1).expect("permitted");
    let (_one, other) = (open(&enforced, A, Some(1)).await, open(&enforced, A, Some(2)).await);
    let counts = |count| BTreeMap::from([((A.to_owned(), "oin".to_owned()), count)]);
    assert_eq!(enforced.open_streams(), counts(2));
    drop(other);
    assert_eq!(enforced.open_streams(), counts(1));
}

#[tokio::test]
async fn the_clock_ends_an_agreement() {
    let enforced = alive();
    let clock = Clock::held_at(NOON);
    let gate = enforced.gate(A, "oin", true, &clock).await.expect("a gate");
    gate.key().permitted(1).expect("permitted");
    let pass = async {
        tokio::time::sleep(LIMIT / 3).await;
        enforced.prolong(Instant::now());
        clock.advance(Duration::from_secs(60));
        for _ in 0..8 {
            tokio::time::sleep(LIMIT / 3).await;
            enforced.prolong(Instant::now());
        }
    };
    let (cut, ()) = tokio::join!(gate.cut(datetime!(2026-11-23 12:01 UTC)), pass);
    assert!(matches!(cut, Cut::Expired));
}

#[tokio::test]
async fn a_stop_shuts_the_gates_under_its_own_agreement_and_no_other_one() {
    let enforced = Enforced::new(Duration::from_secs(600));
    enforced.prolong(Instant::now());
    // Names that begin alike stand next to each other.
    let names = ["agreements/a", "agreements/a0", "agreements/b", "agreements/ba"];
    let mut gates = Vec::new();
    for name in names.into_iter().chain(names) {
        gates.push(open(&enforced, name, Some(1)).await);
    }
    for (stopped, name) in names.into_iter().enumerate() {
        assert_eq!(enforced.shut(name, Some(5), &reason("AGREEMENT_REVOKED")).streams, 2, "{name}");
        let left = names.into_iter().skip(stopped + 1).map(|name| ((name.to_owned(), "oin".to_owned()), 2));
        assert_eq!(enforced.open_streams(), left.collect(), "{name}");
    }
}
