//! The order in which a task is given has no influence on its mask.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sdc::Unwatched;
use sdc::model::{Insider, Linked, Universe};
use sdc::protect::{Task, protect};

use crate::country::Dice;
use crate::made_up::MadeUp;
use crate::networks::shuffle;
use crate::protection::{alone, policies, shapes, task};

/// Insiders who know one cell, and others who know two or three.
fn insiders(universe: &Universe, dice: &mut Dice) -> Vec<Insider> {
    let mut all = alone(universe);
    let cells = u64::try_from(universe.len()).unwrap();
    for _ in 0..6 {
        let mut some = |most: u64| -> Vec<usize> {
            let all = (0..most).map(|_| usize::try_from(dice.under(cells)).unwrap());
            all.collect::<BTreeSet<_>>().into_iter().collect()
        };
        all.push(Insider { knows: some(3), own: some(2) });
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_mask_is_the_same_for_any_order_of_needs_and_insiders(
        shape in shapes(), seed in any::<u64>(), rules in policies()
    ) {
        let dice = &mut Dice::new(!seed);
        let table = MadeUp::new(shape, seed).table();
        let mut needs = rules.table_needs(&table, shape.breakdowns());
        let mut knowing = insiders(&table.universe, dice);
        let mask = protect(&task(&table, &rules, &needs, &knowing), &Unwatched).map(|found| found.mask);
        shuffle(&mut needs, dice);
        shuffle(&mut knowing, dice);
        for insider in &mut knowing {
            shuffle(&mut insider.knows, dice);
            shuffle(&mut insider.own, dice);
        }
        let other = protect(&task(&table, &rules, &needs, &knowing), &Unwatched).map(|found| found.mask);
        prop_assert_eq!(mask, other);
    }

    #[test]
    fn a_mask_is_the_same_for_any_order_of_cells_and_sums(
        shape in shapes(), seed in any::<u64>(), rules in policies()
    ) {
        let dice = &mut Dice::new(!seed);
        let table = MadeUp::new(shape, seed).table();
        let universe = &table.universe;
        let needs = rules.table_needs(&table, shape.breakdowns());
        let ids: Vec<String> = (0..universe.len()).map(|cell| table.name(cell)).collect();
        let mut cells: Vec<usize> = (0..universe.len()).collect();
        let mut sums: Vec<(&str, Vec<&str>)> = universe
            .relations()
            .map(|sum| (ids[sum.total].as_str(), sum.parts.iter().map(|part| ids[*part].as_str()).collect()))
            .collect();
        let mut hidden = || {
            shuffle(&mut cells, dice);
            shuffle(&mut sums, dice);
            sums.iter_mut().for_each(|(_, parts)| shuffle(parts, dice));
            let given: Vec<(&str, i64)> =
                cells.iter().map(|cell| (ids[*cell].as_str(), universe.value(*cell))).collect();
            let linked = Linked::new(&given, &sums).unwrap();
            let mut place = vec![0; cells.len()];
            cells.iter().zip(linked.places()).for_each(|(cell, own)| place[*cell] = *own);
            let needs: Vec<_> =
                needs.iter().map(|need| sdc::model::Need { cell: place[need.cell], ..*need }).collect();
            let floor = rules.floor(&linked.universe, &needs);
            let task = Task {
                universe: &linked.universe, needs: &needs, floor, insiders: &[], must_publish: &[], must_hide: &[],
            };
            let mask = protect(&task, &Unwatched).ok()?.mask;
            Some(place.into_iter().map(|own| mask.hides(own)).collect::<Vec<bool>>())
        };
        prop_assert_eq!(hidden(), hidden());
    }
}
