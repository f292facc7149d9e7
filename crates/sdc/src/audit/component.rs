//! Hidden cells that relations bind together.

use super::Question;
use crate::arr::Arr;

/// Hidden cells and the relations between them; nothing outside depends on them.
#[derive(Clone, Debug, Default)]
pub(super) struct Component {
    /// The cells, by their place in the component.
    pub(super) cells: Arr<usize>,
    /// Each relation that names one of them: places with coefficients.
    pub(super) rows: Arr<Vec<(usize, i64)>>,
}

impl Component {
    /// All components: cells that are hidden and not known, grouped by the relations they share.
    pub(super) fn split(question: &Question<'_>) -> Vec<Self> {
        let universe = question.universe;
        let mut unknown: Arr<bool> = (0..universe.len()).map(|cell| question.hidden.hides(cell)).collect();
        for cell in question.known {
            if let Some(place) = unknown.as_mut_slice().get_mut(*cell) {
                *place = false;
            }
        }
        let mut component_of = Arr::of(usize::MAX, universe.len());
        let mut place_of = Arr::of(0, universe.len());
        let mut taken = Arr::of(false, universe.relation_count());
        let mut components: Vec<Self> = Vec::new();
        for start in 0..universe.len() {
            if !unknown[start] || component_of[start] != usize::MAX {
                continue;
            }
            let id = components.len();
            let mut component = Self::default();
            let mut rows = Vec::new();
            component_of[start] = id;
            let mut waiting = vec![start];
            while let Some(cell) = waiting.pop() {
                component.cells.push(cell);
                for relation in universe.relations_of(cell) {
                    if std::mem::replace(&mut taken[*relation], true) {
                        continue;
                    }
                    rows.push(*relation);
                    for (other, _) in universe.relation(*relation).terms() {
                        if unknown[other] && component_of[other] == usize::MAX {
                            component_of[other] = id;
                            waiting.push(other);
                        }
                    }
                }
            }
            component.cells.as_mut_slice().sort_unstable();
            rows.sort_unstable();
            for (place, cell) in component.cells.iter().enumerate() {
                place_of[*cell] = place;
            }
            for row in rows {
                let terms = universe.relation(row).terms().filter(|(cell, _)| unknown[*cell]);
                component.rows.push(terms.map(|(cell, sign)| (place_of[cell], sign)).collect());
            }
            components.push(component);
        }
        components
    }
}
