//! The rules of a decision, one by one.

use std::sync::Arc;

use time::Duration;
use time::macros::datetime;

use super::*;
use crate::domain::content::samples::{self, GGD, WELLER, WONEN_ZUID, oin};
use crate::domain::content::{Content, Delivery};
use crate::domain::entry::{Event, of_decision};
use crate::domain::protection::ProtectionTerm;
use crate::domain::reason::Side;
use crate::domain::request::RequestedArea;
use crate::domain::use_rule::{UseRule, UseRuleId, UseTerms};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
/// The own rules of who has none.
pub(crate) const NO_RULES: OwnRules<'static> = OwnRules::Known(&[]);
/// The rule that [`rule`] makes.
pub(super) const RULE: &str = "use-rules/0190163d-8694-739b-aea5-966c26f8ad99";

pub(crate) fn active() -> Standing {
    standing_of(samples::content())
}

pub(crate) fn standing_of(content: Content) -> Standing {
    Standing {
        id: AgreementId::of_name(&content.terms().agreement).expect("a name"),
        content: Arc::new(content),
        content_hash: "$1$1$x".to_owned(),
        recorded: State::Active,
        since: NOW,
        replaced_by: None,
    }
}

pub(crate) fn request() -> Request {
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
        system: "ggd-systeem".to_owned(),
        enforceable: ProtectionTerm::ALL.to_vec(),
        process: String::new(),
    }
}

/// A rule of GGD: its system may ask for these purposes.
pub(crate) fn rule(system: &str, purposes: &[&str]) -> UseRule {
    UseRule {
        id: UseRuleId::of_name(RULE).expect("a name"),
        owner: oin(GGD),
        terms: UseTerms {
            system: system.to_owned(),
            purposes: purposes.iter().map(|purpose| (*purpose).to_owned()).collect(),
            note: String::new(),
        },
        create_time: NOW,
    }
}

/// The decision where the recipient has no rules of its own and nobody has to keep an eye.
pub(super) fn by_terms(request: &Request, found: Found<'_>, now: OffsetDateTime) -> Decision {
    decide(request, NO_RULES, found, Oversight::none(), now)
}

pub(crate) fn area(code: &str, level: &str) -> RequestedArea {
    RequestedArea { area: format!("areas/{code}"), level: level.to_owned() }
}

fn permitted(request: &Request, standing: &Standing) -> Permit {
    let decision = by_terms(request, Found::Standing(standing), NOW);
    decision.permit().cloned().unwrap_or_else(|| panic!("refused: {:?}", decision.reasons()))
}

pub(super) fn codes(reasons: &[Reason]) -> Vec<&'static str> {
    reasons.iter().map(Reason::code).collect()
}

/// The reasons by the agreement.
fn at(request: &Request, found: Found<'_>, now: OffsetDateTime) -> Vec<&'static str> {
    codes(by_terms(request, found, now).reasons())
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
    assert_eq!(
        by_terms(&beyond, Found::Standing(&standing), NOW).reasons(),
        [Reason::AreaBeyondScope {
            beyond: vec!["areas/BU3".to_owned(), "areas/BU2".to_owned()],
            agreed: crate::domain::content::AreaLevel::Neighbourhood
        }]
    );
}

#[test]
fn every_reason_has_its_rule() {
    let standing = active();
    let on = |change: fn(&mut Request)| {
        let mut asked = request();
        change(&mut asked);
        at(&asked, Found::Standing(&standing), NOW)
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
    assert_eq!(on(|asked| asked.enforceable.clear()), ["PROTECTION_NOT_ENFORCEABLE"]);
    let stream = Request { delivery: Delivery::Stream, ..request() };
    assert_eq!(at(&stream, Found::Standing(&pull_only), NOW), ["DELIVERY_NOT_AGREED"]);
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
        assert_eq!(at(&request(), Found::Standing(&Standing { recorded, ..active() }), NOW), [code]);
    }
}

#[test]
fn a_replaced_agreement_refuses_with_the_name_of_the_one_that_took_its_place() {
    let by = samples::id();
    let standing = Standing { recorded: State::Replaced, replaced_by: Some(by), ..active() };
    let expected = Reason::AgreementReplaced { since: NOW, by: Some(by.name()) };
    let decision = by_terms(&request(), Found::Standing(&standing), NOW);
    assert_eq!(decision.reasons(), [expected]);
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
        minimum_denominator: 50,
        group_percent: 90,
    };
    let agreed = terms.protection;
    assert_eq!(permitted(&request(), &standing_of(samples::unchecked(terms))).protection(), agreed);
}

#[test]
fn an_agreement_holds_from_its_first_to_its_last_day() {
    let standing = active();
    let (starts, ends) = (standing.content.starts(), standing.content.ends());
    let at = |now| at(&request(), Found::Standing(&standing), now);
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
        assert_eq!(by_terms(&asked, Found::Standing(&revoked), NOW), by_terms(&asked, Found::Nothing, NOW));
        assert_eq!(at(&asked, Found::Nothing, NOW), ["NOT_A_RECIPIENT"]);
    }
}

#[test]
fn a_damaged_agreement_refuses_its_parties_for_that_alone_and_is_none_to_all_others() {
    let id = active().id;
    let damaged = DamagedStanding { id, parties: [oin(WELLER), oin(GGD)].into() };
    let found = Found::Damaged(&damaged);
    let wrong = Request { purpose: String::new(), periods: vec!["2020".into()], ..request() };
    let provider = Request { recipient: oin(WELLER), ..request() };
    for asked in [request(), wrong, provider] {
        assert_eq!(at(&asked, found, NOW), ["AGREEMENT_DAMAGED"]);
        assert_eq!(codes(by_terms(&asked, found, NOW).own_reasons()), ["WITHIN_OWN_RULES"]);
        // Of another one than was asked for it says nothing.
        let asked = Request { agreement: "agreements/x".to_owned(), ..asked };
        assert_eq!(by_terms(&asked, found, NOW), by_terms(&asked, Found::Nothing, NOW));
    }
    let stranger = Request { recipient: oin(WONEN_ZUID), ..request() };
    assert_eq!(by_terms(&stranger, found, NOW), by_terms(&stranger, Found::Nothing, NOW));
}

#[test]
fn what_is_refused_under_a_damaged_agreement_is_entered_for_who_asked_and_about_no_agreement() {
    let id = active().id;
    let damaged = DamagedStanding { id, parties: [oin(WELLER), oin(GGD)].into() };
    let entry = |asked: Request, found: Found<'_>| {
        let decision = by_terms(&asked, found, NOW);
        of_decision(asked, &decision, found, "t".to_owned(), String::new())
    };
    let entered = entry(request(), Found::Damaged(&damaged));
    assert_eq!((entered.agreement, entered.parties), (None, vec![oin(GGD)]));
    let Event::Refused(decided) = entered.event else { panic!("not refused") };
    assert_eq!((decided.request, decided.content_hash), (request(), None));
    assert_eq!(decided.reasons, ["AGREEMENT_DAMAGED"]);
    // Of a stranger it is the same as of none.
    let stranger = Request { recipient: oin(WONEN_ZUID), ..request() };
    assert_eq!(entry(stranger.clone(), Found::Damaged(&damaged)), entry(stranger, Found::Nothing));
}

#[test]
fn who_is_no_party_reads_nothing_by_which_it_can_try_what_others_agreed() {
    let standing = active();
    let wrong = Request { dataset: "datasets/x".into(), purpose: "purposes/x".into(), ..request() };
    let digests = |owner: &str, found: Found<'_>| {
        let asked = Request { dataset_owner: oin(owner), ..wrong.clone() };
        let decision = by_terms(&asked, found, NOW);
        let entry = of_decision(asked, &decision, found, "t".to_owned(), String::new());
        assert!(entry.parties.contains(&oin(owner)), "{owner} reads it");
        let Event::Refused(decided) = entry.event else { panic!("not refused") };
        decided.sentences.len()
    };
    for party in [WELLER, GGD] {
        assert!(digests(party, Found::Standing(&standing)) >= 2, "{party}");
    }
    assert_eq!(digests(WONEN_ZUID, Found::Standing(&standing)), 0);
    // What is about no agreement is made of the question alone.
    assert_eq!(digests(WONEN_ZUID, Found::Nothing), 1);
}

#[test]
fn all_reasons_are_given_the_most_telling_first() {
    let revoked = Standing { recorded: State::Revoked, ..active() };
    let asked = Request { purpose: "purposes/x".into(), periods: vec!["2020".into()], ..request() };
    assert_eq!(
        at(&asked, Found::Standing(&revoked), NOW),
        ["AGREEMENT_REVOKED", "OTHER_PURPOSE", "PERIOD_BEYOND_SCOPE"]
    );
}

#[test]
fn a_permit_has_a_reason_of_each_side() {
    let decision = by_terms(&request(), Found::Standing(&active()), NOW);
    assert!(decision.permit().is_some());
    assert_eq!(codes(decision.own_reasons()), ["WITHIN_OWN_RULES"]);
    assert_eq!(codes(decision.reasons()), ["WITHIN_AGREEMENT"]);
    let explained = decision.explain(About::default());
    assert_eq!(
        explained.iter().map(|reason| reason.side).collect::<Vec<_>>(),
        [Side::Recipient, Side::Provider]
    );
}

#[test]
fn own_rules_are_for_a_system_and_its_purposes() {
    let purpose = request().purpose;
    for (rules, code) in [
        (vec![], "WITHIN_OWN_RULES"),
        (vec![rule("*", &[])], "WITHIN_OWN_RULES"),
        (vec![rule("ggd-systeem", &[])], "WITHIN_OWN_RULES"),
        (vec![rule("*", &["purposes/x", &purpose])], "WITHIN_OWN_RULES"),
        (vec![rule("other", &[]), rule("ggd-systeem", &[&purpose])], "WITHIN_OWN_RULES"),
        (vec![rule("*", &["purposes/x"]), rule("ggd-systeem", &[&purpose])], "WITHIN_OWN_RULES"),
        (vec![rule("other", &[])], "SYSTEM_NOT_ALLOWED"),
        (vec![rule("GGD-systeem", &[]), rule("ggd", &[])], "SYSTEM_NOT_ALLOWED"),
        (vec![rule("*", &["purposes/x"])], "OWN_PURPOSE_NOT_ALLOWED"),
        (vec![rule("other", &[]), rule("ggd-systeem", &["purposes/x"])], "OWN_PURPOSE_NOT_ALLOWED"),
    ] {
        let decision =
            decide(&request(), OwnRules::Known(&rules), Found::Standing(&active()), Oversight::none(), NOW);
        assert_eq!(codes(decision.own_reasons()), [code], "{rules:?}");
        assert_eq!(codes(decision.reasons()), ["WITHIN_AGREEMENT"]);
        assert_eq!(decision.permit().is_some(), code == "WITHIN_OWN_RULES");
    }
}

#[test]
fn both_sides_are_told_and_what_refuses_is_told_first() {
    let told = |rules: OwnRules<'_>, standing: &Standing| -> Vec<_> {
        let decision = decide(&request(), rules, Found::Standing(standing), Oversight::none(), NOW);
        decision.explain(About::default()).iter().map(|reason| reason.code).collect()
    };
    let revoked = Standing { recorded: State::Revoked, ..active() };
    let narrow = [rule("other", &[])];
    let narrow = OwnRules::Known(&narrow);
    assert_eq!(told(narrow, &active()), ["SYSTEM_NOT_ALLOWED", "WITHIN_AGREEMENT"]);
    assert_eq!(told(NO_RULES, &revoked), ["AGREEMENT_REVOKED", "WITHIN_OWN_RULES"]);
    assert_eq!(told(narrow, &revoked), ["SYSTEM_NOT_ALLOWED", "AGREEMENT_REVOKED"]);
    assert_eq!(told(OwnRules::Damaged, &active()), ["OWN_RULES_DAMAGED", "WITHIN_AGREEMENT"]);
    assert_eq!(told(OwnRules::Damaged, &revoked), ["OWN_RULES_DAMAGED", "AGREEMENT_REVOKED"]);
}

#[test]
fn too_few_witnesses_refuse() {
    for (needed, fresh, code) in [
        (0, 0, "WITHIN_AGREEMENT"),
        (2, 2, "WITHIN_AGREEMENT"),
        (2, 3, "WITHIN_AGREEMENT"),
        (2, 1, "WITNESSES_OVERDUE"),
        (1, 0, "WITNESSES_OVERDUE"),
    ] {
        let oversight = Oversight { needed, fresh };
        let decision = decide(&request(), NO_RULES, Found::Standing(&active()), oversight, NOW);
        assert_eq!(codes(decision.reasons()), [code], "{oversight:?}");
    }
}
