//! The life of an agreement, followed from entry to entry: what each of them says has to be possible after
//! those before it.

use serde::Deserialize;

use super::entry::{Body, Header, instant};
use super::kind::{Action, Kind};

/// Where an agreement stands, by what its parties did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Waiting for signatures.
    Proposed,
    /// Signed by every party.
    Active,
    /// Paused by a party.
    Suspended,
    /// Refused by a party. Final.
    Rejected,
    /// Ended by a party. Final.
    Revoked,
    /// Followed by another agreement. Final.
    Replaced,
}

impl Stands {
    /// All of them.
    const ALL: [Self; 6] =
        [Self::Proposed, Self::Active, Self::Suspended, Self::Rejected, Self::Revoked, Self::Replaced];

    /// The one with that name; none for one of a later version.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Its name in an entry, for example "ACTIVE".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Rejected => "REJECTED",
            Self::Revoked => "REVOKED",
            Self::Replaced => "REPLACED",
        }
    }
}

/// Why an entry cannot follow those before it about its agreement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misstep {
    /// The header has no state, or the facts are not those of such an entry.
    #[error("zegt niet leesbaar hoe de afspraak ervoor staat of wat ermee gebeurde")]
    Unreadable,
    /// A party did what it could not do then.
    #[error("zegt dat een partij iets deed ({action}) dat niet kon: {now}")]
    Change {
        /// What was done, for example "SIGNED".
        action: String,
        /// Where the agreement stood.
        now: Since,
    },
    /// The header has another state than follows.
    #[error("zegt dat de afspraak hierna {said} is; {now}")]
    State {
        /// The state in the header.
        said: &'static str,
        /// What follows from the entries.
        now: Since,
    },
    /// A permit under an agreement that was not active.
    #[error("is een toestemming die niet kon: {0}")]
    Permit(Since),
    /// A permit before the first or after the last day.
    #[error("is een toestemming buiten de looptijd van de afspraak: van {starts} tot {ends}")]
    Outside {
        /// The first moment at which the agreement holds.
        starts: String,
        /// The first moment at which it no longer holds.
        ends: String,
    },
    /// It is about other content than was proposed.
    #[error("gaat over een andere inhoud van de afspraak dan is voorgesteld")]
    OtherContent,
}

/// Where an agreement stands by its entries, and by which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// None before the proposal.
    pub stands: Option<Stands>,
    /// The index of the entry that brought it there.
    pub index: u64,
}

impl std::fmt::Display for Since {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.stands {
            Some(stands) => {
                write!(f, "door ledger-entries/{} is de afspraak {}", self.index, stands.name())
            }
            None => f.write_str("de afspraak was nog niet voorgesteld"),
        }
    }
}

/// An agreement as its entries leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Where it stands.
    pub now: Since,
    /// The hash of the content that was proposed.
    pub content_hash: String,
    /// The first moment at which it holds by the clock, RFC 3339 in UTC.
    pub starts: String,
    /// The first moment at which it no longer holds by the clock, RFC 3339 in UTC.
    pub ends: String,
    /// The agreement that took its place, "agreements/{id}".
    pub replaced_by: Option<String>,
    parties: Vec<String>,
    accepted: Vec<String>,
    suspended_by: Vec<String>,
}

#[derive(Deserialize)]
struct Change {
    action: String,
    by: String,
    #[serde(default)]
    content_hash: String,
    #[serde(default)]
    holds: Option<Holds>,
    #[serde(default)]
    replaced_by: Option<String>,
}

#[derive(Deserialize)]
struct Holds {
    starts: String,
    ends: String,
}

#[derive(Deserialize)]
struct Decided {
    #[serde(default)]
    content_hash: String,
}

impl Life {
    /// Follows the next entry about the agreement, from its two texts; of one that shows its header alone,
    /// `body_json` is none. What cannot be changes nothing here.
    ///
    /// # Errors
    /// When the entry cannot follow those before it.
    pub fn follow(&mut self, header_json: &str, body_json: Option<&str>) -> Result<(), Misstep> {
        let header: Header = serde_json::from_str(header_json).map_err(|_| Misstep::Unreadable)?;
        let said = header.stands().ok_or(Misstep::Unreadable)?;
        let body: Option<Body> =
            body_json.map(serde_json::from_str).transpose().map_err(|_| Misstep::Unreadable)?;
        // What only others may read changes nothing: every party reads every change.
        let Some((kind, body)) = body.and_then(|body| Some((body.kind()?, body))) else {
            return self.check_state(said);
        };
        match kind {
            Kind::AgreementChanged => {
                let change = serde_json::from_value(body.facts).map_err(|_| Misstep::Unreadable)?;
                let mut after = self.clone();
                after.change(change, body.parties, &header)?;
                after.check_state(said)?;
                *self = after;
                Ok(())
            }
            Kind::Permitted => {
                let decided = serde_json::from_value(body.facts).map_err(|_| Misstep::Unreadable)?;
                self.check_permit(&decided, &header.time)?;
                self.check_state(said)
            }
            // What leaves every agreement where it stands.
            Kind::Refused
            | Kind::Delivered
            | Kind::DeliveryUnaccounted
            | Kind::ReleasePublished
            | Kind::OwnRuleChanged
            | Kind::StopConfirmed
            | Kind::PurposeRenamed
            | Kind::StoryConsentChanged
            | Kind::StoryUseDecided
            | Kind::StoryWithdrawalConfirmed
            | Kind::MaskComputed
            | Kind::PurposeAdded
            | Kind::ProtectionRetired
            | Kind::ProtectionReinstated => self.check_state(said),
        }
    }

    /// Whether the agreement stands after an entry where it stood before it, by its header. When it does not, who
    /// does not know what happened there cannot say what may follow.
    pub(super) fn stands_still(&self, header_json: &str) -> bool {
        let header = serde_json::from_str::<Header>(header_json).ok();
        header.and_then(|header| header.stands()).is_some_and(|said| self.now.stands == Some(said))
    }

    fn check_state(&self, said: Stands) -> Result<(), Misstep> {
        if self.now.stands == Some(said) {
            return Ok(());
        }
        Err(Misstep::State { said: said.name(), now: self.now })
    }

    /// Only an active agreement permits anything, for its own content and in its own time.
    fn check_permit(&self, decided: &Decided, time: &str) -> Result<(), Misstep> {
        if self.now.stands != Some(Stands::Active) || self.replaced_by.is_some() {
            return Err(Misstep::Permit(self.now));
        }
        if decided.content_hash != self.content_hash {
            return Err(Misstep::OtherContent);
        }
        if instant(time) < instant(&self.starts) || self.has_ended(time) {
            return Err(Misstep::Outside { starts: self.starts.clone(), ends: self.ends.clone() });
        }
        Ok(())
    }

    fn has_ended(&self, time: &str) -> bool {
        instant(&self.ends) <= instant(time)
    }

    /// What a party did, when it could.
    fn change(&mut self, change: Change, parties: Vec<String>, header: &Header) -> Result<(), Misstep> {
        use Stands::{Active, Proposed, Rejected, Replaced, Revoked, Suspended};
        let Change { action, by, content_hash, holds, replaced_by } = change;
        let (stands, ended) = (self.now.stands, self.has_ended(&header.time));
        let in_force = matches!(stands, Some(Active | Suspended)) && self.replaced_by.is_none();
        let is_party = self.parties.contains(&by);
        let next = match Action::named(&action) {
            Some(Action::Proposed) if stands.is_none() => {
                let Holds { starts, ends } = holds.ok_or(Misstep::Unreadable)?;
                *self = Self { content_hash: content_hash.clone(), starts, ends, parties, ..Self::default() };
                Some(Proposed)
            }
            Some(Action::Signed)
                if stands == Some(Proposed) && is_party && !ended && !self.accepted.contains(&by) =>
            {
                self.accepted.push(by);
                let complete = self.parties.iter().all(|party| self.accepted.contains(party));
                Some(if complete { Active } else { Proposed })
            }
            Some(Action::Rejected) if stands == Some(Proposed) && is_party && !ended => Some(Rejected),
            Some(Action::Revoked) if in_force && is_party && !ended => Some(Revoked),
            Some(Action::Suspended) if in_force && is_party && !ended && !self.suspended_by.contains(&by) => {
                self.suspended_by.push(by);
                Some(Suspended)
            }
            Some(Action::Resumed) if in_force && !ended && self.suspended_by.contains(&by) => {
                self.suspended_by.retain(|party| *party != by);
                Some(if self.suspended_by.is_empty() { Active } else { Suspended })
            }
            Some(Action::Replaced) if in_force && replaced_by.is_some() => {
                self.replaced_by = replaced_by;
                // A platform could leave what had ended by the clock as it stood; it permits nothing either.
                if ended && header.stands() == stands { stands } else { Some(Replaced) }
            }
            Some(
                Action::Drafted
                | Action::Discarded
                | Action::Proposed
                | Action::Signed
                | Action::Rejected
                | Action::Revoked
                | Action::Suspended
                | Action::Resumed
                | Action::Replaced,
            )
            | None => None,
        };
        let Some(next) = next else { return Err(Misstep::Change { action, now: self.now }) };
        if content_hash != self.content_hash {
            return Err(Misstep::OtherContent);
        }
        if stands != Some(next) {
            self.now = Since { stands: Some(next), index: header.index };
        }
        Ok(())
    }
}
