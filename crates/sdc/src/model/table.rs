//! A universe from a table: the product of an area hierarchy, breakdowns and periods.

use super::dimension::Axis;
use super::frame::{Frame, Places, Side};
use super::{Boxes, CellId, Dimension, Extent, Kind, ModelError, Parts, Universe};
use crate::arr::Arr;

/// A table with all of its totals, closed under what can be derived from it.
#[derive(Clone, Debug)]
pub struct Table {
    /// The cells and relations.
    pub universe: Universe,
    axes: Vec<Axis>,
    places: Vec<CellId>,
    /// For each cell its node in each dimension.
    nodes: Vec<usize>,
    /// The dimension along which each relation adds.
    along: Vec<usize>,
}

/// Values in the order of the dimensions, the last one fastest.
struct Block {
    values: Arr<i64>,
    sizes: Vec<usize>,
}

impl Table {
    /// Builds the universe. The first dimension is the areas, when there are any. `values` has one
    /// value for each combination of nodes (nodes, then groups, in the order given), the last
    /// dimension fastest, in scaled integers. The order in which nodes are given has no influence
    /// on the universe.
    ///
    /// Where parts do not add up to their total, a residual part is added; it must be zero or more
    /// everywhere.
    ///
    /// # Errors
    /// When codes are double or missing, a value is under zero or too large, or parts are more than
    /// their total.
    pub fn new(dimensions: &[Dimension], values: &[i64]) -> Result<Self, ModelError> {
        let mut axes = dimensions.iter().map(Axis::new).collect::<Result<Vec<_>, _>>()?;
        let given: Vec<usize> = axes.iter().map(Axis::len).collect();
        let count = product(&given)?;
        if count != values.len() {
            return Err(ModelError::WrongLength { expected: count, found: values.len() });
        }
        let ranked: Vec<usize> = (0..count).map(|index| rank(&axes, &given, index)).collect();
        let mut block = Block { values: Arr::of(0, count), sizes: given };
        for (value, place) in values.iter().zip(&ranked) {
            block.values[*place] = *value;
        }
        block.refuse_negative(&axes)?;
        let own = block.sizes.clone();
        for along in 0..axes.len() {
            block.close(&mut axes, along)?;
        }
        Self::lay_out(axes, &block, &own, &ranked)
    }

    /// The universe of a table over dimensions that are complete, with a value for each combination
    /// of their nodes, in the order of codes.
    pub(super) fn of_axes(axes: Vec<Axis>, values: Arr<i64>) -> Result<Self, ModelError> {
        let sizes: Vec<usize> = axes.iter().map(Axis::len).collect();
        let ranked: Vec<usize> = (0..values.len()).collect();
        Self::lay_out(axes, &Block { values, sizes: sizes.clone() }, &sizes, &ranked)
    }

    /// The universe, and the dimension along which each relation adds.
    pub(super) fn into_parts(self) -> (Universe, Vec<usize>) {
        (self.universe, self.along)
    }

    /// The cell for each value given, in the order given.
    #[must_use]
    pub fn places(&self) -> &[CellId] {
        &self.places
    }

    /// The codes of a cell, joined by "|".
    #[must_use]
    pub fn name(&self, cell: CellId) -> String {
        let nodes = self.nodes.get(cell * self.axes.len()..).unwrap_or_default();
        let codes: Vec<&str> =
            self.axes.iter().zip(nodes).map(|(axis, node)| axis.codes[*node].as_str()).collect();
        codes.join("|")
    }

    /// The totals to which this cell adds along a dimension (0 is the first).
    pub fn totals_along(&self, cell: CellId, dimension: usize) -> impl Iterator<Item = CellId> {
        self.universe.relations_of(cell).iter().filter_map(move |id| {
            let total = self.universe.relation(*id).total;
            (total != cell && self.along.get(*id) == Some(&dimension)).then_some(total)
        })
    }

    fn lay_out(axes: Vec<Axis>, block: &Block, own: &[usize], ranked: &[usize]) -> Result<Self, ModelError> {
        let representatives: Vec<Arr<usize>> = axes.iter().map(Axis::representatives).collect();
        let same = |index: usize| {
            let mut place = 0;
            for ((node, size), first) in
                split(index, &block.sizes).into_iter().zip(&block.sizes).zip(&representatives)
            {
                place = place * size + first[node];
            }
            place
        };
        let mut cell_at = Arr::of(usize::MAX, block.values.len());
        let (mut values, mut kinds, mut heights, mut nodes) = (vec![], vec![], vec![], vec![]);
        for index in 0..block.values.len() {
            let first = same(index);
            if first != index {
                if block.values[first] != block.values[index] {
                    return Err(ModelError::Unequal {
                        one: name(&axes, &block.sizes, first),
                        other: name(&axes, &block.sizes, index),
                    });
                }
                cell_at[index] = cell_at[first];
                continue;
            }
            cell_at[index] = values.len();
            values.push(block.values[index]);
            let at = split(index, &block.sizes);
            let kind = axes.iter().zip(&at).map(|(axis, node)| axis.kinds[*node]);
            kinds.push(kind.fold(Kind::Given, |one, other| if other == Kind::Given { one } else { other }));
            heights.push(axes.iter().zip(&at).map(|(axis, node)| axis.heights[*node]).sum());
            nodes.extend(at);
        }
        let mut relations = Vec::new();
        let mut along = Vec::new();
        for dimension in 0..axes.len() {
            relate(&axes, &representatives, &block.sizes, dimension, &cell_at, &mut relations);
            along.resize(relations.len(), dimension);
        }
        let places = ranked.iter().map(|place| {
            let mut wide = 0;
            for (node, size) in split(*place, own).into_iter().zip(&block.sizes) {
                wide = wide * size + node;
            }
            cell_at[wide]
        });
        let places = places.collect();
        let width = axes.len();
        let names = |cell: CellId| {
            let at = nodes.get(cell * width..).unwrap_or_default();
            let codes = axes.iter().zip(at).map(|(axis, node)| axis.codes[*node].as_str());
            codes.collect::<Vec<_>>().join("|")
        };
        let mut universe = Universe::assemble(Parts { values, kinds, heights, relations }, names)?;
        universe.areas = nodes.chunks(width.max(1)).map(|at| at.first().copied()).collect();
        let whole = axes.iter().all(|axis| axis.sets().iter().all(|set| !set.is_empty()));
        universe.extent = if whole {
            Extent::Whole
        } else {
            let sides = axes.iter().map(|axis| (axis.len(), axis.sets().clone()));
            Extent::Boxes(Boxes::new(sides, nodes.clone().into(), Vec::new()))
        };
        universe.frame = whole.then(|| Frame {
            sides: axes
                .iter()
                .zip(&representatives)
                .map(|(axis, first)| Side::new(axis.sets().clone(), first))
                .collect(),
            places: Places::All(cell_at),
            nodes: nodes.clone().into(),
        });
        Ok(Self { universe, places, nodes, along, axes })
    }
}

/// The relations along one dimension. Those of the lowest areas come before those of areas that are
/// totals themselves: the latter follow from the former and the relations of areas.
fn relate(
    axes: &[Axis],
    representatives: &[Arr<usize>],
    sizes: &[usize],
    dimension: usize,
    cell_at: &Arr<usize>,
    relations: &mut Vec<(CellId, Vec<CellId>)>,
) {
    let (Some(axis), Some(first)) = (axes.get(dimension), representatives.get(dimension)) else { return };
    let mut sums: Vec<(usize, Vec<usize>)> = Vec::new();
    for (total, parts) in &axis.sums {
        let mut parts: Vec<usize> = parts.iter().map(|part| first[*part]).collect();
        parts.sort_unstable();
        if parts != [first[*total]] {
            sums.push((first[*total], parts));
        }
    }
    sums.sort();
    sums.dedup();
    let inner: usize = sizes.iter().skip(dimension + 1).product();
    let size = sizes.get(dimension).copied().unwrap_or(1);
    let outer: usize = sizes.iter().take(dimension).product();
    let is_total = axes.first().map(|areas| {
        let mut is_total = Arr::of(false, areas.len());
        areas.sums.iter().for_each(|(total, _)| is_total[*total] = true);
        is_total
    });
    for totals_too in [false, true] {
        for before in 0..outer {
            for after in 0..inner {
                let base = before * size * inner + after;
                let at = split(base, sizes);
                let twice = at.iter().zip(representatives).enumerate();
                let repeated = twice
                    .filter(|(other, _)| *other != dimension)
                    .any(|(_, (node, first))| first[*node] != *node);
                let area = at.first().zip(is_total.as_ref()).is_some_and(|(node, totals)| totals[*node]);
                let later = dimension > 0 && area;
                if repeated || later != totals_too {
                    continue;
                }
                for (total, parts) in &sums {
                    let cell = |node: &usize| cell_at[base + node * inner];
                    relations.push((cell(total), parts.iter().map(cell).collect()));
                }
            }
        }
    }
}

impl Block {
    fn refuse_negative(&self, axes: &[Axis]) -> Result<(), ModelError> {
        match self.values.iter().position(|value| *value < 0) {
            None => Ok(()),
            Some(index) => Err(ModelError::Negative { cell: name(axes, &self.sizes, index) }),
        }
    }

    /// Adds residuals and slivers along one dimension, with their values.
    fn close(&mut self, axes: &mut [Axis], along: usize) -> Result<(), ModelError> {
        let Some(axis) = axes.get(along) else { return Ok(()) };
        let mut leaving = Vec::new();
        for (index, (total, parts)) in axis.sums.iter().enumerate() {
            if self.leaves_over(axes, along, *total, parts)? {
                leaving.push(index);
            }
        }
        let Some(axis) = axes.get_mut(along) else { return Ok(()) };
        axis.add_residuals(&leaving);
        axis.add_slivers()?;
        let given = axis.len() - axis.derived.len();
        let derived = axis.derived.clone();
        self.widen(axes, along, given, &derived)
    }

    /// Whether the parts leave something over somewhere.
    fn leaves_over(
        &self,
        axes: &[Axis],
        along: usize,
        total: usize,
        parts: &[usize],
    ) -> Result<bool, ModelError> {
        let (outer, size, inner) = self.shape(along);
        let mut over = false;
        for before in 0..outer {
            for after in 0..inner {
                let at = |node: usize| (before * size + node) * inner + after;
                let sum: i128 = parts.iter().map(|part| i128::from(self.values[at(*part)])).sum();
                let value = i128::from(self.values[at(total)]);
                if sum > value {
                    let total = name(axes, &self.sizes, at(total));
                    return Err(ModelError::NotAdditive { total, value, parts: sum });
                }
                over |= sum < value;
            }
        }
        Ok(over)
    }

    fn shape(&self, along: usize) -> (usize, usize, usize) {
        let outer = self.sizes.iter().take(along).product();
        let size = self.sizes.get(along).copied().unwrap_or(1);
        (outer, size, self.sizes.iter().skip(along + 1).product())
    }

    fn widen(
        &mut self,
        axes: &[Axis],
        along: usize,
        given: usize,
        derived: &[Vec<(usize, i64)>],
    ) -> Result<(), ModelError> {
        let (outer, size, inner) = self.shape(along);
        let wider = given + derived.len();
        let mut sizes = self.sizes.clone();
        if let Some(own) = sizes.get_mut(along) {
            *own = wider;
        }
        let mut values = Arr::of(0, product(&sizes)?);
        for before in 0..outer {
            for after in 0..inner {
                let at = |node: usize| (before * wider + node) * inner + after;
                for node in 0..given {
                    values[at(node)] = self.values[(before * size + node) * inner + after];
                }
                for (index, expression) in derived.iter().enumerate() {
                    let terms = expression
                        .iter()
                        .map(|(node, sign)| i128::from(*sign) * i128::from(values[at(*node)]));
                    let value: i128 = terms.sum();
                    let cell = || name(axes, &sizes, at(given + index));
                    if value < 0 {
                        return Err(ModelError::Negative { cell: cell() });
                    }
                    values[at(given + index)] =
                        i64::try_from(value).map_err(|_| ModelError::TooLarge { what: cell() })?;
                }
            }
        }
        *self = Self { values, sizes };
        Ok(())
    }
}

fn product(sizes: &[usize]) -> Result<usize, ModelError> {
    let all = sizes.iter().try_fold(1usize, |all, size| all.checked_mul(*size));
    all.filter(|all| *all < usize::MAX >> 4)
        .ok_or_else(|| ModelError::TooLarge { what: "the number of cells".to_owned() })
}

/// The node in each dimension of the cell at this index.
fn split(mut index: usize, sizes: &[usize]) -> Vec<usize> {
    let mut nodes: Vec<usize> = sizes
        .iter()
        .rev()
        .map(|size| {
            let node = index % size;
            index /= size;
            node
        })
        .collect();
    nodes.reverse();
    nodes
}

/// From the order in which values are given to the order of codes.
fn rank(axes: &[Axis], sizes: &[usize], index: usize) -> usize {
    let mut place = 0;
    for ((node, size), axis) in split(index, sizes).into_iter().zip(sizes).zip(axes) {
        place = place * size + axis.rank[node];
    }
    place
}

fn name(axes: &[Axis], sizes: &[usize], index: usize) -> String {
    let codes = axes.iter().zip(split(index, sizes)).map(|(axis, node)| axis.codes[node].as_str());
    codes.collect::<Vec<_>>().join("|")
}
