//! Who looks at rates: contributors who know their own, readers of two editions, and those whom other masks
//! bind.

use proptest::prelude::*;
use sdc::Unwatched;
use sdc::model::{CellId, Floor, Given, Insider, Kind, Need};
use sdc::protect::{Engine, NoMask, Outcome, nested, protect};
use sdc::rules::RuleSet;

use crate::attacker::Attacker;
use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};
use crate::rates::{Rates, made_up, rules, true_ones, with_gaps};
use crate::truth::Truth;

fn shape(overlapping: bool) -> Shape {
    if overlapping { Shape::Both } else { Shape::Crossed }
}

/// A mask that holds. Where areas nest there is none only where none is possible.
fn protected(rates: &Rates, overlapping: bool) -> Result<Option<Outcome>, TestCaseError> {
    match protect(&rates.task(), &Unwatched) {
        Ok(outcome) => {
            prop_assert!(rates.is_safe(&outcome));
            // Where totals may be hidden too, one side of a rate may be shown.
            let totals_may_move = outcome.engine == Engine::General && rates.must_publish.is_empty();
            prop_assert!(totals_may_move || rates.is_in_whole_rates(&outcome.mask));
            prop_assert!(rates.must_hide.iter().all(|cell| outcome.mask.hides(*cell)));
            prop_assert!(rates.must_publish.iter().all(|cell| !outcome.mask.hides(*cell)));
            Ok(Some(outcome))
        }
        Err(NoMask::Impossible { cells }) => {
            prop_assert!(!cells.is_empty());
            prop_assert!(overlapping || rates.is_impossible(), "there is a mask");
            Ok(None)
        }
        Err(NoMask::Cancelled) => Err(TestCaseError::fail("nobody cancelled")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn who_is_alone_in_a_rate_finds_no_other(
        seed in any::<u64>(), missing in prop_oneof![Just(0u64), 2u64..8], width in 0u64..6, zeros in any::<bool>(),
        overlapping in any::<bool>(),
    ) {
        let table = MadeUp::new(shape(overlapping), seed);
        let cells = with_gaps(&made_up(&table), missing, &mut Dice::new(seed));
        let rules = RuleSet { insiders: true, ..rules(width, zeros) };
        let rates = Rates::new(&table.dimensions, &[&cells], &rules);
        prop_assume!(rates.is_some());
        let rates = rates.unwrap();
        let Some(outcome) = protected(&rates, overlapping)? else { return Ok(()) };
        // The attacker works on tables of which nothing is missing.
        for Insider { knows, own } in rates.insiders.iter().filter(|_| missing == 0).take(6) {
            let attacker = Attacker::new(rates.cube.universe(), &outcome.mask, knows, Floor::ZERO);
            let found = attacker.recoverable();
            // That they are the only one in what nobody gave, they may find.
            let of_others = |need: &&Need| found.contains(&need.cell) && !own.contains(&need.cell);
            let short = rates.needs.iter().find(of_others);
            prop_assert_eq!(short.map(|need| rates.cube.name(need.cell)), None);
        }
    }

    /// Also one who knows one side of a rate and is not said to know the other.
    #[test]
    fn a_share_does_not_move_for_who_knows_the_other(
        seed in any::<u64>(), known in any::<bool>(), width in 0u64..4,
    ) {
        let table = MadeUp::new(Shape::Crossed, seed);
        let mut rates = Rates::new(&table.dimensions, &[&made_up(&table)], &rules(width, true)).unwrap();
        let value = |cell: &CellId| rates.cube.universe().value(*cell);
        let alone = (0..rates.cube.universe().len()).filter(|cell| value(cell) == 1);
        rates.insiders = alone.filter(|cell| !rates.totals.contains(cell)).map(|cell| vec![cell].into()).collect();
        if !known {
            rates.must_publish.clear();
        }
        protected(&rates, false)?;
    }

    #[test]
    fn what_must_be_hidden_of_rates_is_and_what_nobody_needs_is_shown_again(
        seed in any::<u64>(), missing in prop_oneof![Just(0u64), 2u64..8], one_in in 2u64..20,
    ) {
        let table = MadeUp::new(Shape::Crossed, seed);
        let dice = &mut Dice::new(seed);
        let cells = with_gaps(&made_up(&table), missing, dice);
        let rates = Rates::new(&table.dimensions, &[&cells], &rules(3, true));
        prop_assume!(rates.is_some());
        let mut rates = rates.unwrap();
        let shares = (0..rates.cube.universe().len()).filter(|cell| !rates.totals.contains(cell));
        rates.must_hide = shares.filter(|_| dice.under(one_in) == 0).collect();
        let Some(outcome) = protected(&rates, false)? else { return Ok(()) };
        rates.needs.clear();
        rates.must_hide.clear();
        let looser = nested(&rates.task(), &outcome.mask, &Unwatched).unwrap();
        let never = rates.cube.universe().never_published();
        prop_assert!(never.contains(&looser.mask));
    }

    #[test]
    fn who_sees_two_editions_of_rates_finds_no_protected_one(
        seed in any::<u64>(), missing in prop_oneof![Just(0u64), 2u64..8], width in 0u64..4, insiders in any::<bool>(),
    ) {
        let truth = Truth::new(Shape::Crossed, seed);
        let dice = &mut Dice::new(seed ^ 77);
        let old = with_gaps(&true_ones(&truth), missing, dice);
        let new = with_gaps(&true_ones(&truth.changed(dice)), missing, dice);
        let rules = RuleSet { insiders, ..rules(width, true) };
        let of = |editions: &[&[Given]]| Rates::new(&truth.dimensions, editions, &rules);
        let alone = of(&[&old]);
        prop_assume!(alone.is_some());
        let alone = alone.unwrap();
        let Some(before) = protected(&alone, false)? else { return Ok(()) };
        let before = alone.cube.mask_of(0, &before.mask);
        let rates = of(&[&old, &new]);
        prop_assume!(rates.is_some());
        let mut rates = rates.unwrap();
        let places = rates.cube.places(0).iter().copied().enumerate();
        let (hidden, shown): (Vec<_>, Vec<_>) = places.partition(|(index, _)| before.hides(*index));
        rates.must_hide = hidden.into_iter().map(|(_, cell)| cell).collect();
        rates.must_publish.extend(shown.into_iter().map(|(_, cell)| cell));
        // Two editions of a table are no network.
        let Some(outcome) = protected(&rates, true)? else { return Ok(()) };
        let universe = rates.cube.universe();
        let all_known = (0..universe.len()).all(|cell| universe.kind(cell) != Kind::Unknown);
        if all_known {
            let attacker = Attacker::new(universe, &outcome.mask, &[], Floor::ZERO);
            let short = rates.needs.iter().find(|need| !attacker.leaves(need.cell, need.width));
            prop_assert_eq!(short.map(|need| rates.cube.name(need.cell)), None);
        }
    }
}
