//! What a delivery under a scope would come to, in numbers of cells: never a value.

use std::collections::{HashMap, HashSet};

use sdc::Mask;

use crate::domain::dataset::Dimension;
use crate::domain::period::Period;
use crate::domain::permit::Scope;
use crate::domain::selection::{Filter, Selection};
use crate::domain::table::Table;

/// Most combinations without a cell that are named; all of them are counted.
pub(crate) const MOST_GAPS: usize = 100;

/// What a delivery would come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Cells, the withheld ones included.
    pub cells: usize,
    /// How many of them are withheld.
    pub withheld: usize,
    /// Combinations of the scope without a cell, at most [`MOST_GAPS`].
    pub gaps: Vec<Gap>,
    /// How many such combinations there are.
    pub gap_count: usize,
}

/// A combination without a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Code of the indicator.
    pub indicator: String,
    /// The period.
    pub period: Period,
    /// Code of the area; none when no area of the scope has a cell for this indicator and period.
    pub area: Option<String>,
}

/// Counts the cells of `table` within `scope` and those that `mask` hides: the same selection and
/// the same mask as a delivery of all that is agreed. Without a list of areas in the scope, the areas
/// are those of its level that the table has.
#[must_use]
pub(crate) fn count(table: &Table, scope: &Scope, dimensions: &[Dimension], mask: &Mask) -> Counts {
    let mut counts = Counts::default();
    let mut present = Present::default();
    for index in Selection::new(table, &Filter::default(), Some(scope), dimensions).indices(table, 0) {
        counts.cells += 1;
        counts.withheld += usize::from(mask.hides(index));
        if let Some(row) = table.rows.get(index) {
            present.add(row.key.indicator, row.key.period, row.key.area);
        }
    }
    gaps(table, scope, &present, &mut counts);
    counts
}

/// Which combinations have a cell, as positions in the dictionaries of the table.
#[derive(Default)]
struct Present {
    combinations: HashSet<(u32, u32, u32)>,
    /// How many areas there are for an indicator and a period.
    areas: HashMap<(u32, u32), usize>,
}

impl Present {
    fn add(&mut self, indicator: u32, period: u32, area: u32) {
        if self.combinations.insert((indicator, period, area)) {
            *self.areas.entry((indicator, period)).or_default() += 1;
        }
    }
}

fn gaps(table: &Table, scope: &Scope, present: &Present, counts: &mut Counts) {
    let of_level = || table.areas.iter().filter(|area| area.kind == scope.level).map(|area| &area.code);
    let areas: Vec<&String> =
        if scope.areas.is_empty() { of_level().collect() } else { scope.areas.iter().collect() };
    let positions: HashMap<&str, u32> =
        (0..).zip(&table.areas).map(|(position, area)| (area.code.as_str(), position)).collect();
    let areas: Vec<(&String, Option<u32>)> =
        areas.into_iter().map(|code| (code, positions.get(code.as_str()).copied())).collect();
    let period = |period: &Period| (*period, position(&table.periods, |known| known == period));
    let periods: Vec<(Period, Option<u32>)> = scope.periods.iter().map(period).collect();
    for code in &scope.indicators {
        let indicator = position(&table.indicators, |known| known.code == *code);
        for (period, position) in &periods {
            let pair = indicator.zip(*position);
            let with_data = pair.and_then(|pair| present.areas.get(&pair)).copied().unwrap_or(0);
            let gap = |area: Option<String>| Gap { indicator: code.clone(), period: *period, area };
            if with_data == 0 {
                counts.add(1, std::iter::once(gap(None)));
                continue;
            }
            let without = areas.len().saturating_sub(with_data);
            if without > 0 {
                let lacks = |area: Option<u32>| {
                    let combination =
                        pair.zip(area).map(|((indicator, period), area)| (indicator, period, area));
                    combination.is_none_or(|combination| !present.combinations.contains(&combination))
                };
                let missing = areas.iter().filter(|(_, area)| lacks(*area));
                counts.add(without, missing.map(|(code, _)| gap(Some((*code).clone()))));
            }
        }
    }
}

impl Counts {
    /// Counts gaps, and names those that there is room for. The others are not looked at, so that
    /// this takes little more than reading the cells does, however wide the scope is.
    fn add(&mut self, count: usize, gaps: impl Iterator<Item = Gap>) {
        self.gap_count += count;
        let room = MOST_GAPS.saturating_sub(self.gaps.len());
        if room > 0 {
            self.gaps.extend(gaps.take(room));
        }
    }
}

fn position<T>(list: &[T], is: impl Fn(&T) -> bool) -> Option<u32> {
    list.iter().position(is).and_then(|position| u32::try_from(position).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::area::AreaKind;
    use crate::domain::decimal::Decimal;
    use crate::domain::observation::Status;
    use crate::domain::table::{AreaEntry, IndicatorEntry, NewCell, TableBuilder};

    /// Counts of huur in BU1 and BU2 by age, of which BU2 has none in the second quarter.
    fn table() -> Table {
        let mut builder = TableBuilder::new(vec!["leeftijd".to_owned()]);
        for (area, quarter, young, all) in
            [("BU1", 1, "3", "33"), ("BU1", 2, "12", "40"), ("BU2", 1, "9", "9")]
        {
            for (category, value) in [("jong", young), ("totaal", all)] {
                builder.push(&NewCell {
                    indicator: &IndicatorEntry { code: "huur".to_owned(), additive: true, per: None },
                    area: &AreaEntry { code: area.to_owned(), kind: AreaKind::Neighbourhood },
                    period: Period::Quarter(2025, quarter),
                    categories: &[category.to_owned()],
                    source: "",
                    value: Some(Decimal::parse(value).expect("a decimal")),
                    ratio: None,
                    contributions: None,
                    status: Status::Final,
                    note: "",
                    line: 0,
                });
            }
        }
        builder.finish()
    }

    fn scope(areas: &[&str], dimensions: &[&str]) -> Scope {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Scope {
            dataset: "d".to_owned(),
            indicators: texts(&["huur", "water"]),
            level: AreaKind::Neighbourhood,
            areas: texts(areas),
            periods: vec![Period::Quarter(2025, 1), Period::Quarter(2025, 2)],
            dimensions: texts(dimensions),
        }
    }

    fn counted(scope: &Scope) -> Counts {
        let table = table();
        let mut mask = Mask::none(table.len());
        for (index, cell) in table.cells().enumerate() {
            if cell.value.is_some_and(|value| value.unscaled() < 10) {
                mask.hide(index);
            }
        }
        let dimension = Dimension {
            code: "leeftijd".to_owned(),
            name: "Leeftijd".to_owned(),
            total: Some("totaal".to_owned()),
            categories: vec!["jong".to_owned(), "totaal".to_owned()],
            subtotals: Vec::new(),
        };
        count(&table, scope, &[dimension], &mask)
    }

    fn gap(indicator: &str, quarter: u8, area: Option<&str>) -> Gap {
        let period = Period::Quarter(2025, quarter);
        Gap { indicator: indicator.to_owned(), period, area: area.map(str::to_owned) }
    }

    #[test]
    fn cells_are_counted_as_a_delivery_has_them() {
        let all = counted(&scope(&[], &["leeftijd"]));
        assert_eq!((all.cells, all.withheld), (6, 3));
        let totals = counted(&scope(&[], &[]));
        assert_eq!((totals.cells, totals.withheld), (3, 1), "only the totals are shared");
        let one = counted(&scope(&["BU1"], &["leeftijd"]));
        assert_eq!((one.cells, one.withheld), (4, 1));
    }

    #[test]
    fn what_has_no_data_is_named_by_area_where_others_have_some() {
        let all = counted(&scope(&[], &[]));
        let water = [gap("water", 1, None), gap("water", 2, None)];
        assert_eq!(all.gaps, [vec![gap("huur", 2, Some("BU2"))], water.to_vec()].concat());
        assert_eq!(all.gap_count, 3);
        let named = counted(&scope(&["BU1", "BU9"], &[]));
        let huur = vec![gap("huur", 1, Some("BU9")), gap("huur", 2, Some("BU9"))];
        assert_eq!(named.gaps, [huur, water.to_vec()].concat());
    }

    #[test]
    fn more_gaps_than_can_be_named_are_counted() {
        let mut wide = scope(&[], &[]);
        wide.indicators = (0..500).map(|number| format!("i{number}")).collect();
        let counts = counted(&wide);
        assert_eq!((counts.cells, counts.gaps.len(), counts.gap_count), (0, MOST_GAPS, 1000));
    }
}
