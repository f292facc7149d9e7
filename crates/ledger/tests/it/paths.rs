//! The names of tiles, bundles of entries, and what an entry's leaf is.

use ledger::{
    BundleError, Hash, NotAHash, NotATilePath, Salt, TileId, TilePath, commitment, entry_bundle, leaf_data,
    parse_entry_bundle,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn paths_are_those_of_tlog_tiles() {
    let hashes = |level, number, width| TilePath::Hashes(TileId { level, number, width });
    let entries = |number, width| TilePath::Entries { number, width };
    for (path, tile) in [
        // The example in the specification: number 1234067 is x001/x234/067.
        ("tile/0/x001/x234/067", hashes(0, 1_234_067, 256)),
        ("tile/0/x001/x234/067.p/8", hashes(0, 1_234_067, 8)),
        ("tile/0/000", hashes(0, 0, 256)),
        ("tile/1/000.p/1", hashes(1, 0, 1)),
        ("tile/5/x123/x456/078.p/255", hashes(5, 123_456_078, 255)),
        ("tile/63/999", hashes(63, 999, 256)),
        ("tile/0/x001/000", hashes(0, 1000, 256)),
        ("tile/0/x018/x446/x744/x073/x709/x551/615", hashes(0, u64::MAX, 256)),
        ("tile/entries/000.p/3", entries(0, 3)),
        ("tile/entries/x003/x057/500", entries(3_057_500, 256)),
    ] {
        assert_eq!(path.parse(), Ok(tile));
        assert_eq!(tile.to_string(), path);
    }
}

#[test]
fn a_tile_has_one_path() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/256/000",
        "tile/data/000",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/0/x001",
        "tile/0/x001/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/+1",
        "tile/0/000.p/1.p/1",
        "tile/0/000.P/1",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/xééé/000",
        "tile/0/é",
        "tile/entries/",
        "TILE/0/000",
        " tile/0/000",
        "tile/0/000 ",
        "tile/0/x1/000",
        "tile/0/../000",
    ] {
        assert_eq!(path.parse::<TilePath>(), Err(NotATilePath), "{path}");
    }
}

#[test]
fn a_bundle_has_the_length_before_each_entry() {
    let bundle = entry_bundle([&b"ab"[..], b"", b"c"]).unwrap();
    assert_eq!(bundle, b"\x00\x02ab\x00\x00\x00\x01c");
    assert_eq!(parse_entry_bundle(&bundle), Ok(vec![b"ab".to_vec(), Vec::new(), b"c".to_vec()]));
    assert_eq!(parse_entry_bundle(b""), Ok(Vec::new()));
    for cut_off in [&b"\x00"[..], b"\x00\x01", b"\x00\x02a", b"\x00\x00\x00"] {
        assert_eq!(parse_entry_bundle(cut_off), Err(BundleError::CutOff));
    }
    assert_eq!(entry_bundle([&vec![0; 65_536][..]]), Err(BundleError::TooLong));
}

#[test]
fn a_leaf_is_the_two_commitments_and_a_commitment_covers_salt_and_text() {
    let salt = Salt::from_bytes([7; 32]);
    let header = commitment(&salt, b"header");
    assert_eq!(header.as_bytes()[..], Sha256::digest([&[7; 32][..], b"header"].concat())[..]);
    let body = commitment(&Salt::from_bytes([8; 32]), b"body");
    assert_eq!(leaf_data(&header, &body)[..], [*header.as_bytes(), *body.as_bytes()].concat());
    assert_ne!(commitment(&Salt::from_bytes([9; 32]), b"header"), header);
}

#[test]
fn hashes_and_salts_are_64_lower_case_digits_and_nothing_else() {
    let text = "0123456789abcdef".repeat(4);
    assert_eq!(text.parse::<Hash>().unwrap().to_string(), text);
    assert_eq!(text.parse::<Salt>().unwrap().to_string(), text);
    for wrong in
        ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"A".repeat(64), &"é".repeat(32)]
    {
        assert_eq!(wrong.parse::<Hash>(), Err(NotAHash), "{wrong}");
        assert_eq!(wrong.parse::<Salt>(), Err(NotAHash), "{wrong}");
    }
}

/// Texts that are nearly paths.
const PATHS: &str = "tile/(entries|[0-9]{1,2})(/x?[0-9]{3}){1,3}(\\.p/[0-9]{1,3})?";

proptest! {
    #[test]
    fn every_tile_that_has_a_path_is_read_from_it(
        level in 0..=63_u8, number in any::<u64>(), width in 1..=256_u16, entries in any::<bool>(),
    ) {
        let tile = if entries {
            TilePath::Entries { number, width }
        } else {
            TilePath::Hashes(TileId { level, number, width })
        };
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn what_is_read_as_a_path_is_written_the_same(path in PATHS) {
        if let Ok(tile) = path.parse::<TilePath>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn any_text_is_a_path_or_not(path in "\\PC{0,40}") {
        if let Ok(tile) = path.parse::<TilePath>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn any_bytes_are_a_bundle_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(entries) = parse_entry_bundle(&bytes) {
            prop_assert_eq!(entry_bundle(entries.iter().map(Vec::as_slice)), Ok(bytes));
        }
    }
}
