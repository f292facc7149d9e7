//! All tables in whole numbers that agree with what is shown, by trying. Nothing of the crate but the cell
//! model is used here.

use std::collections::BTreeMap;

use crate::view::View;

/// Cells are taken to be at most this, more than any small table has.
const MOST: i64 = 100;

/// A table: the value of each cell that is not shown.
pub(crate) type Values = BTreeMap<usize, i64>;

/// The tables that somebody with a view takes to be possible.
pub(crate) struct Tables {
    cells: Vec<usize>,
    /// Between which values each cell lies.
    bounds: Vec<[i64; 2]>,
    /// Cells by place with coefficients, and a number: together zero.
    rows: Vec<(Vec<(usize, i64)>, i64)>,
}

impl Tables {
    pub(crate) fn of(view: &View) -> Self {
        let cells: Vec<usize> = view.hidden.keys().copied().collect();
        let rows = view.relations.iter().map(|relation| {
            let (mut terms, mut sum) = (Vec::new(), 0);
            for (cell, sign) in relation {
                match view.shown.get(cell) {
                    Some(value) => sum += sign * value,
                    None => terms.push((cells.binary_search(cell).unwrap(), *sign)),
                }
            }
            (terms, sum)
        });
        let rows = rows.filter(|(terms, _)| !terms.is_empty()).collect();
        let bounds = view.hidden.values().map(|low| [low.expect("a floor"), MOST]).collect();
        Self { rows, bounds, cells }
    }

    /// The tables with the lowest and with the highest value of a cell; none when no table is possible.
    pub(crate) fn ends(&self, cell: usize) -> Option<[Values; 2]> {
        let place = self.cells.binary_search(&cell).expect("a cell that is not shown");
        let mut bounds = self.bounds.clone();
        let [low, high] = self.narrow(&mut bounds).then(|| bounds[place])?;
        let within = |from: i64, to: i64| {
            let mut bounds = bounds.clone();
            bounds[place] = [from, to];
            self.search(bounds)
        };
        let first = within(low, high)?;
        let (mut lowest, mut highest) = (first.clone(), first);
        let mut from = low;
        while from < lowest[place] {
            let middle = (from + lowest[place] - 1).div_euclid(2);
            match within(from, middle) {
                Some(found) => lowest = found,
                None => from = middle + 1,
            }
        }
        let mut to = high;
        while to > highest[place] {
            let middle = (to + highest[place]).div_euclid(2) + 1;
            match within(middle, to) {
                Some(found) => highest = found,
                None => to = middle - 1,
            }
        }
        let values = |own: Vec<i64>| self.cells.iter().copied().zip(own).collect::<Values>();
        Some([lowest, highest].map(values))
    }

    /// A table within bounds.
    fn search(&self, mut bounds: Vec<[i64; 2]>) -> Option<Vec<i64>> {
        if !self.narrow(&mut bounds) {
            return None;
        }
        let open = (0..bounds.len()).filter(|at| bounds[*at][0] < bounds[*at][1]);
        let Some(at) = open.min_by_key(|at| bounds[*at][1] - bounds[*at][0]) else {
            return Some(bounds.into_iter().map(|[value, _]| value).collect());
        };
        let [low, high] = bounds[at];
        (low..=high).find_map(|value| {
            let mut bounds = bounds.clone();
            bounds[at] = [value, value];
            self.search(bounds)
        })
    }

    /// Narrows bounds to what each sum by itself leaves; whether anything is left.
    fn narrow(&self, bounds: &mut [[i64; 2]]) -> bool {
        loop {
            let mut changed = false;
            for (terms, sum) in &self.rows {
                let ends = |(at, sign): &(usize, i64)| {
                    let [low, high] = bounds[*at];
                    if *sign > 0 { [low, high] } else { [-high, -low] }
                };
                let [least, most] =
                    terms.iter().map(ends).fold([*sum; 2], |all, own| [all[0] + own[0], all[1] + own[1]]);
                for (at, sign) in terms {
                    let [low, high] = bounds[*at];
                    let [own_low, own_high] = if *sign > 0 { [low, high] } else { [-high, -low] };
                    // The term is minus all others.
                    let [from, to] = [own_high - most, own_low - least];
                    let [from, to] = if *sign > 0 { [from, to] } else { [-to, -from] };
                    let narrower = [low.max(from), high.min(to)];
                    if narrower[0] > narrower[1] {
                        return false;
                    }
                    if narrower != [low, high] {
                        bounds[*at] = narrower;
                        changed = true;
                        break;
                    }
                }
            }
            if !changed {
                return true;
            }
        }
    }
}
