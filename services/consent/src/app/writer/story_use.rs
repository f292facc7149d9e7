//! A decision about the use of a story, made and entered in the same transaction.

use platform::db::Writes;
use time::OffsetDateTime;

use super::facts::Earlier;
use crate::app::decisions::{Exchange, UseMade};
use crate::domain::story_consent::{UseAsked, decide_use};
use crate::store::{self, Appending, ConsentsFor};

/// Decides, and enters the decision. The same question in the same transaction has one entry for as long as
/// it is decided the same.
pub(super) fn enter_use<T: Writes>(
    ledger: &mut Appending<T>,
    asked: UseAsked,
    exchange: Exchange,
    consents: Option<&ConsentsFor>,
    earlier: &mut Earlier,
    now: OffsetDateTime,
) -> Result<UseMade, store::Error> {
    let sound = consents.map(|consents| consents.sound.as_slice()).unwrap_or_default();
    let damaged = consents.into_iter().flat_map(|consents| &consents.damaged);
    let damaged = damaged.map(|withdrawn| withdrawn.unwrap_or(now)).max();
    let decision = decide_use(&asked.story, asked.usage, sound, damaged).told_to(&asked);
    let new = decision.entry(asked, exchange.transaction_id, exchange.trace_id);
    let before = earlier.entry(new.transaction_id.clone()).or_default();
    let same = before.iter().find(|entry| entry.event == new.event && entry.parties == new.parties);
    if let Some(entered) = same {
        return Ok(UseMade { decision, entry: entered.index });
    }
    let entered = ledger.append(new, now)?.entry;
    let entry = entered.index;
    before.push(entered);
    Ok(UseMade { decision, entry })
}
