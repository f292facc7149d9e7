//! What withholding small counts alone would give away.

use std::collections::{BTreeMap, BTreeSet};

use sdc::audit::{Flaw, Question, examine, judge};
use sdc::model::{CellId, Floor, Need};
use sdc::protect::recoverable;
use sdc::{Mask, Watch};

use super::apart::Apart;
use super::block::{Contents, Part};
use super::codes::{breakdown_axes, sides_axis};
use super::contributions::Contributors;
use super::effort::{Effort, MOST_PUT_TOGETHER};
use super::history::{Saying, readings, told};
use super::moments::views;
use super::needs::needs;
use super::periods::keys;
use super::stage::MOST_EXAMINED;
use super::whole::Whole;
use super::{Edition, Failure, Layout, cause};
use crate::domain::protection::Protection;

/// How many cells of a release are unsafe by themselves and would be known exactly if only such
/// cells were withheld. A rate is unsafe when one of its counts is, and known when such a one is. What
/// is withheld by a rule, after what `earlier` releases had, is not counted.
///
/// # Errors
/// When the counts do not add up, or when `watch` ends the run.
pub(crate) fn plain_filter_leaks(
    layout: &Layout<'_>,
    earlier: &[Edition<'_>],
    release: &Edition<'_>,
    protection: Protection,
    watch: &dyn Watch,
) -> Result<usize, Failure> {
    let contents = release.contents;
    let edition = Edition::new(contents, BTreeMap::new());
    let all: Vec<&Contents<'_>> = earlier.iter().map(|own| own.contents).chain([contents]).collect();
    let apart = Apart::of(layout, &all);
    let mut leaks = 0;
    for key in keys(layout, &[contents]) {
        let block = contents.block(&key).unwrap_or_default();
        if cause(&apart, &key, &block, protection).is_some() {
            continue;
        }
        let saying = |(source, part)| Saying { source, part, edition: &edition, new: true };
        let sayings: Vec<Saying<'_>> = block.iter().map(|(source, part)| saying((*source, part))).collect();
        let matters = |rest: i64, of: i64| protection.asks_of_rest(rest, of);
        let views = views(&sayings, protection, &BTreeSet::new());
        let effort = &mut Effort::new(MOST_PUT_TOGETHER, watch);
        let Whole { cube, known, left_out } =
            readings(layout, (key.0, &key.1), &sayings, &views, &matters, effort)?.first;
        let sides = sides_axis(layout, block.values().flat_map(Part::all));
        let contributors = || Contributors::of(cube.universe(), told(&cube, &sayings, &left_out));
        let contributors = protection.asks_contributions().then(contributors);
        let breakdowns = breakdown_axes(layout);
        let rules = protection.rules();
        let needs = needs(&rules, &cube, &known, breakdowns, sides, contributors.as_ref());
        let floor = if sides.is_some() { Floor::ZERO } else { rules.floor(cube.universe(), &needs) };
        let needing: BTreeSet<CellId> = needs.into_iter().map(|need| need.cell).collect();
        let cells = || {
            let own = |(place, saying): (usize, &Saying<'_>)| {
                let rows = saying.part.rows.clone();
                cube.places(place).iter().copied().zip(rows).collect::<Vec<_>>()
            };
            sayings.iter().enumerate().flat_map(own)
        };
        let rows = |cells: &mut dyn Iterator<Item = (CellId, usize)>| -> BTreeSet<usize> {
            cells.filter(|(cell, _)| needing.contains(cell)).map(|(_, row)| row).collect()
        };
        let mut withheld = rows(&mut cells());
        let shown =
            |row: usize| contents.rate(row).is_none_or(|(ratio, per)| protection.has_rate(ratio, per));
        withheld.extend(cells().map(|(_, row)| row).filter(|row| !shown(*row)));
        let (universe, mut hidden) = (cube.universe(), Mask::none(cube.universe().len()));
        let never = universe.never_published();
        let never = (0..universe.len()).filter(|cell| never.hides(*cell));
        let of_rows = cells().filter(|(_, row)| withheld.contains(row)).map(|(cell, _)| cell);
        let all = never.chain(needing.iter().copied()).chain(of_rows);
        all.filter(|cell| !known.hides(*cell)).for_each(|cell| hidden.hide(cell));
        let question = Question { universe, hidden: &hidden, known: &[], floor, integer: true };
        let known = exactly_known(&question, &needing, watch)?;
        leaks += rows(&mut cells().filter(|(cell, _)| known.contains(cell))).len();
    }
    Ok(leaks)
}

/// Those of these cells of which only one value is possible: they follow from the sums, or from the sums and from
/// how low a count can be. The latter are not all found outside of networks, where too much is hidden.
fn exactly_known(
    question: &Question<'_>,
    cells: &BTreeSet<CellId>,
    watch: &dyn Watch,
) -> Result<BTreeSet<CellId>, Failure> {
    let hidden = cells.iter().filter(|cell| question.hidden.hides(**cell));
    let needs: Vec<Need> = hidden.map(|cell| Need::width(*cell, 1)).collect();
    let verdict = judge(question, &needs, &[], &[], watch).map_err(|_| Failure::cancelled())?;
    let (proven, open): (Vec<_>, Vec<_>) = verdict
        .failures
        .into_iter()
        .filter(|failure| failure.flaw == Flaw::Exact)
        .partition(|failure| failure.proven);
    let mut known: BTreeSet<CellId> = recoverable(question.universe, question.hidden).into_iter().collect();
    known.extend(proven.iter().map(|failure| failure.cell));
    let is_open = open.iter().any(|failure| !known.contains(&failure.cell));
    if is_open && question.hidden.count() <= MOST_EXAMINED {
        let findings = examine(question, watch).map_err(|_| Failure::cancelled())?;
        let points = findings.intervals.into_iter().filter(|(_, own)| own.exact && own.is_point());
        known.extend(points.map(|(cell, _)| cell));
    }
    Ok(known)
}
