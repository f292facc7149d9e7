//! The worked example of rules for single cells, with the answers that were published.

use sdc::rules::{Breach, Contributions, Dominance, Facts, RuleSet, Share};
use serde_json::Value;

use crate::country::Dice;
use crate::examples::files;

/// Amounts of the examples have at most two decimals.
fn hundredths(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    assert!(decimals.len() <= 2, "{text} has more than two decimals");
    format!("{whole}{decimals:0<2}").parse().expect("an amount")
}

fn breaks(rules: RuleSet, facts: &Facts<'_>, breach: Breach) -> bool {
    rules.assess(facts).is_some_and(|found| found.breaches.contains(&breach))
}

fn dominance(n: usize, thousandths: u32) -> RuleSet {
    RuleSet { dominance: vec![Dominance { n, k: Share::thousandths(thousandths) }], ..RuleSet::default() }
}

fn p_percent(share: Share) -> RuleSet {
    RuleSet { p_percent: Some(share), ..RuleSet::default() }
}

/// What the second contributor takes the largest to be at most: all but its own. By the level of the rule that
/// asks it to be off by all of it, that is how far this is under twice the largest.
fn estimate(own: &Contributions, facts: &Facts<'_>) -> i64 {
    2 * own.largest() - p_percent(Share::percent(100)).assess(facts).map_or(0, |found| found.above)
}

#[test]
fn the_rules_for_single_cells_give_the_published_answers() {
    let files = files();
    let file = files.iter().find(|(name, _)| name.starts_with("18")).expect("example 18").1;
    let mut checked = 0;
    for cell in file["single_cells"].as_array().expect("cells") {
        let Some(rules) = cell.get("rules").and_then(Value::as_object) else { continue };
        let largest = cell["contributions_largest"].as_array().unwrap().iter().map(hundredths).collect();
        let total = hundredths(&cell["total"]);
        let own = Contributions::with_total(largest, total);
        let contributors = cell.get("n_contributors").and_then(Value::as_u64);
        let facts = Facts { value: total, contributors, contributions: Some(&own), ..Facts::default() };
        for (rule, answer) in rules {
            let broken = match rule.as_str() {
                "(1,90)-dominance" => breaks(dominance(1, 90_000), &facts, Breach::Dominance),
                "(2,90.909)-dominance" => breaks(dominance(2, 90_909), &facts, Breach::Dominance),
                "(1,85)-dominance" => breaks(dominance(1, 85_000), &facts, Breach::Dominance),
                "p%=10" => breaks(p_percent(Share::percent(10)), &facts, Breach::PPercent),
                "min frequency 3" => {
                    breaks(RuleSet { minimum_frequency: 3, ..RuleSet::default() }, &facts, Breach::Frequency)
                }
                // Levels are rounded up to a step of the scale, the answers to the nearest one.
                "upper_protection_level" | "required_upper_bound" => {
                    let level = dominance(1, 85_000).assess(&facts).expect("unsafe").above - 1;
                    let bound = if rule == "required_upper_bound" { total } else { 0 };
                    assert_eq!(bound + level, hundredths(answer), "{}: {rule}", cell["name"]);
                    checked += 1;
                    continue;
                }
                "estimate" | "second contributor estimate of the largest" => {
                    assert_eq!(estimate(&own, &facts), hundredths(answer), "{}: {rule}", cell["name"]);
                    checked += 1;
                    continue;
                }
                // Rounded to a tenth: by half of that less it is enough, by half of that more it is not.
                "overestimate_pct" => {
                    let tenths = u32::try_from(hundredths(answer)).expect("a percentage") * 10;
                    for (share, is_enough) in [(tenths - 50, true), (tenths + 50, false)] {
                        let rules = p_percent(Share::thousandths(share));
                        assert_eq!(breaks(rules, &facts, Breach::PPercent), !is_enough, "{}", cell["name"]);
                    }
                    checked += 1;
                    continue;
                }
                other => panic!("{}: nothing is compared with {other}", cell["name"]),
            };
            assert_eq!(broken, answer == "unsafe", "{}: {rule}", cell["name"]);
            checked += 1;
        }
    }
    assert!(checked >= 12, "only {checked} answers");
}

#[test]
fn the_magnitude_tables_of_the_examples_have_the_published_primary_cells() {
    let files = files();
    let file = files.iter().find(|(name, _)| name.starts_with("18")).expect("example 18").1;
    let both = RuleSet {
        dominance: vec![Dominance { n: 1, k: Share::percent(80) }, Dominance { n: 2, k: Share::percent(99) }],
        ..RuleSet::default()
    };
    for (table, rules) in [
        ("T2_at_most_1_record", RuleSet { minimum_frequency: 2, ..RuleSet::default() }),
        ("T3_(1,80)_dominance_on_records", dominance(1, 80_000)),
        ("T4_(1,80)_or_(2,99)_on_records", both),
    ] {
        for cell in file["magnitude1"][table].as_array().expect("a table") {
            let within = |record: &Value, keys: &[&str], code: &Value| {
                code == "Total" || keys.iter().any(|key| record[*key] == *code)
            };
            let records: Vec<i64> = file["magnitude1"]["records"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|record| within(record, &["sector4", "sector2"], &cell["sector"]))
                .filter(|record| within(record, &["geo", "eu"], &cell["geo"]))
                .map(|record| hundredths(&record["value"]))
                .collect();
            let count = records.len() as u64;
            let own = Contributions::by_holding(records.into_iter().enumerate());
            assert_eq!(own.total(), hundredths(&cell["value"]), "{table}: {cell}");
            let facts = Facts {
                value: own.total(),
                contributors: Some(count),
                contributions: Some(&own),
                ..Facts::default()
            };
            assert_eq!(rules.assess(&facts).is_some(), cell["primary"] == true, "{table}: {cell}");
        }
    }
}

/// The contributors of the example, and others.
fn amounts() -> impl Iterator<Item = (Contributions, i64)> {
    let dice = &mut Dice::new(18);
    let mut amount = |limit: u64| i64::try_from(dice.under(limit)).expect("an amount");
    let made_up: Vec<(Contributions, i64)> = (0..2000)
        .map(|_| {
            let largest = 1 + amount(100_000);
            let second =
                if amount(4) == 0 { 0 } else { amount(u64::try_from(largest + 1).expect("an amount")) };
            let others = if second == 0 { amount(40_000) } else { amount(100_000) };
            let total = largest + second + others;
            (Contributions::with_total(vec![largest, second], total), total)
        })
        .collect();
    made_up.into_iter()
}

#[test]
fn upper_protection_levels_are_those_of_the_published_formulas() {
    let files = files();
    let file = files.iter().find(|(name, _)| name.starts_with("18")).expect("example 18").1;
    let formulas = file["upper_protection_level"].as_object().expect("formulas");
    assert_eq!(formulas.len(), 4);
    for (own, total) in amounts() {
        let (first, two) = (own.largest(), own.top(2));
        let over = |rules: RuleSet| {
            let facts =
                Facts { value: total, contributors: Some(3), contributions: Some(&own), ..Facts::default() };
            rules.assess(&facts).map_or(0, |found| found.above)
        };
        let up = |numerator: i64, denominator: i64| (numerator.max(0) + denominator - 1) / denominator;
        for (rule, formula) in formulas {
            let (found, expected) = match (rule.as_str(), formula.as_str().expect("a formula")) {
                ("(1,k)", "100/k*x1 - X") => (over(dominance(1, 80_000)), up(100 * first - 80 * total, 80)),
                ("(n,k)", "100/k*(x1+..+xn) - X") => {
                    (over(dominance(2, 90_000)), up(100 * two - 90 * total, 90))
                }
                ("p%", "p/100*x1 - (X-x1-x2)") => {
                    (over(p_percent(Share::percent(25))), up(25 * first - 100 * (total - two), 100))
                }
                ("min_frequency", "0 (exact disclosure only)") => {
                    (over(RuleSet { minimum_frequency: 10, ..RuleSet::default() }), 0)
                }
                other => panic!("another formula: {other:?}"),
            };
            assert_eq!(found, expected, "{rule}: {own:?}");
        }
    }
}

#[test]
fn dominance_of_two_is_the_p_percent_rule_where_the_second_contributes_nothing() {
    let files = files();
    let file = files.iter().find(|(name, _)| name.starts_with("18")).expect("example 18").1;
    let is_named = |cell: &Value| cell["name"] == "Handbook: (2,80) equals p%=25, (2,95) equals p%=5.26";
    assert!(file["single_cells"].as_array().expect("cells").iter().any(is_named));
    for (k, p) in [(80_000, 25_000), (95_000, 5_263)] {
        let (mut both, mut stricter) = (0, 0);
        for (own, total) in amounts() {
            let facts = Facts { value: total, contributions: Some(&own), ..Facts::default() };
            let of_two = breaks(dominance(2, k), &facts, Breach::Dominance);
            let of_p = breaks(p_percent(Share::thousandths(p)), &facts, Breach::PPercent);
            assert!(of_two || !of_p, "{own:?}");
            let is_alone = own.top(2) == own.largest();
            assert!(!is_alone || of_two == of_p, "{own:?}");
            both += usize::from(is_alone && of_two);
            stricter += usize::from(of_two && !of_p);
        }
        assert!(both > 10 && stricter > 10, "{both} and {stricter}");
    }
}
