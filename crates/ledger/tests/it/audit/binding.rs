//! A receipt is bound to its transaction, and tiles to the signed root.

use ledger::wrong_tiles;

use super::*;

#[test]
fn a_receipt_is_bound_to_the_transaction_of_its_entry() {
    let entry = entry(4, 3);
    let (leaf_hash_of_it, transaction_id) = (entry.leaf_hash.parse().unwrap(), "t4".to_owned());
    let receipt =
        Receipt { index: 4, leaf_hash: leaf_hash_of_it, transaction_id, says: ledger::Says::default() };
    let found = |receipt: &Receipt, entry: &Entry| receipt.verify_entry(entry).map_err(|error| error.what);
    assert_eq!(found(&receipt, &entry), Ok(()));
    assert_eq!(found(&receipt, &header_alone(entry.clone())), Err(What::HeaderAlone));
    let other = Receipt { transaction_id: "t5".to_owned(), ..receipt.clone() };
    let what = What::OtherTransaction { found: "t4".to_owned(), expected: "t5".to_owned() };
    assert_eq!(found(&other, &entry), Err(what));
    let other = Receipt { leaf_hash: leaf_hash(b"other"), ..receipt.clone() };
    assert_eq!(found(&other, &entry), Err(What::OtherLeaf));
    // What stands beside the body is not what the body commits to.
    let told = Entry { transaction_id: "t5".to_owned(), ..entry };
    let other = Receipt { transaction_id: "t5".to_owned(), ..receipt };
    assert_eq!(found(&other, &told), Err(What::Told("het transactienummer")));
}

#[test]
fn tiles_that_do_not_lead_to_the_signed_root_are_named() {
    for size in [1_u64, 20, 256, 300, 700] {
        let log = Log::of(size);
        let state = log.checkpoint(usize::try_from(size).unwrap());
        let tiles = tiles_for(size, 0..size);
        let right = |tile: TileId| Ok::<_, String>(naive::tile(tile, &log.leaves));
        assert!(wrong_tiles(&state, &tiles, right).is_empty());
        for bad in &tiles {
            let served = |tile: TileId| {
                let mut hashes = naive::tile(tile, &log.leaves);
                if tile == *bad {
                    hashes[0] = leaf_hash(b"other");
                }
                Ok::<_, String>(hashes)
            };
            let wrong = wrong_tiles(&state, &tiles, served);
            assert!(wrong.contains(bad), "{size} {bad:?}: {wrong:?}");
        }
        let first: TileId = *tiles.first().unwrap();
        let gone = |tile: TileId| if tile == first { Err("weg") } else { Ok(naive::tile(tile, &log.leaves)) };
        assert!(wrong_tiles(&state, &tiles, gone).contains(&first));
    }
}

#[test]
fn a_receipt_is_good_in_its_place_and_nowhere_else() {
    let log = Log::of(20);
    let (now, leaf) = (log.checkpoint(20), log.leaves[8]);
    let tiles = |tile: TileId| Ok::<_, String>(naive::tile(tile, &log.leaves));
    for json in [
        format!(r#"{{"ledgerIndex":"8","leafHash":"{leaf}","transactionId":"t8","permit":true}}"#),
        format!(r#"{{"ledgerIndex":8,"leafHash":"{leaf}","transactionId":"t8"}}"#),
        format!(
            r#"{{"observations":[],"decision":{{"leafHash":"{leaf}","ledgerIndex":"8","transactionId":"t8"}}}}"#
        ),
    ] {
        let receipt = Receipt::from_json(&json).unwrap();
        assert_eq!((receipt.index, receipt.transaction_id.as_str()), (8, "t8"));
        assert_eq!(receipt.verify(&now, tiles), Ok(()));
        let elsewhere = Receipt { index: 9, ..receipt.clone() };
        assert_eq!(elsewhere.verify(&now, tiles).unwrap_err().what, What::OtherLeaf);
        let later = Receipt { index: 20, ..receipt };
        assert_eq!(
            later.verify(&now, tiles).unwrap_err().to_string(),
            "ledger-entries/20: het logboek heeft maar 20 regels; deze staat daar niet in"
        );
    }
    let first = Receipt::from_json(&format!(r#"{{"leafHash":"{}"}}"#, log.leaves[0])).unwrap();
    assert_eq!(first.verify(&now, tiles), Ok(()), "an index of 0 may be left out");
    for wrong in ["", "{}", "[]", r#"{"leafHash":"x"}"#, r#"{"ledgerIndex":"-1","leafHash":"00"}"#] {
        assert!(Receipt::from_json(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_entry_that_the_platform_cannot_read_is_named_and_its_place_is_checked() {
    let log = Log::of(20);
    let mut evidence = log.evidence(&[20]);
    let place = evidence.entries.iter().position(|entry| entry.index == 8).unwrap();
    let (name, leaf_hash) = (Entry::name_of(8), evidence.entries[place].leaf_hash.clone());
    evidence.entries[place] = Entry { name, index: 8, leaf_hash, damaged: true, ..Entry::default() };
    let named = |evidence: &Evidence| {
        let report = log.audit(evidence);
        let of_it = report.faults.into_iter().filter(|fault| fault.at == "ledger-entries/8");
        of_it.map(|fault| fault.what).collect::<Vec<_>>()
    };
    assert_eq!(named(&evidence), [What::Damaged]);
    evidence.entries[place].leaf_hash = ledger::leaf_hash(b"other").to_string();
    assert_eq!(named(&evidence), [What::Damaged, What::OtherLeaf]);
}
