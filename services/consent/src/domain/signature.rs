//! What a party signs, and which signatures count.

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::entry::Action;
use super::hash;

/// How far the clock of a signer may be off.
pub(crate) const TOLERANCE: Duration = Duration::minutes(5);

/// What a signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureKind {
    /// The party agrees.
    Accept,
    /// The party refuses.
    Reject,
    /// The party ends the agreement.
    Revoke,
    /// The party pauses the agreement.
    Suspend,
    /// The party ends its pause.
    Resume,
}

impl SignatureKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Accept, Self::Reject, Self::Revoke, Self::Suspend, Self::Resume];

    /// The `type` in what is signed: "accept", "reject", "revoke", "suspend", "resume".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Revoke => "revoke",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }

    /// Whether it only ends or pauses: nothing is shared because of it.
    #[must_use]
    pub fn stops(self) -> bool {
        match self {
            Self::Reject | Self::Revoke | Self::Suspend => true,
            Self::Accept | Self::Resume => false,
        }
    }

    /// The kind with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl SignatureKind {
    /// What it does.
    #[must_use]
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Accept => Action::Signed,
            Self::Reject => Action::Rejected,
            Self::Revoke => Action::Revoked,
            Self::Suspend => Action::Suspended,
            Self::Resume => Action::Resumed,
        }
    }

    /// The kind that does this; none for what needs no signature of its own.
    #[must_use]
    pub(crate) fn of(action: Action) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.action() == action)
    }
}

/// A signature that was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// The party.
    pub(crate) oin: Oin,
    /// What it says.
    pub(crate) kind: SignatureKind,
    /// The compact JWS.
    pub(crate) jws: String,
    /// When the platform received it.
    pub(crate) create_time: OffsetDateTime,
}

impl Signature {
    /// Whether this JWS signs the very same as this signature: the same header and payload, however
    /// the signature over them is written.
    #[must_use]
    pub(crate) fn says_the_same_as(&self, jws: &str) -> bool {
        let signed = |jws: &str| jws.rsplit_once('.').map(|(signed, _)| signed.to_owned());
        self.jws == jws || signed(&self.jws) == signed(jws)
    }
}

/// What stands for a signature as it is kept or entered, to hold the two against each other.
#[must_use]
pub(crate) fn digest(oin: &str, kind: &str, jws: &str) -> String {
    hash::of_text(&format!("{oin} {kind} {jws}"))
}

/// The payload of the JWS, as FSC has it: these three and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Hash of the content.
    pub contract_content_hash: String,
    /// "accept", "reject", "revoke", "suspend" or "resume".
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds since 1970.
    pub signed_at: i64,
}

/// What claims must be to count.
#[derive(Clone, Debug)]
pub(crate) struct Expected<'a> {
    /// What the signature has to say.
    pub(crate) kind: SignatureKind,
    /// The hash that it has to be over.
    pub(crate) content_hash: &'a str,
    /// When the agreement was drafted: nobody signed it before.
    pub(crate) drafted: OffsetDateTime,
    /// When the key was registered: it signs from then on.
    pub(crate) key_registered: OffsetDateTime,
    /// When the key was withdrawn: what is placed from then on does not count.
    pub(crate) key_withdrawn: Option<OffsetDateTime>,
}

/// Why claims do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongClaims {
    /// They say something else.
    Kind,
    /// They are about other content.
    Hash,
    /// They are from before the agreement or the registration of the key.
    TooEarly,
    /// They are from the future.
    InFuture,
    /// The key was withdrawn before they were placed.
    KeyWithdrawn,
}

/// Checks what was signed and was placed at `placed`. What is placed after the key was withdrawn does
/// not count, whatever it says of the moment of signing.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn check(
    claims: &Claims,
    expected: &Expected<'_>,
    placed: OffsetDateTime,
) -> Result<(), WrongClaims> {
    let tolerance = TOLERANCE.whole_seconds();
    let earliest = expected.drafted.max(expected.key_registered).unix_timestamp() - tolerance;
    if expected.key_withdrawn.is_some_and(|withdrawn| withdrawn <= placed) {
        Err(WrongClaims::KeyWithdrawn)
    } else if claims.kind != expected.kind.name() {
        Err(WrongClaims::Kind)
    } else if claims.contract_content_hash != expected.content_hash {
        Err(WrongClaims::Hash)
    } else if claims.signed_at < earliest {
        Err(WrongClaims::TooEarly)
    } else if claims.signed_at > placed.unix_timestamp() + tolerance {
        Err(WrongClaims::InFuture)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn checked(change: impl FnOnce(&mut Claims)) -> Result<(), WrongClaims> {
        let drafted = datetime!(2026-11-23 12:00 UTC);
        let now = drafted + Duration::hours(1);
        let mut claims = Claims {
            contract_content_hash: "$1$1$x".to_owned(),
            kind: "accept".to_owned(),
            signed_at: now.unix_timestamp(),
        };
        change(&mut claims);
        let key_registered = drafted - Duration::days(1);
        let expected = Expected {
            kind: SignatureKind::Accept,
            content_hash: "$1$1$x",
            drafted,
            key_registered,
            key_withdrawn: None,
        };
        check(&claims, &expected, now)
    }

    #[test]
    fn every_kind_is_told_by_what_it_does() {
        for kind in SignatureKind::ALL {
            assert_eq!(SignatureKind::of(kind.action()), Some(kind));
        }
        for action in [Action::Drafted, Action::Proposed, Action::Replaced, Action::Discarded] {
            assert_eq!(SignatureKind::of(action), None);
        }
    }

    #[test]
    fn claims_say_what_is_asked_about_this_content() {
        assert_eq!(checked(|_| ()), Ok(()));
        assert_eq!(checked(|claims| claims.kind = "revoke".to_owned()), Err(WrongClaims::Kind));
        assert_eq!(checked(|claims| claims.kind = "ACCEPT".to_owned()), Err(WrongClaims::Kind));
        assert_eq!(checked(|claims| claims.contract_content_hash.push('y')), Err(WrongClaims::Hash));
    }

    #[test]
    fn claims_are_from_after_the_draft_and_not_from_the_future() {
        let drafted = datetime!(2026-11-23 12:00 UTC).unix_timestamp();
        assert_eq!(checked(|claims| claims.signed_at = drafted - 300), Ok(()));
        assert_eq!(checked(|claims| claims.signed_at = drafted - 301), Err(WrongClaims::TooEarly));
        assert_eq!(checked(|claims| claims.signed_at = drafted + 3600 + 300), Ok(()));
        assert_eq!(checked(|claims| claims.signed_at = drafted + 3600 + 301), Err(WrongClaims::InFuture));
        assert_eq!(checked(|claims| claims.signed_at = i64::MAX), Err(WrongClaims::InFuture));
    }

    #[test]
    fn a_key_signs_from_its_registration_until_its_withdrawal() {
        let now = datetime!(2026-11-23 12:00 UTC);
        let claims = Claims {
            contract_content_hash: "x".to_owned(),
            kind: "accept".to_owned(),
            signed_at: now.unix_timestamp(),
        };
        let drafted = now - Duration::days(1);
        let expected = |key_registered| Expected {
            kind: SignatureKind::Accept,
            content_hash: "x",
            drafted,
            key_registered,
            key_withdrawn: None,
        };
        assert_eq!(check(&claims, &expected(now), now), Ok(()));
        assert_eq!(check(&claims, &expected(now + Duration::hours(1)), now), Err(WrongClaims::TooEarly));

        let until = |key_withdrawn| Expected { key_withdrawn: Some(key_withdrawn), ..expected(drafted) };
        let moment = Duration::microseconds(1);
        assert_eq!(check(&claims, &until(now + moment), now), Ok(()));
        assert_eq!(check(&claims, &until(now), now), Err(WrongClaims::KeyWithdrawn));
        // Dated back to before the withdrawal.
        let late = now + Duration::days(1);
        assert_eq!(check(&claims, &until(now + moment), late), Err(WrongClaims::KeyWithdrawn));
    }
}
