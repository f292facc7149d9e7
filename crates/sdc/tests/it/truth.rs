//! Made-up tables of which all is known, also what each cell is made of.

use std::collections::BTreeSet;

use sdc::model::{Dimension, Given, Group};

use crate::country::Dice;
use crate::made_up::{MadeUp, Shape};

/// A table, and of each combination of nodes what it is the sum of.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub dimensions: Vec<Dimension>,
    /// Nodes along each dimension, atoms, value.
    pub cells: Vec<(Vec<usize>, BTreeSet<usize>, i64)>,
}

impl Truth {
    pub(crate) fn new(shape: Shape, seed: u64) -> Self {
        let mut dimensions = MadeUp::new(shape, seed).dimensions;
        let dice = &mut Dice::new(!seed);
        if shape == Shape::Overlapping {
            (0..dice.under(4)).for_each(|number| add_group(&mut dimensions[0], number, dice));
        }
        let mut cells: Vec<(Vec<usize>, BTreeSet<usize>)> = vec![(Vec::new(), BTreeSet::from([0]))];
        let mut atoms = 1;
        for own in &dimensions {
            let (sets, leaves) = leaves(own);
            cells = cells
                .iter()
                .flat_map(|(nodes, before)| {
                    sets.iter().enumerate().map(move |(node, set)| {
                        let nodes = nodes.iter().copied().chain([node]).collect();
                        let pairs =
                            before.iter().flat_map(|one| set.iter().map(move |two| one * leaves + two));
                        (nodes, pairs.collect())
                    })
                })
                .collect();
            atoms *= leaves;
        }
        let values: Vec<i64> =
            (0..atoms).map(|_| [0, 1, 2, 5, 9, 30][usize::try_from(dice.under(6)).unwrap()]).collect();
        let value = |set: &BTreeSet<usize>| set.iter().map(|atom| values[*atom]).sum();
        let cells = cells.into_iter().map(|(nodes, set)| (nodes, set.clone(), value(&set))).collect();
        Self { dimensions, cells }
    }

    /// About one in so many cells is left out, and about one in so many areas altogether.
    pub(crate) fn with_gaps(&self, one_in: u64, dice: &mut Dice) -> Vec<Given> {
        let areas = self.dimensions.first().map_or(0, |own| own.nodes.len() + own.groups.len());
        let without: Vec<bool> = (0..areas).map(|_| dice.under(one_in) == 0).collect();
        let given = self.cells.iter().filter(|(nodes, ..)| !without[nodes[0]] && dice.under(one_in) != 0);
        given.map(|(nodes, _, value)| Given { nodes: nodes.clone(), value: *value }).collect()
    }

    /// The same with one more in one of the units.
    pub(crate) fn changed(&self, dice: &mut Dice) -> Self {
        let atom = usize::try_from(dice.under(4)).unwrap();
        let mut changed = self.clone();
        changed.cells.iter_mut().filter(|(_, set, _)| set.contains(&atom)).for_each(|cell| cell.2 += 1);
        changed
    }

    pub(crate) fn atoms(&self, nodes: &[usize]) -> &BTreeSet<usize> {
        &self.cells.iter().find(|(own, ..)| own == nodes).unwrap().1
    }

    pub(crate) fn name(&self, nodes: &[usize]) -> String {
        let codes = self.dimensions.iter().zip(nodes).map(|(own, node)| {
            let groups = own.groups.iter().map(|group| group.code.as_str());
            own.nodes.iter().map(|node| node.code.as_str()).chain(groups).nth(*node).unwrap()
        });
        codes.collect::<Vec<_>>().join("|")
    }
}

/// Adds a group of nodes of any level, of which one may lie in another.
fn add_group(own: &mut Dimension, number: u64, dice: &mut Dice) {
    let one_in = 2 + dice.under(2);
    let members = own.nodes[1..].iter().filter(|_| dice.under(one_in) == 0);
    let members: Vec<String> = members.map(|node| node.code.clone()).collect();
    if !members.is_empty() {
        own.groups.push(Group { code: format!("programma{number}"), members, partly: Vec::new() });
    }
}

/// The leaves under each node and group, and how many there are.
fn leaves(own: &Dimension) -> (Vec<BTreeSet<usize>>, usize) {
    let place = |code: &str| own.nodes.iter().position(|node| node.code == code).unwrap();
    let mut sets = vec![BTreeSet::new(); own.nodes.len()];
    let mut count = 0;
    for (at, node) in own.nodes.iter().enumerate() {
        if own.nodes.iter().all(|other| other.parent.as_ref() != Some(&node.code)) {
            let mut up = Some(at);
            while let Some(above) = up {
                sets[above].insert(count);
                up = own.nodes[above].parent.as_deref().map(place);
            }
            count += 1;
        }
    }
    for group in &own.groups {
        sets.push(group.members.iter().flat_map(|code| sets[place(code)].clone()).collect());
    }
    (sets, count)
}
