//! A universe from a table of which cells may be missing, with what earlier editions of it showed.

mod blocks;
mod bounds;
mod cells;
mod crosswise;
mod derive;
mod extent;
mod grid;
mod groups;
mod guess;
mod join;
mod joint;
mod meter;
mod more;
mod nobody;
mod shares;
mod spread;
mod trim;
mod zeros;

use std::collections::{BTreeMap, BTreeSet};

use super::{CellId, Dimension, Kind, ModelError, Relation, Table, Universe};
use crate::arr::Arr;
use crate::mask::Mask;
use bounds::{Impossible, impossible};
use crosswise::{Gap, Gaps};
use derive::{Known, Misfit, derive};
use grid::Grid;
use meter::Meter;
use more::More;
pub use more::MoreThanParts;
pub use shares::{Only, Shares};
use trim::Trimmed;

/// A given cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Given {
    /// Its node along each dimension: a place in [`Dimension::nodes`], then [`Dimension::groups`].
    pub nodes: Vec<usize>,
    /// Its value, in scaled integers.
    pub value: i64,
}

/// A table of which cells may be missing, in one or more editions, closed under what can be derived.
///
/// The dimensions may hold more than the cells do, a catalogue of all areas for example: what no
/// given cell has to do with costs nothing. What is not given and can be computed by sums and
/// differences is a cell that is never published. So is what several missing parts of a total are
/// together, and what is left of it besides what is known at lower levels. Where that is zero, all of its
/// parts are; those by which another one can be computed are cells as well. What cannot be computed and
/// still binds others is a cell of [`Kind::Unknown`].
///
/// Parts need not add up: where they are less than their total somewhere, the total has a part
/// "onbekend" everywhere, as in a [`Table`]. Where that does not show in cells that are given, but follows,
/// as few totals as can be have such a part: without it a total is the sum of its parts. One part that is missing
/// is the rest of its total, unless there is such a part.
///
/// A cell with the same value in two editions is one cell: it did not change. With another value it
/// is another one; so it is where something did not apply in the one, and nobody was counted in the other. Every
/// edition has its own relations; those that are the same are there once.
///
/// Source: reference "disclosure control" 3.1 and 3.5.
#[derive(Clone, Debug)]
pub struct Cube {
    universe: Universe,
    names: Vec<String>,
    /// The dimension along which each relation adds.
    along: Vec<usize>,
    places: Vec<Vec<CellId>>,
    nobody: Mask,
    /// Per dimension the totals that have a part more, by code.
    leaving: Vec<BTreeSet<String>>,
}

impl Cube {
    /// Builds the universe, of shares when parts are shares along a dimension. `fill` finds values for the cells
    /// that nobody knows; they are taken over when they agree with all sums. `nobody`, `matters` and `again` are
    /// asked as by [`Cube::within`].
    pub(crate) fn build(
        dimensions: &[Dimension],
        editions: &[&[Given]],
        shares: Option<Shares>,
        nobody: &dyn Fn(usize, usize) -> bool,
        matters: &dyn Fn(i64, i64) -> bool,
        again: &mut dyn FnMut(usize) -> bool,
        fill: impl FnOnce(&Universe) -> Option<Vec<i64>>,
    ) -> Result<Self, ModelError> {
        check(dimensions, editions)?;
        let found = more::found(dimensions, editions, shares, again)?;
        let layout =
            found.fitted.crossed(dimensions, editions, shares, &found.more.fewest, matters, again)?;
        let mut cube = Self { leaving: found.more.fewest, ..Self::of(&layout, shares, nobody)? };
        if cube.universe.kinds.iter().any(|kind| *kind == Kind::Unknown) {
            cube.universe.fill(fill(&cube.universe));
        }
        cube.universe.shares = cube.shares_along(shares.map(|own| own.along));
        Ok(cube)
    }

    /// Whether the cells of each edition, of shares or not, fit together when these totals, by dimension and code,
    /// may be more than their parts and no others. `again` is asked where that takes more than goes with the number
    /// of cells, as by [`Cube::within`].
    ///
    /// # Errors
    /// When codes are double or missing, a cell is given twice or at no node, or a value given is under zero;
    /// and when `again` ends it.
    pub fn fits(
        dimensions: &[Dimension],
        editions: &[&[Given]],
        shares: Option<Shares>,
        more: &[BTreeSet<String>],
        again: &mut dyn FnMut(usize) -> bool,
    ) -> Result<bool, ModelError> {
        check(dimensions, editions)?;
        Ok(Layout::new(dimensions, editions, shares, more, &BTreeSet::new(), again)?.is_ok())
    }

    /// What is wrong with the cells of each edition when these totals may be more than their parts and no
    /// others: as [`Cube::fits`], and a sum of which the cells that are not given would have to be more than
    /// there is room for, or less. None when nothing is, as far as bounds tell that follow from one sum after
    /// the other.
    ///
    /// # Errors
    /// As [`Cube::fits`].
    pub fn misfit(
        dimensions: &[Dimension],
        editions: &[&[Given]],
        shares: Option<Shares>,
        more: &[BTreeSet<String>],
        again: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<ModelError>, ModelError> {
        check(dimensions, editions)?;
        match Layout::new(dimensions, editions, shares, more, &BTreeSet::new(), again)? {
            Ok(own) => own.impossible(&mut Meter::new(editions.iter().map(|own| own.len()).sum(), again)),
            Err(more) => Ok(Some(more.into_error())),
        }
    }

    /// The relations along a dimension, when each is of a total and two shares; none where one is of more, as the
    /// one share is not what the other leaves then.
    fn shares_along(&self, dimension: Option<usize>) -> Vec<usize> {
        let along = self.along.iter().enumerate().filter(|(_, along)| Some(**along) == dimension);
        let shares: Vec<usize> = along.map(|(id, _)| id).collect();
        let in_two = |id: &usize| self.universe.relation(*id).parts.len() == 2;
        if shares.iter().all(in_two) { shares } else { Vec::new() }
    }

    fn of(
        layout: &Layout,
        shares: Option<Shares>,
        nobody: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Self, ModelError> {
        let Layout { grid, places, distinct, of, known } = layout;
        let given = distinct.keys().flatten().map(|(place, value)| (*place, *value)).collect();
        // Editions in which the same is given, but not the same does not apply, are not the same.
        let mut apart: BTreeMap<(usize, BTreeSet<usize>), usize> = BTreeMap::new();
        let of: Vec<usize> = (0..)
            .zip(places.iter().zip(of))
            .map(|(edition, (own, distinct))| {
                let empty = own.iter().enumerate().filter(|(index, _)| nobody(edition, *index));
                let next = apart.len();
                *apart.entry((*distinct, empty.map(|(_, place)| *place).collect())).or_insert(next)
            })
            .collect();
        let mut editions: Vec<((&Known, &BTreeSet<usize>), usize)> = apart
            .iter()
            .filter_map(|((distinct, empty), number)| Some(((known.get(*distinct)?, empty), *number)))
            .collect();
        editions.sort_unstable_by_key(|(_, number)| *number);
        let editions: Vec<(&Known, &BTreeSet<usize>)> = editions.into_iter().map(|(own, _)| own).collect();
        if let ([(own, empty)], true) = (editions.as_slice(), grid.is_full())
            && empty.is_empty()
            && let Some(values) = own.values.iter().copied().collect::<Option<Vec<i64>>>()
        {
            return Self::from_table(grid, values.into(), &given, places);
        }
        let joined = join::join(grid, &editions, &given, shares.map(|own| own.along))?;
        let cell = |edition: usize, place: usize| {
            let cell = joined.cells.get(edition).and_then(|cells| cells.find(place).copied().flatten());
            let code = || grid.name(place);
            cell.ok_or_else(|| ModelError::Unknown { code: code(), named_by: "an edition".to_owned() })
        };
        let places = places.iter().zip(&of).map(|(own, edition)| {
            own.iter().map(|place| cell(*edition, *place)).collect::<Result<Vec<_>, _>>()
        });
        Ok(Self {
            places: places.collect::<Result<_, _>>()?,
            universe: joined.universe,
            names: joined.names,
            along: joined.along,
            nobody: joined.nobody,
            leaving: Vec::new(),
        })
    }

    /// When nothing is missing, the universe is that of the table.
    fn from_table(
        grid: &Grid,
        values: Arr<i64>,
        given: &BTreeSet<(usize, i64)>,
        places: &[Vec<usize>],
    ) -> Result<Self, ModelError> {
        let axes = grid.sides.iter().map(|side| side.axis.clone()).collect();
        let table = Table::of_axes(axes, values)?;
        let cells = Arr::from(table.places().to_vec());
        let (mut universe, along) = table.into_parts();
        let mut names = Arr::of(String::new(), universe.len());
        let mut is_given = Arr::of(false, universe.len());
        given.iter().for_each(|(place, _)| is_given[cells[*place]] = true);
        for (place, cell) in cells.iter().enumerate() {
            names[*cell] = grid.name(place);
            let kind = &mut universe.kinds[*cell];
            *kind = match (is_given[*cell], *kind) {
                (true, _) => Kind::Given,
                (false, Kind::Given) => Kind::Residual,
                (false, kind) => kind,
            };
        }
        let places = places.iter().map(|own| own.iter().map(|place| cells[*place]).collect()).collect();
        let nobody = Mask::none(universe.len());
        Ok(Self { universe, names: names.as_slice().to_vec(), along, places, nobody, leaving: Vec::new() })
    }

    /// The cells and relations.
    #[must_use]
    pub fn universe(&self) -> &Universe {
        &self.universe
    }

    /// The cell of each given cell of an edition (0 is the oldest), in the order given; none when
    /// there is no such edition.
    #[must_use]
    pub fn places(&self, edition: usize) -> &[CellId] {
        self.places.get(edition).map_or(&[], Vec::as_slice)
    }

    /// The cells of which everybody knows that nobody is there: those that were said to be so, what lies in them, and
    /// what has no other parts.
    #[must_use]
    pub fn nobody(&self) -> &Mask {
        &self.nobody
    }

    /// The totals of each dimension, by code, that are more than their parts somewhere and so have a
    /// part "onbekend" everywhere.
    #[must_use]
    pub fn totals_with_more(&self) -> &[BTreeSet<String>] {
        &self.leaving
    }

    /// The totals to which this cell adds along a dimension (0 is the first), in any edition.
    #[must_use]
    pub fn totals_along(&self, cell: CellId, dimension: usize) -> Vec<CellId> {
        self.sums_along(cell, dimension).map(|relation| relation.total).collect()
    }

    /// The sums that this cell is a part of along a dimension, in any edition.
    pub fn sums_along(&self, cell: CellId, dimension: usize) -> impl Iterator<Item = Relation<'_>> {
        let relations = if cell < self.universe.len() { self.universe.relations_of(cell) } else { &[] };
        let along = relations.iter().filter(move |id| self.along.get(**id) == Some(&dimension));
        along.map(|id| self.universe.relation(*id)).filter(move |relation| relation.total != cell)
    }

    /// The codes of a cell, joined by "|". Cells with the same units have the same name; so do the cells of two
    /// editions that differ in value. In other cubes over the same dimensions it is the same, but where a total
    /// has more than its only part in one of them.
    #[must_use]
    pub fn name(&self, cell: CellId) -> String {
        self.names.get(cell).cloned().unwrap_or_default()
    }

    /// What a mask over the universe hides of the given cells of an edition, in the order given.
    #[must_use]
    pub fn mask_of(&self, edition: usize, mask: &Mask) -> Mask {
        let places = self.places(edition);
        let mut own = Mask::none(places.len());
        for (index, cell) in places.iter().enumerate() {
            if mask.hides(*cell) {
                own.hide(index);
            }
        }
        own
    }
}

/// Cells at their places, and what follows from them.
struct Layout {
    grid: Grid,
    /// The place of each given cell of each edition.
    places: Vec<Vec<usize>>,
    /// The editions, of which those that are the same are one, by what is given.
    distinct: BTreeMap<BTreeMap<usize, i64>, usize>,
    /// For each edition which of these it is.
    of: Vec<usize>,
    known: Vec<Known>,
}

impl Layout {
    /// The cells when these totals have a part more, unless others need one too. Groups that follow only
    /// since something is zero are found when it is known what is.
    fn new(
        dimensions: &[Dimension],
        editions: &[&[Given]],
        shares: Option<Shares>,
        leaving: &[BTreeSet<String>],
        gaps: &Gaps,
        again: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Result<Self, More>, ModelError> {
        let mut meter = Meter::new(editions.iter().map(|own| own.len()).sum(), again);
        let mut zeros = vec![BTreeSet::new(); dimensions.len()];
        let mut sides = sides(dimensions, editions, &zeros, leaving, gaps)?;
        loop {
            let groups =
                |sides: &[Trimmed]| sides.iter().map(|side| side.dimension.groups.len()).sum::<usize>();
            let before = groups(&sides);
            let own = match Self::of(sides, editions, shares, &mut meter)? {
                Ok(own) => own,
                misfit => return Ok(misfit),
            };
            if !own.add_zeros(&mut zeros) {
                return Ok(Ok(own));
            }
            sides = self::sides(dimensions, editions, &zeros, leaving, gaps)?;
            if groups(&sides) == before {
                return Ok(Ok(own));
            }
        }
    }

    /// These cells with what is left along two dimensions at once, where it matters. `more` are the totals that
    /// have a part more.
    fn crossed(
        self,
        dimensions: &[Dimension],
        editions: &[&[Given]],
        shares: Option<Shares>,
        more: &[BTreeSet<String>],
        matters: &dyn Fn(i64, i64) -> bool,
        again: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Self, ModelError> {
        let (mut own, mut gaps) = (self, Gaps::new());
        loop {
            let mut meter = Meter::new(editions.iter().map(|own| own.len()).sum(), again);
            let mut found = Gaps::new();
            for known in &own.known {
                found.extend(crosswise::gaps(&own.grid, &known.values, matters, &mut meter));
                if !meter.settle() {
                    return Err(ModelError::Stopped);
                }
            }
            let before = gaps.len();
            gaps.extend(found);
            if gaps.len() == before {
                return Ok(own);
            }
            own = Self::new(dimensions, editions, shares, more, &gaps, again)?.map_err(More::into_error)?;
        }
    }

    fn of(
        sides: Vec<Trimmed>,
        editions: &[&[Given]],
        shares: Option<Shares>,
        meter: &mut Meter<'_>,
    ) -> Result<Result<Self, More>, ModelError> {
        let (grid, places) = lay_out(sides, editions, shares)?;
        let mut distinct: BTreeMap<BTreeMap<usize, i64>, usize> = BTreeMap::new();
        let mut of = Vec::new();
        for (cells, places) in editions.iter().zip(&places) {
            let values = places.iter().copied().zip(cells.iter().map(|cell| cell.value)).collect();
            let next = distinct.len();
            of.push(*distinct.entry(values).or_insert(next));
        }
        let mut known: Arr<Option<Known>> = Arr::of(None, distinct.len());
        let first = |index: usize| of.iter().position(|own| *own == index).unwrap_or(0);
        let mut misfit = Misfit::default();
        for (values, index) in &distinct {
            let mut given = Arr::of(None, grid.len());
            values.iter().for_each(|(place, value)| given[*place] = Some(*value));
            let derived = derive(&grid, first(*index), given, meter);
            if !meter.settle() {
                return Err(ModelError::Stopped);
            }
            match derived {
                Ok(own) => known[*index] = Some(own),
                Err(own) => misfit = misfit.and(own),
            }
        }
        if !misfit.is_empty() {
            return Ok(Err(More::of(&grid, misfit)));
        }
        let known = known.iter().flatten().cloned().collect();
        Ok(Ok(Self { grid, places, distinct, of, known }))
    }

    /// A sum that cannot be in some edition.
    fn impossible(&self, meter: &mut Meter<'_>) -> Result<Option<ModelError>, ModelError> {
        for known in &self.known {
            let found = impossible(&self.grid, &known.values, meter);
            if !meter.settle() {
                return Err(ModelError::Stopped);
            }
            if let Some(Impossible { line, total: value, parts }) = found {
                let total = self.grid.name_apart(self.grid.lines[line].total);
                return Ok(Some(ModelError::NotAdditive { total, value, parts }));
            }
        }
        Ok(None)
    }

    /// Adds the leaves of each dimension that are zero in some cell; whether there are more by which a group
    /// could follow.
    fn add_zeros(&self, zeros: &mut [BTreeSet<usize>]) -> bool {
        if !self.grid.sides.iter().any(Trimmed::lacks_groups) {
            return false;
        }
        let mut found = false;
        for place in self.known.iter().flat_map(|known| &known.zeros) {
            let sides = self.grid.sides.iter().zip(self.grid.nodes(*place));
            for ((side, node), zeros) in sides.zip(zeros.iter_mut()) {
                side.leaves(node).for_each(|leaf| found |= zeros.insert(leaf));
            }
        }
        found
    }
}

fn check(dimensions: &[Dimension], editions: &[&[Given]]) -> Result<(), ModelError> {
    if editions.iter().all(|cells| cells.is_empty()) {
        return Err(ModelError::Empty { what: "the table".to_owned() });
    }
    for cell in editions.iter().copied().flatten() {
        if cell.nodes.len() != dimensions.len() {
            return Err(ModelError::WrongLength { expected: dimensions.len(), found: cell.nodes.len() });
        }
        for (dimension, node) in dimensions.iter().zip(&cell.nodes) {
            if *node >= dimension.nodes.len() + dimension.groups.len() {
                let named_by = format!("a cell of dimension \"{}\"", dimension.name);
                return Err(ModelError::Unknown { code: format!("node {node}"), named_by });
            }
        }
    }
    Ok(())
}

/// What is needed of each dimension.
fn sides(
    dimensions: &[Dimension],
    editions: &[&[Given]],
    zeros: &[BTreeSet<usize>],
    leaving: &[BTreeSet<String>],
    gaps: &Gaps,
) -> Result<Vec<Trimmed>, ModelError> {
    let own = dimensions.iter().zip(zeros).zip(leaving).enumerate();
    let side = |(along, ((dimension, zeros), leaving)): (usize, ((&Dimension, _), _))| {
        let mut used = Arr::of(false, dimension.nodes.len() + dimension.groups.len());
        let nodes = editions.iter().copied().flatten().filter_map(|cell| cell.nodes.get(along));
        nodes.for_each(|node| used[*node] = true);
        let gaps: Vec<&Gap> = gaps.iter().filter(|(own, _)| *own == along).map(|(_, gap)| gap).collect();
        Trimmed::new(dimension, used, zeros, leaving, &gaps)
    };
    own.map(side).collect()
}

/// The grid, and the place of each given cell of each edition.
fn lay_out(
    sides: Vec<Trimmed>,
    editions: &[&[Given]],
    shares: Option<Shares>,
) -> Result<(Grid, Vec<Vec<usize>>), ModelError> {
    let missing = |node: &dyn std::fmt::Display| ModelError::Unknown {
        code: format!("node {node}"),
        named_by: "a cell".to_owned(),
    };
    let on_axes = |cell: &Given| -> Result<Vec<usize>, ModelError> {
        let nodes = cell.nodes.iter().zip(&sides);
        nodes.map(|(node, side)| side.places[*node].ok_or_else(|| missing(node))).collect()
    };
    let nodes = editions.iter().map(|cells| cells.iter().map(on_axes).collect());
    let nodes: Vec<Vec<Vec<usize>>> = nodes.collect::<Result<_, _>>()?;
    let grid = Grid::new(sides, &nodes, shares)?;
    let mut places = Vec::with_capacity(editions.len());
    for (cells, nodes) in editions.iter().zip(&nodes) {
        let place = |nodes: &Vec<usize>| grid.place(nodes).ok_or_else(|| missing(&format!("{nodes:?}")));
        let own: Vec<usize> = nodes.iter().map(place).collect::<Result<_, _>>()?;
        let mut seen = Arr::of(false, grid.len());
        for (cell, place) in cells.iter().zip(&own) {
            if std::mem::replace(&mut seen[*place], true) {
                return Err(ModelError::Duplicate { code: grid.name(*place) });
            }
            if cell.value < 0 {
                return Err(ModelError::Negative { cell: grid.name(*place) });
            }
        }
        places.push(own);
    }
    Ok((grid, places))
}
