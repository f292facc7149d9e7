//! A permit of which nobody tells how the delivery ended, because the process that had it is gone.

use platform::identity::Oin;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, Event, NewEntry};
use super::name::AgreementId;

/// A delivery of which nobody told how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unaccounted {
    /// The organisation that may have received something.
    pub(crate) recipient: Oin,
    /// "datasets/{code}/releases/{number}".
    pub(crate) release: String,
    /// UUID of the process that had the permit.
    pub(crate) process: String,
}

impl Unaccounted {
    /// What has to be told of a permit, by the process that had it. Without a release there was nothing to
    /// deliver; and who tells of no process may tell later.
    #[must_use]
    pub(crate) fn of_permit(permit: &Entry) -> Option<Self> {
        let Event::Permitted(decided) = &permit.event else { return None };
        let request = &decided.request;
        let (recipient, release, process) =
            (request.recipient.clone(), request.release.clone(), request.process.clone());
        (!release.is_empty() && !process.is_empty()).then_some(Self { recipient, release, process })
    }

    /// The entry, in the exchange of the permit under an agreement of this provider; it concerns those whom
    /// the delivery would.
    #[must_use]
    pub(crate) fn entry(
        self,
        agreement: AgreementId,
        provider: Oin,
        transaction_id: String,
        trace_id: String,
    ) -> NewEntry {
        NewEntry {
            agreement: Some(agreement),
            parties: vec![provider, self.recipient.clone()],
            transaction_id,
            trace_id,
            event: Event::DeliveryUnaccounted(self),
        }
    }

    /// What happened, as a sentence.
    #[must_use]
    pub(crate) fn in_dutch(&self, agreement: &str) -> String {
        format!(
            "Hoe de levering uit {} aan organisatie {} onder de afspraak {agreement} afliep, is niet bekend: het proces dat leverde viel uit voordat het dat liet inschrijven. Er kan alles zijn verstuurd wat was toegestaan, of een deel, of niets.",
            self.release, self.recipient
        )
    }
}
