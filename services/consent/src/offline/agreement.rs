//! Checking a whole agreement that was downloaded, with nothing but the file: its text belongs to
//! its content, its content to its hash, its terms are as strict as goes with the kind of figures that it
//! names, every signature is by a key that its party had registered, and not withdrawn, when it was placed,
//! and the signatures bring it where the file says it stands.
//!
//! Which keys are of which party, when they were registered and withdrawn, and when a signature was
//! placed, is what the file says. Who knows a key of a party, as it told itself, gives its thumbprint:
//! then no other key will do. All else follows from the keys.

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
#[error("the {} signature of {oin}: {problem}", kind.name())]
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
    #[error("that organisation is no party to the agreement")]
    NotAParty,
    /// No JWS.
    #[error(transparent)]
    Jws(#[from] jws::Error),
    /// By a key that the party did not register.
    #[error("key {0} is not registered for that organisation")]
    UnknownKey(String),
    /// By a key that the file says is of the party, and that is none of those known to be.
    #[error("key {0} is none of those that are known to be of that organisation")]
    OtherKey(String),
    /// It says something else.
    #[error("it says something else than the file says it does")]
    OtherKind,
    /// Over other content.
    #[error("it is over other content")]
    OtherContent,
    /// The moment is odd.
    #[error("it is from before the agreement or the registration of the key")]
    TooEarly,
    /// The moment is odd.
    #[error("it says to be from after the moment at which it was placed")]
    InFuture,
    /// The key signed no more.
    #[error("it was placed when the key was withdrawn already")]
    KeyWithdrawn,
    /// It says what its party had said already.
    #[error("it was placed before, or says what its party had said already; a signature counts once")]
    Again,
    /// It says what could not be done.
    #[error("it cannot be placed while the agreement is {0}, as it was after the signatures before it")]
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
    #[error("terms are looser than goes with the kind of figures in the content: {}", .0.join("; "))]
    Looser(Vec<String>),
    /// A key is known of an organisation that is no party.
    #[error("{0}, of which a key is known, is no party to the agreement")]
    Stranger(Oin),
    /// The signatures: everything that is wrong with them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Signatures(Vec<Fault>),
    /// The file says that the agreement stands where its signatures do not bring it.
    #[error(
        "the file says that the agreement is {said}, and that does not go with its signatures: after these it is {follows}"
    )]
    State {
        /// What the file says.
        said: &'static str,
        /// What follows.
        follows: &'static str,
    },
    /// The file says no state, or one of a later version.
    #[error("the file says that the agreement is \"{0}\", which is no state that this version knows")]
    UnknownState(String),
}

/// Checks a whole agreement.
///
/// # Errors
/// When the content has another hash or another text, its terms are looser than goes with its kind of
/// figures, signatures are not good, or the state does not follow from them.
pub fn verify_download(download: &Download) -> Result<Verified, NotWhole> {
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
    replay::check(download, content.clone())?;
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
    Ok(Verified { agreement: terms.agreement.clone(), signatures, without_signature, own_wording })
}

/// Terms that name a kind of figures are as strict as goes with it.
fn check_terms(terms: &Terms) -> Result<(), NotWhole> {
    let looser = terms.preset.map(|preset| preset::looser(preset, terms.protection)).unwrap_or_default();
    if looser.is_empty() {
        return Ok(());
    }
    Err(NotWhole::Looser(looser.into_iter().map(|term| format!("{} {}", term.field, term.en)).collect()))
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
mod tests {
    use super::*;
    use crate::domain::agreement::Document;
    use crate::domain::content::samples::{self, GGD, WELLER, WONEN_ZUID, oin};
    use crate::domain::content::{Content, Protection};
    use crate::domain::hash;
    use crate::domain::preset::Preset;
    use platform::keys::PrivateKey;
    use time::Duration;
    use time::macros::datetime;

    const DRAFTED: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
    const PLACED: OffsetDateTime = datetime!(2026-11-23 13:00 UTC);

    fn signature(document: &Document, of: &str, kind: SignatureKind, key: &PrivateKey) -> Placed {
        let jws = super::super::sign(&document.content_json, &document.content_hash, kind, key, PLACED);
        Placed { oin: oin(of), kind, jws: jws.expect("a JWS"), placed: PLACED }
    }

    fn registered(of: &str, key: &PrivateKey) -> PartyKey {
        let create_time = DRAFTED - Duration::days(9);
        PartyKey { oin: oin(of), key: key.public().clone(), create_time, withdraw_time: None }
    }

    fn download() -> Download {
        download_of(samples::content())
    }

    fn download_of(content: Content) -> Download {
        let document = Document::of(content).expect("a document");
        let weller = PrivateKey::generate().expect("a key");
        let ggd = PrivateKey::generate_p256().expect("a key");
        Download {
            signatures: vec![
                signature(&document, WELLER, SignatureKind::Accept, &weller),
                signature(&document, GGD, SignatureKind::Accept, &ggd),
                signature(&document, WELLER, SignatureKind::Revoke, &weller),
            ],
            keys: vec![registered(WELLER, &weller), registered(GGD, &ggd)],
            content_json: document.content_json,
            content_hash: document.content_hash,
            text_nl: document.text,
            state: "REVOKED".to_owned(),
            drafted: DRAFTED,
            known: Vec::new(),
        }
    }

    /// What is wrong with the first signature after a change.
    fn fault(change: impl FnOnce(&mut Download)) -> Problem {
        let mut download = download();
        change(&mut download);
        match verify_download(&download) {
            Err(NotWhole::Signatures(mut faults)) => faults.remove(0).problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_whole_agreement_says_who_signed_what_with_both_algorithms() {
        let download = download();
        let verified = verify_download(&download).expect("good");
        assert_eq!(verified.agreement, samples::content().terms().agreement);
        let said: Vec<_> =
            verified.signatures.iter().map(|good| (good.display_name.as_str(), good.kind)).collect();
        let accept = SignatureKind::Accept;
        assert_eq!(
            said,
            [("Weller", accept), ("GGD Zuid-Limburg", accept), ("Weller", SignatureKind::Revoke)]
        );
        assert_eq!(verified.without_signature, []);

        let unsigned = Download { signatures: Vec::new(), state: "PROPOSED".to_owned(), ..download };
        let missing = verify_download(&unsigned).expect("good").without_signature;
        assert_eq!(missing.iter().map(|(oin, _)| oin.as_str()).collect::<Vec<_>>(), [WELLER, GGD]);
    }

    #[test]
    fn a_changed_text_content_or_hash_is_found() {
        let good = download();
        let text = Download { text_nl: good.text_nl.replace("10", "5"), ..good.clone() };
        assert_eq!(verify_download(&text), Err(Error::Text.into()));
        let terms = good.content_json.replace(r#""minimum_count":10"#, r#""minimum_count":5"#);
        let content = Download { content_json: terms, ..good.clone() };
        assert!(matches!(verify_download(&content), Err(NotWhole::Content(Error::ContentHash { .. }))));
        let hash = Download { content_hash: "$1$1$x".to_owned(), ..good };
        assert!(matches!(verify_download(&hash), Err(NotWhole::Content(Error::ContentHash { .. }))));
    }

    #[test]
    fn terms_that_are_looser_than_their_kind_of_figures_are_found_though_all_signed_them() {
        let with = |preset: Option<Preset>, change: fn(&mut Protection)| {
            let mut terms = samples::content().terms().clone();
            terms.preset = preset;
            terms.protection = preset::least(Preset::PersonsSensitive);
            change(&mut terms.protection);
            verify_download(&download_of(samples::unchecked(terms)))
        };
        let sensitive = Some(Preset::PersonsSensitive);
        assert!(with(sensitive, |_| {}).is_ok());
        let loosen: fn(&mut Protection) = |agreed| {
            agreed.minimum_count = 9;
            agreed.protect_zeros = false;
        };
        let looser = NotWhole::Looser(vec![
            "content.protection.minimum_count is 9; persons_sensitive has at least 10".to_owned(),
            "content.protection.protect_zeros is false; persons_sensitive has true".to_owned(),
        ]);
        assert_eq!(with(sensitive, loosen), Err(looser));
        assert!(with(None, loosen).is_ok(), "no kind, no least");
    }

    #[test]
    fn a_signature_that_is_not_what_the_file_says_is_found() {
        assert_eq!(fault(|file| file.signatures[0].oin = oin(WONEN_ZUID)), Problem::NotAParty);
        assert!(matches!(fault(|file| file.signatures[0].oin = oin(GGD)), Problem::UnknownKey(_)));
        assert!(matches!(fault(|file| drop(file.keys.remove(0))), Problem::UnknownKey(_)));
        assert_eq!(
            fault(|file| file.signatures[0].jws = "a.b.c".to_owned()),
            Problem::Jws(jws::Error::Malformed)
        );
        assert_eq!(fault(|file| file.signatures[0].kind = SignatureKind::Reject), Problem::OtherKind);
        let hours = Duration::hours;
        assert_eq!(fault(|file| file.signatures[0].placed -= hours(1)), Problem::InFuture);
        assert_eq!(fault(|file| file.keys[0].create_time = PLACED + hours(1)), Problem::TooEarly);
        assert_eq!(fault(|file| file.drafted = PLACED + hours(1)), Problem::TooEarly);
    }

    #[test]
    fn a_party_of_which_a_key_is_known_signs_with_no_other() {
        let mut file = download();
        let of_weller = file.keys[0].key.thumbprint();
        file.known = vec![(oin(WELLER), "rotated".to_owned()), (oin(WELLER), of_weller.clone())];
        let known: Vec<bool> =
            verify_download(&file).expect("good").signatures.iter().map(|good| good.is_known).collect();
        assert_eq!(known, [true, false, true]);
        // The file says that a key is of Weller which Weller never had.
        let problem = fault(|file| file.known = vec![(oin(WELLER), "of Weller".to_owned())]);
        assert!(matches!(problem, Problem::OtherKey(_)), "{problem:?}");
        // A key that is known to be of GGD is none of Weller.
        file.known = vec![(oin(GGD), of_weller)];
        assert!(matches!(verify_download(&file), Err(NotWhole::Signatures(_))));
        file.known = vec![(oin(WONEN_ZUID), "of Wonen Zuid".to_owned())];
        assert_eq!(verify_download(&file), Err(NotWhole::Stranger(oin(WONEN_ZUID))));
    }

    #[test]
    fn a_signature_outlives_its_key_when_it_was_placed_before_the_withdrawal() {
        let mut file = download();
        file.keys[0].withdraw_time = Some(PLACED + Duration::seconds(1));
        let verified = verify_download(&file).expect("good");
        assert_eq!(verified.signatures[0].key_withdrawn, file.keys[0].withdraw_time);
    }

    #[test]
    fn the_clocks_of_placing_and_withdrawing_may_differ_by_the_tolerance() {
        let mut file = download();
        file.keys[0].withdraw_time = Some(PLACED - TOLERANCE + Duration::seconds(1));
        assert!(verify_download(&file).is_ok());
        let withdrawn = Some(PLACED - TOLERANCE);
        assert_eq!(fault(|file| file.keys[0].withdraw_time = withdrawn), Problem::KeyWithdrawn);
    }

    #[test]
    fn a_file_whose_signatures_do_not_bring_it_where_it_says_it_stands_is_not_good() {
        let mut file = download();
        file.state = "ACTIVE".to_owned();
        assert_eq!(verify_download(&file), Err(NotWhole::State { said: "ACTIVE", follows: "REVOKED" }));
        let mut twice = download();
        twice.signatures.insert(1, twice.signatures[0].clone());
        let faults = vec![Fault { oin: oin(WELLER), kind: SignatureKind::Accept, problem: Problem::Again }];
        assert_eq!(verify_download(&twice), Err(NotWhole::Signatures(faults)));
    }

    #[test]
    fn the_wording_of_another_version_is_told_apart() {
        assert!(verify_download(&download()).expect("good").own_wording);
        let document = Document::of(samples::content()).expect("a document");
        let text = document.text.replace("wordt niet getoond", "blijft verborgen");
        let (old, new) = (hash::of_text(&document.text), hash::of_text(&text));
        let content_json = document.content_json.replace(&old, &new);
        let older = Download {
            content_hash: hash::of_content(&content_json),
            content_json,
            text_nl: text,
            state: "PROPOSED".to_owned(),
            signatures: Vec::new(),
            ..download()
        };
        assert!(!verify_download(&older).expect("good").own_wording);
    }
}
