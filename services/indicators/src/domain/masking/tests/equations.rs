//! Linear equations solved exactly, the plain way.

use std::collections::BTreeMap;

/// The column of what is known.
pub(super) const CONSTANT: usize = usize::MAX;

/// An exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ratio(i128, i128);

impl Ratio {
    fn new(above: i128, under: i128) -> Self {
        let (mut one, mut other) = (above.abs(), under.abs());
        while other != 0 {
            (one, other) = (other, one % other);
        }
        let by = one.max(1) * under.signum();
        Self(above / by, under / by)
    }

    fn whole(self) -> Option<i64> {
        (self.1 == 1).then(|| i64::try_from(self.0).ok()).flatten()
    }

    pub(super) fn float(self) -> f64 {
        let part = |number: i128| f64::from(i32::try_from(number).expect("a small number"));
        part(self.0) / part(self.1)
    }
}

/// An equation: factors by column that add up to zero.
pub(super) type Row = BTreeMap<usize, Ratio>;

pub(super) fn row(terms: impl Iterator<Item = (usize, i64)>) -> Row {
    let mut row = Row::new();
    for (column, factor) in terms {
        add(&mut row, column, Ratio(i128::from(factor), 1));
    }
    row
}

fn add(row: &mut Row, column: usize, factor: Ratio) {
    let own = row.get(&column).copied().unwrap_or(Ratio(0, 1));
    let sum = Ratio::new(own.0 * factor.1 + factor.0 * own.1, own.1 * factor.1);
    if sum.0 == 0 {
        row.remove(&column)
    } else {
        row.insert(column, sum)
    };
}

/// Takes off so much of `other` that nothing of `column` is left.
fn take(row: &mut Row, other: &Row, column: usize) {
    if let Some(factor) = row.get(&column).copied() {
        let by = other[&column];
        let times = Ratio::new(-factor.0 * by.1, factor.1 * by.0);
        for (column, factor) in other {
            add(row, *column, Ratio::new(factor.0 * times.0, factor.1 * times.1));
        }
    }
}

/// Equations in reduced echelon form, by the column that each solves.
#[derive(Clone, Default)]
pub(super) struct Solved {
    rows: BTreeMap<usize, Row>,
    /// Whether they contradict each other.
    pub contradictory: bool,
}

impl Solved {
    pub(super) fn of(rows: impl Iterator<Item = Row>) -> Self {
        let mut solved = Self::default();
        rows.for_each(|row| solved.insert(row));
        solved
    }

    /// These equations with more of them.
    pub(super) fn with(&self, rows: impl Iterator<Item = Row>) -> Self {
        let mut solved = self.clone();
        rows.for_each(|row| solved.insert(row));
        solved
    }

    fn insert(&mut self, mut row: Row) {
        let pivots: Vec<usize> = row.keys().copied().collect();
        for column in pivots {
            if let Some(other) = self.rows.get(&column) {
                take(&mut row, other, column);
            }
        }
        match row.keys().next().copied() {
            None => {}
            Some(CONSTANT) => self.contradictory = true,
            Some(pivot) => {
                self.rows.values_mut().for_each(|other| take(other, &row, pivot));
                self.rows.insert(pivot, row);
            }
        }
    }

    /// The columns of which the value follows, with that value when it is a whole number.
    pub(super) fn found(&self) -> BTreeMap<usize, Option<i64>> {
        let alone = |(pivot, row): (&usize, &Row)| {
            let constant = row.get(&CONSTANT).copied().unwrap_or(Ratio(0, 1));
            let own = row[pivot];
            let known = row.len() == 1 + usize::from(constant.0 != 0);
            known.then(|| (*pivot, Ratio::new(-constant.0 * own.1, constant.1 * own.0).whole()))
        };
        self.rows.iter().filter_map(alone).collect()
    }
}
