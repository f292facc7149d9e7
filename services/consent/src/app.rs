//! Use cases: authorise, load, decide, save.

pub(crate) mod agreements;
pub(crate) mod decisions;
pub(crate) mod explanation;
pub(crate) mod figures;
mod fitness;
pub(crate) mod ledger;
pub(crate) mod log;
pub(crate) mod organisations;
pub(crate) mod points;
pub(crate) mod preview;
pub(crate) mod programme;
pub(crate) mod purposes;
pub(crate) mod receipts;
pub(crate) mod revocations;
mod shown;
pub(crate) mod story_consents;
pub(crate) mod story_withdrawals;
pub(crate) mod templates;
mod terms_check;
pub(crate) mod unaccounted;
pub(crate) mod unanswered;
pub(crate) mod use_rules;
pub(crate) mod verify;
mod writer;

use platform::identity::{Caller, Oin};
use platform::secret::NoRandom;
use proto::api::v1::Role;

use crate::domain::agreement::State;
use crate::domain::canonical::NotCanonical;
use crate::domain::name::AgreementId;
use crate::domain::problem::Problem;
use crate::domain::replacement::NotReplaceable;
use crate::domain::transition::WrongState;
use crate::store;

/// Why a use case did not do what was asked.
#[derive(Debug)]
pub(crate) enum Error {
    /// Fields are wrong.
    Invalid(Vec<Problem>),
    /// The resource belongs to another organisation, or does not exist.
    OtherOrganisation(String),
    /// The resource does not exist, and the caller may know.
    NotFound(String),
    /// An agreement is not in the state that this needs.
    WrongState {
        /// Which.
        agreement: String,
        /// How it stands.
        wrong: WrongState,
    },
    /// An agreement cannot take the place of another any more.
    CannotReplace {
        /// The agreement that would become active.
        agreement: String,
        /// The one that it replaces.
        replaced: String,
        /// How that one stands, for who may see it.
        state: Option<State>,
        /// What is in the way.
        why: NotReplaceable,
    },
    /// Small groups in the figures cannot be protected as an agreement asks.
    NotProtected {
        /// The agreement.
        agreement: String,
        /// The release that cannot be protected.
        release: String,
        /// What is in the way, for who may know: it names cells.
        obstacle: Option<figures::Obstacle>,
    },
    /// What is kept of an agreement cannot be read, or is not what was signed and entered.
    Damaged(AgreementId),
    /// The resource was changed since it was read.
    EtagMismatch(String),
    /// What was signed is not what has to be signed.
    WrongSignature(Problem),
    /// The signature is not by a registered key of the party.
    ForeignSignature(String),
    /// Somebody who gives consent has one for the story that stands.
    ConsentStands(String),
    /// Without this rule, the last one of its organisation, everything would be open.
    LastOwnRule(String),
    /// A consent that was withdrawn is no mistake.
    NoMistake(String),
    /// There is no consent with this reference and this code.
    WrongCode,
    /// No secret can be made.
    NoRandom(NoRandom),
    /// More waits than can be kept.
    Overloaded,
    /// The ledger did not take the entry.
    LedgerUnavailable,
    /// The organisations cannot be looked up.
    Organisations(organisations::Error),
    /// A resource with this name exists already.
    AlreadyExists(String),
    /// There is no receipt of a revocation: no party ever stopped the agreement.
    NeverStopped {
        /// Which.
        agreement: String,
        /// Where it stands.
        state: State,
    },
    /// An agreement is in a state in which nobody is told what it comes to.
    NoPreview {
        /// Which.
        agreement: String,
        /// Where it stands.
        state: State,
    },
    /// Another service does not answer.
    Unanswered(unanswered::Unanswered),
    /// The store failed.
    Store(store::Error),
}

impl From<unanswered::Unanswered> for Error {
    fn from(error: unanswered::Unanswered) -> Self {
        Self::Unanswered(error)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<NotCanonical> for Error {
    fn from(error: NotCanonical) -> Self {
        Self::Store(store::Error::Entry(error))
    }
}

impl From<organisations::Error> for Error {
    fn from(error: organisations::Error) -> Self {
        Self::Organisations(error)
    }
}

/// What a caller may read.
#[derive(Clone, Debug)]
enum View {
    /// Everything: the privacy officer.
    All,
    /// What concerns this organisation.
    Of(Oin),
    /// Nothing: credentials without an organisation.
    Nothing,
}

impl View {
    fn of(caller: &Caller) -> Self {
        match &caller.organisation {
            _ if caller.has(Role::PrivacyOfficer) => Self::All,
            Some(oin) => Self::Of(oin.clone()),
            None => Self::Nothing,
        }
    }

    /// Whether it shows what is shown to some organisations.
    fn shows(&self, shown_to: impl Fn(&Oin) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Of(oin) => shown_to(oin),
            Self::Nothing => false,
        }
    }

    /// The answer for a resource that is not there or not to be seen: who sees everything hears
    /// that it does not exist, everybody else hears the same in both cases.
    fn nothing_there(&self, resource: &str) -> Error {
        match self {
            Self::All => Error::NotFound(resource.to_owned()),
            Self::Of(_) | Self::Nothing => Error::OtherOrganisation(resource.to_owned()),
        }
    }
}
