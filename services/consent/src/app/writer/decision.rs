//! A decision, made and entered in the same transaction.

use platform::db::Writes;
use time::OffsetDateTime;

use crate::app::decisions::{Exchange, Made, Place};
use crate::domain::decision::{Standing, decide};
use crate::domain::entry::of_decision;
use crate::domain::oversight::Oversight;
use crate::domain::request::Request;
use crate::domain::use_rule::UseRule;
use crate::store::{self, Appended, Appending};

/// What a decision rests on, besides the request.
pub(super) struct Grounds<'a> {
    /// All rules of the organisation that asks.
    pub(super) own_rules: &'a [UseRule],
    /// The agreement that the request names, if there is one.
    pub(super) standing: Option<&'a Standing>,
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
    let Grounds { own_rules, standing, oversight, now } = *on;
    let decision = decide(&request, own_rules, standing, oversight, now);
    let new = of_decision(request, &decision, standing, exchange.transaction_id, exchange.trace_id);
    let on = standing.filter(|standing| new.agreement == Some(standing.id));
    let on = on.map(|standing| (standing.content.clone(), standing.content_hash.clone()));
    let Appended { entry, leaf_hash } = ledger.append(new, now)?;
    Ok(Made { decision, place: Place { index: entry.index, leaf_hash }, on })
}
