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

fn question(world: &World) -> CheckStoryUseRequest {
    CheckStoryUseRequest {
        story: STORY.to_owned(),
        r#use: StoryUse::LearningNetwork.into(),
        transaction_id: world.clock.uuid().to_string(),
        trace_id: String::new(),
    }
}

async fn ask(world: &World, by: Caller, question: &CheckStoryUseRequest) -> CheckStoryUseResponse {
    client(world, by).check_story_use(question.clone()).await.unwrap().into_inner()
}

async fn check(world: &World, by: Caller) -> CheckStoryUseResponse {
    ask(world, by, &question(world)).await
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
        assert!(check(&world, Caller::WonenZuid).await.permitted, "{}", world.kind);
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
async fn who_was_away_for_long_hears_of_each_withdrawal_until_it_confirms() {
    for world in world::worlds().await {
        let mut withdrawn = Vec::new();
        for number in 0..103 {
            withdrawn.push(give(&world, &format!("v-{number}"), STORY).await);
        }
        withdrawn.sort_unstable();
        for party in [Caller::Ggd, Caller::WonenZuid] {
            assert!(check(&world, party).await.permitted, "{}", world.kind);
        }
        for name in &withdrawn {
            withdraw(&world, name).await;
        }
        world.clock.advance(Duration::from_secs(40 * 24 * 3600));
        let mut told = watch(&world, Caller::Ggd, &[OTHER, STORY]).await;
        for name in &withdrawn {
            assert_eq!(&withdrawal(&mut told).await.story_consent, name, "{}", world.kind);
        }
        for name in &withdrawn[1..] {
            confirm(&world, Caller::Ggd, name).await.unwrap();
        }
        let mut told = watch(&world, Caller::Ggd, &[STORY]).await;
        assert_eq!(withdrawal(&mut told).await.story_consent, withdrawn[0], "{}", world.kind);
        confirm(&world, Caller::Ggd, &withdrawn[0]).await.unwrap();
        for mut told in [told, watch(&world, Caller::Ggd, &[STORY]).await] {
            let next = timeout(Duration::from_secs(2), told.message()).await.unwrap().unwrap().unwrap();
            assert_eq!(next, StoryWithdrawal::default(), "{}", world.kind);
        }
        // What one organisation confirms is not confirmed by another.
        let mut told = watch(&world, Caller::WonenZuid, &[STORY]).await;
        assert_eq!(withdrawal(&mut told).await.story_consent, withdrawn[0], "{}", world.kind);
    }
}

#[tokio::test]
async fn each_system_of_an_organisation_hears_also_what_another_one_confirmed_already() {
    for world in world::worlds().await {
        let mut all = Vec::new();
        for number in 0..5 {
            all.push(give(&world, &format!("v-{number}"), STORY).await);
        }
        assert!(check(&world, Caller::Ggd).await.permitted, "{}", world.kind);
        let mut systems =
            [watch(&world, Caller::Ggd, &[STORY]).await, watch(&world, Caller::Ggd, &[STORY]).await];
        for heard in &mut systems {
            // What was withdrawn before it listened is behind it.
            let alive = timeout(Duration::from_secs(2), heard.message()).await.unwrap().unwrap();
            assert_eq!(alive, Some(StoryWithdrawal::default()), "{}", world.kind);
        }
        for name in &all {
            // Confirmed before anybody looked whether there is something to tell.
            withdraw(&world, name).await;
            confirm(&world, Caller::Ggd, name).await.unwrap();
            for heard in &mut systems {
                assert_eq!(&withdrawal(heard).await.story_consent, name, "{}", world.kind);
            }
        }
        // So does one that connects within the hour.
        world.clock.advance(Duration::from_secs(3500));
        let mut heard = watch(&world, Caller::Ggd, &[STORY]).await;
        let mut told = Vec::new();
        for _ in &all {
            told.push(withdrawal(&mut heard).await.story_consent);
        }
        all.sort_unstable();
        assert_eq!(told, all, "{}", world.kind);
    }
}

#[tokio::test]
async fn what_a_partner_asks_and_confirms_is_entered_for_it_once() {
    for world in world::worlds().await {
        let one = give(&world, "v-1", STORY).await;
        for party in [Caller::Ggd, Caller::WonenZuid] {
            assert!(check(&world, party).await.permitted, "{}", world.kind);
        }
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
async fn who_never_was_permitted_to_use_a_story_does_not_learn_that_anybody_gave_consent() {
    for world in world::worlds().await {
        let none = check(&world, Caller::WonenZuid).await;
        let one = give(&world, "v-1", STORY).await;
        assert!(check(&world, Caller::Ggd).await.permitted, "{}", world.kind);
        let heard = watch(&world, Caller::WonenZuid, &[STORY]).await;
        withdraw(&world, &one).await;
        // Who used it hears, so that the other one would have.
        withdrawal(&mut watch(&world, Caller::Ggd, &[STORY]).await).await;
        for mut heard in [heard, watch(&world, Caller::WonenZuid, &[STORY]).await] {
            for _ in 0..3 {
                let alive = timeout(Duration::from_secs(2), heard.message()).await.unwrap().unwrap();
                assert_eq!(alive, Some(StoryWithdrawal::default()), "{}", world.kind);
            }
        }
        let refused = confirm(&world, Caller::WonenZuid, &one).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::NotFound, "NOT_FOUND".to_owned()), "{}", world.kind);
        let withdrawn = check(&world, Caller::WonenZuid).await;
        assert_eq!(withdrawn.reasons, none.reasons, "{}", world.kind);
        assert_eq!(withdrawn.reasons[0].reason(), DecisionReason::ConsentMissing);
        assert!(!withdrawn.reasons[0].metadata.contains_key("since") && withdrawn.story_consents.is_empty());
        // Nor by the ledger.
        let own: Vec<_> = world.entries(Caller::WonenZuid).await;
        assert_eq!(own.len(), 2, "{}", world.kind);
        let told = own.iter().all(|entry| entry.body_json.contains("CONSENT_MISSING"));
        assert!(told && own.iter().all(|entry| !entry.body_json.contains("story-consents/")), "{own:?}");
        let to_user = check(&world, Caller::Ggd).await;
        assert_eq!(to_user.reasons[0].reason(), DecisionReason::ConsentWithdrawn, "{}", world.kind);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn a_use_of_another_story_of_which_the_name_is_much_the_same_tells_nothing() {
    for world in world::worlds().await {
        let one = give(&world, "v-1", "stories/een_verhaal").await;
        for other in ["stories/een-verhaal", "stories/Een_verhaal", "stories/een_verhaal2"] {
            give(&world, "v-2", other).await;
            let question = CheckStoryUseRequest { story: other.to_owned(), ..question(&world) };
            assert!(ask(&world, Caller::Ggd, &question).await.permitted, "{}", world.kind);
        }
        withdraw(&world, &one).await;
        let question = CheckStoryUseRequest { story: "stories/een_verhaal".to_owned(), ..question(&world) };
        let refused = ask(&world, Caller::Ggd, &question).await;
        assert_eq!(refused.reasons[0].reason(), DecisionReason::ConsentMissing, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_question_that_is_asked_again_is_entered_once_and_permits_nothing_that_was_withdrawn() {
    for world in world::worlds().await {
        let question = question(&world);
        let refused = ask(&world, Caller::Ggd, &question).await;
        assert_eq!(ask(&world, Caller::Ggd, &question).await, refused, "{}", world.kind);
        let one = give(&world, "v-1", STORY).await;
        let permitted = ask(&world, Caller::Ggd, &question).await;
        assert!(permitted.permitted && permitted.ledger_entry != refused.ledger_entry, "{permitted:?}");
        let again = [ask(&world, Caller::Ggd, &question), ask(&world, Caller::Ggd, &question)];
        for again in futures_util::future::join_all(again).await {
            assert_eq!(again, permitted, "{}", world.kind);
        }
        // Another organisation, and another use, are other questions.
        let of_another = ask(&world, Caller::WonenZuid, &question).await;
        assert!(of_another.permitted && of_another.ledger_entry != permitted.ledger_entry);
        let other_use = CheckStoryUseRequest { r#use: StoryUse::Publication.into(), ..question.clone() };
        assert!(!ask(&world, Caller::Ggd, &other_use).await.permitted, "{}", world.kind);
        withdraw(&world, &one).await;
        let withdrawn = ask(&world, Caller::Ggd, &question).await;
        assert_eq!(withdrawn.reasons[0].reason(), DecisionReason::ConsentWithdrawn, "{}", world.kind);
        let decided = world.entries(Caller::Ggd).await.len();
        assert_eq!(decided, 4, "{}: refused, permitted, of another use, and withdrawn", world.kind);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn many_questions_at_once_are_all_answered_each_for_its_story() {
    for world in world::worlds().await {
        give(&world, "v-1", STORY).await;
        let asking = (0..40).map(|number| {
            let story = if number % 2 == 0 { STORY } else { OTHER };
            let question = CheckStoryUseRequest { story: story.to_owned(), ..question(&world) };
            let world = &world;
            async move { ask(world, Caller::Ggd, &question).await }
        });
        let answers = futures_util::future::join_all(asking).await;
        for (number, answer) in answers.iter().enumerate() {
            assert_eq!((answer.permitted, answer.ledger_entry.is_empty()), (number % 2 == 0, false));
        }
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
        // What stops tells nothing any more, not even what nobody heard yet.
        let one = give(&world, "v-1", STORY).await;
        assert!(check(&world, Caller::Ggd).await.permitted, "{}", world.kind);
        withdraw(&world, &one).await;
        world.shutdown.tell();
        let end = watch(&world, Caller::Ggd, &[STORY]).await.message().await;
        assert_eq!(end.unwrap_err().code(), Code::Unavailable, "{}", world.kind);
    }
}
