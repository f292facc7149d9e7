//! That an organisation no longer uses a story for what a withdrawn consent allowed.

use platform::identity::Oin;
use serde::{Deserialize, Serialize};

use super::StoryConsent;
use crate::domain::entry::{Event, NewEntry};

/// What an organisation confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WithdrawalConfirmed {
    /// The organisation.
    pub(crate) by: Oin,
    /// "story-consents/{uuid}".
    pub(crate) story_consent: String,
    /// "stories/{code}".
    pub(crate) story: String,
}

impl WithdrawalConfirmed {
    /// That this organisation confirms the withdrawal of a consent; none while the consent stands.
    #[must_use]
    pub(crate) fn of(consent: &StoryConsent, by: Oin) -> Option<Self> {
        let (story_consent, story) = (consent.id.name(), consent.story.clone());
        (!consent.stands()).then_some(Self { by, story_consent, story })
    }

    /// The transaction of all confirmations of the withdrawal of a consent: its id.
    #[must_use]
    pub(crate) fn transaction_of(consent: &StoryConsent) -> String {
        consent.id.to_string()
    }

    /// The entry; it concerns the organisation.
    #[must_use]
    pub(crate) fn entry(self, transaction_id: String, trace_id: String) -> NewEntry {
        let parties = vec![self.by.clone()];
        NewEntry {
            agreement: None,
            parties,
            transaction_id,
            trace_id,
            event: Event::StoryWithdrawalConfirmed(self),
        }
    }

    /// What happened, as a sentence.
    #[must_use]
    pub(crate) fn in_dutch(&self) -> String {
        let Self { by, story, .. } = self;
        format!(
            "Organisatie {by} bevestigt dat zij {story} niet meer gebruikt voor wat een ingetrokken toestemming toestond."
        )
    }
}
