//! The stops that the entries leave, and what became of each at the enforcement points, held against how they
//! are kept.

use std::collections::BTreeMap;

use ledger::audit::Stands;
use platform::clock::micros;

use super::VerifyError;
use super::standing::{beside, both};
use crate::domain::entry::Entry;
use crate::domain::stop::Confirmed;
use crate::store::KeptStop;

/// The stops so far, by the index of the entry of each.
#[derive(Default)]
pub(super) struct LeftStops(BTreeMap<i64, LeftStop>);

struct LeftStop {
    /// The entry that says most about it: its receipt, or itself.
    told: u64,
    stop: KeptStop,
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl LeftStops {
    /// Follows an entry by which an agreement came from one state to another.
    pub(super) fn follow(&mut self, agreement: &str, [before, after]: [Option<Stands>; 2], entry: &Entry) {
        use Stands::{Active, Replaced, Revoked, Suspended};
        let was_in_use = matches!(before, Some(Active | Suspended));
        let Some(state @ (Revoked | Suspended | Replaced)) = after else { return };
        if was_in_use && before != after {
            let stop = KeptStop {
                agreement: agreement.to_owned(),
                state: state.name().to_owned(),
                since: Some(micros(entry.time)),
                ..KeptStop::default()
            };
            self.0.insert(stored(entry.index), LeftStop { told: entry.index, stop });
        }
    }

    /// Follows the receipt of a stop.
    pub(super) fn confirm(&mut self, confirmed: &Confirmed, index: u64) {
        if let Some(left) = self.0.get_mut(&stored(confirmed.stop)) {
            left.told = index;
            left.stop.receipt = Some((stored(index), micros(confirmed.complete_at)));
            left.stop.points = confirmed.points.iter().cloned().map(Some).collect();
        }
    }

    /// Compares them with what is kept. What is waited for without a receipt is not in the ledger yet.
    pub(super) fn compare(self, kept: &BTreeMap<i64, KeptStop>) -> Result<(), VerifyError> {
        for (stop, left, kept) in beside(self.0, kept) {
            let row = format!("de stop door ledger-entries/{stop}");
            let (left, kept) = both(&row, left.map(|left| (left.told, left)), kept)?;
            let LeftStop { told: index, stop: left } = left;
            let points = left.receipt.is_none() || left.points == kept.points;
            if !points
                || (KeptStop { points: Vec::new(), ..left })
                    != (KeptStop { points: Vec::new(), ..kept.clone() })
            {
                return Err(VerifyError::Row { row, index, what: "er staat iets anders".to_owned() });
            }
        }
        Ok(())
    }
}
