//! What is crossed two by two and not all together.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks::Blocks;

/// A dimension and a block of it that divides a node.
type Division = (usize, usize);

/// The blocks without which those found leave something out. The blocks on the way to one leaf of each
/// dimension are marginals of one table. Their divisions are the vertices of a graph, with an edge between
/// two that are crossed. Where that is chordal and each of its cliques is a marginal, they are decomposable:
/// whole numbers of zero or more that agree in what marginals have in common always are those of a table of
/// such numbers, of which the cells need not be looked at then. Elsewhere they need not be: with areas by
/// age, areas by sex and age by sex there may be no table for what agrees two by two, so its cells bind.
/// These are the cliques when edges are added that make the graph chordal, where it takes the fewest cells.
///
/// Source: S. L. Lauritzen, "Graphical Models" (1996), 2.1 and 4.4; A. Dobra and S. E. Fienberg, "Bounds for
/// cell entries in contingency tables given marginal totals and decomposable graphs", PNAS 97 (2000). With
/// hierarchies a division has those above it along its dimension in all of its cliques. Groups beside a tree are
/// sums over it, so what is given of them only says more of blocks that are found with it.
pub(super) fn missing(found: &[Vec<usize>], blocks: &[Blocks]) -> Vec<Vec<usize>> {
    let mut families: BTreeMap<Vec<usize>, Family<'_>> = BTreeMap::new();
    for block in found {
        let tops: Vec<usize> = blocks.iter().zip(block).map(|(own, slot)| own.top(*slot)).collect();
        let sides = block.iter().zip(&tops).enumerate().filter(|(_, (slot, top))| slot != top);
        let divisions: Vec<Division> = sides.map(|(side, (slot, _))| (side, *slot)).collect();
        if let [one, other] = divisions.as_slice() {
            families.entry(tops).or_insert_with(|| Family::new(blocks)).cross(*one, *other);
        }
    }
    families.into_iter().flat_map(|(tops, family)| family.cliques(&tops)).collect()
}

/// The divisions below one top of each dimension, and with which others each is crossed.
struct Family<'a> {
    blocks: &'a [Blocks],
    crossed: BTreeMap<Division, BTreeSet<Division>>,
}

impl<'a> Family<'a> {
    fn new(blocks: &'a [Blocks]) -> Self {
        Self { blocks, crossed: BTreeMap::new() }
    }

    fn cross(&mut self, one: Division, other: Division) {
        self.crossed.entry(one).or_default().insert(other);
        self.crossed.entry(other).or_default().insert(one);
    }

    fn near(&self, division: &Division) -> impl Iterator<Item = Division> + Clone {
        self.crossed.get(division).into_iter().flatten().copied()
    }

    /// Takes the divisions away, always those at the bottom of a dimension for which the fewest cells must
    /// be added: with each goes what it is in a clique with.
    fn cliques(mut self, tops: &[usize]) -> Vec<Vec<usize>> {
        let mut cliques = Vec::new();
        let mut layers: BTreeMap<usize, BTreeMap<usize, Vec<Division>>> = BTreeMap::new();
        for (side, block) in self.crossed.keys().copied() {
            let depth = self.blocks.get(side).map_or(0, |own| own.above(block).count());
            layers.entry(side).or_default().entry(depth).or_default().push((side, block));
        }
        // Two dimensions that are crossed are a marginal.
        while layers.len() > 2 {
            let lowest = layers.iter().filter_map(|(side, own)| Some((*side, own.values().next_back()?)));
            let costs = lowest.map(|(side, layer)| (self.cost(layer), side));
            let Some((_, side)) = costs.min() else { break };
            let lowest = layers.get_mut(&side).and_then(BTreeMap::pop_last);
            layers.retain(|_, own| !own.is_empty());
            let layer = lowest.map_or_else(Vec::new, |(_, layer)| layer);
            self.apart(&layer).into_iter().for_each(|(one, other)| self.cross(one, other));
            for division in layer {
                cliques.extend(self.clique(division, tops));
                for other in self.crossed.remove(&division).into_iter().flatten() {
                    self.crossed.entry(other).or_default().remove(&division);
                }
            }
        }
        cliques
    }

    /// What is crossed with one of these and not with each other.
    fn apart(&self, layer: &[Division]) -> BTreeSet<(Division, Division)> {
        let mut apart = BTreeSet::new();
        for division in layer {
            for one in self.near(division) {
                let others = self.near(division).filter(|other| one.0 < other.0);
                let own = self.crossed.get(&one);
                apart.extend(
                    others
                        .filter(|other| own.is_none_or(|own| !own.contains(other)))
                        .map(|other| (one, other)),
                );
            }
        }
        apart
    }

    /// How many cells are added when these go.
    fn cost(&self, layer: &[Division]) -> usize {
        let size = |(side, block): Division| self.blocks.get(side).map_or(0, |own| own.size(block));
        self.apart(layer).into_iter().map(|(one, other)| size(one) * size(other)).sum()
    }

    /// The blocks of a division with all that it is crossed with, where that is more than one dimension.
    fn clique(&self, division: Division, tops: &[usize]) -> Vec<Vec<usize>> {
        let mut lowest: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        self.near(&division).for_each(|(side, block)| {
            lowest.entry(side).or_default().insert(block);
        });
        if lowest.len() < 2 {
            return Vec::new();
        }
        let with = |block: &[usize], (side, slot): Division| {
            let mut block = block.to_vec();
            block.get_mut(side).into_iter().for_each(|own| *own = slot);
            block
        };
        let mut all = vec![with(tops, division)];
        for (side, own) in lowest {
            let above: BTreeSet<usize> =
                own.iter().filter_map(|block| self.blocks.get(side)?.above(*block).next()).collect();
            let own = own.difference(&above);
            all = own.flat_map(|slot| all.iter().map(|block| with(block, (side, *slot)))).collect();
        }
        all
    }
}
