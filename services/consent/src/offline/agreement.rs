//! Checking a whole agreement that was downloaded, with nothing but the file: its text belongs to
//! its content, its content to its hash, its terms are as strict as goes with the kind of figures that it
//! names, every signature is by a key that its party had registered, and not withdrawn, when it was placed,
//! and the signatures bring it where the file says it stands.
//!
//! Which keys are of which party, when they were registered and withdrawn, when a signature was placed and
//! which agreement took the place of this one, is what the file says: no signature is over it. It has to go
//! with what is signed, and with the clock. Who knows a key of a party, as it told itself, gives its
//! thumbprint: then no other key will do. All else follows from the keys.

mod replay;

use platform::identity::Oin;
use platform::keys::PublicKey;
use time::OffsetDateTime;

use super::{Error, SignatureKind, check_content, check_text};
use crate::domain::content::Terms;
use crate::domain::signature::{self, Expected, TOLERANCE, WrongClaims};
use crate::domain::{agreement, preset};
use crate::jws;

/// An agreement as a party downloaded it, with the keys of its parties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The content that is signed.
    pub content_json: String,
    /// Its hash.
    pub content_hash: String,
    /// The text that people read.
    pub text_nl: String,
    /// Where it stands, by name: "ACTIVE".
    pub state: String,
    /// When it was drafted.
    pub drafted: OffsetDateTime,
    /// When its state last changed.
    pub changed: OffsetDateTime,
    /// The agreement that took its place, "agreements/{id}".
    pub replaced_by: Option<String>,
    /// The signatures, in the order in which they were placed.
    pub signatures: Vec<Placed>,
    /// The keys of the parties.
    pub keys: Vec<PartyKey>,
    /// Thumbprints of keys that are known to be of a party from elsewhere. A party that has one signs
    /// with no other key.
    pub known: Vec<(Oin, String)>,
}

/// A signature that was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The party.
    pub oin: Oin,
    /// What it says.
    pub kind: SignatureKind,
    /// The compact JWS.
    pub jws: String,
    /// When the platform received it.
    pub placed: OffsetDateTime,
}

/// A key that was registered for a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyKey {
    /// The party.
    pub oin: Oin,
    /// Its key.
    pub key: PublicKey,
    /// When it was registered.
    pub create_time: OffsetDateTime,
    /// When it was withdrawn; none while it is in use.
    pub withdraw_time: Option<OffsetDateTime>,
}

/// What an agreement that was checked says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// "agreements/{id}", from the content.
    pub agreement: String,
    /// The good signatures, in the order of the file.
    pub signatures: Vec<VerifiedSignature>,
    /// The parties that have not placed an `accept` signature: OIN and name.
    pub without_signature: Vec<(Oin, String)>,
    /// Whether the text is what this version makes of the terms. When not, it was signed with them,
    /// in the words of another version: whether it says the same is for a reader to see.
    pub own_wording: bool,
    /// Whether its last day went by since the file was made: it stood there then, and expired since.
    pub ended_since: bool,
}

/// A good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// The party.
    pub oin: Oin,
    /// Its name, from the content.
    pub display_name: String,
    /// What it says.
    pub kind: SignatureKind,
    /// When the party says that it signed, in seconds since 1970.
    pub signed_at: i64,
    /// When the platform received it.
    pub placed: OffsetDateTime,
    /// Thumbprint of the key.
    pub key: String,
    /// Whether it is known from elsewhere that this key is of the party.
    pub is_known: bool,
    /// When that key was withdrawn, after the signature.
    pub key_withdrawn: Option<OffsetDateTime>,
}

/// What is wrong with one signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("de handtekening \"{}\" van {oin}: {problem}", kind.name())]
pub struct Fault {
    /// Of whom it is said to be.
    pub oin: Oin,
    /// What it is said to be.
    pub kind: SignatureKind,
    /// What is wrong.
    pub problem: Problem,
}

/// Why a signature is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Somebody else's.
    #[error("die organisatie is geen partij bij de afspraak")]
    NotAParty,
    /// No JWS.
    #[error(transparent)]
    Jws(#[from] jws::Error),
    /// By a key that the party did not register.
    #[error("sleutel {0} is niet aangemeld voor die organisatie")]
    UnknownKey(String),
    /// By a key that the file says is of the party, and that is none of those known to be.
    #[error("sleutel {0} is geen van de sleutels die u van die organisatie kent")]
    OtherKey(String),
    /// It says something else.
    #[error("zij zegt iets anders dan het bestand zegt")]
    OtherKind,
    /// Over other content.
    #[error("zij staat onder andere inhoud")]
    OtherContent,
    /// The moment is odd.
    #[error("zij is van voor de afspraak, of van voordat de sleutel was aangemeld")]
    TooEarly,
    /// The moment is odd.
    #[error("zij zegt van later te zijn dan het moment waarop zij is geplaatst")]
    InFuture,
    /// The moment is odd.
    #[error("zij zou pas na dit moment zijn geplaatst")]
    PlacedInFuture,
    /// The key signed no more.
    #[error("zij is geplaatst toen de sleutel al was ingetrokken")]
    KeyWithdrawn,
    /// It says what its party had said already.
    #[error(
        "zij is al eerder geplaatst, of zegt wat de partij al had gezegd; een handtekening telt één keer"
    )]
    Again,
    /// It says what could not be done.
    #[error(
        "zij kan niet worden geplaatst als de afspraak {0} is, en dat was zij na de handtekeningen ervoor"
    )]
    OutOfPlace(&'static str),
}

impl From<WrongClaims> for Problem {
    fn from(wrong: WrongClaims) -> Self {
        match wrong {
            WrongClaims::Kind => Self::OtherKind,
            WrongClaims::Hash => Self::OtherContent,
            WrongClaims::TooEarly => Self::TooEarly,
            WrongClaims::InFuture => Self::InFuture,
            WrongClaims::KeyWithdrawn => Self::KeyWithdrawn,
        }
    }
}

/// Why a downloaded agreement is not what it seems.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// The content, its hash or its text.
    #[error(transparent)]
    Content(#[from] Error),
    /// Terms are looser than goes with the kind of figures that the content names, which no platform drafts.
    /// Each of them, with what it is and the least that it has to be.
    #[error("voorwaarden zijn soepeler dan hoort bij de soort cijfers in de inhoud: {}", .0.join("; "))]
    Looser(Vec<String>),
    /// A key is known of an organisation that is no party.
    #[error("{0}, waarvan u een sleutel kent, is geen partij bij de afspraak")]
    Stranger(Oin),
    /// The signatures: everything that is wrong with them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Signatures(Vec<Fault>),
    /// The file says that the agreement stands where its signatures do not bring it.
    #[error(
        "het bestand zegt dat de afspraak {said} is, en dat past niet bij de handtekeningen: daarna is zij {follows}"
    )]
    State {
        /// What the file says.
        said: &'static str,
        /// What follows.
        follows: &'static str,
    },
    /// The file says that the agreement is expired, and its last day is yet to come.
    #[error(
        "het bestand zegt dat de afspraak is verlopen (EXPIRED), maar zij geldt volgens de inhoud tot {0}"
    )]
    NotEnded(OffsetDateTime),
    /// What took the place of the agreement does not go with where it stands.
    #[error(
        "het bestand zegt dat de afspraak {said} is, en daar past niet bij dat zij is vervangen door \"{by}\" \
         (replacedBy): een vervangen afspraak noemt haar opvolger, en een andere noemt er geen"
    )]
    ReplacedBy {
        /// The state in the file.
        said: &'static str,
        /// What the file says took its place; empty for nothing.
        by: String,
    },
    /// The state changed at an odd moment.
    #[error(
        "het bestand zegt dat de staat het laatst veranderde op {0} (updateTime), en dat past niet bij de \
         handtekeningen of de klok"
    )]
    Changed(OffsetDateTime),
    /// The file says no state, or one of a later version.
    #[error("het bestand zegt dat de afspraak \"{0}\" is, en die staat kent deze versie niet")]
    UnknownState(String),
}

/// Checks a whole agreement, at this moment.
///
/// # Errors
/// When the content has another hash or another text, its terms are looser than goes with its kind of
/// figures, signatures are not good, or the state does not follow from them and from the clock.
pub fn verify_download(download: &Download, now: OffsetDateTime) -> Result<Verified, NotWhole> {
    check_content(&download.content_json, &download.content_hash)?;
    let own_wording = match check_text(&download.content_json, &download.text_nl) {
        Ok(()) => true,
        Err(Error::Wording) => false,
        Err(other) => return Err(other.into()),
    };
    let content = agreement::read_content(&download.content_json).ok_or(Error::Content)?;
    let terms = content.terms();
    check_terms(terms)?;
    let parties: Vec<_> = std::iter::once(&terms.provider).chain(&terms.recipients).collect();
    let is_stranger = |oin: &Oin| parties.iter().all(|party| party.oin != *oin);
    if let Some((oin, _)) = download.known.iter().find(|(oin, _)| is_stranger(oin)) {
        return Err(NotWhole::Stranger(oin.clone()));
    }
    let (mut signatures, mut faults) = (Vec::new(), Vec::new());
    for placed in &download.signatures {
        let name = parties.iter().find(|party| party.oin == placed.oin).map(|party| &party.display_name);
        let checked = match name {
            Some(_) if placed.placed > now.saturating_add(TOLERANCE) => Err(Problem::PlacedInFuture),
            Some(name) => check(download, placed, name),
            None => Err(Problem::NotAParty),
        };
        match checked {
            Ok(good) => signatures.push(good),
            Err(problem) => faults.push(Fault { oin: placed.oin.clone(), kind: placed.kind, problem }),
        }
    }
    if !faults.is_empty() {
        return Err(NotWhole::Signatures(faults));
    }
    let ended_since = replay::check(download, content.clone(), now)?;
    let signed = |oin: &Oin| {
        signatures.iter().any(|signature: &VerifiedSignature| {
            signature.kind == SignatureKind::Accept && signature.oin == *oin
        })
    };
    let without_signature = parties
        .into_iter()
        .filter(|party| !signed(&party.oin))
        .map(|party| (party.oin.clone(), party.display_name.clone()))
        .collect();
    let agreement = terms.agreement.clone();
    Ok(Verified { agreement, signatures, without_signature, own_wording, ended_since })
}

/// Terms that name a kind of figures are as strict as goes with it.
fn check_terms(terms: &Terms) -> Result<(), NotWhole> {
    let looser = terms.preset.map(|preset| preset::looser(preset, terms.protection)).unwrap_or_default();
    if looser.is_empty() {
        return Ok(());
    }
    Err(NotWhole::Looser(looser.into_iter().map(|term| format!("{} {}", term.field, term.nl)).collect()))
}

fn check(download: &Download, placed: &Placed, display_name: &str) -> Result<VerifiedSignature, Problem> {
    let thumbprint = jws::key_id(&placed.jws)?;
    let registered = download
        .keys
        .iter()
        .find(|key| key.oin == placed.oin && key.key.thumbprint() == thumbprint)
        .ok_or_else(|| Problem::UnknownKey(thumbprint.clone()))?;
    let mut known = download.known.iter().filter(|(oin, _)| *oin == placed.oin).peekable();
    let pinned = known.peek().is_some();
    if pinned && !known.any(|(_, known)| *known == thumbprint) {
        return Err(Problem::OtherKey(thumbprint));
    }
    let claims = jws::verify(&placed.jws, &registered.key)?;
    let expected = Expected {
        kind: placed.kind,
        content_hash: &download.content_hash,
        drafted: download.drafted,
        key_registered: registered.create_time,
        // Withdrawing and placing were written down by the clocks of different services.
        key_withdrawn: registered.withdraw_time.map(|withdrawn| withdrawn.saturating_add(TOLERANCE)),
    };
    signature::check(&claims, &expected, placed.placed)?;
    Ok(VerifiedSignature {
        oin: placed.oin.clone(),
        display_name: display_name.to_owned(),
        kind: placed.kind,
        signed_at: claims.signed_at,
        placed: placed.placed,
        key: thumbprint,
        is_known: pinned,
        key_withdrawn: registered.withdraw_time,
    })
}

#[cfg(test)]
mod tests;
