//! Which cells of a release an answer is made of: what was asked for, within what is permitted.

use crate::domain::area::AreaKind;
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;
use crate::domain::permit::Scope;
use crate::domain::table::Table;

/// What was asked for. An empty list asks for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Codes of indicators.
    pub indicators: Vec<String>,
    /// Codes and kinds of areas.
    pub areas: Vec<(String, AreaKind)>,
    /// Kind of area.
    pub kind: Option<AreaKind>,
    /// Periods.
    pub periods: Vec<Period>,
}

/// For each entry in the dictionaries of a table whether it is in the answer.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    indicators: Vec<bool>,
    areas: Vec<bool>,
    periods: Vec<bool>,
    categories: Vec<bool>,
}

fn asked<T: PartialEq>(list: &[T], entry: &T) -> bool {
    list.is_empty() || list.contains(entry)
}

impl Selection {
    /// The cells of `table` that `filter` asks for, within `scope` where there is one. Of a
    /// dimension that the scope does not share only the total is selected, and nothing at all when
    /// it has no total.
    #[must_use]
    pub(crate) fn new(
        table: &Table,
        filter: &Filter,
        scope: Option<&Scope>,
        dimensions: &[Dimension],
    ) -> Self {
        let indicators = table.indicators.iter().map(|entry| {
            asked(&filter.indicators, &entry.code)
                && scope.is_none_or(|scope| scope.indicators.contains(&entry.code))
        });
        let areas = table.areas.iter().map(|entry| {
            let named = filter.areas.is_empty() || filter.areas.iter().any(|(code, _)| *code == entry.code);
            named
                && filter.kind.is_none_or(|kind| kind == entry.kind)
                && scope.is_none_or(|scope| scope.level == entry.kind && asked(&scope.areas, &entry.code))
        });
        let periods = table.periods.iter().map(|period| {
            asked(&filter.periods, period) && scope.is_none_or(|scope| scope.periods.contains(period))
        });
        let categories = table.categories.iter().map(|categories| {
            scope.is_none_or(|scope| in_shared_breakdown(&table.dimensions, categories, scope, dimensions))
        });
        Self {
            indicators: indicators.collect(),
            areas: areas.collect(),
            periods: periods.collect(),
            categories: categories.collect(),
        }
    }

    /// The indices of the selected cells from this one of the table on, in order.
    pub(crate) fn indices<'a>(&'a self, table: &'a Table, from: usize) -> impl Iterator<Item = usize> + 'a {
        let has = |list: &[bool], position: u32| {
            usize::try_from(position).ok().and_then(|position| list.get(position)).copied().unwrap_or(false)
        };
        table.rows.iter().enumerate().skip(from).filter_map(move |(index, row)| {
            let selected = has(&self.indicators, row.key.indicator)
                && has(&self.areas, row.key.area)
                && has(&self.periods, row.key.period)
                && has(&self.categories, row.key.categories);
            selected.then_some(index)
        })
    }
}

fn in_shared_breakdown(
    codes: &[String],
    categories: &[String],
    scope: &Scope,
    dimensions: &[Dimension],
) -> bool {
    codes.iter().zip(categories).all(|(code, category)| {
        let total = dimensions.iter().find(|dimension| dimension.code == *code);
        let total = total.and_then(|dimension| dimension.total.as_ref());
        scope.dimensions.contains(code) || total == Some(category)
    })
}
