//! What a party does to end or pause an agreement. It goes by the entries of the ledger about the agreement, so
//! that it is possible whatever its row says.

use platform::identity::{Caller, Oin};
use platform::telemetry;

use super::{Agreements, Answer, Once, finish, not_placed, own_organisation, recall};
use crate::app::{Error, View, shown};
use crate::domain::followed::Followed;
use crate::domain::signature::{Signature, SignatureKind};

impl Agreements {
    /// Revokes or suspends an agreement by a signature of the caller's organisation.
    pub(super) async fn stop(
        &self,
        caller: &Caller,
        name: &str,
        kind: SignatureKind,
        jws: String,
        once: &Once,
    ) -> Result<Answer, Error> {
        let own = own_organisation(caller, name)?;
        let known = shown::followed(&self.store, &View::Of(own.clone()), name).await?;
        if let Some(kept) = self.done_before(once.key.as_ref()).await? {
            return Ok(Answer::Kept(kept));
        }
        // Keys are looked up after this moment: a key that was withdrawn by then signs nothing here.
        let received = self.now();
        self.check_signature((&known.content_hash, known.drafted), &own, kind, &jws).await?;
        let placed = Signature { oin: own.clone(), kind, jws, create_time: received };
        let answer = self.enter_stop(&known, &own, placed, once).await?;
        self.revocations.look_now();
        Ok(answer)
    }

    async fn enter_stop(
        &self,
        known: &Followed,
        own: &Oin,
        placed: Signature,
        once: &Once,
    ) -> Result<Answer, Error> {
        let name = known.id.name();
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, once.key.as_ref()).await? {
            return Ok(Answer::Kept(kept));
        }
        let before = ledger.followed(known.id).await.map_err(|error| shown::unread(known.id, error))?;
        let before = before.filter(|followed| followed.shown_to(own));
        let before = before.ok_or_else(|| Error::OtherOrganisation(name.clone()))?;
        let now = self.now();
        let after = before.place(placed.clone(), now).map_err(|why| not_placed(&name, why))?;
        if let Some(after) = &after {
            ledger.update_followed(&before, after, &placed, now).await?;
            let transaction_id = self.clock.uuid().to_string();
            ledger.append(after.signed(&placed, transaction_id, telemetry::trace_id(), now), now)?;
        }
        let shown = ledger.shown(after.as_ref().unwrap_or(&before)).await?;
        finish(ledger, shown, once, now).await
    }
}
