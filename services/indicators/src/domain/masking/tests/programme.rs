//! Areas of the programme that are not delivered, and that readers can compute.

use super::practice::Practice;
use super::resists;
use super::stories::MINIMUM;
use super::world::World;
use crate::domain::area::{Area, AreaKind};
use crate::domain::protection::Protection;

/// The areas of other stories, of which the third district has two neighbourhoods as well, with another
/// municipality of their region, and areas of the programme that are made of these.
pub(super) fn with_programme(mut world: World, programme: &[(&str, &[&str])]) -> World {
    world.areas[0].parents = vec!["RG1".to_owned()];
    let mut like = |code: &str, kind, parents: &[&str], consists_of: &[&str]| {
        let codes = |of: &[&str]| of.iter().map(|own| (*own).to_owned()).collect();
        let (parents, consists_of) = (codes(parents), codes(consists_of));
        let first = world.areas[0].clone();
        world.areas.push(Area { code: code.to_owned(), kind, parents, consists_of, ..first });
    };
    like("RG1", AreaKind::Region, &[], &[]);
    like("GM2", AreaKind::Municipality, &["RG1"], &[]);
    ["BU31", "BU32"].iter().for_each(|code| like(code, AreaKind::Neighbourhood, &["WK3"], &[]));
    programme.iter().for_each(|(code, members)| like(code, AreaKind::ProgrammeArea, &[], members));
    world
}

/// How many counts of one release are withheld under a minimum of 10 beside an area of the programme that
/// is made of these; nobody finds what it is.
fn withheld(counts: &[(&'static str, i64)], programme: &[(&str, &[&str])]) -> usize {
    let counts: Vec<_> = counts.iter().map(|(area, count)| (*area, "totaal", *count)).collect();
    let world = with_programme(World::told(&[&counts]), programme);
    let mut practice = Practice::default();
    let minimum = Protection { minimum_count: 10, ..MINIMUM };
    practice.agree(&world, minimum);
    practice.publish(&world, &world.deliveries[0], &|line| line);
    resists(&world, &practice).expect("nothing is found");
    practice.published[0].shields[&minimum].mask.count()
}

const MUNICIPALITY: (&str, i64) = ("GM1", 129);

#[test]
fn an_area_of_the_programme_that_is_not_delivered_is_protected_as_one_that_is() {
    // Without the first district the two others are 9.
    let two = [MUNICIPALITY, ("WK1", 120)];
    assert_eq!(withheld(&two, &[("PG1", &["WK2", "WK3"])]), 1);
    // Also where one of these is there in its parts,
    assert_eq!(withheld(&two, &[("PG1", &["WK2", "BU31", "BU32"])]), 1);
    // and where one that is delivered is.
    let three = [MUNICIPALITY, ("WK1", 120), ("WK2", 6)];
    assert_eq!(withheld(&three, &[("PG1", &["BU21", "BU22", "WK3"])]), 2);
}

#[test]
fn an_area_of_the_programme_that_is_all_but_one_neighbourhood_is_protected() {
    let counts = [MUNICIPALITY, ("BU11", 123)];
    assert_eq!(withheld(&counts, &[("PG1", &["BU12", "WK2", "WK3"])]), 1);
    assert_eq!(withheld(&counts, &[("PG1", &["BU12", "BU21", "BU22", "WK3"])]), 1);
}

#[test]
fn an_area_of_the_programme_that_follows_from_another_one_is_protected() {
    let programme: [(&str, &[&str]); 2] = [("PG1", &["BU12", "BU22", "WK3"]), ("PG2", &["BU11", "BU21"])];
    // The neighbourhoods that are not in the second are 9.
    assert_eq!(withheld(&[MUNICIPALITY, ("PG2", 120)], &programme), 1);
}

#[test]
fn an_area_of_the_programme_that_nobody_can_compute_withholds_nothing() {
    let counts = [MUNICIPALITY, ("WK1", 100)];
    assert_eq!(withheld(&counts, &[("PG1", &["WK2", "BU31"])]), 0);
    assert_eq!(withheld(&counts, &[("PG1", &["BU11", "WK2"])]), 0);
    // Of one that is a district the counts are those of the district.
    assert_eq!(withheld(&counts, &[("PG1", &["BU21", "BU22"])]), 0);
}

#[test]
fn an_area_of_the_programme_that_follows_since_others_have_nobody_is_protected() {
    // In the first district is nobody, so in its neighbourhoods neither: one of these, the second of the second
    // district and the third district are 7.
    let counts = [("GM1", 107), ("WK1", 0), ("BU21", 100), ("BU22", 4)];
    assert_eq!(withheld(&counts, &[("PG1", &["BU11", "BU22", "WK3"])]), 2);
}

#[test]
fn what_areas_of_several_levels_leave_of_a_municipality_is_protected() {
    // All but a district and a neighbourhood of another one are 4.
    assert_eq!(withheld(&[("GM1", 104), ("WK1", 60), ("BU21", 40)], &[]), 1);
    assert_eq!(withheld(&[("GM1", 110), ("WK1", 60), ("BU21", 40)], &[]), 0);
}

#[test]
fn older_counts_that_are_too_many_only_in_an_area_that_a_later_release_has_are_left_out() {
    let programme = [("PG1", "leeftijd1", 20)];
    // Together 70, of which the area of the programme holds all and another municipality.
    let parts = [("WK1", "totaal", 30), ("BU21", "totaal", 40)];
    let world = World::told(&[&parts, &[("GM1", "totaal", 60)], &programme]);
    let world = with_programme(world, &[("PG1", &["WK1", "BU21", "GM2"])]);
    let mut practice = Practice::default();
    practice.agree(&world, MINIMUM);
    world.deliveries.iter().for_each(|delivery| practice.publish(&world, delivery, &|line| line));
    resists(&world, &practice).expect("nothing is found");
    assert_eq!(practice.refused.len(), 0);
}

#[test]
fn who_is_alone_in_a_municipality_and_in_an_area_of_the_programme_in_it_finds_no_other() {
    // Of which of its two neighbourhoods they are, these figures do not tell.
    let counts = [("GM1", 1), ("PG1", 1), ("BU12", 0), ("BU22", 0), ("WK3", 0)];
    assert_eq!(withheld(&counts, &[("PG1", &["BU11", "BU21"])]), 2);
}
