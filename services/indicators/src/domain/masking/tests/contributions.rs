//! What organisations contribute: nobody can estimate it from what is shown, and what is not known to be safe
//! is withheld.

use super::attacker::{OFF, View};
use super::stories::MINIMUM;
use super::*;
use crate::domain::masking::report::Method;
use crate::domain::protection::Dominance;

const YEAR: Period = Period::Year(2025);
const NAME: world::BlockName = world::BlockName { period: YEAR, source: "", rates: false };

type Amounts = BTreeMap<&'static str, i64>;

/// What each organisation contributes to each of the smallest groups.
type Truth = Vec<(&'static str, Vec<i64>)>;

fn family() -> Family {
    Family { periods: vec![YEAR], rates: false }
}

/// Of a place, without those who contribute nothing.
fn amounts(truth: &Truth, atoms: &BTreeSet<usize>) -> Amounts {
    let all = truth.iter().map(|(code, own)| (*code, atoms.iter().map(|atom| own[*atom]).sum::<i64>()));
    all.filter(|(_, amount)| *amount > 0).collect()
}

/// A world with so many deliveries, of which one in so many counts does not tell who contributes to it.
fn contributed(dice: &mut Dice, deliveries: usize, untold: usize) -> (World, Vec<Truth>) {
    let mut world = World::said(&[]);
    let grid = world.grid(&family());
    let some = |dice: &mut Dice| dice.one_of(&[0, 0, 20, 3, 1, 50, 2, 6, 12, 9]);
    let codes = ["a-huizen", "b-wonen", "c", "d"];
    let mut truth: Truth = codes[..2 + dice.under(3)]
        .iter()
        .map(|code| (*code, (0..grid.atom_count()).map(|_| some(dice)).collect()))
        .collect();
    let gap = dice.one_of(&[0, 9, 3]);
    let mut truths = Vec::new();
    for number in 0..deliveries {
        for _ in 0..if number > 0 { dice.under(4) } else { 0 } {
            let (who, atom) = (dice.under(truth.len()), dice.under(grid.atom_count()));
            truth[who].1[atom] = some(dice);
        }
        let mut delivery = Delivery::default();
        let there = |(area, categories): &Place| {
            let of_breakdown = |code| world.dimensions[0].categories.contains(code);
            world.areas.iter().any(|own| own.code == *area) && categories.iter().all(of_breakdown)
        };
        for place in grid.places().into_iter().filter(there) {
            let (area, categories) = &place;
            if area != "GM1" && dice.once_in(gap) {
                continue;
            }
            let own = amounts(&truth, &grid.atoms(&place));
            delivery.count("", "2025", area, categories, own.values().sum());
            if !own.is_empty() && !dice.once_in(untold) {
                let told: Vec<String> = own.iter().map(|(code, amount)| format!("{code}={amount}")).collect();
                delivery.contributions.insert((NAME, place), told.join(" "));
            }
        }
        world.deliveries.push(delivery);
        truths.push(truth.clone());
    }
    (world, truths)
}

fn protection(dice: &mut Dice) -> Protection {
    let p_percent = dice.one_of(&[0, 15, 5, 40]);
    let rules = [Dominance::new(1, 75), Dominance::new(2, 85), Dominance::new(3, 95)];
    let dominance = dice.one_of(&rules).filter(|_| p_percent == 0 || dice.under(2) == 0);
    let (minimum_count, interval_width) = (dice.one_of(&[2, 5, 10]), dice.one_of(&[0, 0, 3]));
    Protection {
        minimum_count,
        interval_width,
        p_percent,
        dominance,
        protect_zeros: dice.once_in(3),
        ..MINIMUM
    }
}

/// How far an estimate of a value must be able to be off by the rules on contributions; none when it is safe.
fn level(protection: Protection, amounts: &Amounts) -> Option<i64> {
    let mut largest: Vec<i64> = amounts.values().copied().collect();
    largest.sort_by_key(|amount| -amount);
    let all: i64 = largest.iter().sum();
    let top = |n: usize| largest.iter().take(n).sum::<i64>();
    let up = |above: i64, under: i64| above.div_euclid(under) + i64::from(above.rem_euclid(under) > 0);
    let percent = i64::from(protection.p_percent);
    let estimated = up(percent * top(1) - 100 * (all - top(2)), 100);
    let dominated = protection.dominance.map(|rule| {
        let (n, k) = (usize::try_from(rule.n()).expect("a small number"), i64::from(rule.k()));
        up(100 * top(n) - k * all, k)
    });
    [Some(estimated), dominated].into_iter().flatten().filter(|level| *level > 0).max()
}

/// What a count needs under all of these protections, or none when one of them shows it: how far it must be able
/// to be higher, and to be lower. A count that is delivered tells in each release who contributes to it.
fn need(readers: &[Protection], value: i64, ways: &[Amounts], is_told: bool) -> Option<i64> {
    let under = |protection: &Protection| {
        let small = value < i64::from(protection.minimum_count) && (value > 0 || protection.protect_zeros);
        let levels = ways.iter().map(|own| level(*protection, own));
        let known = if is_told { levels.max() } else { levels.min() };
        known.flatten().or(small.then_some(0))
    };
    readers.iter().map(under).collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// Whoever keeps all that was shown cannot estimate a count within the level of the rules, and no organisation
/// computes a count that others contribute to from those that it is alone in.
fn hides(world: &World, truths: &[Truth], practice: &Practice) -> Result<(), TestCaseError> {
    let grid = world.grid(&family());
    for readers in practice.readers() {
        let deliveries = practice.shown(&readers);
        let delivered = moments::delivered(&deliveries, &family(), &grid);
        let shown = seen(practice, &family(), &grid, &readers);
        let mut moments = moments::moments(&deliveries, &family(), &grid);
        moments.extend(moments::as_seen(&deliveries, &family(), &grid, &shown));
        let structure = Structure::new(world.grid(&family()), moments, delivered.clone());
        let floor = i64::from(readers.iter().any(|own| !own.protect_zeros));
        let zeros = delivered.iter().filter(|(_, value)| *value == 0 && floor > 0);
        let zeros = zeros.map(|(place, value)| (place.clone(), *value, None)).collect();
        let nothing = structure.seen(&zeros, floor);
        let view = structure.seen(&shown, floor);
        let ways = |place: &Place, value: i64| -> Vec<Amounts> {
            let all = truths.iter().map(|truth| amounts(truth, &grid.atoms(place)));
            all.filter(|own| own.values().sum::<i64>() == value).collect()
        };
        let is_told = |place: &Place, value| delivered.contains(&(place.clone(), value));
        let of = |place: &Place, value| need(&readers, value, &ways(place, value), is_told(place, value));
        let protected = view.protected(|place, value, _| of(place, value).is_some());
        for (at, place, value) in &protected {
            let [low, high] = view.bounds(*at);
            let [lowest, _] = nothing.bounds(*at);
            let level = of(place, *value).map_or(0.0, |level| level as f64);
            let (above, below) = (high - *value as f64 + OFF, *value as f64 - low + OFF);
            let least = level.min(*value as f64 - lowest);
            prop_assert!(
                above >= level && below >= least,
                "{readers:?} {place:?} {value} in {low}..{high}, level {level}\n{practice:?}"
            );
        }
        if readers.iter().all(|own| own.asks_contributions()) {
            organisations_find_nothing(truths, &view, &protected, &ways)?;
        }
    }
    Ok(())
}

fn organisations_find_nothing(
    truths: &[Truth],
    view: &View<'_>,
    protected: &[(usize, &Place, i64)],
    ways: &dyn Fn(&Place, i64) -> Vec<Amounts>,
) -> Result<(), TestCaseError> {
    for (code, _) in &truths[0] {
        let is_alone = |own: &Amounts| own.len() == 1 && own.contains_key(code);
        let alone = |place: &Place, value| value > 0 && ways(place, value).iter().all(is_alone);
        let known = view.protected(|place, value, _| alone(place, value));
        let known = view.with_nobody(known.into_iter().map(|(at, ..)| at).collect());
        let found = view.found_by_knowing(&known, protected);
        prop_assert!(found.is_empty(), "{code} finds {found:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn who_keeps_all_that_was_shown_cannot_estimate_what_an_organisation_contributes(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let many = 1 + dice.under(3);
        let (world, truths) = contributed(&mut dice, many, 0);
        let mut practice = Practice::default();
        for _ in 0..1 + dice.under(2) {
            practice.agree(&world, protection(&mut dice));
        }
        if dice.once_in(3) {
            practice.agree(&world, protections::protection(&mut dice));
        }
        world.deliveries.iter().for_each(|own| practice.publish(&world, own, &|line| line));
        prop_assert!(practice.refused.is_empty() || practice.agreed.len() + many > 2, "{:?}", practice.refused);
        hides(&world, &truths, &practice)?;
        resists(&world, &practice)?;
    }

    #[test]
    fn what_is_not_known_to_be_safe_is_withheld(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let untold = dice.one_of(&[1, 2, 4]);
        let (world, truths) = contributed(&mut dice, 1, untold);
        let mut practice = Practice::default();
        let protection = protection(&mut dice);
        practice.agree(&world, protection);
        practice.publish(&world, &world.deliveries[0], &|line| line);
        prop_assert!(practice.refused.is_empty(), "{:?}", practice.refused);
        let grid = world.grid(&family());
        for published in &practice.published {
            let mask = &published.shields[&protection].mask;
            for (_, counts) in published.rows(&family()).filter(|(row, _)| !mask.hides(*row)) {
                let own = amounts(&truths[0], &grid.atoms(&counts[0].0));
                prop_assert_eq!(level(protection, &own), None, "{:?}\n{:?}", counts, practice);
            }
        }
    }
}

fn dominance() -> Protection {
    Protection { dominance: Dominance::new(1, 75), ..MINIMUM }
}

/// Counts of three districts and their municipality, with who contributes to them where that is told.
fn districts(counts: &[(&str, i64, &str)]) -> Delivery {
    let mut delivery = Delivery::default();
    for (area, value, told) in counts {
        let place = ((*area).to_owned(), vec!["totaal".to_owned()]);
        delivery.count("", "2025", area, &place.1, *value);
        if !told.is_empty() {
            delivery.contributions.insert((NAME, place), (*told).to_owned());
        }
    }
    delivery
}

/// What is withheld of the last release, by area.
fn withheld(practice: &Practice, protection: Protection) -> Vec<String> {
    let published = practice.published.last().expect("a release");
    let mask = &published.shields[&protection].mask;
    let hidden = published.table.cells().enumerate().filter(|(row, _)| mask.hides(*row));
    hidden.map(|(_, cell)| cell.area.to_owned()).collect()
}

const TOLD: [(&str, i64, &str); 4] = [
    ("GM1", 300, "a=110 b=100 c=90"),
    ("WK1", 100, "a=80 b=10 c=10"),
    ("WK2", 100, "a=20 b=40 c=40"),
    ("WK3", 100, "a=10 b=50 c=40"),
];

#[test]
fn a_count_of_which_one_organisation_has_too_much_is_withheld_with_another_one() {
    let world = World::said(&[]);
    let mut practice = Practice::default();
    practice.agree(&world, dominance());
    practice.agree(&world, MINIMUM);
    practice.publish(&world, &districts(&TOLD), &|line| line);
    let hidden = withheld(&practice, dominance());
    assert!(hidden.len() == 2 && hidden.contains(&"WK1".to_owned()), "{hidden:?}");
    assert!(withheld(&practice, MINIMUM).is_empty());
}

#[test]
fn who_contributes_to_what_is_left_of_a_total_follows_from_the_others() {
    let world = World::said(&[]);
    // What is left are the 100 of the first district: 80 of one organisation, or 60.
    for (told, is_withheld) in [("a=110 b=100 c=90", true), ("a=90 b=110 c=100", false)] {
        let mut practice = Practice::default();
        practice.agree(&world, dominance());
        practice.publish(&world, &districts(&[("GM1", 300, told), TOLD[2], TOLD[3]]), &|line| line);
        let hidden = withheld(&practice, dominance());
        assert_eq!(!hidden.is_empty(), is_withheld, "{hidden:?}");
    }
}

#[test]
fn where_nobody_tells_who_contributes_all_is_withheld_until_it_is_told() {
    let world = World::said(&[]);
    let mut practice = Practice::default();
    practice.agree(&world, dominance());
    let untold = TOLD.map(|(area, value, _)| (area, value, ""));
    practice.publish(&world, &districts(&untold), &|line| line);
    assert_eq!(withheld(&practice, dominance()).len(), 4);
    let contents = practice::contents(&world, &practice.published);
    let release = edition(&practice.published[0], &contents[0]);
    let report = check(&layout(&world), &[], &release, dominance(), &Unwatched).expect("nothing is shown");
    assert_eq!(report.blocks[0].method, Method::Withheld(Cause::Contributions));
    practice.publish(&world, &districts(&TOLD), &|line| line);
    assert_eq!(withheld(&practice, dominance()).len(), 2);
}

#[test]
fn rates_do_not_tell_who_contributes_and_are_withheld() {
    let world = World::said(&[]);
    let mut delivery = Delivery::default();
    delivery.rate("", "2025", "WK1", &["totaal"], 40, 100);
    for (protection, hidden) in [(MINIMUM, 0), (dominance(), 1)] {
        let mut practice = Practice::default();
        practice.agree(&world, protection);
        practice.publish(&world, &delivery, &|line| line);
        assert_eq!(withheld(&practice, protection).len(), hidden);
    }
}

/// How many of these releases are refused.
fn refused(protection: Protection, releases: &[&[(&str, i64, &str)]]) -> usize {
    let world = World::said(&[]);
    let mut practice = Practice::default();
    practice.agree(&world, protection);
    releases.iter().for_each(|counts| practice.publish(&world, &districts(counts), &|line| line));
    practice.refused.len()
}

#[test]
fn a_count_that_was_shown_is_not_published_again_when_others_contribute_to_it_now() {
    assert_eq!(refused(dominance(), &[&TOLD, &TOLD]), 0);
    let now = "a=80 b=10 c=10";
    assert_eq!(refused(dominance(), &[&[("WK1", 100, "a=40 b=30 c=30")], &[("WK1", 100, now)]]), 1);
    // Nobody tells it of the municipality; it follows from the districts, which changed.
    let protection = Protection { dominance: Dominance::new(1, 70), ..MINIMUM };
    let before = "a=40 b=30 c=30";
    let even = [("GM1", 300, ""), ("WK1", 100, before), ("WK2", 100, before), ("WK3", 100, before)];
    let changed = [("GM1", 300, ""), ("WK1", 101, "a=91 b=5 c=5"), ("WK2", 99, "a=89 b=5 c=5"), even[3]];
    assert_eq!(refused(protection, &[&even, &changed]), 1);
}

#[test]
fn who_is_alone_in_a_count_as_it_is_told_now_computes_no_other_one() {
    let protection = Protection { p_percent: 15, ..MINIMUM };
    let whole = ("GM1", 1560, "q=500 r=480 s=450 w=60 z=60 y=10");
    let rest = [("WK2", 30, "z=20 y=10"), ("WK3", 1430, "q=500 r=480 s=450")];
    let with = |first| [whole, ("WK1", 100, first), rest[0], rest[1]];
    // Both small districts are withheld, and are 130 together.
    assert_eq!(refused(protection, &[&with("w=60 z=40")]), 0);
    assert_eq!(refused(protection, &[&with("w=60 z=40"), &with("w=100")]), 1);
}

#[test]
fn a_sum_of_counts_that_are_something_needs_no_room_under_that() {
    let protection = Protection { dominance: Dominance::new(3, 75), ..MINIMUM };
    let ones = [("GM1", 3, "a=1 b=1 c=1"), ("WK1", 1, "a=1"), ("WK2", 1, "b=1"), ("WK3", 1, "c=1")];
    assert_eq!(refused(protection, &[&ones]), 0);
}

#[test]
fn who_is_alone_in_a_count_knows_that_nobody_is_in_the_rest_of_it() {
    let protection = Protection { protect_zeros: true, ..dominance() };
    // The one neighbourhood is all of its district, and of one organisation: that there is nobody in the other one
    // is no secret for it.
    let alone = [("WK1", 6, "a=6"), ("BU11", 0, ""), ("BU12", 6, "a=6")];
    assert_eq!(refused(protection, &[&alone]), 0);
}

/// The municipality, twelve times with the same number and each time with others in it, and then its districts.
fn changing(districts: [(&'static str, i64, &'static str); 3]) -> Vec<Vec<(&'static str, i64, String)>> {
    let others =
        ["a=3", "b=3", "c=3", "f=3", "e=2 f=1", "e=1 f=2", "c=1 f=2", "c=2 f=1", "c=1 e=2", "c=1 e=1 f=1"];
    let whole = |other: &str| {
        let mut own = BTreeMap::from([("a", 50), ("b", 50), ("d", 2), ("g", 2)]);
        for (code, amount) in other.split(' ').map(|one| one.split_once('=').expect("an amount")) {
            *own.entry(code).or_default() += amount.parse::<i64>().expect("a number");
        }
        let own: Vec<String> = own.iter().map(|(code, amount)| format!("{code}={amount}")).collect();
        ("GM1", 107, own.join(" "))
    };
    let last = districts.map(|(area, value, told)| (area, value, told.to_owned()));
    others.iter().map(|own| vec![whole(own)]).chain([[vec![whole("e=3")], last.to_vec()].concat()]).collect()
}

/// What is withheld of the last of these releases.
fn withheld_of_last(releases: &[Vec<(&'static str, i64, String)>]) -> Vec<String> {
    let world = World::said(&[]);
    let mut practice = Practice::default();
    practice.agree(&world, dominance());
    for counts in releases {
        let counts: Vec<(&str, i64, &str)> =
            counts.iter().map(|(area, value, told)| (*area, *value, told.as_str())).collect();
        practice.publish(&world, &districts(&counts), &|line| line);
    }
    assert!(practice.refused.is_empty(), "{:?}", practice.refused);
    withheld(&practice, dominance())
}

#[test]
fn who_is_told_to_be_alone_in_a_count_computes_no_other_one_whatever_else_the_count_could_be() {
    // With the municipality and the third district, one of the two others knows the other.
    let told = changing([("WK1", 3, "e=3"), ("WK2", 4, "d=2 g=2"), ("WK3", 100, "a=50 b=50")]);
    assert_eq!(withheld_of_last(&told), ["WK1", "WK2", "WK3"]);
}

#[test]
fn who_may_be_alone_in_a_count_of_which_too_much_is_possible_computes_no_other_one() {
    let untold = changing([("WK1", 3, ""), ("WK2", 4, "d=2 g=2"), ("WK3", 100, "a=50 b=50")]);
    assert_eq!(withheld_of_last(&untold), ["WK1", "WK2", "WK3"]);
}
