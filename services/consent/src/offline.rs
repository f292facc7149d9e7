//! What a partner does with an agreement on its own machine, without the platform: check that what
//! it is about to sign is what it read, sign, and check the signatures of others.

pub mod agreement;

use platform::keys::{PrivateKey, PublicKey};
use proto::consent::v1::AgreementContent;
use time::OffsetDateTime;

use crate::domain::agreement::{read_content, read_text_hash};
use crate::domain::entry::{Entry, Header};
use crate::domain::name::AgreementId;
use crate::domain::{calendar, canonical, hash, summary, text};
use crate::grpc;
use crate::jws;

pub use crate::domain::signature::{Claims, SignatureKind};
pub use crate::jws::Error as JwsError;

/// What is wrong with content or a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The content is no agreement in canonical JSON.
    #[error("de inhoud is geen afspraak in canonieke JSON (RFC 8785)")]
    Content,
    /// The hash is that of other content.
    #[error("de inhoud heeft een andere vingerafdruk: {found}")]
    ContentHash {
        /// The hash of the content.
        found: String,
    },
    /// The text is not the one whose hash stands in the content.
    #[error("de tekst is niet die bij de inhoud hoort")]
    Text,
    /// The text is signed with the content, and is not what this version makes of the terms.
    #[error(
        "de tekst is getekend met de inhoud, maar is niet wat deze versie van het programma van de voorwaarden maakt: \
         de woorden zijn van een andere versie, of er staat iets anders dan in de voorwaarden; vergelijk ze, of \
         gebruik de versie waarmee de afspraak is gemaakt"
    )]
    Wording,
    /// The content is that of another agreement.
    #[error("de inhoud is die van {found}")]
    OtherAgreement {
        /// The agreement that it is of.
        found: String,
    },
    /// The signature was not read or made, or is by another key.
    #[error(transparent)]
    Signature(#[from] jws::Error),
    /// The signature is of no known kind.
    #[error("de handtekening heeft een onbekende soort: {found}")]
    Kind {
        /// Its type.
        found: String,
    },
    /// The signature is over other content.
    #[error("de handtekening staat onder andere inhoud: {found}")]
    SignedHash {
        /// The hash that was signed.
        found: String,
    },
}

/// Checks that `content_json` is an agreement in canonical JSON with this hash.
///
/// # Errors
/// When it is not.
pub fn check_content(content_json: &str, content_hash: &str) -> Result<(), Error> {
    let found = self::content_hash(content_json)?;
    if found == content_hash { Ok(()) } else { Err(Error::ContentHash { found }) }
}

/// The hash of an agreement in canonical JSON: what is signed.
///
/// # Errors
/// When the content is no agreement in canonical JSON.
pub fn content_hash(content_json: &str) -> Result<String, Error> {
    if canonical::is_canonical(content_json) && read_content(content_json).is_some() {
        Ok(hash::of_content(content_json))
    } else {
        Err(Error::Content)
    }
}

/// The agreement that the content is of, "agreements/{id}".
///
/// # Errors
/// When the content is no agreement.
pub fn agreement_of(content_json: &str) -> Result<String, Error> {
    read_content(content_json).map(|content| content.terms().agreement.clone()).ok_or(Error::Content)
}

/// The agreement and the hash that a signature is over which stops it. What the terms say does not count for that, so
/// that the content may be one of another version of this program, which cannot be read or told in words here.
///
/// # Errors
/// When the content is no canonical JSON of something that names an agreement.
pub fn to_stop(content_json: &str) -> Result<(String, String), Error> {
    let content: serde_json::Value = serde_json::from_str(content_json).map_err(|_| Error::Content)?;
    let agreement = content.get("agreement").and_then(serde_json::Value::as_str).ok_or(Error::Content)?;
    if canonical::is_canonical(content_json) && AgreementId::of_name(agreement).is_some() {
        Ok((agreement.to_owned(), hash::of_content(content_json)))
    } else {
        Err(Error::Content)
    }
}

/// The terms of the content as the contract shows them beside it.
///
/// # Errors
/// When the content is no agreement.
pub fn shown_content(content_json: &str) -> Result<AgreementContent, Error> {
    Ok(grpc::shown_content(read_content(content_json).ok_or(Error::Content)?.terms()))
}

/// Checks that the content is that of this agreement, "agreements/{id}".
///
/// # Errors
/// When it is that of another one, or of none.
pub fn check_agreement(content_json: &str, name: &str) -> Result<(), Error> {
    let found = agreement_of(content_json)?;
    if found == name { Ok(()) } else { Err(Error::OtherAgreement { found }) }
}

/// Checks that `text_nl` is the text that is signed with the content, and that it says what the
/// terms say: that it is what they come to in words.
///
/// # Errors
/// When it is another text. [`Error::Wording`] when it is the signed one, in words that this version
/// does not write.
pub fn check_text(content_json: &str, text_nl: &str) -> Result<(), Error> {
    let signed = read_text_hash(content_json).ok_or(Error::Content)?;
    let content = read_content(content_json).ok_or(Error::Content)?;
    if signed != hash::of_text(text_nl) {
        Err(Error::Text)
    } else if text::of(&content) != text_nl {
        Err(Error::Wording)
    } else {
        Ok(())
    }
}

/// The text that is signed with the content: what its terms come to in words.
///
/// # Errors
/// When the content is no agreement. [`Error::Wording`] when the signed text is not the one that this
/// version makes of the terms.
pub fn text_of(content_json: &str) -> Result<String, Error> {
    let content = read_content(content_json).ok_or(Error::Content)?;
    let text = text::of(&content);
    let is_signed = read_text_hash(content_json).is_some_and(|signed| signed == hash::of_text(&text));
    if is_signed { Ok(text) } else { Err(Error::Wording) }
}

/// What happened according to an entry of the ledger, in Dutch: what the platform shows beside its header and
/// body. None when these are not those of an entry that this version knows.
#[must_use]
pub fn sentence(header_json: &str, body_json: &str) -> Option<String> {
    Entry::of(Header::read(header_json)?, body_json).map(|entry| summary::of(&entry))
}

/// A moment in Dutch and by the Dutch clock, to the second or, where there are any, thousandths of it.
#[must_use]
pub fn moment_in_words(at: OffsetDateTime) -> String {
    calendar::instant_in_words(at)
}

/// Signs an agreement, after checking that the content has this hash. What stops is signed also when the content
/// cannot be read here.
///
/// # Errors
/// When the content is not an agreement with this hash, or the key cannot sign.
pub fn sign(
    content_json: &str,
    content_hash: &str,
    kind: SignatureKind,
    key: &PrivateKey,
    now: OffsetDateTime,
) -> Result<String, Error> {
    if kind.stops() {
        let (_, found) = to_stop(content_json)?;
        if found != content_hash {
            return Err(Error::ContentHash { found });
        }
    } else {
        check_content(content_json, content_hash)?;
    }
    let claims = Claims {
        contract_content_hash: content_hash.to_owned(),
        kind: kind.name().to_owned(),
        signed_at: now.unix_timestamp(),
    };
    Ok(jws::sign(&claims, key)?)
}

/// What a signature over the content with this hash says, by whom holds the key.
///
/// # Errors
/// When it is not a signature, was made with another key, or is over other content.
pub fn verify(jws: &str, content_hash: &str, key: &PublicKey) -> Result<Claims, Error> {
    let claims = jws::verify(jws, key)?;
    if claims.contract_content_hash == content_hash {
        Ok(claims)
    } else {
        Err(Error::SignedHash { found: claims.contract_content_hash })
    }
}

/// What a signature says it is, by whatever key: which request places it.
///
/// # Errors
/// When it is not a signature of a known kind.
pub fn kind_of(jws: &str) -> Result<SignatureKind, Error> {
    let claims = jws::unverified(jws)?;
    SignatureKind::named(&claims.kind).ok_or(Error::Kind { found: claims.kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::Document;
    use crate::domain::content::samples;
    use time::macros::datetime;

    #[test]
    fn what_is_signed_here_verifies_here() {
        let document = Document::of(samples::content()).expect("a document");
        let key = PrivateKey::generate().expect("a key");
        let now = datetime!(2026-11-23 12:00 UTC);
        let jws = sign(&document.content_json, &document.content_hash, SignatureKind::Accept, &key, now)
            .expect("a JWS");
        let claims = verify(&jws, &document.content_hash, key.public()).expect("the claims");
        assert_eq!((claims.kind.as_str(), claims.signed_at), ("accept", now.unix_timestamp()));
        assert_eq!(
            verify(&jws, "$1$1$other", key.public()),
            Err(Error::SignedHash { found: document.content_hash.clone() })
        );
    }

    #[test]
    fn content_or_text_that_was_changed_is_not_signed() {
        let document = Document::of(samples::content()).expect("a document");
        assert_eq!(check_content(&document.content_json, &document.content_hash), Ok(()));
        let changed = document.content_json.replace(r#""minimum_count":10"#, r#""minimum_count":5"#);
        assert!(matches!(check_content(&changed, &document.content_hash), Err(Error::ContentHash { .. })));
        let spaced = format!(" {}", document.content_json);
        assert_eq!(check_content(&spaced, &hash::of_content(&spaced)), Err(Error::Content));
        assert_eq!(check_content("{}", &hash::of_content("{}")), Err(Error::Content));
        assert_eq!(check_text(&document.content_json, &document.text), Ok(()));
        assert_eq!(check_text(&document.content_json, &document.text.replace("10", "5")), Err(Error::Text));
    }

    #[test]
    fn a_text_that_says_something_else_than_the_terms_is_not_signed_though_its_hash_is_right() {
        let document = Document::of(samples::content()).expect("a document");
        let text = document.text.replace("onder de 10", "onder de 20");
        assert_ne!(text, document.text);
        let content = document.content_json.replace(&hash::of_text(&document.text), &hash::of_text(&text));
        assert_eq!(check_content(&content, &hash::of_content(&content)), Ok(()));
        assert_eq!(check_text(&content, &text), Err(Error::Wording));
        assert_eq!(check_text(&content, &document.text), Err(Error::Text));
        assert_eq!(text_of(&content), Err(Error::Wording));
        assert_eq!(text_of(&document.content_json), Ok(document.text));
    }

    #[test]
    fn what_stops_is_signed_over_content_that_cannot_be_read_here_and_nothing_else_is() {
        let document = Document::of(samples::content()).expect("a document");
        let later = document.content_json.replacen(r#"{"agreement""#, r#"{"a_later_term":1,"agreement""#, 1);
        let hash = hash::of_content(&later);
        assert_eq!(check_content(&later, &hash), Err(Error::Content), "this version does not know the term");
        assert_eq!(to_stop(&later), Ok((samples::id().name(), hash.clone())));
        let key = PrivateKey::generate().expect("a key");
        let now = datetime!(2026-11-23 12:00 UTC);
        for kind in SignatureKind::ALL {
            let signed = sign(&later, &hash, kind, &key, now);
            assert_eq!(signed.is_ok(), kind.stops(), "{kind:?}");
            let other = sign(&later, "$1$1$other", kind, &key, now);
            assert!(other.is_err(), "{kind:?} over another hash than that of the content");
        }
        for wrong in ["{}", "[]", "", r#"{"agreement":"agreements/x"}"#, &format!(" {later}")] {
            assert_eq!(to_stop(wrong), Err(Error::Content), "{wrong}");
        }
    }

    #[test]
    fn content_names_its_agreement_and_no_other() {
        let document = Document::of(samples::content()).expect("a document");
        let name = samples::id().name();
        assert_eq!(agreement_of(&document.content_json), Ok(name.clone()));
        assert_eq!(check_agreement(&document.content_json, &name), Ok(()));
        let other = "agreements/0190163d-8694-739b-aea5-966c26f8ad91";
        assert_eq!(
            check_agreement(&document.content_json, other),
            Err(Error::OtherAgreement { found: name })
        );
        assert_eq!(check_agreement("{}", other), Err(Error::Content));
    }
}
