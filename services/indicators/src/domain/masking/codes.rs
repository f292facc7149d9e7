//! Areas, breakdowns and periods as the dimensions of disclosure control.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sdc::model::{CellId, Cube, Dimension as Axis, Given, Group, Node};

use super::Layout;
use super::block::{Count, Side};
use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::Dimension;
use crate::domain::period::Period;

/// The dimensions of a block, areas first, and the node of each code.
pub(super) struct Codes {
    pub axes: Vec<Axis>,
    /// Which of them tells the sides of rates.
    pub sides: Option<usize>,
    nodes: Vec<HashMap<String, usize>>,
    periods: bool,
}

impl Codes {
    /// The areas as they are divided in the year of these periods, the breakdowns, the sides of a rate,
    /// and the periods when there is more than one. An area of these counts that the division does not
    /// have stands on its own; areas that have nothing to do with the counts are left out.
    pub(super) fn new<'c>(
        layout: &Layout<'_>,
        periods: &[Period],
        counts: impl Iterator<Item = &'c Count<'c>> + Clone,
    ) -> Self {
        let used = counts.clone().map(|count| count.area).collect();
        let year = periods.first().map_or(0, |period| period.year());
        let mut axes = vec![areas(layout.areas, year, &used)];
        axes.extend(layout.dimensions.iter().map(breakdown));
        let sides = sides_axis(layout, counts);
        axes.extend(sides.map(|_| sides_of_rates()));
        if periods.len() > 1 {
            axes.push(time(periods));
        }
        let nodes = axes.iter().map(|axis| {
            let codes = axis.nodes.iter().map(|node| &node.code);
            codes.chain(axis.groups.iter().map(|group| &group.code)).cloned().zip(0..).collect()
        });
        Self { nodes: nodes.collect(), periods: periods.len() > 1, sides, axes }
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

/// Which side of a rate a cell is, in a block of rates: the last of its codes tells.
pub(super) fn side(cube: &Cube, cell: CellId) -> Option<Side> {
    let name = cube.name(cell);
    Side::ALL.into_iter().find(|side| name.rsplit('|').next() == Some(side.code()))
}

/// The tree of areas of a year. An area of the programme that is made of areas of the CBS is a group
/// beside it; a benchmark, and an area of the programme of which that is not known, stand apart.
fn areas(all: &[Area], year: u16, used: &BTreeSet<&str>) -> Axis {
    let of_year: BTreeMap<&str, &Area> =
        all.iter().filter(|area| area.has_figures_of(year)).map(|area| (area.code.as_str(), area)).collect();
    let in_tree = |kind: AreaKind| !matches!(kind, AreaKind::ProgrammeArea | AreaKind::Benchmark);
    let tree = |code: &str| of_year.get(code).copied().filter(|area| in_tree(area.kind));
    let parent = |area: &Area| area.parents.iter().find(|code| tree(code).is_some()).cloned();
    // What is used, what that is made of and a part of, and beside it what is a part of the same.
    let mut wanted: BTreeSet<&str> = used.clone();
    for area in used.iter().filter_map(|code| of_year.get(code)) {
        wanted.extend(area.consists_of.iter().map(String::as_str));
    }
    let above: BTreeSet<&str> = wanted
        .iter()
        .filter_map(|code| of_year.get(code))
        .flat_map(|area| area.parents.iter().map(String::as_str))
        .collect();
    let inside: BTreeSet<String> = above.iter().chain(&wanted).map(|code| (*code).to_owned()).collect();
    let beside = of_year.values().filter(|area| parent(area).is_some_and(|of| inside.contains(&of)));
    wanted.extend(beside.map(|area| area.code.as_str()));
    wanted.extend(above);
    // What is made of several of these can be computed, also when it is not delivered. What is one of them
    // is that one.
    let made_of_these = |area: &&&Area| {
        let mut members = area.consists_of.iter();
        area.consists_of.len() > 1
            && !in_tree(area.kind)
            && members.all(|code| tree(code).is_some() && wanted.contains(code.as_str()))
    };
    let made: BTreeSet<&str> =
        of_year.values().filter(made_of_these).map(|area| area.code.as_str()).collect();
    wanted.extend(&made);
    let mut axis = Axis { name: "areas".to_owned(), ..Axis::default() };
    for code in wanted {
        let Some(area) = of_year.get(code) else {
            if used.contains(code) {
                axis.nodes.push(Node { code: code.to_owned(), parent: None });
            }
            continue;
        };
        let members = &area.consists_of;
        if in_tree(area.kind) {
            axis.nodes.push(Node { code: code.to_owned(), parent: parent(area) });
        } else if !used.contains(code) && !made.contains(code) {
            // Any other area beside the tree that has no counts binds nothing.
        } else if !members.is_empty() && members.iter().all(|code| tree(code).is_some()) {
            axis.groups.push(Group { code: code.to_owned(), members: members.clone(), partly: Vec::new() });
        } else {
            axis.nodes.push(Node { code: code.to_owned(), parent: None });
        }
    }
    axis
}

/// A breakdown. Also without a category for the total, who has all categories has their sum.
fn breakdown(dimension: &Dimension) -> Axis {
    let total = dimension.total.clone().unwrap_or_else(|| format!("{}/som", dimension.code));
    let parts = dimension.categories.iter().filter(|category| **category != total);
    let parts = parts.map(|category| Node { code: category.clone(), parent: Some(total.clone()) });
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
