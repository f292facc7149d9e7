//! What is left of several areas in several categories or periods, of which each is told of somewhere else.

use super::practice::Practice;
use super::stories::MINIMUM;
use super::world::{Line, World, dimension};

/// How many rows are withheld of one release under a minimum of 5.
fn withheld(lines: &[Line]) -> usize {
    let mut world = World::said(&[lines.to_vec()]);
    world.dimensions = vec![dimension("leeftijd", 3, true)];
    let mut practice = Practice::default();
    practice.agree(&world, MINIMUM);
    world.deliveries.iter().for_each(|delivery| practice.publish(&world, delivery, &|line| line));
    assert_eq!(practice.refused.len(), 0);
    practice.published.iter().flat_map(|own| own.shields.values()).map(|shield| shield.mask.count()).sum()
}

/// So many of 100 are in the first age group in the municipality, and 20 of 50 in one of its districts. So of the
/// others, of which no ages are told, two are in the other age groups where the first has 68.
fn ages(first: i64) -> Vec<Line> {
    let line = |(area, age, value)| ("", "2025", area, age, value);
    let told = [
        ("GM1", "totaal", 100),
        ("GM1", "leeftijd1", first),
        ("WK1", "totaal", 50),
        ("WK1", "leeftijd1", 20),
        ("WK2", "totaal", 25),
        ("WK3", "totaal", 25),
        ("BU11", "totaal", 30),
        ("BU11", "leeftijd1", 8),
        ("BU11", "leeftijd2", 11),
        ("BU11", "leeftijd3", 11),
    ];
    told.map(line).to_vec()
}

#[test]
fn few_people_of_several_areas_in_several_categories_are_protected_where_all_are_told_of_elsewhere() {
    assert!(withheld(&ages(68)) > 0);
    assert_eq!(withheld(&ages(60)), 0);
}

#[test]
fn few_people_of_several_areas_in_several_periods_are_protected_where_all_are_told_of_elsewhere() {
    let line = |(area, period, value)| ("", period, area, "totaal", value);
    let told = |first: i64| {
        let told = [
            ("GM1", "2025", 100),
            ("GM1", "2025Q1", first),
            ("WK1", "2025", 50),
            ("WK1", "2025Q1", 20),
            ("WK2", "2025", 25),
            ("WK3", "2025", 25),
            ("BU11", "2025", 30),
            ("BU11", "2025Q1", 8),
            ("BU11", "2025Q2", 8),
            ("BU11", "2025Q3", 7),
            ("BU11", "2025Q4", 7),
        ];
        told.map(line).to_vec()
    };
    assert!(withheld(&told(68)) > 0);
    assert_eq!(withheld(&told(60)), 0);
}
