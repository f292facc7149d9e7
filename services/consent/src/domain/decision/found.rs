//! The agreement that a request names, as it is found: nothing of a damaged one is taken for agreed.

use std::collections::HashSet;

use platform::identity::Oin;

use super::Standing;
use crate::domain::name::AgreementId;

/// The agreement that a request names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'a> {
    /// There is none.
    Nothing,
    /// As it stands.
    Standing(&'a Standing),
    /// It is there, and cannot be trusted.
    Damaged(&'a DamagedStanding),
}

/// An agreement of which what is kept cannot be read, or is not what was signed and entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DamagedStanding {
    /// The agreement.
    pub(crate) id: AgreementId,
    /// Of the organisations that ask, those that it is shown to, whatever became of it. To all others it is as
    /// none.
    pub(crate) parties: HashSet<Oin>,
}

impl<'a> Found<'a> {
    /// The agreement, for one of its recipients.
    #[must_use]
    pub(crate) fn known_to(self, oin: &Oin) -> Option<&'a Standing> {
        match self {
            Self::Standing(standing) => Some(standing).filter(|standing| standing.has_recipient(oin)),
            Self::Nothing | Self::Damaged(_) => None,
        }
    }

    /// The agreement, when it is damaged and shown to this organisation.
    #[must_use]
    pub(crate) fn damaged_for(self, oin: &Oin) -> Option<&'a DamagedStanding> {
        match self {
            Self::Damaged(damaged) => Some(damaged).filter(|damaged| damaged.parties.contains(oin)),
            Self::Nothing | Self::Standing(_) => None,
        }
    }
}
