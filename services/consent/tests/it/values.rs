//! SQLite keeps any value in any column: a text in the place of a number, bytes that are no text. Such a
//! row hurts only what depends on it, and is named.

use std::time::Duration;

use consent::VerifyError;
use platform::upstream::Vouched;
use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::use_rule_service_client::UseRuleServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;

use crate::point::Point;
use crate::world::{self, World};

/// Bytes that are no text, a number's place taken by a text, and a value of another kind.
const NO_TEXT: [&str; 2] = ["CAST(x'7bff' AS TEXT)", "x'7b7d'"];
const NO_NUMBER: [&str; 2] = ["'x'", "x'7b7d'"];

async fn sqlite() -> World {
    world::worlds().await.into_iter().find(|world| world.kind == "sqlite").unwrap()
}

async fn run(world: &World, sql: &str) {
    world.test.database.pool().execute_unprepared(sql).await.unwrap();
}

/// Does something with one column of one row damaged in each way, and mends it again.
async fn damaged(
    world: &World,
    table: &str,
    columns: &[&str],
    row: &str,
    ways: &[&str],
    look: impl AsyncFn(&str),
) {
    for column in columns {
        for way in ways {
            run(world, &format!("CREATE TABLE before AS SELECT {column} AS kept FROM {table} WHERE {row}"))
                .await;
            run(world, &format!("UPDATE {table} SET {column} = {way} WHERE {row}")).await;
            look(&format!("{table}.{column} = {way}")).await;
            let changed = format!("{column} = {way}");
            let row = if row.starts_with(column) { &changed } else { row };
            run(world, &format!("UPDATE {table} SET {column} = (SELECT kept FROM before) WHERE {row}")).await;
            run(world, "DROP TABLE before").await;
        }
    }
}

fn id_of(agreement: &Agreement) -> &str {
    agreement.name.strip_prefix("agreements/").unwrap()
}

async fn listed(world: &World) -> Vec<(String, bool)> {
    let request = ListAgreementsRequest::default();
    let page = world.agreements(Caller::Ggd).list_agreements(request).await.unwrap().into_inner();
    page.agreements.into_iter().map(|agreement| (agreement.name, agreement.damaged)).collect()
}

/// Twenty decisions at the same time, by turns under two agreements.
async fn decided(world: &World, agreements: [&Agreement; 2], way: &str) {
    let mut tasks = Vec::new();
    for number in 0..20 {
        let (mut client, request) = (world.decisions(), world.request(&agreements[number % 2].name));
        tasks.push(tokio::spawn(async move { client.decide(request).await.unwrap().into_inner() }));
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let answer = task.await.unwrap();
        assert_eq!(answer.permitted, number % 2 == 0, "{way} {number}");
        if !answer.permitted {
            assert_eq!(world::reasons(&answer), ["AGREEMENT_DAMAGED"]);
        }
    }
}

#[tokio::test]
async fn an_agreement_with_a_wrong_value_hurts_no_other_one() {
    let world = sqlite().await;
    let sound = world.active().await;
    world.clock.advance(Duration::from_millis(1));
    let hurt = world.active().await;
    let row = format!("id = '{}'", id_of(&hurt));
    let both = |damaged| vec![(hurt.name.clone(), damaged), (sound.name.clone(), false)];
    let decides = async |way: &str| {
        decided(&world, [&sound, &hurt], way).await;
        assert_eq!(listed(&world).await, both(true), "{way}");
    };
    damaged(&world, "agreement", &["update_time"], &row, &NO_NUMBER, decides).await;
    damaged(&world, "agreement", &["state", "replaced_by"], &row, &NO_TEXT, decides).await;
    let counts = async |way: &str| {
        decided(&world, [&sound, &hurt], way).await;
        let named = world.verify().await.unwrap_err().to_string();
        assert!(named.contains(&hurt.name), "{way}: {named}");
    };
    damaged(&world, "agreement", &["entries"], &row, &NO_NUMBER, counts).await;
    damaged(&world, "agreement", &["last_leaf"], &row, &NO_TEXT, counts).await;
    let lists = async |way: &str| assert_eq!(listed(&world).await, both(true), "{way}");
    damaged(&world, "agreement", &["create_time", "end_time"], &row, &NO_NUMBER, lists).await;
    let content = format!("content_hash = (SELECT content_hash FROM agreement WHERE {row})");
    damaged(&world, "agreement_content", &["content_json", "text_nl"], &content, &NO_TEXT, lists).await;
    let signature = format!("agreement = '{}' AND position = 1", id_of(&hurt));
    damaged(&world, "agreement_signature", &["create_time"], &signature, &NO_NUMBER, lists).await;
    damaged(&world, "agreement_signature", &["oin", "kind", "jws"], &signature, &NO_TEXT, lists).await;
    assert_eq!(listed(&world).await, both(false));
    world.verify().await.unwrap();
}

#[tokio::test]
async fn an_entry_with_a_wrong_value_is_named_and_hurts_no_other_one() {
    let world = sqlite().await;
    let active = world.active().await;
    world.decide(world.request(&active.name)).await;
    let before = world.entries(Caller::PrivacyOfficer).await;
    let entry = async |way: &str| {
        for by in [Caller::Ggd, Caller::PrivacyOfficer] {
            let shown = world.entries(by).await;
            let hurt: Vec<i64> =
                shown.iter().filter(|entry| entry.damaged).map(|entry| entry.index).collect();
            assert_eq!(hurt, [3], "{way}");
            assert!(shown.iter().filter(|entry| !entry.damaged).all(|entry| before.contains(entry)));
            let get = GetLedgerEntryRequest { name: before[3].name.clone() };
            assert!(world.ledger(by).get_ledger_entry(get).await.unwrap().into_inner().damaged, "{way}");
        }
        match world.verify().await {
            Err(VerifyError::Broken { index: 3, .. }) => {}
            other => panic!("{way}: {other:?}"),
        }
    };
    let columns =
        ["header_json", "header_salt", "header_commitment", "body_json", "body_salt", "body_commitment"];
    damaged(&world, "ledger_entry", &columns, "position = 3", &NO_TEXT, entry).await;
    let found = async |way: &str| {
        assert_eq!(world.entries(Caller::PrivacyOfficer).await.len(), before.len(), "{way}");
        match world.verify().await {
            Err(VerifyError::Broken { index: 3, .. }) => {}
            other => panic!("{way}: {other:?}"),
        }
    };
    damaged(
        &world,
        "ledger_entry",
        &["kind", "transaction_id", "leaf_hash"],
        "position = 3",
        &NO_TEXT,
        found,
    )
    .await;
    let reader = format!("oin = '{}' AND position = 3", Caller::Ggd.oin());
    damaged(&world, "ledger_party", &["whole"], &reader, &NO_NUMBER, found).await;
    assert_eq!(world.entries(Caller::PrivacyOfficer).await, before);
    world.verify().await.unwrap();
}

#[tokio::test]
async fn one_more_reader_of_an_entry_is_found_also_when_it_cannot_be_read() {
    let world = sqlite().await;
    let active = world.active().await;
    world.decide(world.request(&active.name)).await;
    run(&world, "INSERT INTO ledger_party (oin, position, whole) VALUES ('00000099000000003000', 3, 'x')")
        .await;
    match world.verify().await {
        Err(VerifyError::Broken { index: 3, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_own_rule_with_a_wrong_value_is_listed_as_damaged_and_refuses() {
    let world = sqlite().await;
    let active = world.active().await;
    let mut rules = UseRuleServiceClient::new(world.service.called_as(Caller::Ggd));
    let rule =
        UseRule { system: "*".to_owned(), purposes: vec!["purposes/-".to_owned()], ..Default::default() };
    for _ in 0..2 {
        world.clock.advance(Duration::from_millis(1));
        let request = CreateUseRuleRequest { use_rule: Some(rule.clone()), request_id: String::new() };
        rules.create_use_rule(request).await.unwrap();
    }
    let list = async || {
        let mut rules = UseRuleServiceClient::new(world.service.called_as(Caller::Ggd));
        rules.list_use_rules(ListUseRulesRequest::default()).await.unwrap().into_inner().use_rules
    };
    let before = list().await;
    let lists = async |way: &str| {
        let shown = list().await;
        let hurt = UseRule { name: before[1].name.clone(), damaged: true, ..Default::default() };
        assert_eq!(shown, [before[0].clone(), hurt], "{way}");
        assert!(!world.decide(world.request(&active.name)).await.permitted, "{way}");
    };
    let row = "id = (SELECT MAX(id) FROM use_rule)";
    damaged(&world, "use_rule", &["create_time"], row, &NO_NUMBER, lists).await;
    damaged(&world, "use_rule", &["terms_json"], row, &NO_TEXT, lists).await;
    assert!(world.decide(world.request(&active.name)).await.permitted);
}

/// A point hears that all was looked at, whatever else it hears before.
async fn alive(point: &mut Point) {
    let number = point.alive().await;
    while point.hear().await.answered < number {}
}

fn stories(world: &World, by: Caller) -> StoryConsentServiceClient<Vouched> {
    StoryConsentServiceClient::new(world.service.called_as(by))
}

#[tokio::test]
async fn a_consent_with_a_wrong_value_counts_as_withdrawn_for_its_story_alone() {
    let world = sqlite().await;
    for (reference, story) in [("v-1", "stories/een"), ("v-2", "stories/twee")] {
        world.clock.advance(Duration::from_millis(1));
        let given = StoryConsent {
            reference: reference.to_owned(),
            story: story.to_owned(),
            uses: vec![StoryUse::Publication.into()],
            ..Default::default()
        };
        let request = GiveStoryConsentRequest { story_consent: Some(given), request_id: String::new() };
        stories(&world, Caller::Programme).give_story_consent(request).await.unwrap();
    }
    let list = async || {
        let request = ListStoryConsentsRequest::default();
        stories(&world, Caller::Programme)
            .list_story_consents(request)
            .await
            .unwrap()
            .into_inner()
            .story_consents
    };
    let permitted = async |story: &str| {
        let request = CheckStoryUseRequest {
            story: story.to_owned(),
            r#use: StoryUse::Publication.into(),
            transaction_id: world.clock.uuid().to_string(),
            trace_id: String::new(),
        };
        let mut client = stories(&world, Caller::Service("inspanningen"));
        let answer = client.check_story_use(request).await.unwrap().into_inner();
        assert!(!answer.ledger_entry.is_empty(), "it is entered");
        answer.permitted
    };
    let before = list().await;
    let point = Point::connect(&world, "verhalen").await;
    let point = tokio::sync::Mutex::new(point);
    let hurts = async |way: &str| {
        let hurt = StoryConsent { name: before[1].name.clone(), damaged: true, ..Default::default() };
        assert_eq!(list().await, [before[0].clone(), hurt], "{way}");
        assert!(!permitted("stories/een").await, "{way}");
        assert!(permitted("stories/twee").await, "{way}");
        // Listeners go on to hear that all is well.
        alive(&mut *point.lock().await).await;
    };
    let row = "reference = 'v-1'";
    damaged(&world, "story_consent", &["give_time", "withdraw_time", "mistaken"], row, &NO_NUMBER, hurts)
        .await;
    damaged(&world, "story_consent", &["uses"], row, &NO_TEXT, hurts).await;
    assert!(permitted("stories/een").await);
}

#[tokio::test]
async fn a_point_or_a_stop_with_a_wrong_value_keeps_no_other_stop_back() {
    let world = sqlite().await;
    let (first, second) = (world.active().await, world.active().await);
    let mut point = Point::connect(&world, "een").await;
    point.sign_of_life().await;
    run(&world, "INSERT INTO enforcement_point (name, process, replica, registered_time, heard_time, open_streams) VALUES ('weg', 'weg', '', 'x', 'x', 'x'), ('weg', 'ook', '', 0, 'x', CAST(x'ff' AS TEXT))").await;
    world.revoke(&first, Caller::Ggd).await.unwrap();
    alive(&mut point).await;
    run(&world, "UPDATE agreement_stop SET since = 'x', stop_time = 'x'").await;
    world.revoke(&second, Caller::Ggd).await.unwrap();
    alive(&mut point).await;
    let mut another = Point::connect(&world, "twee").await;
    alive(&mut another).await;
}

#[tokio::test]
async fn a_purpose_with_a_wrong_value_is_listed_between_the_others_and_agreed_on_by_nobody() {
    let world = sqlite().await;
    let list = async || {
        let mut purposes = world.purposes(Caller::Ggd);
        purposes.list_purposes(ListPurposesRequest::default()).await.unwrap().into_inner().purposes
    };
    run(&world, "UPDATE purpose SET create_time = 1, update_time = 1").await;
    let before = list().await;
    let lists = async |way: &str| {
        let shown = list().await;
        assert_eq!((shown.len(), &shown[0].name, &shown[1]), (2, &before[0].name, &before[1]), "{way}");
        assert_ne!(shown[0], before[0], "{way}");
        let request = CreateAgreementRequest { content: Some(world::content()), request_id: String::new() };
        assert!(world.agreements(Caller::Weller).create_agreement(request).await.is_err(), "{way}");
    };
    let row = "code = 'vroegsignalering-schulden'";
    damaged(&world, "purpose", &["create_time", "update_time"], row, &NO_NUMBER, lists).await;
    damaged(&world, "purpose", &["display_name", "serves"], row, &NO_TEXT, lists).await;
    assert_eq!(list().await, before);
    world.create(world::content()).await;
}

#[tokio::test]
async fn the_purposes_after_one_whose_code_cannot_be_read_are_on_the_next_page() {
    let world = sqlite().await;
    run(
        &world,
        "UPDATE purpose SET code = CAST(x'ff' AS TEXT) WHERE position = (SELECT MIN(position) FROM purpose)",
    )
    .await;
    let (mut names, mut page_token) = (Vec::new(), String::new());
    for _ in 0..2 {
        let request = ListPurposesRequest { page_size: 1, page_token };
        let page = world.purposes(Caller::Ggd).list_purposes(request).await.unwrap().into_inner();
        names.extend(page.purposes.into_iter().map(|purpose| purpose.name));
        page_token = page.next_page_token;
    }
    assert_eq!(
        (names, page_token),
        (vec!["purposes/\u{fffd}".to_owned(), "purposes/wijkplannen".to_owned()], String::new())
    );
}
