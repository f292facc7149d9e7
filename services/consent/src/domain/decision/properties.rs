//! What holds for every decision, over random agreements, states, rules, requests and clocks.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use time::Duration;

use super::model::{own_refusals, refusals};
use super::tests::{NOW, active, area, by_terms, codes, request, rule, standing_of};
use super::*;
use crate::domain::agreement::{Agreement, Document};
use crate::domain::content::arbitrary;
use crate::domain::content::samples::{self, GGD, WELLER, WONEN_ZUID, oin};
use crate::domain::content::{Content, Delivery};
use crate::domain::protection::ProtectionTerm;
use crate::domain::request::RequestedArea;
use crate::domain::signature::{Signature, SignatureKind};
use crate::domain::use_rule::UseRule;

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
pub(crate) fn request_about(content: Content) -> impl Strategy<Value = Request> {
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
        prop::sample::select(vec!["a-systeem".to_owned(), "b-systeem".to_owned(), String::new()]),
        mostly(
            ProtectionTerm::ALL.to_vec(),
            vec![Vec::new(), vec![ProtectionTerm::MinimumCount], vec![ProtectionTerm::Zeros]],
        ),
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
        system: what.6,
        enforceable: what.7,
        process: String::new(),
    })
}

/// Own rules around the names that requests have.
fn own_rules() -> impl Strategy<Value = Vec<UseRule>> {
    let system = prop::sample::select(vec!["*", "a-systeem", "b-systeem"]);
    let purposes =
        prop::sample::subsequence(vec!["purposes/a", "purposes/b", "purposes/z", "purposes/-"], 0..=3);
    prop::collection::vec((system, purposes).prop_map(|(system, purposes)| rule(system, &purposes)), 0..4)
}

/// This agreement, or now and then another one, damaged, with some of all organisations in its lists.
fn damaged(id: AgreementId) -> impl Strategy<Value = DamagedStanding> {
    let parties = prop::sample::subsequence(vec![oin(WELLER), oin(WONEN_ZUID), oin(GGD)], 0..=3);
    (mostly(id, vec![AgreementId::new(uuid::Uuid::nil())]), parties)
        .prop_map(|(id, parties)| DamagedStanding { id, parties: parties.into_iter().collect() })
}

/// Everything that a decision rests on.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) request: Request,
    pub(crate) own_rules: Vec<UseRule>,
    /// Whether one of them cannot be read.
    pub(crate) rules_damaged: bool,
    pub(crate) standing: Option<Standing>,
    /// What there is in the place of the standing when the agreement is damaged.
    pub(crate) damaged: Option<DamagedStanding>,
    pub(crate) oversight: Oversight,
    pub(crate) now: OffsetDateTime,
}

impl Case {
    pub(crate) fn decide(&self) -> Decision {
        decide(&self.request, self.own_rules(), self.found(), self.oversight, self.now)
    }

    pub(crate) fn found(&self) -> Found<'_> {
        match (&self.damaged, &self.standing) {
            (Some(damaged), _) => Found::Damaged(damaged),
            (None, Some(standing)) => Found::Standing(standing),
            (None, None) => Found::Nothing,
        }
    }

    fn own_rules(&self) -> OwnRules<'_> {
        if self.rules_damaged { OwnRules::Damaged } else { OwnRules::Known(&self.own_rules) }
    }

    /// Decides, and compares with the naive model; tells whether it was permitted.
    pub(crate) fn agrees_with_the_model(&self) -> bool {
        let own = own_refusals(&self.request, self.own_rules());
        let theirs = refusals(&self.request, self.found(), self.oversight, self.now);
        let decision = self.decide();
        let or =
            |codes: &[&'static str], permits| if codes.is_empty() { vec![permits] } else { codes.to_vec() };
        assert_eq!(codes(decision.own_reasons()), or(&own, "WITHIN_OWN_RULES"), "{self:?}");
        assert_eq!(codes(decision.reasons()), or(&theirs, "WITHIN_AGREEMENT"), "{self:?}");
        assert_eq!(decision.permit().is_some(), own.is_empty() && theirs.is_empty(), "{self:?}");
        decision.permit().is_some()
    }
}

/// Random cases around random terms: mostly permitted by each rule.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    arbitrary::terms().prop_flat_map(|terms| {
        let standing = standing_of(samples::unchecked(terms));
        let (starts, ends) = (standing.content.starts(), standing.content.ends());
        let now = prop_oneof![
            12 => Just(starts.max(ends - Duration::DAY)),
            1 => Just(starts - Duration::SECOND),
            1 => Just(ends),
        ];
        let recorded = (mostly(State::Active, State::ALL.to_vec()), mostly(None, vec![Some(standing.id)]));
        let exists = prop::bool::weighted(0.95);
        let oversight = (0..3u32, 0..3u32).prop_map(|(needed, fresh)| Oversight { needed, fresh });
        let oversight = prop_oneof![6 => Just(Oversight::none()), 1 => oversight];
        let request = request_about((*standing.content).clone());
        let damage = (prop::bool::weighted(0.03), prop::option::weighted(0.1, damaged(standing.id)));
        (request, own_rules(), Just(standing), recorded, exists, oversight, now, damage).prop_map(
            |(request, own_rules, standing, recorded, exists, oversight, now, (rules_damaged, damaged))| {
                let (recorded, replaced_by) = recorded;
                let standing = exists.then_some(Standing { recorded, replaced_by, ..standing });
                Case { request, own_rules, rules_damaged, standing, damaged, oversight, now }
            },
        )
    })
}

fn within(narrow: &[String], wide: &[String]) -> bool {
    narrow.iter().all(|item| wide.contains(item))
}

#[test]
fn the_decision_is_that_of_the_naive_model() {
    let (permits, refused) = (Cell::new(0u32), Cell::new(0u32));
    let mut runner = TestRunner::new(Config { cases: 8000, ..Config::default() });
    runner
        .run(&case(), |case| {
            let count = if case.agrees_with_the_model() { &permits } else { &refused };
            count.set(count.get() + 1);
            Ok(())
        })
        .expect("the decision and its model agree");
    assert!(permits.get() > 600 && refused.get() > 600, "{permits:?} permits, {refused:?} refusals");
}

proptest! {
    #[test]
    fn a_permit_is_within_the_agreed_scope_and_within_what_was_asked(case in case()) {
        let decision = case.decide();
        let Some(permit) = decision.permit() else { return Ok(()) };
        let terms = case.standing.as_ref().expect("an agreement").content.terms();
        let (agreed, given) = (&terms.scope, permit.scope());
        prop_assert!(within(&given.indicators, &agreed.indicators));
        prop_assert!(within(&given.periods, &agreed.periods));
        prop_assert!(agreed.areas.is_empty() || within(&given.areas, &agreed.areas));
        prop_assert_eq!(given.areas.is_empty(), agreed.areas.is_empty() && case.request.areas.is_empty());
        prop_assert_eq!(given.area_level, agreed.area_level);
        prop_assert_eq!(&given.dimensions, &agreed.dimensions);
        prop_assert_eq!(permit.protection(), terms.protection);
        let asked = &case.request;
        prop_assert!(asked.indicators.is_empty() || within(&given.indicators, &asked.indicators));
        prop_assert!(asked.periods.is_empty() || within(&given.periods, &asked.periods));
    }

    #[test]
    fn own_rules_only_narrow(case in case()) {
        let with = case.decide();
        let without = Case { own_rules: Vec::new(), rules_damaged: false, ..case.clone() }.decide();
        // What the agreement says does not depend on them, and they add no permit.
        prop_assert_eq!(with.reasons(), without.reasons());
        if let Some(permit) = with.permit() {
            prop_assert_eq!(Some(permit), without.permit());
        }
    }

    #[test]
    fn another_own_rule_never_takes_away_what_one_allowed(case in case(), more in own_rules()) {
        prop_assume!(!case.own_rules.is_empty());
        let before = case.decide();
        let mut own_rules = case.own_rules.clone();
        own_rules.extend(more);
        let after = Case { own_rules, ..case }.decide();
        prop_assert!(before.permit().is_none() || before.permit() == after.permit());
    }

    #[test]
    fn a_request_wider_than_the_scope_is_refused_and_the_reasons_list_exactly_what_is_beyond(
        indicators in (0..3usize, 0..3usize), areas in (0..3usize, 0..3usize), periods in (0..3usize, 0..3usize),
    ) {
        let named = |collection: &str, agreed: bool, count: usize| -> Vec<String> {
            (0..count).map(|n| format!("{collection}{}{n}", if agreed { "in" } else { "out" })).collect()
        };
        let mut terms = samples::content().terms().clone();
        terms.scope.indicators = named("indicators/", true, 3);
        terms.scope.areas = named("areas/", true, 3);
        terms.scope.periods = named("", true, 3);
        let both = |collection, (agreed, beyond): (usize, usize)| {
            [named(collection, true, agreed), named(collection, false, beyond)].concat()
        };
        let asked = Request {
            indicators: both("indicators/", indicators),
            areas: both("", areas).iter().map(|code| area(code, "NEIGHBOURHOOD")).collect(),
            periods: both("", periods),
            ..request()
        };
        let decision = by_terms(&asked, Found::Standing(&standing_of(samples::unchecked(terms))), NOW);
        let mut expected = Vec::new();
        let beyond = named("indicators/", false, indicators.1);
        if !beyond.is_empty() {
            expected.push(Reason::IndicatorBeyondScope { beyond });
        }
        let beyond = named("areas/", false, areas.1);
        if !beyond.is_empty() {
            let agreed = crate::domain::content::AreaLevel::Neighbourhood;
            expected.push(Reason::AreaBeyondScope { beyond, agreed });
        }
        let beyond = named("", false, periods.1);
        if !beyond.is_empty() {
            expected.push(Reason::PeriodBeyondScope { beyond });
        }
        prop_assert_eq!(decision.permit().is_some(), expected.is_empty());
        if expected.is_empty() {
            expected.push(Reason::WithinAgreement);
        }
        prop_assert_eq!(decision.reasons(), expected);
    }
}

#[test]
fn without_an_active_agreement_every_request_is_denied() {
    let (starts, ends) = (active().content.starts(), active().content.ends());
    let second = Duration::SECOND;
    let mut permitted = Vec::new();
    let replaced_by = |by: Option<AgreementId>| State::ALL.map(|recorded| (recorded, by));
    for (recorded, replaced_by) in [replaced_by(None), replaced_by(Some(active().id))].concat() {
        for now in [starts - second, starts, NOW, ends - second, ends, ends + Duration::days(400)] {
            let standing = Standing { recorded, replaced_by, ..active() };
            let damaged = DamagedStanding { id: standing.id, parties: [oin(GGD)].into() };
            for agreement in [Found::Standing(&standing), Found::Damaged(&damaged), Found::Nothing] {
                if by_terms(&request(), agreement, now).permit().is_some() {
                    permitted.push((recorded, replaced_by, agreement.known_to(&oin(GGD)).is_some(), now));
                }
            }
        }
    }
    let active = |now| (State::Active, None, true, now);
    assert_eq!(permitted, [active(starts), active(NOW), active(ends - second)]);
}

/// What parties can do with an agreement.
fn acts() -> Vec<fn(&Agreement, OffsetDateTime) -> Agreement> {
    fn place(it: &Agreement, party: &str, kind: SignatureKind, at: OffsetDateTime) -> Agreement {
        // Every signature is another one, so that each may count.
        let jws = format!("{}-{party}.{}.c", kind.name(), at.unix_timestamp());
        let signature = Signature { oin: oin(party), kind, jws, create_time: at };
        it.place(signature, at).ok().flatten().unwrap_or_else(|| it.clone())
    }
    vec![
        |it, at| it.propose(at).unwrap_or_else(|_| it.clone()),
        |it, at| place(it, WELLER, SignatureKind::Accept, at),
        |it, at| place(it, GGD, SignatureKind::Accept, at),
        |it, at| place(it, GGD, SignatureKind::Reject, at),
        |it, at| place(it, WELLER, SignatureKind::Revoke, at),
        |it, at| place(it, GGD, SignatureKind::Suspend, at),
        |it, at| place(it, GGD, SignatureKind::Resume, at),
    ]
}

fn permits(agreement: &Agreement, now: OffsetDateTime) -> bool {
    let standing = Standing {
        recorded: agreement.recorded,
        since: agreement.update_time,
        replaced_by: agreement.replaced_by,
        ..standing_of(agreement.document.content.clone())
    };
    by_terms(&request(), Found::Standing(&standing), now).permit().is_some()
}

#[test]
fn what_was_replaced_permits_nothing_when_the_clock_is_put_back() {
    let document = Document::of(samples::content()).expect("a document");
    let [propose, weller, ggd, _, _, suspend, _] = acts().try_into().expect("seven acts");
    let draft = Agreement::draft(samples::id(), document, NOW);
    let signed = [propose, weller, ggd].iter().fold(draft, |it, act| act(&it, NOW));
    let ends = signed.document.content.ends();
    for before in [signed.clone(), suspend(&signed, NOW)] {
        for replaced_at in [NOW, ends, ends + Duration::days(3)] {
            let replaced = before.replaced(samples::id(), replaced_at);
            assert_eq!(replaced.recorded, State::Replaced);
            // One that was left as it stood when it had expired.
            let left = Agreement { replaced_by: Some(samples::id()), ..before.clone() };
            for replaced in [replaced, left] {
                for now in [NOW, ends - Duration::SECOND, ends] {
                    assert_eq!(replaced.state(now), State::Replaced, "{now}");
                    assert!(!permits(&replaced, now), "{now}");
                }
                assert!(acts().iter().all(|act| act(&replaced, NOW) == replaced));
            }
        }
    }
}

#[test]
fn revoke_is_final_whatever_the_parties_do_after_it() {
    let document = Document::of(samples::content()).expect("a document");
    let draft = Agreement::draft(samples::id(), document, NOW);
    let [propose, weller, ggd, _, revoke, _, _] = acts().try_into().expect("seven acts");
    let active = [propose, weller, ggd].iter().fold(draft, |it, act| act(&it, NOW));
    assert!(permits(&active, NOW));
    let revoked = revoke(&active, NOW);
    // Every sequence of up to four acts, each of them a day after the one before.
    let mut reached = vec![revoked];
    for step in 0..4 {
        let at = NOW + Duration::days(step);
        for agreement in &reached {
            assert!(!permits(agreement, at) && !permits(agreement, at + Duration::hours(1)), "{agreement:?}");
        }
        reached = reached.iter().flat_map(|it| acts().into_iter().map(move |act| act(it, at))).collect();
    }
    assert_eq!(reached.len(), 7_usize.pow(4));
    assert!(reached.iter().all(|agreement| !permits(agreement, NOW + Duration::days(5))));
}

/// A cell that somebody may see, under which agreement and for what.
type Seen = (String, String, (String, String, String));

/// What an organisation may see of a set of agreements: what is permitted of every request for one
/// cell, whatever agreement it names and whatever agreement it is held against.
fn view(agreements: &BTreeMap<AgreementId, Standing>, who: &str) -> BTreeSet<Seen> {
    let mut seen = BTreeSet::new();
    let cells = ["a", "b", "c"].iter().flat_map(|indicator| {
        ["BU1", "BU2", "WK1"].iter().flat_map(move |code| {
            ["2025", "2025Q1", "2025-01"].iter().map(move |period| (*indicator, *code, *period))
        })
    });
    for (indicator, code, period) in cells {
        for (named, standing) in
            agreements.keys().flat_map(|named| agreements.values().map(move |standing| (named, standing)))
        {
            let terms = standing.content.terms();
            for purpose in ["purposes/a", "purposes/b"] {
                let asked = Request {
                    recipient: oin(who),
                    agreement: named.name(),
                    purpose: purpose.to_owned(),
                    dataset: terms.scope.dataset.clone(),
                    dataset_owner: terms.provider.oin.clone(),
                    indicators: vec![format!("indicators/{indicator}")],
                    areas: vec![area(code, terms.scope.area_level.name())],
                    periods: vec![period.to_owned()],
                    delivery: terms.deliveries[0],
                    ..request()
                };
                let now = standing.content.starts();
                if by_terms(&asked, Found::Standing(standing), now).permit().is_some() {
                    let cell = (indicator.to_owned(), code.to_owned(), period.to_owned());
                    seen.insert((named.name(), purpose.to_owned(), cell));
                }
            }
        }
    }
    seen
}

/// Agreements with an id each, in any state.
fn agreements(most: usize) -> impl Strategy<Value = BTreeMap<AgreementId, Standing>> {
    let one = (arbitrary::terms(), mostly(State::Active, State::ALL.to_vec()));
    prop::collection::vec(one, 1..=most).prop_map(|all| {
        let numbered = (0..).zip(all).map(|(number, (mut terms, recorded))| {
            terms.agreement = format!("agreements/0190163d-8694-739b-aea5-966c26f8ad{number:02x}");
            let standing = Standing { recorded, ..standing_of(samples::unchecked(terms)) };
            (standing.id, standing)
        });
        numbered.collect()
    })
}

#[test]
fn adding_an_agreement_narrows_nobodys_view_and_widens_only_that_of_its_recipients() {
    let widened = Cell::new(0u32);
    let mut runner = TestRunner::new(Config { cases: 60, ..Config::default() });
    runner
        .run(&agreements(4), |after| {
            let mut before = after.clone();
            let (_, added) = before.pop_last().expect("one or more");
            for who in [WELLER, WONEN_ZUID, GGD] {
                let (had, has) = (view(&before, who), view(&after, who));
                prop_assert!(had.is_subset(&has), "{} lost {:?}", who, had.difference(&has).next());
                if !added.content.has_recipient(&oin(who)) {
                    prop_assert_eq!(&had, &has);
                }
                let new = added.id.name();
                prop_assert!(has.difference(&had).all(|(agreement, ..)| *agreement == new));
                widened.set(widened.get() + u32::from(has.len() > had.len()));
            }
            Ok(())
        })
        .expect("views that only grow");
    assert!(widened.get() > 20, "{widened:?}");
}
