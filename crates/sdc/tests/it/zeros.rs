//! What follows since no value is under zero.

use std::collections::BTreeSet;

use microlp::{ComparisonOp, OptimizationDirection, Problem};
use sdc::model::{Cube, Dimension, Given, ModelError};

use crate::gaps::{cells, grouped, of_group, tree};
use crate::levels::known;
use crate::truth::Truth;

/// The smallest units that are surely empty, by a solver that is not ours.
pub(crate) fn empty(truth: &Truth, given: &[Given]) -> BTreeSet<usize> {
    let atoms: BTreeSet<usize> = truth.cells.iter().flat_map(|(_, set, _)| set).copied().collect();
    let most = |of: usize| {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let cost = |atom: usize| if atom == of { 1.0 } else { 0.0 };
        let own: Vec<_> = atoms.iter().map(|atom| problem.add_var(cost(*atom), (0.0, 1000.0))).collect();
        for cell in given {
            let terms: Vec<_> = truth.atoms(&cell.nodes).iter().map(|atom| (own[*atom], 1.0)).collect();
            let value = f64::from(i32::try_from(cell.value).unwrap());
            problem.add_constraint(terms.as_slice(), ComparisonOp::Eq, value);
        }
        problem.solve().unwrap().into_solution().unwrap().objective()
    };
    atoms.iter().copied().filter(|atom| most(*atom) < 1e-6).collect()
}

#[test]
fn a_group_that_is_not_given_is_a_cell_where_it_can_be_computed_since_others_are_zero() {
    let of = |members: &[&str], given: &[(&str, i64)]| of_group(&grouped(&[("programma", members)]), given);
    let members: &[&str] = &["wijk1", "buurt22", "buurt31"];
    let beside = [("gemeente", 107), ("wijk1", 4), ("buurt22", 3)];
    // A district, what is left of the municipality, and what is left of it at all levels.
    assert_eq!(of(members, &[&beside[..], &[("wijk3", 0)]].concat()), Some(7));
    assert_eq!(of(members, &[&beside[..], &[("wijk2", 103)]].concat()), Some(7));
    assert_eq!(of(members, &[&beside[..], &[("buurt21", 100)]].concat()), Some(7));
    assert_eq!(of(members, &[&beside[..], &[("wijk3", 1)]].concat()), None);
    assert_eq!(of(members, &[&beside[..], &[("buurt21", 99)]].concat()), None);
    assert_eq!(of(members, &beside), None);
    // What another area of the programme leaves.
    let others: [(&str, &[&str]); 1] = [("een", &["wijk1", "buurt31", "wijk2"])];
    let areas = grouped(&[("programma", members), others[0]]);
    assert_eq!(of_group(&areas, &[("wijk1", 4), ("buurt22", 3), ("wijk2", 3), ("een", 7)]), Some(7));
}

fn crossed(groups: &[(&str, &[&str])]) -> [Dimension; 2] {
    [grouped(groups), tree("parts", &[("t", ""), ("a", "t"), ("b", "t"), ("c", "t")])]
}

fn at(nodes: &[(usize, usize, i64)]) -> Vec<Given> {
    nodes.iter().map(|(area, part, value)| Given { nodes: vec![*area, *part], value: *value }).collect()
}

#[test]
fn a_group_follows_in_the_categories_in_which_others_are_zero_and_in_no_other() {
    let dimensions = crossed(&[("programma", &["wijk1", "buurt31"])]);
    // In the third district, the seventh node from the root, is nobody of the first part.
    let given = at(&[(1, 1, 4), (3, 1, 0), (1, 2, 5), (3, 2, 6)]);
    let cells = known(&Cube::new(&dimensions, &[&given]).unwrap());
    assert!(cells.contains(&("programma|a".to_owned(), 4)), "{cells:?}");
    assert!(!cells.iter().any(|(name, _)| name == "programma|b"), "{cells:?}");
    // Nobody of any part is nobody of this one.
    let given = at(&[(1, 1, 4), (3, 0, 0)]);
    let cells = known(&Cube::new(&dimensions, &[&given]).unwrap());
    assert!(cells.contains(&("programma|a".to_owned(), 4)), "{cells:?}");
    // In another edition it is not so.
    let other = at(&[(1, 1, 9), (3, 1, 2)]);
    let cells = known(&Cube::new(&dimensions, &[&other, &given]).unwrap());
    let programme: Vec<_> = cells.iter().filter(|(name, _)| name == "programma|a").collect();
    assert_eq!(programme, [&("programma|a".to_owned(), 4)]);
}

#[test]
fn a_cell_of_a_tree_that_can_be_computed_since_others_are_zero_is_a_cell() {
    // Nobody in the municipality is of the first part, so in a district all but the third are of the second.
    let given = at(&[(0, 1, 0), (1, 0, 20), (1, 3, 16)]);
    let cells = known(&Cube::new(&crossed(&[]), &[&given]).unwrap());
    assert!(cells.contains(&("wijk1|b".to_owned(), 4)), "{cells:?}");
}

#[test]
fn zeros_that_tell_nothing_add_no_cells() {
    let areas = grouped(&[]);
    let zero = [("gemeente", 9), ("wijk1", 0), ("wijk2", 4)];
    let some = [("gemeente", 10), ("wijk1", 1), ("wijk2", 4)];
    let count = |values: &[(&str, i64)]| {
        Cube::new(std::slice::from_ref(&areas), &[&cells(&areas, values)]).unwrap().universe().len()
    };
    assert_eq!(count(&zero), count(&some));
    // In the first district is nobody. That tells what the third has of the first part, and nothing else.
    let all = at(&[(0, 1, 4), (0, 2, 6), (1, 0, 0), (2, 1, 3), (2, 0, 9), (3, 0, 8)]);
    let cells = known(&Cube::new(&crossed(&[]), &[&all]).unwrap());
    let of = |code: &str| cells.iter().filter(|(name, _)| name.starts_with(code)).count();
    assert!(cells.contains(&("wijk3|a".to_owned(), 1)), "{cells:?}");
    assert!(cells.contains(&("wijk1|a".to_owned(), 0)), "{cells:?}");
    assert_eq!((of("wijk1|b"), of("wijk1|c")), (0, 0), "{cells:?}");
}

#[test]
fn places_of_several_levels_may_not_be_more_than_their_total() {
    let areas = grouped(&[]);
    let given = cells(&areas, &[("gemeente", 104), ("wijk1", 60), ("buurt21", 45)]);
    let error = Cube::new(std::slice::from_ref(&areas), &[&given]).unwrap_err();
    assert_eq!(error, ModelError::NotAdditive { total: "gemeente".to_owned(), value: 104, parts: 105 });
}
