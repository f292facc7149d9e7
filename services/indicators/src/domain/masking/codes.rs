//! Areas, breakdowns, sides of rates and periods as the dimensions of disclosure control.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use sdc::model::{CellId, Cube, Dimension as Axis, Given, Node, Only, Shares};

use super::Layout;
use super::block::{Count, Side};
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;

/// The dimensions of a block, areas first, and the node of each code.
pub(super) struct Codes {
    pub axes: Vec<Axis>,
    /// How the sides of rates are shares of everybody.
    pub shares: Option<Shares>,
    nodes: Vec<HashMap<String, usize>>,
    periods: bool,
}

impl Codes {
    /// The areas as they are divided in the year of these periods, the breakdowns, the sides of a rate,
    /// and the periods when there is more than one. An area of these counts that the division does not
    /// have stands on its own; areas that have nothing to do with the counts are left out. None without
    /// periods.
    pub(super) fn new<'c>(
        layout: &Layout<'_>,
        periods: &[Period],
        counts: impl Iterator<Item = &'c Count<'c>> + Clone,
    ) -> Option<Self> {
        let used = counts.clone().map(|count| count.area).collect();
        let year = periods.first()?.year();
        let mut axes = vec![layout.areas.year(year).axis(&used)];
        axes.extend(layout.dimensions.iter().map(breakdown));
        let sides = sides_axis(layout, counts);
        axes.extend(sides.map(|_| sides_of_rates()));
        // Of rates of periods that lie in each other only the numerators add up.
        let numerator = Side::ALL.iter().position(|side| *side == Side::Numerator);
        let over_time = numerator.filter(|_| periods.len() > 1);
        let only = over_time.map(|share| Only { dimension: axes.len(), share });
        let shares = sides.map(|along| Shares { along, only });
        if periods.len() > 1 {
            axes.push(time(periods));
        }
        let nodes = axes.iter().map(|axis| {
            let codes = axis.nodes.iter().map(|node| &node.code);
            codes.chain(axis.groups.iter().map(|group| &group.code)).cloned().zip(0..).collect()
        });
        Some(Self { nodes: nodes.collect(), periods: periods.len() > 1, shares, axes })
    }

    /// All totals of each dimension, by code. Who are counted in a rate and all others are everybody: that
    /// is none of these.
    pub(super) fn totals(&self) -> Vec<BTreeSet<String>> {
        let totals = |axis: &Axis| axis.nodes.iter().filter_map(|node| node.parent.clone()).collect();
        let is_of_sides = |at: usize| self.shares.is_some_and(|own| own.along == at);
        let axes = self.axes.iter().enumerate();
        axes.map(|(at, axis)| if is_of_sides(at) { BTreeSet::new() } else { totals(axis) }).collect()
    }

    /// Whether there is more than one period.
    pub(super) fn has_periods(&self) -> bool {
        self.periods
    }

    /// The counts as cells; none when one is at no node.
    pub(super) fn given(&self, counts: &[Count<'_>]) -> Option<Vec<Given>> {
        let cell = |count: &Count<'_>| {
            let period = count.period.to_string();
            let codes = std::iter::once(count.area)
                .chain(count.categories.iter().map(String::as_str))
                .chain(count.side.map(Side::code))
                .chain(self.periods.then_some(period.as_str()));
            let nodes = codes.zip(&self.nodes).map(|(code, nodes)| nodes.get(code).copied());
            Some(Given { nodes: nodes.collect::<Option<Vec<_>>>()?, value: count.value })
        };
        counts.iter().map(cell).collect()
    }
}

/// Which dimension tells the sides of rates, where these counts are of rates.
pub(super) fn sides_axis<'a, 'b: 'a>(
    layout: &Layout<'_>,
    mut counts: impl Iterator<Item = &'a Count<'b>>,
) -> Option<usize> {
    counts.any(|count| count.side.is_some()).then(|| 1 + layout.dimensions.len())
}

/// Which dimensions are breakdowns.
pub(super) fn breakdown_axes(layout: &Layout<'_>) -> Range<usize> {
    1..1 + layout.dimensions.len()
}

/// Which side of a rate a cell is, in a block of rates: the last of its codes tells, or the last but one
/// where a period comes last.
pub(super) fn side(cube: &Cube, cell: CellId) -> Option<Side> {
    let name = cube.name(cell);
    let of = |code: &str| Side::ALL.into_iter().find(|side| side.code() == code);
    name.rsplit('|').take(2).find_map(of)
}

/// What a count is of, but for its period, by a name that does not depend on what is delivered: the one of all
/// that has the same parts.
pub(super) fn units(layout: &Layout<'_>, count: &Count<'_>) -> String {
    let year = layout.areas.year(count.period.year());
    let category = |(code, dimension): (&String, &Dimension)| {
        let all = total(dimension);
        let parts = dimension.categories.iter().filter(|code| **code != all).count();
        if parts == 1 { all } else { code.clone() }
    };
    let categories = count.categories.iter().zip(layout.dimensions).map(category);
    let codes = categories.chain(count.side.map(|side| side.code().to_owned()));
    std::iter::once(year.common(count.area).to_owned()).chain(codes).collect::<Vec<_>>().join("|")
}

/// The code of all categories together.
fn total(dimension: &Dimension) -> String {
    dimension.total.clone().unwrap_or_else(|| format!("{}/som", dimension.code))
}

/// A breakdown: the total, what is in nothing else, and the parts of sub-totals. Also without a category for the
/// total, who has all that is in nothing else has their sum.
fn breakdown(dimension: &Dimension) -> Axis {
    let total = total(dimension);
    let inside = dimension.subtotal_of_each();
    let parent = |category: &String| inside.get(category.as_str()).copied().unwrap_or(&total).to_owned();
    let parts = dimension.categories.iter().filter(|category| **category != total);
    let parts = parts.map(|category| Node { code: category.clone(), parent: Some(parent(category)) });
    let nodes = std::iter::once(Node { code: total.clone(), parent: None }).chain(parts).collect();
    Axis { name: dimension.code.clone(), nodes, groups: Vec::new() }
}

/// Who are counted in a rate, and all others, are everybody that it is of.
fn sides_of_rates() -> Axis {
    let node = |side: Side| {
        let parent = (side != Side::Denominator).then(|| Side::Denominator.code().to_owned());
        Node { code: side.code().to_owned(), parent }
    };
    Axis { name: "sides".to_owned(), nodes: Side::ALL.map(node).to_vec(), groups: Vec::new() }
}

/// The calendar of these periods, of which the first holds the others: of everything that has one of
/// them in it all parts, so that nobody takes some of them for all, or all for some.
fn time(periods: &[Period]) -> Axis {
    let node = |period: Period, of: Option<Period>| Node {
        code: period.to_string(),
        parent: of.map(|of| of.to_string()),
    };
    let mut nodes: Vec<Node> = periods.first().map(|whole| node(*whole, None)).into_iter().collect();
    let mut waiting: Vec<Period> = periods.first().copied().into_iter().collect();
    while let Some(whole) = waiting.pop() {
        if periods.iter().any(|period| whole.contains(*period)) {
            for part in whole.parts() {
                nodes.push(node(part, Some(whole)));
                waiting.push(part);
            }
        }
    }
    Axis { name: "periods".to_owned(), nodes, groups: Vec::new() }
}
