//! The forms in which a receipt comes.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::once::doubled;
use super::sentence::Sentence;
use super::{Receipt, Says};
use crate::audit::{Kind, number};
use crate::hash::Hash;

/// The text is not a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAReceipt {
    /// It has none of the forms of a receipt.
    #[error(
        "verwacht wordt JSON met ledgerIndex en leafHash (het besluit bij een antwoord, of het hele antwoord), of \
         een weigering met ledger_index en leaf_hash in de metadata"
    )]
    Form,
    /// This name is in an object twice.
    #[error(
        "{0} staat er twee keer in; welke van de twee geldt is dan niet te zeggen, en dat kan niet worden nagekeken"
    )]
    Twice(String),
}

/// Where the decision stands and what it is about: `decision` in an answer over REST, or the facts of a refusal.
/// The two have the same facts, each by the names of its form.
#[derive(Deserialize)]
struct Told {
    // An index of 0 is left out by who leaves out defaults.
    #[serde(default, alias = "ledgerIndex", deserialize_with = "number")]
    ledger_index: u64,
    #[serde(alias = "leafHash", deserialize_with = "hash")]
    leaf_hash: Hash,
    #[serde(default, alias = "transactionId")]
    transaction_id: String,
    #[serde(default, alias = "ledgerEntry")]
    ledger_entry: String,
    #[serde(default)]
    agreement: String,
    #[serde(default, alias = "contentHash")]
    content_hash: String,
    #[serde(default)]
    dataset: String,
    /// Codes, with commas between.
    #[serde(default)]
    reasons: String,
}

/// What stands around them: an answer, a refusal over REST (`application/problem+json`), `google.rpc.ErrorInfo`, or
/// nothing that counts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Around {
    release: String,
    reason: String,
    detail: String,
    errors: Vec<Cause>,
}

/// One of the reasons of a refusal: in `errors` of a problem, or a violation of `google.rpc.PreconditionFailure`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Cause {
    #[serde(alias = "type")]
    code: String,
    #[serde(alias = "description")]
    detail: String,
}

/// Reads a receipt in any of its forms.
///
/// # Errors
/// When it has none of them, or a name is twice in an object.
pub(super) fn receipt(text: &str) -> Result<Receipt, NotAReceipt> {
    if let Some(name) = doubled(text) {
        return Err(NotAReceipt::Twice(name));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| NotAReceipt::Form)?;
    of_value(&value).ok_or(NotAReceipt::Form)
}

fn of_value(value: &Value) -> Option<Receipt> {
    // Only a permit has an answer.
    let (outcome, told, around) = if let Some(decision) = value.get("decision") {
        (Kind::Permitted, decision, read(value)?)
    } else if let Some(metadata) = value.get("metadata") {
        (Kind::Refused, metadata, read(value)?)
    } else if let Some(details) = value.get("details") {
        return of_status(value, details.as_array()?);
    } else if value.get("leaf_hash").is_some() {
        (Kind::Refused, value, Around::default())
    } else {
        (Kind::Permitted, value, Around::default())
    };
    Some(made(outcome, read(told)?, around))
}

/// The receipt in a `google.rpc.Status`: in the first of its details that has one, with the sentences of all.
fn of_status(status: &Value, details: &[Value]) -> Option<Receipt> {
    let of = |detail: &Value| Some((read(detail.get("metadata")?)?, read::<Around>(detail)?));
    let (told, mut around) = details.iter().find_map(of)?;
    let violations = details.iter().filter_map(|detail| detail.get("violations")?.as_array()).flatten();
    around.errors = violations.map(read).collect::<Option<_>>()?;
    let localized = details.iter().filter(|detail| detail.get("locale").is_some());
    let messages = localized.chain([status]).filter_map(|told| told.get("message")?.as_str());
    let first = |text: &str| Cause { code: String::new(), detail: text.to_owned() };
    around.errors.extend(messages.map(first));
    Some(made(Kind::Refused, told, around))
}

fn hash<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

fn made(outcome: Kind, told: Told, around: Around) -> Receipt {
    let Around { release, reason, detail, errors } = around;
    let mut reasons: Vec<String> =
        told.reasons.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect();
    // The reason of the error is the first of them; another one is said too.
    if !reason.is_empty() && reasons.first() != Some(&reason) {
        reasons.insert(0, reason);
    }
    // What names no reason is the sentence of the first.
    let first = reasons.first().cloned().unwrap_or_default();
    let whole = Cause { code: String::new(), detail };
    let sentences = [whole].into_iter().chain(errors).filter(|cause| !cause.detail.is_empty());
    let sentences = sentences.map(|Cause { code, detail }| Sentence {
        reason: if code.is_empty() { first.clone() } else { code },
        text: detail,
    });
    Receipt {
        index: told.ledger_index,
        leaf_hash: told.leaf_hash,
        transaction_id: told.transaction_id,
        says: Says {
            outcome: Some(outcome),
            ledger_entry: told.ledger_entry,
            agreement: told.agreement,
            content_hash: told.content_hash,
            release,
            dataset: told.dataset,
            sentences: if outcome == Kind::Refused { sentences.collect() } else { Vec::new() },
            reasons,
        },
    }
}
