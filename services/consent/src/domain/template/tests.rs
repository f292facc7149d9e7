//! What templates hold, and what comes of filling them in.

use time::macros::date;

use super::*;
use crate::domain::content::samples::{GGD, TODAY, WELLER, id};
use crate::domain::content::{Content, DraftPreset};
use crate::domain::preset::{Preset, least};
use crate::domain::problem::Problem;
use crate::domain::purpose::Purpose;

fn purposes() -> Vec<Purpose> {
    [
        ("vroeg", "inspanningen/7A"),
        ("wijk", "inspanningen/8B"),
        ("ook", "inspanningen/8B"),
        ("volgen", "goals/S1"),
    ]
    .map(|(code, serves)| Purpose {
        code: code.to_owned(),
        display_name: code.to_owned(),
        serves: serves.to_owned(),
        create_time: time::OffsetDateTime::UNIX_EPOCH,
        update_time: time::OffsetDateTime::UNIX_EPOCH,
    })
    .to_vec()
}

fn answers(serves: &str) -> Answers {
    Answers {
        recipients: vec![GGD.to_owned()],
        serves: serves.to_owned(),
        dataset: "datasets/x".to_owned(),
        indicators: vec!["indicators/x".to_owned()],
        periods: vec!["2025".to_owned()],
        contact: "Team gegevens".to_owned(),
        ..Answers::default()
    }
}

/// The terms, with the names that are looked up.
fn filled(code: &str, answers: Answers) -> Result<Content, Vec<Problem>> {
    let template = Template::named(&format!("agreement-templates/{code}")).expect("a template");
    let (mut draft, problems) = fill(&template, answers, &purposes(), TODAY);
    draft.provider = crate::domain::content::DraftParty {
        oin: WELLER.to_owned(),
        display_name: Some("Weller".to_owned()),
    };
    for party in &mut draft.recipients {
        party.display_name = Some("GGD".to_owned());
    }
    draft.purpose_display_name =
        purposes().into_iter().find(|known| known.name() == draft.purpose).map(|known| known.display_name);
    let content = Content::new(id(), draft, TODAY);
    if problems.is_empty() { content } else { Err(problems) }
}

const BUURT: &str = "cijfers-per-buurt-voor-een-inspanning";
const WIJK: &str = "cijfers-per-wijk-voor-een-doel";
const LIVE: &str = "live-volgen-per-buurt";

fn fields(found: Result<Content, Vec<Problem>>) -> Vec<String> {
    found.expect_err("wrong answers").into_iter().map(|problem| problem.field).collect()
}

#[test]
fn every_template_is_filled_in_with_a_handful_of_answers() {
    for (code, serves, purpose) in [
        (BUURT, "inspanningen/7A", "purposes/vroeg"),
        (WIJK, "goals/S1", "purposes/volgen"),
        (LIVE, "inspanningen/7A", "purposes/vroeg"),
        (LIVE, "goals/S1", "purposes/volgen"),
    ] {
        let content = filled(code, answers(serves)).expect("terms that hold");
        let (terms, template) =
            (content.terms(), Template::named(&format!("agreement-templates/{code}")).expect("it"));
        assert_eq!(terms.purpose.name, purpose);
        assert_eq!((terms.valid_from, terms.valid_until), (date!(2026 - 11 - 24), date!(2027 - 11 - 23)));
        assert_eq!(terms.scope.area_level, template.area_level);
        assert_eq!(terms.deliveries, template.deliveries);
        assert_eq!(terms.retention_months, template.retention_months);
        assert_eq!(terms.onward_sharing, template.onward_sharing);
        assert_eq!((terms.legal_basis, terms.scope.dimensions.len()), (template.legal_basis, 0));
    }
    assert!(Template::named(BUURT).is_none() && Template::named("agreement-templates/x").is_none());
}

#[test]
fn every_question_is_a_dutch_question_about_a_field_that_is_filled_in() {
    for template in ALL {
        assert!(!template.when_to_use.is_empty() && !template.display_name.is_empty());
        let fields = template.fields();
        assert_eq!(fields.len(), 13);
        for field in fields {
            assert!(field.question.contains('?'), "{}", field.question);
            let names = ["recipients", "dataset", "indicators", "periods", "contact"];
            assert_eq!(field.required, names.contains(&field.name), "{}", field.name);
        }
    }
}

#[test]
fn a_purpose_may_be_left_out_only_when_exactly_one_serves() {
    assert_eq!(fields(filled(BUURT, answers("inspanningen/8B"))), ["purpose"]);
    assert_eq!(fields(filled(BUURT, answers("inspanningen/99"))), ["serves"]);
    assert_eq!(fields(filled(BUURT, answers(""))), ["serves"]);
    let named = |serves: &str, purpose: &str| Answers { purpose: purpose.to_owned(), ..answers(serves) };
    let content = filled(BUURT, named("inspanningen/8B", "purposes/ook")).expect("terms");
    assert_eq!(content.terms().purpose.name, "purposes/ook");
    assert!(filled(BUURT, named("", "purposes/ook")).is_ok());
    assert_eq!(fields(filled(BUURT, named("inspanningen/7A", "purposes/ook"))), ["serves"]);
    assert_eq!(fields(filled(BUURT, named("", "purposes/anders"))), ["content.purpose"]);
}

#[test]
fn a_template_for_an_inspanning_is_not_for_a_goal_nor_the_other_way_around() {
    assert_eq!(fields(filled(BUURT, answers("goals/S1"))), ["serves"]);
    assert_eq!(fields(filled(WIJK, answers("inspanningen/7A"))), ["serves"]);
    let named = Answers { purpose: "purposes/volgen".to_owned(), ..answers("") };
    assert_eq!(fields(filled(BUURT, named)), ["purpose"]);
}

#[test]
fn the_kind_of_figures_gives_the_protection_and_without_one_it_is_that_of_sensitive_figures() {
    let with = |preset| filled(BUURT, Answers { preset, ..answers("inspanningen/7A") });
    for preset in Preset::ALL {
        let content = with(DraftPreset::Known(preset)).expect("terms");
        assert_eq!((content.terms().preset, content.terms().protection), (Some(preset), least(preset)));
    }
    let content = with(DraftPreset::None).expect("terms");
    assert_eq!(content.terms().preset, Some(Preset::PersonsSensitive));
    assert_eq!(content.terms().protection, least(Preset::PersonsSensitive));
    assert_eq!(fields(with(DraftPreset::Unknown)), ["content.protection.preset"]);
}

#[test]
fn breakdowns_are_shared_when_they_are_named() {
    let by_age = Answers { dimensions: vec!["leeftijdsgroep".to_owned()], ..answers("inspanningen/7A") };
    assert_eq!(filled(BUURT, by_age).expect("terms").terms().scope.dimensions, ["leeftijdsgroep"]);
}

#[test]
fn the_minimum_count_goes_upward_only() {
    let with = |minimum_count| filled(BUURT, Answers { minimum_count, ..answers("inspanningen/7A") });
    for wrong in [-1, 5, 9] {
        assert_eq!(fields(with(wrong)), ["content.protection.minimum_count"], "{wrong}");
    }
    assert_eq!(with(0).expect("terms").terms().protection.minimum_count, 10);
    assert_eq!(with(25).expect("terms").terms().protection.minimum_count, 25);
    assert_eq!(fields(with(1001)), ["content.protection.minimum_count"]);
}

#[test]
fn it_holds_a_year_from_tomorrow_or_from_the_day_that_is_named() {
    let valid = |from: &str, until: &str| {
        let (valid_from, valid_until) = (from.to_owned(), until.to_owned());
        filled(BUURT, Answers { valid_from, valid_until, ..answers("inspanningen/7A") })
    };
    let days =
        |content: Content| (content.terms().valid_from.to_string(), content.terms().valid_until.to_string());
    let days_of = |from, until| days(valid(from, until).expect("terms"));
    assert_eq!(days_of("2028-02-29", ""), ("2028-02-29".to_owned(), "2029-02-28".to_owned()));
    assert_eq!(days_of("2027-01-01", ""), ("2027-01-01".to_owned(), "2027-12-31".to_owned()));
    assert_eq!(days_of("", "2026-12-31"), ("2026-11-24".to_owned(), "2026-12-31".to_owned()));
    assert_eq!(fields(valid("morgen", "")), ["content.valid_from"]);
    assert_eq!(fields(valid("", "2026-11-20")), ["content.valid_until", "content.valid_until"]);
}

#[test]
fn what_is_wrong_with_a_term_is_told_about_the_answer() {
    for (term, field) in [
        ("content.recipients", "recipients"),
        ("content.recipients[1].oin", "recipients[1]"),
        ("content.scope.indicators[2]", "indicators[2]"),
        ("content.protection.minimum_count", "minimum_count"),
        ("content.valid_until", "valid_until"),
        ("content", "content"),
        ("serves", "serves"),
    ] {
        assert_eq!(field_of(term), field);
    }
}
