//! Where the cells of all editions lie.

use std::collections::HashSet;

use super::cells::Identity;
use super::derive::Known;
use super::grid::Grid;
use crate::arr::Arr;
use crate::model::Boxes;

/// The leaves of these cells along each dimension, and where nobody is in any of these editions.
pub(super) fn boxes<'a>(
    grid: &Grid,
    editions: impl Iterator<Item = &'a Known>,
    cells: impl Iterator<Item = &'a Identity>,
) -> Boxes {
    let zeros = editions.map(|known| known.zeros.iter().copied().collect::<HashSet<usize>>());
    let nobody = zeros.reduce(|one, other| one.intersection(&other).copied().collect()).unwrap_or_default();
    let mut sides: Vec<Arr<Vec<usize>>> = grid.sides.iter().map(|side| side.axis.sets().clone()).collect();
    let mut nodes = Arr::default();
    for cell in cells {
        match cell {
            Identity::Known { place, .. } | Identity::Unknown(place, _) => {
                grid.nodes(*place).into_iter().for_each(|node| nodes.push(node));
            }
            Identity::Rest { of: (along, total, missing), .. } => {
                for (side, node) in grid.nodes(*total).into_iter().enumerate() {
                    let rest = sides.get_mut(side).filter(|_| side == *along);
                    nodes.push(rest.map_or(node, |leaves| {
                        let rest = together(
                            leaves,
                            missing.iter().filter_map(|place| grid.nodes(*place).get(side).copied()),
                        );
                        leaves.push(rest);
                        leaves.len() - 1
                    }));
                }
            }
        }
    }
    let sides = sides.into_iter().zip(&grid.sides).map(|(leaves, side)| (side.axis.len(), leaves));
    Boxes::new(sides, nodes, nobody.into_iter().map(|place| grid.key(place)).collect())
}

/// The leaves of several nodes, in order; none where those of one of them are not known.
fn together(leaves: &Arr<Vec<usize>>, nodes: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut all = Vec::new();
    for node in nodes {
        if leaves[node].is_empty() {
            return Vec::new();
        }
        all.extend(&leaves[node]);
    }
    all.sort_unstable();
    all.dedup();
    all
}
