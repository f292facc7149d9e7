//! Which cells of a release a policy hides: the seam to `sdc`.

use sdc::{Cell, Mask, Policy};

use crate::domain::table::{CellRef, Table};

/// The name of a policy, under which its masks are kept: "min10" or "min10-zeros".
#[must_use]
pub(crate) fn policy_name(policy: Policy) -> String {
    let zeros = if policy.protect_zeros { "-zeros" } else { "" };
    format!("min{}{zeros}", policy.minimum_count)
}

/// The policy with that name.
#[must_use]
pub(crate) fn policy_named(name: &str) -> Option<Policy> {
    let rest = name.strip_prefix("min")?;
    let (count, protect_zeros) = match rest.strip_suffix("-zeros") {
        Some(count) => (count, true),
        None => (rest, false),
    };
    Some(Policy { minimum_count: count.parse().ok()?, protect_zeros })
}

/// The mask of a release under a policy, over all of its cells.
#[must_use]
pub(crate) fn compute(table: &Table, policy: Policy) -> Mask {
    sdc::primary(policy, table.cells().map(|cell| protected(&cell)))
}

/// What a cell is to disclosure control. Only the values of additive indicators are counts. Of a
/// percentage or an average the size of the group behind it is not in the release.
fn protected(cell: &CellRef<'_>) -> Cell {
    match cell.value {
        None => Cell::Empty,
        Some(value) if cell.additive => value.billionths().map_or(Cell::Unknown, Cell::Count),
        Some(_) => Cell::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_found_by_its_name() {
        for policy in [
            Policy { minimum_count: 10, protect_zeros: false },
            Policy { minimum_count: 5, protect_zeros: true },
        ] {
            assert_eq!(policy_named(&policy_name(policy)), Some(policy));
        }
        assert_eq!(policy_named("max10"), None);
    }
}
