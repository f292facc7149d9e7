//! The receipt that an answer under an agreement carries: where in the log the decision stands.

use std::fmt;

use serde::Deserialize;

use crate::audit::{Entry, What, check_place, number, told};
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::proof::{TileSource, Tree};

/// Where a decision stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The index of the entry.
    pub index: u64,
    /// The hash of its leaf.
    pub leaf_hash: Hash,
    /// UUIDv7 of the exchange; may be empty.
    pub transaction_id: String,
}

/// The text is not a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected JSON with ledgerIndex and leafHash: the decision of an answer, or a whole answer with it")]
pub struct NotAReceipt;

/// What is wrong with a receipt. Written in Dutch, for who checks it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ledger-entries/{index}: {what}")]
pub struct ReceiptError {
    /// The index of the entry.
    pub index: u64,
    /// What is wrong.
    pub what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decision {
    // An index of 0 is left out by who leaves out defaults.
    #[serde(default, deserialize_with = "number")]
    ledger_index: u64,
    leaf_hash: String,
    #[serde(default)]
    transaction_id: String,
}

#[derive(Deserialize)]
struct Answer {
    decision: Decision,
}

impl Receipt {
    /// Reads the `decision` of an answer over REST, or a whole answer that has it.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn from_json(text: &str) -> Result<Self, NotAReceipt> {
        let decision = serde_json::from_str::<Answer>(text)
            .map(|answer| answer.decision)
            .or_else(|_| serde_json::from_str::<Decision>(text))
            .map_err(|_| NotAReceipt)?;
        let leaf_hash = decision.leaf_hash.parse().map_err(|_| NotAReceipt)?;
        Ok(Self { index: decision.ledger_index, leaf_hash, transaction_id: decision.transaction_id })
    }

    /// Checks that the decision is in the log of this checkpoint.
    ///
    /// # Errors
    /// When it is not, or a tile is missing.
    pub fn verify<S: TileSource<Error: fmt::Display>>(
        &self,
        log: &Checkpoint,
        mut tiles: S,
    ) -> Result<(), ReceiptError> {
        check_place(self.index, &self.leaf_hash, log, &mut Tree::new(log.size, told(&mut tiles)))
            .map_err(|what| self.wrong(what))
    }

    /// Checks that the entry is the one of this receipt, and that it commits to its transaction.
    ///
    /// # Errors
    /// When the entry does not hold by itself, has no body, or is another one.
    pub fn verify_entry(&self, entry: &Entry) -> Result<(), ReceiptError> {
        let mut faults = Vec::new();
        let leaf = entry.check(&mut faults);
        let other = || (leaf != Some(self.leaf_hash) || entry.index != self.index).then_some(What::OtherLeaf);
        let alone = || entry.body_json.is_empty().then_some(What::HeaderAlone);
        let transaction = || {
            let (found, expected) = (entry.transaction_id.clone(), self.transaction_id.clone());
            (found != expected).then_some(What::OtherTransaction { found, expected })
        };
        let what = faults.into_iter().next().or_else(other).or_else(alone).or_else(transaction);
        what.map_or(Ok(()), |what| Err(self.wrong(what)))
    }

    /// That this is wrong with the receipt.
    #[must_use]
    pub fn wrong(&self, what: What) -> ReceiptError {
        ReceiptError { index: self.index, what }
    }
}
