//! A whole agreement is good, and one in which anything was changed is not.

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
        changed: PLACED,
        replaced_by: None,
        known: Vec::new(),
    }
}

/// Checks it an hour after the last signature.
fn verified(download: &Download) -> Result<Verified, NotWhole> {
    verify_download(download, PLACED + Duration::HOUR)
}

/// What is wrong with the first signature after a change.
fn fault(change: impl FnOnce(&mut Download)) -> Problem {
    let mut download = download();
    change(&mut download);
    match verified(&download) {
        Err(NotWhole::Signatures(mut faults)) => faults.remove(0).problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_agreement_says_who_signed_what_with_both_algorithms() {
    let download = download();
    let whole = verified(&download).expect("good");
    assert_eq!(whole.agreement, samples::content().terms().agreement);
    let said: Vec<_> = whole.signatures.iter().map(|good| (good.display_name.as_str(), good.kind)).collect();
    let accept = SignatureKind::Accept;
    assert_eq!(said, [("Weller", accept), ("GGD Zuid-Limburg", accept), ("Weller", SignatureKind::Revoke)]);
    assert_eq!(whole.without_signature, []);

    let unsigned = Download { signatures: Vec::new(), state: "PROPOSED".to_owned(), ..download };
    let missing = verified(&unsigned).expect("good").without_signature;
    assert_eq!(missing.iter().map(|(oin, _)| oin.as_str()).collect::<Vec<_>>(), [WELLER, GGD]);
}

#[test]
fn a_changed_text_content_or_hash_is_found() {
    let good = download();
    let text = Download { text_nl: good.text_nl.replace("10", "5"), ..good.clone() };
    assert_eq!(verified(&text), Err(Error::Text.into()));
    let terms = good.content_json.replace(r#""minimum_count":10"#, r#""minimum_count":5"#);
    let content = Download { content_json: terms, ..good.clone() };
    assert!(matches!(verified(&content), Err(NotWhole::Content(Error::ContentHash { .. }))));
    let hash = Download { content_hash: "$1$1$x".to_owned(), ..good };
    assert!(matches!(verified(&hash), Err(NotWhole::Content(Error::ContentHash { .. }))));
}

#[test]
fn terms_that_are_looser_than_their_kind_of_figures_are_found_though_all_signed_them() {
    let with = |preset: Option<Preset>, change: fn(&mut Protection)| {
        let mut terms = samples::content().terms().clone();
        terms.preset = preset;
        terms.protection = preset::least(Preset::PersonsSensitive);
        change(&mut terms.protection);
        verified(&download_of(samples::unchecked(terms)))
    };
    let sensitive = Some(Preset::PersonsSensitive);
    assert!(with(sensitive, |_| {}).is_ok());
    let loosen: fn(&mut Protection) = |agreed| {
        agreed.minimum_count = 9;
        agreed.protect_zeros = false;
    };
    let looser = NotWhole::Looser(vec![
        "content.protection.minimum_count is 9; bij persons_sensitive hoort minstens 10".to_owned(),
        "content.protection.protect_zeros is false; bij persons_sensitive hoort true".to_owned(),
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
    assert_eq!(fault(|file| file.signatures[0].placed += hours(2)), Problem::PlacedInFuture);
}

#[test]
fn a_party_of_which_a_key_is_known_signs_with_no_other() {
    let mut file = download();
    let of_weller = file.keys[0].key.thumbprint();
    file.known = vec![(oin(WELLER), "rotated".to_owned()), (oin(WELLER), of_weller.clone())];
    let known: Vec<bool> =
        verified(&file).expect("good").signatures.iter().map(|good| good.is_known).collect();
    assert_eq!(known, [true, false, true]);
    // The file says that a key is of Weller which Weller never had.
    let problem = fault(|file| file.known = vec![(oin(WELLER), "of Weller".to_owned())]);
    assert!(matches!(problem, Problem::OtherKey(_)), "{problem:?}");
    // A key that is known to be of GGD is none of Weller.
    file.known = vec![(oin(GGD), of_weller)];
    assert!(matches!(verified(&file), Err(NotWhole::Signatures(_))));
    file.known = vec![(oin(WONEN_ZUID), "of Wonen Zuid".to_owned())];
    assert_eq!(verified(&file), Err(NotWhole::Stranger(oin(WONEN_ZUID))));
}

#[test]
fn a_signature_outlives_its_key_when_it_was_placed_before_the_withdrawal() {
    let mut file = download();
    file.keys[0].withdraw_time = Some(PLACED + Duration::seconds(1));
    let whole = verified(&file).expect("good");
    assert_eq!(whole.signatures[0].key_withdrawn, file.keys[0].withdraw_time);
}

#[test]
fn the_clocks_of_placing_and_withdrawing_may_differ_by_the_tolerance() {
    let mut file = download();
    file.keys[0].withdraw_time = Some(PLACED - TOLERANCE + Duration::seconds(1));
    assert!(verified(&file).is_ok());
    let withdrawn = Some(PLACED - TOLERANCE);
    assert_eq!(fault(|file| file.keys[0].withdraw_time = withdrawn), Problem::KeyWithdrawn);
}

#[test]
fn a_file_whose_signatures_do_not_bring_it_where_it_says_it_stands_is_not_good() {
    let mut file = download();
    file.state = "ACTIVE".to_owned();
    assert_eq!(verified(&file), Err(NotWhole::State { said: "ACTIVE", follows: "REVOKED" }));
    let mut twice = download();
    twice.signatures.insert(1, twice.signatures[0].clone());
    let faults = vec![Fault { oin: oin(WELLER), kind: SignatureKind::Accept, problem: Problem::Again }];
    assert_eq!(verified(&twice), Err(NotWhole::Signatures(faults)));
}

#[test]
fn the_wording_of_another_version_is_told_apart() {
    assert!(verified(&download()).expect("good").own_wording);
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
    assert!(!verified(&older).expect("good").own_wording);
}
