//! Any terms, for tests of what holds for all of them.

use platform::identity::Oin;
use proptest::prelude::*;
use time::Date;

use super::samples::{GGD, TODAY, WELLER, WONEN_ZUID, oin};
use super::{AgreedPurpose, AreaLevel, Delivery, LegalBasis, OnwardSharing, Party, Protection, Scope, Terms};
use crate::domain::preset::Preset;

fn some_of<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>, least: usize) -> impl Strategy<Value = Vec<T>> {
    let most = all.len();
    prop::sample::subsequence(all, least..=most).prop_shuffle()
}

fn names(collection: &str, codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| format!("{collection}{code}")).collect()
}

fn line() -> impl Strategy<Value = String> {
    // Texts that imitate the lines around them.
    prop_oneof![
        "[ -~é]{1,20}",
        Just("Weller (OIN 00000099000000002000)".to_owned()),
        Just("8.2 Ook anderen mogen alles weten.".to_owned()),
        Just("- GGD".to_owned()),
    ]
}

fn party() -> impl Strategy<Value = Party> {
    (prop::sample::select(vec![WELLER, WONEN_ZUID, GGD]), line())
        .prop_map(|(number, display_name)| Party { oin: oin(number), display_name })
}

prop_compose! {
    fn scope()(
        dataset in prop::sample::select(names("datasets/", &["a", "b"])),
        indicators in some_of(names("indicators/", &["a", "b", "c"]), 1),
        area_level in prop::sample::select(AreaLevel::ALL.to_vec()),
        areas in some_of(names("areas/", &["BU1", "BU2", "WK1"]), 0),
        periods in some_of(names("", &["2025", "2025Q1", "2025-01"]), 1),
        dimensions in some_of(names("", &["leeftijdsgroep", "2025", "a"]), 0),
    ) -> Scope {
        Scope { dataset, indicators, area_level, areas, periods, dimensions }
    }
}

prop_compose! {
    /// Any terms, from small sets of values, so that equal values occur.
    pub(crate) fn terms()(
        agreement in prop::sample::select(names("agreements/", &["0190163d-8694-739b-aea5-966c26f8ad90", "0190163d-8694-739b-aea5-966c26f8ad91"])),
        provider in party(),
        recipients in prop::collection::vec(party(), 1..4),
        purpose in (prop::sample::select(names("purposes/", &["a", "b"])), line())
            .prop_map(|(name, display_name)| AgreedPurpose { name, display_name }),
        legal_basis in prop::sample::select(vec![LegalBasis::LegalObligation, LegalBasis::PublicTask, LegalBasis::LegitimateInterest]),
        scope in scope(),
        (protection, preset) in (protection(), prop::option::of(prop::sample::select(Preset::ALL.to_vec()))),
        deliveries in some_of(vec![Delivery::Pull, Delivery::Stream], 1),
        days in (0..400u16, 0..400u16),
        retention_months in 1..=120,
        onward_sharing in prop::sample::select(vec![OnwardSharing::None, OnwardSharing::Publications]),
        (contact, replaces) in (line(), prop::option::of(prop::sample::select(
            names("agreements/", &["0190163d-8694-739b-aea5-966c26f8ad80", "0190163d-8694-739b-aea5-966c26f8ad81"])
        ))),
    ) -> Terms {
        let day = |after: u16| TODAY + time::Duration::days(i64::from(after));
        Terms {
            agreement, provider, recipients, purpose, legal_basis, scope, protection, preset, deliveries,
            valid_from: day(days.0), valid_until: day(days.1), retention_months, onward_sharing, contact, replaces,
        }
    }
}

/// Any protection, each term left out or not, also where one does not go without another.
pub(crate) fn protection() -> impl Strategy<Value = Protection> {
    let none_or = |some: Vec<i32>| prop_oneof![Just(0), prop::sample::select(some)];
    (
        5..20,
        any::<bool>(),
        none_or(vec![2, 10, 1000]),
        none_or(vec![1, 10, 100]),
        none_or(vec![1, 2, 5]),
        none_or(vec![50, 85, 99]),
        none_or(vec![3, 5, 100]),
        none_or(vec![10, 50, 10_000]),
        none_or(vec![50, 90, 100]),
    )
        .prop_map(
            |(
                minimum_count,
                protect_zeros,
                interval_width,
                p_percent,
                n,
                k,
                rounding_base,
                minimum_denominator,
                group_percent,
            )| {
                Protection {
                    minimum_count,
                    protect_zeros: protect_zeros || group_percent != 0,
                    interval_width,
                    p_percent,
                    dominance_n: n,
                    dominance_k: k,
                    rounding_base,
                    minimum_denominator,
                    group_percent,
                }
            },
        )
}

/// One term of an agreement, by its path in the JSON: how to take it over from another agreement, and
/// how to make it another.
pub(crate) struct Term {
    pub(crate) name: &'static str,
    pub(crate) take: fn(&mut Terms, Terms),
    pub(crate) change: fn(&mut Terms),
}

macro_rules! term {
    ($($path:ident).+, $change:expr) => {
        Term {
            name: stringify!($($path).+),
            take: |to, from| to.$($path).+ = from.$($path).+,
            change: |terms| $change(&mut terms.$($path).+),
        }
    };
}

fn longer(text: &mut String) {
    text.push('x');
}

fn more(items: &mut Vec<String>) {
    items.push("x".to_owned());
}

fn next(number: &mut i32) {
    *number += 1;
}

fn next_day(day: &mut Date) {
    *day = day.next_day().expect("a next day");
}

fn other_oin(number: &mut Oin) {
    *number = oin(if number.as_str() == GGD { WELLER } else { GGD });
}

fn other_basis(basis: &mut LegalBasis) {
    *basis = match basis {
        LegalBasis::LegalObligation => LegalBasis::PublicTask,
        LegalBasis::PublicTask => LegalBasis::LegitimateInterest,
        LegalBasis::LegitimateInterest => LegalBasis::LegalObligation,
    };
}

fn other_sharing(sharing: &mut OnwardSharing) {
    *sharing = match sharing {
        OnwardSharing::None => OnwardSharing::Publications,
        OnwardSharing::Publications => OnwardSharing::None,
    };
}

fn other_level(level: &mut AreaLevel) {
    *level = if *level == AreaLevel::Country { AreaLevel::Region } else { AreaLevel::Country };
}

/// Every term; a test compares the names with those in the JSON.
pub(crate) fn every_term() -> Vec<Term> {
    vec![
        term!(agreement, longer),
        term!(provider.oin, other_oin),
        term!(provider.display_name, longer),
        term!(recipients, |parties: &mut Vec<Party>| parties
            .iter_mut()
            .for_each(|it| other_oin(&mut it.oin))),
        term!(purpose.name, longer),
        term!(purpose.display_name, longer),
        term!(legal_basis, other_basis),
        term!(scope.dataset, longer),
        term!(scope.indicators, more),
        term!(scope.area_level, other_level),
        term!(scope.areas, more),
        term!(scope.periods, more),
        term!(scope.dimensions, more),
        term!(protection.minimum_count, next),
        term!(protection.protect_zeros, |protect: &mut bool| *protect = !*protect),
        term!(protection.interval_width, next),
        term!(protection.p_percent, next),
        term!(protection.dominance_n, next),
        term!(protection.dominance_k, next),
        term!(protection.rounding_base, next),
        term!(protection.minimum_denominator, next),
        term!(protection.group_percent, next),
        term!(preset, |preset: &mut Option<Preset>| {
            let other = |preset| if preset == Preset::Income { Preset::Magnitude } else { Preset::Income };
            *preset = Some(preset.map_or(Preset::Households, other));
        }),
        term!(deliveries, |ways: &mut Vec<Delivery>| ways.push(Delivery::Stream)),
        term!(valid_from, next_day),
        term!(valid_until, next_day),
        term!(retention_months, next),
        term!(onward_sharing, other_sharing),
        term!(contact, longer),
        term!(replaces, |replaced: &mut Option<String>| {
            *replaced = if replaced.is_some() { None } else { Some("agreements/x".to_owned()) };
        }),
    ]
}
