//! What is done with a block by one way to read its counts.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use sdc::audit::{self, Fraction, Interval, Question, examine, judge};
use sdc::model::{CellId, Certificate, Cube, Floor, Insider, Kind};
use sdc::protect::{NoMask, Outcome, Task, nested, protect};
use sdc::{Mask, Watch, rounding};

use super::block::{Count, Side};
use super::codes::{breakdown_axes, sides_axis, units};
use super::compute::Job;
use super::contributions::{self, Contributors};
use super::failure::{Failure, MOST_CELLS, Unprotected, Why};
use super::history::{Saying, told};
use super::needs::{Demands, needs};
use super::pools::pools;
use super::report::{BlockReport, Method};
use super::rounding::draw;
use super::sums::{Sum, unsafe_sums};
use super::whole::Whole;
use super::withheld::{Reason, WithheldCell};
use crate::domain::protection::Protection;

/// The universe of a block by one way to read its counts, and what every protection says of it.
pub(super) struct Stage<'a> {
    job: &'a Job<'a>,
    cube: Cube,
    /// What every reader is taken to know, also of what is withheld.
    known: Mask,
    /// The sayings that the cube has nothing of.
    left_out: BTreeSet<usize>,
    /// What must hold under the protection of the job, when it was asked for.
    own: OnceCell<Demands>,
}

/// Most hidden cells of a block of which is found out, one by one, between which numbers each lies: outside of
/// networks that takes time with their third power.
pub(super) const MOST_EXAMINED: usize = 2000;

impl<'a> Stage<'a> {
    pub(super) fn new(job: &'a Job<'a>, Whole { cube, known, left_out }: Whole) -> Self {
        Self { job, cube, known, left_out, own: OnceCell::new() }
    }

    fn own_demands(&self) -> &Demands {
        self.own.get_or_init(|| self.demands(self.job.protection))
    }

    fn demands(&self, protection: Protection) -> Demands {
        let (rules, universe) = (protection.rules(), self.cube.universe());
        // With a rate its counts are withheld, and a zero can be among them.
        let sides = self.sides();
        let persons = |cell| u64::try_from(universe.value(cell)).ok();
        let is_public = |cell| self.known.hides(cell);
        let mut insiders = rules.lone_contributors(universe, is_public, persons);
        let contributors = protection.asks_contributions().then(|| self.contributors());
        insiders
            .extend(contributors.iter().flat_map(|own| own.alone(universe, is_public)).map(Insider::from));
        let breakdowns = breakdown_axes(self.job.layout);
        let needs = needs(&rules, &self.cube, &self.known, breakdowns, sides, contributors.as_ref());
        let floor = if sides.is_some() { Floor::ZERO } else { rules.floor(universe, &needs) };
        Demands { needs, insiders, floor }
    }

    fn contributors(&self) -> Contributors<'a> {
        Contributors::of(self.cube.universe(), told(&self.cube, &self.job.sayings, &self.left_out))
    }

    fn sides(&self) -> Option<usize> {
        sides_axis(self.job.layout, self.job.sayings.iter().flat_map(|saying| saying.part.all()))
    }

    /// The cells of one saying with their rows in the table.
    fn rows(&self, saying: usize) -> impl Iterator<Item = (CellId, usize)> {
        let there = self.job.sayings.get(saying).filter(|_| !self.left_out.contains(&saying));
        let rows = there.map_or(&[][..], |saying| &saying.part.rows);
        self.cube.places(saying).iter().copied().zip(rows.iter().copied())
    }

    /// The cells of the release that is to be protected, with their rows and counts.
    fn new_cells(&self) -> impl Iterator<Item = (CellId, usize, &Count<'a>)> {
        let new = self.job.sayings.iter().enumerate().filter(|(_, saying)| saying.new);
        new.flat_map(|(place, saying)| {
            self.rows(place).zip(&saying.part.cells).map(|((cell, row), count)| (cell, row, count))
        })
    }

    /// The rows of the release that is to be protected.
    fn new_rows(&self) -> BTreeSet<usize> {
        self.new_cells().map(|(_, row, _)| row).collect()
    }

    /// Those of them that are withheld when nothing is shown that was not before.
    pub(super) fn unseen_rows(&self) -> BTreeSet<usize> {
        self.withheld(&self.not_in(&self.shown_of(|saying| !saying.new, self.job.protection)))
    }

    /// Whether somebody who is the only one somewhere may know a cell that nothing before the release tells.
    pub(super) fn tells_insiders(&self) -> bool {
        let before = self.job.sayings.iter().enumerate().filter(|(_, saying)| !saying.new);
        let before: BTreeSet<CellId> =
            before.flat_map(|(place, _)| self.rows(place)).map(|(cell, _)| cell).collect();
        let is_new = |cell: &CellId| !before.contains(cell) && !self.known.hides(*cell);
        self.own_demands().insiders.iter().any(|own| own.knows.iter().any(is_new))
    }

    /// The cells of one saying, and whether each is hidden under a protection there, which what everybody knows
    /// is not; nothing when that release was never under it.
    fn cells(&self, saying: usize, protection: Protection) -> impl Iterator<Item = (CellId, bool)> {
        let shields = self.job.sayings.get(saying).map(|saying| &saying.edition.shields);
        let mask = shields.and_then(|shields| shields.get(&protection)).map(|shield| &shield.mask);
        let hidden = |mask: &Mask, cell, row| mask.hides(row) && !self.known.hides(cell);
        mask.into_iter()
            .flat_map(move |mask| self.rows(saying).map(move |(cell, row)| (cell, hidden(mask, cell, row))))
    }

    /// What readers under a protection see, of all releases, and what everybody knows.
    fn shown_under(&self, protection: Protection) -> Mask {
        self.shown_of(|_| true, protection)
    }

    /// What they see of these sayings, and what everybody knows.
    fn shown_of(&self, is: impl Fn(&Saying<'a>) -> bool, protection: Protection) -> Mask {
        let mut shown = self.known.clone();
        let sayings = self.job.sayings.iter().enumerate().filter(|(_, saying)| is(saying));
        let cells = sayings.flat_map(|(place, _)| self.cells(place, protection));
        cells.filter(|(_, hidden)| !hidden).for_each(|(cell, _)| shown.hide(cell));
        shown
    }

    /// What was withheld under a protection in some release, but where nothing in it told who contributes how
    /// much: that is no reason any more once it is told.
    fn withheld_under(&self, protection: Protection) -> impl Iterator<Item = CellId> {
        let sayings = (0..self.job.sayings.len()).filter(move |place| !self.was_untold(*place, protection));
        let cells = sayings.flat_map(move |place| self.cells(place, protection));
        cells.filter(|(_, hidden)| *hidden).map(|(cell, _)| cell)
    }

    /// What readers under a protection do not see, of all releases.
    pub(super) fn hidden_under(&self, protection: Protection) -> Mask {
        self.not_in(&self.shown_under(protection))
    }

    fn not_in(&self, shown: &Mask) -> Mask {
        let mut hidden = Mask::none(self.cube.universe().len());
        let all = 0..self.cube.universe().len();
        all.filter(|cell| !shown.hides(*cell)).for_each(|cell| hidden.hide(cell));
        hidden
    }

    /// The rows that are withheld when a mask is to hide what it hides: a rate is when one of its counts
    /// is, and when it cannot be shown as the protection asks.
    pub(super) fn withheld(&self, mask: &Mask) -> BTreeSet<usize> {
        let is_withheld =
            |(cell, row, _): &(CellId, usize, &Count<'a>)| mask.hides(*cell) || !self.can_be_shown(*row);
        self.new_cells().filter(is_withheld).map(|(_, row, _)| row).collect()
    }

    /// What is hidden when these rows are withheld: of a rate both sides, where no other row shows the same
    /// count.
    pub(super) fn without(&self, mask: &Mask, rows: &BTreeSet<usize>) -> Mask {
        let mut shown = self.shown_under(self.job.protection);
        let now = self.new_cells().filter(|(_, row, _)| !rows.contains(row));
        now.for_each(|(cell, ..)| shown.hide(cell));
        let mut all = mask.clone();
        let withheld = self.new_cells().filter(|(cell, row, _)| rows.contains(row) && !shown.hides(*cell));
        withheld.for_each(|(cell, ..)| all.hide(cell));
        all
    }

    /// Whether a row can be shown as the protection asks.
    fn can_be_shown(&self, row: usize) -> bool {
        let rate = self.job.release.contents.rate(row);
        rate.is_none_or(|(ratio, per)| self.job.protection.has_rate(ratio, per))
    }

    /// Whether an earlier saying was withheld under a protection because nothing in its release told who
    /// contributes how much.
    fn was_untold(&self, saying: usize, protection: Protection) -> bool {
        let untold = |saying: &Saying<'_>| {
            let of_release = |other: &&Saying<'_>| std::ptr::eq(other.edition, saying.edition);
            let mut all = self.job.sayings.iter().filter(of_release);
            !saying.new && all.all(|other| !contributions::tells(other.part))
        };
        protection.asks_contributions() && self.job.sayings.get(saying).is_some_and(untold)
    }

    /// The other protections under which anything of the block was shown, in whichever release: who had answers
    /// under these may now have other answers.
    fn others(&self) -> BTreeSet<Protection> {
        let all = self.job.sayings.iter().flat_map(|saying| saying.edition.shields.keys());
        let is_other =
            |other: &&Protection| **other != self.job.protection && !self.job.release.coming.contains(*other);
        all.filter(is_other).copied().collect()
    }

    /// Finds a mask under which at least these rows are withheld.
    pub(super) fn protect(&self, rows: &BTreeSet<usize>, watch: &dyn Watch) -> Result<Outcome, Failure> {
        let (own, universe, demands) = (self.job.protection, self.cube.universe(), self.own_demands());
        let shown = self.shown_under(own);
        let is_shown = |row: &usize| self.can_be_shown(*row) && !rows.contains(row);
        let not_shown = self.new_cells().filter(|(_, row, _)| !is_shown(row));
        let mut must_hide: BTreeSet<CellId> = not_shown.map(|(cell, ..)| cell).collect();
        // Around the masks of others: then whoever put their answers together have no more than the
        // smallest of these masks shows.
        let (stricter, around): (Vec<_>, Vec<_>) =
            self.others().into_iter().partition(|other| other.is_at_least_as_strict_as(own));
        let inside = stricter.into_iter().map(|other| self.hidden_under(other));
        let inside = inside.reduce(|one, other| one.and(&other));
        // What was withheld under the own one stays so.
        for protection in around.into_iter().chain([own]) {
            must_hide.extend(self.withheld_under(protection));
        }
        let may_hide = |cell: &CellId| {
            let lowest = demands.floor.of(universe, *cell);
            lowest.is_none_or(|lowest| universe.value(*cell) >= lowest)
                && inside.as_ref().is_none_or(|inside| inside.hides(*cell))
        };
        let must_hide: Vec<CellId> =
            must_hide.into_iter().filter(|cell| !shown.hides(*cell)).filter(may_hide).collect();
        let must_publish: Vec<CellId> = (0..universe.len()).filter(|cell| shown.hides(*cell)).collect();
        let task = Task {
            universe,
            needs: &demands.needs,
            floor: demands.floor,
            insiders: &demands.insiders,
            must_publish: &must_publish,
            must_hide: &must_hide,
        };
        let found = match &inside {
            // Where the stricter mask has no room, the two are audited together instead.
            Some(stricter) => match nested(&task, stricter, watch) {
                Err(NoMask::Impossible { .. }) => protect(&task, watch),
                found => found,
            },
            None => protect(&task, watch),
        };
        match found {
            Ok(outcome) => Ok(outcome),
            Err(NoMask::Impossible { cells }) => Err(self.not_found(&task, &cells, watch)),
            Err(NoMask::Cancelled) => Err(Failure::cancelled()),
        }
    }

    /// What is wrong with cells that no mask was found for: whether the first of them can be computed even
    /// where everything is hidden that may be.
    fn not_found(&self, task: &Task<'_>, cells: &[CellId], watch: &dyn Watch) -> Failure {
        let (universe, demands) = (task.universe, self.own_demands());
        let mut hidden = Mask::none(universe.len());
        let may_hide = |cell: &CellId| {
            let lowest = task.floor.of(universe, *cell).filter(|_| universe.kind(*cell) == Kind::Given);
            lowest.is_none_or(|lowest| universe.value(*cell) >= lowest)
                && task.must_publish.binary_search(cell).is_err()
        };
        (0..universe.len()).filter(may_hide).for_each(|cell| hidden.hide(cell));
        let first: BTreeSet<CellId> = cells.iter().copied().take(MOST_CELLS).collect();
        let needs = demands.needs.iter().filter(|need| first.contains(&need.cell)).copied().collect();
        let all_hidden = Demands { needs, insiders: demands.insiders.clone(), floor: demands.floor };
        match self.judge(&all_hidden, &hidden, &[], watch) {
            Ok(verdict) => self.failure(Failure::found(&verdict), cells),
            Err(failure) => failure,
        }
    }

    /// The cells of the release that its shield withholds, and what readers have to leave of each.
    pub(super) fn withheld_cells(&self, watch: &dyn Watch) -> Result<Vec<WithheldCell>, Failure> {
        let (own, demands) = (self.job.protection, self.own_demands());
        let hidden = self.hidden_under(own);
        let (universe, floor) = (self.cube.universe(), demands.floor);
        let question = Question { universe, hidden: &hidden, known: &[], floor, integer: true };
        // Where that is too much to find out, nothing is said of what readers have to leave.
        let findings = (hidden.count() <= MOST_EXAMINED)
            .then(|| examine(&question, watch).map_err(|_| Failure::cancelled()))
            .transpose()?;
        let needing: BTreeSet<CellId> = demands.needs.iter().map(|need| need.cell).collect();
        let shield = self.job.release.shields.get(&own);
        let withheld = |row: usize| shield.is_some_and(|own| own.mask.hides(row));
        let mut cells: BTreeMap<usize, WithheldCell> = BTreeMap::new();
        for (cell, row, count) in self.new_cells().filter(|(_, row, _)| withheld(*row)) {
            let found = cells.entry(row).or_insert(WithheldCell {
                row,
                reason: Reason::ForOthers,
                lowest: None,
                highest: None,
            });
            if needing.contains(&cell) || !self.can_be_shown(row) {
                found.reason = Reason::Unsafe;
            }
            if let (None | Some(Side::Numerator), Some(findings)) = (count.side, &findings) {
                // What is known whatever is withheld leaves nothing else.
                let known = || (Some(count.value), Some(count.value));
                let whole = |own: Interval| (own.low.map(Fraction::floor), own.high.map(Fraction::floor));
                (found.lowest, found.highest) = findings.interval(cell).map_or_else(known, whole);
            }
        }
        Ok(cells.into_values().collect())
    }

    /// Audits a mask. `claims` are alternatives that are said to agree with it.
    pub(super) fn audit(
        &self,
        mask: &Mask,
        claims: &[Certificate],
        watch: &dyn Watch,
    ) -> Result<(), Failure> {
        let verdict = self.judge(self.own_demands(), mask, claims, watch)?;
        let why = Failure::found(&verdict);
        self.pass(verdict, why)
    }

    /// Rows to withhold besides these, one for each sum of withheld rates that is unsafe: the one of the fewest, if
    /// it can be one that a stricter mask withholds.
    pub(super) fn rows_for_sums(
        &self,
        mask: &Mask,
        rows: &BTreeSet<usize>,
    ) -> Result<BTreeSet<usize>, Failure> {
        let sums = self.unsafe_sums(&self.without(mask, rows));
        if sums.is_empty() {
            return Ok(BTreeSet::new());
        }
        let (own, seen) = (self.job.protection, self.shown_under(self.job.protection));
        let new = self.new_cells().map(|(cell, row, _)| (cell, row));
        let is_open = |(cell, row): &(CellId, usize)| !rows.contains(row) && !seen.hides(*cell);
        let new: HashMap<CellId, usize> = new.filter(is_open).collect();
        let stricter = self.others().into_iter().filter(|other| other.is_at_least_as_strict_as(own));
        let stricter: Vec<Mask> = stricter.map(|other| self.hidden_under(other)).collect();
        let mut more = BTreeSet::new();
        for sum in sums {
            let shown = sum.shown.iter().filter_map(|cell| Some((*cell, *new.get(cell)?)));
            let cost = |(cell, row): &(CellId, usize)| {
                let is_outside = stricter.iter().any(|mask| !mask.hides(*cell));
                let of = self.job.release.contents.rate(*row).map(|(ratio, _)| ratio.denominator());
                (is_outside, of, *row)
            };
            let row = shown.min_by_key(cost).map(|(_, row)| row);
            more.insert(row.ok_or_else(|| self.failure(Why::Unprotected, &sum.hidden))?);
        }
        Ok(more)
    }

    /// Audits what withheld rates are together.
    pub(super) fn audit_sums(&self, mask: &Mask) -> Result<(), Failure> {
        let cells: Vec<CellId> = self.unsafe_sums(mask).into_iter().flat_map(|sum| sum.hidden).collect();
        if cells.is_empty() { Ok(()) } else { Err(self.failure(Why::Unprotected, &cells)) }
    }

    fn unsafe_sums(&self, mask: &Mask) -> Vec<Sum> {
        let rules = self.job.protection.rules();
        self.sides().map(|axis| unsafe_sums(&rules, &self.cube, mask, axis)).unwrap_or_default()
    }

    fn judge(
        &self,
        demands: &Demands,
        hidden: &Mask,
        claims: &[Certificate],
        watch: &dyn Watch,
    ) -> Result<audit::Verdict, Failure> {
        let (universe, floor) = (self.cube.universe(), demands.floor);
        let question = Question { universe, hidden, known: &[], floor, integer: true };
        judge(&question, &demands.needs, &demands.insiders, claims, watch).map_err(|_| Failure::cancelled())
    }

    /// Whoever have answers under several protections of the dataset must not get more than the one
    /// among these that shows most. Where every mask lies in the next one, that is so by the audit of
    /// the smallest; else everybody who might put their answers together is audited as one reader.
    /// `claims` are alternatives of the own mask: those that the others leave too are taken over.
    pub(super) fn audit_beside_others(
        &self,
        own: &Mask,
        claims: &[Certificate],
        watch: &dyn Watch,
    ) -> Result<(), Failure> {
        let demands = self.own_demands();
        let others: BTreeMap<Protection, (Mask, Demands)> = self
            .others()
            .into_iter()
            .map(|other| (other, (self.hidden_under(other), self.demands(other))))
            .collect();
        // Of one without a shield here nothing of this release was audited.
        let is_audited = |other: &Protection| self.job.release.shields.contains_key(other);
        let chained = others.iter().all(|(other, (hidden, its))| {
            (own.contains(hidden) && its.floor >= demands.floor && is_audited(other))
                || (hidden.contains(own) && demands.floor >= its.floor)
        });
        if chained {
            return Ok(());
        }
        let needs = others.iter().map(|(other, (_, its))| (*other, its.needs.as_slice()));
        for pool in pools((self.job.protection, &demands.needs), needs) {
            let with = pool.iter().copied().filter_map(|other| Some((other, others.get(&other)?)));
            let views = std::iter::once(demands.view(own))
                .chain(with.clone().map(|(_, (hidden, its))| its.view(hidden)))
                .collect::<Vec<_>>();
            let with = with.map(|(other, _)| other).next().unwrap_or(self.job.protection);
            self.pool(&views, with, claims, watch)?;
        }
        Ok(())
    }

    fn pool(
        &self,
        views: &[audit::View<'_>],
        with: Protection,
        claims: &[Certificate],
        watch: &dyn Watch,
    ) -> Result<(), Failure> {
        let verdict = audit::pooled(self.cube.universe(), views, true, claims, watch);
        let verdict = verdict.map_err(|_| Failure::cancelled())?;
        let why = if Failure::is_proven(&verdict) { Why::Together(with) } else { Why::NotProven };
        self.pass(verdict, why)
    }

    fn pass(&self, verdict: audit::Verdict, why: Why) -> Result<(), Failure> {
        if verdict.is_safe() {
            return Ok(());
        }
        let cells: Vec<CellId> = verdict.failures.iter().map(|failure| failure.cell).collect();
        Err(self.failure(why, &cells))
    }

    /// A failure about these cells, named as they are delivered where they are: those of one name, as of an older and a
    /// newer figure, once.
    fn failure(&self, why: Why, cells: &[CellId]) -> Failure {
        let mut delivered: HashMap<CellId, Unprotected> = HashMap::new();
        for (place, saying) in self.job.sayings.iter().enumerate() {
            for ((cell, _), count) in self.rows(place).zip(&saying.part.cells) {
                let named = || Unprotected {
                    indicator: self.job.key.0.to_owned(),
                    period: count.period,
                    source: saying.source.to_owned(),
                    cell: count.name(),
                    sum: None,
                };
                delivered.entry(cell).or_insert_with(named);
            }
        }
        let derived = |cell: CellId| {
            let (indicator, periods) = self.job.key;
            Failure::place(indicator, periods, self.cube.name(cell))
        };
        let named = cells.iter().map(|cell| delivered.remove(cell).unwrap_or_else(|| derived(*cell)));
        let mut seen = BTreeSet::new();
        let is_first = |own: &Unprotected| seen.insert((own.period, own.source.clone(), own.cell.clone()));
        Failure::about(why, named.filter(is_first).collect())
    }

    /// Whether a shown count is rounded upwards.
    fn goes_up(&self, count: &Count<'_>) -> bool {
        let base = i64::from(self.job.protection.rounding_base);
        if base == 0 {
            return false;
        }
        let layout = self.job.layout;
        let draw = draw(layout.seed, self.job.key.0, count.period, &units(layout, count));
        rounding::round(count.value, base, draw) > count.value
    }

    /// The rows of which the count, or the numerator, is rounded upwards, and those of which the
    /// denominator is, when these are withheld.
    pub(super) fn upwards(&self, hidden: &BTreeSet<usize>) -> (Vec<usize>, Vec<usize>) {
        let (mut upwards, mut denominators) = (Vec::new(), Vec::new());
        for (_, row, count) in self.new_cells() {
            if !hidden.contains(&row) && self.goes_up(count) {
                match count.side {
                    None | Some(Side::Numerator) => upwards.push(row),
                    Some(Side::Denominator) => denominators.push(row),
                    Some(Side::Rest) => {}
                }
            }
        }
        (upwards, denominators)
    }

    /// What was found when these rows are withheld.
    pub(super) fn report(&self, withheld: &BTreeSet<usize>, method: Method) -> BlockReport {
        let needed: BTreeSet<CellId> = self.own_demands().needs.iter().map(|need| need.cell).collect();
        let rows = self.new_rows();
        let unsafe_cells = self.new_cells().filter(|(cell, ..)| needed.contains(cell));
        let needing: BTreeSet<usize> = unsafe_cells.map(|(_, row, _)| row).collect();
        let for_others = |row: &&usize| !needing.contains(*row) && self.can_be_shown(**row);
        BlockReport {
            indicator: self.job.key.0.to_owned(),
            periods: self.job.key.1.clone(),
            method,
            history: self.job.sayings.iter().filter(|saying| !saying.new).count(),
            cells: rows.len(),
            unsafe_cells: self.own_demands().needs.len(),
            withheld: withheld.len(),
            secondary: withheld.iter().filter(for_others).count(),
        }
    }
}
