//! Areas and breakdowns as the dimensions of disclosure control.

use std::collections::{BTreeSet, HashMap};

use sdc::model::{Dimension as Axis, Given, Group, Node};

use super::Layout;
use super::block::Count;
use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::Dimension;

/// The dimensions of a block, areas first, and the node of each code.
pub(super) struct Codes {
    pub axes: Vec<Axis>,
    nodes: Vec<HashMap<String, usize>>,
}

impl Codes {
    /// The areas as they are divided in `year`, and the breakdowns. An area of these editions that
    /// the division does not have stands on its own.
    pub(super) fn new(layout: &Layout<'_>, year: u16, editions: &[&[Count<'_>]]) -> Self {
        let used = editions.iter().flat_map(|counts| counts.iter().map(|count| count.area)).collect();
        let breakdowns = layout.dimensions.iter().map(breakdown);
        let axes: Vec<Axis> = std::iter::once(areas(layout.areas, year, &used)).chain(breakdowns).collect();
        let nodes = axes.iter().map(|axis| {
            let codes = axis.nodes.iter().map(|node| &node.code);
            codes.chain(axis.groups.iter().map(|group| &group.code)).cloned().zip(0..).collect()
        });
        Self { nodes: nodes.collect(), axes }
    }

    /// Counts in steps of a scale of which `step` billionths make one; none when one does not fit.
    pub(super) fn given(&self, counts: &[Count<'_>], step: i128) -> Option<Vec<Given>> {
        let cell = |cell: &Count<'_>| {
            let codes = std::iter::once(cell.area).chain(cell.categories.iter().map(String::as_str));
            let nodes = codes.zip(&self.nodes).map(|(code, nodes)| nodes.get(code).copied());
            let value = i64::try_from(cell.value.checked_div(step)?).ok()?;
            Some(Given { nodes: nodes.collect::<Option<Vec<_>>>()?, value })
        };
        counts.iter().map(cell).collect()
    }
}

/// The tree of areas of a year. An area of the programme that is made of areas of the CBS is a group
/// beside it; a benchmark, and an area of the programme of which that is not known, stand apart.
fn areas(all: &[Area], year: u16, used: &BTreeSet<&str>) -> Axis {
    let of_year = |area: &&Area| area.has_figures_of(year);
    let in_tree = |kind: AreaKind| !matches!(kind, AreaKind::ProgrammeArea | AreaKind::Benchmark);
    let tree: BTreeSet<&str> =
        all.iter().filter(of_year).filter(|area| in_tree(area.kind)).map(|area| area.code.as_str()).collect();
    let mut axis = Axis { name: "areas".to_owned(), ..Axis::default() };
    let mut left = used.clone();
    for area in all.iter().filter(of_year) {
        left.remove(area.code.as_str());
        let members = &area.consists_of;
        if in_tree(area.kind) {
            let parent = area.parents.iter().find(|code| tree.contains(code.as_str()));
            axis.nodes.push(Node { code: area.code.clone(), parent: parent.cloned() });
        } else if !members.is_empty() && members.iter().all(|code| tree.contains(code.as_str())) {
            axis.groups.push(Group { code: area.code.clone(), members: members.clone(), partly: Vec::new() });
        } else {
            axis.nodes.push(Node { code: area.code.clone(), parent: None });
        }
    }
    axis.nodes.extend(left.into_iter().map(|code| Node { code: code.to_owned(), parent: None }));
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
