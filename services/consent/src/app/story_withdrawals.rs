//! Which withdrawals of consent for a story are still to be told to who uses stories.

use std::collections::HashSet;

use time::OffsetDateTime;

use crate::domain::reason::{About, Explained, Reason};
use crate::store::{self, Store, WithdrawnConsent};

/// What was told already, of the hour before the last look.
#[derive(Debug, Default)]
pub(super) struct ToldWithdrawals {
    told: HashSet<String>,
    looked: Option<OffsetDateTime>,
}

impl ToldWithdrawals {
    /// What was withdrawn and not told yet; it counts as told from here on.
    pub(super) async fn untold(
        &mut self,
        store: &Store,
        now: OffsetDateTime,
    ) -> Result<Vec<WithdrawnConsent>, store::Error> {
        // Back from the last look: neither a database that is away for long nor a clock that jumps hides any.
        let recent = store.recently_withdrawn(self.looked.map_or(now, |looked| looked.min(now))).await?;
        self.looked = Some(now);
        let told = recent.iter().map(|withdrawn| withdrawn.name.clone()).collect();
        let known = std::mem::replace(&mut self.told, told);
        Ok(recent.into_iter().filter(|withdrawn| !known.contains(&withdrawn.name)).collect())
    }
}

/// Why the story may no longer be used, in words.
pub(crate) fn explain(withdrawn: &WithdrawnConsent) -> Explained {
    let (story, since) = (withdrawn.story.clone(), withdrawn.since);
    let reason = Reason::ConsentWithdrawn { story, usage: None, since };
    reason.explain(About::default())
}
