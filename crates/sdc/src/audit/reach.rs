//! How far the cells of one component can move, by the method that fits it. The methods know unknowns only:
//! a cell moves as its unknown does, or the other way.

use super::component::Component;
use super::equations::Equations;
use super::flow::{FREE, Flow};
use super::graph::Graph;
use super::ratio::Fraction;
use super::simplex::Furthest;
use super::vicinity::Areas;
use super::{Interval, Question};
use crate::arr::Arr;

/// How far cells can move.
pub(super) struct Reach<'a> {
    question: &'a Question<'a>,
    component: &'a Component,
    method: Method<'a>,
}

enum Method<'a> {
    Network(Box<Flow>),
    Equations(Box<Equations<'a>>),
}

impl<'a> Reach<'a> {
    pub(super) fn of(question: &'a Question<'a>, component: &'a Component) -> Self {
        let rooms = rooms(question, component);
        let method = match Graph::of(component) {
            Some(graph) => Method::Network(Box::new(Flow::new(graph, rooms))),
            None => {
                let areas = Areas::new(question.universe, component);
                Method::Equations(Box::new(Equations::new(component, &rooms, areas, question.integer)))
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
        let unknowns = match &mut self.method {
            Method::Network(flow) => flow.graph().bridges(),
            Method::Equations(own) => own.fixed(),
        };
        unknowns.into_iter().flat_map(|own| self.component.cells_of(own)).collect()
    }

    /// The interval of a cell, when nothing is barred.
    pub(super) fn interval(&mut self, place: usize) -> Interval {
        let value = self.question.universe.value(self.component.cells[place]);
        let (unknown, flip) = self.component.unknown_of(place);
        let [down, up] = [flip, !flip].map(|up| match &mut self.method {
            Method::Network(flow) => match flow.freely(unknown, up) {
                FREE => Furthest::Free,
                amount => Furthest::Proven(amount.into()),
            },
            Method::Equations(own) => own.furthest(unknown, up),
        });
        bounds(value, &down, &up)
    }

    /// How far a cell can surely move up (or down), hardly more than `wanted`.
    pub(super) fn far(&mut self, place: usize, up: bool, wanted: i64) -> Fraction {
        let (unknown, flip) = self.component.unknown_of(place);
        match &mut self.method {
            Method::Network(flow) => flow.furthest(unknown, up != flip, wanted).into(),
            Method::Equations(own) => own.far(unknown, up != flip, wanted),
        }
    }

    /// The cells that moved in the last call of [`Reach::far`], which was about this one.
    pub(super) fn support(&self, place: usize) -> Vec<usize> {
        let mut unknowns: Vec<usize> = match &self.method {
            Method::Network(flow) => flow.support().collect(),
            Method::Equations(own) => own.support().to_vec(),
        };
        unknowns.push(self.component.unknown_of(place).0);
        unknowns.into_iter().flat_map(|own| self.component.cells_of(own)).collect()
    }

    /// Which cells may not move from now on.
    pub(super) fn bar(&mut self, places: &[usize], barred: bool) {
        let unknowns: Vec<usize> = places.iter().map(|place| self.component.unknown_of(*place).0).collect();
        match &mut self.method {
            Method::Network(flow) => flow.bar(&unknowns, barred),
            Method::Equations(own) => own.bar(&unknowns, barred),
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

fn bounds(value: i64, down: &Furthest, up: &Furthest) -> Interval {
    let value = Fraction::from(value);
    let low = down.amount().map(|amount| value.minus(amount));
    let high = up.amount().map(|amount| value.plus(amount));
    let fits = low != Some(None) && high != Some(None);
    let exact = fits && !matches!(down, Furthest::AtLeast(_)) && !matches!(up, Furthest::AtLeast(_));
    Interval { low: low.map(|low| low.unwrap_or(value)), high: high.map(|high| high.unwrap_or(value)), exact }
}
