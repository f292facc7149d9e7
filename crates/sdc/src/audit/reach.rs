//! How far the cells of one component can move, by the method that fits it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::component::Component;
use super::flow::{FREE, Flow};
use super::graph::Graph;
use super::ratio::Fraction;
use super::simplex::{Furthest, Tableau};
use super::{Interval, Question, modular};
use crate::arr::{Arr, Lists};

/// Components with more cells are eliminated modulo a prime, as fractions would take too long.
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
    rooms: Arr<Option<i64>>,
    rows_of: Lists<usize>,
    barred: BTreeSet<usize>,
    whole: Option<Option<Tableau>>,
    support: Vec<usize>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(question: &'a Question<'a>, component: &'a Component) -> Self {
        let room = |cell: &usize| question.floor.room(question.universe, *cell);
        let method = match Graph::of(component) {
            Some(graph) => Method::Network(Flow::new(graph, component.cells.iter().map(room).collect())),
            None => {
                let pairs = component.rows.iter().enumerate();
                let pairs = pairs.flat_map(|(row, terms)| terms.iter().map(move |(cell, _)| (*cell, row)));
                let rooms = component.cells.iter().map(room).map(|room| (room != FREE).then_some(room));
                Method::Equations(Equations {
                    rooms: rooms.collect(),
                    rows_of: Lists::gather(component.cells.len(), pairs, 0),
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
        let count = self.component.cells.len();
        let places: Vec<usize> = match &mut self.method {
            Method::Network(flow) => flow.graph().bridges(),
            Method::Equations(own) => match own.tableau(self.component) {
                Some(tableau) if count <= SMALL => {
                    (0..count).filter(|cell| tableau.is_fixed(*cell)).collect()
                }
                _ => {
                    let fixed = modular::fixed(count, self.component.rows.as_slice());
                    (0..count).filter(|cell| fixed[*cell]).collect()
                }
            },
        };
        places.into_iter().map(|place| self.component.cells[place]).collect()
    }

    /// The interval of a cell.
    pub(super) fn interval(&mut self, place: usize) -> Interval {
        let value = self.question.universe.value(self.component.cells[place]);
        let integer = self.question.integer;
        let [down, up] = [false, true].map(|up| match &mut self.method {
            Method::Network(flow) => match flow.furthest(place, up, FREE) {
                FREE => Furthest::Free,
                amount => Furthest::Proven(amount.into()),
            },
            Method::Equations(own) => match own.tableau(self.component) {
                None => Furthest::AtLeast(Fraction::ZERO),
                Some(tableau) if integer => tableau.furthest_whole(place, up).0,
                Some(tableau) => tableau.clone().furthest(place, up),
            },
        });
        bounds(value, &down, &up)
    }

    /// How far a cell can surely move up (or down), at most `wanted`.
    pub(super) fn far(&mut self, place: usize, up: bool, wanted: i64) -> Fraction {
        match &mut self.method {
            Method::Network(flow) => flow.furthest(place, up, wanted).into(),
            Method::Equations(own) => own.far(self.component, place, up, wanted, self.question.integer),
        }
    }

    /// The places that moved with the cell in the last call of [`Reach::far`].
    pub(super) fn support(&self) -> Vec<usize> {
        match &self.method {
            Method::Network(flow) => flow.support().collect(),
            Method::Equations(own) => own.support.clone(),
        }
    }

    /// Which places may not move from now on.
    pub(super) fn bar(&mut self, places: &[usize], barred: bool) {
        match &mut self.method {
            Method::Network(flow) => flow.bar(places, barred),
            Method::Equations(own) if barred => own.barred.extend(places),
            Method::Equations(own) => own.barred.retain(|place| !places.contains(place)),
        }
    }
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

    /// The cells nearest to a place, at most about `size`, without those that may not move.
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
        let rooms: Vec<Option<i64>> = near.iter().map(|cell| self.rooms[*cell]).collect();
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
