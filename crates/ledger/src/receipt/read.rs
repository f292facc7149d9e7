//! The forms in which a receipt comes.

use serde::Deserialize;
use serde_json::Value;

use super::once::doubled;
use super::{Receipt, Says};
use crate::audit::{Kind, number};

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

/// What an answer over REST has of its decision.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decision {
    // An index of 0 is left out by who leaves out defaults.
    #[serde(default, deserialize_with = "number")]
    ledger_index: u64,
    leaf_hash: String,
    #[serde(default)]
    transaction_id: String,
    #[serde(default)]
    ledger_entry: String,
    #[serde(default)]
    agreement: String,
    #[serde(default)]
    content_hash: String,
}

/// A whole answer over REST.
#[derive(Deserialize)]
struct Answer {
    decision: Decision,
    #[serde(default)]
    release: String,
}

/// A refusal over REST (`application/problem+json`), or `google.rpc.ErrorInfo`.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    reason: String,
    metadata: Metadata,
}

/// `google.rpc.Status`.
#[derive(Deserialize)]
struct Status {
    details: Vec<Value>,
}

/// The facts of a refusal.
#[derive(Deserialize)]
struct Metadata {
    #[serde(deserialize_with = "number")]
    ledger_index: u64,
    leaf_hash: String,
    #[serde(default)]
    transaction_id: String,
    #[serde(default)]
    ledger_entry: String,
    #[serde(default)]
    agreement: String,
    #[serde(default)]
    dataset: String,
    /// Codes, with commas between.
    #[serde(default)]
    reasons: String,
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
    let read = if value.get("decision").is_some() {
        serde_json::from_str(text).ok().and_then(Answer::receipt)
    } else if value.get("metadata").is_some() {
        serde_json::from_str(text).ok().and_then(Refusal::receipt)
    } else if value.get("details").is_some() {
        serde_json::from_str(text).ok().and_then(Status::receipt)
    } else if value.get("leaf_hash").is_some() {
        let refusal = |metadata| Refusal { reason: String::new(), metadata };
        serde_json::from_str(text).ok().map(refusal).and_then(Refusal::receipt)
    } else {
        let answer = |decision| Answer { decision, release: String::new() };
        serde_json::from_str(text).ok().map(answer).and_then(Answer::receipt)
    };
    read.ok_or(NotAReceipt::Form)
}

impl Answer {
    fn receipt(self) -> Option<Receipt> {
        let Self { decision, release } = self;
        Some(Receipt {
            index: decision.ledger_index,
            leaf_hash: decision.leaf_hash.parse().ok()?,
            transaction_id: decision.transaction_id,
            says: Says {
                // Only a permit has an answer.
                outcome: Some(Kind::Permitted),
                ledger_entry: decision.ledger_entry,
                agreement: decision.agreement,
                content_hash: decision.content_hash,
                release,
                ..Says::default()
            },
        })
    }
}

impl Refusal {
    fn receipt(self) -> Option<Receipt> {
        let Self { reason, metadata } = self;
        let mut reasons: Vec<String> =
            metadata.reasons.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect();
        // The reason of the error is the first of them; another one is said too.
        if !reason.is_empty() && reasons.first() != Some(&reason) {
            reasons.insert(0, reason);
        }
        Some(Receipt {
            index: metadata.ledger_index,
            leaf_hash: metadata.leaf_hash.parse().ok()?,
            transaction_id: metadata.transaction_id,
            says: Says {
                outcome: Some(Kind::Refused),
                ledger_entry: metadata.ledger_entry,
                agreement: metadata.agreement,
                dataset: metadata.dataset,
                reasons,
                ..Says::default()
            },
        })
    }
}

impl Status {
    fn receipt(self) -> Option<Receipt> {
        let refusals = self.details.into_iter().filter_map(|detail| serde_json::from_value(detail).ok());
        refusals.filter_map(Refusal::receipt).next()
    }
}
