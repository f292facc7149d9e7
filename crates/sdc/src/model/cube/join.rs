//! The cells and relations of all editions together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::cells::{Cells, Identity, RestOf};
use super::derive::Known;
use super::extent::boxes;
use super::grid::{Grid, Line, Spread, not_too_many};
use super::guess::guesses;
use super::nobody::empty;
use crate::arr::Arr;
use crate::mask::Mask;
use crate::model::{CellId, Extent, Kind, ModelError, Parts, Universe};

/// A universe with what the cube tells of its cells.
pub(super) struct Joined {
    pub(super) universe: Universe,
    pub(super) names: Vec<String>,
    pub(super) along: Vec<usize>,
    /// For each edition the cell of each place.
    pub(super) cells: Vec<Arr<Option<CellId>>>,
    /// The cells of which everybody knows that nobody is there.
    pub(super) nobody: Mask,
}

/// One edition, or several that are the same.
struct Edition<'a> {
    known: &'a Known,
    /// Whether everybody knows of each place that nobody is there.
    nobody: Arr<bool>,
    /// For each place that is not known the number of its group.
    groups: Arr<usize>,
    /// For each of them a value.
    guesses: Arr<i64>,
}

struct Join<'a> {
    grid: &'a Grid,
    /// For each place the first that holds the same.
    same: Arr<usize>,
    /// Along which dimension parts are shares.
    shares: Option<usize>,
    /// How many of them a total has.
    shares_of_each: usize,
    /// For each share the place of its total.
    totals: Arr<Option<usize>>,
}

/// What the editions hold.
#[derive(Default)]
struct Held {
    cells: Cells,
    /// A dimension, a total and its parts, by the numbers of cells.
    sums: Vec<(usize, usize, Vec<usize>)>,
    /// The name of each rest.
    rests: BTreeMap<RestOf, String>,
}

/// Joins the editions, each with the places of which everybody knows that nobody is there. `given` says whether a
/// value was given at a place, `shares` along which dimension parts are shares of their totals.
pub(super) fn join(
    grid: &Grid,
    editions: &[(&Known, &BTreeSet<usize>)],
    given: &BTreeSet<(usize, i64)>,
    shares: Option<usize>,
) -> Result<Joined, ModelError> {
    let known: Vec<&Known> = editions.iter().map(|(known, _)| *known).collect();
    let (groups, same) = (groups(grid, &known), same(grid));
    not_too_many(joint(grid, &known, &groups, &same).len())?;
    let editions: Vec<Edition<'_>> = editions
        .iter()
        .zip(groups)
        .map(|((known, nobody), groups)| {
            let nobody = empty(grid, &known.values, nobody, &same);
            Edition { known, nobody, groups, guesses: guesses(grid, known) }
        })
        .collect();
    let (mut totals, mut shares_of_each) = (Arr::of(None, grid.len()), 0);
    for line in grid.lines.iter().filter(|line| shares == Some(line.along)) {
        line.parts.iter().for_each(|part| totals[*part] = Some(line.total));
        shares_of_each = line.parts.len().max(shares_of_each);
    }
    let join = Join { grid, same, shares, shares_of_each, totals };
    let mut held = Held::default();
    for edition in &editions {
        join.relate(edition, &mut held)?;
    }
    let (cells, places) = held.cells.in_order();
    let mut sums: Vec<(usize, CellId, Vec<CellId>)> = held
        .sums
        .iter()
        .map(|(along, total, parts)| {
            let mut parts: Vec<CellId> = parts.iter().map(|part| places[*part]).collect();
            parts.sort_unstable();
            (*along, places[*total], parts)
        })
        .collect();
    sums.sort_unstable();
    sums.dedup();
    order(&mut sums, cells.len());
    let given: BTreeSet<(usize, i64)> =
        given.iter().map(|(place, value)| (join.same[*place], *value)).collect();
    let names: Vec<String> = cells.iter().map(|(cell, _)| join.name(cell, &held.rests)).collect();
    let along = sums.iter().map(|(along, ..)| *along).collect();
    let parts = Parts {
        values: cells.iter().map(|(_, value)| *value).collect(),
        kinds: cells.iter().map(|(cell, _)| join.kind(cell, &given)).collect(),
        heights: cells.iter().map(|(cell, _)| join.height(cell)).collect(),
        relations: sums.into_iter().map(|(_, total, parts)| (total, parts)).collect(),
    };
    let mut universe = Universe::assemble(parts, |cell| names.get(cell).cloned().unwrap_or_default())?;
    universe.areas = cells.iter().map(|(cell, _)| join.area(cell)).collect();
    universe.extent =
        Extent::Boxes(boxes(grid, editions.iter().map(|own| own.known), cells.iter().map(|(cell, _)| *cell)));
    let at = |edition: &Edition<'_>| {
        let found = |place| held.cells.find(&join.identity(edition, place).0).map(|number| places[number]);
        (0..grid.len()).map(found).collect()
    };
    let places = editions.iter().map(at).collect();
    let mut nobody = Mask::none(cells.len());
    let empty = cells.iter().enumerate().filter(|(_, (cell, _))| cell.is_nobody());
    empty.for_each(|(cell, _)| nobody.hide(cell));
    Ok(Joined { universe, names, along, cells: places, nobody })
}

impl Join<'_> {
    /// What is at a place, with its value.
    fn identity(&self, edition: &Edition<'_>, place: usize) -> (Identity, i64) {
        let values = &edition.known.values;
        match values[place] {
            Some(value) => {
                let of = self.totals[place].and_then(|total| values[total]);
                let nobody = edition.nobody[place];
                (Identity::Known { place: self.same[place], value, of, nobody }, value)
            }
            None => (Identity::Unknown(self.same[place], edition.groups[place]), edition.guesses[place]),
        }
    }

    fn number(&self, edition: &Edition<'_>, place: usize, held: &mut Held) -> usize {
        let (cell, value) = self.identity(edition, place);
        held.cells.number(cell, value)
    }

    /// Adds the cells and relations of one edition. Where several parts of a known total are missing, what
    /// they are together is a cell, as it can be computed; so is what is left of it besides what is known at
    /// lower levels. Such a cell of shares is a share of such a cell itself.
    fn relate(&self, edition: &Edition<'_>, held: &mut Held) -> Result<(), ModelError> {
        let is_known = |place: &usize| edition.known.values[*place].is_some();
        for place in (0..self.grid.len()).filter(is_known) {
            self.number(edition, place, held);
        }
        // By what they are shares of.
        let mut shares: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (id, line) in self.grid.lines.iter().enumerate() {
            let known: BTreeSet<usize> = line.parts.iter().copied().filter(is_known).collect();
            let missing: Vec<usize> = line.parts.iter().copied().filter(|part| !is_known(part)).collect();
            let is_bound = edition.known.binding[id] || (missing.is_empty() && is_known(&line.total));
            let spreads = self.spreads(edition, line);
            if is_bound && (known.is_empty() || spreads.is_empty()) {
                let parts = line.parts.iter().map(|part| self.number(edition, *part, held)).collect();
                let total = self.number(edition, line.total, held);
                held.add(line.along, total, parts);
            }
            let mut whole = None;
            for spread in &spreads {
                let of_totals = self.of_totals(edition, line, spread);
                let all =
                    of_totals.map(|(its, own)| self.rest(edition, its, &own, None, held)).transpose()?;
                let (rest, _) = self.rest(edition, line, spread, all.map(|(_, value)| value), held)?;
                if let Some((all, _)) = all {
                    shares.entry(all).or_default().insert(rest);
                }
                let new = spread.known.iter().filter(|place| spread.is_of_level || !known.contains(place));
                let mut parts: Vec<usize> = new.map(|place| self.number(edition, *place, held)).collect();
                parts.push(rest);
                let total = whole.unwrap_or_else(|| self.number(edition, line.total, held));
                held.add(line.along, total, parts);
                if is_bound && spread.is_of_level {
                    let parts = missing.iter().map(|part| self.number(edition, *part, held)).collect();
                    held.add(line.along, rest, parts);
                }
                whole = Some(rest);
            }
        }
        for (all, own) in shares.into_iter().filter(|(_, own)| own.len() == self.shares_of_each) {
            held.sums.extend(self.shares.map(|along| (along, all, own.into_iter().collect())));
        }
        Ok(())
    }

    /// What is known under a total that is known, of which parts are missing: at the level of its parts, and
    /// at all levels, where there is any.
    fn spreads(&self, edition: &Edition<'_>, line: &Line) -> Vec<Spread> {
        let values = &edition.known.values;
        let is_known = |place: usize| values[place].is_some();
        if !is_known(line.total) || line.parts.iter().all(|part| is_known(*part)) {
            return Vec::new();
        }
        let (known, missing): (Vec<usize>, Vec<usize>) = line.parts.iter().partition(|part| is_known(**part));
        let level = Spread { known, missing, is_of_level: true };
        let all = self.grid.spread(line, is_known);
        let more = all.known.len() > level.known.len();
        let level = Some(level).filter(|level| !level.known.is_empty());
        level.into_iter().chain(more.then_some(all)).collect()
    }

    /// Of shares the line of their totals, and what is known there when that is the same; none of what is no
    /// share, and where more or less is known of the totals.
    fn of_totals(&self, edition: &Edition<'_>, line: &Line, spread: &Spread) -> Option<(&Line, Spread)> {
        let totals =
            |places: &[usize]| places.iter().map(|place| self.totals[*place]).collect::<Option<Vec<_>>>();
        let (total, parts) = (self.totals[line.total]?, totals(&line.parts)?);
        let lines = self.grid.lines_of.of(total).iter().map(|id| &self.grid.lines[*id]);
        let its = lines.into_iter().find(|its| its.total == total && its.parts == parts)?;
        let (known, missing) = (totals(&spread.known)?, totals(&spread.missing)?);
        let own = self.spreads(edition, its).into_iter();
        let own = own.into_iter().find(|own| own.known == known && own.missing == missing)?;
        Some((its, own))
    }

    /// The number and the value of what a line leaves besides what is known; `all` is that of the totals of
    /// shares.
    fn rest(
        &self,
        edition: &Edition<'_>,
        line: &Line,
        spread: &Spread,
        all: Option<i64>,
        held: &mut Held,
    ) -> Result<(usize, i64), ModelError> {
        let value = |place: usize| edition.known.values[place].map_or(0, i128::from);
        let known: i128 = spread.known.iter().map(|place| value(*place)).sum();
        let too_large = |_| ModelError::TooLarge { what: self.grid.name(line.total) };
        let value = i64::try_from(value(line.total) - known).map_err(too_large)?;
        let nobody = edition.nobody[line.total];
        let mut missing: Vec<usize> = spread.missing.iter().map(|place| self.same[*place]).collect();
        missing.sort_unstable();
        let of = (line.along, self.same[line.total], missing);
        let name = || self.grid.name_of_rest(line, !spread.is_of_level);
        held.rests.entry(of.clone()).or_insert_with(name);
        Ok((held.cells.number(Identity::Rest { of, value, all, nobody }, value), value))
    }

    fn name(&self, cell: &Identity, rests: &BTreeMap<RestOf, String>) -> String {
        match cell {
            Identity::Known { place, .. } | Identity::Unknown(place, _) => self.grid.name(*place),
            Identity::Rest { of, .. } => rests.get(of).cloned().unwrap_or_default(),
        }
    }

    fn kind(&self, cell: &Identity, given: &BTreeSet<(usize, i64)>) -> Kind {
        match cell {
            Identity::Unknown(..) => Kind::Unknown,
            Identity::Rest { .. } => Kind::Residual,
            Identity::Known { place, value, .. } if given.contains(&(*place, *value)) => Kind::Given,
            Identity::Known { place, .. } => {
                let nodes = self.grid.nodes(*place);
                let kinds = self.grid.sides.iter().zip(nodes).map(|(side, node)| side.axis.kinds[node]);
                kinds.into_iter().find(|kind| *kind == Kind::Sliver).unwrap_or(Kind::Residual)
            }
        }
    }

    /// The place along the first dimension; none of what is left of several.
    fn area(&self, cell: &Identity) -> Option<usize> {
        let place = match cell {
            Identity::Known { place, .. } | Identity::Unknown(place, _) => Some(*place),
            Identity::Rest { of: (along, total, _), .. } => (*along > 0).then_some(*total),
        };
        self.grid.nodes(place?).first().copied()
    }

    fn height(&self, cell: &Identity) -> u32 {
        match cell {
            Identity::Known { place, .. } | Identity::Unknown(place, _) => {
                let nodes = self.grid.nodes(*place);
                self.grid.sides.iter().zip(nodes).map(|(side, node)| side.axis.heights[node]).sum()
            }
            Identity::Rest { .. } => 0,
        }
    }
}

impl Held {
    /// Adds a sum, unless it is of a cell that is all of it.
    fn add(&mut self, along: usize, total: usize, parts: Vec<usize>) {
        if parts != [total] {
            self.sums.push((along, total, parts));
        }
    }
}

/// For each place the first that holds the same units: their nodes have the same leaves along every
/// dimension.
fn same(grid: &Grid) -> Arr<usize> {
    let representatives: Vec<Arr<usize>> =
        grid.sides.iter().map(|side| side.axis.representatives()).collect();
    let mut first: HashMap<Vec<usize>, usize> = HashMap::new();
    (0..grid.len())
        .map(|place| {
            let nodes = grid.nodes(place);
            let same = nodes.iter().zip(&representatives).map(|(node, first)| first[*node]).collect();
            *first.entry(same).or_insert(place)
        })
        .collect()
}

/// The cells that nobody knows and that bind where nothing is given, or less than half of what is crossed, also
/// those that only what is given beside them binds. One that nothing is left for does not move, and costs nothing.
fn joint(
    grid: &Grid,
    editions: &[&Known],
    groups: &[Arr<usize>],
    same: &Arr<usize>,
) -> HashSet<(usize, usize)> {
    let mut joint = HashSet::new();
    for (known, groups) in editions.iter().zip(groups) {
        let zeros: HashSet<usize> = known.zeros.iter().copied().collect();
        let binding = grid.lines.iter().enumerate().filter(|(id, _)| known.binding[*id]);
        let places = binding.flat_map(|(_, line)| line.cells());
        let is_joint =
            |place: &usize| !known.told[*place] && known.values[*place].is_none() && !zeros.contains(place);
        joint.extend(places.filter(is_joint).map(|place| (same[place], groups[place])));
    }
    joint
}

/// For each edition and each place that is not known the number of the group of places that lines
/// bind to it. Groups of two editions with the same around them are one: nothing says that they
/// changed.
fn groups(grid: &Grid, editions: &[&Known]) -> Vec<Arr<usize>> {
    type Around = Vec<(usize, Vec<Option<i64>>)>;
    let mut found: Vec<(Arr<usize>, BTreeMap<usize, Around>)> = Vec::new();
    for known in editions {
        let mut roots: Arr<usize> = (0..grid.len()).collect();
        let open = |line: &Line| -> Vec<usize> {
            line.cells().filter(|place| known.values[*place].is_none()).collect()
        };
        let binding = || grid.lines.iter().enumerate().filter(|(id, _)| known.binding[*id]);
        for (_, line) in binding() {
            let mut root = None;
            for place in open(line) {
                let own = find(&mut roots, place);
                let first = *root.get_or_insert(own);
                roots[own.max(first)] = own.min(first);
                root = Some(own.min(first));
            }
        }
        let mut around: BTreeMap<usize, Around> = BTreeMap::new();
        for (id, line) in binding() {
            if let Some(place) = open(line).first() {
                let values = line.cells().map(|place| known.values[place]).collect();
                around.entry(find(&mut roots, *place)).or_default().push((id, values));
            }
        }
        found.push(((0..grid.len()).map(|place| find(&mut roots, place)).collect(), around));
    }
    let all: BTreeSet<&Around> = found.iter().flat_map(|(_, around)| around.values()).collect();
    let numbers: BTreeMap<&Around, usize> =
        all.into_iter().enumerate().map(|(number, own)| (own, number)).collect();
    let numbered = found.iter().map(|(roots, around)| {
        let number = |(root, own): (&usize, &Around)| Some((*root, *numbers.get(own)?));
        let of_roots: BTreeMap<usize, usize> = around.iter().filter_map(number).collect();
        roots.iter().map(|root| of_roots.get(root).copied().unwrap_or(0)).collect()
    });
    numbered.collect()
}

fn find(roots: &mut Arr<usize>, place: usize) -> usize {
    let mut root = place;
    while roots[root] != root {
        roots[root] = roots[roots[root]];
        root = roots[root];
    }
    root
}

/// Puts relations in an order in which a network is recognised when they form one: the columns of
/// the categories, the rows of the lowest areas, the column of totals where areas have no row, and
/// then what follows from these in an area tree by one breakdown.
fn order(sums: &mut [(usize, CellId, Vec<CellId>)], cells: usize) {
    let (mut of_areas, mut of_others) = (Arr::of(false, cells), Arr::of(false, cells));
    for (along, total, _) in sums.iter() {
        let totals = if *along == 0 { &mut of_areas } else { &mut of_others };
        totals[*total] = true;
    }
    sums.sort_by_cached_key(|(along, total, parts)| {
        let rows = parts.iter().chain([total]).filter(|cell| of_others[**cell]).count();
        let rank = match *along {
            0 if rows == 0 => 0,
            0 if rows <= parts.len() => 2,
            0 => 3,
            _ if parts.iter().all(|part| !of_areas[*part]) => 1,
            _ => 4,
        };
        (rank, *along, *total, parts.clone())
    });
}
