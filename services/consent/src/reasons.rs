//! What the domain, the contract, the ledger and docs/errors.md say about reasons is the same.

use std::collections::BTreeSet;

use proto::consent::v1::DecisionReason;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::domain::agreement::State;
use crate::domain::calendar::{in_words, moment_in_words, parse_date};
use crate::domain::content::samples::{self, GGD, WONEN_ZUID, oin};
use crate::domain::content::{AreaLevel, Delivery};
use crate::domain::decision::properties::Case;
use crate::domain::decision::tests::{NOW, active, area, request, rule, standing_of};
use crate::domain::decision::{DamagedStanding, Decision, Standing};
use crate::domain::entry::{Event, InAgreement, Kind, Sentences, of_decision};
use crate::domain::oversight::Oversight;
use crate::domain::protection::ProtectionTerm;
use crate::domain::reason::tests::one_of_each;
use crate::domain::reason::{About, Explained, Reason, Side};
use crate::domain::request::Request;
use crate::domain::{summary, text};
use crate::grpc;

/// Reasons that `decide` does not give: no reason at all, what the ledger or the service with the
/// data says when there is no decision, and what is about the consent of a person.
const NOT_OF_A_DECISION: [&str; 5] =
    ["UNSPECIFIED", "LEDGER_UNAVAILABLE", "DECISION_POINT_SILENT", "CONSENT_MISSING", "CONSENT_WITHDRAWN"];
/// Reasons in the contract that others give.
const NOT_OF_THE_DOMAIN: [&str; 4] =
    ["UNSPECIFIED", "DECISION_POINT_SILENT", "CONSENT_MISSING", "CONSENT_WITHDRAWN"];

/// All reasons in the contract, without prefix.
fn contract() -> BTreeSet<&'static str> {
    let all = (0..1000).filter_map(|number| DecisionReason::try_from(number).ok());
    all.map(|reason| reason.as_str_name().strip_prefix("DECISION_REASON_").expect("the prefix")).collect()
}

#[test]
fn the_codes_of_the_domain_are_those_of_the_contract() {
    let mut codes: BTreeSet<_> = one_of_each().iter().map(Reason::code).collect();
    codes.extend(NOT_OF_THE_DOMAIN);
    assert_eq!(codes, contract());
    for reason in one_of_each() {
        let (code, side) = (reason.code(), reason.side());
        let told = grpc::conversions::reason(reason.explain(About::default()));
        assert_eq!(told.reason().as_str_name(), format!("DECISION_REASON_{code}"));
        assert_eq!(told.side() == proto::consent::v1::Side::Recipient, side == Side::Recipient, "{code}");
    }
}

#[test]
fn every_reason_is_in_the_documentation_and_no_other() {
    let page = include_str!("../../../docs/errors.md");
    let (_, section) =
        page.split_once("\n## Why an exchange is permitted or refused\n").expect("the section");
    let section = section.split("\n## ").next().expect("its lines");
    let listed: Vec<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code)
        .collect();
    let mut expected = contract();
    expected.remove("UNSPECIFIED");
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(listed.len(), expected.len(), "each once");
}

/// A case whose decision is a permit.
fn permitted() -> Case {
    Case {
        request: request(),
        own_rules: Vec::new(),
        rules_damaged: false,
        standing: Some(active()),
        damaged: None,
        oversight: Oversight::none(),
        now: NOW,
    }
}

fn asking(change: fn(&mut Request)) -> Case {
    let mut case = permitted();
    change(&mut case.request);
    case
}

fn standing(recorded: State) -> Case {
    Case { standing: Some(Standing { recorded, ..active() }), ..permitted() }
}

/// The agreement is damaged, and shown to the one that asks.
fn damaged() -> Case {
    let damaged = DamagedStanding { id: active().id, parties: [oin(GGD)].into() };
    Case { damaged: Some(damaged), ..permitted() }
}

/// For every reason a request that gets it.
fn cases() -> Vec<(&'static str, Case)> {
    let content = samples::content();
    let many =
        |asked: &mut Request| asked.areas = (0..30).map(|n| area(&format!("WK{n}"), "DISTRICT")).collect();
    let pull_only = {
        let mut terms = content.terms().clone();
        terms.deliveries = vec![Delivery::Pull];
        Case {
            standing: Some(standing_of(samples::unchecked(terms))),
            ..asking(|it| it.delivery = Delivery::Stream)
        }
    };
    vec![
        ("WITHIN_AGREEMENT", permitted()),
        ("WITHIN_OWN_RULES", permitted()),
        ("WITHIN_OWN_RULES", Case { own_rules: vec![rule("*", &[])], ..permitted() }),
        ("AGREEMENT_MISSING", asking(|it| it.agreement.clear())),
        ("NOT_A_RECIPIENT", asking(|it| it.recipient = oin(WONEN_ZUID))),
        ("NOT_A_RECIPIENT", Case { standing: None, ..permitted() }),
        ("AGREEMENT_NOT_ACTIVE", standing(State::Proposed)),
        ("AGREEMENT_NOT_ACTIVE", standing(State::Rejected)),
        ("AGREEMENT_REVOKED", standing(State::Revoked)),
        ("AGREEMENT_SUSPENDED", standing(State::Suspended)),
        ("AGREEMENT_REPLACED", standing(State::Replaced)),
        ("NOT_YET_VALID", Case { now: content.starts() - Duration::SECOND, ..permitted() }),
        ("AGREEMENT_EXPIRED", Case { now: content.ends(), ..permitted() }),
        ("PURPOSE_MISSING", asking(|it| it.purpose.clear())),
        (
            "PURPOSE_MISSING",
            asking(|it| {
                it.purpose.clear();
                it.agreement.clear();
            }),
        ),
        ("OTHER_PURPOSE", asking(|it| it.purpose = "purposes/wijkplannen".to_owned())),
        ("OTHER_DATASET", asking(|it| it.dataset = "datasets/ander".to_owned())),
        ("PROVIDER_NOT_OWNER", asking(|it| it.dataset_owner = oin(WONEN_ZUID))),
        ("INDICATOR_BEYOND_SCOPE", asking(|it| it.indicators.push("indicators/x".to_owned()))),
        ("AREA_BEYOND_SCOPE", asking(|it| it.area_level = "DISTRICT".to_owned())),
        ("AREA_BEYOND_SCOPE", asking(many)),
        ("PERIOD_BEYOND_SCOPE", asking(|it| it.periods = vec!["1999".to_owned(), "2000".to_owned()])),
        ("DELIVERY_NOT_AGREED", pull_only),
        ("PROTECTION_NOT_ENFORCEABLE", asking(|it| it.enforceable = vec![ProtectionTerm::Rounding])),
        ("WITNESSES_OVERDUE", Case { oversight: Oversight { needed: 3, fresh: 1 }, ..permitted() }),
        ("SYSTEM_NOT_ALLOWED", Case { own_rules: vec![rule("ander-systeem", &[])], ..permitted() }),
        ("OWN_PURPOSE_NOT_ALLOWED", Case { own_rules: vec![rule("*", &["purposes/x"])], ..permitted() }),
        (
            "OWN_PURPOSE_NOT_ALLOWED",
            Case { own_rules: vec![rule("*", &["purposes/x"])], ..asking(|it| it.purpose.clear()) },
        ),
        ("OWN_RULES_DAMAGED", Case { rules_damaged: true, ..permitted() }),
        ("AGREEMENT_DAMAGED", damaged()),
        ("AGREEMENT_DAMAGED", Case { own_rules: vec![rule("ander-systeem", &[])], ..damaged() }),
    ]
}

/// A fact as it stands in a Dutch sentence.
fn in_dutch(key: &str, value: &str) -> String {
    match (key, value) {
        ("since", _) => moment_in_words(OffsetDateTime::parse(value, &Rfc3339).expect("a moment")),
        ("valid_from" | "valid_until", _) => in_words(parse_date(value).expect("a day")),
        ("state", _) => State::named(value).expect("a state").in_dutch().to_owned(),
        ("asked", "STREAM") => "doorlopend".to_owned(),
        ("beyond", level) if AreaLevel::named(level).is_some() => {
            text::area_level(AreaLevel::named(level).expect("a level")).to_owned()
        }
        ("terms", _) => {
            let terms =
                ProtectionTerm::ALL.iter().filter(|term| value.split(", ").any(|name| name == term.name()));
            terms.map(|term| term.in_dutch()).collect::<Vec<_>>().join(", ")
        }
        _ => value.to_owned(),
    }
}

/// Every fact of the metadata stands in both sentences.
fn holds_its_facts(explained: &Explained, agreement: &str) {
    let Explained { code, side, nl, en, metadata } = explained;
    for (key, value) in metadata {
        match *key {
            // Where it was asked: the sentence of the agreement names the agreement.
            "agreement" if *side == Side::Recipient => {}
            "agreement" => assert!(nl.contains(agreement) && en.contains(agreement), "{code}: {nl} {en}"),
            "dataset" => {}
            // A short list is there as a whole.
            "beyond_count" if value.parse::<usize>().expect("a number") <= 10 => {}
            key => {
                assert!(nl.contains(&in_dutch(key, value)), "{code} {key}={value}: {nl}");
                assert!(en.contains(value), "{code} {key}={value}: {en}");
            }
        }
    }
    let asks = ["Vragen: ", "Vraag het ", "Meld dit bij de beheerder "].iter().any(|ask| nl.contains(ask));
    assert!(asks, "{code} says whom to ask: {nl}");
}

#[test]
fn every_reason_is_given_explained_and_entered_alike() {
    let mut missing = contract();
    for code in NOT_OF_A_DECISION {
        missing.remove(code);
    }
    for (code, case) in cases() {
        missing.remove(code);
        let decision: Decision = case.decide();
        let codes = |reasons: &[Reason]| reasons.iter().map(Reason::code).collect::<Vec<_>>();
        let (own, theirs) = (codes(decision.own_reasons()), codes(decision.reasons()));
        assert!(
            [own.as_slice(), &theirs].concat().contains(&code),
            "{code} is not given: {own:?} {theirs:?}"
        );

        let known = case.found().known_to(&case.request.recipient);
        let contact = known.map(|standing| standing.content.terms().contact.as_str());
        let about = About {
            agreement: &case.request.agreement,
            dataset: &case.request.dataset,
            contact,
            organisation: None,
        };
        let explained = decision.explain(about);
        let of =
            |side| explained.iter().filter(move |it| it.side == side).map(|it| it.code).collect::<Vec<_>>();
        assert_eq!((of(Side::Recipient), of(Side::Provider)), (own.clone(), theirs.clone()), "{code}");
        for reason in &explained {
            holds_its_facts(reason, &case.request.agreement);
        }

        let entry = of_decision(case.request.clone(), &decision, case.found(), "t".to_owned(), String::new());
        let summary = summary::of(&entry.clone().placed(7, InAgreement::default(), NOW));
        assert!(!summary.contains(code), "{code} is said in words: {summary}");
        let kind = if decision.permit().is_some() { Kind::Permitted } else { Kind::Refused };
        assert_eq!(entry.event.kind(), kind, "{code}");
        let (Event::Permitted(entered) | Event::Refused(entered)) = entry.event else {
            panic!("{code} is no decision");
        };
        let told =
            explained.into_iter().filter(|it| !["WITHIN_AGREEMENT", "WITHIN_OWN_RULES"].contains(&it.code));
        let told: Vec<_> = told.map(|it| Sentences::of(it.code, (it.nl, it.en))).collect();
        // Who owns the dataset and is no party reads the entry, and could try which terms have the digests.
        let outsider =
            known.is_some_and(|known| !known.content.parties().contains(&case.request.dataset_owner));
        let held = if outsider { Vec::new() } else { told.clone() };
        assert_eq!(entered.sentences, held, "{code} is entered in the words in which it is told");
        assert_eq!(told.is_empty(), kind == Kind::Permitted, "{code}");
        assert_eq!(
            (entered.own_reasons, entered.reasons),
            (
                own.iter().map(|code| (*code).to_owned()).collect(),
                theirs.iter().map(|code| (*code).to_owned()).collect(),
            )
        );
    }
    assert!(missing.is_empty(), "no case for {missing:?}");
}
