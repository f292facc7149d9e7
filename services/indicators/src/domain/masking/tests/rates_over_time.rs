//! Rates of periods that lie in each other, of which the numerators add up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use sdc::Unwatched;

use super::practice::{Practice, layout};
use super::stories::MINIMUM;
use super::world::{BlockName, Dice, RATE, World};
use super::{Areas, Contents, Edition, Why, practise, resists, shield};
use crate::domain::period::Period;
use crate::domain::protection::Protection;

const QUARTERS: [&str; 4] = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"];
const MONTHS: [&str; 3] = ["2025-01", "2025-02", "2025-03"];

/// As for a survey, of which nearly everybody is withheld too.
const NEARLY_ALL: Protection = Protection {
    minimum_count: 10,
    interval_width: 10,
    group_percent: Some(Reverse(90)),
    protect_zeros: true,
    ..MINIMUM
};

/// A period, an area, and how many of how many; none where the rate does not apply.
type Rate = (&'static str, &'static str, Option<(i64, i64)>);

fn world(releases: &[Vec<Rate>]) -> World {
    let mut world = World::told(&vec![&[][..]; releases.len()]);
    world.declared.declare(RATE, true, false);
    for (delivery, rates) in world.deliveries.iter_mut().zip(releases) {
        for (period, area, rate) in rates {
            let name =
                BlockName { period: Period::parse(period).expect("a period"), source: "", rates: true };
            delivery.counts.entry(name).or_default();
            match rate {
                Some((counted, of)) => delivery.rate("", period, area, &["totaal"], *counted, *of),
                None => {
                    let place = ((*area).to_owned(), vec!["totaal".to_owned()]);
                    delivery.not_applicable.insert((name, place));
                }
            }
        }
    }
    world
}

impl World {
    /// Rates of periods that lie in each other, of which the numerators add up.
    pub(super) fn of_rates_over_time(dice: &mut Dice) -> Self {
        loop {
            let world = Self::new(dice);
            let names: BTreeSet<BlockName> =
                world.deliveries.iter().flat_map(|own| own.counts.keys()).copied().collect();
            let periods: BTreeSet<Period> = names.iter().map(|name| name.period).collect();
            let all_rates = names.iter().all(|name| name.rates);
            if all_rates && periods.len() > 1 && world.declared.adds_up_over_time(RATE) {
                return world;
            }
        }
    }
}

/// A district in the year and in its quarters.
fn in_quarters(year: (i64, i64), quarters: [Option<(i64, i64)>; 4]) -> Vec<Rate> {
    let quarters = QUARTERS.into_iter().zip(quarters).map(|(quarter, rate)| (quarter, "WK1", rate));
    [("2025", "WK1", Some(year))].into_iter().chain(quarters).collect()
}

/// The periods that are withheld in each of these releases that is published, and how many are refused. Nobody
/// finds what is protected.
fn published(releases: &[Vec<Rate>], protection: Protection) -> (Vec<Vec<String>>, usize) {
    let world = world(releases);
    let mut practice = Practice::default();
    practice.agree(&world, protection);
    world.deliveries.iter().for_each(|own| practice.publish(&world, own, &|line| line));
    resists(&world, &practice).expect("nothing is found");
    let withheld = practice.published.iter().map(|own| {
        let rows = own.table.cells().enumerate();
        let rows = rows.filter(|(row, _)| own.shields[&protection].mask.hides(*row));
        rows.map(|(_, cell)| cell.period.to_string()).collect()
    });
    (withheld.collect(), practice.refused.len())
}

#[test]
fn a_year_and_its_quarters_are_both_shown_where_none_of_them_is_small_and_denominators_need_not_add_up() {
    let rates = in_quarters((80, 900), [Some((20, 900)), Some((14, 880)), Some((30, 910)), Some((16, 905))]);
    assert_eq!(published(&[rates], NEARLY_ALL), (vec![vec![]], 0));
}

#[test]
fn a_year_that_shown_quarters_add_up_to_is_refused_where_nearly_everybody_is_counted_in_it() {
    let all = in_quarters((57, 60), [14, 15, 14, 14].map(|counted| Some((counted, 60))));
    let one_by_one: Vec<Vec<Rate>> = (1..=4).map(|last| all[1..=last].to_vec()).collect();
    let releases = [&one_by_one[..], std::slice::from_ref(&all)].concat();
    assert_eq!(published(&releases, NEARLY_ALL), (vec![vec![]; 4], 1));
    // What comes at once with the last quarter hides with it.
    let releases = [&one_by_one[..3], &[all]].concat();
    let last = vec!["2025".to_owned(), "2025Q4".to_owned()];
    assert_eq!(published(&releases, NEARLY_ALL), (vec![vec![], vec![], vec![], last], 0));
}

#[test]
fn a_year_with_one_quarter_in_which_it_applies_is_withheld_with_that_quarter() {
    let rates = in_quarters((12, 60), [None, None, None, Some((12, 19))]);
    let found = published(&[rates], NEARLY_ALL);
    assert_eq!(found, (vec![vec!["2025".to_owned(), "2025Q4".to_owned()]], 0));
}

#[test]
fn a_year_that_leaves_its_quarters_no_room_beside_what_they_are_of_is_withheld_with_them() {
    let zeros = Protection { protect_zeros: true, ..MINIMUM };
    let (withheld, refused) = published(&[in_quarters((12, 100), [Some((3, 3)); 4])], zeros);
    assert_eq!((withheld[0].len(), refused), (5, 0));
    let rates = in_quarters((5, 10), [Some((4, 8)), Some((1, 2)), None, None]);
    assert_eq!(
        published(&[rates], MINIMUM),
        (vec![vec!["2025".into(), "2025Q1".into(), "2025Q2".into()]], 0)
    );
}

#[test]
fn that_months_do_not_apply_tells_that_nobody_is_counted_in_their_quarter() {
    let months = MONTHS.map(|month| (month, "WK1", None));
    let quarter = ("2025Q1", "WK1", Some((0, 6)));
    let zeros = Protection { protect_zeros: true, ..MINIMUM };
    assert_eq!(published(&[[&months[..], &[quarter]].concat()], zeros), (vec![vec![]], 0));
    assert_eq!(published(&[months.to_vec(), vec![quarter]], zeros), (vec![vec![]; 2], 0));
}

#[test]
fn that_a_quarter_does_not_apply_tells_that_nobody_is_counted_in_its_months_and_refuses_nothing() {
    let zeros = Protection { protect_zeros: true, minimum_count: 10, ..MINIMUM };
    let quarter = [("2025Q1", "WK2", None), ("2025Q1", "GM1", Some((20, 70)))];
    let months = [("2025-01", "WK2", Some((0, 6))), ("2025-02", "WK2", Some((0, 20)))];
    let others = [("2025-01", "GM1", Some((6, 62))), ("2025-01", "WK1", Some((6, 56)))];
    let (withheld, refused) = published(&[[quarter, months, others].concat()], zeros);
    // The 6 are too few for a rate, and the others are a small count.
    assert_eq!((withheld[0].len(), refused), (3, 0));
}

#[test]
fn what_a_year_and_some_quarters_leave_to_the_others_does_not_come_back() {
    let all = in_quarters((63, 900), [Some((20, 900)), Some((20, 900)), Some((20, 900)), Some((3, 900))]);
    let (withheld, refused) = published(&[all[..4].to_vec()], MINIMUM);
    assert_eq!((withheld[0].len(), refused), (1, 0), "the fourth follows from the others");
    let (withheld, refused) = published(&[all[..3].to_vec(), all.clone()], MINIMUM);
    assert_eq!((withheld[0].len(), withheld[1].len(), refused), (0, 2, 0));
    // Of other areas each: what the year of a municipality leaves is a district in one quarter.
    let areas = [("WK1", 20), ("WK2", 20), ("WK3", 3)];
    let quarters = QUARTERS.iter().flat_map(|quarter| {
        let counted = |own: i64| if *quarter == "2025Q1" { own } else { 20 };
        areas.map(|(area, own)| (*quarter, area, Some((counted(own), 400))))
    });
    let rates: Vec<Rate> = quarters.chain([("2025", "GM1", Some((223, 1300)))]).collect();
    let (withheld, refused) = published(&[rates], MINIMUM);
    assert_eq!((withheld[0].len(), refused), (2, 0));
}

#[test]
fn quarters_in_which_more_are_counted_than_in_their_year_are_refused() {
    let more = in_quarters((50, 900), [Some((20, 900)); 4]);
    let mut world = world(&[more]);
    let why = |world: &World| {
        let table = world.table(&world.deliveries[0], &|line| line);
        let contents = Contents::of_all(std::iter::once(&table), &Areas::new(&world.areas, []));
        let edition = Edition::new(&contents[0], BTreeMap::new());
        let made = shield(&layout(world), &[], &edition, MINIMUM, &Unwatched);
        made.err().into_iter().flatten().map(|failure| failure.why).collect::<Vec<_>>()
    };
    assert_eq!(why(&world), [Why::NotAdditive { over_time: true }]);
    world.declared.declare(RATE, false, false);
    assert_eq!(why(&world), []);
}

#[test]
fn a_correction_of_rates_of_which_nothing_is_proven_is_refused_as_it_tells_of_how_many_they_are() {
    let mut dice = Dice::new(8);
    let world = World::of_rates_over_time(&mut dice);
    let practice = practise(&world, &mut dice);
    let last = practice.refused.last().expect("a refusal");
    assert!(last.iter().all(|failure| failure.why == Why::NotProven), "{last:?}");
    // A quarter of which fewer are known bounds the same quarter of before: the others and the year did not change.
    resists(&world, &practice).expect("nothing is found");
}
