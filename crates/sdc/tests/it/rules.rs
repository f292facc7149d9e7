//! Which cells are unsafe under which rules.

use proptest::prelude::*;
use sdc::model::Floor;
use sdc::rules::{Breach, Contributions, Dominance, Facts, Preset, RuleSet, Share};

fn breaches(rules: &RuleSet, facts: &Facts<'_>) -> Vec<Breach> {
    rules.assess(facts).map(|found| found.breaches).unwrap_or_default()
}

#[test]
fn presets_have_the_values_of_the_reference() {
    let count = |minimum_frequency, interval_width, rounding_base| RuleSet {
        minimum_frequency,
        interval_width,
        rounding_base,
        protect_complement: true,
        insiders: true,
        ..RuleSet::default()
    };
    assert_eq!(Preset::Households.rules(), count(5, 5, 5));
    assert_eq!(Preset::PersonsGeneral.rules(), count(5, 5, 5));
    assert_eq!(Preset::Income.rules(), count(100, 0, 0));
    let sensitive =
        RuleSet { protect_zeros: true, group_share: Some(Share::percent(90)), ..count(10, 10, 5) };
    assert_eq!(Preset::PersonsSensitive.rules(), sensitive);
    let dominance = vec![Dominance { n: 1, k: Share::percent(50) }];
    let amounts = RuleSet { p_percent: Some(Share::percent(10)), dominance, ..count(10, 0, 0) };
    assert_eq!(Preset::Magnitude.rules(), amounts);
    let rates = RuleSet {
        protect_complement: true,
        minimum_denominator: 20,
        percentages_only: true,
        ..RuleSet::default()
    };
    assert_eq!((Preset::Dwellings.rules(), Preset::Businesses.rules()), (rates.clone(), rates.clone()));
    let survey = RuleSet { minimum_denominator: 50, minimum_respondents: 50, ..rates };
    assert_eq!(Preset::SurveyPercentages.rules(), survey);
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
fn what_is_counted_of_too_few_needs_the_room_of_a_small_count() {
    let rules = RuleSet { minimum_frequency: 5, minimum_denominator: 25, ..RuleSet::default() };
    let found = rules.assess(&Facts { denominator: Some(24), ..Facts::count(12) }).unwrap();
    assert_eq!((found.breaches, found.width), (vec![Breach::Denominator], 5));
    // A mean is no count.
    let mean = Facts { value: 12, contributors: Some(24), denominator: Some(24), ..Facts::default() };
    assert_eq!(rules.assess(&mean).unwrap().width, 0);
}

#[test]
fn a_mean_is_no_share_of_its_units() {
    let rules = RuleSet { minimum_denominator: 20, ..Preset::PersonsGeneral.rules() };
    let mean = |value: i64, units: u32| Facts {
        value,
        contributors: Some(units.into()),
        denominator: Some(units.into()),
        is_mean: true,
        ..Facts::default()
    };
    for value in [0, 97, 99, 100, 240] {
        assert_eq!(breaches(&rules, &mean(value, 100)), [], "{value}");
    }
    let found = rules.assess(&mean(4, 4)).unwrap();
    assert_eq!((found.breaches, found.width), (vec![Breach::Frequency, Breach::Denominator], 0));
    let zeros = RuleSet { protect_zeros: true, ..rules.clone() };
    assert_eq!(breaches(&zeros, &mean(0, 100)), [Breach::Zero], "nobody has anything");
    // What is more than of how many it is, is no percentage.
    assert_eq!(breaches(&rules, &Facts { denominator: Some(100), ..Facts::count(240) }), []);
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
    assert_eq!((found.breaches, found.above, found.below), (vec![Breach::PPercent], 1, 1));
}

#[test]
fn amounts_of_which_the_contributors_are_not_known_are_unsafe() {
    let rules = RuleSet { dominance: vec![Dominance { n: 1, k: Share::percent(50) }], ..RuleSet::default() };
    assert_eq!(breaches(&rules, &Facts { value: 10, ..Facts::default() }), [Breach::Unknown]);
    assert_eq!(breaches(&rules, &Facts::default()), []);
}

#[test]
fn of_a_few_contributions_the_others_are_taken_to_be_as_large_as_they_can_be() {
    let rules = Preset::Magnitude.rules();
    let under = |known: &[i64]| {
        let own = Contributions::with_total(known.to_vec(), 100);
        breaches(
            &rules,
            &Facts { value: 100, contributions: Some(&own), contributors: Some(10), ..Facts::default() },
        )
    };
    assert_eq!(under(&[48, 48]), [Breach::PPercent]);
    assert_eq!(under(&[48]), [Breach::PPercent], "the second can be as large as the first");
    assert_eq!(under(&[30]), [], "two of 30 leave 40");
    assert_eq!(under(&[]), [Breach::PPercent, Breach::Dominance]);
    let own = Contributions::with_total(vec![60], 70);
    assert_eq!((own.top(1), own.top(2), own.top(3), own.beyond(2)), (60, 70, 70, 0));
}

#[test]
fn an_amount_of_which_nobody_is_known_has_the_room_that_it_needs_if_it_is_of_one() {
    let rules = RuleSet { p_percent: Some(Share::percent(10)), ..RuleSet::default() };
    let found = rules.assess(&Facts { value: 1_000_000, ..Facts::default() }).unwrap();
    assert_eq!((found.breaches, found.above), (vec![Breach::Unknown], 100_000));
    let rules = RuleSet { dominance: vec![Dominance { n: 1, k: Share::percent(50) }], ..RuleSet::default() };
    assert_eq!(rules.assess(&Facts { value: 1000, ..Facts::default() }).unwrap().above, 1000);
}

#[test]
fn a_minimum_is_in_units_whatever_the_scale() {
    let tenths = |value, denominator| Facts {
        value,
        unit: 10,
        denominator: Some(denominator),
        contributors: Some(40),
        ..Facts::default()
    };
    assert_eq!(breaches(&Preset::Dwellings.rules(), &tenths(30, 190)), [Breach::Denominator]);
    assert_eq!(breaches(&Preset::Dwellings.rules(), &tenths(30, 200)), []);
    assert_eq!(breaches(&Preset::PersonsGeneral.rules(), &tenths(160, 200)), [Breach::Complement]);
}

#[test]
fn a_small_count_has_room_for_its_minimum_so_that_no_sum_of_hidden_counts_is_under_it() {
    let rules = RuleSet { minimum_frequency: 10, ..RuleSet::default() };
    let need = |facts: &Facts<'_>| rules.need(0, &rules.assess(facts).unwrap(), facts.unit).width;
    assert_eq!(need(&Facts::count(3)), 10);
    assert_eq!(need(&Facts { value: 30, unit: 10, contributors: Some(3), ..Facts::default() }), 100);
    let amount = Facts { value: 5000, contributors: Some(3), ..Facts::default() };
    assert_eq!(need(&amount), 1, "an amount is no count of who is behind it");
    let rules = RuleSet { interval_width: 12, protect_zeros: true, ..rules };
    let width = |count| rules.need(0, &rules.assess(&Facts::count(count)).unwrap(), 1).width;
    assert_eq!((width(3), width(0)), (12, 12));
}

#[test]
fn what_is_nearly_all_of_a_group_may_be_less_of_it() {
    let rules = RuleSet { group_share: Some(Share::percent(90)), ..RuleSet::default() };
    let below =
        |value, total| rules.assess(&Facts { groups: &[total], ..Facts::count(value) }).unwrap().below;
    assert_eq!((below(960, 1000), below(900, 1000), below(1000, 1000)), (61, 1, 101));
}

#[test]
fn a_zero_that_is_hidden_for_another_reason_is_taken_to_be_possible() {
    let linked = sdc::model::Linked::new(
        &[("total", 30), ("none", 0), ("all", 30)],
        &[("total", vec!["none", "all"])],
    );
    let universe = linked.unwrap().universe;
    let rules = RuleSet { minimum_respondents: 50, ..RuleSet::default() };
    let facts = Facts { respondents: Some(30), ..Facts::count(0) };
    let needs = [rules.need(1, &rules.assess(&facts).unwrap(), 1)];
    assert_eq!(rules.floor(&universe, &needs), Floor::ZERO);
    assert_eq!(rules.floor(&universe, &[]), Floor::ONE);
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
            prop_assert!(strict.need(0, &stricter, 1).below >= loose.need(0, &found, 1).below);
            prop_assert!(strict.need(0, &stricter, 1).width >= loose.need(0, &found, 1).width);
        }
    }
}
