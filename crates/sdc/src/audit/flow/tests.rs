use super::*;
use crate::audit::Question;
use crate::audit::component::Component;
use crate::mask::Mask;
use crate::model::{Dimension, Floor, Node, Table};
use proptest::prelude::*;

/// A total, groups and parts of these.
fn tree(groups: usize, parts: usize) -> Dimension {
    let node = |code: String, parent: Option<String>| Node { code, parent };
    let mut nodes = vec![node("t".to_owned(), None)];
    for group in 0..groups {
        nodes.push(node(format!("g{group}"), Some("t".to_owned())));
        let part = |part| node(format!("p{group}-{part}"), Some(format!("g{group}")));
        nodes.extend((0..parts).map(part));
    }
    Dimension { name: "areas".to_owned(), nodes, groups: Vec::new() }
}

fn table(groups: usize, parts: usize, categories: usize, values: &[i64]) -> Table {
    let code = |at: usize| if at == 0 { "all".to_owned() } else { format!("c{at}") };
    let category = |at: usize| Node { code: code(at), parent: (at > 0).then(|| code(0)) };
    let nodes = (0..=categories).map(category).collect();
    let breakdown = Dimension { name: "categories".to_owned(), nodes, groups: Vec::new() };
    let count = |area: usize, category: usize| values[(area * 7 + category * 3) % values.len()];
    let row = |areas: std::ops::Range<usize>| -> Vec<i64> {
        let own = |category| areas.clone().map(|area| count(area, category)).sum();
        let own: Vec<i64> = (0..categories).map(own).collect();
        std::iter::once(own.iter().sum()).chain(own).collect()
    };
    let mut all = row(0..groups * parts);
    for group in 0..groups {
        all.extend(row(group * parts..(group + 1) * parts));
        (0..parts).for_each(|part| all.extend(row(group * parts + part..group * parts + part + 1)));
    }
    Table::new(&[tree(groups, parts), breakdown], &all).expect("a table")
}

/// A flow along any paths, one by one.
fn naive(graph: &Graph, rooms: &Arr<[i64; 2]>, barred: &[usize], cell: usize, up: bool, wanted: i64) -> i64 {
    let room = |edge: usize, up: bool| if up { rooms[edge][1] } else { rooms[edge][0] };
    if barred.contains(&cell) {
        return 0;
    }
    let (tail, head) = (graph.tails[cell], graph.heads[cell]);
    let (start, goal) = if up { (head, tail) } else { (tail, head) };
    let wanted = wanted.min(room(cell, up));
    if start == goal {
        return wanted;
    }
    let mut moved = vec![0i64; rooms.len()];
    let left = |moved: &[i64], edge: usize, along: bool| match room(edge, along) {
        FREE => FREE,
        room if along => room - moved[edge],
        room => room + moved[edge],
    };
    let mut reached = 0;
    while reached < wanted {
        let mut by: Vec<Option<(usize, bool)>> = vec![None; graph.nodes()];
        let mut waiting = vec![start];
        while let Some(node) = waiting.pop() {
            for edge in (0..rooms.len()).filter(|edge| *edge != cell && !barred.contains(edge)) {
                for (from, to, along) in [
                    (graph.tails[edge], graph.heads[edge], true),
                    (graph.heads[edge], graph.tails[edge], false),
                ] {
                    if from == node && to != start && by[to].is_none() && left(&moved, edge, along) > 0 {
                        by[to] = Some((edge, along));
                        waiting.push(to);
                    }
                }
            }
        }
        let (mut path, mut node) = (Vec::new(), goal);
        while let Some((edge, along)) = by[node] {
            path.push((edge, along));
            node = if along { graph.tails[edge] } else { graph.heads[edge] };
        }
        let tightest = path.iter().map(|(edge, along)| left(&moved, *edge, *along)).min().unwrap_or(0);
        if tightest == 0 || tightest == FREE && wanted == FREE {
            return if tightest == 0 { reached } else { FREE };
        }
        let amount = tightest.min(wanted - reached);
        path.iter().for_each(|(edge, along)| moved[*edge] += if *along { amount } else { -amount });
        reached += amount;
    }
    reached
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_flow_goes_as_far_as_one_along_single_edges_whatever_is_barred(
        (groups, parts, categories) in (1usize..5, 2usize..5, 1usize..4),
        values in proptest::collection::vec(0i64..6, 40),
        shown in proptest::collection::vec(0u8..5, 120),
        barred in proptest::collection::vec(0usize..60, 0..3),
        floor in proptest::option::of(0i64..2),
    ) {
        let table = table(groups, parts, categories, &values);
        let universe = &table.universe;
        let mut hidden = Mask::none(universe.len());
        (0..universe.len()).filter(|cell| shown[cell % shown.len()] > 1).for_each(|cell| hidden.hide(cell));
        let floor = floor.map_or(Floor::None, Floor::At);
        let question = Question { universe, hidden: &hidden, known: &[], floor, integer: true };
        for component in Component::split(&question) {
            let Some(graph) = Graph::of(&component) else { continue };
            let below = |own: usize| question.floor.room(universe, component.cells[own]);
            let rooms: Arr<[i64; 2]> = (0..component.cells.len()).map(|own| [below(own), FREE]).collect();
            let barred: Vec<usize> = barred.iter().copied().filter(|own| *own < rooms.len()).collect();
            let mut flow = Flow::new(graph.clone(), rooms.clone());
            for (cell, up, wanted) in (0..rooms.len())
                .flat_map(|cell| [(cell, true, FREE), (cell, false, FREE), (cell, true, 3), (cell, false, 3)])
            {
                prop_assert_eq!(
                    flow.furthest(cell, up, wanted), naive(&graph, &rooms, &[], cell, up, wanted)
                );
                if wanted == FREE {
                    prop_assert_eq!(flow.freely(cell, up), naive(&graph, &rooms, &[], cell, up, wanted));
                }
                flow.bar(&barred, true);
                let reached = flow.furthest(cell, up, wanted);
                prop_assert_eq!(reached, naive(&graph, &rooms, &barred, cell, up, wanted));
                let support: Vec<usize> = flow.support().collect();
                flow.bar(&barred, false);
                let others: Vec<usize> =
                    (0..rooms.len()).filter(|own| *own != cell && !support.contains(own)).collect();
                prop_assert!(barred.iter().all(|own| !support.contains(own)));
                if reached > 0 {
                    prop_assert_eq!(naive(&graph, &rooms, &others, cell, up, wanted), reached);
                }
            }
        }
    }
}
