//! What is looked at before a signature is made. What gives force to an agreement is signed only when the text is the
//! one that this program makes of the terms. What stops it is signed without that too: stopping must always be
//! possible, also with a program of another version than the agreement was made with.

use anyhow::{Context, Result};
use consent::offline::{self, SignatureKind};
use proto::consent::v1 as pb;

/// What is said when the text could not be made here as it was signed.
fn not_alike(why: &offline::Error, agreement: &str, hash: &str) -> String {
    format!(
        "let op: dit programma kan de tekst van {agreement} niet zelf net zo maken ({why}). Wat er in de afspraak staat, is \
         hier dus niet nagekeken. Stoppen kan altijd: getekend wordt de vingerafdruk {hash} van de inhoud zoals die er \
         ligt"
    )
}

/// Checks that what the platform shows is one agreement, and this one.
pub(super) fn checked(agreement: &pb::Agreement, name: &str) -> Result<(), offline::Error> {
    offline::check_content(&agreement.content_json, &agreement.content_hash)?;
    offline::check_agreement(&agreement.content_json, name)?;
    offline::check_text(&agreement.content_json, &agreement.text_nl)
}

/// Checks what the platform shows before it is signed; what is to be told of it.
///
/// # Errors
/// When it is not what would be signed: another agreement, another hash, or, for what gives force, another text.
pub(super) fn check(agreement: &pb::Agreement, name: &str, kind: SignatureKind) -> Result<Option<String>> {
    let Err(why) = checked(agreement, name) else { return Ok(None) };
    let pb::Agreement { content_json, content_hash, .. } = agreement;
    match offline::to_stop(content_json) {
        Ok((of, hash)) if kind.stops() && of == name && hash == *content_hash => {
            Ok(Some(not_alike(&why, name, &hash)))
        }
        _ => Err(why)
            .context("wat het platform toont, is niet wat er getekend zou worden; er is niets getekend"),
    }
}

/// What a saved content says, in words as far as that can be, and its hash.
///
/// # Errors
/// When it is no content, or, for what gives force, not the one whose text this program makes.
pub(super) fn in_words(content_json: &str, kind: SignatureKind) -> Result<(String, String)> {
    let text = offline::content_hash(content_json).and_then(|_| offline::text_of(content_json));
    if !kind.stops() {
        return Ok((text.context("er is niets getekend")?, offline::content_hash(content_json)?));
    }
    let (agreement, hash) = offline::to_stop(content_json).context("er is niets getekend")?;
    let words = text.unwrap_or_else(|why| not_alike(&why, &agreement, &hash));
    Ok((words, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "agreements/0190163d-8694-739b-aea5-966c26f8ad90";

    /// An agreement of which this program cannot read the terms.
    fn later() -> pb::Agreement {
        let content_json = format!(r#"{{"agreement":"{NAME}","text_hash":"x"}}"#);
        let (_, content_hash) = offline::to_stop(&content_json).unwrap();
        pb::Agreement { content_json, content_hash, text_nl: "Artikel 1".to_owned(), ..Default::default() }
    }

    /// An agreement of which this program can read the terms, and makes another text than was signed with them.
    fn in_other_words() -> pb::Agreement {
        let content_json = include_str!("signing/andere-woorden.json").to_owned();
        let content_hash = offline::content_hash(&content_json).unwrap();
        let text_nl = "Artikel 1. Woorden van een andere versie.".to_owned();
        let shown = pb::Agreement { content_json, content_hash, text_nl, ..Default::default() };
        assert_eq!(checked(&shown, NAME), Err(offline::Error::Wording));
        shown
    }

    #[test]
    fn what_stops_is_signed_though_the_text_cannot_be_made_here_and_that_is_told() {
        let cases =
            [later(), in_other_words()].map(|shown| SignatureKind::ALL.map(|kind| (shown.clone(), kind)));
        for (shown, kind) in cases.into_iter().flatten() {
            let looked = check(&shown, NAME, kind);
            let offline = in_words(&shown.content_json, kind);
            assert_eq!((looked.is_ok(), offline.is_ok()), (kind.stops(), kind.stops()), "{kind:?}");
            if let (Ok(Some(told)), Ok((words, hash))) = (looked, offline) {
                assert_eq!(hash, shown.content_hash);
                for said in [told, words] {
                    assert!(said.contains("niet zelf net zo maken") && said.contains(&hash), "{said}");
                }
            }
        }
    }

    #[test]
    fn what_stops_is_not_signed_for_another_agreement_or_another_hash() {
        let other = NAME.replace("ad90", "ad91");
        assert!(check(&later(), &other, SignatureKind::Revoke).is_err());
        let hash = pb::Agreement { content_hash: "$1$1$x".to_owned(), ..later() };
        assert!(check(&hash, NAME, SignatureKind::Revoke).is_err());
    }
}
