//! Agreements for tests.

use platform::identity::Oin;
use time::Date;
use time::macros::date;

use super::{
    Content, Delivery, Draft, DraftParty, DraftPreset, DraftScope, LegalBasis, OnwardSharing, Protection,
    Terms,
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
        protection: Some(Protection { minimum_count: 10, ..Protection::default() }),
        preset: DraftPreset::None,
        deliveries: vec![Some(Delivery::Pull), Some(Delivery::Stream)],
        valid_from: "2026-11-01".to_owned(),
        valid_until: "2027-10-31".to_owned(),
        retention_months: 12,
        onward_sharing: Some(OnwardSharing::None),
        contact: "Team gegevens, gegevens@weller.example".to_owned(),
        replaces: String::new(),
    }
}

pub(crate) fn content() -> Content {
    Content::new(id(), draft(), TODAY).expect("terms that hold")
}

/// Content with any terms, for tests of what follows from the terms.
pub(crate) fn unchecked(terms: Terms) -> Content {
    Content { terms }
}
