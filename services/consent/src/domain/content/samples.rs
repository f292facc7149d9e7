//! Agreements for tests.

use platform::identity::Oin;
use proptest::prelude::*;
use time::Date;
use time::macros::date;

use super::{
    AgreedPurpose, AreaLevel, Content, Delivery, Draft, DraftParty, DraftScope, LegalBasis, OnwardSharing,
    Party, Protection, Scope, Terms,
};
use crate::domain::name::AgreementId;

pub(crate) const WELLER: &str = "00000099000000002000";
pub(crate) const WONEN_ZUID: &str = "00000099000000003000";
pub(crate) const GGD: &str = "00000099000000004000";
pub(crate) const TODAY: Date = date!(2026 - 11 - 23);

pub(crate) fn oin(text: &str) -> Oin {
    text.parse().expect("an OIN")
}

pub(crate) fn id() -> AgreementId {
    AgreementId::of_id("0190163d-8694-739b-aea5-966c26f8ad90").expect("an id")
}

pub(crate) fn draft() -> Draft {
    let party =
        |oin: &str, name: &str| DraftParty { oin: oin.to_owned(), display_name: Some(name.to_owned()) };
    Draft {
        provider: party(WELLER, "Weller"),
        recipients: vec![party(GGD, "GGD Zuid-Limburg")],
        purpose: "purposes/vroegsignalering-schulden".to_owned(),
        purpose_display_name: Some("Vroegsignalering van betalingsachterstanden".to_owned()),
        legal_basis: Some(LegalBasis::PublicTask),
        scope: Some(DraftScope {
            dataset: "datasets/weller-huurachterstand-fictief".to_owned(),
            indicators: vec!["indicators/huurachterstand".to_owned()],
            area_level: "NEIGHBOURHOOD".to_owned(),
            areas: Vec::new(),
            periods: vec!["2025Q1".to_owned(), "2025Q2".to_owned()],
            dimensions: vec!["leeftijdsgroep".to_owned()],
        }),
        protection: Some(Protection { minimum_count: 10, protect_zeros: false }),
        deliveries: vec![Some(Delivery::Pull), Some(Delivery::Stream)],
        valid_from: "2026-11-01".to_owned(),
        valid_until: "2027-10-31".to_owned(),
        retention_months: 12,
        onward_sharing: Some(OnwardSharing::None),
        contact: "Team gegevens, gegevens@weller.example".to_owned(),
    }
}

pub(crate) fn content() -> Content {
    Content::new(id(), draft(), TODAY).expect("terms that hold")
}

/// Content with any terms, for tests of what follows from the terms.
pub(crate) fn unchecked(terms: Terms) -> Content {
    Content { terms }
}

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
        protection in (5..20, any::<bool>())
            .prop_map(|(minimum_count, protect_zeros)| Protection { minimum_count, protect_zeros }),
        deliveries in some_of(vec![Delivery::Pull, Delivery::Stream], 1),
        days in (0..400u16, 0..400u16),
        retention_months in 1..=120,
        onward_sharing in prop::sample::select(vec![OnwardSharing::None, OnwardSharing::Publications]),
        contact in line(),
    ) -> Terms {
        let day = |after: u16| TODAY + time::Duration::days(i64::from(after));
        Terms {
            agreement, provider, recipients, purpose, legal_basis, scope, protection, deliveries,
            valid_from: day(days.0), valid_until: day(days.1), retention_months, onward_sharing, contact,
        }
    }
}

/// Gives `to` one of the terms of `from`.
pub(crate) fn take_over(to: &mut Terms, from: &Terms, which: usize) {
    let from = from.clone();
    match which {
        0 => to.agreement = from.agreement,
        1 => to.provider = from.provider,
        2 => to.recipients = from.recipients,
        3 => to.purpose = from.purpose,
        4 => to.legal_basis = from.legal_basis,
        5 => to.scope.dataset = from.scope.dataset,
        6 => to.scope.indicators = from.scope.indicators,
        7 => to.scope.area_level = from.scope.area_level,
        8 => to.scope.areas = from.scope.areas,
        9 => to.scope.periods = from.scope.periods,
        10 => to.scope.dimensions = from.scope.dimensions,
        11 => to.protection = from.protection,
        12 => to.deliveries = from.deliveries,
        13 => to.valid_from = from.valid_from,
        14 => to.valid_until = from.valid_until,
        15 => to.retention_months = from.retention_months,
        16 => to.onward_sharing = from.onward_sharing,
        _ => to.contact = from.contact,
    }
}
