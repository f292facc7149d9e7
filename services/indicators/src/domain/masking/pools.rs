//! Who may put their answers together.

use std::collections::BTreeSet;

use crate::domain::protection::Protection;

/// Which protections are to be audited as those of one reader, of all sets with this one in it. Of a
/// protected count, those who know most are all who may not see it; of a width, all who have it at least
/// there: a small count has the room of its minimum too. So it takes one set for each count, denominator and
/// width at which there is a difference.
pub(super) fn pools(
    own: Protection,
    others: impl Iterator<Item = Protection>,
) -> BTreeSet<BTreeSet<Protection>> {
    let all: Vec<Protection> = others.chain([own]).collect();
    let counts: BTreeSet<u32> = all.iter().map(|it| it.minimum_count.saturating_sub(1)).chain([0]).collect();
    let widths: BTreeSet<u32> =
        all.iter().flat_map(|it| [it.interval_width, it.interval_width.max(it.minimum_count)]).collect();
    // Of a count by itself no minimum is too high.
    let denominators = all.iter().filter_map(|it| it.minimum_denominator.checked_sub(1));
    let denominators: BTreeSet<u32> = denominators.chain([u32::MAX]).collect();
    let protects = |it: &Protection, count: u32, denominator: u32| match count {
        0 => it.protect_zeros,
        count => count < it.minimum_count || denominator < it.minimum_denominator,
    };
    let width = |it: &Protection, count: u32| match count {
        1.. if count < it.minimum_count => it.interval_width.max(it.minimum_count),
        _ => it.interval_width,
    };
    // More than any minimum: what is protected only by its denominator.
    let counts = counts.into_iter().chain([u32::MAX]);
    let mut pools = BTreeSet::new();
    for count in counts {
        for (denominator, least) in
            denominators.iter().flat_map(|own| widths.iter().map(move |width| (*own, *width)))
        {
            let protects = |it: &&Protection| protects(it, count, denominator);
            let pool = all.iter().filter(protects).filter(|it| width(it, count) >= least);
            pools.insert(pool.copied().collect::<BTreeSet<_>>());
        }
    }
    pools.retain(|pool| pool.len() > 1 && pool.contains(&own));
    pools
}
