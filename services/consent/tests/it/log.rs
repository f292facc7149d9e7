//! The ledger as a public log: what anybody can check from its checkpoints and tiles.

use std::collections::HashMap;

use ledger::{
    Checkpoint, Hash, NoteVerifier, SignedNote, TileId, TilePath, consistency_proof, inclusion_proof,
    leaf_hash, parse_entry_bundle, tiles_of, verify_consistency, verify_inclusion,
};
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::seed;
use crate::world::{self, World, fields, refusal};

async fn text(world: &World, what: &str) -> String {
    let mut log = world.log(Caller::Anonymous);
    let body = match what {
        "checkpoint" => log.get_checkpoint(GetCheckpointRequest {}).await.unwrap().into_inner(),
        _ => log.get_verifier_key(GetVerifierKeyRequest {}).await.unwrap().into_inner(),
    };
    assert_eq!(body.content_type, "text/plain; charset=utf-8");
    String::from_utf8(body.data).unwrap()
}

async fn verifier(world: &World) -> NoteVerifier {
    text(world, "key").await.trim().parse().unwrap()
}

/// The checkpoint of now, with its signature checked.
async fn checkpoint(world: &World) -> Checkpoint {
    let note: SignedNote = text(world, "checkpoint").await.parse().unwrap();
    assert_eq!(verifier(world).await.verify(&note), Ok(None));
    note.text.parse().unwrap()
}

async fn file(world: &World, path: &str) -> Result<Vec<u8>, Status> {
    let request = GetTileRequest { path: path.to_owned() };
    let answer = world.log(Caller::Anonymous).get_tile(request).await?;
    assert_eq!(answer.metadata().get("cache-control").unwrap(), "public, max-age=604800, immutable");
    let body = answer.into_inner();
    assert_eq!(body.content_type, "application/octet-stream");
    Ok(body.data)
}

type Tiles = HashMap<TileId, Vec<Hash>>;

/// All tiles of a log of this size, as a reader gets them.
async fn tiles(world: &World, size: u64) -> Tiles {
    let mut tiles = Tiles::new();
    for tile in tiles_of(size) {
        let bytes = file(world, &TilePath::Hashes(tile).to_string()).await.unwrap();
        let hashes = bytes.chunks(32).map(|hash| Hash::from_bytes(hash.try_into().unwrap()));
        tiles.insert(tile, hashes.collect());
    }
    tiles
}

fn from(tiles: &Tiles) -> impl FnMut(TileId) -> Result<Vec<Hash>, String> {
    |tile| tiles.get(&tile).cloned().ok_or_else(|| format!("{tile:?}"))
}

/// As many entries as this, by decisions.
async fn grow(world: &World, agreement: &str, to: u64) {
    while checkpoint(world).await.size < to {
        let left = to - checkpoint(world).await.size;
        let mut tasks = Vec::new();
        for _ in 0..left {
            let (mut client, request) = (world.decisions(), world.request(agreement));
            tasks.push(tokio::spawn(async move { client.decide(request).await.unwrap() }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_reader_computes_the_root_from_the_tiles_and_finds_its_entries() {
    for world in world::worlds().await {
        assert_eq!(checkpoint(&world).await.root, ledger::EMPTY_ROOT, "{}", world.kind);
        let active = world.active().await;
        grow(&world, &active.name, 300).await;
        let checkpoint = checkpoint(&world).await;
        assert_eq!(
            (checkpoint.size, checkpoint.origin.as_str()),
            (300, "alliantie.nl/brunssum-noord-en-oost")
        );
        let tiles = tiles(&world, 300).await;
        assert_eq!(tiles.len(), 3, "tile/0/000, tile/0/001.p/44 and tile/1/000.p/1");
        assert_eq!(ledger::root(300, from(&tiles)), Ok(checkpoint.root));
        let mut leaves = Vec::new();
        for path in ["tile/entries/000", "tile/entries/001.p/44"] {
            leaves.extend(parse_entry_bundle(&file(&world, path).await.unwrap()).unwrap());
        }
        assert_eq!(leaves.len(), 300);
        let entries = world.entries(Caller::Ggd).await;
        assert_eq!(entries.len(), 299);
        for entry in [&entries[0], &entries[255], &entries[298]] {
            let index = u64::try_from(entry.index).unwrap();
            let leaf = leaf_hash(&leaves[usize::try_from(index).unwrap()]);
            assert_eq!(leaf.to_string(), entry.leaf_hash);
            let proof = inclusion_proof(index, 300, from(&tiles)).unwrap();
            verify_inclusion(&leaf, index, 300, &proof, &checkpoint.root).unwrap();
        }
        assert_eq!(world.verify().await.unwrap().root, checkpoint.root);
    }
}

#[tokio::test]
async fn every_checkpoint_is_consistent_with_every_earlier_one() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut seen = vec![checkpoint(&world).await];
        for size in [5, 8, 255, 256, 257, 511, 520] {
            grow(&world, &active.name, size).await;
            let new = checkpoint(&world).await;
            let tiles = tiles(&world, new.size).await;
            for old in &seen {
                let proof = consistency_proof(old.size, new.size, from(&tiles)).unwrap();
                verify_consistency(old.size, &old.root, new.size, &new.root, &proof).unwrap();
            }
            seen.push(new);
        }
        // The same log has the same checkpoint.
        assert_eq!(text(&world, "checkpoint").await, text(&world, "checkpoint").await, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_tile_that_the_log_has_not_is_not_found_and_what_is_no_path_is_refused() {
    for world in world::worlds().await {
        world.active().await;
        assert_eq!(file(&world, "tile/0/000.p/4").await.unwrap().len(), 4 * 32, "{}", world.kind);
        assert_eq!(file(&world, "tile/0/000.p/2").await.unwrap().len(), 2 * 32, "as it was before");
        assert_eq!(file(&world, "tile/entries/000.p/4").await.unwrap().len(), 4 * (2 + 64));
        let missing = [
            "tile/0/000",
            "tile/0/000.p/5",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/1",
            "tile/0/x018/x446/x744/x073/x709/x551/615",
            "tile/63/000",
        ];
        for path in missing {
            let status = file(&world, path).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::NotFound, "NOT_FOUND".to_owned()), "{path}");
        }
        for path in [
            "",
            "tile",
            "tile/0",
            "tile/0/0",
            "tile/64/000",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/data/000",
        ] {
            assert_eq!(fields(&file(&world, path).await.unwrap_err()), ["path"], "{path}");
        }
    }
}

#[tokio::test]
async fn writers_in_two_processes_and_after_a_restart_keep_one_gapless_log() {
    for world in world::worlds().await {
        let active = world.active().await;
        let (other, shutdown) = world.another_process().await;
        let mut tasks = Vec::new();
        for number in 0..400 {
            let request = world.request(&active.name);
            let mut client = match number % 2 {
                0 => world.decisions(),
                _ => DecisionServiceClient::new(other.called_as(Caller::Service("indicators"))),
            };
            tasks.push(tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(number)).await;
                client.decide(request).await.unwrap().into_inner()
            }));
        }
        let mut places = Vec::new();
        for task in tasks {
            let decided = task.await.unwrap();
            places.push((u64::try_from(decided.ledger_index).unwrap(), decided.leaf_hash));
        }
        places.sort();
        assert!((4..404).eq(places.iter().map(|(index, _)| *index)), "{}", world.kind);
        let before = checkpoint(&world).await;
        assert_eq!(before.size, 404);
        let tiles_before = tiles(&world, 404).await;
        assert_eq!(ledger::root(404, from(&tiles_before)), Ok(before.root));
        for (index, leaf) in &places {
            assert_eq!(ledger::leaf(*index, 404, from(&tiles_before)).unwrap().to_string(), *leaf);
        }
        shutdown.tell();
        let (restarted, shutdown) = world.another_process().await;
        let mut client = DecisionServiceClient::new(restarted.called_as(Caller::Service("indicators")));
        for index in 404..520 {
            let decided = client.decide(world.request(&active.name)).await.unwrap().into_inner();
            assert_eq!(decided.ledger_index, index);
        }
        let after = checkpoint(&world).await;
        let tiles = tiles(&world, after.size).await;
        let proof = consistency_proof(404, after.size, from(&tiles)).unwrap();
        verify_consistency(404, &before.root, after.size, &after.root, &proof).unwrap();
        world.verify().await.unwrap();
        shutdown.tell();
    }
}

#[tokio::test]
async fn a_log_goes_past_65_536_entries() {
    for world in world::worlds().await {
        seed::releases(&world, 65_530).await;
        let old = checkpoint(&world).await;
        let active = world.active().await;
        grow(&world, &active.name, 65_540).await;
        let new = checkpoint(&world).await;
        assert_eq!((new.size, world.verify().await.unwrap().root), (65_540, new.root), "{}", world.kind);
        assert_eq!(file(&world, "tile/1/000").await.unwrap().len(), 256 * 32);
        assert_eq!(file(&world, "tile/2/000.p/1").await.unwrap().len(), 32);
        assert_eq!(file(&world, "tile/0/256.p/4").await.unwrap().len(), 4 * 32);
        let tiles = tiles(&world, new.size).await;
        assert_eq!(ledger::root(new.size, from(&tiles)), Ok(new.root));
        let proof = consistency_proof(old.size, new.size, from(&tiles)).unwrap();
        verify_consistency(old.size, &old.root, new.size, &new.root, &proof).unwrap();
    }
}

#[tokio::test]
async fn a_statement_counts_what_an_organisation_may_see() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.decide(world.request(&active.name)).await;
        let draft = world.create(world::content()).await;
        let stranger = DecideRequest { recipient_oin: Caller::WonenZuid.oin().into(), ..world.request("") };
        world.decide(stranger).await;
        let mut agreements = [format!("{} 4\n", active.name), format!("{} 0\n", draft.name)];
        agreements.sort();
        let now = checkpoint(&world).await;
        for (party, entries, agreements) in [
            (Caller::Weller, 7, agreements.concat()),
            (Caller::Ggd, 4, format!("{} 4\n", active.name)),
            (Caller::WonenZuid, 1, String::new()),
        ] {
            let answer = world.log(party).get_ledger_statement(GetLedgerStatementRequest {}).await.unwrap();
            let note: SignedNote = answer.into_inner().note.parse().unwrap();
            assert_eq!(verifier(&world).await.verify(&note), Ok(None));
            let lines: Vec<String> = now.to_string().lines().map(str::to_owned).collect();
            let expected = format!(
                "{}/statement\n{}\n{}\n{}\nentries {entries}\n{agreements}",
                lines[0],
                party.oin(),
                lines[1],
                lines[2]
            );
            assert_eq!(note.text, expected, "{}", world.kind);
            assert_eq!(world.entries(party).await.len(), entries);
            // It is no checkpoint, although the same key signs it.
            assert!(note.text.parse::<Checkpoint>().is_err());
        }
    }
}
