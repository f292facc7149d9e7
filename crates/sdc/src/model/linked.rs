//! A universe from cells with ids and relations between these ids: any set of linked tables.

use std::collections::HashMap;

use super::{CellId, Kind, ModelError, Parts, Universe};
use crate::arr::Arr;

/// Linked tables as one universe.
///
/// Cells with the same set of atoms become one cell: a total with one part, and two totals that are
/// made of the same atoms. The order in which cells and relations are given has no influence on the
/// universe.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The cells and relations.
    pub universe: Universe,
    places: Vec<CellId>,
}

impl Linked {
    /// Builds the universe. `cells` are ids with values, `relations` totals with parts, by id.
    ///
    /// # Errors
    /// When an id occurs twice or is not there, a total is part of itself or has the same units in two
    /// parts that are the same cell, or a relation does not hold on the values.
    pub fn new(cells: &[(&str, i64)], relations: &[(&str, Vec<&str>)]) -> Result<Self, ModelError> {
        let mut order: Vec<usize> = (0..cells.len()).collect();
        let cells = Arr::from(cells.to_vec());
        order.sort_by_key(|index| cells[*index].0);
        let order = Arr::from(order);
        let mut by_code: HashMap<&str, usize> = HashMap::new();
        for (rank, index) in order.iter().enumerate() {
            let code = cells[*index].0;
            if by_code.insert(code, rank).is_some() {
                return Err(ModelError::Duplicate { code: code.to_owned() });
            }
        }
        let name = |rank: usize| cells[order[rank]].0.to_owned();
        let find = |code: &str, named_by: &str| {
            by_code
                .get(code)
                .copied()
                .ok_or_else(|| ModelError::Unknown { code: code.to_owned(), named_by: named_by.to_owned() })
        };
        let mut sums = Vec::with_capacity(relations.len());
        for (total, parts) in relations {
            let mut ranks = parts.iter().map(|part| find(part, total)).collect::<Result<Vec<_>, _>>()?;
            ranks.sort_unstable();
            if ranks.is_empty() {
                return Err(ModelError::Empty { what: format!("the relation of \"{total}\"") });
            }
            if let Some([twice, _]) = ranks.array_windows().find(|[one, other]| one == other) {
                return Err(ModelError::Duplicate { code: name(*twice) });
            }
            sums.push((find(total, "a relation")?, ranks));
        }
        sums.sort();
        sums.dedup();
        let atoms = Atoms::of(order.len(), &sums, &name)?;
        let values: Vec<i64> = order.iter().map(|index| cells[*index].1).collect();
        let (universe, of_rank) = merge(&values, &sums, &atoms, &name)?;
        let mut places = Arr::of(0, order.len());
        for (rank, index) in order.iter().enumerate() {
            places[*index] = of_rank[rank];
        }
        Ok(Self { universe, places: places.as_slice().to_vec() })
    }

    /// The cell of the universe for each cell given, in the order given.
    #[must_use]
    pub fn places(&self) -> &[CellId] {
        &self.places
    }
}

/// What tells sets of atoms apart, each atom as often as it is in them: how many there are modulo 2^64, and two sums
/// of a fixed pseudo-random number for each, modulo the primes 2^61 - 1 and 2^62 - 57. What a set takes does not grow
/// with it, and of totals of totals sets grow fast: two times for each level where a part is counted twice. Two sets
/// that differ have the same print with a probability of about 2^-123.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Print {
    count: u64,
    sums: [u64; 2],
}

const PRIMES: [u64; 2] = [(1 << 61) - 1, (1 << 62) - 57];

impl Print {
    const EMPTY: Self = Self { count: 0, sums: [0; 2] };

    /// Of one atom.
    fn of(atom: usize) -> Self {
        let seed = u64::try_from(atom).unwrap_or(u64::MAX).wrapping_mul(2);
        let [first, second] = PRIMES;
        Self { count: 1, sums: [mixed(seed) % first, mixed(seed.wrapping_add(1)) % second] }
    }

    fn and(mut self, other: Self) -> Self {
        self.count = self.count.wrapping_add(other.count);
        for ((own, its), prime) in self.sums.iter_mut().zip(other.sums).zip(PRIMES) {
            *own = (*own + its) % prime;
        }
        self
    }
}

/// A fixed pseudo-random number (splitmix64; Steele, Lea and Flood, 2014).
fn mixed(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The atoms of every cell, and how many levels lie under it.
struct Atoms {
    sets: Arr<Print>,
    heights: Arr<u32>,
}

impl Atoms {
    fn of(
        len: usize,
        sums: &[(usize, Vec<usize>)],
        name: &impl Fn(usize) -> String,
    ) -> Result<Self, ModelError> {
        let mut relations: Arr<Vec<&Vec<usize>>> = Arr::of(Vec::new(), len);
        for (total, parts) in sums {
            relations[*total].push(parts);
        }
        let mut atoms = Self { sets: Arr::of(Print::EMPTY, len), heights: Arr::of(0, len) };
        // 0 not seen, 1 being expanded, 2 done
        let mut state = Arr::of(0u8, len);
        for start in 0..len {
            let mut stack = vec![start];
            while let Some(cell) = stack.last().copied() {
                if state[cell] == 2 {
                    stack.pop();
                    continue;
                }
                let parts = || relations[cell].iter().flat_map(|parts| parts.iter().copied());
                if state[cell] == 0 {
                    state[cell] = 1;
                    for part in parts() {
                        match state[part] {
                            0 => stack.push(part),
                            1 => return Err(ModelError::Cycle { code: name(part) }),
                            _ => {}
                        }
                    }
                    continue;
                }
                atoms.finish(cell, relations[cell].first().copied());
                atoms.heights[cell] = parts().map(|part| atoms.heights[part] + 1).max().unwrap_or(0);
                state[cell] = 2;
                stack.pop();
            }
        }
        Ok(atoms)
    }

    fn finish(&mut self, cell: usize, parts: Option<&Vec<usize>>) {
        self.sets[cell] = match parts {
            None => Print::of(cell),
            Some(parts) => parts.iter().fold(Print::EMPTY, |all, part| all.and(self.sets[*part])),
        };
    }
}

fn merge(
    values: &[i64],
    sums: &[(usize, Vec<usize>)],
    atoms: &Atoms,
    name: &impl Fn(usize) -> String,
) -> Result<(Universe, Arr<CellId>), ModelError> {
    let values = Arr::from(values.to_vec());
    let mut seen: HashMap<Print, CellId> = HashMap::new();
    let mut first: Arr<usize> = Arr::default();
    let mut of_rank = Arr::of(0, values.len());
    for rank in 0..values.len() {
        let next = first.len();
        let cell = *seen.entry(atoms.sets[rank]).or_insert(next);
        if cell == next {
            first.push(rank);
        } else if values[first[cell]] != values[rank] {
            return Err(ModelError::Unequal { one: name(first[cell]), other: name(rank) });
        }
        of_rank[rank] = cell;
    }
    let mut relations: Vec<(CellId, Vec<CellId>)> = Vec::with_capacity(sums.len());
    for (total, parts) in sums {
        let mut own: Vec<(CellId, usize)> = parts.iter().map(|part| (of_rank[*part], *part)).collect();
        own.sort_unstable();
        if let Some([one, other]) = own.array_windows().find(|[one, other]| one.0 == other.0) {
            let [one, other] = [one, other].map(|(_, rank)| name(*rank));
            return Err(ModelError::CountedTwice { total: name(*total), one, other });
        }
        let cells: Vec<CellId> = own.into_iter().map(|(cell, _)| cell).collect();
        if cells != [of_rank[*total]] {
            relations.push((of_rank[*total], cells));
        }
    }
    relations.sort();
    relations.dedup();
    let parts = Parts {
        values: first.iter().map(|rank| values[*rank]).collect(),
        kinds: vec![Kind::Given; first.len()],
        heights: first.iter().map(|rank| atoms.heights[*rank]).collect(),
        relations,
    };
    Ok((Universe::assemble(parts, |cell| name(first[cell]))?, of_rank))
}
