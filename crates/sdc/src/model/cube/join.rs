//! The cells and relations of all editions together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::derive::Known;
use super::grid::{Grid, Line};
use crate::arr::Arr;
use crate::model::{CellId, Kind, ModelError, Parts, Universe};
use crate::protect::fill;

/// What makes a cell one: the same in two editions, or another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Identity {
    /// A place with its value; of a share with that of its total.
    Known { place: usize, value: i64, of: Option<i64> },
    /// A place without one, in the group of places of this number that are bound to each other.
    Unknown(usize, usize),
    /// What several missing parts of a total along a dimension are together; of shares with what their
    /// totals are.
    Rest { of: RestOf, value: i64, all: Option<i64> },
}

/// A dimension, a total and those of its parts that are missing.
type RestOf = (usize, usize, Vec<usize>);

/// A universe with what the cube tells of its cells.
pub(super) struct Joined {
    pub(super) universe: Universe,
    pub(super) names: Vec<String>,
    pub(super) along: Vec<usize>,
    /// For each edition the cell of each place.
    pub(super) cells: Vec<Arr<Option<CellId>>>,
}

/// One edition, or several that are the same.
struct Edition<'a> {
    known: &'a Known,
    /// For each place that is not known the number of its group.
    groups: Arr<usize>,
}

struct Join<'a> {
    grid: &'a Grid,
    /// For each place the first that holds the same.
    same: Arr<usize>,
    /// Along which dimension parts are shares.
    shares: Option<usize>,
    /// For each share the place of its total.
    totals: Arr<Option<usize>>,
    editions: Vec<Edition<'a>>,
    /// The first line with each rest.
    rests: BTreeMap<RestOf, usize>,
}

/// Joins the editions. `given` says whether a value was given at a place, `shares` along which dimension
/// parts are shares of their totals.
pub(super) fn join(
    grid: &Grid,
    editions: &[Known],
    given: &BTreeSet<(usize, i64)>,
    shares: Option<usize>,
) -> Result<Joined, ModelError> {
    let groups = groups(grid, editions);
    let editions = editions.iter().zip(groups).map(|(known, groups)| Edition { known, groups }).collect();
    let mut totals = Arr::of(None, grid.len());
    for line in grid.lines.iter().filter(|line| shares == Some(line.along)) {
        line.parts.iter().for_each(|part| totals[*part] = Some(line.total));
    }
    let mut join = Join { grid, same: same(grid), shares, totals, editions, rests: BTreeMap::new() };
    join.rests = join.rests();
    let mut relations: Vec<(usize, Identity, Vec<Identity>)> =
        join.editions.iter().flat_map(|edition| join.relations(edition)).collect();
    relations.sort_unstable();
    relations.dedup();
    let mut cells: BTreeSet<&Identity> =
        relations.iter().flat_map(|(_, total, parts)| parts.iter().chain([total])).collect();
    let known: BTreeSet<Identity> = join.editions.iter().flat_map(|own| join.known(own)).collect();
    cells.extend(&known);
    let ids: HashMap<&Identity, CellId> = cells.iter().enumerate().map(|(id, cell)| (*cell, id)).collect();
    let of = |cell: &Identity| ids.get(cell).copied().unwrap_or(0);
    let mut sums: Vec<(usize, CellId, Vec<CellId>)> = relations
        .iter()
        .map(|(along, total, parts)| {
            let mut parts: Vec<CellId> = parts.iter().map(of).collect();
            parts.sort_unstable();
            (*along, of(total), parts)
        })
        .collect();
    order(&mut sums, cells.len());
    let given: BTreeSet<(usize, i64)> =
        given.iter().map(|(place, value)| (join.same[*place], *value)).collect();
    let names: Vec<String> = cells.iter().map(|cell| join.name(cell)).collect();
    let guesses: HashMap<Identity, i64> = join.editions.iter().flat_map(|own| join.guesses(own)).collect();
    let along = sums.iter().map(|(along, ..)| *along).collect();
    let parts = Parts {
        values: cells.iter().map(|cell| value(cell, &guesses)).collect(),
        kinds: cells.iter().map(|cell| join.kind(cell, &given)).collect(),
        heights: cells.iter().map(|cell| join.height(cell)).collect(),
        relations: sums.into_iter().map(|(_, total, parts)| (total, parts)).collect(),
    };
    let mut universe = Universe::assemble(parts, |cell| names.get(cell).cloned().unwrap_or_default())?;
    if universe.kinds.iter().any(|kind| *kind == Kind::Unknown) {
        universe.fill(fill(&universe));
    }
    let at = |edition: &Edition<'_>| {
        (0..grid.len()).map(|place| ids.get(&join.identity(edition, place)).copied()).collect()
    };
    let cells = join.editions.iter().map(at).collect();
    Ok(Joined { universe, names, along, cells })
}

impl Join<'_> {
    fn identity(&self, edition: &Edition<'_>, place: usize) -> Identity {
        let values = &edition.known.values;
        match values[place] {
            Some(value) => {
                let of = self.totals[place].and_then(|total| values[total]);
                Identity::Known { place: self.same[place], value, of }
            }
            None => Identity::Unknown(self.same[place], edition.groups[place]),
        }
    }

    fn known(&self, edition: &Edition<'_>) -> Vec<Identity> {
        let known = |place: &usize| edition.known.values[*place].is_some();
        (0..self.grid.len()).filter(known).map(|place| self.identity(edition, place)).collect()
    }

    fn guesses(&self, edition: &Edition<'_>) -> Vec<(Identity, i64)> {
        let unknown = |place: &usize| edition.known.values[*place].is_none();
        let places = (0..self.grid.len()).filter(unknown);
        places.map(|place| (self.identity(edition, place), edition.known.guesses[place])).collect()
    }

    /// The relations of one edition. Where several parts of a known total are missing, what they are
    /// together is a cell, as it can be computed. Such a cell of shares is a share of such a cell itself.
    fn relations(&self, edition: &Edition<'_>) -> Vec<(usize, Identity, Vec<Identity>)> {
        let values = &edition.known.values;
        let mut relations = Vec::new();
        // By the rest that they are shares of.
        let mut shares: BTreeMap<Identity, BTreeSet<Identity>> = BTreeMap::new();
        let mut add = |along: usize, total: Identity, mut parts: Vec<Identity>| {
            parts.sort_unstable();
            if parts != [total.clone()] {
                relations.push((along, total, parts));
            }
        };
        for (id, line) in self.grid.lines.iter().enumerate() {
            let (missing, known): (Vec<usize>, Vec<usize>) =
                line.parts.iter().partition(|part| values[**part].is_none());
            let cells =
                |places: &[usize]| places.iter().map(|place| self.identity(edition, *place)).collect();
            let total = self.identity(edition, line.total);
            let binding = edition.known.binding[id];
            match values[line.total] {
                Some(_) if missing.is_empty() => add(line.along, total, cells(&known)),
                Some(value) if !known.is_empty() => {
                    let (rest, all) = self.rest(edition, line, value, &missing);
                    if let Some(all) = all {
                        shares.entry(all).or_default().insert(rest.clone());
                    }
                    if binding {
                        add(line.along, rest.clone(), cells(&missing));
                    }
                    add(line.along, total, cells(&known).into_iter().chain([rest]).collect());
                }
                _ if binding => add(line.along, total, cells(&line.parts)),
                _ => {}
            }
        }
        if let Some(along) = self.shares {
            let value = |cell: &Identity| value(cell, &HashMap::new());
            shares.retain(|all, shares| shares.iter().map(value).sum::<i64>() == value(all));
            shares.into_iter().for_each(|(all, shares)| add(along, all, shares.into_iter().collect()));
        }
        relations
    }

    fn rest_of(&self, along: usize, total: usize, missing: &[usize]) -> RestOf {
        let mut missing: Vec<usize> = missing.iter().map(|place| self.same[*place]).collect();
        missing.sort_unstable();
        (along, self.same[total], missing)
    }

    /// What a line with this total leaves over, and of shares what their totals leave over there; none where
    /// these are not missing too.
    fn rest(
        &self,
        edition: &Edition<'_>,
        line: &Line,
        total: i64,
        missing: &[usize],
    ) -> (Identity, Option<Identity>) {
        let values = &edition.known.values;
        let known = || line.parts.iter().filter(|part| values[**part].is_some());
        let sum = known().filter_map(|part| values[*part]).fold(0, i64::saturating_add);
        let all = || {
            let value = |place: usize| values[self.totals[place]?];
            let sum = known().map(|part| value(*part)).sum::<Option<i64>>()?;
            let missing: Vec<usize> = missing.iter().map(|part| self.totals[*part]).collect::<Option<_>>()?;
            let missing_too = missing.iter().all(|part| values[*part].is_none());
            let of = self.rest_of(line.along, self.totals[line.total]?, &missing);
            missing_too.then_some((of, value(line.total)?.saturating_sub(sum)))
        };
        let all = all();
        let rest = Identity::Rest {
            of: self.rest_of(line.along, line.total, missing),
            value: total.saturating_sub(sum),
            all: all.as_ref().map(|(_, value)| *value),
        };
        (rest, all.map(|(of, value)| Identity::Rest { of, value, all: None }))
    }

    fn rests(&self) -> BTreeMap<RestOf, usize> {
        let mut rests = BTreeMap::new();
        for (id, line) in self.grid.lines.iter().enumerate() {
            for edition in &self.editions {
                let missing = |place: &&usize| edition.known.values[**place].is_none();
                let missing: Vec<usize> = line.parts.iter().filter(missing).copied().collect();
                if missing.len() > 1 {
                    rests.entry(self.rest_of(line.along, line.total, &missing)).or_insert(id);
                }
            }
        }
        rests
    }

    fn name(&self, cell: &Identity) -> String {
        match cell {
            Identity::Known { place, .. } | Identity::Unknown(place, _) => self.grid.name(*place),
            Identity::Rest { of, .. } => self
                .rests
                .get(of)
                .map_or_else(String::new, |id| self.grid.name_of_rest(&self.grid.lines[*id])),
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

fn value(cell: &Identity, guesses: &HashMap<Identity, i64>) -> i64 {
    match cell {
        Identity::Known { value, .. } | Identity::Rest { value, .. } => *value,
        Identity::Unknown(..) => guesses.get(cell).copied().unwrap_or(0),
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

/// For each edition and each place that is not known the number of the group of places that lines
/// bind to it. Groups of two editions with the same around them are one: nothing says that they
/// changed.
fn groups(grid: &Grid, editions: &[Known]) -> Vec<Arr<usize>> {
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
    let number = |around: &BTreeMap<usize, Around>, root: usize| {
        around.get(&root).and_then(|own| numbers.get(own)).copied().unwrap_or(0)
    };
    found.iter().map(|(roots, around)| roots.iter().map(|root| number(around, *root)).collect()).collect()
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
