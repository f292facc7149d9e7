//! Signed notes, verifier keys, checkpoints and cosignatures, with the examples of their
//! specifications at <https://github.com/C2SP/C2SP>, commit 5ba5ee83, and the key and the note of
//! golang.org/x/mod, sumdb/note/note_test.go.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::{
    Checkpoint, Hash, KeyError, KeyKind, MAX_SIGNATURES, NoteError, NoteSigner, NoteVerifier, SignedNote,
    VerifyError,
};
use proptest::prelude::*;

/// signed-note.md, the last example.
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

/// signed-note.md, the first example: its text has an empty line.
const POEM: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

/// tlog-cosignature.md, the first example; its first five lines are that of tlog-checkpoint.md.
const COSIGNED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

/// golang.org/x/mod at fe2ec04f, sumdb/note/note_test.go: the kind and the seed of the key, the
/// verifier key, and the note that it signs.
const PETER_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

fn peter() -> NoteSigner {
    NoteSigner::from_seed("PeterNeumann", &STANDARD.decode(PETER_SEED).unwrap()[1..]).unwrap()
}

fn witness() -> NoteSigner {
    NoteSigner::from_seed("00000001234567890000", &[5; 32]).unwrap()
}

#[test]
fn the_examples_of_the_specifications_are_read_and_written_the_same() {
    for note in [EXAMPLE, POEM, COSIGNED] {
        assert_eq!(note.parse::<SignedNote>().unwrap().to_string(), note);
    }
    let poem: SignedNote = POEM.parse().unwrap();
    assert!(poem.text.ends_with("sole:\n\ned è subito sera.\n"), "{}", poem.text);
}

#[test]
fn the_key_of_the_example_verifies_it() {
    let key: NoteVerifier = EXAMPLE_KEY.parse().unwrap();
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    assert_eq!((key.name(), key.kind()), ("example.com/foo", KeyKind::Log));
    assert_eq!(key.verify(&EXAMPLE.parse().unwrap()), Ok(None));
}

#[test]
fn a_note_is_signed_as_in_go() {
    let signer = peter();
    assert_eq!(signer.verifier().to_string(), PETER_KEY);
    assert_eq!(signer.sign(PETER_TEXT).to_string(), PETER_LINE);
    let note = SignedNote::new(PETER_TEXT.to_owned(), vec![signer.sign(PETER_TEXT)]).unwrap();
    assert_eq!(note.to_string(), format!("{PETER_TEXT}\n{PETER_LINE}\n"));
    assert_eq!(signer.verifier().verify(&note), Ok(None));
}

#[test]
fn the_example_of_a_checkpoint_is_read() {
    let note: SignedNote = COSIGNED.parse().unwrap();
    let checkpoint: Checkpoint = note.text.parse().unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(
        checkpoint.root.to_string(),
        "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    );
    assert_eq!(checkpoint.to_string(), note.text);
    // The time of the cosignature, in tlog-cosignature.md.
    assert_eq!(note.signatures[1].name, "witness.example.com/w1");
    assert_eq!(note.signatures[1].bytes[..8], 1_679_315_147_u64.to_be_bytes());
}

/// <https://github.com/transparency-dev/formats>, note/note_verifier_test.go: a witness's key.
#[test]
fn a_published_key_of_a_witness_is_read() {
    let text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
    let key: NoteVerifier = text.parse().unwrap();
    assert_eq!((key.kind(), key.to_string().as_str()), (KeyKind::Cosigner, text));
}

#[test]
fn a_cosignature_signs_its_time_and_the_checkpoint() {
    let note: SignedNote = COSIGNED.parse().unwrap();
    let cosignature = peter().cosign(&note.text, 1_679_315_147);
    // What tlog-cosignature.md says is signed.
    let signed = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    assert_eq!(cosignature.bytes[8..], peter().sign(signed).bytes);
    assert_eq!(cosignature.bytes[..8], 1_679_315_147_u64.to_be_bytes());
    assert_ne!(cosignature.key_id, peter().verifier().key_id());

    let signatures =
        vec![peter().sign(&note.text), witness().cosign(&note.text, 7), witness().cosign(&note.text, 5)];
    let note = SignedNote::new(note.text, signatures).unwrap();
    assert_eq!(witness().cosignature_verifier().verify(&note), Ok(Some(7)));
    let other = witness().verifier();
    assert_eq!(other.verify(&note), Err(VerifyError::Missing(other.name().to_owned())));
}

#[test]
fn one_wrong_signature_by_a_known_key_spoils_the_note() {
    let wrong = |name: &str| Err(VerifyError::Wrong(name.to_owned()));
    let (log, cosigner) = (peter().verifier(), witness().cosignature_verifier());
    let text = "a\n1\nAAAA\n".to_owned();
    let good = vec![peter().sign(&text), witness().cosign(&text, 7)];
    let mut note = SignedNote { text: "a\n2\nAAAA\n".to_owned(), signatures: good.clone() };
    assert_eq!(log.verify(&note), wrong("PeterNeumann"));
    assert_eq!(cosigner.verify(&note), wrong("00000001234567890000"));

    note = SignedNote { text, signatures: good };
    note.signatures[1].bytes[7] = 8;
    assert_eq!(cosigner.verify(&note), wrong("00000001234567890000"), "another time");
    note.signatures[1].bytes.truncate(8);
    assert_eq!(cosigner.verify(&note), wrong("00000001234567890000"), "no signature");
    note.signatures[1].bytes.truncate(3);
    assert_eq!(cosigner.verify(&note), wrong("00000001234567890000"), "no time");

    let spoiled = note.signatures[0].clone();
    note.signatures.push(spoiled);
    note.signatures[2].bytes[0] ^= 1;
    assert_eq!(log.verify(&note), wrong("PeterNeumann"));
    note.signatures[2].name = "SomebodyElse".to_owned();
    assert_eq!(log.verify(&note), Ok(None), "a signature by another key is not looked at");
}

#[test]
fn what_is_no_note_is_refused() {
    let signature = PETER_LINE;
    let many = format!("a\n\n{}", format!("{signature}\n").repeat(MAX_SIGNATURES + 1));
    for (note, why) in [
        ("", NoteError::Layout),
        ("a\n", NoteError::Layout),
        ("a\n\n", NoteError::Layout),
        ("a\n\n\n", NoteError::Layout),
        (&format!("a\n{signature}\n"), NoteError::Layout),
        (&format!("a\n\n{signature}"), NoteError::Layout),
        (&format!("a\r\n\n{signature}\n"), NoteError::Text),
        (&format!("a\tb\n\n{signature}\n"), NoteError::Text),
        (&format!("a\n\n{signature}\nb\n"), NoteError::Signature),
        (&format!("a\n\n{signature} \n"), NoteError::Signature),
        (&format!("a\n\n-{signature}\n"), NoteError::Signature),
        (&format!("a\n\n{}\n", signature.replace('=', "")), NoteError::Signature),
        ("a\n\n\u{2014} name \n", NoteError::Signature),
        ("a\n\n\u{2014} name AAAAAA==\n", NoteError::Signature),
        ("a\n\n\u{2014} name AAAAAAB=\n", NoteError::Signature),
        ("a\n\n\u{2014}  AAAAAAA=\n", NoteError::Name),
        ("a\n\n\u{2014} a+b AAAAAAA=\n", NoteError::Name),
        ("a\n\n\u{2014} a\u{2003}b AAAAAAA=\n", NoteError::Name),
        (&many, NoteError::TooMany),
    ] {
        assert_eq!(note.parse::<SignedNote>(), Err(why), "{note:?}");
    }
    assert_eq!(SignedNote::new("a".to_owned(), vec![peter().sign("a")]), Err(NoteError::Text));
    assert_eq!(SignedNote::new("a\n".to_owned(), Vec::new()), Err(NoteError::Layout));
}

#[test]
fn what_is_no_verifier_key_is_refused() {
    // As sumdb/note/note_test.go: no part of a key is a key, nor is a key with one byte changed.
    for from in 0..PETER_KEY.len() {
        for to in from..=PETER_KEY.len() {
            let part = PETER_KEY.get(from..to).unwrap();
            assert!(part == PETER_KEY || part.parse::<NoteVerifier>().is_err(), "{part}");
        }
        let mut other = PETER_KEY.as_bytes().to_vec();
        other[from] += 1;
        let other = String::from_utf8(other).unwrap();
        assert!(other.parse::<NoteVerifier>().is_err(), "{other}");
    }
    for (wrong, why) in [
        // A key of another length and one of another kind, each with its own id.
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", KeyError::Verifier),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Verifier),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Id),
    ] {
        assert_eq!(wrong.parse::<NoteVerifier>(), Err(why), "{wrong}");
    }
    assert!(matches!(NoteSigner::from_seed("a b", &[5; 32]), Err(KeyError::Name)));
    assert!(matches!(NoteSigner::from_seed("a", &[5; 31]), Err(KeyError::Private)));
    assert!(matches!(NoteSigner::from_pkcs8("a", &[5; 48]), Err(KeyError::Private)));
    assert_eq!(NoteVerifier::from_public_key("", KeyKind::Log, [5; 32]), Err(KeyError::Name));
}

#[test]
fn a_signer_shows_no_secret() {
    assert_eq!(format!("{:?}", peter()), r#"NoteSigner { name: "PeterNeumann", .. }"#);
}

#[test]
fn a_checkpoint_has_one_text() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let read: Checkpoint = format!("log\n0\n{root}\nextension\n").parse().unwrap();
    assert_eq!((read.origin.as_str(), read.size), ("log", 0));
    for wrong in [
        "",
        "\n",
        "log\n",
        "log\n1\n",
        &format!("log\n1\n{root}"),
        &format!("\n1\n{root}\n"),
        &format!("log\n\n1\n{root}\n"),
        &format!("log\n01\n{root}\n"),
        &format!("log\n+1\n{root}\n"),
        &format!("log\n-1\n{root}\n"),
        &format!("log\n0x1\n{root}\n"),
        &format!("log\n18446744073709551616\n{root}\n"),
        &format!("log\n1\n{root}=\n"),
        &format!("log\n1\n{}\n", root.replace('=', "")),
        "log\n1\nAAAA\n",
        &format!("log\n1\n{root}\n\n"),
    ] {
        assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_note_or_not(text in "(a|\n|\n\n|\u{2014} |b| |AAAAAAA=|\\+|\t){0,12}") {
        if let Ok(note) = text.parse::<SignedNote>() {
            prop_assert_eq!(note.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_a_key_or_a_checkpoint_or_not(text in "\\PC{0,60}|[a-z]\\+[0-9a-f]{8}\\+A[A-Za-z0-9+/=]{0,44}") {
        if let Ok(key) = text.parse::<NoteVerifier>() {
            prop_assert_eq!(key.to_string(), text.clone());
        }
        prop_assert!(text.parse::<Checkpoint>().is_err());
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written(
        origin in "[a-z./-]{1,30}", size in any::<u64>(), root in any::<[u8; 32]>(),
    ) {
        let checkpoint = Checkpoint { origin, size, root: Hash::from_bytes(root) };
        prop_assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
    }
}
