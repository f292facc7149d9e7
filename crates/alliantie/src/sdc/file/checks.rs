//! What must hold of the cells and relations of a file, with the place where it does not.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail, ensure};

use super::super::number::{scaled, written};
use super::{Cell, File, Relation};

impl File {
    /// Checks that each cell is there once, that a mean says over how many units it is, and that no cell has more
    /// from its largest contributors than it is.
    pub(super) fn check_cells(&self, decimals: u32) -> Result<()> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (index, cell) in self.cells.iter().enumerate() {
            let id = &cell.id;
            if let Some(first) = places.insert(id, index) {
                bail!("cells[{index}].id: \"{id}\" staat ook in cells[{first}]; geef elke cel één keer");
            }
            ensure!(
                !cell.mean || cell.denominator.is_some(),
                "cells[{index}].mean: \"{id}\" is een gemiddelde zonder denominator; geef over hoeveel eenheden het is, \
                 bijvoorbeeld \"denominator\": 120"
            );
            contributions(cell, decimals)
                .with_context(|| format!("cells[{index}].contributions_largest van \"{id}\""))?;
        }
        Ok(())
    }

    /// That a cell is a part of itself, with the first of its sums by which it is.
    pub(super) fn cycle(&self, id: &str) -> String {
        let mut totals_of: HashMap<&str, Vec<&str>> = HashMap::new();
        for Relation { total, parts, .. } in self.relations() {
            parts.iter().for_each(|part| totals_of.entry(part).or_default().push(total));
        }
        let (mut above, mut waiting) = (HashSet::from([id]), vec![id]);
        while let Some(cell) = waiting.pop() {
            let totals = totals_of.get(cell).into_iter().flatten();
            waiting.extend(totals.filter(|total| above.insert(total)));
        }
        let is_by =
            |sum: &Relation| sum.total == id && sum.parts.iter().any(|part| above.contains(part.as_str()));
        let place = self.relations().iter().position(is_by).map(|place| format!("[{place}]"));
        format!(
            "relations{}: \"{id}\" is een deel van zichzelf; een totaal hoort boven al zijn delen te staan",
            place.unwrap_or_default()
        )
    }
}

fn contributions(cell: &Cell, decimals: u32) -> Result<()> {
    let Some(amounts) = &cell.contributions_largest else { return Ok(()) };
    let amounts = amounts.iter().map(|amount| scaled(amount, decimals)).collect::<Result<Vec<_>>>()?;
    within(&amounts, scaled(&cell.value, decimals)?)
}

/// Checks that relations have parts, each once, that they name cells, and that the parts add up to their total.
/// `cells` have their values in this many decimals.
pub(super) fn relations(relations: &[Relation], cells: &[(&str, i64)], decimals: u32) -> Result<()> {
    let values: HashMap<&str, i64> = cells.iter().copied().collect();
    for (index, Relation { total, parts, .. }) in relations.iter().enumerate() {
        ensure!(
            !parts.is_empty(),
            "relations[{index}].parts: \"{total}\" heeft geen delen; geef er minstens een, bijvoorbeeld [\"buurt1\"]"
        );
        let value = |id: &String| {
            let value = values.get(id.as_str()).copied().map(i128::from);
            value.with_context(|| {
                format!(
                    "relations[{index}] noemt \"{id}\", en die is er niet bij de cellen; voeg de cel toe of verbeter de \
                     naam"
                )
            })
        };
        let mut seen = HashSet::new();
        let (all, mut together) = (value(total)?, 0);
        for part in parts {
            together += value(part)?;
            ensure!(
                seen.insert(part),
                "relations[{index}].parts: \"{part}\" staat er twee keer; geef elk deel één keer"
            );
        }
        if all != together {
            let [all, together] = [all, together].map(|sum| written(sum, 10i128.pow(decimals)));
            bail!(
                "relations[{index}]: \"{total}\" is {all} en de delen zijn samen {together}; ze moeten precies optellen"
            );
        }
    }
    Ok(())
}

/// Checks that the largest contributions are not under zero, and not more than all of them together.
pub(in super::super) fn within(largest: &[i64], total: i64) -> Result<()> {
    ensure!(
        largest.iter().all(|amount| *amount >= 0),
        "een bijdrage is onder nul; verwacht worden bedragen van nul of meer"
    );
    let together: i128 = largest.iter().map(|amount| i128::from(*amount)).sum();
    ensure!(
        together <= i128::from(total),
        "samen zijn de bijdragen meer dan het geheel; verwacht worden de grootste bijdragen, die daar een deel van zijn"
    );
    Ok(())
}
