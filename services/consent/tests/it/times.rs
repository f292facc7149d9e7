//! The time of an entry is that of the moment at which it is entered.

use std::time::Duration;

use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::*;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use testkit::Party as Caller;

use crate::world::{self, World};

/// Somebody who has the ledger, so that nobody else enters anything.
async fn holder(world: &World) -> DatabaseTransaction {
    let tx = world.test.database.begin_write().await.unwrap();
    if world.test.database.is_postgres() {
        tx.execute_unprepared("SELECT size FROM ledger_head FOR UPDATE").await.unwrap();
    }
    tx
}

#[tokio::test]
async fn what_waits_to_be_entered_is_of_the_moment_at_which_it_is() {
    for world in world::worlds().await {
        let held = holder(&world).await;
        let (store, clock) = (world.store.clone(), world.clock.clone());
        let purposes = tokio::spawn(async move {
            let csv = b"code,naam,dient\nnieuw,Nieuw,goals/S2\n";
            consent::import_purposes(&store, &clock, csv).await.unwrap()
        });
        let mut agreements = world.agreements(Caller::Weller);
        let request = CreateAgreementRequest { content: Some(world::content()), request_id: String::new() };
        let drafted =
            tokio::spawn(async move { agreements.create_agreement(request).await.unwrap().into_inner() });
        let mut stories = StoryConsentServiceClient::new(world.service.called_as(Caller::Programme));
        let given = StoryConsent {
            reference: "v-1".to_owned(),
            story: "stories/een".to_owned(),
            uses: vec![StoryUse::Publication.into()],
            ..Default::default()
        };
        let request = GiveStoryConsentRequest { story_consent: Some(given), request_id: String::new() };
        let given =
            tokio::spawn(async move { stories.give_story_consent(request).await.unwrap().into_inner() });
        // All of them wait by now, or begin later, which is right too.
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.clock.advance(Duration::from_secs(3));
        held.rollback().await.unwrap();
        assert_eq!(purposes.await.unwrap(), 1, "{}", world.kind);
        let (drafted, given) = (drafted.await.unwrap(), given.await.unwrap().story_consent.unwrap());
        let now = platform::clock::timestamp(world.clock.now());
        assert_eq!((drafted.create_time, given.give_time), (Some(now), Some(now)), "{}", world.kind);
        let entries = world.entries(Caller::PrivacyOfficer).await;
        assert_eq!(entries.len(), 3);
        for entry in entries {
            assert_eq!(entry.create_time, Some(now), "{} {}", world.kind, entry.summary_nl);
        }
    }
}
