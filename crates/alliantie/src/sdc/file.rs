//! The file format: cells, relations and cases.

mod checks;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use sdc::Mask;
use sdc::audit::Fraction;
use sdc::model::{CellId, Floor, Linked, ModelError};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::number::{Number, decimal, decimals_of, scaled};
use super::object::{self, Object};
use super::sides::{self, Sides};
use super::unknown::Unknown;
use super::{in_dutch, unreadable};
pub(super) use checks::within;

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
    #[serde(default, deserialize_with = "object::one_if_any")]
    policy: Option<Policy>,
    #[serde(default, deserialize_with = "object::all")]
    pub(super) cells: Vec<Cell>,
    /// None when the file does not speak of them: then nobody knows what can be computed.
    #[serde(default, deserialize_with = "object::all_if_any")]
    relations: Option<Vec<Relation>>,
    #[serde(default, deserialize_with = "object::all")]
    pub(super) cases: Vec<Case>,
    #[serde(default, deserialize_with = "object::all")]
    pub(super) single_cells: Vec<Single>,
    /// Tables of amounts that are made of records.
    #[serde(default, deserialize_with = "object::once_each")]
    pub(super) magnitude1: Map<String, Value>,
    /// What else it has, that nobody asks for.
    #[serde(skip)]
    pub(super) unknown: Unknown,
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
    pub(super) contributions_largest: Option<Vec<Number>>,
    /// Of a percentage, rate or mean, whose numerator is the value: over how many units.
    #[serde(default)]
    pub(super) denominator: Option<Number>,
    /// Whether the value is a mean or another ratio, and not how many of the denominator are counted.
    #[serde(default)]
    pub(super) mean: bool,
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
    /// file says whether they are, all are; else those that do not say so are not.
    #[serde(default)]
    pub(super) breakdown: Option<bool>,
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
    #[serde(default, deserialize_with = "object::once_each")]
    pub(super) rules: Map<String, Value>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::unnecessary_wraps, reason = "the field it fills can be null")]
fn zero() -> Option<Number> {
    Some(Number::from(0))
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

/// A count of known many, by place: of how many is no secret, so whoever knows the one knows all others too.
pub(super) struct Share {
    pub(super) counted: CellId,
    pub(super) others: CellId,
    /// What the others are called.
    others_id: String,
    pub(super) all: CellId,
    /// What all of them are called.
    all_id: String,
    /// Of a survey, how many respondents answered.
    pub(super) respondents: Option<u64>,
}

impl File {
    /// Reads a file; `-` is standard input.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let (name, bytes) = if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let read = io::stdin().read_to_end(&mut bytes);
            ("de standaardinvoer".to_owned(), read.map(|_| bytes))
        } else {
            (path.display().to_string(), fs::read(path))
        };
        let bytes = bytes.with_context(|| format!("{name} is niet te lezen"))?;
        let text = str::from_utf8(&bytes).map_err(|error| anyhow!(unreadable::no_text(&bytes, error)));
        text.and_then(Self::parse).with_context(|| format!("{name} is niet te gebruiken"))
    }

    /// Takes a text for a file. A byte order mark before it is no part of it.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut json = serde_json::Deserializer::from_str(text);
        let mut unknown = Unknown::default();
        let mut note = |path: serde_ignored::Path<'_>| unknown.add(&path);
        let noting = serde_ignored::Deserializer::new(&mut json, &mut note);
        let read = serde_path_to_error::deserialize::<_, Object<Self>>(noting);
        let read = read.map_err(|error| anyhow!(unreadable::told(&error)))?;
        json.end().map_err(|error| {
            let place = (error.line(), error.column());
            anyhow!(
                "na de tabel staat nog meer (regel {}, kolom {}); geef één tabel per bestand",
                place.0,
                place.1
            )
        })?;
        Ok(Self { unknown, ..read.0 })
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
                "{number} heeft decimalen, en integer is true; geef hele getallen, of zet integer op false"
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
        ensure!(
            !self.cells.is_empty(),
            "cells: er zijn geen cellen; geef er minstens een, bijvoorbeeld {{\"id\": \"buurt1\", \"value\": 4}}"
        );
        let decimals = self.decimals()?;
        let mut cells = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let value =
                scaled(&cell.value, decimals).with_context(|| format!("cells: value van \"{}\"", cell.id))?;
            cells.push((cell.id.as_str(), value));
        }
        self.check_cells(decimals)?;
        let relations = self.relations.as_deref();
        let relations = relations.context(
            "relations: die staan niet in het bestand; geef [] als geen cel het totaal van andere is",
        )?;
        checks::relations(relations, &cells, decimals)?;
        let mut relations: Vec<(&str, Vec<&str>)> = relations
            .iter()
            .map(|own| (own.total.as_str(), own.parts.iter().map(String::as_str).collect()))
            .collect();
        let sides = Sides::all(&self.cells, decimals)?;
        relations.extend(Sides::sums(&sides, &relations));
        for Sides { cell, others, all, .. } in &sides {
            relations.push((&all.0, vec![&cell.id, &others.0]));
            cells.extend([(others.0.as_str(), others.1), (all.0.as_str(), all.1)]);
        }
        let linked = Linked::new(&cells, &relations).map_err(|error| {
            if let ModelError::Cycle { code } = &error {
                anyhow!(self.cycle(Sides::cell_of(&sides, code)))
            } else {
                anyhow!(in_dutch::model(&error))
            }
        })?;
        let floor = match &self.lower_bound {
            None => Floor::None,
            Some(lowest) => Floor::At(scaled(lowest, decimals).context("lower_bound")?),
        };
        let ids = self.cells.iter().map(|cell| cell.id.as_str());
        let places: HashMap<&str, CellId> = ids.zip(linked.places().iter().copied()).collect();
        let of_sides = linked.places().get(self.cells.len()..).unwrap_or_default().chunks_exact(2);
        let shares = sides.iter().zip(of_sides).filter_map(
            |(Sides { cell, others: named, all: named_all, .. }, found)| match found {
                [others, all] => Some(Share {
                    counted: *places.get(cell.id.as_str())?,
                    others: *others,
                    others_id: named.0.clone(),
                    all: *all,
                    all_id: named_all.0.clone(),
                    respondents: cell.respondents,
                }),
                _ => None,
            },
        );
        let shares = shares.collect();
        Ok(Tables { file: self, floor, integer: self.integer, shares, places, decimals, linked })
    }
}

impl Tables<'_> {
    /// The cell with this id.
    pub(super) fn place(&self, id: &str, named_in: &str) -> Result<CellId> {
        match self.places.get(id) {
            Some(place) => Ok(*place),
            None => {
                bail!(
                    "{named_in} noemt \"{id}\", en die is er niet bij de cellen; voeg de cel toe of verbeter de naam"
                )
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
        let known: Vec<CellId> = known.collect::<Result<_>>()?;
        self.check_floor(&mask, &known, "toon die cellen, of geef een lagere lower_bound")?;
        Ok((mask, known))
    }

    /// Checks that nothing is under what everybody knows of what is hidden: nothing would follow from that.
    pub(super) fn check_floor(&self, hidden: &Mask, known: &[CellId], advice: &str) -> Result<()> {
        let Floor::At(lowest) = self.floor else { return Ok(()) };
        let universe = &self.linked.universe;
        let is_under =
            |place: CellId| hidden.hides(place) && universe.value(place) < lowest && !known.contains(&place);
        let of_cells = self.file.cells.iter().filter_map(|cell| {
            let place = *self.places.get(cell.id.as_str())?;
            is_under(place).then_some(cell.id.as_str())
        });
        let of_sides =
            self.shares.iter().filter(|share| is_under(share.others)).map(|share| share.others_id.as_str());
        let under: Vec<&str> = of_cells.chain(of_sides).collect();
        ensure!(
            under.is_empty(),
            "lower_bound: iedereen weet van een verborgen cel dat die minstens {} is, en dat klopt niet voor {}; \
             {advice}",
            self.number(Fraction::from(lowest)),
            in_dutch::listed(under)
        );
        Ok(())
    }

    /// What cells are called, in the order of the file: those of the file, and what is beside them.
    pub(super) fn names(&self, cells: &[CellId]) -> Result<Vec<&str>> {
        let wanted: HashSet<CellId> = cells.iter().copied().collect();
        let mut names = Vec::new();
        for cell in &self.file.cells {
            if wanted.contains(&self.place(&cell.id, "cells")?) {
                names.push(cell.id.as_str());
            }
        }
        for share in &self.shares {
            let own = [(share.others, &share.others_id), (share.all, &share.all_id)];
            names.extend(own.iter().filter(|(cell, _)| wanted.contains(cell)).map(|(_, id)| id.as_str()));
        }
        Ok(names)
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

    /// Whether the cell is a mean or another ratio over its denominator.
    pub(super) fn is_mean(&self, cell: &Cell) -> Result<bool> {
        let value = scaled(&cell.value, self.decimals)?;
        Ok(self.denominator(cell)?.is_some_and(|all| !sides::is_share(cell, value, all)))
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
