//! The log as tools of others read it: with another implementation of the formats of C2SP.

use std::collections::HashMap;

use e2e::exchange::{Member, PURPOSE, agree, announce, deliver};
use e2e::http::Http;
use e2e::parties::{GGD, WELLER};
use e2e::platform::Platform;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record,
    prove_tree,
};

const OBSERVATIONS: &str = "/v1/datasets/weller-betalingsachterstand/observations";
/// Tiles are 2^8 hashes wide.
const HEIGHT: u8 = 8;
/// Enough answers, each with a decision and a delivery, to fill a tile and begin the next.
const ANSWERS: usize = 140;

/// The tiles of the log, as they were served.
struct Served(HashMap<Tile, Vec<u8>>);

impl Served {
    /// Everything that there is for a log of this size.
    async fn all(anybody: &Http, size: u64) -> Self {
        let mut tiles = HashMap::new();
        for tile in Tile::new_tiles(HEIGHT, 0, size) {
            // Paths of C2SP leave out the height.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let answer = anybody.get(&format!("/v1/ledger/{path}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            tiles.insert(tile, answer.body.to_vec());
        }
        Self(tiles)
    }
}

impl TileReader for Served {
    fn height(&self) -> u8 {
        HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        tiles.iter().map(|tile| self.0.get(tile).cloned().ok_or(Error::InvalidTile)).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// The checkpoint of now, if the key of the log signed it.
async fn checkpoint(anybody: &Http, key: &str) -> Checkpoint {
    let text = anybody.get("/v1/ledger/checkpoint").await.body;
    let note = Note::from_bytes(&text).expect("a signed note");
    let verifier = StandardVerifier::new(key.trim()).expect("a verifier key");
    let (good, unknown) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).expect("signed");
    assert_eq!((good.len(), unknown.len()), (1, 0));
    Checkpoint::from_bytes(note.text()).expect("a checkpoint")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_implementation_verifies_checkpoints_receipts_and_growth() {
    let platform = Platform::one_process();
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let agreement = agree(&weller, &ggd).await;
    let anybody = Http::new(&platform.url());
    let key = anybody.get("/v1/ledger/verifier-key").await.text();
    let older = checkpoint(&anybody, &key).await;

    let partner = anybody.with_token(&platform.issuer.token(GGD));
    let query = format!("{OBSERVATIONS}?agreement={}&purpose={PURPOSE}", agreement.name);
    let mut receipts = Vec::new();
    for _ in 0..ANSWERS {
        let answer = partner.get(&query).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let decision = &answer.json()["decision"];
        let index: u64 = decision["ledgerIndex"].as_str().expect("an index").parse().expect("a number");
        let leaf: ledger::Hash = decision["leafHash"].as_str().expect("a hash").parse().expect("64 digits");
        receipts.push((index, Hash(*leaf.as_bytes())));
    }

    let newer = checkpoint(&anybody, &key).await;
    let size = newer.size();
    assert!(size > 256 && older.size() < size, "{} to {size}", older.size());
    assert_eq!(older.origin(), newer.origin());
    let served = Served::all(&anybody, size).await;
    let reader = TileHashReader::new(size, *newer.hash(), &served);
    for (index, leaf) in &receipts {
        let proof = prove_record(size, *index, &reader).expect("a proof");
        check_record(&proof, size, *newer.hash(), *index, *leaf).expect("the receipt is in the log");
    }
    let (index, other) = (receipts[0].0, receipts[1].1);
    let proof = prove_record(size, index, &reader).expect("a proof");
    assert!(check_record(&proof, size, *newer.hash(), index, other).is_err(), "another leaf");
    let proof = prove_tree(size, older.size(), &reader).expect("a proof");
    check_tree(&proof, size, *newer.hash(), older.size(), *older.hash()).expect("the log only grew");
    assert!(check_tree(&proof, size, *newer.hash(), older.size(), *newer.hash()).is_err());
}
