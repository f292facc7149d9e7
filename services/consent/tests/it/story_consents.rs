//! The consent of people for their story: given, withdrawn, told and entered.

use platform::upstream::Vouched;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::*;
use sea_orm::{ConnectionTrait, Statement};
use testkit::Party as Caller;
use tonic::Code;

use crate::point::{Point, registration};
use crate::world::{self, World, fields, refusal};

const STORY: &str = "stories/fietsen-leren";
const REQUEST: &str = "0190163d-8694-739b-aea5-966c26f8ad90";

fn client(world: &World, by: Caller) -> StoryConsentServiceClient<Vouched> {
    StoryConsentServiceClient::new(world.service.called_as(by))
}

fn consent(reference: &str, uses: &[StoryUse]) -> GiveStoryConsentRequest {
    GiveStoryConsentRequest {
        story_consent: Some(StoryConsent {
            reference: reference.to_owned(),
            story: STORY.to_owned(),
            uses: uses.iter().map(|known| (*known).into()).collect(),
            ..Default::default()
        }),
        request_id: String::new(),
    }
}

async fn give(world: &World, reference: &str, uses: &[StoryUse]) -> (StoryConsent, String) {
    let request = consent(reference, uses);
    let given = client(world, Caller::Programme).give_story_consent(request).await.unwrap().into_inner();
    (given.story_consent.unwrap(), given.withdrawal_code)
}

async fn check(world: &World, usage: StoryUse) -> CheckStoryUseResponse {
    let request = CheckStoryUseRequest {
        story: STORY.to_owned(),
        r#use: usage.into(),
        transaction_id: world.clock.uuid().to_string(),
        trace_id: String::new(),
    };
    let inspanningen = Caller::Service("inspanningen");
    client(world, inspanningen).check_story_use(request).await.unwrap().into_inner()
}

fn reason(answer: &CheckStoryUseResponse) -> DecisionReason {
    answer.reasons[0].reason()
}

fn withdrawal(name: &str) -> WithdrawStoryConsentRequest {
    WithdrawStoryConsentRequest { name: name.to_owned(), ..Default::default() }
}

fn by_code(reference: &str, code: &str) -> WithdrawStoryConsentByCodeRequest {
    WithdrawStoryConsentByCodeRequest { reference: reference.to_owned(), code: code.to_owned() }
}

#[tokio::test]
async fn a_story_is_used_for_what_was_consented_to_until_it_is_withdrawn() {
    for world in world::worlds().await {
        assert_eq!(reason(&check(&world, StoryUse::Publication).await), DecisionReason::ConsentMissing);
        let (given, code) = give(&world, "v-17", &[StoryUse::Publication, StoryUse::JourneyReport]).await;
        assert_eq!((given.withdraw_time.is_none(), code.len()), (true, 31), "{}", world.kind);
        let permitted = check(&world, StoryUse::Publication).await;
        assert!(permitted.permitted && permitted.reasons.is_empty(), "{permitted:?}");
        assert_eq!(permitted.story_consents, std::slice::from_ref(&given.name));
        let other = check(&world, StoryUse::LearningNetwork).await;
        assert!(!other.permitted && other.story_consents.is_empty());
        assert_eq!(reason(&other), DecisionReason::ConsentMissing);

        world.clock.advance(std::time::Duration::from_secs(60));
        let mut programme = client(&world, Caller::Programme);
        let stale = WithdrawStoryConsentRequest { etag: "\"x\"".to_owned(), ..withdrawal(&given.name) };
        assert_eq!(programme.withdraw_story_consent(stale).await.unwrap_err().code(), Code::Aborted);
        let withdrawn = programme.withdraw_story_consent(withdrawal(&given.name)).await.unwrap().into_inner();
        assert!(withdrawn.withdraw_time.is_some() && withdrawn.etag != given.etag);
        world.clock.advance(std::time::Duration::from_secs(60));
        let again = programme.withdraw_story_consent(withdrawal(&given.name)).await.unwrap().into_inner();
        assert_eq!(again, withdrawn, "the first withdrawal counts");
        let refused = check(&world, StoryUse::Publication).await;
        assert_eq!((refused.permitted, reason(&refused)), (false, DecisionReason::ConsentWithdrawn));
        let said = &refused.reasons[0];
        assert!(said.message_nl.contains("ingetrokken") && said.message_en.contains("withdrawn"), "{said:?}");

        // Given again by the same person.
        give(&world, "v-17", &[StoryUse::Publication]).await;
        assert!(check(&world, StoryUse::Publication).await.permitted);
        assert_eq!(reason(&check(&world, StoryUse::JourneyReport).await), DecisionReason::ConsentWithdrawn);
    }
}

#[tokio::test]
async fn who_gave_a_consent_withdraws_it_with_the_code_and_nobody_else_does() {
    for world in world::worlds().await {
        let (given, code) = give(&world, "v-17", &[StoryUse::Publication]).await;
        let (_, code_of_another) = give(&world, "v-18", &[StoryUse::Publication]).await;
        let entries = world.entries(Caller::PrivacyOfficer).await.len();
        let mut anybody = client(&world, Caller::Anonymous);
        let mut said = Vec::new();
        for (reference, code) in [
            ("v-17", code_of_another.as_str()),
            ("v-17", "0000-0000"),
            ("v-99", code.as_str()),
            ("geen verwijzing", code.as_str()),
            ("v-17", &format!("{code}0")),
        ] {
            let refused = anybody.withdraw_story_consent_by_code(by_code(reference, code)).await.unwrap_err();
            assert_eq!(refusal(&refused), (Code::NotFound, "NOT_FOUND".to_owned()), "{reference}");
            said.push((refused.message().to_owned(), refused.details().to_vec()));
        }
        assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "every refusal is the same: {said:?}");
        let empty = anybody.withdraw_story_consent_by_code(by_code("", "")).await.unwrap_err();
        assert_eq!(fields(&empty), ["reference", "code"]);
        assert_eq!(world.entries(Caller::PrivacyOfficer).await.len(), entries);
        assert!(check(&world, StoryUse::Publication).await.permitted, "{}", world.kind);

        let typed = code.to_lowercase().replace('-', " ");
        let withdrawn =
            anybody.withdraw_story_consent_by_code(by_code("v-17", &typed)).await.unwrap().into_inner();
        assert_eq!(withdrawn.name, given.name);
        assert_eq!(reason(&check(&world, StoryUse::Publication).await), DecisionReason::ConsentWithdrawn);
        let again = anybody.withdraw_story_consent_by_code(by_code("v-17", &code)).await.unwrap();
        assert_eq!(again.into_inner(), withdrawn);
    }
}

#[tokio::test]
async fn a_consent_that_was_entered_by_mistake_does_not_block_the_story_for_good() {
    for world in world::worlds().await {
        let (mistake, code) = give(&world, "v-71", &[StoryUse::JourneyReport]).await;
        give(&world, "v-17", &[StoryUse::Publication]).await;
        let publication = StoryUse::Publication;
        assert_eq!(reason(&check(&world, publication).await), DecisionReason::ConsentMissing);
        let entries = world.entries(Caller::PrivacyOfficer).await.len();
        let mut programme = client(&world, Caller::Programme);
        let take_out = WithdrawStoryConsentRequest { entered_by_mistake: true, ..withdrawal(&mistake.name) };
        let gone = programme.withdraw_story_consent(take_out.clone()).await.unwrap().into_inner();
        assert!(gone.entered_by_mistake && gone.withdraw_time.is_some(), "{}", world.kind);
        assert_eq!(programme.withdraw_story_consent(take_out.clone()).await.unwrap().into_inner(), gone);
        assert!(check(&world, publication).await.permitted);
        let entered = world.entries(Caller::PrivacyOfficer).await.split_off(entries);
        assert_eq!(entered.len(), 2, "taken out once, and the decision");
        assert!(entered[0].body_json.contains("TAKEN_OUT"), "{}", entered[0].body_json);
        assert!(entered[0].summary_nl.contains("bij vergissing"), "{}", entered[0].summary_nl);

        // Who holds its code did give it, and withdraws it.
        let mut anybody = client(&world, Caller::Anonymous);
        let withdrawn =
            anybody.withdraw_story_consent_by_code(by_code("v-71", &code)).await.unwrap().into_inner();
        assert!(!withdrawn.entered_by_mistake && withdrawn.etag != gone.etag);
        assert!(!check(&world, publication).await.permitted);
        let refused = programme.withdraw_story_consent(take_out).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "WRONG_STATE".to_owned()));
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn the_code_is_shown_once_and_only_its_digest_is_kept() {
    for world in world::worlds().await {
        let mut programme = client(&world, Caller::Programme);
        let mut request = consent("v-17", &[StoryUse::Publication]);
        request.request_id = REQUEST.to_owned();
        let first = programme.give_story_consent(request.clone()).await.unwrap().into_inner();
        let again = programme.give_story_consent(request.clone()).await.unwrap().into_inner();
        assert_eq!(again.story_consent, first.story_consent, "{}", world.kind);
        assert_eq!(again.withdrawal_code, "");
        let connection = world.test.database.pool();
        let sql = "SELECT code_digest FROM story_consent";
        let rows = connection
            .query_all_raw(Statement::from_string(connection.get_database_backend(), sql))
            .await
            .unwrap();
        assert_eq!(rows.len(), 1, "given once");
        let kept: String = rows[0].try_get("", "code_digest").unwrap();
        assert_eq!(kept.len(), 64);
        assert!(!kept.contains(&first.withdrawal_code.replace('-', "")));
        request.story_consent.as_mut().unwrap().reference = "v-18".to_owned();
        let reused = programme.give_story_consent(request).await.unwrap_err();
        assert_eq!(refusal(&reused).1, "REQUEST_ID_REUSED");
        let twice = programme.give_story_consent(consent("v-17", &[StoryUse::JourneyReport])).await;
        let twice = twice.unwrap_err();
        assert_eq!(refusal(&twice), (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
    }
}

#[tokio::test]
async fn a_reference_that_looks_like_a_person_is_refused() {
    for world in world::worlds().await {
        let mut programme = client(&world, Caller::Programme);
        for reference in ["jan@example.nl", "Jan Jansen", "123456782", "v-12345678", ""] {
            let request = consent(reference, &[StoryUse::Publication]);
            let refused = programme.give_story_consent(request).await.unwrap_err();
            assert_eq!(fields(&refused), ["story_consent.reference"], "{reference}");
        }
        let nothing = programme.give_story_consent(GiveStoryConsentRequest::default()).await.unwrap_err();
        assert_eq!(
            fields(&nothing),
            ["story_consent.reference", "story_consent.story", "story_consent.uses"],
            "{}",
            world.kind
        );
        let listed = programme.list_story_consents(ListStoryConsentsRequest::default()).await.unwrap();
        assert!(listed.into_inner().story_consents.is_empty());
    }
}

#[tokio::test]
async fn everything_is_in_the_ledger_concerns_no_organisation_and_names_nobody() {
    for world in world::worlds().await {
        let (_, code) = give(&world, "v-geheim", &[StoryUse::Publication]).await;
        let permitted = check(&world, StoryUse::Publication).await;
        client(&world, Caller::Anonymous)
            .withdraw_story_consent_by_code(by_code("v-geheim", &code))
            .await
            .unwrap();
        check(&world, StoryUse::Publication).await;
        let entries = world.entries(Caller::PrivacyOfficer).await;
        let kinds: Vec<_> = entries.iter().map(LedgerEntry::kind).collect();
        let (changed, decided) = (LedgerEntryKind::StoryConsentChanged, LedgerEntryKind::StoryUseDecided);
        assert_eq!(kinds, [changed, decided, changed, decided], "{}", world.kind);
        assert_eq!(entries[1].name, permitted.ledger_entry);
        for entry in &entries {
            assert!(entry.parties.is_empty() && entry.agreement.is_empty(), "{entry:?}");
            assert!(!format!("{entry:?}").contains("geheim"), "{entry:?}");
            assert!(entry.summary_nl.contains(STORY), "{}", entry.summary_nl);
        }
        for party in [Caller::Weller, Caller::Ggd] {
            assert!(world.entries(party).await.is_empty());
        }
    }
}

#[tokio::test]
async fn consents_are_read_by_the_programme_and_the_privacy_officer_page_by_page() {
    for world in world::worlds().await {
        let mut names = Vec::new();
        for number in 0..5 {
            names.push(give(&world, &format!("v-{number}"), &[StoryUse::Publication]).await.0.name);
            world.clock.advance(std::time::Duration::from_secs(1));
        }
        names.reverse();
        let mut officer = client(&world, Caller::PrivacyOfficer);
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListStoryConsentsRequest { story: STORY.to_owned(), page_size: 2, page_token };
            let page = officer.list_story_consents(request).await.unwrap().into_inner();
            seen.extend(page.story_consents.into_iter().map(|consent| consent.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, names, "the newest first; {}", world.kind);
        let other = ListStoryConsentsRequest { story: "stories/x".to_owned(), ..Default::default() };
        assert!(officer.list_story_consents(other).await.unwrap().into_inner().story_consents.is_empty());
        let get = |name: &str| GetStoryConsentRequest { name: name.to_owned() };
        let got = officer.get_story_consent(get(&names[0])).await.unwrap().into_inner();
        assert_eq!((got.name.as_str(), got.reference.as_str()), (names[0].as_str(), "v-4"));
        for nobody in ["story-consents/x", "story-consents/0190163d-8694-739b-aea5-966c26f8ad90"] {
            assert_eq!(officer.get_story_consent(get(nobody)).await.unwrap_err().code(), Code::NotFound);
        }
        assert_eq!(fields(&officer.get_story_consent(get("x")).await.unwrap_err()), ["name"]);
    }
}

#[tokio::test]
async fn who_uses_stories_hears_of_a_withdrawal_at_once_and_again_when_it_connects() {
    for world in world::worlds().await {
        let (given, code) = give(&world, "v-17", &[StoryUse::Publication]).await;
        let connect = async || {
            let client = DecisionServiceClient::new(world.service.called_as(Caller::Service("inspanningen")));
            Point::register(client, Message::Register(registration("inspanningen/0"))).await.unwrap()
        };
        let mut point = connect().await;
        let start = std::time::Instant::now();
        client(&world, Caller::Anonymous)
            .withdraw_story_consent_by_code(by_code("v-17", &code))
            .await
            .unwrap();
        let heard = loop {
            let message = point.hear().await;
            if !message.story_consent.is_empty() {
                break message;
            }
        };
        assert_eq!((heard.story_consent.as_str(), heard.agreement.as_str()), (given.name.as_str(), ""));
        assert_eq!(heard.reason.unwrap().reason(), DecisionReason::ConsentWithdrawn, "{}", world.kind);
        assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(connect().await.hear().await.story_consent, given.name);
    }
}

#[tokio::test]
async fn what_cannot_be_entered_is_refused() {
    for world in world::worlds().await {
        give(&world, "v-17", &[StoryUse::Publication]).await;
        world.test.database.pool().execute_unprepared("DROP TABLE ledger_party").await.unwrap();
        world.test.database.pool().execute_unprepared("DROP TABLE ledger_entry").await.unwrap();
        let refused = check(&world, StoryUse::Publication).await;
        assert!(!refused.permitted && refused.ledger_entry.is_empty(), "{}", world.kind);
        assert_eq!(reason(&refused), DecisionReason::LedgerUnavailable);
    }
}

#[tokio::test]
async fn a_check_names_story_use_and_transaction() {
    for world in world::worlds().await {
        let mut inspanningen = client(&world, Caller::Service("inspanningen"));
        let refused = inspanningen.check_story_use(CheckStoryUseRequest::default()).await.unwrap_err();
        assert_eq!(fields(&refused), ["story", "use", "transaction_id"], "{}", world.kind);
        assert!(world.entries(Caller::PrivacyOfficer).await.is_empty());
    }
}
