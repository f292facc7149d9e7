//! The verdict of the auditor is that of who tries all tables.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sdc::audit::{self, Question, Verdict, judge, pooled};
use sdc::model::{CellId, Certificate, Cube, Dimension, Floor, Given, Insider, Kind, Linked, Need, Universe};
use sdc::{Mask, Unwatched};

use crate::agreement::random_mask;
use crate::brute::{Tables, Values};
use crate::country::Dice;
use crate::gaps::tree;
use crate::view::View;

/// What is asked of a mask.
struct Case<'a> {
    universe: &'a Universe,
    mask: Mask,
    floor: Floor,
    needs: Vec<Need>,
    insiders: Vec<Insider>,
}

fn some(dice: &mut Dice, most: u64) -> i64 {
    i64::try_from(dice.under(most + 1)).unwrap()
}

/// Needs of hidden cells, and who know up to three hidden cells and are the only one in others.
fn case<'a>(universe: &'a Universe, mask: Mask, floor: Floor, dice: &mut Dice) -> Case<'a> {
    let known = |cell: &CellId| universe.kind(*cell) != Kind::Unknown;
    let hidden: Vec<CellId> = (0..universe.len()).filter(|cell| mask.hides(*cell)).filter(known).collect();
    let needs = hidden.iter().map(|cell| Need {
        cell: *cell,
        width: some(dice, 4),
        above: some(dice, 2),
        below: some(dice, 2),
    });
    let needs = needs.collect();
    let some_hidden = |most: u64, dice: &mut Dice| -> Vec<CellId> {
        let cells = (0..most).filter_map(|_| {
            let place = usize::try_from(dice.under(hidden.len().max(1) as u64)).unwrap();
            hidden.get(place).copied()
        });
        cells.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let insiders = (0..dice.under(3)).map(|_| {
        let (knows, own) = (1 + dice.under(2), dice.under(3));
        Insider { knows: some_hidden(knows, dice), own: some_hidden(own, dice) }
    });
    let insiders = insiders.collect();
    Case { universe, mask, floor, needs, insiders }
}

impl Case<'_> {
    fn question(&self) -> Question<'_> {
        Question { universe: self.universe, hidden: &self.mask, known: &[], floor: self.floor, integer: true }
    }

    fn verdict(&self, claims: &[Certificate]) -> Verdict {
        judge(&self.question(), &self.needs, &self.insiders, claims, &Unwatched).unwrap()
    }

    fn view(&self, known: &[CellId]) -> View {
        View::new(self.universe, &self.mask, known, self.floor)
    }

    /// The protected cells that lack something when these are all possible tables.
    fn lacking(&self) -> BTreeSet<CellId> {
        lacking(self.universe, &self.needs, &self.view(&[]), &self.insiders)
    }
}

/// Of no table at all nothing is known.
fn lacking(universe: &Universe, needs: &[Need], view: &View, insiders: &[Insider]) -> BTreeSet<CellId> {
    let outside = Tables::of(view);
    let inside: Vec<(&Insider, Tables)> = insiders
        .iter()
        .map(|insider| {
            let (cells, mut own) = (&insider.knows, view.clone());
            own.hidden.retain(|cell, _| !cells.contains(cell));
            own.shown.extend(cells.iter().map(|cell| (*cell, universe.value(*cell))));
            (insider, Tables::of(&own))
        })
        .collect();
    let lacks = |need: &&Need| {
        let (cell, value) = (need.cell, universe.value(need.cell));
        let Some(low) = view.hidden.get(&cell) else { return true };
        let below = need.below.min(low.map_or(i64::MAX, |low| (value - low).max(0)));
        let narrow = |[lowest, highest]: [Values; 2]| {
            let (low, high) = (lowest[&cell], highest[&cell]);
            high - low < need.width.max(1) || high - value < need.above || value - low < below
        };
        let may_find =
            |insider: &Insider| [&insider.knows, &insider.own].iter().any(|cells| cells.contains(&cell));
        outside.ends(cell).is_some_and(narrow)
            || inside.iter().filter(|(own, _)| !may_find(own)).any(|(_, tables)| {
                tables.ends(cell).is_some_and(|[lowest, highest]| lowest[&cell] == highest[&cell])
            })
    };
    needs.iter().filter(lacks).map(|need| need.cell).collect()
}

fn failed(verdict: &Verdict) -> BTreeSet<CellId> {
    verdict.failures.iter().map(|failure| failure.cell).collect()
}

/// Whether the verdict is that of who tries all tables, in both directions.
fn agrees(verdict: &Verdict, lacking: &BTreeSet<CellId>) -> Result<(), TestCaseError> {
    prop_assert_eq!(&failed(verdict), lacking);
    Ok(())
}

/// Counts in rows and columns with their totals and that of all; with `more`, also sums of cells taken at random,
/// which no network holds.
fn linked(more: bool, dice: &mut Dice) -> Linked {
    let (rows, columns) = (2 + dice.under(2), 2 + dice.under(2));
    let pairs = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let cells: Vec<(String, i64)> =
        pairs.map(|(row, column)| (format!("r{row}c{column}"), some(dice, 3))).collect();
    let mut sums: BTreeMap<String, Vec<(&str, i64)>> = BTreeMap::new();
    for (name, value) in &cells {
        let (row, column) = name.split_at(2);
        let others =
            (0..if more { 3 } else { 0 }).filter(|_| dice.under(2) == 0).map(|sum| format!("s{sum}"));
        let of: Vec<String> = others.chain([row, column, "all"].map(str::to_owned)).collect();
        of.into_iter().for_each(|sum| sums.entry(sum).or_default().push((name, *value)));
    }
    let totals = sums.iter().map(|(sum, own)| (sum.as_str(), own.iter().map(|(_, value)| value).sum()));
    let all: Vec<(&str, i64)> =
        cells.iter().map(|(name, value)| (name.as_str(), *value)).chain(totals).collect();
    let relations: Vec<(&str, Vec<&str>)> =
        sums.iter().map(|(sum, own)| (sum.as_str(), own.iter().map(|(name, _)| *name).collect())).collect();
    Linked::new(&all, &relations).unwrap()
}

/// A mask that shows the largest cell: all together.
fn partial(universe: &Universe, one_in: u64, floor: Floor, dice: &mut Dice) -> Mask {
    let mask = random_mask(universe, one_in, floor, dice);
    let largest = (0..universe.len()).max_by_key(|cell| universe.value(*cell));
    without(&mask, &largest.into_iter().collect())
}

/// Rates of two or three areas, of which the first two may be one district, by a breakdown or not: all,
/// counted and others.
fn rates(dice: &mut Dice) -> (Vec<Dimension>, Vec<Given>) {
    let areas: &[(&str, &str)] = match dice.under(3) {
        0 => &[("land", ""), ("a", "land"), ("b", "land")],
        1 => &[("land", ""), ("a", "land"), ("b", "land"), ("c", "land")],
        _ => &[("land", ""), ("wijk", "land"), ("c", "land"), ("a", "wijk"), ("b", "wijk")],
    };
    let ages: &[(&str, &str)] =
        if dice.under(2) == 0 { &[("t", "")] } else { &[("t", ""), ("x", "t"), ("y", "t")] };
    let sides: &[(&str, &str)] = &[("of", ""), ("counted", "of"), ("others", "of")];
    let dimensions = vec![tree("areas", areas), tree("ages", ages), tree("sides", sides)];
    let values = sums(&dimensions, dice);
    (dimensions, values)
}

/// All cells of a table with a small number for each of its smallest units.
fn sums(dimensions: &[Dimension], dice: &mut Dice) -> Vec<Given> {
    let under = |own: &Dimension, node: usize, leaf: usize| {
        let mut at = Some(leaf);
        while let Some(own_node) = at.filter(|at| *at != node) {
            let parent = own.nodes[own_node].parent.as_ref();
            at = parent.map(|code| own.nodes.iter().position(|other| other.code == *code).unwrap());
        }
        at.is_some()
    };
    let mut places: Vec<Vec<usize>> = vec![Vec::new()];
    for own in dimensions {
        let with = |at: &Vec<usize>| {
            (0..own.nodes.len()).map(|node| [&at[..], &[node]].concat()).collect::<Vec<_>>()
        };
        places = places.iter().flat_map(with).collect();
    }
    let is_leaf = |own: &Dimension, node: usize| {
        !own.nodes.iter().any(|other| other.parent.as_ref() == Some(&own.nodes[node].code))
    };
    let leaves = places.iter().filter(|at| dimensions.iter().zip(*at).all(|(own, node)| is_leaf(own, *node)));
    let leaves: Vec<(&Vec<usize>, i64)> = leaves.map(|at| (at, some(dice, 3))).collect();
    let value = |at: &Vec<usize>| {
        let holds = |leaf: &Vec<usize>| {
            dimensions.iter().zip(at).zip(leaf).all(|((own, node), leaf)| under(own, *node, *leaf))
        };
        leaves.iter().filter(|(leaf, _)| holds(leaf)).map(|(_, value)| value).sum()
    };
    places.iter().map(|at| Given { nodes: at.clone(), value: value(at) }).collect()
}

fn floor(of_one: bool) -> Floor {
    if of_one { Floor::ONE } else { Floor::ZERO }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn of_linked_tables(seed in any::<u64>(), more in any::<bool>(), one_in in 1u64..4, of_one in any::<bool>()) {
        let dice = &mut Dice::new(seed);
        let linked = linked(more, dice);
        let mask = partial(&linked.universe, one_in, floor(of_one), dice);
        let case = case(&linked.universe, mask, floor(of_one), dice);
        agrees(&case.verdict(&[]), &case.lacking())?;
    }

    #[test]
    fn of_counts_beside_the_rest_of_a_number_that_is_known(
        seed in any::<u64>(), one_in in 1u64..4, of_one in any::<bool>(), hide in 0u64..6,
    ) {
        let dice = &mut Dice::new(seed);
        let (dimensions, given) = rates(dice);
        let cube = Cube::of_shares(&dimensions, &[&given], 2).unwrap();
        let mut mask = random_mask(cube.universe(), one_in, floor(of_one), dice);
        // Of how many a rate is, is mostly shown.
        let totals = given.iter().zip(cube.places(0)).filter(|(own, _)| own.nodes[2] == 0);
        let totals: BTreeSet<CellId> = totals.map(|(_, cell)| *cell).filter(|_| hide == 0 || dice.under(8) > 0).collect();
        mask = without(&mask, &totals);
        let case = case(cube.universe(), mask, floor(of_one), dice);
        agrees(&case.verdict(&[]), &case.lacking())?;
    }

    #[test]
    fn of_who_has_answers_under_two_minimums(
        seed in any::<u64>(), more in any::<bool>(), nest in any::<bool>(), floors in any::<[bool; 2]>(),
    ) {
        let dice = &mut Dice::new(seed);
        let linked = linked(more, dice);
        let universe = &linked.universe;
        let of = |of_one: bool, dice: &mut Dice| {
            let mask = partial(universe, 2, floor(of_one), dice);
            case(universe, mask, floor(of_one), dice)
        };
        let one = of(floors[0], dice);
        let mut other = of(floors[1], dice);
        if nest {
            other.mask = one.mask.and(&other.mask);
        }
        other.insiders.clone_from(&one.insiders);
        let of = |own: &'_ Case<'_>| (own.view(&[]), own.needs.clone());
        let ((view, needs), (its, its_needs)) = (of(&one), of(&other));
        let needs: Vec<Need> = needs
            .into_iter()
            .filter_map(|need| Some(need.either(*its_needs.iter().find(|own| own.cell == need.cell)?)))
            .collect();
        let together = view.pooled(&its);
        let views = [&one, &other].map(|own| audit::View {
            hidden: &own.mask, needs: &own.needs, floor: own.floor, insiders: &own.insiders,
        });
        let verdict = pooled(universe, &views, true, &[], &Unwatched).unwrap();
        prop_assert_eq!(verdict.judged, needs.len());
        agrees(&verdict, &lacking(universe, &needs, &together, &one.insiders))?;
    }

    /// Where the table itself cannot be, as its cells are of two moments, all tables are none.
    #[test]
    fn of_tables_with_gaps_and_tables_that_are_crossed_two_by_two(
        seed in any::<u64>(), one_in in 1u64..4, crossed in any::<bool>(), gaps in 3u64..12, odd in any::<bool>(),
    ) {
        let dice = &mut Dice::new(seed);
        let dimensions = [
            tree("areas", &[("land", ""), ("a", "land"), ("b", "land")]),
            tree("ages", &[("t", ""), ("x", "t"), ("y", "t"), ("z", "t")]),
            tree("sexes", &[("m+v", ""), ("m", "m+v"), ("v", "m+v")]),
        ];
        let mut given = sums(&dimensions, dice);
        given.retain(|cell| {
            let in_all = cell.nodes.iter().all(|node| *node > 0);
            if crossed { !in_all } else { dice.under(gaps) > 0 }
        });
        if odd && !given.is_empty() {
            let at = usize::try_from(dice.under(given.len() as u64)).unwrap();
            given[at].value += 1;
        }
        let Ok(cube) = Cube::new(&dimensions, &[&given]) else { return Ok(()) };
        let mask = random_mask(cube.universe(), one_in, Floor::ZERO, dice);
        let case = case(cube.universe(), mask, Floor::ZERO, dice);
        let (verdict, lacking) = (case.verdict(&[]), case.lacking());
        prop_assert!(lacking.is_subset(&failed(&verdict)));
        let sure: BTreeSet<CellId> =
            verdict.failures.iter().filter(|failure| failure.proven).map(|failure| failure.cell).collect();
        let possible = case.needs.first().is_none_or(|need| Tables::of(&case.view(&[])).ends(need.cell).is_some());
        prop_assert!(!possible || sure.is_subset(&lacking));
    }

    #[test]
    fn with_claims_of_which_some_are_true_and_others_nearly(
        seed in any::<u64>(), one_in in 1u64..4, of_one in any::<bool>(),
    ) {
        let dice = &mut Dice::new(seed);
        let linked = linked(true, dice);
        let universe = &linked.universe;
        let mask = partial(universe, one_in, floor(of_one), dice);
        let case = case(universe, mask, floor(of_one), dice);
        let tables = Tables::of(&case.view(&[]));
        let mut claims = Vec::new();
        for cell in case.needs.iter().map(|need| need.cell) {
            for table in tables.ends(cell).unwrap() {
                let moves = table.into_iter().map(|(cell, value)| (cell, value - universe.value(cell)));
                let moves: Vec<(CellId, i64)> = moves.filter(|(_, change)| *change != 0).collect();
                let mut claim = Certificate { cell, moves };
                let shown = (0..universe.len()).find(|cell| !case.mask.hides(*cell));
                let at = usize::try_from(dice.under(claim.moves.len().max(1) as u64)).unwrap();
                match (dice.under(6), claim.moves.get_mut(at), shown) {
                    (0, Some((_, change)), _) => *change += 1,
                    (1, Some(_), _) => drop(claim.moves.swap_remove(at)),
                    (2, _, Some(shown)) => claim.moves.push((shown, 1)),
                    (3, _, _) => claim.moves.iter_mut().for_each(|(_, change)| *change *= 7),
                    (4, Some(own), _) => {
                        let own = *own;
                        claim.moves.push(own);
                    }
                    _ => {}
                }
                claims.push(claim);
            }
        }
        agrees(&case.verdict(&claims), &case.lacking())?;
    }
}

fn without(mask: &Mask, cells: &BTreeSet<CellId>) -> Mask {
    let mut less = Mask::none(mask.len());
    (0..mask.len())
        .filter(|cell| mask.hides(*cell) && !cells.contains(cell))
        .for_each(|cell| less.hide(cell));
    less
}
