//! Which agreements with open streams are not as the ledger has them.
//!
//! All of them are held against it by turns: at each look as many as there is time for, and some in any case. So
//! a look stays short however many streams are open, and comes back to each of them.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::name::AgreementId;
use crate::store::{self, Store};

/// How many are held against the ledger by one question: both databases limit the number of values.
const AT_ONCE: usize = 500;

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Fitness {
    /// Those that were not as the ledger has them when they were looked at last.
    unfit: BTreeSet<AgreementId>,
    /// The one that was looked at last.
    last: Option<AgreementId>,
}

impl Fitness {
    /// Looks on, in about this time. Gives those of the agreements in use that are not as the ledger has them,
    /// as far as is known.
    pub(super) async fn look(
        &mut self,
        store: &Store,
        in_use: HashSet<AgreementId>,
        time: Duration,
    ) -> Result<Vec<AgreementId>, store::Error> {
        let begin = Instant::now();
        self.unfit.retain(|id| in_use.contains(id));
        let mut turns: Vec<AgreementId> = in_use.into_iter().collect();
        turns.sort();
        let next = turns.partition_point(|id| Some(*id) <= self.last);
        turns.rotate_left(next);
        for some in turns.chunks(AT_ONCE) {
            let unfit = store.unfit(some).await?;
            for id in some {
                if !unfit.contains(id) {
                    self.unfit.remove(id);
                } else if self.unfit.insert(*id) {
                    let agreement = id.name();
                    tracing::error!(
                        agreement,
                        "an agreement is not as its entries left it; open streams under it are cut"
                    );
                }
            }
            self.last = some.last().copied();
            if begin.elapsed() >= time {
                break;
            }
        }
        Ok(self.unfit.iter().copied().collect())
    }
}

#[cfg(test)]
mod tests;
