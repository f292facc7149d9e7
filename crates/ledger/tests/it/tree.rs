//! Frontiers, tiles and proofs against the definitions.

use std::convert::Infallible;

use ledger::{
    Frontier, Hash, NotAFrontier, ReadError, TILE_WIDTH, TileId, consistency_proof, inclusion_proof, leaf,
    root, subtree_root, tiles_of, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

use crate::naive;

/// Past two full tiles of leaves, so that a second level and both kinds of tiles occur.
const SIZES: usize = 600;

fn source(leaves: &[Hash]) -> impl FnMut(TileId) -> Result<Vec<Hash>, Infallible> + Copy {
    move |tile| Ok(naive::tile(tile, leaves))
}

fn size(leaves: &[Hash]) -> u64 {
    leaves.len().try_into().unwrap()
}

#[test]
fn a_frontier_has_the_root_of_the_definition_at_every_size() {
    let leaves = naive::leaves(SIZES);
    let mut frontier = Frontier::empty();
    for (count, leaf) in leaves.iter().enumerate() {
        assert_eq!(frontier.root(), naive::root(&leaves[..count]), "{count}");
        assert_eq!(frontier.size(), u64::try_from(count).unwrap());
        let kept = Frontier::new(frontier.size(), frontier.hashes().to_vec());
        assert_eq!(kept, Ok(frontier.clone()));
        frontier.append(*leaf);
    }
}

#[test]
fn a_frontier_has_one_hash_for_every_set_bit_of_its_size() {
    let hashes = naive::leaves(3);
    assert!(Frontier::new(0b1011, hashes.clone()).is_ok());
    let wrong = Frontier::new(0b1010, hashes);
    assert_eq!(wrong, Err(NotAFrontier { size: 0b1010, found: 3 }));
    assert_eq!(wrong.unwrap_err().to_string(), "a log of 10 entries has a frontier of 2 hashes, not 3");
}

#[test]
fn a_frontier_past_65536_agrees_with_the_tiles() {
    for count in [65_536_usize, 65_537] {
        let leaves = naive::leaves(count);
        let mut frontier = Frontier::empty();
        leaves.iter().for_each(|leaf| frontier.append(*leaf));
        assert_eq!(frontier.root(), naive::root(&leaves));
        assert_eq!(root(size(&leaves), source(&leaves)), Ok(frontier.root()));
        for index in [0, 255, 256, 65_534] {
            let proof = inclusion_proof(index, size(&leaves), source(&leaves)).unwrap();
            let leaf = &leaves[usize::try_from(index).unwrap()];
            assert_eq!(verify_inclusion(leaf, index, size(&leaves), &proof, &frontier.root()), Ok(()));
        }
    }
}

/// The example in tlog-tiles of C2SP: a log of 70,000 entries has 273 full tiles of level 0, one of
/// width 112, one full tile of level 1, one of width 17, and one of level 2 with width 1; one of
/// 256 entries has a full tile of level 0 and one of level 1 with width 1.
#[test]
fn the_tiles_of_a_log_are_those_of_the_specification() {
    let tiles: Vec<TileId> = tiles_of(70_000).collect();
    let full = |level| tiles.iter().filter(|tile| tile.level == level && tile.width == 256).count();
    let partial: Vec<_> = tiles.iter().filter(|tile| tile.width < 256).copied().collect();
    assert_eq!([full(0), full(1), full(2)], [273, 1, 0]);
    assert_eq!(
        partial,
        [
            TileId { level: 0, number: 273, width: 112 },
            TileId { level: 1, number: 1, width: 17 },
            TileId { level: 2, number: 0, width: 1 },
        ]
    );
    let small: Vec<_> = tiles_of(256).collect();
    assert_eq!(small, [TileId { level: 0, number: 0, width: 256 }, TileId { level: 1, number: 0, width: 1 }]);
    assert_eq!(tiles_of(0).count(), 0);
}

#[test]
fn a_full_tile_is_one_hash_of_the_level_above() {
    let leaves = naive::leaves(513);
    let above = naive::tile(TileId { level: 1, number: 0, width: 2 }, &leaves);
    for number in 0..2 {
        let tile = naive::tile(TileId { level: 0, number, width: 256 }, &leaves);
        assert_eq!(subtree_root(&tile), above[usize::try_from(number).unwrap()]);
    }
}

#[test]
fn a_tile_exists_as_far_as_the_log_goes() {
    let tile = |level, number, width| TileId { level, number, width };
    for (tile, size, exists) in [
        (tile(0, 0, 1), 0, false),
        (tile(0, 0, 0), 10, false),
        (tile(0, 0, 10), 10, true),
        (tile(0, 0, 9), 10, true),
        (tile(0, 0, 11), 10, false),
        (tile(0, 0, 256), 256, true),
        (tile(0, 0, 257), 1000, false),
        (tile(0, 1, 1), 256, false),
        (tile(1, 0, 1), 255, false),
        (tile(1, 0, 1), 256, true),
        (tile(7, 0, 255), u64::MAX, true),
        (tile(8, 0, 1), u64::MAX, false),
        (tile(255, u64::MAX, 1), u64::MAX, false),
        (tile(0, u64::MAX / TILE_WIDTH, 255), u64::MAX, true),
        (tile(0, u64::MAX / TILE_WIDTH + 1, 1), u64::MAX, false),
    ] {
        assert_eq!(tile.exists_in(size), exists, "{tile:?} {size}");
    }
}

#[test]
fn what_the_log_does_not_have_is_refused() {
    let leaves = naive::leaves(5);
    let none = |wanted| ReadError::OutOfRange { wanted, size: 5 };
    assert_eq!(inclusion_proof(5, 5, source(&leaves)), Err(none(5)));
    assert_eq!(leaf(5, 5, source(&leaves)), Err(none(5)));
    assert_eq!(consistency_proof(6, 5, source(&leaves)), Err(none(6)));
    let short = |_: TileId| Ok::<_, Infallible>(leaves[..4].to_vec());
    let refused = root(5, short).unwrap_err();
    assert_eq!(refused.to_string(), "tile/0/000.p/5 has 4 hashes, not 5");
    assert_eq!(root(5, |_: TileId| Err::<Vec<Hash>, _>("gone")), Err(ReadError::Source("gone")));
}

proptest! {
    // Each of many sizes is hashed anew by the definition.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_entry_is_proved_and_nothing_else_is(
        count in 1..=SIZES, at in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
    ) {
        let leaves = naive::leaves(count);
        let (index, total, whole) = (at.index(count), size(&leaves), naive::root(&leaves));
        let place = u64::try_from(index).unwrap();
        let proof = inclusion_proof(place, total, source(&leaves)).unwrap();
        prop_assert_eq!(&proof, &naive::inclusion(index, &leaves));
        prop_assert_eq!(leaf(place, total, source(&leaves)), Ok(leaves[index]));
        prop_assert_eq!(verify_inclusion(&leaves[index], place, total, &proof, &whole), Ok(()));

        let elsewhere = other.index(count);
        if elsewhere != index {
            let there = u64::try_from(elsewhere).unwrap();
            prop_assert!(verify_inclusion(&leaves[elsewhere], place, total, &proof, &whole).is_err());
            prop_assert!(verify_inclusion(&leaves[index], there, total, &proof, &whole).is_err());
        }
        for tampered in tampered(&proof) {
            prop_assert!(verify_inclusion(&leaves[index], place, total, &tampered, &whole).is_err());
        }
        let changed = naive::root(&[&leaves[..], &leaves[..1]].concat());
        prop_assert!(verify_inclusion(&leaves[index], place, total, &proof, &changed).is_err());
    }

    #[test]
    fn every_log_is_proved_to_begin_with_each_older_one_and_with_no_other(
        count in 1..=SIZES, at in any::<prop::sample::Index>(), changed in any::<prop::sample::Index>(),
    ) {
        let leaves = naive::leaves(count);
        let older = at.index(count) + 1;
        let (old, new) = (u64::try_from(older).unwrap(), size(&leaves));
        let (before, whole) = (naive::root(&leaves[..older]), naive::root(&leaves));
        let proof = consistency_proof(old, new, source(&leaves)).unwrap();
        prop_assert_eq!(&proof, &naive::consistency(older, &leaves));
        prop_assert_eq!(verify_consistency(old, &before, new, &whole, &proof), Ok(()));

        for tampered in tampered(&proof) {
            prop_assert!(verify_consistency(old, &before, new, &whole, &tampered).is_err());
        }
        let mut rewritten = leaves.clone();
        rewritten[changed.index(older)] = naive::root(&[]);
        let fresh = consistency_proof(old, new, source(&rewritten)).unwrap();
        prop_assert!(
            verify_consistency(old, &before, new, &naive::root(&rewritten), &fresh).is_err()
        );
    }

    #[test]
    fn a_root_follows_from_the_tiles(count in 0..=SIZES) {
        let leaves = naive::leaves(count);
        prop_assert_eq!(root(size(&leaves), source(&leaves)), Ok(naive::root(&leaves)));
    }

    #[test]
    fn checking_a_proof_ends_whatever_it_is_given(
        a in any::<[u8; 32]>(), b in any::<[u8; 32]>(), first in any::<u64>(), second in any::<u64>(),
        proof in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let (a, b) = (Hash::from_bytes(a), Hash::from_bytes(b));
        let proof: Vec<Hash> = proof.into_iter().map(Hash::from_bytes).collect();
        prop_assert!(verify_inclusion(&a, first, second, &proof, &b).is_err());
        prop_assert!(verify_consistency(first.max(1), &a, second, &b, &proof).is_err());
    }

    #[test]
    fn making_a_proof_ends_whatever_the_size(
        first in any::<u64>(), second in any::<u64>(),
    ) {
        let empty = |tile: TileId| Ok::<_, Infallible>(naive::leaves(usize::from(tile.width)));
        prop_assert_eq!(inclusion_proof(first, second, empty).is_ok(), first < second);
        prop_assert_eq!(consistency_proof(first, second, empty).is_ok(), first <= second);
    }
}

/// A proof that lacks a hash, has one too many, or has another in the place of one.
fn tampered(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[proof, &naive::leaves(1)].concat()];
    for at in 0..proof.len() {
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        let mut other = proof.to_vec();
        let mut bytes = *other[at].as_bytes();
        bytes[31] ^= 1;
        other[at] = Hash::from_bytes(bytes);
        all.extend([shorter, other]);
    }
    all
}
