//! The primary rule: a count that is too small is hidden.

use crate::mask::Mask;

/// Counts are given in billionths, so that an estimated count of 9.5 compares exactly.
pub const BILLION: i128 = 1_000_000_000;

/// How small groups are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Policy {
    /// A count under this is hidden.
    pub minimum_count: u32,
    /// Whether a zero is hidden too.
    pub protect_zeros: bool,
}

impl Policy {
    /// Whether this policy hides at least everything that `other` hides, whatever the cells are.
    #[must_use]
    pub fn is_at_least_as_strict_as(self, other: Self) -> bool {
        self.minimum_count >= other.minimum_count && (self.protect_zeros || !other.protect_zeros)
    }
}

/// What stands in a cell, as far as protection is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A count, in billionths.
    Count(i128),
    /// There is no value, so nothing to protect.
    Empty,
    /// A value that is no count: how large the group behind it is, is not known.
    Unknown,
}

/// Hides every cell that is too small under `policy`.
///
/// A zero is shown unless zeros are protected. A value of which the group is not known is hidden:
/// nothing shows that the group is large enough. A negative count is hidden.
#[must_use]
pub fn primary(policy: Policy, cells: impl ExactSizeIterator<Item = Cell>) -> Mask {
    let mut mask = Mask::none(cells.len());
    let minimum = i128::from(policy.minimum_count) * BILLION;
    for (index, cell) in cells.enumerate() {
        let too_small = match cell {
            Cell::Count(0) => policy.protect_zeros,
            Cell::Count(count) => count < minimum || count < 0,
            Cell::Empty => false,
            Cell::Unknown => true,
        };
        if too_small {
            mask.hide(index);
        }
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hidden(policy: Policy, cell: Cell) -> bool {
        primary(policy, [cell].into_iter()).hides(0)
    }

    #[test]
    fn a_count_under_the_minimum_is_hidden_and_the_minimum_itself_shown() {
        let policy = Policy { minimum_count: 10, protect_zeros: false };
        assert!(hidden(policy, Cell::Count(BILLION)));
        assert!(hidden(policy, Cell::Count(9 * BILLION + BILLION / 2)));
        assert!(!hidden(policy, Cell::Count(10 * BILLION)));
    }

    #[test]
    fn a_zero_is_shown_unless_zeros_are_protected() {
        assert!(!hidden(Policy { minimum_count: 10, protect_zeros: false }, Cell::Count(0)));
        assert!(hidden(Policy { minimum_count: 10, protect_zeros: true }, Cell::Count(0)));
    }

    #[test]
    fn a_value_of_an_unknown_group_is_hidden_and_no_value_is_not() {
        let policy = Policy { minimum_count: 10, protect_zeros: true };
        assert!(hidden(policy, Cell::Unknown));
        assert!(!hidden(policy, Cell::Empty));
    }

    fn policies() -> impl Strategy<Value = Policy> {
        (0u32..50, any::<bool>())
            .prop_map(|(minimum_count, protect_zeros)| Policy { minimum_count, protect_zeros })
    }

    fn cells() -> impl Strategy<Value = Vec<Cell>> {
        let cell = prop_oneof![
            (-2i128..60).prop_map(|count| Cell::Count(count * BILLION)),
            (-2 * BILLION..60 * BILLION).prop_map(Cell::Count),
            Just(Cell::Empty),
            Just(Cell::Unknown),
        ];
        prop::collection::vec(cell, 0..200)
    }

    proptest! {
        #[test]
        fn a_stricter_policy_hides_at_least_what_a_looser_one_hides(
            a in policies(), b in policies(), cells in cells()
        ) {
            if a.is_at_least_as_strict_as(b) {
                let (strict, loose) = (primary(a, cells.iter().copied()), primary(b, cells.iter().copied()));
                prop_assert!(strict.contains(&loose));
            }
        }

        #[test]
        fn the_same_cells_give_the_same_mask(policy in policies(), cells in cells()) {
            let first = primary(policy, cells.iter().copied());
            prop_assert_eq!(&first, &primary(policy, cells.iter().copied()));
            prop_assert_eq!(Mask::from_bytes(&first.to_bytes()), Ok(first));
        }
    }
}
