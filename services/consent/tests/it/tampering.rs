//! A ledger that was changed in the database is found out, and the first wrong entry is named.

use consent::{Fault, VerifyError};
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::{
    Agreement, GetLedgerEntryRequest, LedgerEntry, Protection, RecordMasksRequest, ReleaseMask,
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::Party as Caller;

use crate::seed;
use crate::world::{self, World};

async fn run(world: &World, sql: &str) {
    world.test.database.pool().execute_unprepared(sql).await.unwrap();
}

/// A text in the database.
async fn value(world: &World, column: &str, rows: &str) -> String {
    let pool = world.test.database.pool();
    let sql = format!("SELECT {column} FROM {rows}");
    let statement = Statement::from_string(pool.get_database_backend(), sql);
    pool.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// The first wrong entry, and what is wrong with it.
async fn found(world: &World) -> (u64, Fault) {
    match world.verify().await {
        Err(VerifyError::Broken { index, fault }) => (index, fault),
        other => panic!("{}: {other:?}", world.kind),
    }
}

/// Changes one text, expects that it is found, and changes it back.
async fn changed(world: &World, column: &str, rows: &str, to: &str, at: u64, fault: &str) {
    let table = rows.split(' ').next().unwrap();
    let place = rows.split_once(" WHERE ").map_or("id = 1", |(_, place)| place);
    let before = value(world, column, rows).await;
    assert_ne!(before, to);
    let set =
        |text: &str| format!("UPDATE {table} SET {column} = '{}' WHERE {place}", text.replace('\'', "''"));
    run(world, &set(to)).await;
    let (index, found) = found(world).await;
    let found = found.to_string();
    assert!(index == at && found.contains(fault), "{} {column} {rows}: {index} {found}", world.kind);
    run(world, &set(&before)).await;
    world.verify().await.unwrap();
}

/// 261 entries, so that one tile is full: 256 of releases, then those of an agreement and a permit.
async fn ledger(world: &World) -> Vec<LedgerEntry> {
    seed::releases(world, 256).await;
    let active = world.active().await;
    world.decide(world.request(&active.name)).await;
    assert_eq!(world.verify().await.unwrap().size, 261);
    world.entries(Caller::PrivacyOfficer).await
}

#[tokio::test]
async fn whatever_is_changed_is_found() {
    for world in world::worlds().await {
        let entries = ledger(&world).await;
        let zeros = "0".repeat(64);
        // In a full tile and after it.
        for (at, entry) in [(7, &entries[7]), (260, &entries[260])] {
            let rows = format!("ledger_entry WHERE position = {at}");
            let header = entry.header_json.replace("2026", "2027");
            changed(&world, "header_json", &rows, &header, at, "is niet wat is vastgelegd").await;
            let body = entry.body_json.replace("datasets/", "datasetz/");
            changed(&world, "body_json", &rows, &body, at, "is niet wat is vastgelegd").await;
            changed(&world, "header_salt", &rows, &zeros, at, "is niet wat is vastgelegd").await;
            changed(&world, "body_salt", &rows, "x", at, "is niet wat is vastgelegd").await;
            let hash =
                if at == 7 { "de vingerafdruk van de regel is niet" } else { "is niet wat is vastgelegd" };
            changed(&world, "leaf_hash", &rows, &zeros, at, hash).await;
            changed(&world, "leaf_hash", &rows, "", at, hash).await;
            for column in ["header_commitment", "body_commitment"] {
                changed(&world, column, &rows, &zeros, at, "een vingerafdruk naast de kop en de inhoud")
                    .await;
                changed(&world, column, &rows, "x", at, "een vingerafdruk naast de kop en de inhoud").await;
            }
            changed(&world, "transaction_id", &rows, "x", at, "waarop de regel wordt gezocht").await;
            changed(&world, "kind", &rows, "DELIVERED", at, "waarop de regel wordt gezocht").await;
        }
        let other = value(&world, "leaf_hash", "ledger_entry WHERE position = 5").await;
        let hashes = value(&world, "hashes", "ledger_tile").await;
        let third = entries[3].leaf_hash.clone();
        let tile = hashes.replace(&third, &other);
        let rows = "ledger_tile WHERE number = 0";
        changed(&world, "hashes", rows, &tile, 3, "tile/0/000 heeft op deze plaats een andere vingerafdruk")
            .await;
        changed(&world, "hashes", rows, "x", 0, "tile/0/000 heeft op deze plaats een andere vingerafdruk")
            .await;
        changed(&world, "root", rows, &zeros, 0, "de wortel van tile/0/000").await;
        let frontier = value(&world, "frontier", "ledger_head").await;
        assert_eq!(frontier.len(), 3 * 64, "256 + 4 + 1 entries");
        let (first, rest) = frontier.split_at(64);
        let parts = [first, rest.split_at(64).0, rest.split_at(64).1];
        for (head, at) in [
            ([&zeros, parts[1], parts[2]], 0),
            ([parts[0], &zeros, parts[2]], 256),
            ([parts[0], parts[1], &zeros], 260),
        ] {
            changed(&world, "frontier", "ledger_head", &head.concat(), at, "de stand van het logboek").await;
        }
    }
}

#[tokio::test]
async fn who_may_read_an_entry_cannot_be_changed_unseen() {
    for world in world::worlds().await {
        ledger(&world).await;
        let ggd = Caller::Ggd.oin();
        let at = |oin: &str| format!("oin = '{oin}' AND position = 260");
        run(&world, &format!("DELETE FROM ledger_party WHERE {}", at(ggd))).await;
        assert_eq!(found(&world).await, (260, Fault::Readers), "{}", world.kind);
        run(&world, &format!("INSERT INTO ledger_party (oin, position, whole) VALUES ('{ggd}', 260, FALSE)"))
            .await;
        assert_eq!(found(&world).await, (260, Fault::Readers));
        run(&world, &format!("UPDATE ledger_party SET whole = TRUE WHERE {}", at(ggd))).await;
        world.verify().await.unwrap();
        run(
            &world,
            "INSERT INTO ledger_party (oin, position, whole) VALUES ('00000099000000003000', 260, FALSE)",
        )
        .await;
        assert_eq!(found(&world).await, (260, Fault::Readers));
    }
}

#[tokio::test]
async fn a_reader_of_an_entry_that_is_not_there_is_found() {
    for world in world::worlds().await {
        ledger(&world).await;
        for position in ["261", "-1"] {
            let reader = format!("('{}', {position}, FALSE)", Caller::Ggd.oin());
            run(&world, &format!("INSERT INTO ledger_party (oin, position, whole) VALUES {reader}")).await;
            assert_eq!(found(&world).await, (261, Fault::ReadBeyond), "{} {position}", world.kind);
            run(&world, &format!("DELETE FROM ledger_party WHERE position = {position}")).await;
        }
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn entries_that_changed_places_are_found() {
    for world in world::worlds().await {
        ledger(&world).await;
        let columns = "kind = b.kind, agreement = b.agreement, transaction_id = b.transaction_id, \
            header_json = b.header_json, header_salt = b.header_salt, body_json = b.body_json, \
            header_commitment = b.header_commitment, body_commitment = b.body_commitment, \
            body_salt = b.body_salt, leaf_hash = b.leaf_hash";
        let swap = async |one: u64, other: u64| {
            let copy = "CREATE TABLE copy AS SELECT * FROM ledger_entry";
            run(&world, copy).await;
            for (to, from) in [(one, other), (other, one)] {
                run(&world, &format!("UPDATE ledger_entry SET {columns} FROM copy b WHERE ledger_entry.position = {to} AND b.position = {from}")).await;
            }
            run(&world, "DROP TABLE copy").await;
        };
        swap(5, 9).await;
        assert_eq!(found(&world).await.0, 5, "{}", world.kind);
        swap(5, 9).await;
        world.verify().await.unwrap();
        swap(258, 259).await;
        assert_eq!(found(&world).await, (258, Fault::Place(259)));
    }
}

#[tokio::test]
async fn what_is_missing_or_added_is_found() {
    for world in world::worlds().await {
        ledger(&world).await;
        let size = |size: u64| format!("UPDATE ledger_head SET size = {size}");
        // A head of another size has another frontier, or none that goes with it.
        run(&world, &size(260)).await;
        assert!(matches!(world.verify().await, Err(VerifyError::Store(_))), "{}", world.kind);
        run(&world, &size(262)).await;
        assert_eq!(found(&world).await, (261, Fault::Missing));
        run(&world, &size(261)).await;
        run(&world, "INSERT INTO ledger_entry (position, kind, agreement, transaction_id, header_json, header_salt, header_commitment, body_json, body_salt, body_commitment, leaf_hash) SELECT 261, kind, agreement, transaction_id, header_json, header_salt, header_commitment, body_json, body_salt, body_commitment, leaf_hash FROM ledger_entry WHERE position = 260").await;
        assert_eq!(found(&world).await, (261, Fault::Beyond));
        run(&world, "DELETE FROM ledger_entry WHERE position = 261").await;
        world.verify().await.unwrap();

        run(&world, "DELETE FROM ledger_party WHERE position = 260").await;
        run(&world, "DELETE FROM ledger_entry WHERE position = 260").await;
        assert_eq!(found(&world).await, (260, Fault::Missing));
        run(&world, "DELETE FROM ledger_tile").await;
        assert_eq!(found(&world).await, (0, Fault::TileMissing("tile/0/000".parse().unwrap())));
        run(&world, "DELETE FROM ledger_entry WHERE position = 100").await;
        assert_eq!(found(&world).await, (100, Fault::Missing));
    }
}

#[tokio::test]
async fn the_number_of_entries_beside_an_agreement_cannot_be_changed_unseen() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.decide(world.request(&active.name)).await;
        world.verify().await.unwrap();
        for (change, number) in [("entries = 3", 3), ("entries = entries + 2", 5)] {
            run(&world, &format!("UPDATE agreement SET {change}")).await;
            match world.verify().await {
                Err(VerifyError::Agreement { agreement, kept, found }) => {
                    assert_eq!((agreement, kept, found), (active.name.clone(), number, 4), "{}", world.kind);
                }
                other => panic!("{}: {other:?}", world.kind),
            }
        }
        run(&world, "UPDATE agreement SET entries = 4").await;
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn only_what_is_about_a_draft_has_no_number() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.decide(world.request(&active.name)).await;
        let last = world.entries(Caller::PrivacyOfficer).await.pop().unwrap();
        assert_eq!((last.index, last.agreement_sequence), (4, 4));
        // Entered anew with another number, and everything that is made from it.
        for number in [0, 5] {
            let other = format!("\"agreement_sequence\":{number}");
            enter_anew(&world, &last, "\"agreement_sequence\":4", &other).await;
            assert_eq!(
                found(&world).await,
                (4, Fault::Number { found: number, expected: 4 }),
                "{}",
                world.kind
            );
        }
    }
}

/// Changes the header of the last of five entries, and everything that is made from it, as somebody
/// would who knows the scheme. The answer is the hash of its leaf.
async fn enter_anew(world: &World, last: &LedgerEntry, part: &str, to: &str) -> String {
    let header_json = last.header_json.replace(part, to);
    assert_ne!(header_json, last.header_json);
    let header = ledger::commitment(&last.header_salt.parse().unwrap(), header_json.as_bytes());
    let leaf = ledger::leaf_hash(&ledger::leaf_data(&header, &last.body_commitment.parse().unwrap()));
    run(world, &format!("UPDATE ledger_entry SET header_json = '{header_json}', header_commitment = '{header}', leaf_hash = '{leaf}' WHERE position = 4")).await;
    run(world, &format!("UPDATE ledger_head SET frontier = SUBSTR(frontier, 1, 64) || '{leaf}'")).await;
    leaf.to_string()
}

#[tokio::test]
async fn every_entry_follows_the_one_before_it_of_its_agreement() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.decide(world.request(&active.name)).await;
        let entries = world.entries(Caller::PrivacyOfficer).await;
        let (before, last) = (entries[3].leaf_hash.clone(), &entries[4]);
        let said = format!("\"previous\":\"{before}\",");
        for other in [String::new(), said.replace(&before, &entries[2].leaf_hash)] {
            enter_anew(&world, last, &said, &other).await;
            assert_eq!(found(&world).await, (4, Fault::Previous), "{}", world.kind);
        }
        let agreement = active.name.clone();
        let leaf = enter_anew(&world, last, "\"index\":4", " \"index\":4").await;
        let wrong = VerifyError::AgreementLast { agreement, last: 4 }.to_string();
        assert_eq!(world.verify().await.unwrap_err().to_string(), wrong);
        run(&world, &format!("UPDATE agreement SET last_leaf = '{leaf}'")).await;
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_entered_after_an_entry_that_is_not_known() {
    for world in world::worlds().await {
        let active = world.active().await;
        assert!(world.decide(world.request(&active.name)).await.permitted);
        let whole = world.entries(Caller::PrivacyOfficer).await;
        let kept = format!("'{}'", whole[4].leaf_hash);
        let (other, shutdown) = world.another_process().await;
        let mut elsewhere = DecisionServiceClient::new(other.called_as(Caller::Service("indicators")));
        // That of an entry before it, that of none, and what is no hash.
        let (before, none) = (format!("'{}'", whole[3].leaf_hash), format!("'{}'", "0".repeat(64)));
        for last in [&before, &none, "NULL", "'x'", "''"] {
            run(&world, &format!("UPDATE agreement SET last_leaf = {last}")).await;
            let wrong = VerifyError::AgreementLast { agreement: active.name.clone(), last: 4 }.to_string();
            assert_eq!(world.verify().await.unwrap_err().to_string(), wrong, "{last}");
            let refused = world.decide(world.request(&active.name)).await;
            assert_eq!(world::reasons(&refused), ["AGREEMENT_DAMAGED"], "{} {last}", world.kind);
            let refused = elsewhere.decide(world.request(&active.name)).await.unwrap().into_inner();
            assert_eq!(world::reasons(&refused), ["AGREEMENT_DAMAGED"], "{} {last}", world.kind);
        }
        run(&world, "UPDATE agreement SET entries = 0, last_leaf = NULL").await;
        assert!(!world.decide(world.request(&active.name)).await.permitted);
        assert_eq!(about_agreements(&world).await, whole);
        run(&world, &format!("UPDATE agreement SET entries = 4, last_leaf = {kept}")).await;
        // By turns: each follows what the other one entered.
        for _ in 0..2 {
            assert!(world.decide(world.request(&active.name)).await.permitted, "{}", world.kind);
            assert!(elsewhere.decide(world.request(&active.name)).await.unwrap().into_inner().permitted);
        }
        world.revoke(&active, Caller::Ggd).await.unwrap();
        world.verify().await.unwrap();
        shutdown.tell();
    }
}

/// The entries about agreements.
async fn about_agreements(world: &World) -> Vec<LedgerEntry> {
    let entries = world.entries(Caller::PrivacyOfficer).await;
    entries.into_iter().filter(|entry| !entry.agreement.is_empty()).collect()
}

/// Nothing is entered about the agreement, but what ends or pauses it.
async fn nothing_is_entered(world: &World, agreement: &Agreement, why: &str) {
    let before = about_agreements(world).await;
    let refused = world.decide(world.request(&agreement.name)).await;
    assert_eq!(world::reasons(&refused), ["AGREEMENT_DAMAGED"], "{} {why}", world.kind);
    let signed = world.accept(agreement, Caller::Weller).await;
    assert_eq!(signed.unwrap_err().code(), tonic::Code::DataLoss, "{} {why}", world.kind);
    assert_eq!(about_agreements(world).await, before, "{} {why}", world.kind);
}

#[tokio::test]
async fn nothing_is_entered_under_a_number_that_does_not_follow() {
    for world in world::worlds().await {
        let active = world.active().await;
        assert!(world.decide(world.request(&active.name)).await.permitted);
        let row = "state, entries, last_leaf FROM agreement";
        run(&world, &format!("CREATE TABLE before AS SELECT {row}")).await;
        // Another number beside the right hash, and a draft of before the first one.
        for change in ["entries = 3", "entries = 5", "entries = 0, last_leaf = NULL, state = 'DRAFT'"] {
            run(&world, &format!("UPDATE agreement SET {change}")).await;
            nothing_is_entered(&world, &active, change).await;
            let as_before = "state = b.state, entries = b.entries, last_leaf = b.last_leaf FROM before b";
            run(&world, &format!("UPDATE agreement SET {as_before}")).await;
        }
        // Who has not seen the last entry reads its number there.
        let header = world.entries(Caller::PrivacyOfficer).await[4].header_json.clone();
        let set = |text: &str| format!("UPDATE ledger_entry SET header_json = '{text}' WHERE position = 4");
        run(&world, &set("x")).await;
        let (other, shutdown) = world.another_process().await;
        let mut elsewhere = DecisionServiceClient::new(other.called_as(Caller::Service("indicators")));
        let refused = elsewhere.decide(world.request(&active.name)).await.unwrap().into_inner();
        assert_eq!(world::reasons(&refused), ["AGREEMENT_DAMAGED"], "{}", world.kind);
        run(&world, &set(&header)).await;
        assert!(elsewhere.decide(world.request(&active.name)).await.unwrap().into_inner().permitted);
        world.verify().await.unwrap();
        shutdown.tell();
    }
}

#[tokio::test]
async fn an_agreement_that_is_put_back_to_what_a_process_knows_is_still_behind_the_ledger() {
    for world in world::worlds().await {
        let active = world.active().await;
        assert!(world.decide(world.request(&active.name)).await.permitted);
        run(&world, "CREATE TABLE before AS SELECT entries, last_leaf FROM agreement").await;
        let (other, shutdown) = world.another_process().await;
        let mut elsewhere = DecisionServiceClient::new(other.called_as(Caller::Service("indicators")));
        assert!(elsewhere.decide(world.request(&active.name)).await.unwrap().into_inner().permitted);
        run(&world, "UPDATE agreement SET entries = b.entries, last_leaf = b.last_leaf FROM before b").await;
        nothing_is_entered(&world, &active, "what this process entered last").await;
        shutdown.tell();
    }
}

#[tokio::test]
async fn the_masks_that_deliveries_are_held_against_are_those_that_were_entered() {
    for world in world::worlds().await {
        let mask = |release: &str, digest: &str| ReleaseMask {
            release: format!("{}/releases/{release}", world::DATASET),
            protection: Some(Protection { minimum_count: 10, ..Default::default() }),
            mask_digest: digest.repeat(32),
            report_digest: "cd".repeat(32),
            seed_digest: "ef".repeat(32),
            engine: "alliantie-sdc 0.1.0".to_owned(),
            cell_count: 1224,
            withheld_count: 300,
        };
        let request = || RecordMasksRequest {
            owner_oin: Caller::Weller.oin().to_owned(),
            transaction_id: world.clock.uuid().to_string(),
            masks: vec![mask("1", "ab"), mask("2", "12")],
        };
        // The same masks again, for another publication.
        for _ in 0..2 {
            world.decisions().record_masks(request()).await.unwrap();
        }
        world.verify().await.unwrap();
        let found = async || world.verify().await.unwrap_err().to_string();
        let second = format!("WHERE digest = '{}'", "12".repeat(32));
        for change in [
            "digest = 'x'",
            "release = 'datasets/d/releases/1'",
            "protection = REPLACE(protection, '10', '5')",
        ] {
            run(&world, "CREATE TABLE before AS SELECT * FROM entered_mask").await;
            run(&world, &format!("UPDATE entered_mask SET {change} {second}")).await;
            let named = found().await;
            assert!(named.starts_with("ledger-entries/1: "), "{} {change}: {named}", world.kind);
            run(&world, "DELETE FROM entered_mask").await;
            run(&world, "INSERT INTO entered_mask SELECT release, digest, protection FROM before").await;
            run(&world, "DROP TABLE before").await;
            world.verify().await.unwrap();
        }
        let added = "SELECT release, 'forged', protection FROM entered_mask";
        run(&world, &format!("INSERT INTO entered_mask (release, digest, protection) {added} {second}"))
            .await;
        let named = found().await;
        assert!(named.contains("forged") && named.contains("releases/2"), "{} {named}", world.kind);
        run(&world, "DELETE FROM entered_mask WHERE digest = 'forged'").await;
        run(&world, &format!("DELETE FROM entered_mask {second}")).await;
        assert!(found().await.starts_with("ledger-entries/1: "), "{}", world.kind);
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_shown_as_damaged_and_the_rest_is_served() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.decide(world.request(&active.name)).await;
        let before = world.entries(Caller::Ggd).await;
        let (index, last) = (before[1].index, before.len() - 1);
        run(&world, &format!("UPDATE ledger_entry SET body_json = 'x' WHERE position = {index}")).await;
        for by in [Caller::Ggd, Caller::PrivacyOfficer] {
            let shown: Vec<_> = world.entries(by).await;
            let damaged: Vec<_> = shown.iter().filter(|entry| entry.damaged).collect();
            assert_eq!(damaged.len(), 1, "{}", world.kind);
            assert_eq!((&damaged[0].name, damaged[0].index), (&before[1].name, index));
            assert_eq!(damaged[0].leaf_hash, before[1].leaf_hash);
            assert!(damaged[0].summary_nl.contains("beschadigd"), "{}", damaged[0].summary_nl);
            assert_eq!(damaged[0].header_json, "");
            assert!(shown.contains(&before[0]) && shown.contains(&before[last]));
        }
        let get = GetLedgerEntryRequest { name: before[1].name.clone() };
        let got = world.ledger(Caller::Ggd).get_ledger_entry(get).await.unwrap().into_inner();
        assert!(got.damaged && got.body_json.is_empty());
        assert_eq!(found(&world).await, (u64::try_from(index).unwrap(), Fault::Texts));
    }
}
