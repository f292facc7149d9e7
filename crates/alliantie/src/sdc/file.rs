//! The file format: cells, relations and cases.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sdc::Mask;
use sdc::audit::Fraction;
use sdc::model::{CellId, Floor, Linked};
use serde::Deserialize;
use serde_json::{Number, Value};

/// Decimals that fit in scaled whole numbers, at most.
const MOST_DECIMALS: u32 = 9;

/// A file as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) id: Option<String>,
    /// What is known of a hidden cell: at least this; null for nothing.
    #[serde(default = "zero")]
    lower_bound: Option<Number>,
    /// Whether values are counts.
    #[serde(default = "yes")]
    integer: bool,
    #[serde(default)]
    policy: Option<Policy>,
    #[serde(default)]
    pub(super) cells: Vec<Cell>,
    /// None when the file does not speak of them: then nobody knows what can be computed.
    #[serde(default)]
    relations: Option<Vec<Relation>>,
    #[serde(default)]
    pub(super) cases: Vec<Case>,
    #[serde(default)]
    pub(super) single_cells: Vec<Single>,
}

/// What of its policy a file asks an audit for.
#[derive(Debug, Deserialize)]
struct Policy {
    #[serde(default)]
    min_interval_width: Option<u64>,
}

/// A cell.
#[derive(Debug, Deserialize)]
pub(super) struct Cell {
    pub(super) id: String,
    pub(super) value: Number,
    #[serde(default = "yes")]
    pub(super) published: bool,
    #[serde(default)]
    pub(super) protected: bool,
    /// How many units are behind the value; for a count the count itself.
    #[serde(default)]
    pub(super) contributors: Option<u64>,
    /// The largest amounts, one per organisation.
    #[serde(default)]
    contributions_largest: Option<Vec<Number>>,
    /// Of a percentage, rate or mean, whose numerator is the value: over how many units.
    #[serde(default)]
    denominator: Option<Number>,
    /// Of a survey result: how many respondents answered.
    #[serde(default)]
    pub(super) respondents: Option<u64>,
}

/// A total and its parts.
#[derive(Debug, Deserialize)]
pub(super) struct Relation {
    pub(super) total: String,
    pub(super) parts: Vec<String>,
    /// Whether the parts are categories of a group, for the rule on groups. When no relation of the
    /// file says so, all are.
    #[serde(default)]
    pub(super) breakdown: bool,
}

/// What is visible, to whom.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    #[serde(default)]
    pub(super) publish: Option<Vec<String>>,
    #[serde(default)]
    pub(super) insider_knows: Vec<String>,
}

/// A cell on its own, with the rules to test.
#[derive(Debug, Deserialize)]
pub(super) struct Single {
    pub(super) name: String,
    #[serde(default)]
    pub(super) contributions_largest: Vec<Number>,
    #[serde(default)]
    pub(super) total: Option<Number>,
    #[serde(default)]
    pub(super) n_contributors: Option<u64>,
    #[serde(default)]
    pub(super) rules: serde_json::Map<String, Value>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::unnecessary_wraps, reason = "the field it fills can be null")]
fn zero() -> Option<Number> {
    Some(0.into())
}

/// The tables of a file, in scaled whole numbers.
pub(super) struct Tables<'a> {
    pub(super) file: &'a File,
    pub(super) linked: Linked,
    pub(super) floor: Floor,
    pub(super) integer: bool,
    /// Counts of which the file says of how many they are.
    pub(super) shares: Vec<Share>,
    /// The cell of the universe for each id.
    places: HashMap<&'a str, CellId>,
    decimals: u32,
}

/// A count of known many, with what the cells beside it are called and their values.
struct Sides<'a> {
    cell: &'a Cell,
    others: (String, i64),
    all: (String, i64),
}

/// A count of known many, by place: of how many is no secret, so whoever knows the one knows all others too.
pub(super) struct Share {
    pub(super) counted: CellId,
    pub(super) others: CellId,
    pub(super) all: CellId,
    /// Of a survey, how many respondents answered.
    pub(super) respondents: Option<u64>,
}

impl File {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not as expected", path.display()))
    }

    /// Takes a text for a file.
    pub(super) fn parse(text: &str) -> Result<Self> {
        Ok(serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))?)
    }

    /// How wide intervals must be, when the file says so.
    pub(super) fn width(&self) -> Option<u64> {
        self.policy.as_ref()?.min_interval_width
    }

    /// The totals and their parts.
    pub(super) fn relations(&self) -> &[Relation] {
        self.relations.as_deref().unwrap_or_default()
    }

    /// How many decimals the numbers have, at most.
    fn decimals(&self) -> Result<u32> {
        let of = |number: &Number| {
            let decimals = decimals_of(number)?;
            ensure!(
                decimals == 0 || !self.integer,
                "{number} has decimals and integer is true; give whole numbers or set integer to false"
            );
            Ok(decimals)
        };
        let mut most = 0;
        for (index, cell) in self.cells.iter().enumerate() {
            most = most.max(of(&cell.value).with_context(|| format!("cells[{index}].value"))?);
            for amount in cell.contributions_largest.iter().flatten() {
                let field = || format!("cells[{index}].contributions_largest");
                most = most.max(of(amount).with_context(field)?);
            }
            if let Some(units) = &cell.denominator {
                most = most.max(of(units).with_context(|| format!("cells[{index}].denominator"))?);
            }
        }
        if let Some(lowest) = &self.lower_bound {
            most = most.max(of(lowest).context("lower_bound")?);
        }
        Ok(most)
    }

    /// The tables, checked.
    pub(super) fn tables(&self) -> Result<Tables<'_>> {
        ensure!(!self.cells.is_empty(), "cells: the file has none; give at least one");
        let decimals = self.decimals()?;
        let mut cells = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let value =
                scaled(&cell.value, decimals).with_context(|| format!("cells: value of \"{}\"", cell.id))?;
            cells.push((cell.id.as_str(), value));
        }
        let relations = self.relations.as_deref();
        let relations =
            relations.context("relations: the file has none; give [] when no cell is the total of others")?;
        let mut relations: Vec<(&str, Vec<&str>)> = relations
            .iter()
            .map(|own| (own.total.as_str(), own.parts.iter().map(String::as_str).collect()))
            .collect();
        let sides = self.sides(decimals)?;
        for Sides { cell, others, all } in &sides {
            relations.push((&all.0, vec![&cell.id, &others.0]));
            cells.extend([(others.0.as_str(), others.1), (all.0.as_str(), all.1)]);
        }
        let linked =
            Linked::new(&cells, &relations).context("the cells and relations do not fit together")?;
        let floor = match &self.lower_bound {
            None => Floor::None,
            Some(lowest) => Floor::At(scaled(lowest, decimals).context("lower_bound")?),
        };
        let ids = self.cells.iter().map(|cell| cell.id.as_str());
        let places: HashMap<&str, CellId> = ids.zip(linked.places().iter().copied()).collect();
        let of_sides = linked.places().get(self.cells.len()..).unwrap_or_default().chunks_exact(2);
        let shares = sides.iter().zip(of_sides).filter_map(|(Sides { cell, .. }, found)| match found {
            [others, all] => Some(Share {
                counted: *places.get(cell.id.as_str())?,
                others: *others,
                all: *all,
                respondents: cell.respondents,
            }),
            _ => None,
        });
        let shares = shares.collect();
        Ok(Tables { file: self, floor, integer: self.integer, shares, places, decimals, linked })
    }

    /// Of each count that is of known many, all others and how many there are, with what they are called. A sum
    /// that is more than of how many it is, as of a mean, has no others.
    fn sides(&self, decimals: u32) -> Result<Vec<Sides<'_>>> {
        let mut sides = Vec::new();
        for cell in &self.cells {
            let Some(all) = &cell.denominator else { continue };
            let field = || format!("cells: denominator of \"{}\"", cell.id);
            let (value, all) = (scaled(&cell.value, decimals)?, scaled(all, decimals).with_context(field)?);
            ensure!(
                all >= 0,
                "cells: the denominator of \"{}\" is under zero; give of how many it is",
                cell.id
            );
            if (0..=all).contains(&value) {
                let id = &cell.id;
                let others = (format!("what \"{id}\" does not count"), all - value);
                sides.push(Sides { cell, others, all: (format!("all that \"{id}\" is of"), all) });
            }
        }
        Ok(sides)
    }
}

impl Tables<'_> {
    /// The cell with this id.
    pub(super) fn place(&self, id: &str, named_in: &str) -> Result<CellId> {
        match self.places.get(id) {
            Some(place) => Ok(*place),
            None => {
                bail!("{named_in} names \"{id}\", which is not among the cells; add it or correct the id")
            }
        }
    }

    /// What a case hides, and what its insider knows.
    pub(super) fn view(&self, case: &Case) -> Result<(Mask, Vec<CellId>)> {
        let universe = &self.linked.universe;
        let mut shown = vec![false; universe.len()];
        let mut show = |place: CellId| {
            if let Some(shown) = shown.get_mut(place) {
                *shown = true;
            }
        };
        self.shares.iter().for_each(|share| show(share.all));
        match &case.publish {
            Some(ids) => {
                for id in ids {
                    show(self.place(id, "publish")?);
                }
            }
            None => {
                for cell in self.file.cells.iter().filter(|cell| cell.published) {
                    show(self.place(&cell.id, "cells")?);
                }
            }
        }
        let mut mask = Mask::none(universe.len());
        shown.iter().enumerate().filter(|(_, shown)| !**shown).for_each(|(place, _)| mask.hide(place));
        let known = case.insider_knows.iter().map(|id| self.place(id, "insider_knows"));
        Ok((mask, known.collect::<Result<_>>()?))
    }

    /// How many steps of the scale make one.
    pub(super) fn unit(&self) -> i64 {
        10i64.pow(self.decimals)
    }

    /// The amounts of the largest contributors to a cell, when the file gives them.
    pub(super) fn largest(&self, cell: &Cell) -> Result<Option<Vec<i64>>> {
        let amounts = cell.contributions_largest.as_ref();
        amounts
            .map(|amounts| amounts.iter().map(|amount| scaled(amount, self.decimals)).collect())
            .transpose()
    }

    /// Over how many units the cell is a percentage, rate or mean, when the file says so.
    pub(super) fn denominator(&self, cell: &Cell) -> Result<Option<i64>> {
        cell.denominator.as_ref().map(|units| scaled(units, self.decimals)).transpose()
    }

    /// A number of the scale as JSON.
    pub(super) fn number(&self, value: Fraction) -> Value {
        match (value.whole(), self.decimals) {
            (Some(whole), 0) => whole.into(),
            _ => {
                let scale = i128::from(value.denominator()) * i128::from(self.unit());
                decimal(i128::from(value.numerator()), scale)
            }
        }
    }
}

/// A fraction as a JSON number with as many decimals as it takes, at most twelve.
pub(super) fn decimal(numerator: i128, denominator: i128) -> Value {
    let sign = if numerator < 0 { "-" } else { "" };
    let (numerator, denominator) = (numerator.unsigned_abs(), denominator.unsigned_abs().max(1));
    let mut text = format!("{sign}{}", numerator / denominator);
    let mut rest = numerator % denominator;
    if rest != 0 {
        text.push('.');
    }
    for _ in 0..12 {
        if rest == 0 {
            break;
        }
        rest *= 10;
        text.push_str(&(rest / denominator).to_string());
        rest %= denominator;
    }
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn decimals_of(number: &Number) -> Result<u32> {
    let text = number.to_string();
    ensure!(!text.contains(['e', 'E']), "{text} is too large or too small; write it without an exponent");
    let places = text.split_once('.').map_or("", |(_, places)| places).trim_end_matches('0').len();
    let places = u32::try_from(places)?;
    ensure!(places <= MOST_DECIMALS, "{text} has more than {MOST_DECIMALS} decimals; round it");
    Ok(places)
}

/// A number in scaled whole numbers.
pub(super) fn scaled(number: &Number, decimals: u32) -> Result<i64> {
    let text = number.to_string();
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let places = places.trim_end_matches('0');
    let wanted = usize::try_from(decimals)?;
    ensure!(places.len() <= wanted, "{text} has more than {decimals} decimals; round it");
    let digits = format!("{whole}{places:0<wanted$}");
    digits.parse().with_context(|| format!("{text} does not fit; use smaller numbers or fewer decimals"))
}
