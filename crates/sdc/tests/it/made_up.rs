//! Made-up tables from a seed: area trees, breakdowns, areas that do not nest, parts that leave
//! something over.

use sdc::model::{Dimension, Given, Group, Node, Table};

use crate::country::Dice;

/// What a made-up table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An area tree by one breakdown.
    Flat,
    /// An area tree by two breakdowns.
    Crossed,
    /// An area tree and an area that does not nest, by one breakdown.
    Overlapping,
    /// An area tree and an area that does not nest, by two breakdowns.
    Both,
    /// An area tree by three breakdowns.
    Thrice,
}

impl Shape {
    /// The dimensions that divide people.
    pub(crate) fn breakdowns(self) -> &'static [usize] {
        match self {
            Self::Flat | Self::Overlapping => &[1],
            Self::Crossed | Self::Both => &[1, 2],
            Self::Thrice => &[1, 2, 3],
        }
    }
}

/// A table as it is given.
#[derive(Clone, Debug)]
pub(crate) struct MadeUp {
    pub dimensions: Vec<Dimension>,
    pub values: Vec<i64>,
}

pub(crate) fn node(code: &str, parent: Option<&str>) -> Node {
    Node { code: code.to_owned(), parent: parent.map(str::to_owned) }
}

pub(crate) fn dimension(name: &str, nodes: Vec<Node>) -> Dimension {
    Dimension { name: name.to_owned(), nodes, groups: Vec::new() }
}

pub(crate) fn breakdown(name: &str, parts: u64) -> Dimension {
    let total = format!("{name}*");
    let mut nodes = vec![node(&total, None)];
    nodes.extend((0..parts).map(|part| node(&format!("{name}{part}"), Some(&total))));
    dimension(name, nodes)
}

impl MadeUp {
    pub(crate) fn new(shape: Shape, seed: u64) -> Self {
        let dice = &mut Dice::new(seed);
        let mut areas = vec![node("land", None)];
        let mut lowest = Vec::new();
        for district in 0..2 + dice.under(2) {
            let code = format!("wijk{district}");
            areas.push(node(&code, Some("land")));
            // One child, or none, happens too.
            for area in 0..dice.under(4) {
                lowest.push(format!("buurt{district}{area}"));
                areas.push(node(lowest.last().unwrap(), Some(&code)));
            }
        }
        let mut dimensions = vec![dimension("gebied", areas), breakdown("a", 2 + dice.under(2))];
        if shape.breakdowns().len() > 1 {
            dimensions.push(breakdown("b", 2));
        }
        if shape.breakdowns().len() > 2 {
            dimensions.push(breakdown("c", 2));
        }
        if matches!(shape, Shape::Overlapping | Shape::Both) {
            let members: Vec<String> = lowest.into_iter().filter(|_| dice.under(2) == 0).collect();
            if !members.is_empty() {
                let group = Group { code: "programma".to_owned(), members, partly: Vec::new() };
                dimensions[0].groups.push(group);
            }
        }
        Self::of(dimensions, dice)
    }

    /// Made-up counts over these dimensions.
    pub(crate) fn of(dimensions: Vec<Dimension>, dice: &mut Dice) -> Self {
        let values = fill(&dimensions, dice);
        Self { dimensions, values }
    }

    pub(crate) fn table(&self) -> Table {
        Table::new(&self.dimensions, &self.values).expect("a table")
    }

    /// The cells of the table of which about one in so many is left out, and about one in so many nodes of
    /// each dimension altogether.
    pub(crate) fn with_gaps(&self, one_in: u64, dice: &mut Dice) -> Vec<Given> {
        let sizes: Vec<usize> =
            self.dimensions.iter().map(|own| own.nodes.len() + own.groups.len()).collect();
        let without: Vec<Vec<bool>> =
            sizes.iter().map(|size| (0..*size).map(|_| dice.under(one_in * 2) == 0).collect()).collect();
        let nodes = |place: usize| {
            let mut rest = place;
            let mut nodes: Vec<usize> =
                sizes.iter().rev().map(|size| (rest % size, rest /= size).0).collect();
            nodes.reverse();
            nodes
        };
        let all =
            self.values.iter().enumerate().map(|(place, value)| Given { nodes: nodes(place), value: *value });
        let mut is_there = |cell: &Given| {
            let there = cell.nodes.iter().zip(&without).all(|(node, without)| !without[*node]);
            there && dice.under(one_in) != 0
        };
        all.filter(|cell| is_there(cell)).collect()
    }

    /// The same table with the codes of each dimension the other way round.
    pub(crate) fn reversed(&self) -> Self {
        let mut dimensions = self.dimensions.clone();
        let sizes: Vec<usize> = dimensions.iter().map(|own| own.nodes.len() + own.groups.len()).collect();
        for own in &mut dimensions {
            own.nodes.reverse();
        }
        let mut values = vec![0; self.values.len()];
        for (index, value) in self.values.iter().enumerate() {
            let (mut rest, mut place, mut stride) = (index, 0, 1);
            for (size, own) in sizes.iter().zip(&dimensions).rev() {
                let at = rest % size;
                rest /= size;
                let turned = if at < own.nodes.len() { own.nodes.len() - 1 - at } else { at };
                place += turned * stride;
                stride *= size;
            }
            values[place] = *value;
        }
        Self { dimensions, values }
    }
}

/// For each node the nodes without children of which it is the sum. Sometimes an area has something
/// of its own that no part has.
fn fill(dimensions: &[Dimension], dice: &mut Dice) -> Vec<i64> {
    let mut under: Vec<Vec<Vec<usize>>> = Vec::new();
    let mut counts = Vec::new();
    for (index, own) in dimensions.iter().enumerate() {
        let place = |code: &str| own.nodes.iter().position(|node| node.code == code).unwrap();
        let is_total =
            |at: usize| own.nodes.iter().any(|node| node.parent.as_deref() == Some(&own.nodes[at].code));
        let mut sets = vec![Vec::new(); own.nodes.len()];
        let mut count = 0;
        for at in 0..own.nodes.len() {
            if !is_total(at) || (index == 0 && dice.under(6) == 0) {
                let mut up = Some(at);
                while let Some(node) = up {
                    sets[node].push(count);
                    up = own.nodes[node].parent.as_deref().map(place);
                }
                count += 1;
            }
        }
        for group in &own.groups {
            sets.push(group.members.iter().flat_map(|code| sets[place(code)].clone()).collect());
        }
        under.push(sets);
        counts.push(count);
    }
    let atoms: usize = counts.iter().product();
    let small: Vec<i64> = (0..atoms)
        .map(|_| {
            let limit = [2, 6, 20][usize::try_from(dice.under(3)).unwrap()];
            i64::try_from(dice.under(limit)).unwrap()
        })
        .collect();
    let sizes: Vec<usize> = under.iter().map(Vec::len).collect();
    let all: usize = sizes.iter().product();
    (0..all)
        .map(|index| {
            let (mut rest, mut places, mut stride) = (index, vec![0], 1);
            for ((size, count), sets) in sizes.iter().zip(&counts).zip(&under).rev() {
                let set = &sets[rest % size];
                rest /= size;
                places =
                    places.iter().flat_map(|place| set.iter().map(move |at| place + at * stride)).collect();
                stride *= count;
            }
            places.into_iter().map(|place| small[place]).sum()
        })
        .collect()
}
