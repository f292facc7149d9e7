//! An attacker that knows everything published: rational elimination and an exact linear program.
//! Nothing of the crate but the cell model is used here.

use std::cell::OnceCell;

use sdc::Mask;
use sdc::model::{Floor, Universe};

use crate::view::View;

/// An exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rational(pub i128, pub i128);

impl Rational {
    pub(crate) const ZERO: Self = Self(0, 1);

    pub(crate) fn new(above: i128, under: i128) -> Self {
        let (mut one, mut other) = (above.abs(), under.abs());
        while other != 0 {
            (one, other) = (other, one % other);
        }
        let sign = if under < 0 { -1 } else { 1 };
        Self(sign * above / one.max(1), sign * under / one.max(1))
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        if self.1 == 1 && other.1 == 1 {
            return Self(self.0 - other.0, 1);
        }
        Self::new(self.0 * other.1 - other.0 * self.1, self.1 * other.1)
    }

    fn times(self, other: Self) -> Self {
        if self.1 == 1 && other.1 == 1 {
            return Self(self.0 * other.0, 1);
        }
        Self::new(self.0 * other.0, self.1 * other.1)
    }

    fn over(self, other: Self) -> Self {
        Self::new(self.0 * other.1, self.1 * other.0)
    }

    pub(crate) fn less_than(self, other: Self) -> bool {
        self.0 * other.1 < other.0 * self.1
    }
}

/// What the attacker does not know, and the equations over it.
#[derive(Clone, Debug)]
pub(crate) struct Attacker {
    pub cells: Vec<usize>,
    rows: Vec<Vec<Rational>>,
    low: Vec<i64>,
    right: Vec<Rational>,
    program: OnceCell<Program>,
}

impl Attacker {
    pub(crate) fn new(universe: &Universe, mask: &Mask, known: &[usize], floor: Floor) -> Self {
        Self::of(&View::new(universe, mask, known, floor))
    }

    pub(crate) fn of(view: &View) -> Self {
        let cells: Vec<usize> = view.hidden.keys().copied().collect();
        let low: Vec<i64> = view.hidden.values().map(|low| low.expect("a floor")).collect();
        let (mut rows, mut right) = (Vec::new(), Vec::new());
        for relation in &view.relations {
            let mut row = vec![Rational::ZERO; cells.len()];
            let mut sum = 0i128;
            for (cell, sign) in relation {
                match view.shown.get(cell) {
                    Some(value) => sum -= i128::from(sign * value),
                    None => row[cells.binary_search(cell).unwrap()] = Rational(i128::from(*sign), 1),
                }
            }
            if row.iter().any(|factor| *factor != Rational::ZERO) {
                let shift: i128 = row.iter().zip(&low).map(|(factor, low)| factor.0 * i128::from(*low)).sum();
                rows.push(row);
                right.push(Rational(sum - shift, 1));
            }
        }
        Self { cells, rows, low, right, program: OnceCell::new() }
    }

    /// Cells that the equations alone give: those whose unit vector is a combination of the rows.
    pub(crate) fn recoverable(&self) -> Vec<usize> {
        let mut basis = Basis::default();
        self.rows.iter().for_each(|row| basis.add(row.clone()));
        let fixed = |place: &usize| {
            let mut unit = vec![Rational::ZERO; self.cells.len()];
            unit[*place] = Rational(1, 1);
            basis.rest(unit).iter().all(|factor| *factor == Rational::ZERO)
        };
        (0..self.cells.len()).filter(fixed).map(|place| self.cells[place]).collect()
    }

    /// The lowest and highest value of a cell.
    pub(crate) fn interval(&self, cell: usize) -> (Rational, Option<Rational>) {
        let place = self.cells.iter().position(|own| *own == cell).expect("a hidden cell");
        let program = || Program::feasible(&self.rows, &self.right, self.cells.len());
        let mut program = self.program.get_or_init(program).clone();
        let low = program.optimum(place, false).expect("values are bounded below");
        let high = program.optimum(place, true);
        let shift = Rational(-i128::from(self.low[place]), 1);
        (low.minus(shift), high.map(|high| high.minus(shift)))
    }

    /// Whether the highest and lowest value of a cell are at least `width` apart.
    pub(crate) fn leaves(&self, cell: usize, width: i64) -> bool {
        let (low, high) = self.interval(cell);
        high.is_none_or(|high| !high.minus(low).less_than(Rational(i128::from(width), 1)))
    }
}

/// Rows of which each has a first column that no later row has.
#[derive(Default)]
struct Basis(Vec<(usize, Vec<Rational>)>);

impl Basis {
    /// What is left of a row when all that the basis makes of it is taken off.
    fn rest(&self, mut row: Vec<Rational>) -> Vec<Rational> {
        self.0.iter().for_each(|(column, own)| take(&mut row, own, *column));
        row
    }

    fn add(&mut self, row: Vec<Rational>) {
        let rest = self.rest(row);
        if let Some(column) = rest.iter().position(|factor| *factor != Rational::ZERO) {
            let first = rest[column];
            self.0.push((column, rest.into_iter().map(|value| value.over(first)).collect()));
        }
    }
}

/// A linear program in standard form, two phases, with the rule of Bland.
#[derive(Clone, Debug)]
struct Program {
    /// Per basic variable: factors of all variables, then the right hand side.
    rows: Vec<Vec<Rational>>,
    basic: Vec<usize>,
    variables: usize,
}

impl Program {
    fn feasible(rows: &[Vec<Rational>], right: &[Rational], variables: usize) -> Self {
        let count = rows.len();
        let mut table = Vec::new();
        for (index, (row, side)) in rows.iter().zip(right).enumerate() {
            let sign = Rational(if side.0 < 0 { -1 } else { 1 }, 1);
            let mut wide: Vec<Rational> = row.iter().map(|factor| factor.times(sign)).collect();
            wide.extend((0..count).map(|other| Rational(i128::from(other == index), 1)));
            wide.push(side.times(sign));
            table.push(wide);
        }
        let mut program = Self { rows: table, basic: (variables..variables + count).collect(), variables };
        // First phase: the artificial variables are brought to zero.
        let costs: Vec<Rational> =
            (0..variables + count).map(|at| Rational(if at < variables { 0 } else { -1 }, 1)).collect();
        assert_eq!(
            program.maximise(&costs, variables + count),
            Some(Rational::ZERO),
            "the true table is possible"
        );
        for row in 0..count {
            if program.basic[row] >= variables
                && let Some(column) = (0..variables).find(|at| program.rows[row][*at] != Rational::ZERO)
            {
                program.pivot(row, column);
            }
        }
        program
    }

    /// The largest (or smallest) value of a variable; none when there is none.
    fn optimum(&mut self, place: usize, largest: bool) -> Option<Rational> {
        let mut costs = vec![Rational::ZERO; self.variables];
        costs[place] = Rational(if largest { 1 } else { -1 }, 1);
        let best = self.maximise(&costs, self.variables)?;
        Some(if largest { best } else { Rational::ZERO.minus(best) })
    }

    fn maximise(&mut self, costs: &[Rational], allowed: usize) -> Option<Rational> {
        // The costs of the variables that are not basic, and at the end minus the value reached.
        let mut reduced = vec![Rational::ZERO; self.rows.first().map_or(costs.len() + 1, Vec::len)];
        reduced[..costs.len()].copy_from_slice(costs);
        for (row, basic) in self.rows.iter().zip(&self.basic) {
            take(&mut reduced, row, *basic);
        }
        loop {
            let entering = (0..allowed).find(|column| Rational::ZERO.less_than(reduced[*column]));
            let last = reduced.len() - 1;
            let Some(entering) = entering else { return Some(Rational::ZERO.minus(reduced[last])) };
            let mut leaving: Option<(usize, Rational)> = None;
            for row in 0..self.rows.len() {
                if !Rational::ZERO.less_than(self.rows[row][entering]) {
                    continue;
                }
                let ratio = self.rows[row][last].over(self.rows[row][entering]);
                let closer = leaving.is_none_or(|(best, least)| {
                    ratio.less_than(least) || (ratio == least && self.basic[row] < self.basic[best])
                });
                if closer {
                    leaving = Some((row, ratio));
                }
            }
            let row = leaving?.0;
            self.pivot(row, entering);
            take(&mut reduced, &self.rows[row], entering);
        }
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let factor = self.rows[row][column];
        let solved: Vec<Rational> = self.rows[row].iter().map(|value| value.over(factor)).collect();
        for (index, other) in self.rows.iter_mut().enumerate() {
            if index != row {
                take(other, &solved, column);
            }
        }
        self.rows[row] = solved;
        self.basic[row] = column;
    }
}

/// Takes a solved row from another so that nothing of this column is left.
fn take(row: &mut [Rational], solved: &[Rational], column: usize) {
    let times = row[column];
    if times != Rational::ZERO {
        for (value, own) in row.iter_mut().zip(solved).filter(|(_, own)| own.0 != 0) {
            *value = value.minus(times.times(*own));
        }
    }
}
