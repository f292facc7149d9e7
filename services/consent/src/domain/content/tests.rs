//! Every rule of the terms, by the field that it names.

use proptest::prelude::*;

use super::arbitrary::{every_term, terms};
use super::samples::{GGD, TODAY, WELLER, content, draft, id, unchecked};
use super::{Content, Draft, DraftParty, DraftPreset, Protection};
use crate::domain::agreement::{Document, read_content, read_text_hash};
use crate::domain::preset::{self, Preset};
use crate::domain::{canonical, hash};

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
        let protection = Some(Protection { minimum_count, ..Protection::default() });
        assert_eq!(wrong(|draft| draft.protection = protection), ["content.protection.minimum_count"]);
    }
    for minimum_count in [5, 1000] {
        let protection = Some(Protection { minimum_count, protect_zeros: true, ..Protection::default() });
        assert!(Content::new(id(), Draft { protection, ..draft() }, TODAY).is_ok());
    }
}

#[test]
fn the_other_terms_of_protection_are_left_out_or_within_their_bounds() {
    let with = |change: fn(&mut Protection, i32), value: i32| {
        let mut protection = Protection { minimum_count: 10, ..Protection::default() };
        change(&mut protection, value);
        let found = Content::new(id(), Draft { protection: Some(protection), ..draft() }, TODAY);
        found.map(|_| ()).map_err(|problems| problems.into_iter().map(|it| it.field).collect::<Vec<_>>())
    };
    type Change = fn(&mut Protection, i32);
    let fields: [(&str, i32, i32, Change); 7] = [
        ("interval_width", 2, 1000, |it, value| it.interval_width = value),
        ("p_percent", 1, 100, |it, value| it.p_percent = value),
        ("dominance_n", 1, 5, |it, value| (it.dominance_n, it.dominance_k) = (value, 85)),
        ("dominance_k", 50, 99, |it, value| (it.dominance_n, it.dominance_k) = (2, value)),
        ("rounding_base", 3, 100, |it, value| it.rounding_base = value),
        ("minimum_denominator", 10, 10_000, |it, value| it.minimum_denominator = value),
        ("group_percent", 50, 100, |it, value| (it.group_percent, it.protect_zeros) = (value, true)),
    ];
    for (field, least, most, change) in fields {
        for value in [least, most] {
            assert_eq!(with(change, value), Ok(()), "{field} {value}");
        }
        for value in [-1, least - 1, most + 1].into_iter().filter(|value| *value != 0) {
            assert_eq!(with(change, value), Err(vec![format!("content.protection.{field}")]), "{value}");
        }
    }
    assert_eq!(
        with(|it, value| it.dominance_n = value, 2),
        Err(vec!["content.protection.dominance_k".into()])
    );
    assert_eq!(
        with(|it, value| it.dominance_k = value, 85),
        Err(vec!["content.protection.dominance_n".into()])
    );
}

#[test]
fn no_term_is_looser_than_those_of_the_kind_of_figures() {
    let with = |preset, protection| {
        let draft = Draft { preset, protection: Some(protection), ..draft() };
        let found = Content::new(id(), draft, TODAY);
        found.map_err(|problems| problems.into_iter().map(|it| it.field).collect::<Vec<_>>())
    };
    for preset in Preset::ALL {
        let content = with(DraftPreset::Known(preset), preset::least(preset)).expect("terms that hold");
        assert_eq!(content.terms().preset, Some(preset));
    }
    let sensitive = DraftPreset::Known(Preset::PersonsSensitive);
    let minimum = |minimum_count| Protection { minimum_count, ..Protection::default() };
    let named = |fields: &[&str]| Err(fields.iter().map(|it| format!("content.protection.{it}")).collect());
    assert_eq!(
        with(sensitive, minimum(10)),
        named(&["interval_width", "rounding_base", "group_percent", "protect_zeros"])
    );
    let least = preset::least(Preset::PersonsSensitive);
    let too_low = Protection { minimum_count: 4, ..least };
    assert_eq!(with(sensitive, too_low), named(&["minimum_count"]), "once");
    assert_eq!(with(DraftPreset::Unknown, least), named(&["preset"]));
    assert_eq!(with(DraftPreset::None, minimum(5)).map(|content| content.terms().preset), Ok(None));
}

#[test]
fn the_kind_of_figures_stands_in_the_json_by_its_name_and_another_name_is_no_content() {
    let preset = Preset::PersonsGeneral;
    let draft =
        Draft { preset: DraftPreset::Known(preset), protection: Some(preset::least(preset)), ..draft() };
    let text = canonical::json(&Content::new(id(), draft, TODAY).expect("terms")).expect("a canonical form");
    assert!(text.contains(r#""preset":"persons_general""#), "{text}");
    let other = text.replace("persons_general", "persons");
    assert!(serde_json::from_str::<Content>(&other).is_err());
}

#[test]
fn what_is_replaced_is_an_agreement() {
    for wrong_name in ["agreements/x", "x", "agreements/0190163D-8694-739B-AEA5-966C26F8AD90"] {
        assert_eq!(wrong(|draft| draft.replaces = wrong_name.into()), ["content.replaces"], "{wrong_name}");
    }
    let replaces = id().name();
    let content = Content::new(id(), Draft { replaces: replaces.clone(), ..draft() }, TODAY).expect("terms");
    assert_eq!(content.terms().replaces, Some(replaces));
}

#[test]
fn terms_that_are_not_agreed_are_not_in_the_json() {
    let text = canonical::json(&content()).expect("a canonical form");
    for absent in [
        "interval_width",
        "p_percent",
        "dominance",
        "rounding_base",
        "minimum_denominator",
        "group_percent",
        "preset",
        "replaces",
    ] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
    assert!(text.contains(r#""protection":{"minimum_count":10,"protect_zeros":false}"#), "{text}");
}

/// The paths of what the JSON holds, lists as a whole.
fn paths(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    match value.as_object() {
        Some(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                paths(member, &path, found);
            }
        }
        None => found.push(path.to_owned()),
    }
}

#[test]
fn every_term_of_the_json_is_one_that_the_property_tests_change() {
    let mut terms = content().terms().clone();
    terms.replaces = Some("agreements/x".to_owned());
    terms.protection = Protection {
        minimum_count: 10,
        protect_zeros: true,
        interval_width: 10,
        p_percent: 10,
        dominance_n: 2,
        dominance_k: 85,
        rounding_base: 5,
        minimum_denominator: 50,
        group_percent: 90,
    };
    terms.preset = Some(Preset::PersonsSensitive);
    let mut found = Vec::new();
    paths(&serde_json::to_value(terms).expect("JSON"), "", &mut found);
    let mut changed: Vec<_> = every_term().into_iter().map(|term| term.name.to_owned()).collect();
    found.sort();
    changed.sort();
    assert_eq!(found, changed);
}

proptest! {
    #[test]
    fn any_terms_survive_their_json(terms in terms()) {
        let document = Document::of(unchecked(terms.clone())).expect("a document");
        prop_assert_eq!(read_content(&document.content_json), Some(unchecked(terms)));
        prop_assert_eq!(read_text_hash(&document.content_json), Some(hash::of_text(&document.text)));
        prop_assert!(canonical::is_canonical(&document.content_json));
    }

    #[test]
    fn the_same_terms_have_the_same_hash_and_text_and_other_terms_another(a in terms(), b in terms()) {
        let equal = a == b;
        let (one, same) = (unchecked(a.clone()), unchecked(a));
        let (one, same) = (Document::of(one).expect("one"), Document::of(same).expect("the same"));
        prop_assert_eq!(&one, &same);
        let other = Document::of(unchecked(b)).expect("another");
        prop_assert_eq!(one.content_hash == other.content_hash, equal);
        prop_assert_eq!(one.text == other.text, equal);
    }

    #[test]
    fn each_term_that_changes_changes_text_and_hash(terms in terms()) {
        let before = Document::of(unchecked(terms.clone())).expect("a document");
        for term in every_term() {
            let mut changed = terms.clone();
            (term.change)(&mut changed);
            let after = Document::of(unchecked(changed)).expect("a document");
            prop_assert_ne!(&before.text, &after.text, "{}", term.name);
            prop_assert_ne!(&before.content_hash, &after.content_hash, "{}", term.name);
        }
    }

    #[test]
    fn a_term_that_is_taken_over_changes_the_text_only_when_it_is_another(
        a in terms(), b in terms(), which in prop::sample::select((0..every_term().len()).collect::<Vec<_>>())
    ) {
        let mut changed = a.clone();
        (every_term()[which].take)(&mut changed, b);
        let equal = a == changed;
        let (one, other) = (Document::of(unchecked(a)), Document::of(unchecked(changed)));
        prop_assert_eq!(one.expect("one").text == other.expect("another").text, equal);
    }
}

#[test]
fn validity_ends_today_at_the_earliest_and_not_before_it_begins() {
    assert_eq!(wrong(|draft| draft.valid_until = "2026-11-22".into()), ["content.valid_until"]);
    assert_eq!(wrong(|draft| draft.valid_from = "2027-11-01".into()), ["content.valid_until"]);
    for wrong_day in ["1 november", "0000-01-01", "1999-12-31"] {
        assert_eq!(wrong(|draft| draft.valid_from = wrong_day.into()), ["content.valid_from"], "{wrong_day}");
    }
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
    // Of these nothing is seen, or nothing can be read.
    let unseen = ["\u{3164}", "\u{2800}", "team\u{200b} Weller", "a\u{e0041}", "—"];
    let longest = "x".repeat(201);
    for contact in ["", "  ", " team ", "a\nb", "a\u{202e}b", &longest].into_iter().chain(unseen) {
        assert_eq!(wrong(|draft| draft.contact = contact.into()), ["content.contact"], "{contact}");
    }
}

#[test]
fn a_party_takes_part_and_has_a_name_that_can_be_read() {
    let said = |name: Option<&str>| {
        let mut draft = draft();
        draft.recipients[0].display_name = name.map(str::to_owned);
        let problems = Content::new(id(), draft, TODAY).expect_err("problems");
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        (problem.field.clone(), problem.nl.clone())
    };
    let field = "content.recipients[0].oin".to_owned();
    let (of, nl) = said(None);
    assert!(of == field && nl.contains("geen organisatie die deelneemt"), "{of} {nl}");
    for name in ["Zorg\u{ad}groep", "—", ""] {
        let (of, nl) = said(Some(name));
        assert!(of == field && nl.contains("heeft een naam met een teken dat niet te zien is"), "{of} {nl}");
    }
}

#[test]
fn a_purpose_is_one_of_the_list() {
    assert_eq!(wrong(|draft| draft.purpose_display_name = None), ["content.purpose"]);
}
