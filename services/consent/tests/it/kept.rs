//! What is kept of agreements beside the ledger is what was signed and entered: a change of it is found by
//! verifying, and nothing else is.

use std::time::Duration;

use ledger::{NoteSigner, SignedNote};
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;

use crate::world::{self, World};

/// Runs statements without looking at what rows refer to, as a hand in the database can.
async fn run(world: &World, sql: &str) {
    let (off, on) = match world.kind {
        "sqlite" => ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
        _ => ("SET session_replication_role = replica", "SET session_replication_role = origin"),
    };
    world.test.database.pool().execute_unprepared(&format!("{off}; {sql}; {on}")).await.unwrap();
}

/// Changes a table, expects that verifying names this, and changes it back.
async fn found(world: &World, table: &str, change: &str, named: &str) {
    run(world, &format!("CREATE TABLE before AS SELECT * FROM {table}")).await;
    run(world, change).await;
    let wrong = world.verify().await.map_err(|error| error.to_string());
    let told = wrong.as_ref().is_err_and(|wrong| wrong.contains(named));
    assert!(told, "{} {change}: {wrong:?}", world.kind);
    run(world, &format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM before; DROP TABLE before"))
        .await;
    world.verify().await.unwrap();
}

fn id(agreement: &Agreement) -> &str {
    agreement.name.split_once('/').unwrap().1
}

#[tokio::test]
async fn content_text_and_parties_of_an_agreement_are_those_that_were_signed() {
    for world in world::worlds().await {
        let active = world.active().await;
        let draft = world.create(world::content()).await;
        for agreement in [&active, &draft] {
            let (name, hash) = (&agreement.name, &agreement.content_hash);
            for (change, what) in [
                (
                    "UPDATE agreement_content SET content_json = REPLACE(content_json, '2025Q1', '2025Q3')",
                    "de inhoud is niet die van de vingerafdruk",
                ),
                ("UPDATE agreement_content SET content_json = '{'", "de inhoud is niet die"),
                ("UPDATE agreement_content SET text_nl = 'Alles mag.'", "de tekst is niet die"),
                ("DELETE FROM agreement_content", "de inhoud is weg"),
            ] {
                let change = format!("{change} WHERE content_hash = '{hash}'");
                found(&world, "agreement_content", &change, name).await;
                found(&world, "agreement_content", &change, what).await;
            }
            let change = format!("DELETE FROM agreement_party WHERE agreement = '{}'", id(agreement));
            found(&world, "agreement_party", &change, "anderen mogen").await;
        }
        let party = |agreement: &Agreement, oin: &str| {
            format!("INSERT INTO agreement_party (oin, agreement) VALUES ('{oin}', '{}')", id(agreement))
        };
        let seen = party(&draft, Caller::Ggd.oin());
        let named =
            format!("{} is niet zoals ledger-entries/4 die achterliet: anderen mogen die zien", draft.name);
        found(&world, "agreement_party", &seen, &named).await;
        found(&world, "agreement_party", &party(&active, Caller::WonenZuid.oin()), "anderen mogen").await;
    }
}

#[tokio::test]
async fn an_agreement_with_the_content_of_another_one_is_named_and_not_the_other() {
    for world in world::worlds().await {
        let (one, other) = (world.create(world::content()).await, world.create(world::content()).await);
        // The database keeps the hashes apart, until a hand in it takes that away.
        let copied = "CREATE TABLE copied AS SELECT * FROM agreement";
        let dropped =
            if world.kind == "sqlite" { "DROP TABLE agreement" } else { "DROP TABLE agreement CASCADE" };
        run(&world, &format!("{copied}; {dropped}; ALTER TABLE copied RENAME TO agreement")).await;
        for (changed, by) in [(&one, &other), (&other, &one)] {
            let set = format!("content_hash = '{}' WHERE id = '{}'", by.content_hash, id(changed));
            let named = format!("{} is niet zoals ledger-entries/", changed.name);
            found(&world, "agreement", &format!("UPDATE agreement SET {set}"), &named).await;
        }
    }
}

#[tokio::test]
async fn times_of_an_agreement_and_of_its_signatures_are_those_of_their_entries() {
    for world in world::worlds().await {
        let later = || world.clock.advance(Duration::from_secs(60));
        let draft = world.create(world::content()).await;
        later();
        let proposed = world.propose(&draft).await;
        for party in [Caller::Weller, Caller::Ggd] {
            later();
            world.accept(&proposed, party).await.unwrap();
        }
        for _ in 0..2 {
            later();
            assert!(world.decide(world.request(&draft.name)).await.permitted);
        }
        let unused = world.create(world::content()).await;
        world.verify().await.unwrap();
        let named = |agreement: &Agreement| format!("{} is niet zoals ledger-entries/", agreement.name);
        for (agreement, set) in [
            (&draft, "create_time = 0"),
            (&draft, "update_time = 0"),
            (&draft, "update_time = update_time + 1"),
            (&draft, "last_permit_time = last_permit_time - 60000000"),
            (&draft, "last_permit_time = NULL"),
            (&unused, "last_permit_time = 1"),
            (&unused, "update_time = 0"),
            (&unused, "end_time = 0"),
            (&unused, "start_time = start_time + 1"),
        ] {
            let change = format!("UPDATE agreement SET {set} WHERE id = '{}'", id(agreement));
            found(&world, "agreement", &change, &named(agreement)).await;
        }
        for set in ["create_time = 0", "create_time = create_time - 1", "create_time = create_time + 1"] {
            let change = format!("UPDATE agreement_signature SET {set} WHERE position = 1");
            let named =
                format!("{} is niet zoals ledger-entries/3 die achterliet: handtekening 2", draft.name);
            found(&world, "agreement_signature", &change, &named).await;
        }
    }
}

#[tokio::test]
async fn who_may_read_an_entry_is_true_or_false_and_nothing_else() {
    for world in world::worlds().await {
        world.active().await;
        if world.kind == "sqlite" {
            let change = "UPDATE ledger_party SET whole = 2 WHERE position = 1";
            found(&world, "ledger_party", change, "ledger-entries/1: anderen mogen de regel lezen").await;
        }
        let change = "UPDATE ledger_party SET whole = FALSE WHERE position = 1";
        found(&world, "ledger_party", change, "ledger-entries/1: anderen mogen de regel lezen").await;
    }
}

/// A party co-signs the ledger as it is.
async fn cosign(world: &World, by: Caller, seconds_ago: u64) {
    let answer = world.log(Caller::Anonymous).get_checkpoint(GetCheckpointRequest {}).await.unwrap();
    let mut note: SignedNote = String::from_utf8(answer.into_inner().data).unwrap().parse().unwrap();
    let signer = NoteSigner::from_pkcs8(by.oin(), world.key(by).pkcs8()).unwrap();
    let now = u64::try_from(world.clock.now().unix_timestamp()).unwrap();
    note.signatures.push(signer.cosign(&note.text, now - seconds_ago));
    let request = CosignCheckpointRequest { note: note.to_string() };
    world.log(by).cosign_checkpoint(request).await.unwrap();
}

#[tokio::test]
async fn a_cosignature_counts_from_when_its_line_says() {
    for world in world::worlds().await {
        world.active().await;
        cosign(&world, Caller::Ggd, 0).await;
        cosign(&world, Caller::Weller, 0).await;
        // By a clock that was put back.
        world.create(world::content()).await;
        cosign(&world, Caller::Ggd, 200).await;
        world.verify().await.unwrap();
        let of = |party: Caller| format!("WHERE oin = '{}'", party.oin());
        let ggd = format!("de medeondertekening van {}", Caller::Ggd.oin());
        for (table, change, what) in [
            ("ledger_witness", "UPDATE ledger_witness SET time = time + 86400", "later tellen dan"),
            ("ledger_witness", "DELETE FROM ledger_witness", "niet vanaf wanneer"),
            ("ledger_cosignature", "UPDATE ledger_cosignature SET time = time + 1", "van een ander moment"),
            ("ledger_cosignature", "UPDATE ledger_cosignature SET signature = 'x'", "andere organisatie"),
            ("ledger_cosignature", "DELETE FROM ledger_cosignature", "die is er niet"),
        ] {
            let change = format!("{change} {}", of(Caller::Ggd));
            found(&world, table, &change, &ggd).await;
            found(&world, table, &change, what).await;
        }
        let other =
            format!("UPDATE ledger_cosignature SET oin = '{}' {}", Caller::WonenZuid.oin(), of(Caller::Ggd));
        found(&world, "ledger_cosignature", &other, "de medeondertekening van").await;
    }
}
