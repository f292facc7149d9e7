//! Totals of which it does not show which are more than their parts.

use super::practice::Practice;
use super::stories::MINIMUM;
use super::world::{Dice, World};
use super::{Why, practise, resists};
use crate::domain::area::Area;

/// Places in 2025 with their counts.
type Counts = [(&'static str, &'static str, i64)];

/// How many counts of each release are withheld. Of areas that the programme knows nothing of, readers know.
fn withheld(unknown: &[&str], deliveries: &[&Counts]) -> Vec<usize> {
    let mut truth = World::told(deliveries);
    truth.areas.retain(|area| area.parents.iter().all(|of| of != "WK1"));
    let like = |code: &str| truth.areas.iter().find(|area| area.code == code).expect("an area").clone();
    let third = like("BU22");
    truth.areas.push(Area { code: "BU23".to_owned(), ..third });
    truth.areas.retain(|area| !["WK3", "BU23"].contains(&&*area.code) || unknown.contains(&&*area.code));
    let mut known = truth.clone();
    known.areas.retain(|area| !unknown.contains(&&*area.code));
    let mut practice = Practice::default();
    practice.agree(&known, MINIMUM);
    known.deliveries.iter().for_each(|delivery| practice.publish(&known, delivery, &|line| line));
    resists(&truth, &practice).expect("nothing is found");
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    practice.published.iter().map(|own| own.shields[&MINIMUM].mask.count()).collect()
}

const GM: (&str, &str, i64) = ("GM1", "totaal", 100);
const WK1: (&str, &str, i64) = ("WK1", "totaal", 40);
const BU21: (&str, &str, i64) = ("BU21", "totaal", 30);

#[test]
fn what_a_later_release_leaves_of_a_total_that_could_be_more_than_its_parts_is_protected() {
    let first = [GM, WK1, BU21, ("BU22", "totaal", 10)];
    // The municipality or the second district has 20 more. Then it is 16 and 4.
    let second = [GM, WK1, ("WK2", "totaal", 44)];
    assert_eq!(withheld(&["WK3", "BU23"], &[&first, &second]), [0, 1]);
}

#[test]
fn what_is_left_where_as_few_totals_as_can_be_have_more_is_protected_beside_it() {
    // The municipality has 4 more.
    let first = [("GM1", "totaal", 88), WK1, BU21, ("BU22", "totaal", 14)];
    let second = [
        ("GM1", "totaal", 108),
        WK1,
        ("WK2", "totaal", 50),
        ("BU22", "leeftijd1", 6),
        ("BU22", "leeftijd2", 8),
    ];
    assert_eq!(withheld(&["WK3"], &[&first, &second]), [1, 1]);
}

#[test]
fn a_correction_of_which_nothing_is_proven_is_refused_where_another_protection_shows_it() {
    let mut dice = Dice::new(1119);
    let world = World::new(&mut dice);
    let practice = practise(&world, &mut dice);
    let first = practice.refused.first().expect("a refusal");
    assert!(first.iter().all(|failure| failure.why == Why::NotProven), "{first:?}");
    // Who has the answers under both would have the correction beside what the one protection showed before.
    resists(&world, &practice).expect("nothing is found");
}
