//! The rules of a decision, one by one and against the naive model.

use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use time::Duration;
use time::macros::datetime;

use super::model::refusals;
use super::*;
use crate::domain::content::Delivery;
use crate::domain::content::arbitrary::terms;
use crate::domain::content::samples::{self, GGD, WELLER, WONEN_ZUID, oin};
use crate::domain::request::RequestedArea;

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

fn active() -> Standing {
    standing_of(samples::content())
}

fn standing_of(content: Content) -> Standing {
    Standing {
        id: AgreementId::of_name(&content.terms().agreement).expect("a name"),
        content: Arc::new(content),
        content_hash: "$1$1$x".to_owned(),
        recorded: State::Active,
        since: NOW,
        replaced_by: None,
    }
}

fn request() -> Request {
    Request {
        recipient: oin(GGD),
        agreement: samples::id().name(),
        purpose: "purposes/vroegsignalering-schulden".to_owned(),
        dataset: "datasets/weller-huurachterstand-fictief".to_owned(),
        dataset_owner: oin(WELLER),
        indicators: Vec::new(),
        areas: Vec::new(),
        area_level: String::new(),
        periods: Vec::new(),
        delivery: Delivery::Pull,
        release: String::new(),
    }
}

fn area(code: &str, level: &str) -> RequestedArea {
    RequestedArea { area: format!("areas/{code}"), level: level.to_owned() }
}

fn permitted(request: &Request, standing: &Standing) -> Permit {
    match decide(request, Some(standing), NOW) {
        Decision::Permit(permit) => permit,
        Decision::Refusal(reasons) => panic!("refused: {reasons:?}"),
    }
}

fn codes(request: &Request, standing: Option<&Standing>, now: OffsetDateTime) -> Vec<&'static str> {
    match decide(request, standing, now) {
        Decision::Permit(_) => vec!["WITHIN_AGREEMENT"],
        Decision::Refusal(reasons) => reasons.iter().map(Reason::code).collect(),
    }
}

#[test]
fn a_request_without_filters_gets_all_that_is_agreed() {
    let permit = permitted(&request(), &active());
    assert_eq!(*permit.scope(), active().content.terms().scope);
    assert_eq!(permit.protection().minimum_count, 10);
    assert_eq!(permit.expire_time(), datetime!(2027-10-31 23:00 UTC));
}

#[test]
fn a_permit_is_narrowed_to_what_was_asked() {
    let asked = Request {
        periods: vec!["2025Q2".to_owned(), "2025Q2".to_owned()],
        areas: vec![area("BU08990201", "NEIGHBOURHOOD"), area("BU08990201", "NEIGHBOURHOOD")],
        ..request()
    };
    let permit = permitted(&asked, &active());
    assert_eq!(permit.scope().periods, ["2025Q2"]);
    assert_eq!(permit.scope().areas, ["areas/BU08990201"]);
    assert_eq!(permit.scope().indicators, ["indicators/huurachterstand"]);
}

#[test]
fn areas_that_are_listed_are_the_only_ones() {
    let mut terms = samples::content().terms().clone();
    terms.scope.areas = vec!["areas/BU1".to_owned(), "areas/BU2".to_owned()];
    let standing = standing_of(samples::unchecked(terms));
    let ask = |areas| Request { areas, ..request() };
    assert_eq!(permitted(&ask(vec![]), &standing).scope().areas, ["areas/BU1", "areas/BU2"]);
    assert_eq!(permitted(&ask(vec![area("BU2", "NEIGHBOURHOOD")]), &standing).scope().areas, ["areas/BU2"]);
    let beyond =
        ask(vec![area("BU1", "NEIGHBOURHOOD"), area("BU3", "NEIGHBOURHOOD"), area("BU2", "DISTRICT")]);
    match decide(&beyond, Some(&standing), NOW) {
        Decision::Refusal(reasons) => assert_eq!(
            reasons,
            [Reason::AreaBeyondScope {
                beyond: vec!["areas/BU3".to_owned(), "areas/BU2".to_owned()],
                agreed: crate::domain::content::AreaLevel::Neighbourhood
            }]
        ),
        Decision::Permit(_) => panic!("permitted"),
    }
}

#[test]
fn every_reason_has_its_rule() {
    let standing = active();
    let on = |change: fn(&mut Request)| {
        let mut asked = request();
        change(&mut asked);
        codes(&asked, Some(&standing), NOW)
    };
    assert_eq!(on(|_| ()), ["WITHIN_AGREEMENT"]);
    assert_eq!(on(|asked| asked.agreement.clear()), ["AGREEMENT_MISSING"]);
    assert_eq!(on(|asked| asked.purpose.clear()), ["PURPOSE_MISSING"]);
    assert_eq!(on(|asked| asked.purpose.push('x')), ["OTHER_PURPOSE"]);
    assert_eq!(on(|asked| asked.dataset.push('x')), ["OTHER_DATASET"]);
    assert_eq!(on(|asked| asked.dataset_owner = oin(WONEN_ZUID)), ["PROVIDER_NOT_OWNER"]);
    assert_eq!(on(|asked| asked.indicators.push("indicators/x".into())), ["INDICATOR_BEYOND_SCOPE"]);
    assert_eq!(on(|asked| asked.area_level = "DISTRICT".into()), ["AREA_BEYOND_SCOPE"]);
    assert_eq!(on(|asked| asked.areas.push(area("WK1", "DISTRICT"))), ["AREA_BEYOND_SCOPE"]);
    assert_eq!(on(|asked| asked.areas.push(area("WK1", ""))), ["AREA_BEYOND_SCOPE"]);
    assert_eq!(on(|asked| asked.periods.push("2024Q1".into())), ["PERIOD_BEYOND_SCOPE"]);
    let pull_only = {
        let mut terms = samples::content().terms().clone();
        terms.deliveries = vec![Delivery::Pull];
        standing_of(samples::unchecked(terms))
    };
    let stream = Request { delivery: Delivery::Stream, ..request() };
    assert_eq!(codes(&stream, Some(&pull_only), NOW), ["DELIVERY_NOT_AGREED"]);
}

#[test]
fn only_an_active_agreement_permits() {
    for (recorded, code) in [
        (State::Draft, "NOT_A_RECIPIENT"),
        (State::Proposed, "AGREEMENT_NOT_ACTIVE"),
        (State::Rejected, "AGREEMENT_NOT_ACTIVE"),
        (State::Revoked, "AGREEMENT_REVOKED"),
        (State::Suspended, "AGREEMENT_SUSPENDED"),
        (State::Replaced, "AGREEMENT_REPLACED"),
    ] {
        assert_eq!(codes(&request(), Some(&Standing { recorded, ..active() }), NOW), [code]);
    }
}

#[test]
fn a_replaced_agreement_refuses_with_the_name_of_the_one_that_took_its_place() {
    let by = samples::id();
    let standing = Standing { recorded: State::Replaced, replaced_by: Some(by), ..active() };
    let expected = Reason::AgreementReplaced { since: NOW, by: Some(by.name()) };
    assert_eq!(decide(&request(), Some(&standing), NOW), Decision::Refusal(vec![expected]));
}

#[test]
fn a_permit_has_the_whole_of_the_agreed_protection() {
    let mut terms = samples::content().terms().clone();
    terms.protection = Protection {
        minimum_count: 10,
        protect_zeros: true,
        interval_width: 11,
        p_percent: 12,
        dominance_n: 2,
        dominance_k: 85,
        rounding_base: 5,
    };
    let agreed = terms.protection;
    assert_eq!(permitted(&request(), &standing_of(samples::unchecked(terms))).protection(), agreed);
}

#[test]
fn an_agreement_holds_from_its_first_to_its_last_day() {
    let standing = active();
    let (starts, ends) = (standing.content.starts(), standing.content.ends());
    let at = |now| codes(&request(), Some(&standing), now);
    assert_eq!(at(starts - Duration::MICROSECOND), ["NOT_YET_VALID"]);
    assert_eq!(at(starts), ["WITHIN_AGREEMENT"]);
    assert_eq!(at(ends - Duration::MICROSECOND), ["WITHIN_AGREEMENT"]);
    assert_eq!(at(ends), ["AGREEMENT_EXPIRED"]);
}

#[test]
fn who_is_no_recipient_learns_only_that() {
    let revoked = Standing { recorded: State::Revoked, ..active() };
    let stranger = Request { recipient: oin(WONEN_ZUID), purpose: String::new(), ..request() };
    let provider = Request { recipient: oin(WELLER), ..request() };
    for asked in [stranger, provider] {
        assert_eq!(decide(&asked, Some(&revoked), NOW), decide(&asked, None, NOW));
        assert_eq!(codes(&asked, None, NOW), ["NOT_A_RECIPIENT"]);
    }
}

#[test]
fn all_reasons_are_given_the_most_telling_first() {
    let revoked = Standing { recorded: State::Revoked, ..active() };
    let asked = Request { purpose: "purposes/x".into(), periods: vec!["2020".into()], ..request() };
    assert_eq!(
        codes(&asked, Some(&revoked), NOW),
        ["AGREEMENT_REVOKED", "OTHER_PURPOSE", "PERIOD_BEYOND_SCOPE"]
    );
}

fn mostly<T: Clone + std::fmt::Debug + 'static>(right: T, wrong: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![12 => Just(right), 1 => prop::sample::select(wrong)]
}

fn mostly_within(agreed: Vec<String>, beyond: &'static str) -> impl Strategy<Value = Vec<String>> {
    let most = agreed.len();
    let within = prop::sample::subsequence(agreed, 0..=most).prop_shuffle();
    (within, prop::bool::weighted(0.07)).prop_map(|(mut items, add)| {
        if add {
            items.push(beyond.to_owned());
        }
        items
    })
}

/// Requests around the terms of an agreement: mostly within them, each term missed now and then.
fn request_about(content: Content) -> impl Strategy<Value = Request> {
    let terms = content.terms().clone();
    let level = terms.scope.area_level.name().to_owned();
    let areas =
        if terms.scope.areas.is_empty() { vec!["areas/any".to_owned()] } else { terms.scope.areas.clone() };
    let all = vec![oin(WELLER), oin(WONEN_ZUID), oin(GGD)];
    let who = (
        mostly(terms.recipients[0].oin.clone(), all.clone()),
        mostly(terms.provider.oin.clone(), all),
        mostly(terms.agreement.clone(), vec![String::new(), "agreements/x".to_owned()]),
        mostly(terms.purpose.name.clone(), vec![String::new(), "purposes/z".to_owned()]),
        mostly(terms.scope.dataset.clone(), vec!["datasets/z".to_owned()]),
    );
    let what = (
        mostly_within(terms.scope.indicators.clone(), "indicators/z"),
        mostly_within(areas, "areas/z"),
        mostly(level.clone(), vec!["COUNTRY".to_owned(), String::new()]),
        mostly(String::new(), vec![level, "REGION".to_owned()]),
        mostly_within(terms.scope.periods.clone(), "1999"),
        mostly(terms.deliveries[0], vec![Delivery::Pull, Delivery::Stream]),
    );
    (who, what).prop_map(|(who, what)| Request {
        recipient: who.0,
        dataset_owner: who.1,
        agreement: who.2,
        purpose: who.3,
        dataset: who.4,
        indicators: what.0,
        areas: what.1.into_iter().map(|area| RequestedArea { area, level: what.2.clone() }).collect(),
        area_level: what.3,
        periods: what.4,
        delivery: what.5,
        release: String::new(),
    })
}

#[test]
fn the_decision_is_that_of_the_naive_model() {
    let (permits, refused) = (Cell::new(0u32), Cell::new(0u32));
    let case = terms().prop_flat_map(|terms| {
        let standing = standing_of(samples::unchecked(terms));
        let (starts, ends) = (standing.content.starts(), standing.content.ends());
        let now = prop_oneof![
            12 => Just(starts.max(ends - Duration::DAY)),
            1 => Just(starts - Duration::SECOND),
            1 => Just(ends),
        ];
        let recorded = mostly(State::Active, State::ALL.to_vec());
        let exists = prop::bool::weighted(0.95);
        (request_about((*standing.content).clone()), Just(standing), recorded, exists, now)
    });
    let mut runner = TestRunner::new(Config { cases: 4000, ..Config::default() });
    runner
        .run(&case, |(request, standing, recorded, exists, now)| {
            let standing = Standing { recorded, ..standing };
            let standing = exists.then_some(&standing);
            let expected = refusals(&request, standing, now);
            match decide(&request, standing, now) {
                Decision::Permit(permit) => {
                    permits.set(permits.get() + 1);
                    prop_assert!(expected.is_empty(), "permitted despite {:?}", expected);
                    let agreed = &standing.expect("an agreement").content.terms().scope;
                    let within =
                        |narrow: &[String], wide: &[String]| narrow.iter().all(|item| wide.contains(item));
                    prop_assert!(within(&permit.scope().indicators, &agreed.indicators));
                    prop_assert!(within(&permit.scope().periods, &agreed.periods));
                    prop_assert!(agreed.areas.is_empty() || within(&permit.scope().areas, &agreed.areas));
                    prop_assert_eq!(
                        permit.scope().areas.is_empty(),
                        agreed.areas.is_empty() && request.areas.is_empty()
                    );
                    prop_assert_eq!(permit.scope().area_level, agreed.area_level);
                    prop_assert_eq!(&permit.scope().dimensions, &agreed.dimensions);
                }
                Decision::Refusal(reasons) => {
                    refused.set(refused.get() + 1);
                    prop_assert_eq!(reasons.iter().map(Reason::code).collect::<Vec<_>>(), expected);
                }
            }
            Ok(())
        })
        .expect("the decision and its model agree");
    assert!(permits.get() > 400 && refused.get() > 400, "{permits:?} permits, {refused:?} refusals");
}
