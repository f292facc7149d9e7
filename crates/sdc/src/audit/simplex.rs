//! The furthest that a cell can move, by a bounded simplex in exact fractions.
//!
//! The true table is a feasible point, so there is no search for one: all deviations start at zero.
//! Pivots follow the smallest index (R. G. Bland, "New finite pivoting rules for the simplex
//! method", 1977), so that the method ends. Arithmetic that does not fit gives no answer, never a
//! wrong one.

use super::ratio::Fraction;
use crate::arr::Arr;

/// Fractions that a tableau holds at most, as unknowns times equations: 4 MiB, as for 500 of both. Time grows
/// with the third power of these, so that of more no answer comes within seconds.
const FRACTIONS: usize = 1 << 18;
/// Sub-problems of one question in whole numbers, at most.
const BRANCHES: usize = 400;
/// Fractions that these hold together at most, as those of which the turn has not come do: 256 MiB.
const HELD: usize = 1 << 24;
/// Steps of one search. It takes about as many as there are unknowns, but the method only promises an end.
const STEPS: usize = 10_000;

/// The equations solved for some cells (basic) in terms of the others.
#[derive(Clone, Debug)]
pub(super) struct Tableau {
    basic: Arr<usize>,
    row_of: Arr<Option<usize>>,
    /// Per basic cell its coefficients over the cells that are not basic.
    rows: Arr<Arr<Fraction>>,
    moved: Arr<Fraction>,
    low: Arr<Option<Fraction>>,
    high: Arr<Option<Fraction>>,
}

/// How far a cell can move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Furthest {
    /// Without end.
    Free,
    /// This far and no further.
    Proven(Fraction),
    /// This far; whether further is not known.
    AtLeast(Fraction),
}

impl Furthest {
    pub(super) fn amount(&self) -> Option<Fraction> {
        match self {
            Self::Free => None,
            Self::Proven(amount) | Self::AtLeast(amount) => Some(*amount),
        }
    }
}

impl Tableau {
    /// Whether so many are not too many. Of equations that follow from others no row is kept, so that there
    /// are no more rows than unknowns.
    pub(super) fn fits(unknowns: usize, equations: usize) -> bool {
        unknowns.checked_mul(equations.min(unknowns)).is_some_and(|fractions| fractions <= FRACTIONS)
    }

    /// Solves the equations. `rooms` is how far each unknown can lie under its true value and how far
    /// above it; none is without end. None when there are too many of them or the fractions do not fit.
    pub(super) fn new(equations: &[Vec<(usize, i64)>], rooms: &[[Option<i64>; 2]]) -> Option<Self> {
        let count = rooms.len();
        Self::fits(count, equations.len()).then_some(())?;
        let low = rooms
            .iter()
            .map(|[below, _]| below.map_or(Some(None), |below| Some(Some(Fraction::from(below).negated()?))));
        let mut tableau = Self {
            basic: Arr::default(),
            row_of: Arr::of(None, count),
            rows: Arr::default(),
            moved: Arr::of(Fraction::ZERO, count),
            low: low.collect::<Option<Vec<_>>>()?.into(),
            high: rooms.iter().map(|[_, above]| above.map(Fraction::from)).collect(),
        };
        for equation in equations {
            let mut sum = Arr::of(Fraction::ZERO, count);
            for (cell, coefficient) in equation {
                tableau.substitute(&mut sum, *cell, Fraction::from(*coefficient))?;
            }
            if let Some(pivot) = sum.iter().position(|coefficient| !coefficient.is_zero()) {
                let factor = sum[pivot].inverse()?.negated()?;
                sum[pivot] = Fraction::ZERO;
                for coefficient in sum.iter_mut().filter(|coefficient| !coefficient.is_zero()) {
                    *coefficient = coefficient.times(factor)?;
                }
                tableau.eliminate(pivot, &sum)?;
                tableau.row_of[pivot] = Some(tableau.rows.len());
                tableau.rows.push(sum);
                tableau.basic.push(pivot);
            }
        }
        Some(tableau)
    }

    /// Whether the equations alone fix a cell.
    pub(super) fn is_fixed(&self, cell: usize) -> bool {
        self.row_of[cell].is_some_and(|row| self.rows[row].iter().all(|coefficient| coefficient.is_zero()))
    }

    /// Adds `factor` times a cell to a sum over cells that are not basic.
    fn substitute(&self, sum: &mut Arr<Fraction>, cell: usize, factor: Fraction) -> Option<()> {
        match self.row_of[cell] {
            None => sum[cell] = sum[cell].plus(factor)?,
            Some(row) => {
                for (other, coefficient) in self.rows[row].iter().enumerate() {
                    if !coefficient.is_zero() {
                        sum[other] = sum[other].plus(coefficient.times(factor)?)?;
                    }
                }
            }
        }
        Some(())
    }

    /// Replaces a cell by its row in all rows.
    fn eliminate(&mut self, cell: usize, by: &Arr<Fraction>) -> Option<()> {
        let filled: Vec<usize> = (0..by.len()).filter(|other| !by[*other].is_zero()).collect();
        for row in self.rows.iter_mut() {
            let factor = std::mem::replace(&mut row[cell], Fraction::ZERO);
            if factor.is_zero() {
                continue;
            }
            for other in &filled {
                row[*other] = row[*other].plus(by[*other].times(factor)?)?;
            }
        }
        Some(())
    }

    /// Moves a cell up (or down) as far as it goes, from the present point. `Some(None)` when it goes
    /// without end; none when that takes too many steps or the fractions do not fit.
    fn push(&mut self, cell: usize, up: bool) -> Option<Option<Fraction>> {
        let sign = if up { Fraction::ONE } else { Fraction::ONE.negated()? };
        for _ in 0..STEPS {
            let mut gain = Arr::of(Fraction::ZERO, self.moved.len());
            self.substitute(&mut gain, cell, sign)?;
            let entering = (0..gain.len()).find_map(|other| {
                let rises = gain[other].is_positive();
                let blocked =
                    if rises { self.high[other] } else { self.low[other] } == Some(self.moved[other]);
                (!gain[other].is_zero() && !blocked).then_some((other, rises))
            });
            let Some((entering, rises)) = entering else { return Some(Some(self.moved[cell])) };
            if !self.step(entering, rises)? {
                return Some(None);
            }
        }
        None
    }

    /// Moves one cell that is not basic until something stops it. `Some(false)` when nothing does.
    fn step(&mut self, entering: usize, rises: bool) -> Option<bool> {
        let own = if rises { self.high[entering] } else { self.low[entering] };
        let mut limit = match own {
            None => None,
            Some(bound) => Some((distance(bound, self.moved[entering])?, usize::MAX)),
        };
        for row in 0..self.rows.len() {
            let coefficient = self.rows[row][entering];
            if coefficient.is_zero() {
                continue;
            }
            let cell = self.basic[row];
            let bound = if coefficient.is_positive() == rises { self.high[cell] } else { self.low[cell] };
            if let Some(bound) = bound {
                let size = distance(coefficient, Fraction::ZERO)?;
                let reach = distance(bound, self.moved[cell])?.times(size.inverse()?)?;
                // Ties go to the smallest cell; a move to the own bound needs no pivot at all.
                let closer = limit.is_none_or(|(best, holder)| {
                    reach < best || (reach == best && holder != usize::MAX && cell < self.basic[holder])
                });
                if closer {
                    limit = Some((reach, row));
                }
            }
        }
        let Some((amount, holder)) = limit else { return Some(false) };
        let change = if rises { amount } else { amount.negated()? };
        self.moved[entering] = self.moved[entering].plus(change)?;
        for row in 0..self.rows.len() {
            let coefficient = self.rows[row][entering];
            if !coefficient.is_zero() {
                let cell = self.basic[row];
                self.moved[cell] = self.moved[cell].plus(coefficient.times(change)?)?;
            }
        }
        if holder != usize::MAX {
            self.pivot(holder, entering)?;
        }
        Some(true)
    }

    /// The basic cell of a row and another one change places.
    fn pivot(&mut self, row: usize, entering: usize) -> Option<()> {
        let leaving = self.basic[row];
        let inverse = self.rows[row][entering].inverse()?;
        let mut solved = std::mem::take(&mut self.rows[row]);
        solved[entering] = Fraction::ZERO;
        let back = inverse.negated()?;
        for coefficient in solved.iter_mut().filter(|coefficient| !coefficient.is_zero()) {
            *coefficient = coefficient.times(back)?;
        }
        solved[leaving] = inverse;
        self.rows[row] = Arr::of(Fraction::ZERO, solved.len());
        self.eliminate(entering, &solved)?;
        self.rows[row] = solved;
        self.basic[row] = entering;
        self.row_of[leaving] = None;
        self.row_of[entering] = Some(row);
        Some(())
    }

    /// How far a cell can move up (or down) when any fraction is possible.
    pub(super) fn furthest(&mut self, cell: usize, up: bool) -> Furthest {
        match self.push(cell, up) {
            None => Furthest::AtLeast(Fraction::ZERO),
            Some(None) => Furthest::Free,
            Some(Some(reached)) => match distance(reached, Fraction::ZERO) {
                Some(amount) => Furthest::Proven(amount),
                None => Furthest::AtLeast(Fraction::ZERO),
            },
        }
    }

    /// How far a cell can move up (or down) in whole numbers, by branch and bound (A. H. Land and
    /// A. G. Doig, 1960); and the deviations of all cells that take it there.
    pub(super) fn furthest_whole(&self, cell: usize, up: bool) -> (Furthest, Arr<Fraction>) {
        let mut best = (0, Arr::of(Fraction::ZERO, self.moved.len()));
        let mut proven = true;
        let mut waiting = vec![self.clone()];
        let most = BRANCHES.min(HELD / (self.rows.len() * self.moved.len()).max(1));
        let mut count = 0;
        while let Some(mut problem) = waiting.pop() {
            count += 1;
            if count > most {
                proven = false;
                break;
            }
            let reached = match problem.push(cell, up) {
                None => {
                    proven = false;
                    continue;
                }
                // Without end in fractions is without end in whole numbers: a multiple is whole.
                Some(None) => return (Furthest::Free, best.1),
                Some(Some(reached)) => reached,
            };
            let Some(amount) = distance(reached, Fraction::ZERO) else {
                proven = false;
                continue;
            };
            if amount.floor() <= best.0 {
                continue;
            }
            match (0..problem.moved.len()).find(|other| problem.moved[*other].whole().is_none()) {
                None => best = (amount.floor(), problem.moved),
                Some(broken) => {
                    for above in [false, true] {
                        match problem.clone().beside(broken, above) {
                            None => proven = false,
                            Some(None) => {}
                            Some(Some(branch)) => waiting.push(branch),
                        }
                    }
                }
            }
        }
        let amount = Fraction::from(best.0);
        (if proven { Furthest::Proven(amount) } else { Furthest::AtLeast(amount) }, best.1)
    }

    /// Does not move a cell further than this, up or down.
    pub(super) fn limit(&mut self, cell: usize, wanted: i64) -> Option<()> {
        let (high, low) = (Fraction::from(wanted), Fraction::from(wanted).negated()?);
        self.high[cell] = Some(self.high[cell].map_or(high, |own| own.min(high)));
        self.low[cell] = Some(self.low[cell].map_or(low, |own| own.max(low)));
        Some(())
    }

    /// The same problem with a cell kept at or beyond the whole number beside its present place;
    /// `Some(None)` when it cannot get there.
    fn beside(mut self, cell: usize, above: bool) -> Option<Option<Self>> {
        let under = Fraction::from(self.moved[cell].floor());
        let (bound, kept) =
            if above { (under.plus(Fraction::ONE)?, self.high[cell]) } else { (under, self.low[cell]) };
        *(if above { &mut self.high[cell] } else { &mut self.low[cell] }) = Some(bound);
        if self.push(cell, above)? != Some(bound) {
            return Some(None);
        }
        if above {
            (self.high[cell], self.low[cell]) = (kept, Some(bound));
        } else {
            (self.low[cell], self.high[cell]) = (kept, Some(bound));
        }
        Some(Some(self))
    }

    /// How far each cell was moved by the last call of [`Tableau::furthest`].
    pub(super) fn moved(&self) -> &Arr<Fraction> {
        &self.moved
    }
}

fn distance(one: Fraction, other: Fraction) -> Option<Fraction> {
    let apart = one.minus(other)?;
    if apart.is_positive() || apart.is_zero() { Some(apart) } else { apart.negated() }
}
