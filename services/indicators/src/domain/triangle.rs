//! The stabiliteitsdriehoek: the indicators of an area beside those of a benchmark.

use crate::domain::dataset::Dimension;
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Indicator, Polarity, Theme};
use crate::domain::observation::Status;
use crate::domain::period::Period;
use crate::domain::table::{Key, Table};

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// What it is.
    pub theme: Theme,
    /// Its indicators.
    pub indicators: Vec<Comparison>,
}

/// One indicator of an area beside a benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// What is measured.
    pub indicator: Indicator,
    /// What was observed for the area; none when nothing was.
    pub area: Option<Observed>,
    /// What was observed for the benchmark; none when nothing was.
    pub benchmark: Option<Observed>,
    /// Value minus benchmark; none when one of them is missing.
    pub difference: Option<Decimal>,
    /// The difference as a percentage of the benchmark, positive when it is favourable; none when
    /// a value is missing, the benchmark is zero or the indicator has no polarity.
    pub relative_difference: Option<Decimal>,
    /// The year that both are of.
    pub year: u16,
}

/// A value, or that there can be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Observed {
    /// The value; none when it is not applicable.
    pub value: Option<Decimal>,
    /// What kind of value it is.
    pub status: Status,
}

/// Two areas and the year to compare them in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sides<'a> {
    /// Code of the area.
    pub area: &'a str,
    /// Code of the benchmark.
    pub benchmark: &'a str,
    /// The year asked for.
    pub year: u16,
}

/// The triangle from the cells of one release. Themes and indicators keep their order; an element
/// without indicators is kept too.
#[must_use]
pub(crate) fn triangle(
    table: &Table,
    dimensions: &[Dimension],
    themes: &[Theme],
    indicators: &[Indicator],
    sides: Sides<'_>,
) -> Vec<Element> {
    let of_theme = |theme: &Theme| {
        let own = indicators.iter().filter(|indicator| indicator.theme == theme.code);
        own.map(|indicator| compare(table, dimensions, indicator, sides)).collect()
    };
    themes
        .iter()
        .filter(|theme| theme.stability_element)
        .map(|theme| Element { theme: theme.clone(), indicators: of_theme(theme) })
        .collect()
}

fn compare(table: &Table, dimensions: &[Dimension], indicator: &Indicator, sides: Sides<'_>) -> Comparison {
    let pair = |year: u16| {
        let observed = |area| observed(table, dimensions, &indicator.code, area, Period::Year(year));
        (observed(sides.area), observed(sides.benchmark))
    };
    // The year asked for, else the one before it; a year in which both were measured goes first.
    let before = sides.year.saturating_sub(1);
    let both = |year: &u16| matches!(pair(*year), (Some(_), Some(_)));
    let either = |year: &u16| !matches!(pair(*year), (None, None));
    let years = [sides.year, before];
    let year = years.iter().find(|year| both(year)).or_else(|| years.iter().find(|year| either(year)));
    let year = year.copied().unwrap_or(sides.year);
    let (area, benchmark) = pair(year);
    let values = area.and_then(|observed| observed.value).zip(benchmark.and_then(|observed| observed.value));
    let percent = values.and_then(|(value, base)| value.percent_above(base));
    Comparison {
        indicator: indicator.clone(),
        area,
        benchmark,
        difference: values.and_then(|(value, base)| value.checked_sub(base)),
        relative_difference: match indicator.polarity {
            Polarity::Higher => percent,
            Polarity::Lower => percent.and_then(Decimal::checked_neg),
            Polarity::Neutral => None,
        },
        year,
    }
}

/// What stands in the cell of the totals; of several sources the first.
fn observed(
    table: &Table,
    dimensions: &[Dimension],
    indicator: &str,
    area: &str,
    period: Period,
) -> Option<Observed> {
    let total = |code: &String| {
        let dimension = dimensions.iter().find(|dimension| dimension.code == *code)?;
        dimension.total.clone()
    };
    let totals: Vec<String> = table.dimensions.iter().map(total).collect::<Option<_>>()?;
    let position = |found: Result<usize, usize>| u32::try_from(found.ok()?).ok();
    let key = Key {
        indicator: position(table.indicators.binary_search_by(|entry| entry.code.as_str().cmp(indicator)))?,
        area: position(table.areas.binary_search_by(|entry| entry.code.as_str().cmp(area)))?,
        period: position(table.periods.binary_search(&period))?,
        categories: position(table.categories.binary_search(&totals))?,
        source: 0,
    };
    let first = table.rows.partition_point(|row| row.key < key);
    let row = table.rows.get(first).filter(|row| Key { source: 0, ..row.key } == key)?;
    Some(Observed { value: row.value(), status: table.cell(first)?.status })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::area::AreaKind;
    use crate::domain::table::{AreaEntry, IndicatorEntry, NewCell, TableBuilder};

    fn indicator(polarity: Polarity) -> Indicator {
        Indicator {
            code: "i".to_owned(),
            theme: "t".to_owned(),
            name: "I".to_owned(),
            unit: "procent".to_owned(),
            population: "huishoudens".to_owned(),
            polarity,
            polarity_source: "betekenis".to_owned(),
            additive: false,
            adds_up_over_time: true,
            distribution: false,
        }
    }

    fn compared(cells: &[(&str, u16, Option<&str>)], polarity: Polarity) -> Comparison {
        let mut builder = TableBuilder::new(Vec::new());
        for (area, year, value) in cells {
            builder.push(&NewCell {
                indicator: &IndicatorEntry { code: "i".to_owned(), additive: false, per: None },
                area: &AreaEntry { code: (*area).to_owned(), kind: AreaKind::ProgrammeArea },
                period: Period::Year(*year),
                categories: &[],
                source: "",
                value: value.map(|value| Decimal::parse(value).expect("a decimal")),
                ratio: None,
                contributions: None,
                status: if value.is_some() { Status::Final } else { Status::NotApplicable },
                note: "",
                line: 0,
            });
        }
        let sides = Sides { area: "A", benchmark: "B", year: 2023 };
        compare(&builder.finish(), &[], &indicator(polarity), sides)
    }

    fn text(value: Option<Decimal>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }

    #[test]
    fn positive_is_favourable() {
        let cells = [("A", 2023, Some("15.1")), ("B", 2023, Some("27.1"))];
        assert_eq!(text(compared(&cells, Polarity::Lower).relative_difference), "44.3");
        assert_eq!(text(compared(&cells, Polarity::Higher).relative_difference), "-44.3");
        let neutral = compared(&cells, Polarity::Neutral);
        assert_eq!(
            (text(neutral.relative_difference), text(neutral.difference)),
            (String::new(), "-12.0".to_owned())
        );
    }

    #[test]
    fn a_year_that_was_not_measured_gives_the_year_before() {
        let cells = [("A", 2022, Some("1")), ("B", 2022, Some("2")), ("B", 2023, Some("3"))];
        let found = compared(&cells, Polarity::Lower);
        assert_eq!((found.year, text(found.difference)), (2022, "-1".to_owned()));
        let alone = compared(&[("B", 2023, Some("3"))], Polarity::Lower);
        assert_eq!((alone.year, alone.area), (2023, None));
        let older = compared(&[("A", 2021, Some("3"))], Polarity::Lower);
        assert_eq!((older.year, older.area, older.benchmark), (2023, None, None));
    }

    #[test]
    fn not_applicable_is_shown_as_such_and_compared_with_nothing() {
        let found = compared(&[("A", 2023, None), ("B", 2023, Some("2"))], Polarity::Lower);
        assert_eq!(found.area, Some(Observed { value: None, status: Status::NotApplicable }));
        assert_eq!((found.difference, found.relative_difference), (None, None));
    }

    #[test]
    fn a_benchmark_of_zero_gives_no_percentage() {
        let found = compared(&[("A", 2023, Some("1")), ("B", 2023, Some("0.0"))], Polarity::Lower);
        assert_eq!((text(found.difference), found.relative_difference), ("1.0".to_owned(), None));
    }
}
