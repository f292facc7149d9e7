//! A decision, made and entered in the same transaction.

use platform::db::Writes;
use time::OffsetDateTime;

use crate::app::decisions::{Decided, Exchange, Place};
use crate::domain::decision::{Standing, decide};
use crate::domain::entry::of_decision;
use crate::domain::oversight::Oversight;
use crate::domain::reason::About;
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
) -> Result<Decided, store::Error> {
    let Grounds { own_rules, standing, oversight, now } = *on;
    let decision = decide(&request, own_rules, standing, oversight, now);
    let known = standing.filter(|standing| standing.has_recipient(&request.recipient));
    let (agreement, dataset) = (request.agreement.clone(), request.dataset.clone());
    let new = of_decision(request, &decision, standing, exchange.transaction_id, exchange.trace_id);
    let Appended { entry, leaf_hash } = ledger.append(new, now)?;
    let contact = known.map(|standing| standing.content.terms().contact.as_str());
    let about = About { agreement: &agreement, dataset: &dataset, contact };
    let content_hash = known.map(|standing| standing.content_hash.clone());
    Ok(Decided::entered(decision, about, Place { index: entry.index, leaf_hash }, content_hash))
}
