//! Totals of which it does not show which are more than their parts.

use super::practice::Practice;
use super::programme::with_programme;
use super::stories::MINIMUM;
use super::world::{Dice, World, dimension};
use super::{Failure, Why, practise, resists};
use crate::domain::area::Area;
use crate::domain::protection::Protection;

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

/// Releases of one source beside areas of the programme, in which nobody finds a small count and of which none is
/// refused.
fn all_published(releases: &[&Counts], protection: Protection) {
    let mut world = World::told(releases);
    world.dimensions = vec![dimension("leeftijd", 3, true)];
    let like = world.areas.iter().find(|area| area.code == "BU12").expect("an area").clone();
    world.areas.push(Area { code: "BU13".to_owned(), ..like });
    let programme: [(&str, &[&str]); 2] = [("PX", &["BU11", "BU21"]), ("PZ", &["BU11", "BU12"])];
    let world = with_programme(world, &programme);
    let mut practice = Practice::default();
    practice.agree(&world, protection);
    world.deliveries.iter().for_each(|delivery| practice.publish(&world, delivery, &|line| line));
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    resists(&world, &practice).expect("nothing is found");
}

#[test]
fn that_a_total_has_nothing_more_than_its_parts_is_no_secret_of_what_lies_in_it_either() {
    let first = [
        ("WK1", "totaal", 630),
        ("WK1", "leeftijd1", 300),
        ("WK1", "leeftijd2", 230),
        ("WK1", "leeftijd3", 100),
        ("BU12", "totaal", 310),
        ("BU12", "leeftijd1", 50),
        ("BU12", "leeftijd2", 200),
        ("BU12", "leeftijd3", 60),
    ];
    let zeros = Protection { protect_zeros: true, ..MINIMUM };
    all_published(&[&first, &[("BU12", "totaal", 350)]], zeros);
}

#[test]
fn that_a_total_has_nothing_more_than_its_parts_is_no_secret_where_else_it_has_a_rest_of_this_name() {
    let first = [
        ("WK1", "totaal", 167),
        ("WK1", "leeftijd1", 60),
        ("WK1", "leeftijd2", 31),
        ("WK1", "leeftijd3", 76),
        ("BU13", "leeftijd3", 8),
    ];
    let zeros = Protection { protect_zeros: true, interval_width: 2, ..MINIMUM };
    all_published(&[&first, &[("BU13", "totaal", 77), ("BU13", "leeftijd2", 7)]], zeros);
}

#[test]
fn what_one_person_knows_of_what_two_releases_leave_is_no_reason_to_refuse() {
    let zeros = Protection { minimum_count: 7, protect_zeros: true, ..MINIMUM };
    let first = [("BU11", "leeftijd3", 5), ("BU11", "totaal", 6)];
    // The only one of the second age is the only one of the first two, too, and knows that none is of the first.
    all_published(&[&first, &[("BU11", "leeftijd2", 1)]], zeros);
    all_published(&[&first, &[("BU11", "leeftijd2", 1), ("BU11", "leeftijd1", 0)]], zeros);
    // The only one in the other two areas is the only one in the third.
    let wide = Protection { interval_width: 5, ..MINIMUM };
    let first = [("WK1", "leeftijd1", 41), ("BU11", "leeftijd1", 40)];
    all_published(&[&first, &[("BU12", "leeftijd1", 0)]], wide);
}

#[test]
fn a_correction_of_which_nothing_is_proven_is_refused_where_another_protection_shows_it() {
    let mut dice = Dice::new(10178);
    let world = World::new(&mut dice);
    let practice = practise(&world, &mut dice);
    let is_not_proven = |own: &Vec<Failure>| own.iter().all(|failure| failure.why == Why::NotProven);
    assert!(practice.refused.iter().any(is_not_proven), "{:?}", practice.refused);
    // Who has the answers under both would have the correction beside what the one protection showed before.
    resists(&world, &practice).expect("nothing is found");
}
