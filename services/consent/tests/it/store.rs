//! What happens when the database fails.

use std::time::Duration;

use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::Code;

use crate::point::Point;
use crate::world::{self, reasons, refusal};

#[tokio::test]
async fn without_a_ledger_every_decision_is_a_refusal() {
    for world in world::worlds().await {
        let active = world.active().await;
        let database = world.test.database.pool();
        database.execute_unprepared("ALTER TABLE ledger_entry RENAME TO ledger_entry_gone").await.unwrap();

        let mut tasks = Vec::new();
        for _ in 0..20 {
            let (mut client, request) = (world.decisions(), world.request(&active.name));
            tasks.push(tokio::spawn(async move { client.decide(request).await.unwrap().into_inner() }));
        }
        for task in tasks {
            let answer = task.await.unwrap();
            assert!(!answer.permitted && answer.scope.is_none(), "{}", world.kind);
            assert_eq!(reasons(&answer), ["LEDGER_UNAVAILABLE"]);
            assert_eq!((answer.ledger_entry.as_str(), answer.content_hash.as_str()), ("", ""));
        }
        let release = RecordReleaseRequest {
            owner_oin: Caller::Weller.oin().to_owned(),
            release: "datasets/x/releases/1".to_owned(),
            digest: "ab12".to_owned(),
            cell_count: 1,
            transaction_id: world.clock.uuid().to_string(),
        };
        let status = world.decisions().record_release(release).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        assert!(world.revoke(&active, Caller::Weller).await.is_err());

        database.execute_unprepared("ALTER TABLE ledger_entry_gone RENAME TO ledger_entry").await.unwrap();
        assert_eq!(world.get(&active.name, Caller::Ggd).await.unwrap(), active, "nothing is half stored");
        assert_eq!(world.verify().await.unwrap().size, 4);
        assert!(world.decide(world.request(&active.name)).await.permitted);
        assert_eq!(world.verify().await.unwrap().size, 5);
    }
}

#[tokio::test]
async fn without_its_head_the_ledger_takes_nothing() {
    for world in world::worlds().await {
        let active = world.active().await;
        world.test.database.pool().execute_unprepared("DELETE FROM ledger_head").await.unwrap();
        assert_eq!(
            reasons(&world.decide(world.request(&active.name)).await),
            ["LEDGER_UNAVAILABLE"],
            "{}",
            world.kind
        );
    }
}

#[tokio::test]
async fn a_service_that_cannot_see_revokes_gives_no_sign_of_life() {
    for world in world::worlds().await {
        let mut point = Point::connect(&world, "indicators/0").await;
        point.hear().await;
        world
            .test
            .database
            .pool()
            .execute_unprepared("ALTER TABLE agreement RENAME TO agreement_gone")
            .await
            .unwrap();
        point.silence().await;
    }
}

#[tokio::test]
async fn terms_that_were_changed_behind_its_back_are_not_used() {
    for world in world::worlds().await {
        let active = world.active().await;
        let database = world.test.database.pool();
        // Terms that could have been agreed, and none at all.
        let weaker = active.content_json.replace("\"minimum_count\":10", "\"minimum_count\":5");
        assert_ne!(weaker, active.content_json);
        for changed in [weaker.as_str(), "{}"] {
            let sql = format!("UPDATE agreement_content SET content_json = '{changed}'");
            database.execute_unprepared(&sql).await.unwrap();
            let answer = world.decide(world.request(&active.name)).await;
            assert_eq!(reasons(&answer), ["AGREEMENT_DAMAGED"], "{} {changed}", world.kind);
            assert!(world.get(&active.name, Caller::Ggd).await.unwrap().damaged, "{} {changed}", world.kind);
            let list = world.agreements(Caller::Ggd).list_agreements(ListAgreementsRequest::default()).await;
            let shown = list.unwrap().into_inner().agreements;
            assert!(shown[0].damaged && shown[0].content.is_none() && shown[0].content_json.is_empty());
        }
    }
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_decided() {
    for world in world::worlds().await {
        let active = world.active().await;
        let lock = world.test.database.begin_write().await.unwrap();
        lock.execute_unprepared("UPDATE ledger_head SET id = id").await.unwrap();
        let mut tasks = Vec::new();
        for _ in 0..10 {
            let (mut client, request) = (world.decisions(), world.request(&active.name));
            tasks.push(tokio::spawn(async move { client.decide(request).await }));
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        for task in tasks {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        lock.rollback().await.unwrap();
        assert!(world.decide(world.request(&active.name)).await.permitted);
        assert_eq!(world.verify().await.unwrap().size, 5, "{}", world.kind);
    }
}

#[tokio::test]
async fn what_waits_is_bounded_and_the_rest_is_refused_at_once() {
    for world in world::worlds().await {
        let active = world.active().await;
        let lock = world.test.database.begin_write().await.unwrap();
        lock.execute_unprepared("UPDATE ledger_head SET id = id").await.unwrap();
        let mut tasks = Vec::new();
        for _ in 0..1400 {
            let (mut client, request) = (world.decisions(), world.request(&active.name));
            tasks.push(tokio::spawn(async move { client.decide(request).await }));
        }
        let mut overloaded = 0;
        while overloaded < 100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            overloaded = tasks.iter().filter(|task| task.is_finished()).count();
        }
        lock.rollback().await.unwrap();
        let (mut permitted, mut refused) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Ok(answer) => permitted += usize::from(answer.into_inner().permitted),
                Err(status) => {
                    refused += 1;
                    assert_eq!(refusal(&status), (Code::ResourceExhausted, "OVERLOADED".to_owned()));
                }
            }
        }
        assert_eq!(permitted + refused, 1400, "{}", world.kind);
        assert!((100..=400).contains(&refused), "{refused}");
    }
}

#[tokio::test]
async fn a_damaged_agreement_refuses_only_what_is_asked_under_it() {
    for world in world::worlds().await {
        let (sound, damaged) = (world.active().await, world.active().await);
        let id = damaged.name.strip_prefix("agreements/").unwrap();
        let whose = format!("(SELECT content_hash FROM agreement WHERE id = '{id}')");
        for (table, damage) in
            [("agreement_content", "content_json = '{}'"), ("agreement", "state = 'ENDED'")]
        {
            let sql = format!("UPDATE {table} SET {damage} WHERE content_hash = {whose}");
            world.test.database.pool().execute_unprepared(&sql).await.unwrap();
            let mut tasks = Vec::new();
            for number in 0..20 {
                let name = if number % 2 == 0 { &sound.name } else { &damaged.name };
                let (mut client, request) = (world.decisions(), world.request(name));
                tasks.push(tokio::spawn(async move { client.decide(request).await.unwrap().into_inner() }));
            }
            for (number, task) in tasks.into_iter().enumerate() {
                let answer = task.await.unwrap();
                let expected = if number % 2 == 0 { "WITHIN_AGREEMENT" } else { "AGREEMENT_DAMAGED" };
                assert_eq!(reasons(&answer), [expected], "{} {damage}", world.kind);
                assert_eq!(answer.permitted, number % 2 == 0);
            }
        }
        assert_eq!(world.entries(Caller::PrivacyOfficer).await.len(), 8 + 40, "refusals too");
        let wrong = world.verify().await.unwrap_err().to_string();
        assert!(wrong.contains(&damaged.name) && wrong.contains("ENDED"), "{} {wrong}", world.kind);
    }
}

#[tokio::test]
async fn those_who_wait_to_write_hold_up_no_reader() {
    for world in world::worlds().await {
        let active = world.active().await;
        let lock = world.test.database.begin_write().await.unwrap();
        lock.execute_unprepared("UPDATE ledger_head SET id = id").await.unwrap();
        let mut waiting = Vec::new();
        // More than there are connections.
        for _ in 0..40 {
            let mut client = world.agreements(Caller::Weller);
            let content = Some(world::content());
            let request = CreateAgreementRequest { content, request_id: String::new() };
            waiting.push(tokio::spawn(async move { client.create_agreement(request).await }));
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let read = tokio::time::timeout(Duration::from_secs(2), world.get(&active.name, Caller::Ggd)).await;
        assert_eq!(read.expect("no wait").unwrap().name, active.name, "{}", world.kind);
        lock.rollback().await.unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
    }
}
