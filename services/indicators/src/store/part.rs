//! How the cells of a release are kept: in parts of at most 5000 cells, in canonical order, each a
//! JSON text that explains itself.
//!
//! ```json
//! {"format": "alliantie release part 1",
//!  "dimensions": ["leeftijdsgroep"],
//!  "texts": ["", "2025Q1", "67+", "fictief", "GM0899", "huurachterstand"],
//!  "indicators": [{"code": 5, "additive": true}],
//!  "areas": [{"code": 4, "level": "MUNICIPALITY"}],
//!  "indicator": [0], "area": [0], "period": [1], "categories": [[2]],
//!  "source": [0], "value": ["415"], "status": ["definitief"], "note": [3]}
//! ```
//!
//! `dimensions` names the breakdowns. The other lists have an entry for each cell: `indicator` and
//! `area` are positions in `indicators` and `areas`; `period`, `source` and `note` are positions in
//! `texts`, as is `code`; `categories` has a list for each dimension, of positions in `texts`.
//! Positions count from 0. A `value` is an exact decimal, or null when the status says that none
//! applies. Of an indicator with rates it is told `per` how many these are, where that is known. Where a
//! cell tells what its value is the rate of, `ratio` has for each cell its numerator and denominator, or
//! null. Where a cell tells who contribute how much to its value, `contributions` has for each cell the place
//! in `texts` of that, written as in a delivery, or null.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::area::AreaKind;
use crate::domain::contributions::Contributions;
use crate::domain::decimal::Decimal;
use crate::domain::observation::Status;
use crate::domain::period::Period;
use crate::domain::ratio::Ratio;
use crate::domain::table::{AreaEntry, CellRef, IndicatorEntry, NewCell, TableBuilder};

/// Most cells of a part.
pub(super) const CELLS: usize = 5000;
const FORMAT: &str = "alliantie release part 1";

#[derive(Debug, Serialize, Deserialize)]
struct Indicator {
    code: usize,
    additive: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Area {
    code: usize,
    level: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Part {
    format: String,
    dimensions: Vec<String>,
    texts: Vec<String>,
    indicators: Vec<Indicator>,
    areas: Vec<Area>,
    indicator: Vec<usize>,
    area: Vec<usize>,
    period: Vec<usize>,
    categories: Vec<Vec<usize>>,
    source: Vec<usize>,
    value: Vec<Option<String>>,
    status: Vec<String>,
    note: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ratio: Vec<Option<(u32, u32)>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contributions: Vec<Option<usize>>,
}

/// Each text once.
#[derive(Default)]
struct Texts<'a> {
    places: HashMap<String, usize>,
    indicators: HashMap<&'a str, usize>,
    areas: HashMap<&'a str, usize>,
}

impl Texts<'_> {
    fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.places.len();
        self.places.insert(text.to_owned(), place);
        place
    }

    fn into_list(self) -> Vec<String> {
        let mut texts: Vec<(String, usize)> = self.places.into_iter().collect();
        texts.sort_unstable_by_key(|(_, place)| *place);
        texts.into_iter().map(|(text, _)| text).collect()
    }
}

/// The content of a part with these cells; none when there are none.
pub(super) fn encode<'a>(dimensions: &[String], cells: impl Iterator<Item = CellRef<'a>>) -> Option<Vec<u8>> {
    let mut texts = Texts::default();
    let mut part = Part {
        format: FORMAT.to_owned(),
        dimensions: dimensions.to_vec(),
        categories: vec![Vec::new(); dimensions.len()],
        ..Part::default()
    };
    for cell in cells {
        let code = texts.place(cell.indicator);
        let indicator = *texts.indicators.entry(cell.indicator).or_insert_with(|| {
            part.indicators.push(Indicator { code, additive: cell.additive, per: cell.per });
            part.indicators.len() - 1
        });
        let code = texts.place(cell.area);
        let area = *texts.areas.entry(cell.area).or_insert_with(|| {
            part.areas.push(Area { code, level: cell.kind.level().to_owned() });
            part.areas.len() - 1
        });
        part.indicator.push(indicator);
        part.area.push(area);
        part.period.push(texts.place(&cell.period.to_string()));
        for (column, category) in part.categories.iter_mut().zip(cell.categories) {
            column.push(texts.place(category));
        }
        part.source.push(texts.place(cell.source));
        part.value.push(cell.value.map(|value| value.to_string()));
        part.status.push(cell.status.dutch().to_owned());
        part.note.push(texts.place(cell.note));
        part.ratio.push(cell.ratio.map(|ratio| (ratio.numerator(), ratio.denominator())));
        part.contributions.push(cell.contributions.map(|told| texts.place(&told.to_string())));
    }
    if part.indicator.is_empty() {
        return None;
    }
    if part.ratio.iter().all(Option::is_none) {
        part.ratio.clear();
    }
    if part.contributions.iter().all(Option::is_none) {
        part.contributions.clear();
    }
    part.texts = texts.into_list();
    serde_json::to_vec(&part).ok()
}

/// Adds the cells of a part to `table`, which is made for the dimensions of the first part; none
/// when the content is damaged.
pub(super) fn decode(content: &[u8], table: &mut Option<TableBuilder>) -> Option<()> {
    let part: Part = serde_json::from_slice(content).ok().filter(|part: &Part| part.format == FORMAT)?;
    let table = table.get_or_insert_with(|| TableBuilder::new(part.dimensions.clone()));
    let text = |place: usize| part.texts.get(place).map(String::as_str);
    let indicators: Vec<IndicatorEntry> = part
        .indicators
        .iter()
        .map(|entry| {
            let (code, additive, per) = (text(entry.code)?.to_owned(), entry.additive, entry.per);
            Some(IndicatorEntry { code, additive, per })
        })
        .collect::<Option<_>>()?;
    let areas: Vec<AreaEntry> = part
        .areas
        .iter()
        .map(|entry| {
            Some(AreaEntry { code: text(entry.code)?.to_owned(), kind: AreaKind::of_level(&entry.level)? })
        })
        .collect::<Option<_>>()?;
    let mut categories = Vec::with_capacity(part.categories.len());
    for (index, indicator) in part.indicator.iter().enumerate() {
        categories.clear();
        for column in &part.categories {
            categories.push(text(*column.get(index)?)?.to_owned());
        }
        let value = part.value.get(index)?.as_deref().map(Decimal::parse).transpose().ok()?;
        let status = Status::of_dutch(part.status.get(index)?)?;
        if value.is_some() == (status == Status::NotApplicable) {
            return None;
        }
        let ratio = match optional(&part.ratio, index)? {
            Some((numerator, denominator)) => Some(Ratio::new(numerator, denominator)?),
            None => None,
        };
        let contributions = match optional(&part.contributions, index)? {
            Some(place) => Some(Contributions::parse(text(place)?).ok()?),
            None => None,
        };
        table.push(&NewCell {
            indicator: indicators.get(*indicator)?,
            area: areas.get(*part.area.get(index)?)?,
            period: Period::parse(text(*part.period.get(index)?)?).ok()?,
            categories: &categories,
            source: text(*part.source.get(index)?)?,
            value,
            ratio,
            contributions: contributions.as_ref(),
            status,
            note: text(*part.note.get(index)?)?,
            line: 0,
        });
    }
    Some(())
}

/// The entry of a cell in a list that is empty where no cell has one; none when the list is too short.
fn optional<T: Copy>(list: &[Option<T>], index: usize) -> Option<Option<T>> {
    if list.is_empty() { Some(None) } else { list.get(index).copied() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_survive_their_parts() {
        let mut builder = TableBuilder::new(vec!["leeftijd".to_owned()]);
        let rate = IndicatorEntry { code: "procent".to_owned(), additive: false, per: Some(100) };
        let count = IndicatorEntry { code: "aantal".to_owned(), additive: true, per: None };
        let told = Contributions::parse("zuid=7 weller=10.0").expect("contributions");
        for (indicator, code, value, ratio, contributions) in [
            (&rate, "BU1", Some("17.0"), Ratio::new(17, 100), None),
            (&rate, "BU2", None, None, None),
            (&rate, "BU3", Some("-0.5"), None, None),
            (&count, "BU1", Some("17.0"), None, Some(&told)),
            (&count, "BU2", Some("3"), None, None),
        ] {
            builder.push(&NewCell {
                indicator,
                area: &AreaEntry { code: code.to_owned(), kind: AreaKind::Neighbourhood },
                period: Period::Quarter(2025, 1),
                categories: &["67+".to_owned()],
                source: "bron",
                value: value.map(|value| Decimal::parse(value).expect("a decimal")),
                ratio,
                contributions,
                status: if value.is_some() { Status::Estimated } else { Status::NotApplicable },
                note: "\"let op\"\n",
                line: 7,
            });
        }
        let table = builder.finish();
        let mut read = None;
        let mut cells = table.cells();
        while let Some(content) = encode(table.dimensions(), cells.by_ref().take(2)) {
            decode(&content, &mut read).expect("a part");
        }
        let read = read.expect("cells").finish();
        assert!(table.cells().eq(read.cells()));
        assert_eq!(table.len(), read.len());
    }

    #[test]
    fn a_damaged_part_is_noticed() {
        for content in ["", "{}", "[]", r#"{"format":"other"}"#] {
            assert!(decode(content.as_bytes(), &mut None).is_none());
        }
    }
}
