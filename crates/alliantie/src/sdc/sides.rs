//! What is beside the counts of a file that are of known many.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};

use super::file::Cell;
use super::number::scaled;

/// A count of known many, with what the cells beside it are called and their values.
pub(super) struct Sides<'a> {
    pub(super) cell: &'a Cell,
    value: i64,
    pub(super) others: (String, i64),
    pub(super) all: (String, i64),
}

/// Whether a cell is how many of `all` are counted. A mean or another ratio is not, and what is more than of how many
/// it is, is one.
pub(super) fn is_share(cell: &Cell, value: i64, all: i64) -> bool {
    !cell.mean && (0..=all).contains(&value)
}

impl<'a> Sides<'a> {
    /// Of each count that is of known many, all others and how many there are, with what they are called.
    pub(super) fn all(cells: &'a [Cell], decimals: u32) -> Result<Vec<Self>> {
        let mut sides = Vec::new();
        for cell in cells {
            let Some(all) = &cell.denominator else { continue };
            let field = || format!("cells: denominator van \"{}\"", cell.id);
            let (value, all) = (scaled(&cell.value, decimals)?, scaled(all, decimals).with_context(field)?);
            ensure!(
                all >= 0,
                "cells: denominator van \"{}\" is onder nul; geef van hoeveel het is, bijvoorbeeld 120",
                cell.id
            );
            if is_share(cell, value, all) {
                let id = &cell.id;
                let others = (format!("wie bij \"{id}\" niet meetelt"), all - value);
                sides.push(Self { cell, value, others, all: (format!("van wie \"{id}\" is"), all) });
            }
        }
        Ok(sides)
    }

    /// The cell of a file that something with this name is of: itself, or what it is beside.
    pub(super) fn cell_of<'s>(sides: &'s [Self], name: &'s str) -> &'s str {
        let own = sides.iter().find(|own| own.others.0 == name || own.all.0 == name);
        own.map_or(name, |own| &own.cell.id)
    }

    /// The sums of all others, and of all, that go with the sums of who are counted: where of how many the parts are
    /// adds up too, nobody is in two of them.
    pub(super) fn sums<'s>(
        sides: &'s [Self],
        counted: &[(&'s str, Vec<&'s str>)],
    ) -> Vec<(&'s str, Vec<&'s str>)> {
        let of: HashMap<&str, &Self> = sides.iter().map(|own| (own.cell.id.as_str(), own)).collect();
        let mut sums = Vec::new();
        for (total, parts) in counted {
            let parts: Option<Vec<&Self>> = parts.iter().map(|part| of.get(part).copied()).collect();
            let Some((total, parts)) = of.get(total).copied().zip(parts) else { continue };
            let adds_up = |value: fn(&Self) -> i64| {
                parts.iter().map(|part| i128::from(value(part))).sum::<i128>() == i128::from(value(total))
            };
            if adds_up(|own| own.value) && adds_up(|own| own.all.1) {
                sums.push((
                    total.others.0.as_str(),
                    parts.iter().map(|part| part.others.0.as_str()).collect(),
                ));
                sums.push((total.all.0.as_str(), parts.iter().map(|part| part.all.0.as_str()).collect()));
            }
        }
        sums
    }
}
