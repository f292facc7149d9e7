//! The mask of one block, together with what was published of it before.

use std::collections::{BTreeSet, HashMap, HashSet};

use sdc::audit::{self, Question, judge};
use sdc::model::{CellId, Certificate, Cube, Floor, Given, Kind, Need, Universe};
use sdc::protect::{Engine, NoMask, Outcome, Task, nested, protect};
use sdc::rules::{Facts, RuleSet};
use sdc::{Mask, Watch, rounding};

use super::block::{Block, BlockKey, Count};
use super::codes::Codes;
use super::failure::{Failure, Why};
use super::report::{BlockReport, Method};
use super::rounding::draw;
use super::{Edition, Layout};
use crate::domain::protection::Protection;

/// Billionths in a unit.
const UNIT: i128 = 1_000_000_000;

/// A block to protect.
pub(super) struct Job<'a> {
    layout: &'a Layout<'a>,
    pub(super) key: &'a BlockKey,
    /// Different contents of the block in earlier releases, the oldest first, and then the new one.
    editions: Vec<(&'a Block<'a>, &'a Edition<'a>)>,
    protection: Protection,
}

/// What was found.
pub(super) struct Found {
    /// Which cells of the block are withheld, in its order.
    pub hidden: Mask,
    /// Which of its cells are rounded upwards.
    pub upwards: Mask,
    pub report: BlockReport,
}

/// The universe of a block, and what every protection says of it.
struct Stage<'a> {
    job: &'a Job<'a>,
    cube: Cube,
    /// How many steps of the scale make a unit.
    unit: i64,
}

/// What must hold under one protection.
struct Demands {
    needs: Vec<Need>,
    insiders: Vec<Vec<CellId>>,
    floor: Floor,
}

impl Demands {
    fn view<'a>(&'a self, hidden: &'a Mask) -> audit::View<'a> {
        audit::View { hidden, needs: &self.needs, floor: self.floor, insiders: &self.insiders }
    }
}

impl<'a> Job<'a> {
    pub(super) fn new(
        layout: &'a Layout<'a>,
        key: &'a BlockKey,
        history: &[(&'a Block<'a>, &'a Edition<'a>)],
        release: (&'a Block<'a>, &'a Edition<'a>),
        protection: Protection,
    ) -> Self {
        let editions = history.iter().copied().chain([release]).collect();
        Self { layout, key, editions, protection }
    }

    /// The block as it is delivered now.
    pub(super) fn block(&self) -> Option<&'a Block<'a>> {
        self.editions.last().map(|(block, _)| *block)
    }

    /// The same job, with only these cells of the block as it is delivered now.
    pub(super) fn with(&self, block: &'a Block<'a>) -> Self {
        let mut editions = self.editions.clone();
        if let Some((last, _)) = editions.last_mut() {
            *last = block;
        }
        Self { layout: self.layout, key: self.key, editions, protection: self.protection }
    }

    /// The layout of the dataset.
    pub(super) fn layout(&self) -> &'a Layout<'a> {
        self.layout
    }

    /// Computes the mask and has it audited, alone and beside those of the other protections.
    pub(super) fn run(&self, watch: &dyn Watch) -> Result<Found, Failure> {
        let stage = Stage::new(self)?;
        let demands = stage.demands(self.protection);
        let outcome = stage.protect(&demands, watch)?;
        stage.audit(&demands, &outcome.mask, &outcome.certificates, watch)?;
        stage.audit_beside_others(&demands, &outcome.mask, watch)?;
        let method = match outcome.engine {
            Engine::Network => Method::Network,
            Engine::General => Method::General,
        };
        let hidden = stage.projected(&outcome.mask);
        let report = stage.report(&demands, &outcome.mask, method);
        Ok(Found { upwards: stage.upwards(&hidden), hidden, report })
    }

    /// Audits the mask that the block has under the protection.
    pub(super) fn check(&self, watch: &dyn Watch) -> Result<BlockReport, Failure> {
        let stage = Stage::new(self)?;
        let demands = stage.demands(self.protection);
        let mask = stage.hidden_under(self.protection);
        stage.audit(&demands, &mask, &[], watch)?;
        stage.audit_beside_others(&demands, &mask, watch)?;
        Ok(stage.report(&demands, &mask, Method::Kept))
    }
}

/// The counts of a block as one table without history, for who only wants to look at it; and how many
/// steps of its scale make a unit.
pub(super) fn universe_of(
    layout: &Layout<'_>,
    key: &BlockKey,
    block: &Block<'_>,
) -> Result<(Cube, i64), Failure> {
    cube(layout, key, &[&block.cells])
}

/// The counts of the last edition, and after them those of earlier ones that it does not have: who has
/// both adds them up.
fn carried<'a>(editions: &[(&'a Block<'a>, &Edition<'_>)]) -> Vec<Count<'a>> {
    let mut newest_first = editions.iter().rev().map(|(block, _)| &block.cells);
    let mut counts: Vec<Count<'_>> = newest_first.next().cloned().unwrap_or_default();
    let mut there: HashSet<(&str, &[String])> =
        counts.iter().map(|count| (count.area, count.categories)).collect();
    for count in newest_first.flatten() {
        if there.insert((count.area, count.categories)) {
            counts.push(*count);
        }
    }
    counts
}

fn cube(layout: &Layout<'_>, key: &BlockKey, editions: &[&[Count<'_>]]) -> Result<(Cube, i64), Failure> {
    let too_large = || Failure::of(Why::TooLarge, key, Vec::new());
    let step = step(editions);
    let codes = Codes::new(layout, key.1.year(), editions);
    let given: Option<Vec<Vec<Given>>> = editions.iter().map(|counts| codes.given(counts, step)).collect();
    let given = given.ok_or_else(too_large)?;
    let editions: Vec<&[Given]> = given.iter().map(Vec::as_slice).collect();
    let cube = Cube::new(&codes.axes, &editions).map_err(|error| Failure::of_model(error, key))?;
    Ok((cube, i64::try_from(UNIT / step).map_err(|_| too_large())?))
}

/// The largest power of ten, in billionths, that divides every count and a unit.
fn step(editions: &[&[Count<'_>]]) -> i128 {
    let mut step = UNIT;
    for count in editions.iter().copied().flatten() {
        while step > 1 && count.value % step != 0 {
            step /= 10;
        }
    }
    step
}

/// Units in a value, rounded down.
pub(super) fn units(value: i64, unit: i64) -> Option<u64> {
    u64::try_from(value.checked_div_euclid(unit)?).ok()
}

/// The unsafe cells and what each of them needs.
pub(super) fn needs(rules: &RuleSet, universe: &Universe, unit: i64) -> Vec<Need> {
    let need = |cell: CellId| {
        let value = universe.value(cell);
        // Less than one is somebody still.
        let contributors = units(value, unit).map(|units| units.max(u64::from(value > 0)));
        let facts = Facts { value, contributors, ..Facts::default() };
        Some(rules.need(cell, &rules.assess(&facts)?, unit))
    };
    let known = (0..universe.len()).filter(|cell| universe.kind(*cell) != Kind::Unknown);
    known.filter_map(need).collect()
}

impl<'a> Stage<'a> {
    fn new(job: &'a Job<'a>) -> Result<Self, Failure> {
        let mut editions: Vec<&[Count<'_>]> =
            job.editions.iter().map(|(block, _)| block.cells.as_slice()).collect();
        let all = carried(&job.editions);
        let own = std::mem::replace(editions.last_mut().unwrap_or(&mut &[][..]), &all);
        let (cube, unit) = match cube(job.layout, job.key, &editions) {
            // What was revised does not add up with what was not delivered again: these are figures of
            // two different moments.
            Err(Failure { why: Why::NotAdditive | Why::Negative | Why::Unequal, .. })
                if own.len() < all.len() =>
            {
                editions.pop();
                editions.push(own);
                self::cube(job.layout, job.key, &editions)?
            }
            found => found?,
        };
        Ok(Self { job, cube, unit })
    }

    fn last(&self) -> usize {
        self.job.editions.len().saturating_sub(1)
    }

    /// The cells of the block as it is delivered now, in its order.
    fn places(&self) -> &[CellId] {
        let own = self.job.block().map_or(0, |block| block.cells.len());
        self.cube.places(self.last()).get(..own).unwrap_or_default()
    }

    fn demands(&self, protection: Protection) -> Demands {
        let (rules, universe) = (protection.rules(), self.cube.universe());
        let insiders = rules.lone_contributors(universe, |cell| units(universe.value(cell), self.unit));
        Demands { needs: needs(&rules, universe, self.unit), insiders, floor: rules.floor() }
    }

    /// The cells of one edition, and whether each is hidden under a protection there; none when that
    /// edition was never under it.
    fn cells(&self, edition: usize, protection: Protection) -> Option<impl Iterator<Item = (CellId, bool)>> {
        let (block, of) = self.job.editions.get(edition)?;
        let mask = &of.shields.get(&protection)?.mask;
        Some(self.cube.places(edition).iter().zip(&block.rows).map(|(cell, row)| (*cell, mask.hides(*row))))
    }

    /// What readers under another protection do not see, of all editions.
    fn hidden_under(&self, protection: Protection) -> Mask {
        let universe = self.cube.universe();
        let mut shown = Mask::none(universe.len());
        for edition in 0..self.job.editions.len() {
            let cells = self.cells(edition, protection).into_iter().flatten();
            cells.filter(|(_, hidden)| !hidden).for_each(|(cell, _)| shown.hide(cell));
        }
        let mut hidden = Mask::none(universe.len());
        (0..universe.len()).filter(|cell| !shown.hides(*cell)).for_each(|cell| hidden.hide(cell));
        hidden
    }

    /// The other protections that the release has a shield under.
    fn others(&self) -> impl Iterator<Item = Protection> + 'a {
        let release = self.job.editions.last().map(|(_, edition)| *edition);
        let own = self.job.protection;
        release
            .into_iter()
            .flat_map(|release| release.shields.keys().copied())
            .filter(move |other| *other != own)
    }

    fn protect(&self, demands: &Demands, watch: &dyn Watch) -> Result<Outcome, Failure> {
        let own = self.job.protection;
        let (mut seen, mut must_hide) = (BTreeSet::new(), BTreeSet::new());
        for edition in 0..self.last() {
            for (cell, hidden) in self.cells(edition, own).into_iter().flatten() {
                if hidden {
                    must_hide.insert(cell)
                } else {
                    seen.insert(cell)
                };
            }
        }
        for looser in self.others().filter(|other| own.is_at_least_as_strict_as(*other)) {
            let hidden = self.cells(self.last(), looser).into_iter().flatten().filter(|(_, hidden)| *hidden);
            must_hide.extend(hidden.map(|(cell, _)| cell));
        }
        let must_hide: Vec<CellId> = must_hide.difference(&seen).copied().collect();
        let must_publish: Vec<CellId> = seen.into_iter().collect();
        let task = Task {
            universe: self.cube.universe(),
            needs: &demands.needs,
            floor: demands.floor,
            insiders: &demands.insiders,
            must_publish: &must_publish,
            must_hide: &must_hide,
        };
        let stricter = self.others().filter(|other| other.is_at_least_as_strict_as(own));
        let inside = stricter.map(|other| self.hidden_under(other)).reduce(|one, other| one.and(&other));
        let found = match &inside {
            // Where the stricter mask has no room, the two are audited together instead.
            Some(stricter) => match nested(&task, stricter, watch) {
                Err(NoMask::Impossible { .. }) => protect(&task, watch),
                found => found,
            },
            None => protect(&task, watch),
        };
        found.map_err(|none| match none {
            NoMask::Impossible { cells } => self.failure(Why::Unprotected, &cells),
            NoMask::Cancelled => Failure::cancelled(),
        })
    }

    fn audit(
        &self,
        demands: &Demands,
        mask: &Mask,
        claims: &[Certificate],
        watch: &dyn Watch,
    ) -> Result<(), Failure> {
        let question = Question {
            universe: self.cube.universe(),
            hidden: mask,
            known: &[],
            floor: demands.floor,
            integer: true,
        };
        let verdict = judge(&question, &demands.needs, &demands.insiders, claims, watch);
        self.pass(verdict.map_err(|_| Failure::cancelled())?, Why::Unprotected)
    }

    /// Who has answers under this protection and under another one of the dataset must not get more
    /// than the looser one shows.
    fn audit_beside_others(&self, demands: &Demands, own: &Mask, watch: &dyn Watch) -> Result<(), Failure> {
        for other in self.others() {
            let hidden = self.hidden_under(other);
            let protection = self.job.protection;
            let inside = (protection.is_at_least_as_strict_as(other) && own.contains(&hidden))
                || (other.is_at_least_as_strict_as(protection) && hidden.contains(own));
            if inside {
                continue;
            }
            let its = self.demands(other);
            let views = [demands.view(own), its.view(&hidden)];
            let verdict = audit::pooled(self.cube.universe(), &views, true, &[], watch);
            self.pass(verdict.map_err(|_| Failure::cancelled())?, Why::Together(other))?;
        }
        Ok(())
    }

    fn pass(&self, verdict: audit::Verdict, why: Why) -> Result<(), Failure> {
        if verdict.is_safe() {
            return Ok(());
        }
        let cells: Vec<CellId> = verdict.failures.iter().map(|failure| failure.cell).collect();
        Err(self.failure(why, &cells))
    }

    /// A failure about these cells, named as they are delivered where they are.
    fn failure(&self, why: Why, cells: &[CellId]) -> Failure {
        let counts = self.job.block().map_or(&[][..], |block| &block.cells);
        let delivered: HashMap<&CellId, &Count<'_>> = self.places().iter().zip(counts).rev().collect();
        let name = |cell: &CellId| match delivered.get(cell) {
            Some(count) => {
                let codes = count.categories.iter().map(String::as_str);
                std::iter::once(count.area).chain(codes).collect::<Vec<_>>().join("|")
            }
            None => self.cube.name(*cell),
        };
        Failure::of(why, self.job.key, cells.iter().map(name).collect())
    }

    /// A mask of the universe as one of the cells of the block, in its order.
    fn projected(&self, mask: &Mask) -> Mask {
        let places = self.places();
        let mut hidden = Mask::none(places.len());
        places
            .iter()
            .enumerate()
            .filter(|(_, cell)| mask.hides(**cell))
            .for_each(|(place, _)| hidden.hide(place));
        hidden
    }

    /// Which of the shown cells of the block are rounded upwards.
    fn upwards(&self, hidden: &Mask) -> Mask {
        let places = self.places();
        let mut upwards = Mask::none(places.len());
        let job = self.job;
        let base = i64::from(job.protection.rounding_base).saturating_mul(self.unit);
        if base == 0 {
            return upwards;
        }
        for (place, cell) in places.iter().enumerate().filter(|(place, _)| !hidden.hides(*place)) {
            let value = self.cube.universe().value(*cell);
            let draw = draw(job.layout.seed, job.key, &self.cube.name(*cell));
            if rounding::round(value, base, draw) > value {
                upwards.hide(place);
            }
        }
        upwards
    }

    fn report(&self, demands: &Demands, mask: &Mask, method: Method) -> BlockReport {
        let needed: BTreeSet<CellId> = demands.needs.iter().map(|need| need.cell).collect();
        let places = self.places();
        let withheld: Vec<&CellId> = places.iter().filter(|cell| mask.hides(**cell)).collect();
        let (indicator, period, source) = self.job.key.clone();
        BlockReport {
            indicator,
            period,
            source,
            method,
            history: self.last(),
            cells: places.len(),
            unsafe_cells: demands.needs.len(),
            withheld: withheld.len(),
            secondary: withheld.into_iter().filter(|cell| !needed.contains(*cell)).count(),
        }
    }
}
