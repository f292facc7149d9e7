//! Organisations that co-sign checkpoints of the ledger.

use std::time::Duration;

use consent::{Config, VerifyError};
use ledger::{Checkpoint, Hash, NoteSigner, SignedNote};
use platform::keys::PrivateKey;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::point::Point;
use crate::world::{self, World, fields, refusal};

fn seconds(world: &World) -> u64 {
    u64::try_from(world.clock.now().unix_timestamp()).unwrap()
}

fn signer(party: Caller, key: &PrivateKey) -> NoteSigner {
    NoteSigner::from_pkcs8(party.oin(), key.pkcs8()).unwrap()
}

async fn checkpoint(world: &World) -> SignedNote {
    let answer = world.log(Caller::Anonymous).get_checkpoint(GetCheckpointRequest {}).await.unwrap();
    String::from_utf8(answer.into_inner().data).unwrap().parse().unwrap()
}

async fn witnessed(world: &World) -> Result<SignedNote, Status> {
    let request = GetWitnessedCheckpointRequest {};
    let answer = world.log(Caller::Anonymous).get_witnessed_checkpoint(request).await?;
    Ok(String::from_utf8(answer.into_inner().data).unwrap().parse().unwrap())
}

/// Sends a note as a party.
async fn send(world: &World, by: Caller, note: &str) -> Result<i32, Status> {
    let request = CosignCheckpointRequest { note: note.to_owned() };
    Ok(world.log(by).cosign_checkpoint(request).await?.into_inner().cosignature_count)
}

/// A note with the co-signature of a party, made with a key at a time.
fn with(mut note: SignedNote, by: Caller, key: &PrivateKey, at: u64) -> String {
    let line = signer(by, key).cosign(&note.text, at);
    note.signatures.push(line);
    note.to_string()
}

async fn cosign(world: &World, by: Caller) -> Result<i32, Status> {
    send(world, by, &with(checkpoint(world).await, by, world.key(by), seconds(world))).await
}

#[tokio::test]
async fn the_newest_cosigned_checkpoint_is_given_with_all_its_cosignatures() {
    for world in world::worlds().await {
        let status = witnessed(&world).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::NotFound, "NOT_FOUND".to_owned()), "{}", world.kind);
        let active = world.active().await;
        assert_eq!(cosign(&world, Caller::Ggd).await.unwrap(), 1);
        assert_eq!(cosign(&world, Caller::Ggd).await.unwrap(), 1, "once more is the same one");
        let first = checkpoint(&world).await;
        world.decide(world.request(&active.name)).await;
        // An older checkpoint can still be co-signed: the log has its root.
        let late = with(first.clone(), Caller::WonenZuid, world.key(Caller::WonenZuid), seconds(&world));
        assert_eq!(send(&world, Caller::WonenZuid, &late).await.unwrap(), 2);
        let note = witnessed(&world).await.unwrap();
        assert_eq!((&note.text, note.signatures.len()), (&first.text, 3));
        assert_eq!(note.signatures[0], first.signatures[0]);
        for party in [Caller::Ggd, Caller::WonenZuid] {
            let verifier = signer(party, world.key(party)).cosignature_verifier();
            assert_eq!(verifier.verify(&note), Ok(Some(seconds(&world))), "{party:?}");
        }
        assert_eq!(cosign(&world, Caller::Weller).await.unwrap(), 1);
        assert_eq!(witnessed(&world).await.unwrap().text, checkpoint(&world).await.text);
        // What one brings along of another is not kept.
        assert_eq!(witnessed(&world).await.unwrap().signatures.len(), 2);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn only_a_registered_key_of_the_caller_counts() {
    for world in world::worlds().await {
        world.active().await;
        let now = seconds(&world);
        let other = PrivateKey::generate().unwrap();
        let note = checkpoint(&world).await;
        for wrong in [
            with(note.clone(), Caller::Ggd, &other, now),
            with(note.clone(), Caller::Ggd, world.key(Caller::Weller), now),
            with(note.clone(), Caller::Weller, world.key(Caller::Weller), now),
            note.to_string(),
        ] {
            let status = send(&world, Caller::Ggd, &wrong).await.unwrap_err();
            let expected = (Code::PermissionDenied, "SIGNATURE_INVALID".to_owned());
            assert_eq!(refusal(&status), expected, "{} {wrong}", world.kind);
        }
        // Of another text, and so not good.
        let mut stolen = note.clone();
        stolen.signatures.push(signer(Caller::Ggd, world.key(Caller::Ggd)).cosign("x\n", now));
        let status = send(&world, Caller::Ggd, &stolen.to_string()).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "SIGNATURE_INVALID".to_owned()));
        for off in [now - 301, now + 301] {
            let note = with(note.clone(), Caller::Ggd, world.key(Caller::Ggd), off);
            let status = send(&world, Caller::Ggd, &note).await.unwrap_err();
            assert_eq!(refusal(&status), (Code::InvalidArgument, "SIGNATURE_INVALID".to_owned()));
        }
        for off in [now - 300, now + 300] {
            let note = with(note.clone(), Caller::Ggd, world.key(Caller::Ggd), off);
            assert_eq!(send(&world, Caller::Ggd, &note).await.unwrap(), 1);
        }
    }
}

#[tokio::test]
async fn only_a_checkpoint_that_this_log_gave_is_cosigned() {
    for world in world::worlds().await {
        let active = world.active().await;
        let (now, ggd) = (seconds(&world), world.key(Caller::Ggd));
        let log =
            NoteSigner::from_pkcs8("alliantie.nl/brunssum-noord-en-oost", world.signing.key.pkcs8()).unwrap();
        let signed = |text: String| {
            let line = log.sign(&text);
            with(SignedNote::new(text, vec![line]).unwrap(), Caller::Ggd, ggd, now)
        };
        let own: Checkpoint = checkpoint(&world).await.text.parse().unwrap();
        let other_root = Checkpoint { root: Hash::from_bytes([9; 32]), ..own.clone() };
        let larger = Checkpoint { size: own.size + 1, ..own.clone() };
        let largest = Checkpoint { size: u64::MAX, ..own.clone() };
        let other_log = Checkpoint { origin: "example.com/x".to_owned(), ..own.clone() };
        for wrong in [
            signed(other_root.to_string()),
            signed(larger.to_string()),
            signed(largest.to_string()),
            signed(other_log.to_string()),
            signed(format!("{own}an extension\n")),
            signed("x\n".to_owned()),
            "x".to_owned(),
            String::new(),
            "x".repeat(70_000),
        ] {
            let status = send(&world, Caller::Ggd, &wrong).await.unwrap_err();
            assert_eq!(
                (status.code(), fields(&status)),
                (Code::InvalidArgument, vec!["note".to_owned()]),
                "{wrong}"
            );
        }
        let unsigned =
            SignedNote::new(own.to_string(), vec![signer(Caller::Ggd, ggd).cosign(&own.to_string(), now)]);
        let status = send(&world, Caller::Ggd, &unsigned.unwrap().to_string()).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "SIGNATURE_INVALID".to_owned()));
        assert!(witnessed(&world).await.is_err(), "{}", world.kind);

        // The newest checkpoint is never too old; another one is, a day after its successor.
        let old = checkpoint(&world).await;
        world.clock.advance(Duration::from_secs(3 * 86_400));
        cosign(&world, Caller::Ggd).await.unwrap();
        world.decide(world.request(&active.name)).await;
        let again = |by: Caller| with(old.clone(), by, world.key(by), seconds(&world));
        world.clock.advance(Duration::from_secs(86_400));
        assert_eq!(send(&world, Caller::Weller, &again(Caller::Weller)).await.unwrap(), 2);
        world.clock.advance(Duration::from_secs(1));
        let status = send(&world, Caller::WonenZuid, &again(Caller::WonenZuid)).await.unwrap_err();
        assert_eq!(fields(&status), ["note"]);
    }
}

#[tokio::test]
async fn a_ledger_that_was_written_anew_is_not_the_one_that_was_cosigned() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.decide(world.request(&active.name)).await;
        cosign(&world, Caller::Ggd).await.unwrap();
        world.decide(world.request(&active.name)).await;
        world.verify().await.unwrap();
        let pool = world.test.database.pool();
        let other = "0".repeat(64);
        pool.execute_unprepared(&format!("UPDATE ledger_cosignature SET root = '{other}'")).await.unwrap();
        let found = world.verify().await;
        assert!(matches!(found, Err(VerifyError::Cosigned { size: 5 })), "{} {found:?}", world.kind);
        pool.execute_unprepared("UPDATE ledger_cosignature SET size = 99").await.unwrap();
        let found = world.verify().await;
        assert!(matches!(found, Err(VerifyError::Cosigned { size: 99 })), "{} {found:?}", world.kind);
    }
}

#[tokio::test]
async fn the_ledger_has_the_name_of_its_settings() {
    let config = Config { ledger_origin: "example.com/log".to_owned(), ..Config::default() };
    for world in world::worlds_with(config).await {
        let note = checkpoint(&world).await;
        assert!(note.text.starts_with("example.com/log\n0\n"), "{}", note.text);
        assert_eq!(note.signatures[0].name, "example.com/log");
        assert_eq!(cosign(&world, Caller::Ggd).await.unwrap(), 1, "an empty log too");
    }
}

#[tokio::test]
async fn the_log_signs_no_checkpoint_that_it_never_had() {
    for world in world::worlds().await {
        world.active().await;
        cosign(&world, Caller::Ggd).await.unwrap();
        witnessed(&world).await.unwrap();
        let pool = world.test.database.pool();
        for tampered in [format!("root = '{}'", "0".repeat(64)), "size = 99".to_owned()] {
            let sql = format!("UPDATE ledger_cosignature SET {tampered}");
            pool.execute_unprepared(&sql).await.unwrap();
            let status = witnessed(&world).await.unwrap_err();
            assert_eq!(status.code(), Code::Internal, "{} {tampered}", world.kind);
        }
    }
}

#[tokio::test]
async fn points_hear_that_witnesses_are_overdue_for_as_long_as_they_are() {
    let watched = Config { witnesses_needed: 1, ..Config::default() };
    for world in world::worlds_with(watched).await {
        let active = world.active().await;
        cosign(&world, Caller::Ggd).await.unwrap();
        let mut point = Point::connect(&world, "indicators/0").await;
        assert!(world.decide(world.request(&active.name)).await.permitted, "{}", world.kind);
        // A look that began before the co-signature may still say that they are overdue.
        while point.hear().await.all_agreements {}
        world.clock.advance(Duration::from_secs(86_401));
        let said = loop {
            let said = point.hear().await;
            if said.all_agreements {
                break said;
            }
        };
        let reason = said.reason.unwrap();
        assert_eq!((said.agreement.as_str(), said.stop), ("", None));
        assert_eq!(reason.reason(), DecisionReason::WitnessesOverdue);
        assert!(reason.message_nl.starts_with("Onder geen enkele afspraak"), "{}", reason.message_nl);
        assert!(!world.decide(world.request(&active.name)).await.permitted);

        cosign(&world, Caller::Ggd).await.unwrap();
        assert!(world.decide(world.request(&active.name)).await.permitted);
        // A look that began before may still say so.
        let mut quiet = 0;
        while quiet < 3 {
            quiet = if point.hear().await.all_agreements { 0 } else { quiet + 1 };
        }
    }
}

#[tokio::test]
async fn a_cosignature_that_is_dated_ahead_lasts_no_longer_and_is_not_renewed_by_sending_it_again() {
    let watched = Config { witnesses_needed: 1, ..Config::default() };
    for world in world::worlds_with(watched).await {
        let active = world.active().await;
        let ahead = seconds(&world) + 300;
        let note = with(checkpoint(&world).await, Caller::Ggd, world.key(Caller::Ggd), ahead);
        send(&world, Caller::Ggd, &note).await.unwrap();
        assert!(world.decide(world.request(&active.name)).await.permitted, "{}", world.kind);
        world.clock.advance(Duration::from_secs(250));
        assert_eq!(send(&world, Caller::Ggd, &note).await.unwrap(), 1, "it is good still");
        world.clock.advance(Duration::from_secs(86_400 - 250));
        assert!(world.decide(world.request(&active.name)).await.permitted, "{}", world.kind);
        world.clock.advance(Duration::from_secs(1));
        assert!(!world.decide(world.request(&active.name)).await.permitted, "{}", world.kind);
    }
}
