//! A decision, made and entered in the same transaction.

use platform::db::Writes;
use time::OffsetDateTime;

use crate::app::decisions::{Exchange, Made, Place};
use crate::domain::decision::{Found, decide};
use crate::domain::entry::of_decision;
use crate::domain::oversight::Oversight;
use crate::domain::request::Request;
use crate::domain::use_rule::OwnRules;
use crate::store::{self, Appended, Appending};

/// What a decision rests on, besides the request.
pub(super) struct Grounds<'a> {
    /// The rules of the organisation that asks.
    pub(super) own_rules: OwnRules<'a>,
    /// The agreement that the request names.
    pub(super) found: Found<'a>,
    /// How many organisations keep an eye on the ledger.
    pub(super) oversight: Oversight,
    /// Now.
    pub(super) now: OffsetDateTime,
}

/// Decides, and enters the decision.
pub(super) fn enter_decision<T: Writes>(
    ledger: &mut Appending<T>,
    request: Request,
    exchange: Exchange,
    on: &Grounds<'_>,
) -> Result<Made, store::Error> {
    let Grounds { own_rules, found, oversight, now } = *on;
    let decision = decide(&request, own_rules, found, oversight, now);
    let known = found.known_to(&request.recipient);
    let new = of_decision(request, &decision, found, exchange.transaction_id, exchange.trace_id);
    let on = known.map(|standing| (standing.content.clone(), standing.content_hash.clone()));
    let Appended { entry, leaf_hash } = ledger.append(new, now)?;
    Ok(Made { decision, place: Place { index: entry.index, leaf_hash }, on })
}
