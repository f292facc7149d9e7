//! Which cells of a file to hide.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};
use sdc::audit::{Flaw, Question, examine, judge};
use sdc::model::{CellId, Floor, Need};
use sdc::protect::{Engine, NoMask, Task, protect};
use sdc::rules::{Contributions, Facts, RuleSet};
use sdc::{Mask, Watch};
use serde_json::{Value, json};

use super::file::{self, File, Tables};
use super::{audit, in_dutch, policy};
use crate::cli::SdcPolicy;

/// The mask of a file under a policy, with what shows that it holds.
pub(super) fn report(file: &File, given: &SdcPolicy, watch: &dyn Watch) -> Result<Value> {
    let tables = file.tables()?;
    let mut rules = policy::rules(given)?;
    // That nobody or everybody is counted in a share is a secret, so what is hidden may be zero, and then others
    // may only be zero too where their zeros are hidden.
    rules.protect_zeros |= !tables.shares.is_empty();
    ensure!(
        rules.group_share.is_none() || rules.protect_zeros,
        "--group-percent: wie ziet dat niemand in de andere categorieën zit, weet dat de hele groep in één zit, dus de \
         regel over groepen kan alleen met verborgen nullen; zet --protect-zeros erbij, of laat --group-percent weg"
    );
    let universe = &tables.linked.universe;
    for (index, cell) in file.cells.iter().enumerate() {
        ensure!(
            universe.value(tables.place(&cell.id, "cells")?) >= 0,
            "cells[{index}].value: \"{}\" is {}; alleen waarden van nul of meer kunnen worden afgeschermd",
            cell.id,
            cell.value
        );
    }
    ensure!(
        rules.minimum_denominator == 0 || file.cells.iter().any(|cell| cell.denominator.is_some()),
        "cells: {} vraagt van hoeveel percentages en gemiddelden zijn, en geen cel heeft een denominator; geef die, \
         bijvoorbeeld \"denominator\": 120",
        policy::who_asks_denominators(given)
    );
    let needs = needs(&tables, &rules)?;
    let mut wanted = Mask::none(universe.len());
    needs.iter().for_each(|need| wanted.hide(need.cell));
    tables.check_floor(&wanted, &[], "geef een lagere lower_bound")?;
    let floor = rules.floor(universe, &needs).max(tables.floor);
    let needs = floor.within_reach(universe, &Mask::none(universe.len()), needs);
    let contributors = contributors(&tables)?;
    let of_how_many: Vec<CellId> = tables.shares.iter().map(|share| share.all).collect();
    let public: BTreeSet<CellId> = of_how_many.iter().copied().collect();
    let is_public = |cell| public.contains(&cell);
    let behind = |cell| contributors.get(cell).copied().flatten();
    let insiders = rules.lone_contributors(universe, is_public, behind);
    let task = Task {
        universe,
        needs: &needs,
        floor,
        insiders: &insiders,
        must_publish: &of_how_many,
        must_hide: &[],
    };
    let outcome = match protect(&task, watch) {
        Ok(outcome) => outcome,
        Err(error) => {
            let unprotected = match &error {
                NoMask::Impossible { cells } => cells.as_slice(),
                NoMask::Cancelled => &[],
            };
            // Who knows cells is looked at apart from what every reader can compute.
            let has_mask = || protect(&Task { insiders: &[], ..task }, watch).is_ok();
            let only_insiders = !unprotected.is_empty() && !insiders.is_empty() && has_mask();
            bail!("{}", in_dutch::no_mask(&error, tables.names(unprotected)?, only_insiders));
        }
    };
    let question = Question { universe, hidden: &outcome.mask, known: &[], floor, integer: tables.integer };
    let verdict = judge(&question, &needs, &insiders, &outcome.certificates, watch)?;
    let failing: Vec<CellId> = verdict.failures.iter().map(|failure| failure.cell).collect();
    ensure!(
        verdict.is_safe(),
        "de toets van het masker slaagt niet{}, voor {}; neem een grover niveau of minder uitsplitsingen",
        in_dutch::from_whom(verdict.failures.iter().all(|own| matches!(own.flaw, Flaw::Insider(_)))),
        in_dutch::listed(tables.names(&failing)?)
    );
    let findings = examine(&question, watch)?;
    let protected: BTreeSet<CellId> = needs.iter().map(|need| need.cell).collect();
    Ok(json!({
        "policy": given.policy.name(),
        "minimum_frequency": rules.minimum_frequency,
        "protect_zeros": rules.protect_zeros,
        "interval_width": rules.interval_width,
        "engine": match outcome.engine { Engine::Network => "network", Engine::General => "general" },
        "publish": named(&tables, |place| !outcome.mask.hides(place))?,
        "suppressed": named(&tables, |place| outcome.mask.hides(place))?,
        "protected": named(&tables, |place| protected.contains(&place))?,
        "report": counts(&tables, &outcome.mask, &protected),
        "recoverable": audit::recoverable(&tables, &findings)?,
        "intervals": audit::intervals(&tables, &findings, |_| true)?,
        "safe": true,
    }))
}

/// How many units are behind each cell: what the file says, else the denominator of a mean and the value of a count.
fn contributors(tables: &Tables<'_>) -> Result<Vec<Option<u64>>> {
    let universe = &tables.linked.universe;
    let mut known: Vec<Option<u64>> = (0..universe.len())
        .map(|cell| if tables.integer { u64::try_from(universe.value(cell)).ok() } else { None })
        .collect();
    for cell in &tables.file.cells {
        let place = tables.place(&cell.id, "cells")?;
        let units = if tables.is_mean(cell)? { tables.denominator(cell)? } else { None };
        // What is something over nobody says nothing of how many are behind it.
        let units =
            units.and_then(|units| u64::try_from(units / tables.unit()).ok()).filter(|units| *units > 0);
        if let (Some(count), Some(own)) = (cell.contributors.or(units), known.get_mut(place)) {
            *own = Some(count);
        }
    }
    Ok(known)
}

fn needs(tables: &Tables<'_>, rules: &RuleSet) -> Result<Vec<Need>> {
    let universe = &tables.linked.universe;
    let contributors = contributors(tables)?;
    let says = tables.file.relations().iter().any(|relation| relation.breakdown.is_some());
    let is_breakdown = |relation: &&file::Relation| relation.breakdown.unwrap_or(!says);
    let mut groups: Vec<Vec<i64>> = vec![Vec::new(); universe.len()];
    for relation in tables.file.relations().iter().filter(is_breakdown) {
        let total = universe.value(tables.place(&relation.total, "relations")?);
        for part in &relation.parts {
            if let Some(own) = groups.get_mut(tables.place(part, "relations")?) {
                own.push(total);
            }
        }
    }
    for share in &tables.shares {
        // All whom a share is of are the group of who are counted; who are not are no category of it.
        if let Some(own) = groups.get_mut(share.counted) {
            own.push(universe.value(share.all));
        }
    }
    let mut needs = Vec::new();
    for cell in &tables.file.cells {
        let place = tables.place(&cell.id, "cells")?;
        let value = universe.value(place);
        let largest = tables.largest(cell)?;
        let contributions = largest.map(|largest| Contributions::with_total(largest, value));
        let is_mean = tables.is_mean(cell)?;
        let facts = Facts {
            value,
            unit: tables.unit(),
            contributors: contributors.get(place).copied().flatten(),
            contributions: contributions.as_ref(),
            groups: groups.get(place).filter(|_| !is_mean).map_or(&[], Vec::as_slice),
            denominator: tables.denominator(cell)?,
            is_mean,
            respondents: cell.respondents,
        };
        if let Some(found) = rules.assess(&facts) {
            needs.push(rules.need(place, &found, tables.unit()));
        } else if cell.protected {
            let width = i64::try_from(rules.interval_width)?.saturating_mul(tables.unit());
            needs.push(Need::width(place, width));
        }
    }
    for share in &tables.shares {
        of_share(tables, rules, share, &mut needs);
    }
    Ok(needs)
}

/// Who is not counted in a share is protected as who is, and neither has more room than from nobody to
/// everybody, or than from what each side is known to be at least. Of nobody, nobody is no secret.
fn of_share(tables: &Tables<'_>, rules: &RuleSet, share: &file::Share, needs: &mut Vec<Need>) {
    let universe = &tables.linked.universe;
    let [others, all] = [share.others, share.all].map(|cell| universe.value(cell));
    let facts = Facts {
        value: others,
        unit: tables.unit(),
        contributors: u64::try_from(others).ok().filter(|_| tables.integer),
        denominator: Some(all),
        respondents: share.respondents,
        ..Facts::default()
    };
    needs.extend(rules.assess(&facts).map(|found| rules.need(share.others, &found, tables.unit())));
    let is_side = |need: &Need| need.cell == share.counted || need.cell == share.others;
    needs.retain(|need| all > 0 || !is_side(need));
    let least = if let Floor::At(least) = tables.floor { least.max(0) } else { 0 };
    for need in needs.iter_mut().filter(|need| is_side(need)) {
        let below = universe.value(need.cell).saturating_sub(least).max(0);
        let above = (all - universe.value(need.cell)).saturating_sub(least).max(0);
        need.width = need.width.min(below.saturating_add(above)).max(1);
        need.above = need.above.min(above);
        need.below = need.below.min(below);
    }
}

/// The ids of cells, in the order of the file.
fn named<'a>(tables: &'a Tables<'_>, wanted: impl Fn(CellId) -> bool) -> Result<Vec<&'a str>> {
    let mut names = Vec::new();
    for cell in &tables.file.cells {
        if wanted(tables.place(&cell.id, "cells")?) {
            names.push(cell.id.as_str());
        }
    }
    Ok(names)
}

fn counts(tables: &Tables<'_>, mask: &Mask, protected: &BTreeSet<CellId>) -> Value {
    let universe = &tables.linked.universe;
    let beside: BTreeSet<CellId> = tables.shares.iter().flat_map(|share| [share.others, share.all]).collect();
    let cells: Vec<CellId> = (0..universe.len()).filter(|cell| !beside.contains(cell)).collect();
    let value = |cells: &mut dyn Iterator<Item = &CellId>| -> i128 {
        cells.map(|cell| i128::from(universe.value(*cell))).sum()
    };
    let hidden = || cells.iter().filter(|cell| mask.hides(**cell));
    let (all, lost) = (value(&mut cells.iter()), value(&mut hidden()));
    let thousandths = if all == 0 { 0 } else { lost * 100_000 / all };
    let protected = cells.iter().filter(|cell| protected.contains(cell)).count();
    json!({
        "cells": cells.len(),
        "protected": protected,
        "suppressed": hidden().count(),
        "secondary": hidden().count() - protected,
        "lost_value_thousandths_of_percent": i64::try_from(thousandths).unwrap_or(i64::MAX),
    })
}
