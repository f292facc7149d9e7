//! The published vectors of RFC 6962: the eight leaves of the Certificate Transparency tests
//! (<https://github.com/google/certificate-transparency>, merkle_tree_test.cc; the same in
//! <https://github.com/transparency-dev/merkle>, testonly/constants.go).

use ledger::{
    EMPTY_ROOT, Frontier, Hash, ProofError, consistency_proof, inclusion_proof, leaf_hash, subtree_root,
    verify_consistency, verify_inclusion,
};

const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// The roots of the logs with the first leaf, the first two, and so on.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Proofs that are good and proofs that are not; the file says where they are from.
const PROOFS: &str = include_str!("../vectors/proofs.txt");

struct Vector<'a> {
    kind: &'a str,
    good: bool,
    /// The index, or the older size.
    first: u64,
    /// The size.
    second: u64,
    /// The leaf hash, or the older root.
    from: Hash,
    root: Hash,
    proof: Vec<Hash>,
    line: &'a str,
}

fn vectors() -> Vec<Vector<'static>> {
    PROOFS.lines().filter(|line| !line.starts_with('#')).map(vector).collect()
}

fn vector(line: &str) -> Vector<'_> {
    let parts: Vec<&str> = line.split('|').collect();
    let hashes = Some(parts[6]).filter(|proof| *proof != "-").into_iter().flat_map(|proof| proof.split(','));
    Vector {
        kind: parts[0],
        good: parts[1] == "ok",
        first: parts[2].parse().unwrap(),
        second: parts[3].parse().unwrap(),
        from: parts[4].parse().unwrap(),
        root: parts[5].parse().unwrap(),
        proof: hashes.map(|hash| hash.parse().unwrap()).collect(),
        line,
    }
}

#[test]
fn the_roots_are_those_of_certificate_transparency() {
    assert_eq!(EMPTY_ROOT.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let mut frontier = Frontier::empty();
    assert_eq!(frontier.root(), EMPTY_ROOT);
    for (leaf, root) in LEAVES.iter().zip(ROOTS) {
        frontier.append(leaf_hash(leaf));
        assert_eq!(frontier.root().to_string(), root);
    }
}

#[test]
fn published_proofs_are_made_and_good_and_the_bad_ones_are_refused() {
    let leaves = LEAVES.map(leaf_hash);
    let tile = |tile: ledger::TileId| Ok::<_, ProofError>(leaves[..usize::from(tile.width)].to_vec());
    let (mut good, mut bad) = (0, 0);
    for Vector { kind, good: expected, first, second, from, root, proof, line } in vectors() {
        let checked = match kind {
            "inclusion" => verify_inclusion(&from, first, second, &proof, &root),
            _ => verify_consistency(first, &from, second, &root, &proof),
        };
        assert_eq!(checked.is_ok(), expected, "{checked:?} {line}");
        let leaves = usize::try_from(second).ok().and_then(|size| leaves.get(..size));
        match (expected, leaves.map(subtree_root)) {
            (true, Some(whole)) if whole == root => {
                let made = match kind {
                    "inclusion" => inclusion_proof(first, second, tile),
                    _ => consistency_proof(first, second, tile),
                };
                assert_eq!(made, Ok(proof), "{line}");
                good += 1;
            }
            (true, _) => {}
            (false, _) => bad += 1,
        }
    }
    assert!(good >= 8 && bad >= 100, "{good} good and {bad} bad proofs were read");
}

#[test]
fn every_log_begins_with_the_empty_one_and_with_itself() {
    let root: Hash = ROOTS[7].parse().unwrap();
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 8, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(8, &root, 8, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &root, 8, &root, &[]), Err(ProofError::OldRoot));
    assert_eq!(verify_consistency(8, &EMPTY_ROOT, 8, &root, &[]), Err(ProofError::NewRoot));
    assert_eq!(verify_consistency(9, &root, 8, &root, &[]), Err(ProofError::Shrunk { old: 9, new: 8 }));
}
