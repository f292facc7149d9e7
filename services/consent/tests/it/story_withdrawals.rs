//! Systems of partners that use stories ask whether they may, hear of withdrawals, and confirm them.

use std::time::Duration;

use platform::upstream::Vouched;
use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::*;
use testkit::Party as Caller;
use tokio::time::{Instant, timeout};
use tonic::{Code, Streaming};

use crate::world::{self, World, fields, refusal};

const STORY: &str = "stories/fietsen-leren";
const OTHER: &str = "stories/verhuizen";

fn client(world: &World, by: Caller) -> StoryConsentServiceClient<Vouched> {
    StoryConsentServiceClient::new(world.service.called_as(by))
}

async fn give(world: &World, reference: &str, story: &str) -> String {
    let consent = StoryConsent {
        reference: reference.to_owned(),
        story: story.to_owned(),
        uses: vec![StoryUse::LearningNetwork.into()],
        ..Default::default()
    };
    let request = GiveStoryConsentRequest { story_consent: Some(consent), request_id: String::new() };
    let given = client(world, Caller::Programme).give_story_consent(request).await.unwrap().into_inner();
    given.story_consent.unwrap().name
}

async fn withdraw(world: &World, name: &str) {
    let request = WithdrawStoryConsentRequest { name: name.to_owned(), ..Default::default() };
    client(world, Caller::Programme).withdraw_story_consent(request).await.unwrap();
}

async fn check(world: &World, by: Caller) -> CheckStoryUseResponse {
    let request = CheckStoryUseRequest {
        story: STORY.to_owned(),
        r#use: StoryUse::LearningNetwork.into(),
        transaction_id: world.clock.uuid().to_string(),
        trace_id: String::new(),
    };
    client(world, by).check_story_use(request).await.unwrap().into_inner()
}

async fn watch(world: &World, by: Caller, stories: &[&str]) -> Streaming<StoryWithdrawal> {
    let stories = stories.iter().map(|story| (*story).to_owned()).collect();
    let request = WatchStoryWithdrawalsRequest { stories };
    client(world, by).watch_story_withdrawals(request).await.unwrap().into_inner()
}

/// The next withdrawal, and not only a sign of life, each of which comes in time.
async fn withdrawal(heard: &mut Streaming<StoryWithdrawal>) -> StoryWithdrawal {
    loop {
        let next = timeout(Duration::from_secs(2), heard.message()).await.unwrap().unwrap().unwrap();
        if !next.story_consent.is_empty() {
            return next;
        }
    }
}

async fn confirm(world: &World, by: Caller, name: &str) -> Result<String, tonic::Status> {
    let request = ConfirmStoryWithdrawalRequest { name: name.to_owned() };
    Ok(client(world, by).confirm_story_withdrawal(request).await?.into_inner().ledger_entry)
}

#[tokio::test]
async fn a_partner_hears_of_the_stories_that_it_uses_and_of_no_other_and_again_when_it_connects() {
    for world in world::worlds().await {
        let (one, other) = (give(&world, "v-1", STORY).await, give(&world, "v-2", OTHER).await);
        assert!(check(&world, Caller::Ggd).await.permitted, "{}", world.kind);
        let mut heard = watch(&world, Caller::Ggd, &[STORY, "stories/geen"]).await;
        let alive = timeout(Duration::from_secs(2), heard.message()).await.unwrap().unwrap().unwrap();
        assert_eq!(alive, StoryWithdrawal::default());
        withdraw(&world, &other).await;
        let start = Instant::now();
        withdraw(&world, &one).await;
        let told = withdrawal(&mut heard).await;
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!((told.story_consent.as_str(), told.story.as_str()), (one.as_str(), STORY));
        assert_eq!(told.reason.as_ref().unwrap().reason(), DecisionReason::ConsentWithdrawn);
        assert_eq!(withdrawal(&mut watch(&world, Caller::WonenZuid, &[STORY]).await).await, told);
        assert!(!check(&world, Caller::Ggd).await.permitted, "{}", world.kind);
    }
}

#[tokio::test]
async fn what_a_partner_asks_and_confirms_is_entered_for_it_once() {
    for world in world::worlds().await {
        let one = give(&world, "v-1", STORY).await;
        assert!(check(&world, Caller::Ggd).await.permitted, "{}", world.kind);
        let nobodys = "story-consents/0190163d-8694-739b-aea5-966c26f8ad90";
        for name in [one.as_str(), nobodys, "story-consents/x"] {
            let refused = confirm(&world, Caller::Ggd, name).await.unwrap_err();
            assert_eq!(refusal(&refused), (Code::NotFound, "NOT_FOUND".to_owned()), "{name}");
        }
        withdraw(&world, &one).await;
        let first = confirm(&world, Caller::Ggd, &one).await.unwrap();
        assert_eq!(confirm(&world, Caller::Ggd, &one).await.unwrap(), first);
        let of_another = confirm(&world, Caller::WonenZuid, &one).await.unwrap();
        assert_ne!(of_another, first, "{}", world.kind);
        let own = world.entries(Caller::Ggd).await;
        let kinds: Vec<_> = own.iter().map(LedgerEntry::kind).collect();
        let confirmed = LedgerEntryKind::StoryWithdrawalConfirmed;
        assert_eq!(kinds, [LedgerEntryKind::StoryUseDecided, confirmed], "{}", world.kind);
        assert_eq!(own[1].name, first);
        assert!(own[1].summary_nl.contains(STORY) && own[1].body_json.contains(&one), "{:?}", own[1]);
        let all = world.entries(Caller::PrivacyOfficer).await;
        assert_eq!(all.iter().filter(|entry| entry.kind() == confirmed).count(), 2);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn a_partner_names_the_stories_that_it_uses() {
    for world in world::worlds().await {
        let mut ggd = client(&world, Caller::Ggd);
        let mut refused = async |stories| {
            let request = WatchStoryWithdrawalsRequest { stories };
            fields(&ggd.watch_story_withdrawals(request).await.unwrap_err())
        };
        assert_eq!(refused(Vec::new()).await, ["stories"], "{}", world.kind);
        assert_eq!(refused(vec![STORY.to_owned(); 1001]).await, ["stories"]);
        assert_eq!(refused(vec![STORY.to_owned(), "x".to_owned()]).await, ["stories[1]"]);
        world.shutdown.tell();
        let mut heard = watch(&world, Caller::Ggd, &[STORY]).await;
        let end = loop {
            match heard.message().await {
                Ok(Some(_)) => {}
                end => break end,
            }
        };
        assert_eq!(end.unwrap_err().code(), Code::Unavailable, "{}", world.kind);
    }
}
