//! What each kind of figures asks for at least, and what is looser.

use proptest::prelude::*;

use super::*;
use crate::domain::content::arbitrary::protection;

#[test]
fn the_least_terms_of_a_kind_of_figures_are_those_of_the_reference_document() {
    let none = Protection::default();
    for (preset, terms) in [
        (
            Preset::PersonsSensitive,
            Protection {
                minimum_count: 10,
                protect_zeros: true,
                interval_width: 10,
                rounding_base: 5,
                group_percent: 90,
                ..none
            },
        ),
        (
            Preset::PersonsGeneral,
            Protection { minimum_count: 5, interval_width: 5, rounding_base: 5, ..none },
        ),
        (Preset::Households, Protection { minimum_count: 5, interval_width: 5, rounding_base: 5, ..none }),
        (Preset::Dwellings, Protection { minimum_count: 5, minimum_denominator: 20, ..none }),
        (Preset::Businesses, Protection { minimum_count: 5, minimum_denominator: 20, ..none }),
        (Preset::SurveyPercentages, Protection { minimum_count: 5, minimum_denominator: 50, ..none }),
        (Preset::Income, Protection { minimum_count: 100, ..none }),
        (
            Preset::Magnitude,
            Protection { minimum_count: 10, p_percent: 10, dominance_n: 1, dominance_k: 50, ..none },
        ),
    ] {
        assert_eq!(least(preset), terms, "{preset:?}");
    }
}

#[test]
fn a_kind_of_figures_that_has_a_rule_for_percentages_alone_has_no_counts() {
    let of_percentages = [Preset::Dwellings, Preset::Businesses, Preset::SurveyPercentages];
    for preset in Preset::ALL {
        assert_eq!(percentages_only(preset), of_percentages.contains(&preset), "{preset:?}");
        // So the parties sign that it does.
        assert_eq!(in_dutch(preset).contains("in percentages"), percentages_only(preset), "{preset:?}");
    }
}

#[test]
fn no_kind_of_figures_has_more_dominance_rules_or_finer_shares_than_an_agreement_can_hold() {
    for preset in Preset::ALL {
        let (rules, least) = (preset.rules(), least(preset));
        let shares = [
            (rules.group_share, least.group_percent),
            (rules.p_percent, least.p_percent),
            (rules.dominance.first().map(|rule| rule.k), least.dominance_k),
        ];
        for (share, percent) in shares {
            let again = u32::try_from(percent).ok().filter(|percent| *percent > 0).map(Share::percent);
            assert_eq!(share, again, "{preset:?}");
        }
        assert!(rules.dominance.len() <= 1);
    }
}

type Loosen = fn(&mut Protection);

#[test]
fn each_term_that_is_looser_is_named_with_what_was_given_and_the_least() {
    let cases: [(Preset, &str, Loosen, &str); 10] = [
        (
            Preset::PersonsSensitive,
            "minimum_count",
            |it| it.minimum_count = 9,
            "is 9; persons_sensitive has at least 10",
        ),
        (
            Preset::PersonsSensitive,
            "protect_zeros",
            |it| it.protect_zeros = false,
            "is false; persons_sensitive has true",
        ),
        (
            Preset::PersonsSensitive,
            "interval_width",
            |it| it.interval_width = 0,
            "is 0; persons_sensitive has at least 10",
        ),
        (
            Preset::PersonsSensitive,
            "rounding_base",
            |it| it.rounding_base = 3,
            "is 3; persons_sensitive has at least 5",
        ),
        (
            Preset::PersonsSensitive,
            "group_percent",
            |it| it.group_percent = 91,
            "is 91; persons_sensitive has at most 90, and not 0",
        ),
        (
            Preset::PersonsSensitive,
            "group_percent",
            |it| it.group_percent = 0,
            "is 0; persons_sensitive has at most 90, and not 0",
        ),
        (
            Preset::SurveyPercentages,
            "minimum_denominator",
            |it| it.minimum_denominator = 49,
            "is 49; survey_percentages has at least 50",
        ),
        (Preset::Magnitude, "p_percent", |it| it.p_percent = 9, "is 9; magnitude has at least 10"),
        (Preset::Magnitude, "dominance_n", |it| it.dominance_n = 0, "is 0; magnitude has at least 1"),
        (
            Preset::Magnitude,
            "dominance_k",
            |it| it.dominance_k = 51,
            "is 51; magnitude has at most 50, and not 0",
        ),
    ];
    for (preset, field, loosen, said) in cases {
        let mut agreed = least(preset);
        loosen(&mut agreed);
        let found = looser(preset, agreed);
        let found: Vec<_> = found.iter().map(|it| (it.field.as_str(), it.en.as_str())).collect();
        assert_eq!(found, [(format!("content.protection.{field}").as_str(), said)]);
    }
}

fn rules(terms: Protection) -> RuleSet {
    let number = |term: i32| u64::try_from(term).expect("no negative term");
    let share = |term: i32| (term > 0).then(|| Share::percent(u32::try_from(term).expect("a percentage")));
    let dominance = share(terms.dominance_k)
        .map(|k| Dominance { n: usize::try_from(terms.dominance_n).expect("a number of contributors"), k });
    RuleSet {
        minimum_frequency: number(terms.minimum_count),
        protect_zeros: terms.protect_zeros,
        group_share: share(terms.group_percent),
        minimum_denominator: number(terms.minimum_denominator),
        p_percent: share(terms.p_percent),
        dominance: dominance.into_iter().collect(),
        interval_width: number(terms.interval_width),
        rounding_base: number(terms.rounding_base),
        ..RuleSet::default()
    }
}

proptest! {
    #[test]
    fn terms_are_looser_exactly_when_their_rules_are(
        agreed in protection(), preset in prop::sample::select(Preset::ALL.to_vec())
    ) {
        prop_assume!((agreed.dominance_n == 0) == (agreed.dominance_k == 0));
        let strict = rules(agreed).is_at_least_as_strict_as(&rules(least(preset)));
        prop_assert_eq!(looser(preset, agreed).is_empty(), strict, "{:?} {:?}", preset, agreed);
    }
}

#[test]
fn what_is_as_strict_or_stricter_in_every_term_is_not_looser() {
    for preset in Preset::ALL {
        let least = least(preset);
        assert_eq!(looser(preset, least), []);
        let stricter = Protection {
            minimum_count: 1000,
            protect_zeros: true,
            interval_width: 1000,
            p_percent: 100,
            dominance_n: 5,
            dominance_k: 50,
            rounding_base: 100,
            minimum_denominator: 10_000,
            group_percent: 50,
        };
        assert_eq!(looser(preset, stricter), [], "{preset:?}");
    }
}
