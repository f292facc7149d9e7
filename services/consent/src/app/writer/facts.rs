//! What was published, shielded, retired and delivered. It is entered once.

use std::collections::{HashMap, HashSet};

use platform::db::Writes;
use time::OffsetDateTime;

use crate::app::decisions::Exchange;
use crate::domain::decision::Standing;
use crate::domain::entry::{Decided, Entry, Event, NewEntry, of_delivery, of_mask};
use crate::domain::mask::{Masked, UsedMask};
use crate::domain::problem::Problem;
use crate::domain::request::Delivered;
use crate::domain::unaccounted::Unaccounted;
use crate::store::{self, Appending};

/// Entries of the transactions that are recorded about, by transaction.
pub(super) type Earlier = HashMap<String, Vec<Entry>>;

/// A fact of its kind is entered once for its transaction.
pub(super) fn enter_fact<T: Writes>(
    ledger: &mut Appending<T>,
    fact: NewEntry,
    earlier: &mut Earlier,
    now: OffsetDateTime,
) -> Result<Result<u64, Problem>, store::Error> {
    let before = earlier.entry(fact.transaction_id.clone()).or_default();
    if let Some(entered) = before.iter().find(|entry| entry.event.kind() == fact.event.kind()) {
        return Ok(if entered.event == fact.event { Ok(entered.index) } else { Err(transaction_reused()) });
    }
    let entered = ledger.append(fact, now)?;
    let index = entered.entry.index;
    before.push(entered.entry);
    Ok(Ok(index))
}

/// Masks are entered once, all of them together.
pub(super) fn enter_masks<T: Writes>(
    ledger: &mut Appending<T>,
    masks: Vec<Masked>,
    exchange: Exchange,
    earlier: &mut Earlier,
    now: OffsetDateTime,
) -> Result<Result<Vec<u64>, Problem>, store::Error> {
    let before = earlier.entry(exchange.transaction_id.clone()).or_default();
    let (mut entered, mut places) = (Vec::new(), Vec::new());
    for entry in before.iter() {
        if let Event::MaskComputed(mask) = &entry.event {
            entered.push(mask.clone());
            places.push(entry.index);
        }
    }
    if !entered.is_empty() {
        return Ok(if entered == masks { Ok(places) } else { Err(transaction_reused()) });
    }
    for mask in masks {
        let Exchange { transaction_id, trace_id } = exchange.clone();
        let entered = ledger.append(of_mask(mask, transaction_id, trace_id), now)?;
        places.push(entered.entry.index);
        before.push(entered.entry);
    }
    Ok(Ok(places))
}

/// A delivery is entered once, and only after its permit. `masks` are those that were entered before.
pub(super) fn enter_delivery<T: Writes>(
    ledger: &mut Appending<T>,
    delivered: Delivered,
    exchange: Exchange,
    standing: Option<&Standing>,
    masks: &HashSet<UsedMask>,
    earlier: &mut Earlier,
    now: OffsetDateTime,
) -> Result<Result<u64, Problem>, store::Error> {
    let before = earlier.entry(exchange.transaction_id.clone()).or_default();
    for entry in before.iter() {
        if let Event::Delivered(entered) = &entry.event {
            // What is known of masks may have changed since.
            let again = Delivered { mask_unknown: entered.mask_unknown, ..delivered.clone() };
            if *entered == again {
                return Ok(Ok(entry.index));
            }
        }
    }
    let permitted = |standing: &Standing, entry: &Entry| {
        matches!(&entry.event, Event::Permitted(Decided { request, .. })
            if request.recipient == delivered.recipient
                && request.agreement == standing.id.name()
                && request.covers_release(&delivered.release))
    };
    let Some(standing) = standing.filter(|standing| before.iter().any(|entry| permitted(standing, entry)))
    else {
        return Ok(Err(no_permit()));
    };
    let delivered = delivered.held_against(standing.content.terms().protection, masks);
    if delivered.mask_unknown {
        let (agreement, Delivered { release, mask_digest, .. }) = (standing.id.name(), &delivered);
        tracing::error!(
            agreement,
            release,
            mask_digest,
            "rows were delivered by a mask that is not in the ledger"
        );
    }
    let entered =
        ledger.append(of_delivery(delivered, standing, exchange.transaction_id, exchange.trace_id), now)?;
    let index = entered.entry.index;
    before.push(entered.entry);
    Ok(Ok(index))
}

/// That nobody told how a delivery ended is entered once, unless it was told; the place is that of what was told.
pub(super) fn enter_unaccounted<T: Writes>(
    ledger: &mut Appending<T>,
    unaccounted: Unaccounted,
    exchange: Exchange,
    standing: Option<&Standing>,
    earlier: &mut Earlier,
    now: OffsetDateTime,
) -> Result<Result<u64, Problem>, store::Error> {
    let before = earlier.entry(exchange.transaction_id.clone()).or_default();
    let ends = |entry: &&Entry| matches!(&entry.event, Event::Delivered(_) | Event::DeliveryUnaccounted(_));
    if let Some(told) = before.iter().find(ends) {
        return Ok(Ok(told.index));
    }
    let Some(standing) = standing else { return Ok(Err(no_permit())) };
    let (agreement, process) = (standing.id, unaccounted.process.clone());
    let provider = standing.content.terms().provider.oin.clone();
    let new = unaccounted.entry(agreement, provider, exchange.transaction_id, exchange.trace_id);
    let entered = ledger.append(new, now)?;
    let (index, agreement) = (entered.entry.index, agreement.name());
    tracing::warn!(index, agreement, process, "a process is gone, and nobody tells how a delivery ended");
    before.push(entered.entry);
    Ok(Ok(index))
}

fn transaction_reused() -> Problem {
    Problem::new(
        "transaction_id",
        "was used for another release, protection or other masks",
        "is al gebruikt voor een andere uitgave, een andere bescherming of andere maskers",
    )
}

fn no_permit() -> Problem {
    Problem::new(
        "transaction_id",
        "has no permit in the ledger for this agreement, recipient and release",
        "heeft geen toestemming in het logboek voor deze afspraak, ontvanger en uitgave",
    )
}
