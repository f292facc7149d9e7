//! Every rule of the terms, by the field that it names.

use super::samples::{GGD, TODAY, WELLER, content, draft, id};
use super::{Content, Draft, DraftParty, Protection};
use crate::domain::canonical;

fn fields(draft: Draft) -> Vec<String> {
    let problems = Content::new(id(), draft, TODAY).expect_err("wrong terms");
    problems.into_iter().map(|problem| problem.field).collect()
}

fn wrong(change: impl FnOnce(&mut Draft)) -> Vec<String> {
    let mut draft = draft();
    change(&mut draft);
    fields(draft)
}

#[test]
fn terms_that_hold_survive_their_canonical_form() {
    let text = canonical::json(&content()).expect("a canonical form");
    assert_eq!(serde_json::from_str::<Content>(&text).expect("the content"), content());
    let unknown = text.replacen('{', r#"{"extra":true,"#, 1);
    assert!(serde_json::from_str::<Content>(&unknown).is_err());
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let found = fields(Draft::default());
    for field in [
        "content.provider.oin",
        "content.recipients",
        "content.purpose",
        "content.legal_basis",
        "content.scope",
        "content.protection",
        "content.deliveries",
        "content.valid_from",
        "content.valid_until",
        "content.retention_months",
        "content.onward_sharing",
        "content.contact",
    ] {
        assert!(found.iter().any(|found| found == field), "{field} in {found:?}");
    }
}

#[test]
fn recipients_are_known_organisations_other_than_the_provider_named_once() {
    let party = |oin: &str, name: Option<&str>| DraftParty {
        oin: oin.to_owned(),
        display_name: name.map(str::to_owned),
    };
    assert_eq!(wrong(|draft| draft.recipients.clear()), ["content.recipients"]);
    assert_eq!(
        wrong(|draft| draft.recipients = vec![party(WELLER, Some("Weller"))]),
        ["content.recipients[0].oin"]
    );
    assert_eq!(wrong(|draft| draft.recipients = vec![party(GGD, None)]), ["content.recipients[0].oin"]);
    assert_eq!(wrong(|draft| draft.recipients = vec![party("123", None)]), ["content.recipients[0].oin"]);
    let twice = vec![party(GGD, Some("GGD")), party(GGD, Some("GGD"))];
    assert_eq!(wrong(|draft| draft.recipients = twice), ["content.recipients[1]"]);
    let many = (0..51).map(|n| party(&format!("{n:020}"), Some("x"))).collect();
    assert_eq!(wrong(|draft| draft.recipients = many), ["content.recipients"]);
}

#[test]
fn a_scope_names_what_it_shares_and_names_it_once() {
    let scope =
        |change: fn(&mut super::DraftScope)| wrong(|draft| change(draft.scope.as_mut().expect("a scope")));
    assert_eq!(scope(|scope| scope.dataset.clear()), ["content.scope.dataset"]);
    assert_eq!(scope(|scope| scope.indicators.clear()), ["content.scope.indicators"]);
    assert_eq!(
        scope(|scope| scope.indicators.push("huurachterstand".into())),
        ["content.scope.indicators[1]"]
    );
    assert_eq!(scope(|scope| scope.area_level = "BUURT".into()), ["content.scope.area_level"]);
    assert_eq!(scope(|scope| scope.area_level.clear()), ["content.scope.area_level"]);
    assert_eq!(
        scope(|scope| scope.areas = vec!["areas/BU1".into(), "areas/BU1".into()]),
        ["content.scope.areas[1]"]
    );
    assert_eq!(scope(|scope| scope.areas = vec!["areas/../x".into()]), ["content.scope.areas[0]"]);
    assert_eq!(scope(|scope| scope.periods.clear()), ["content.scope.periods"]);
    assert_eq!(scope(|scope| scope.periods.push("2025Q5".into())), ["content.scope.periods[2]"]);
    assert_eq!(scope(|scope| scope.periods.push("2025Q1".into())), ["content.scope.periods[2]"]);
    assert_eq!(scope(|scope| scope.dimensions.push("a b".into())), ["content.scope.dimensions[1]"]);
}

#[test]
fn a_minimum_count_is_5_to_1000() {
    for minimum_count in [4, 1001, -1, 0] {
        let protection = Some(Protection { minimum_count, protect_zeros: false });
        assert_eq!(wrong(|draft| draft.protection = protection), ["content.protection.minimum_count"]);
    }
    for minimum_count in [5, 1000] {
        let protection = Some(Protection { minimum_count, protect_zeros: true });
        assert!(Content::new(id(), Draft { protection, ..draft() }, TODAY).is_ok());
    }
}

#[test]
fn validity_ends_today_at_the_earliest_and_not_before_it_begins() {
    assert_eq!(wrong(|draft| draft.valid_until = "2026-11-22".into()), ["content.valid_until"]);
    assert_eq!(wrong(|draft| draft.valid_from = "2027-11-01".into()), ["content.valid_until"]);
    assert_eq!(wrong(|draft| draft.valid_from = "1 november".into()), ["content.valid_from"]);
    let one_day = Draft { valid_from: "2026-11-23".into(), valid_until: "2026-11-23".into(), ..draft() };
    assert!(Content::new(id(), one_day, TODAY).is_ok());
}

#[test]
fn retention_deliveries_and_contact_have_their_bounds() {
    for months in [0, 121, -5] {
        assert_eq!(wrong(|draft| draft.retention_months = months), ["content.retention_months"]);
    }
    assert_eq!(wrong(|draft| draft.deliveries.clear()), ["content.deliveries"]);
    assert_eq!(wrong(|draft| draft.deliveries.push(None)), ["content.deliveries[2]"]);
    assert_eq!(wrong(|draft| draft.deliveries.push(draft.deliveries[0])), ["content.deliveries[2]"]);
    for contact in ["", "  ", " team ", "a\nb", "a\u{202e}b", &"x".repeat(201)] {
        assert_eq!(wrong(|draft| draft.contact = contact.into()), ["content.contact"], "{contact}");
    }
}

#[test]
fn a_purpose_is_one_of_the_list() {
    assert_eq!(wrong(|draft| draft.purpose_display_name = None), ["content.purpose"]);
}
