//! Which cells are unsafe under which rules.

use proptest::prelude::*;
use sdc::rules::{Breach, Contributions, Dominance, Facts, Preset, RuleSet, Share};

fn breaches(rules: &RuleSet, facts: &Facts<'_>) -> Vec<Breach> {
    rules.assess(facts).map(|found| found.breaches).unwrap_or_default()
}

#[test]
fn presets_have_the_values_of_the_reference() {
    let sensitive = "persons_sensitive".parse::<Preset>().unwrap().rules();
    assert_eq!((sensitive.minimum_frequency, sensitive.interval_width, sensitive.rounding_base), (10, 10, 5));
    assert!(sensitive.protect_zeros);
    let general = Preset::PersonsGeneral.rules();
    assert_eq!((general.minimum_frequency, general.interval_width, general.protect_zeros), (5, 5, false));
    assert_eq!(Preset::Dwellings.rules().minimum_denominator, 20);
    assert_eq!(Preset::SurveyPercentages.rules().minimum_respondents, 50);
    assert_eq!(Preset::Income.rules().minimum_frequency, 100);
    assert!("persons".parse::<Preset>().unwrap_err().to_string().contains("persons_general"));
    for preset in Preset::ALL {
        assert_eq!(preset.name().parse(), Ok(preset));
    }
}

#[test]
fn rules_are_adjusted_upward_only() {
    let preset = Preset::PersonsGeneral.rules();
    let stricter = RuleSet { minimum_frequency: 10, protect_zeros: true, ..preset.clone() };
    assert_eq!(preset.raised(stricter.clone()), Ok(stricter));
    let looser = RuleSet { minimum_frequency: 4, interval_width: 0, ..preset.clone() };
    let error = preset.raised(looser).unwrap_err();
    assert_eq!(error.fields, ["minimum_frequency", "interval_width"]);
}

#[test]
fn zeros_small_counts_and_full_categories_are_unsafe_for_sensitive_figures() {
    let rules = Preset::PersonsSensitive.rules();
    assert_eq!(breaches(&rules, &Facts::count(0)), [Breach::Zero]);
    assert_eq!(breaches(&rules, &Facts::count(9)), [Breach::Frequency]);
    assert_eq!(breaches(&rules, &Facts::count(10)), []);
    assert_eq!(breaches(&rules, &Facts { groups: &[100], ..Facts::count(90) }), [Breach::Group]);
    assert_eq!(breaches(&rules, &Facts { groups: &[100], ..Facts::count(89) }), []);
    assert_eq!(breaches(&Preset::PersonsGeneral.rules(), &Facts::count(0)), []);
}

#[test]
fn both_sides_of_a_percentage_obey_the_count_rule() {
    let rules = Preset::PersonsGeneral.rules();
    let percentage = |value, denominator| Facts { denominator: Some(denominator), ..Facts::count(value) };
    assert_eq!(breaches(&rules, &percentage(5, 10)), []);
    assert_eq!(breaches(&rules, &percentage(6, 10)), [Breach::Complement]);
    assert_eq!(breaches(&rules, &percentage(4, 40)), [Breach::Frequency]);
    let dwellings = Preset::Dwellings.rules();
    assert_eq!(breaches(&dwellings, &percentage(5, 19)), [Breach::Denominator]);
    assert_eq!(breaches(&dwellings, &percentage(5, 20)), []);
}

#[test]
fn survey_figures_need_respondents_and_are_no_counts() {
    let rules = Preset::SurveyPercentages.rules();
    let facts = Facts { denominator: Some(60), respondents: Some(49), ..Facts::count(30) };
    assert_eq!(breaches(&rules, &facts), [Breach::Respondents]);
    assert_eq!(breaches(&rules, &Facts { respondents: Some(50), ..facts }), []);
    assert_eq!(breaches(&rules, &Facts { respondents: None, ..facts }), [Breach::Unknown]);
    let count = Facts { denominator: None, respondents: Some(80), ..facts };
    assert_eq!(breaches(&rules, &count), [Breach::Count]);
}

#[test]
fn what_one_organisation_contributes_in_parts_is_one_contribution() {
    let split = Contributions::by_holding([("a", 30), ("a", 30), ("b", 40), ("c", 5)]);
    assert_eq!((split.len(), split.largest(), split.total()), (3, 60, 105));
    let rules = RuleSet { p_percent: Some(Share::percent(10)), ..RuleSet::default() };
    let facts = Facts { value: 105, contributions: Some(&split), ..Facts::default() };
    let found = rules.assess(&facts).unwrap();
    assert_eq!((found.breaches, found.level), (vec![Breach::PPercent], 1));
}

#[test]
fn amounts_of_which_the_contributors_are_not_known_are_unsafe() {
    let rules = RuleSet { dominance: vec![Dominance { n: 1, k: Share::percent(50) }], ..RuleSet::default() };
    assert_eq!(breaches(&rules, &Facts { value: 10, ..Facts::default() }), [Breach::Unknown]);
    assert_eq!(breaches(&rules, &Facts::default()), []);
}

fn rule_sets() -> impl Strategy<Value = RuleSet> {
    let counts = (0u64..12, any::<bool>(), prop::option::of(50u32..100), 0u64..30, 0u64..8);
    let amounts = (prop::option::of(1u32..40), prop::collection::vec((1usize..4, 40u32..100), 0..3));
    (counts, amounts).prop_map(|(counts, (p, dominance))| RuleSet {
        minimum_frequency: counts.0,
        protect_zeros: counts.1,
        group_share: counts.2.map(Share::percent),
        minimum_denominator: counts.3,
        interval_width: counts.4,
        p_percent: p.map(Share::percent),
        dominance: dominance.into_iter().map(|(n, k)| Dominance { n, k: Share::percent(k) }).collect(),
        ..RuleSet::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn stricter_rules_find_at_least_what_looser_ones_find(
        strict in rule_sets(), loose in rule_sets(),
        amounts in prop::collection::vec(0i64..50, 0..6), denominator in prop::option::of(0i64..60)
    ) {
        let loose = RuleSet {
            minimum_frequency: loose.minimum_frequency.min(strict.minimum_frequency),
            protect_zeros: loose.protect_zeros && strict.protect_zeros,
            minimum_denominator: loose.minimum_denominator.min(strict.minimum_denominator),
            interval_width: loose.interval_width.min(strict.interval_width),
            ..loose
        };
        prop_assume!(strict.is_at_least_as_strict_as(&loose));
        let own = Contributions::by_holding(amounts.iter().copied().enumerate());
        let facts = Facts {
            value: own.total(),
            contributors: Some(amounts.len() as u64),
            contributions: Some(&own),
            denominator,
            groups: &[60],
            ..Facts::default()
        };
        if let Some(found) = loose.assess(&facts) {
            let stricter = strict.assess(&facts).expect("unsafe too");
            prop_assert!(strict.need(0, &stricter, 1).above >= loose.need(0, &found, 1).above);
            prop_assert!(strict.need(0, &stricter, 1).width >= loose.need(0, &found, 1).width);
        }
    }
}
