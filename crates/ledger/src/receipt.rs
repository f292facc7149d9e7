//! The receipt that an answer or a refusal under an agreement carries: where in the log the decision
//! stands, and what it says of it.

mod once;
mod read;
mod says;
mod sentence;

use std::fmt;

use crate::audit::{Delivered, Entry, What, check_place, told};
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::proof::{TileSource, Tree};

pub use read::NotAReceipt;
pub use says::Says;
pub use sentence::{Sentence, Sentences, sentence_digest};

/// Where a decision stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The index of the entry.
    pub index: u64,
    /// The hash of its leaf.
    pub leaf_hash: Hash,
    /// UUIDv7 of the exchange; may be empty.
    pub transaction_id: String,
    /// What it says of the decision beside that.
    pub says: Says,
}

/// What is wrong with a receipt. Written in Dutch, for who checks it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ledger-entries/{index}: {what}")]
pub struct ReceiptError {
    /// The index of the entry.
    pub index: u64,
    /// What is wrong.
    pub what: What,
}

impl Receipt {
    /// Reads the `decision` of an answer over REST, a whole answer that has it, or a refusal: a problem, or
    /// the details of an error over gRPC.
    ///
    /// # Errors
    /// When the text is none of these, or a name is twice in one of its objects, wherever that is.
    pub fn from_json(text: &str) -> Result<Self, NotAReceipt> {
        read::receipt(text)
    }

    /// Checks that the decision is in the log of this checkpoint, and under the name that the receipt gives.
    ///
    /// # Errors
    /// When it is not, or a tile is missing.
    pub fn verify<S: TileSource<Error: fmt::Display>>(
        &self,
        log: &Checkpoint,
        mut tiles: S,
    ) -> Result<(), ReceiptError> {
        if !self.says.names(self.index) {
            return Err(self.wrong(What::Says("de naam van de regel (ledgerEntry)")));
        }
        check_place(self.index, &self.leaf_hash, log, &mut Tree::new(log.size, told(&mut tiles)))
            .map_err(|what| self.wrong(what))
    }

    /// Checks that the entry is the one of this receipt, that it commits to its transaction, and that it
    /// says what the receipt says.
    ///
    /// # Errors
    /// When the entry does not hold by itself, has no body, is another one, or says something else.
    pub fn verify_entry(&self, entry: &Entry) -> Result<(), ReceiptError> {
        let mut faults = Vec::new();
        let leaf = entry.check(&mut faults);
        let other = || (leaf != Some(self.leaf_hash) || entry.index != self.index).then_some(What::OtherLeaf);
        let alone = || entry.body_json.is_empty().then_some(What::HeaderAlone);
        let transaction = || {
            let (found, expected) = (entry.transaction_id.clone(), self.transaction_id.clone());
            (found != expected).then_some(What::OtherTransaction { found, expected })
        };
        let says = || self.says.difference(entry).map(What::Says);
        let what = faults.into_iter().next().or_else(other).or_else(alone).or_else(transaction).or_else(says);
        what.map_or(Ok(()), |what| Err(self.wrong(what)))
    }

    /// Whether it is of a refusal that has the receipt of the permit before it: a stop kept the answer back, or
    /// cut the stream. Why is not in the entry of the permit.
    #[must_use]
    pub fn is_overtaken(&self, entry: &Entry) -> bool {
        self.says.is_overtaken(entry)
    }

    /// Whether the stop that overtook this permit, by the reason of the refusal, is entered by itself; one by the
    /// clock or for want of news is not.
    #[must_use]
    pub fn has_entered_stop(&self, permit: &Entry) -> bool {
        self.is_overtaken(permit) && self.says.stop().is_some()
    }

    /// Whether an entry is of such a stop, after this permit.
    #[must_use]
    pub fn is_stopped_by(&self, permit: &Entry, entry: &Entry) -> bool {
        self.has_entered_stop(permit)
            && entry.index > permit.index
            && entry.agreement == permit.agreement
            && entry.action() == self.says.stop()
            && entry.check(&mut Vec::new()).is_some()
    }

    /// What can be said of the sentences in it, when `verify_entry` finds nothing wrong.
    #[must_use]
    pub fn sentences(&self, entry: &Entry) -> Sentences {
        self.says.sentences(entry)
    }

    /// Checks that what came with this receipt is what the entry of its delivery says was sent.
    ///
    /// # Errors
    /// When the entry does not hold by itself, is of no delivery or of another exchange, or says something
    /// else.
    pub fn verify_delivery(&self, entry: &Entry, came: &Delivered) -> Result<(), ReceiptError> {
        let mut faults = Vec::new();
        entry.check(&mut faults);
        let what = faults.into_iter().next().or_else(|| {
            let sent = entry.delivered().filter(|_| entry.is_delivery_of(&self.transaction_id));
            match sent {
                None => Some(What::HeaderAlone),
                Some(sent) => came.difference(&sent).map(What::OtherDelivery),
            }
        });
        what.map_or(Ok(()), |what| Err(ReceiptError { index: entry.index, what }))
    }

    /// That this is wrong with the receipt.
    #[must_use]
    pub fn wrong(&self, what: What) -> ReceiptError {
        ReceiptError { index: self.index, what }
    }
}
