//! How far the cells of one component can move, by the method that fits it. The methods know unknowns only:
//! a cell moves as its unknown does, or the other way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::component::Component;
use super::flow::{FREE, Flow};
use super::graph::Graph;
use super::ratio::Fraction;
use super::simplex::{Furthest, Tableau};
use super::{Interval, Question, modular};
use crate::arr::{Arr, Lists};

/// Components with more unknowns are eliminated modulo a prime, as fractions would take too long.
const SMALL: usize = 400;
/// Sizes of the neighbourhood in which room is looked for, before the whole component.
const NEIGHBOURHOODS: [usize; 3] = [16, 64, 256];

/// How far cells can move.
pub(super) struct Reach<'a> {
    question: &'a Question<'a>,
    component: &'a Component,
    method: Method,
}

enum Method {
    Network(Flow),
    Equations(Equations),
}

struct Equations {
    /// How far each unknown can lie under its true value, and above it.
    rooms: Arr<[Option<i64>; 2]>,
    rows_of: Lists<usize>,
    barred: BTreeSet<usize>,
    whole: Option<Option<Tableau>>,
    support: Vec<usize>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(question: &'a Question<'a>, component: &'a Component) -> Self {
        let rooms = rooms(question, component);
        let method = match Graph::of(component) {
            Some(graph) => Method::Network(Flow::new(graph, rooms)),
            None => {
                let pairs = component.rows.iter().enumerate();
                let pairs = pairs.flat_map(|(row, terms)| terms.iter().map(move |(own, _)| (*own, row)));
                let bound = |room: i64| (room != FREE).then_some(room);
                Method::Equations(Equations {
                    rooms: rooms.iter().map(|own| own.map(bound)).collect(),
                    rows_of: Lists::gather(component.unknowns(), pairs, 0),
                    barred: BTreeSet::new(),
                    whole: None,
                    support: Vec::new(),
                })
            }
        };
        Self { question, component, method }
    }

    /// Whether room is found by flows; certificates of others are then not needed.
    pub(super) fn is_network(&self) -> bool {
        matches!(self.method, Method::Network(_))
    }

    /// The cells that the equations fix.
    pub(super) fn recoverable(&mut self) -> Vec<usize> {
        let count = self.component.unknowns();
        let unknowns: Vec<usize> = match &mut self.method {
            Method::Network(flow) => flow.graph().bridges(),
            Method::Equations(own) => match own.tableau(self.component) {
                Some(tableau) if count <= SMALL => (0..count).filter(|own| tableau.is_fixed(*own)).collect(),
                _ => {
                    let fixed = modular::fixed(count, self.component.rows.as_slice());
                    (0..count).filter(|own| fixed[*own]).collect()
                }
            },
        };
        unknowns.into_iter().flat_map(|own| self.component.cells_of(own)).collect()
    }

    /// The interval of a cell.
    pub(super) fn interval(&mut self, place: usize) -> Interval {
        let value = self.question.universe.value(self.component.cells[place]);
        let integer = self.question.integer;
        let (unknown, flip) = self.component.unknown_of(place);
        let [down, up] = [flip, !flip].map(|up| match &mut self.method {
            Method::Network(flow) => match flow.furthest(unknown, up, FREE) {
                FREE => Furthest::Free,
                amount => Furthest::Proven(amount.into()),
            },
            Method::Equations(own) => match own.tableau(self.component) {
                None => Furthest::AtLeast(Fraction::ZERO),
                Some(tableau) if integer => tableau.furthest_whole(unknown, up).0,
                Some(tableau) => tableau.clone().furthest(unknown, up),
            },
        });
        bounds(value, &down, &up)
    }

    /// How far a cell can surely move up (or down), at most `wanted`.
    pub(super) fn far(&mut self, place: usize, up: bool, wanted: i64) -> Fraction {
        let (unknown, flip) = self.component.unknown_of(place);
        match &mut self.method {
            Method::Network(flow) => flow.furthest(unknown, up != flip, wanted).into(),
            Method::Equations(own) => {
                own.far(self.component, unknown, up != flip, wanted, self.question.integer)
            }
        }
    }

    /// The cells that moved in the last call of [`Reach::far`], which was about this one.
    pub(super) fn support(&self, place: usize) -> Vec<usize> {
        let mut unknowns: Vec<usize> = match &self.method {
            Method::Network(flow) => flow.support().collect(),
            Method::Equations(own) => own.support.clone(),
        };
        unknowns.push(self.component.unknown_of(place).0);
        unknowns.into_iter().flat_map(|own| self.component.cells_of(own)).collect()
    }

    /// Which cells may not move from now on.
    pub(super) fn bar(&mut self, places: &[usize], barred: bool) {
        let unknowns: Vec<usize> = places.iter().map(|place| self.component.unknown_of(*place).0).collect();
        match &mut self.method {
            Method::Network(flow) => flow.bar(&unknowns, barred),
            Method::Equations(own) if barred => own.barred.extend(unknowns),
            Method::Equations(own) => own.barred.retain(|own| !unknowns.contains(own)),
        }
    }
}

/// How far each unknown can lie under its true value, and above it: no cell of it under its floor.
fn rooms(question: &Question<'_>, component: &Component) -> Arr<[i64; 2]> {
    let mut rooms = Arr::of([FREE; 2], component.unknowns());
    for (place, cell) in component.cells.iter().enumerate() {
        let (unknown, flip) = component.unknown_of(place);
        let [below, above] = &mut rooms[unknown];
        let bound = if flip { above } else { below };
        *bound = (*bound).min(question.floor.room(question.universe, *cell));
    }
    rooms
}

impl Equations {
    /// The equations of the whole component, solved.
    fn tableau(&mut self, component: &Component) -> Option<&Tableau> {
        let rooms = &self.rooms;
        self.whole.get_or_insert_with(|| Tableau::new(component.rows.as_slice(), rooms.as_slice())).as_ref()
    }

    fn far(&mut self, component: &Component, place: usize, up: bool, wanted: i64, integer: bool) -> Fraction {
        self.support.clear();
        let mut best = Fraction::ZERO;
        if self.barred.contains(&place) {
            return best;
        }
        let mut before = 0;
        for size in NEIGHBOURHOODS.into_iter().chain([usize::MAX]) {
            let near = self.near(component, place, size);
            if near.len() == before {
                break;
            }
            before = near.len();
            let Some((amount, moved)) = self.room_in(component, &near, place, (up, wanted, integer)) else {
                break;
            };
            if amount > best {
                best = amount;
                self.support = moved;
            }
            if best >= Fraction::from(wanted) {
                break;
            }
        }
        best
    }

    /// The unknowns nearest to one, at most about `size`, without those that may not move.
    fn near(&self, component: &Component, place: usize, size: usize) -> Vec<usize> {
        let mut seen = BTreeSet::from([place]);
        let mut waiting = VecDeque::from([place]);
        while let Some(cell) = waiting.pop_front() {
            for row in self.rows_of.of(cell) {
                for (other, _) in &component.rows[*row] {
                    if seen.len() < size && !self.barred.contains(other) && seen.insert(*other) {
                        waiting.push_back(*other);
                    }
                }
            }
        }
        seen.into_iter().collect()
    }

    fn room_in(
        &self,
        component: &Component,
        near: &[usize],
        place: usize,
        (up, wanted, integer): (bool, i64, bool),
    ) -> Option<(Fraction, Vec<usize>)> {
        let local: BTreeMap<usize, usize> = near.iter().enumerate().map(|(id, cell)| (*cell, id)).collect();
        let rows: BTreeSet<usize> =
            near.iter().flat_map(|cell| self.rows_of.of(*cell).iter().copied()).collect();
        let equations: Vec<Vec<(usize, i64)>> = rows
            .into_iter()
            .map(|row| {
                let terms = component.rows[row].iter();
                terms.filter_map(|(cell, sign)| local.get(cell).map(|id| (*id, *sign))).collect()
            })
            .collect();
        let rooms: Vec<[Option<i64>; 2]> = near.iter().map(|cell| self.rooms[*cell]).collect();
        let mut tableau = Tableau::new(&equations, &rooms)?;
        let own = *local.get(&place)?;
        tableau.limit(own, wanted)?;
        let (furthest, moved) = if integer {
            tableau.furthest_whole(own, up)
        } else {
            (tableau.furthest(own, up), tableau.moved().clone())
        };
        let support = moved.iter().zip(near).filter(|(moved, _)| !moved.is_zero()).map(|(_, cell)| *cell);
        Some((furthest.amount()?, support.collect()))
    }
}

fn bounds(value: i64, down: &Furthest, up: &Furthest) -> Interval {
    let value = Fraction::from(value);
    let low = down.amount().map(|amount| value.minus(amount));
    let high = up.amount().map(|amount| value.plus(amount));
    let fits = low != Some(None) && high != Some(None);
    let exact = fits && !matches!(down, Furthest::AtLeast(_)) && !matches!(up, Furthest::AtLeast(_));
    Interval { low: low.map(|low| low.unwrap_or(value)), high: high.map(|high| high.unwrap_or(value)), exact }
}
