//! The rules of the chain: what follows from what, and that nothing can be changed unseen.
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use ledger::{Broken, Chain, Fault, Hash, Head, Link, NotAHash, chain_hash, verify};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn linked(entries: &[Vec<u8>]) -> Vec<Link> {
    let mut chain = Chain::from_head(Head::EMPTY);
    entries
        .iter()
        .map(|entry| {
            let previous = chain.head().hash;
            let head = chain.append(entry);
            Link { sequence: head.sequence, previous, hash: head.hash, entry_json: entry.clone() }
        })
        .collect()
}

fn head_of(links: &[Link]) -> Head {
    verify(Head::EMPTY, links.to_vec()).unwrap()
}

#[test]
fn the_hash_covers_a_zero_byte_the_hash_before_and_the_entry() {
    let previous = chain_hash(&Hash::ZERO, b"first");
    let expected = Sha256::digest([&[0x00][..], previous.as_bytes(), b"second"].concat());
    assert_eq!(chain_hash(&previous, b"second").as_bytes()[..], expected[..]);
}

#[test]
fn a_hash_is_64_lower_case_digits_and_nothing_else() {
    let hash = chain_hash(&Hash::ZERO, b"{}");
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert_eq!(Hash::ZERO.to_string(), "0".repeat(64));
    for wrong in
        ["", "00", &"0".repeat(63), &"0".repeat(65), &"G".repeat(64), &"A".repeat(64), &"é".repeat(32)]
    {
        assert_eq!(wrong.parse::<Hash>(), Err(NotAHash), "{wrong}");
    }
}

#[test]
fn a_chain_without_entries_stands_at_its_head() {
    assert_eq!(verify(Head::EMPTY, []), Ok(Head::EMPTY));
}

#[test]
fn verification_goes_on_from_any_known_head() {
    let links = linked(&[b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
    let half = Head { sequence: 1, hash: links[0].hash };
    assert_eq!(verify(half, links[1..].to_vec()), Ok(head_of(&links)));
    assert_eq!(
        verify(half, links[2..].to_vec()),
        Err(Broken { sequence: 2, fault: Fault::OutOfOrder { found: 3 } })
    );
}

fn entries() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 2..20)
}

proptest! {
    #[test]
    fn an_untouched_chain_verifies(entries in entries()) {
        let links = linked(&entries);
        let head = verify(Head::EMPTY, links.clone());
        prop_assert_eq!(head, Ok(Head { sequence: entries.len() as u64, hash: links[links.len() - 1].hash }));
    }

    #[test]
    fn a_changed_byte_is_found_at_its_entry(
        entries in entries(), at in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), flip in 1..=255u8,
    ) {
        let mut links = linked(&entries);
        let at = at.index(links.len());
        let text = &mut links[at].entry_json;
        if text.is_empty() { text.push(flip) } else { let byte = byte.index(text.len()); text[byte] ^= flip; }
        prop_assert_eq!(verify(Head::EMPTY, links), Err(Broken { sequence: at as u64 + 1, fault: Fault::Hash }));
    }

    #[test]
    fn a_changed_entry_with_its_hash_made_to_fit_is_found_at_the_next_one(
        entries in entries(), at in any::<prop::sample::Index>(),
    ) {
        let whole = linked(&entries);
        let mut links = whole.clone();
        let at = at.index(links.len());
        links[at].entry_json.push(b'!');
        links[at].hash = chain_hash(&links[at].previous, &links[at].entry_json);
        match verify(Head::EMPTY, links) {
            Err(broken) => prop_assert_eq!(broken, Broken { sequence: at as u64 + 2, fault: Fault::Previous }),
            Ok(head) => {
                prop_assert_eq!(at, entries.len() - 1);
                prop_assert_ne!(head, head_of(&whole));
            }
        }
    }

    #[test]
    fn another_order_is_found(entries in entries(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let mut links = linked(&entries);
        let (a, b) = (a.index(links.len()), b.index(links.len()));
        prop_assume!(a != b);
        links.swap(a, b);
        prop_assert_eq!(verify(Head::EMPTY, links).unwrap_err().sequence, a.min(b) as u64 + 1);
    }

    #[test]
    fn an_entry_left_out_is_found(entries in entries(), at in any::<prop::sample::Index>()) {
        let whole = linked(&entries);
        let mut links = whole.clone();
        let at = at.index(links.len());
        links.remove(at);
        match verify(Head::EMPTY, links) {
            Err(broken) => prop_assert_eq!(broken.sequence, at as u64 + 1),
            Ok(head) => {
                prop_assert_eq!(at, entries.len() - 1);
                prop_assert_ne!(head, head_of(&whole));
            }
        }
    }
}
