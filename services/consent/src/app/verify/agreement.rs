//! How the entries about an agreement leave it, held against its row, its content, its text, its signatures
//! and who may see it.

use std::collections::BTreeSet;

use ledger::audit::{Life, Misstep, Since};
use platform::clock::micros;
use time::Duration;

use crate::app::log::TOLERANCE;
use crate::domain::agreement::State;
use crate::domain::entry::{Change, Entry, Kind, Moment};
use crate::domain::signature::{self, SignatureKind};
use crate::store::{KeptAgreement, KeptContent, KeptSignature, Times};

/// How long before its entry a signature can have been received, of which the entry does not say when: it waits
/// until figures are protected, and for those who enter something before it.
const LONGEST_WAIT: Duration = Duration::hours(1);

/// How the entries about an agreement leave it.
#[derive(Default)]
pub(super) struct LeftAgreement {
    /// Its life.
    pub(super) life: Life,
    /// The last change.
    pub(super) changed: u64,
    content_hash: String,
    times: Times,
    signatures: Vec<LeftSignature>,
}

/// A signature as its entry has it.
struct LeftSignature {
    /// The index of the entry.
    entry: u64,
    /// What stands for it.
    digest: String,
    /// When it was entered, in microseconds.
    entered: i64,
    /// When it was received, in microseconds; older entries do not say.
    received: Option<i64>,
}

impl LeftSignature {
    fn is(&self, kept: &KeptSignature) -> bool {
        if self.received.is_some() {
            return self.digest == kept.digest && self.received == kept.received;
        }
        let waited = kept.received.and_then(|received| self.entered.checked_sub(received));
        let waited = waited.map(Duration::microseconds);
        // The clock may have been put back between the one and the other.
        self.digest == kept.digest
            && waited.is_some_and(|waited| (-TOLERANCE..=LONGEST_WAIT).contains(&waited))
    }
}

impl LeftAgreement {
    /// Follows the next entry about it, from its proposal on.
    ///
    /// # Errors
    /// When the entry cannot follow those before it.
    pub(super) fn follow(&mut self, [header, body]: [&str; 2], entry: &Entry) -> Result<(), Misstep> {
        let before = self.life.now.stands;
        self.life.follow(header, Some(body))?;
        let at = Some(micros(entry.time));
        if self.life.now.stands != before {
            self.times.changed = at;
        }
        if entry.event.kind() == Kind::Permitted {
            self.times.permitted = at;
        }
        Ok(())
    }

    /// Takes the change of an entry.
    pub(super) fn change(&mut self, change: &Change, entry: &Entry) {
        self.changed = entry.index;
        self.content_hash.clone_from(&change.content_hash);
        let at = micros(entry.time);
        self.times.drafted = self.times.drafted.or(Some(at));
        self.times.changed = self.times.changed.or(Some(at));
        if let (Some(kind), Some(jws)) = (SignatureKind::of(change.action), &change.jws) {
            let digest = signature::digest(change.by.as_str(), kind.name(), jws);
            let received = change.received.map(|Moment(received)| micros(received));
            self.signatures.push(LeftSignature { entry: entry.index, digest, entered: at, received });
        }
    }

    /// Compares it with what is kept.
    ///
    /// # Errors
    /// The entry after which the row differs, and in what.
    pub(super) fn compare(&self, kept: &KeptAgreement) -> Result<(), (u64, String)> {
        let Since { stands, index } = self.life.now;
        let (state, since) =
            stands.map_or((State::Draft.name(), self.changed), |stands| (stands.name(), index));
        if kept.state != state {
            return Err((since, format!("is {}, en werd {state}", kept.state)));
        }
        let differs = |what: &str| Err((self.changed, what.to_owned()));
        let replaced_by = self.life.replaced_by.as_deref().and_then(|by| by.strip_prefix("agreements/"));
        if kept.replaced_by.as_deref() != replaced_by {
            return differs("er staat een andere opvolger bij, of geen");
        }
        if kept.content_hash != self.content_hash {
            return differs("heeft een andere inhoud");
        }
        let (provider, recipients, holds) = match &kept.content {
            KeptContent::Gone => return differs("de inhoud is weg"),
            KeptContent::Changed => return differs("de inhoud is niet die van de vingerafdruk"),
            KeptContent::OtherText => return differs("de tekst is niet die is getekend"),
            KeptContent::Whole { provider, recipients, holds } => (provider, recipients, holds),
        };
        if kept.holds != holds.map(Some) {
            return differs("heeft een andere eerste of laatste dag");
        }
        // A draft is for its provider alone.
        let recipients = recipients.iter().filter(|_| stands.is_some());
        if kept.parties != recipients.chain([provider]).cloned().collect::<BTreeSet<_>>() {
            return differs("anderen mogen die zien dan de partijen");
        }
        if kept.times != self.times {
            return differs("is op een ander moment opgesteld, veranderd of gebruikt");
        }
        let same = self.signatures.iter().zip(&kept.signatures).take_while(|(left, kept)| left.is(kept));
        let same = same.count();
        if same == self.signatures.len().max(kept.signatures.len()) {
            return Ok(());
        }
        let index = self.signatures.get(same).map_or(self.changed, |left| left.entry);
        Err((index, format!("handtekening {} is een andere, of is op een ander moment ontvangen", same + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    #[test]
    fn a_signature_is_of_the_moment_that_its_entry_says_and_an_older_one_of_the_hour_before_it() {
        let left = |received| LeftSignature { entry: 0, digest: "d".to_owned(), entered: 0, received };
        let kept = |received| KeptSignature { digest: "d".to_owned(), received: Some(received) };
        assert!(left(Some(-MINUTE)).is(&kept(-MINUTE)));
        for other in [-MINUTE - 1, -MINUTE + 1, 0] {
            assert!(!left(Some(-MINUTE)).is(&kept(other)), "{other}");
        }
        for (received, right) in
            [(-60 * MINUTE, true), (5 * MINUTE, true), (-61 * MINUTE, false), (6 * MINUTE, false)]
        {
            assert_eq!(left(None).is(&kept(received)), right, "{received}");
        }
        let unread = KeptSignature { received: None, ..kept(0) };
        assert!(!left(None).is(&unread) && !left(Some(0)).is(&unread));
    }
}
