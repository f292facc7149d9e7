//! What follows from counts by sums over areas, categories and periods, wherever they were told.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::Dimension as Axis;

/// Numbers by place: a node of each dimension.
pub(super) type Numbers = BTreeMap<Vec<usize>, i64>;

/// The numbers at the nodes of one dimension, of one place in all others.
type Line = BTreeMap<usize, i64>;

/// Totals and their parts, as nodes of each dimension.
#[derive(Clone)]
pub(super) struct Sums(Vec<Vec<(usize, Vec<usize>)>>);

impl Sums {
    pub(super) fn of(axes: &[Axis]) -> Self {
        Self(axes.iter().map(of_axis).collect())
    }

    /// The same without those along a dimension.
    pub(super) fn without(mut self, axis: Option<usize>) -> Self {
        axis.and_then(|axis| self.0.get_mut(axis)).into_iter().for_each(Vec::clear);
        self
    }

    /// Adds what follows: a total of which all parts are known, and a part that is the only one missing.
    pub(super) fn close(&self, numbers: &mut Numbers) {
        self.raise(numbers, |line, total, parts| {
            let is_missing = |node: &&usize| !line.contains_key(*node);
            let mut missing = std::iter::once(&total).chain(parts).filter(is_missing);
            let (Some(node), None) = (missing.next(), missing.next()) else { return None };
            let known = sum(line, parts);
            let number = if *node == total { known } else { i128::from(*line.get(&total)?) - known };
            // Parts that are more than their total tell nothing.
            Some((*node, i64::try_from(number).ok().filter(|number| *number >= 0)?))
        });
    }

    /// Of the numbers with more in them than is known without the sums along a dimension, whether that is no
    /// more than they are.
    pub(super) fn held(&self, numbers: &Numbers, axis: usize) -> BTreeMap<Vec<usize>, bool> {
        let (all, without) =
            (self.inside(numbers, axis), self.clone().without(Some(axis)).inside(numbers, axis));
        let held = |(place, number): (&Vec<usize>, &i64)| {
            let least = all.get(place).filter(|least| without.get(place).is_none_or(|own| own < *least))?;
            Some((place.clone(), least <= number))
        };
        numbers.iter().filter_map(held).collect()
    }

    /// How much there is at least in the parts of each whole, where that is something; a part can be no more than
    /// what holds it along a dimension.
    fn inside(&self, numbers: &Numbers, axis: usize) -> Numbers {
        let known = |line: &Line, parts: &[usize]| i64::try_from(sum(line, parts)).unwrap_or(i64::MAX);
        let mut least = self.left(numbers, axis);
        for (place, number) in numbers {
            least.entry(place.clone()).and_modify(|own| *own = (*own).max(*number)).or_insert(*number);
        }
        self.raise(&mut least, |line, total, parts| {
            let known = known(line, parts);
            (known > line.get(&total).copied().unwrap_or(0)).then_some((total, known))
        });
        let mut inside = Numbers::new();
        for (axis, sums) in self.0.iter().enumerate().filter(|(_, sums)| !sums.is_empty()) {
            for (place, line) in lines(&least, axis) {
                for (total, parts) in sums {
                    let known = known(&line, parts);
                    if known > 0 {
                        let own = inside.entry(put(&place, axis, *total)).or_insert(known);
                        *own = known.max(*own);
                    }
                }
            }
        }
        inside
    }

    /// What each part is at least, of a total of which all others are known to be no more than something: than
    /// their own number, or that of what holds them along a dimension.
    fn left(&self, numbers: &Numbers, axis: usize) -> Numbers {
        let along = self.0.get(axis).into_iter().flatten();
        let above: BTreeMap<usize, usize> =
            along.flat_map(|(total, parts)| parts.iter().map(|part| (*part, *total))).collect();
        let most = |place: Vec<usize>| {
            let holder = |own: &Vec<usize>| Some(put(own, axis, *above.get(own.get(axis)?)?));
            std::iter::successors(Some(place), holder).filter_map(|own| numbers.get(&own)).min().copied()
        };
        let mut left = Numbers::new();
        for (other, sums) in self.0.iter().enumerate().filter(|(other, _)| *other != axis) {
            for (place, line) in lines(numbers, other) {
                for (total, parts) in sums {
                    let Some(all) = line.get(total) else { continue };
                    let most: Vec<Option<i64>> =
                        parts.iter().map(|part| most(put(&place, other, *part))).collect();
                    let unknown = most.iter().filter(|own| own.is_none()).count();
                    let known: i64 = most.iter().flatten().fold(0, |sum, own| sum.saturating_add(*own));
                    for (part, own) in
                        parts.iter().zip(&most).filter(|(_, own)| unknown <= usize::from(own.is_none()))
                    {
                        let rest = all.saturating_sub(known).saturating_add(own.unwrap_or(0));
                        if rest > 0 {
                            let own = left.entry(put(&place, other, *part)).or_insert(rest);
                            *own = rest.max(*own);
                        }
                    }
                }
            }
        }
        left
    }

    /// Whether some of these places have something in common with some of the others; where that cannot be
    /// seen in one dimension at a time, they are taken to have.
    pub(super) fn meet(&self, some: &[&[usize]], others: &[&[usize]]) -> bool {
        let axes = self.0.iter().enumerate();
        axes.into_iter().all(|(axis, sums)| {
            let under = |places: &[&[usize]]| {
                leaves(sums, places.iter().filter_map(|nodes| nodes.get(axis)).copied().collect())
            };
            !under(some).is_disjoint(&under(others))
        })
    }

    /// Puts what a rule finds along a sum, as long as it finds something.
    fn raise(&self, numbers: &mut Numbers, rule: impl Fn(&Line, usize, &[usize]) -> Option<(usize, i64)>) {
        let mut is_new = true;
        while std::mem::take(&mut is_new) {
            for (axis, sums) in self.0.iter().enumerate().filter(|(_, sums)| !sums.is_empty()) {
                for (place, mut line) in lines(numbers, axis) {
                    let mut found = true;
                    while std::mem::take(&mut found) {
                        for (node, number) in sums
                            .iter()
                            .filter_map(|(total, parts)| rule(&line, *total, parts))
                            .collect::<Vec<_>>()
                        {
                            line.insert(node, number);
                            numbers.insert(put(&place, axis, node), number);
                            (found, is_new) = (true, true);
                        }
                    }
                }
            }
        }
    }
}

fn of_axis(axis: &Axis) -> Vec<(usize, Vec<usize>)> {
    let tree = axis.nodes.iter().map(|node| node.code.as_str());
    let codes = tree.chain(axis.groups.iter().map(|group| group.code.as_str()));
    let places: BTreeMap<&str, usize> = codes.zip(0..).collect();
    let mut sums: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let in_tree = axis.nodes.iter().filter_map(|node| Some((node.parent.as_ref()?, &node.code)));
    let in_groups = axis.groups.iter().flat_map(|own| own.members.iter().map(|member| (&own.code, member)));
    for (total, part) in in_tree.chain(in_groups) {
        if let (Some(total), Some(part)) = (places.get(total.as_str()), places.get(part.as_str())) {
            sums.entry(*total).or_default().push(*part);
        }
    }
    sums.into_iter().collect()
}

/// The numbers by their places in all dimensions but one.
fn lines(numbers: &Numbers, axis: usize) -> BTreeMap<Vec<usize>, Line> {
    let mut lines: BTreeMap<Vec<usize>, Line> = BTreeMap::new();
    for (place, number) in numbers {
        let mut others = place.clone();
        if let Some(node) = others.get_mut(axis).map(std::mem::take) {
            lines.entry(others).or_default().insert(node, *number);
        }
    }
    lines
}

/// A place with another node of a dimension.
pub(super) fn put(place: &[usize], axis: usize, node: usize) -> Vec<usize> {
    place.iter().enumerate().map(|(own, old)| if own == axis { node } else { *old }).collect()
}

fn sum(line: &Line, parts: &[usize]) -> i128 {
    parts.iter().filter_map(|part| line.get(part)).map(|number| i128::from(*number)).sum()
}

/// What these nodes are made of.
fn leaves(sums: &[(usize, Vec<usize>)], nodes: BTreeSet<usize>) -> BTreeSet<usize> {
    let parts: BTreeMap<usize, &[usize]> =
        sums.iter().map(|(total, parts)| (*total, parts.as_slice())).collect();
    let (mut seen, mut waiting) = (nodes.clone(), nodes.into_iter().collect::<Vec<_>>());
    while let Some(node) = waiting.pop() {
        let new = parts.get(&node).copied().unwrap_or_default().iter().copied();
        waiting.extend(new.filter(|part| seen.insert(*part)));
    }
    seen.retain(|node| !parts.contains_key(node));
    seen
}
