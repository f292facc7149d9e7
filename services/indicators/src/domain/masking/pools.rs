//! Who may put their answers together.

use std::collections::{BTreeMap, BTreeSet};

use sdc::model::{CellId, Need};

use crate::domain::protection::Protection;

/// A protection with what its protected cells need, each cell once.
type Needing<'a> = (Protection, &'a [Need]);

/// Which protections are to be audited as those of one reader, of all sets with this one in it. Those who know
/// most of a protected cell are all who may not see it, and of the room that it needs all under whose protections
/// it needs at least that. So it takes one set for each cell and room at which there is a difference.
pub(super) fn pools<'a>(
    own: Needing<'a>,
    others: impl Iterator<Item = Needing<'a>>,
) -> BTreeSet<BTreeSet<Protection>> {
    let mut cells: BTreeMap<CellId, Vec<(Protection, [i64; 3])>> = BTreeMap::new();
    for need in own.1 {
        cells.entry(need.cell).or_default().push((own.0, room(need)));
    }
    for (other, needs) in others {
        for need in needs {
            if let Some(cell) = cells.get_mut(&need.cell) {
                cell.push((other, room(need)));
            }
        }
    }
    let mut pools = BTreeSet::new();
    for needing in cells.into_values().collect::<BTreeSet<_>>() {
        let all = |place: usize| {
            let rooms = needing.iter().filter_map(move |(_, room)| room.get(place).copied());
            rooms.collect::<BTreeSet<i64>>()
        };
        let [widths, above, below] = [all(0), all(1), all(2)];
        for width in &widths {
            for (above, below) in above.iter().flat_map(|above| below.iter().map(move |below| (above, below)))
            {
                let least = [*width, *above, *below];
                let holds = |room: &[i64; 3]| room.iter().zip(least).all(|(own, least)| *own >= least);
                let pool = needing.iter().filter(|(_, room)| holds(room)).map(|(protection, _)| *protection);
                pools.insert(pool.collect::<BTreeSet<_>>());
            }
        }
    }
    pools.retain(|pool| pool.len() > 1 && pool.contains(&own.0));
    pools
}

fn room(need: &Need) -> [i64; 3] {
    [need.width, need.above, need.below]
}
