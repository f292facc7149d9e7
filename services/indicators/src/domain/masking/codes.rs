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
/// beside it, also one that is not delivered: who has what it is made of can compute it. A benchmark, and an
/// area of the programme of which that is not known, stand apart.
fn areas(all: &[Area], year: u16, used: &BTreeSet<&str>) -> Axis {
    let year = Year::new(all, year);
    let members = used.iter().filter_map(|code| year.group(code)).flatten().map(String::as_str);
    let known: BTreeSet<&str> = used.iter().copied().chain(members).collect();
    let above = year.with_above(known.iter().copied());
    // Of what has nothing to do with the counts nobody can compute the sum.
    let is_touched = |member: &String| {
        above.contains(member.as_str()) || !year.with_above([member.as_str()]).is_disjoint(&known)
    };
    let is_group = |code: &str| {
        year.group(code).is_some_and(|members| used.contains(code) || members.iter().all(is_touched))
    };
    let groups: BTreeSet<&str> = year.areas.keys().copied().filter(|code| is_group(code)).collect();
    let made_of = groups.iter().filter_map(|code| year.group(code)).flatten().map(String::as_str);
    // With everything all of its parts, so that nobody takes some of them for all.
    let inside: BTreeSet<&str> = above.union(&year.with_above(made_of)).copied().collect();
    let parts = year.areas.values().filter(|area| year.above(area).is_some_and(|of| inside.contains(of)));
    let parts: BTreeSet<&str> = parts.map(|area| area.code.as_str()).collect();
    let mut axis = Axis { name: "areas".to_owned(), ..Axis::default() };
    for code in inside.iter().chain(&parts).chain(used).copied().collect::<BTreeSet<_>>() {
        if !groups.contains(code) {
            let parent = year.tree(code).and_then(|area| year.above(area)).map(str::to_owned);
            axis.nodes.push(Node { code: code.to_owned(), parent });
        }
    }
    axis.groups.extend(groups.iter().filter_map(|code| {
        let members = year.group(code)?.to_vec();
        Some(Group { code: (*code).to_owned(), members, partly: Vec::new() })
    }));
    axis
}

/// The areas that a year has figures of.
struct Year<'a> {
    areas: BTreeMap<&'a str, &'a Area>,
}

impl<'a> Year<'a> {
    fn new(all: &'a [Area], year: u16) -> Self {
        let there = all.iter().filter(|area| area.has_figures_of(year));
        Self { areas: there.map(|area| (area.code.as_str(), area)).collect() }
    }

    /// An area that is a part of others, or has parts.
    fn tree(&self, code: &str) -> Option<&'a Area> {
        let beside = |kind: AreaKind| matches!(kind, AreaKind::ProgrammeArea | AreaKind::Benchmark);
        self.areas.get(code).copied().filter(|area| !beside(area.kind))
    }

    /// What an area of the tree is a part of.
    fn above(&self, area: &'a Area) -> Option<&'a str> {
        self.tree(&area.code)?;
        area.parents.iter().map(String::as_str).find(|code| self.tree(code).is_some())
    }

    /// What an area beside the tree is made of, when all of it is in the tree.
    fn group(&self, code: &str) -> Option<&'a [String]> {
        let area = self.areas.get(code).filter(|_| self.tree(code).is_none())?;
        let members = area.consists_of.as_slice();
        (!members.is_empty() && members.iter().all(|code| self.tree(code).is_some())).then_some(members)
    }

    /// These areas, as far as they are in the tree, with all that they are a part of.
    fn with_above<'c>(&self, codes: impl IntoIterator<Item = &'c str>) -> BTreeSet<&'a str> {
        let mut all = BTreeSet::new();
        for code in codes {
            let mut next = self.tree(code);
            while let Some(area) = next.filter(|area| all.insert(area.code.as_str())) {
                next = self.above(area).and_then(|of| self.tree(of));
            }
        }
        all
    }
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
