//! Signatures: no input upsets the reader, and nothing but what was signed is accepted.

use std::sync::OnceLock;

use bolero::check;
use platform::keys::PrivateKey;

use super::text;
use crate::domain::signature::Claims;
use crate::jws::{key_id, sign, verify};

fn signed() -> &'static (PrivateKey, String) {
    static SIGNED: OnceLock<(PrivateKey, String)> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let key = PrivateKey::generate().expect("a key");
        let claims = Claims {
            contract_content_hash: "$1$1$x".to_owned(),
            kind: "accept".to_owned(),
            signed_at: 1_795_435_200,
        };
        let jws = sign(&claims, &key).expect("a signature");
        (key, jws)
    })
}

#[test]
fn no_text_is_a_signature() {
    let (key, jws) = signed();
    check!().for_each(|bytes: &[u8]| {
        let text = text(bytes);
        let _ = key_id(&text);
        assert!(text == jws.as_str() || verify(&text, key.public()).is_err());
        // As one of the three parts of a JWS.
        let parts: Vec<_> = jws.split('.').collect();
        for place in 0..3 {
            let mut parts = parts.clone();
            if parts[place] != text {
                parts[place] = &text;
                assert!(verify(&parts.join("."), key.public()).is_err(), "{parts:?}");
            }
        }
    });
}

#[test]
fn a_signature_with_anything_changed_is_none() {
    let (key, jws) = signed();
    assert!(verify(jws, key.public()).is_ok());
    check!().with_type::<Vec<(u16, u8, u8)>>().for_each(|changes| {
        let mut changed = jws.clone().into_bytes();
        for (place, how, byte) in changes {
            let place = usize::from(*place) % (changed.len() + 1);
            match how % 3 {
                0 if place < changed.len() => changed[place] = *byte,
                1 if place < changed.len() => drop(changed.remove(place)),
                _ => changed.insert(place, *byte),
            }
        }
        let changed = String::from_utf8_lossy(&changed);
        assert_eq!(verify(&changed, key.public()).is_ok(), changed == jws.as_str(), "{changed}");
    });
}
