//! What the ledger says was decided is decided again.

use time::Duration;

use super::*;
use crate::domain::agreement::Document;
use crate::domain::canonical;
use crate::domain::content::{Content, samples};
use crate::domain::decision::decide;
use crate::domain::decision::tests::{NOW, request, rule};
use crate::domain::entry::{InAgreement, of_decision, of_rule_change};
use crate::domain::request::RequestedArea;

fn content_json() -> String {
    Document::of(samples::content()).expect("a document").content_json
}

fn standing(content: Content, recorded: State) -> Standing {
    let document = Document::of(content).expect("a document");
    Standing {
        id: samples::id(),
        content: Arc::new(document.content),
        content_hash: document.content_hash,
        recorded,
        since: NOW,
        replaced_by: None,
    }
}

/// The two texts of the entry of a decision.
fn entered(
    request: request::Request,
    own_rules: &[UseRule],
    standing: &Standing,
    oversight: Oversight,
    now: OffsetDateTime,
) -> (String, String) {
    let found = Found::Standing(standing);
    let decision = decide(&request, OwnRules::Known(own_rules), found, oversight, now);
    let new = of_decision(request, &decision, found, "t".to_owned(), String::new());
    let entry = new.placed(3, InAgreement::default(), now);
    (entry.header_json().expect("a header"), entry.body_json().expect("a body"))
}

#[test]
fn an_entry_of_the_ledger_replays_to_the_same_verdict_and_codes() {
    let rule = rule("ggd-systeem", &["purposes/vroegsignalering-schulden"]);
    let made = of_rule_change(&rule, RuleAction::Created, "t".to_owned(), String::new());
    let Event::OwnRuleChanged(facts) = &made.event else { panic!("a change of a rule") };
    let facts = canonical::json(facts).expect("canonical JSON");

    let area = RequestedArea { area: "areas/GM0899".to_owned(), level: "MUNICIPALITY".to_owned() };
    let requests = [
        request(),
        request::Request { areas: vec![area], periods: vec!["2030".to_owned()], ..request() },
        request::Request { purpose: "purposes/x".to_owned(), ..request() },
        request::Request { system: "ander-systeem".to_owned(), ..request() },
        request::Request { agreement: String::new(), ..request() },
        request::Request { recipient: samples::oin(samples::WONEN_ZUID), ..request() },
    ];
    let mut permits = 0;
    for state in State::ALL.into_iter().filter(|state| *state != State::Expired) {
        let standing = standing(samples::content(), state);
        let agreement =
            Agreement { content_json: &content_json(), state: state.name(), since: NOW, replaced_by: None };
        let grounds = Grounds::under(agreement).and_then(|on| on.with_own_rule(&facts)).expect("grounds");
        for (request, days, fresh) in
            requests.iter().flat_map(|request| [(request, 0, 2), (request, 400, 2), (request, 0, 1)])
        {
            let (now, oversight) = (NOW + Duration::days(days), Oversight { needed: 2, fresh });
            let (header, body) =
                entered(request.clone(), std::slice::from_ref(&rule), &standing, oversight, now);
            let recorded = Recorded::read(&header, &body).expect("an entry");
            let verdict = grounds.clone().watched_by(2, fresh).decide(&recorded.request, recorded.time);
            assert!(recorded.agrees_with(&verdict), "{body} replays to {verdict:?}");
            assert!(
                recorded.content_hash.is_none() || recorded.content_hash.as_deref() == grounds.content_hash()
            );
            permits += usize::from(verdict.permitted);
        }
    }
    assert_eq!(permits, 1, "one of them is permitted");
}

#[test]
fn other_grounds_replay_to_another_verdict() {
    let standing = standing(samples::content(), State::Active);
    let (header, body) = entered(request(), &[], &standing, Oversight::none(), NOW);
    let recorded = Recorded::read(&header, &body).expect("an entry");
    assert!(recorded.engine.starts_with("alliantie-consent "));
    let agreement =
        Agreement { content_json: &content_json(), state: "ACTIVE", since: NOW, replaced_by: None };
    let grounds = Grounds::under(agreement).expect("grounds");
    assert!(recorded.agrees_with(&grounds.decide(&recorded.request, recorded.time)));
    let revoked = Grounds::under(Agreement { state: "REVOKED", ..agreement }).expect("grounds");
    let verdict = revoked.decide(&recorded.request, recorded.time);
    assert_eq!(verdict.reasons, ["AGREEMENT_REVOKED"]);
    assert!(!recorded.agrees_with(&verdict));
    assert!(!recorded.agrees_with(&Grounds::none().decide(&recorded.request, recorded.time)));
    assert!(!recorded.agrees_with(&grounds.watched_by(1, 0).decide(&recorded.request, recorded.time)));
}

#[test]
fn what_is_not_read_is_named() {
    let content = content_json();
    let agreement = Agreement { content_json: &content, state: "ACTIVE", since: NOW, replaced_by: None };
    let wrong = |agreement| Grounds::under(agreement).map(|_| ()).expect_err("refused");
    assert_eq!(wrong(Agreement { content_json: "{}", ..agreement }), Error::Content);
    assert_eq!(wrong(Agreement { state: "x", ..agreement }), Error::State { found: "x".to_owned() });
    let found = "agreements/x".to_owned();
    assert_eq!(wrong(Agreement { replaced_by: Some("agreements/x"), ..agreement }), Error::Name { found });
    assert_eq!(Grounds::none().with_own_rule("{}").map(|_| ()), Err(Error::OwnRule));
    assert_eq!(Request::read("{}").map(|_| ()).expect_err("refused"), Error::Request);
    assert_eq!(Recorded::read("{}", "{}").map(|_| ()).expect_err("refused"), Error::Entry);
}
