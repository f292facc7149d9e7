//! A row that is damaged in the database hurts only what depends on it.

use std::collections::HashMap;
use std::time::Duration;

use platform::upstream::Vouched;
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::use_rule_service_client::UseRuleServiceClient;
use proto::consent::v1::*;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use testkit::Party as Caller;
use tonic::Code;

use crate::point::Point;
use crate::seed;
use crate::world::{self, World, reasons_of, refusal};

async fn run(world: &World, sql: &str) {
    world.test.database.pool().execute_unprepared(sql).await.unwrap();
}

/// Damages that a column with text of one row may have. SQLite keeps any bytes in it.
fn damages(world: &World) -> Vec<&'static str> {
    let mut damages = vec!["'{'"];
    if world.kind == "sqlite" {
        // JSON but for one byte in a string of it, bytes that are no text, and a value of another kind.
        damages.extend(["CAST(x'7b2273797374656d223a22ff227d' AS TEXT)", "CAST(x'7bff' AS TEXT)", "x'7b7d'"]);
    }
    damages
}

/// Twenty decisions at the same time, of two kinds by turns: those of the second kind are refused, for this
/// reason of this side, and entered like the others.
async fn every_second_is_refused(world: &World, asked: [DecideRequest; 2], (side, why): (Side, &str)) {
    let mut tasks = Vec::new();
    for number in 0..20 {
        let transaction_id = world.clock.uuid().to_string();
        let request = DecideRequest { transaction_id, ..asked[number % 2].clone() };
        let mut client = world.decisions();
        tasks.push(tokio::spawn(async move { client.decide(request).await.unwrap().into_inner() }));
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let answer = task.await.unwrap();
        assert_eq!(answer.permitted, number % 2 == 0, "{} {number}", world.kind);
        assert!(!answer.ledger_entry.is_empty() && !answer.leaf_hash.is_empty(), "{answer:?}");
        if number % 2 == 1 {
            assert_eq!(reasons_of(&answer, side), [why]);
        }
    }
}

/// An active agreement of Weller with two recipients.
async fn for_two(world: &World) -> Agreement {
    let mut content = world::content();
    let oin = Caller::WonenZuid.oin().to_owned();
    content.recipients.push(Party { oin, display_name: String::new() });
    let agreement = world.propose(&world.create(content).await).await;
    for party in [Caller::Weller, Caller::Ggd, Caller::WonenZuid] {
        world.accept(&agreement, party).await.unwrap();
    }
    agreement
}

#[tokio::test]
async fn a_damaged_own_rule_refuses_its_organisation_and_nobody_else() {
    for world in world::worlds().await {
        let agreement = for_two(&world).await;
        let rule =
            UseRule { system: "*".to_owned(), purposes: vec!["purposes/-".to_owned()], ..Default::default() };
        let mut rules = UseRuleServiceClient::new(world.service.called_as(Caller::Ggd));
        for _ in 0..2 {
            let request = CreateUseRuleRequest { use_rule: Some(rule.clone()), request_id: String::new() };
            rules.create_use_rule(request).await.unwrap();
        }
        assert!(world.decide(world.request(&agreement.name)).await.permitted, "{}", world.kind);
        let asked = [Caller::WonenZuid, Caller::Ggd].map(|recipient| DecideRequest {
            recipient_oin: recipient.oin().into(),
            ..world.request(&agreement.name)
        });
        let mut entered = 5 + 2 + 1;
        for damage in damages(&world) {
            let last = "(SELECT MAX(id) FROM use_rule)";
            run(&world, &format!("UPDATE use_rule SET terms_json = {damage} WHERE id = {last}")).await;
            every_second_is_refused(&world, asked.clone(), (Side::Recipient, "OWN_RULES_DAMAGED")).await;
            entered += 20;
        }
        assert_eq!(world.entries(Caller::PrivacyOfficer).await.len(), entered);
        let wrong = world.verify().await.unwrap_err().to_string();
        assert!(
            wrong.starts_with("use-rules/") && wrong.contains("die achterliet"),
            "{} {wrong}",
            world.kind
        );
    }
}

#[tokio::test]
async fn a_damaged_agreement_refuses_what_is_asked_under_it_and_nothing_else() {
    for world in world::worlds().await {
        let sound = world.active().await;
        for damage in damages(&world) {
            let damaged = world.active().await;
            let id = damaged.name.strip_prefix("agreements/").unwrap();
            let whose = format!("(SELECT content_hash FROM agreement WHERE id = '{id}')");
            run(
                &world,
                &format!("UPDATE agreement_content SET content_json = {damage} WHERE content_hash = {whose}"),
            )
            .await;
            let asked = [&sound, &damaged].map(|agreement| world.request(&agreement.name));
            every_second_is_refused(&world, asked, (Side::Provider, "AGREEMENT_DAMAGED")).await;
        }
    }
}

#[tokio::test]
async fn a_damaged_agreement_is_listed_as_damaged_between_the_others() {
    for world in world::worlds().await {
        let active = async || {
            // Ids run with the time.
            world.clock.advance(Duration::from_millis(1));
            world.active().await
        };
        let first = active().await;
        let damaged = [active().await, active().await, active().await, active().await, active().await];
        world.revoke(&damaged[4], Caller::Ggd).await.unwrap();
        let last = active().await;
        let active_before: HashMap<_, _> =
            damaged.iter().map(|agreement| (agreement.name.clone(), agreement.clone())).collect();
        let ids = damaged.each_ref().map(|agreement| agreement.name.strip_prefix("agreements/").unwrap());
        let whose = format!("(SELECT content_hash FROM agreement WHERE id = '{}')", ids[0]);
        for sql in [
            format!("UPDATE agreement_content SET content_json = '{{}}' WHERE content_hash = {whose}"),
            format!("UPDATE agreement SET replaced_by = 'x' WHERE id = '{}'", ids[1]),
            format!("UPDATE agreement_signature SET kind = 'x' WHERE agreement = '{}'", ids[2]),
            format!(
                "UPDATE agreement_content SET text_nl = 'Alles mag.' WHERE content_hash = '{}'",
                damaged[3].content_hash
            ),
            format!("DELETE FROM agreement_signature WHERE kind = 'revoke' AND agreement = '{}'", ids[4]),
            format!("UPDATE agreement SET state = 'ACTIVE' WHERE id = '{}'", ids[4]),
        ] {
            run(&world, &sql).await;
        }
        for page_size in [0, 2] {
            let (mut shown, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = ListAgreementsRequest { page_size, page_token, ..Default::default() };
                let page = world.agreements(Caller::Ggd).list_agreements(request).await.unwrap().into_inner();
                shown.extend(page.agreements);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            let names: Vec<&str> = shown.iter().map(|agreement| agreement.name.as_str()).collect();
            let mut between = damaged.each_ref().map(|agreement| agreement.name.as_str());
            between.reverse();
            assert_eq!(names[1..6], between, "{}", world.kind);
            let read = |name| world.get(name, Caller::Ggd);
            assert_eq!(shown[0], read(&last.name).await.unwrap());
            assert_eq!(shown[6..], [read(&first.name).await.unwrap()]);
            for damaged in &shown[1..6] {
                assert!(damaged.damaged && damaged.text_nl.contains("beschadigd"), "{damaged:?}");
                assert!(damaged.content.is_none() && damaged.signatures.is_empty());
                assert_eq!(damaged.state(), AgreementState::Unspecified, "{damaged:?}");
                assert_eq!(read(&damaged.name).await.unwrap(), *damaged, "the same by itself");
                let stranger = world.get(&damaged.name, Caller::WonenZuid).await.unwrap_err();
                assert_eq!(refusal(&stranger), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
                assert_eq!(world.get(&damaged.name, Caller::PrivacyOfficer).await.unwrap(), *damaged);
                let accepted = world.accept(&active_before[&damaged.name], Caller::Weller).await.unwrap_err();
                assert_eq!(refusal(&accepted), (Code::DataLoss, "AGREEMENT_DAMAGED".to_owned()));
                let previewed = PreviewAgreementRequest { name: damaged.name.clone() };
                let previewed = world.previews(Caller::Ggd).preview_agreement(previewed).await.unwrap_err();
                assert_eq!(refusal(&previewed), (Code::DataLoss, "AGREEMENT_DAMAGED".to_owned()));
            }
        }
    }
}

#[tokio::test]
async fn a_damaged_own_rule_can_be_removed_by_its_organisation() {
    for world in world::worlds().await {
        let active = world.active().await;
        let mut rules = UseRuleServiceClient::new(world.service.called_as(Caller::Ggd));
        let rule =
            UseRule { system: "*".to_owned(), purposes: vec!["purposes/-".to_owned()], ..Default::default() };
        let create = CreateUseRuleRequest { use_rule: Some(rule.clone()), request_id: String::new() };
        let damaged = rules.create_use_rule(create.clone()).await.unwrap().into_inner().name;
        run(&world, "UPDATE use_rule SET terms_json = '{'").await;
        let delete = DeleteUseRuleRequest { name: damaged.clone(), ..Default::default() };
        // It may not have allowed everything, so what comes after it has to be said first.
        let last = rules.delete_use_rule(delete.clone()).await.unwrap_err();
        assert_eq!(refusal(&last), (Code::FailedPrecondition, "WRONG_STATE".to_owned()), "{}", world.kind);
        world.clock.advance(Duration::from_millis(1));
        rules.create_use_rule(create).await.unwrap();
        assert!(!world.decide(world.request(&active.name)).await.permitted);
        rules.delete_use_rule(delete).await.unwrap();
        assert!(world.decide(world.request(&active.name)).await.permitted, "{}", world.kind);
        let entries = world.entries(Caller::Ggd).await;
        let removed = entries.iter().rfind(|entry| entry.kind() == LedgerEntryKind::OwnRuleChanged).unwrap();
        assert!(removed.summary_nl.contains(&damaged) && removed.summary_nl.contains("niet meer te lezen"));
        world.verify().await.unwrap();
    }
}

/// Puts a row with another id, which is none, behind every row of a table.
async fn unnamed(world: &World, table: &str, columns: &str) {
    let more = format!("INSERT INTO {table} (id, {columns}) SELECT id || 'z', {columns} FROM {table}");
    run(world, &more).await;
}

#[tokio::test]
async fn what_cannot_be_named_is_left_out_of_a_list_that_goes_on() {
    for world in world::worlds().await {
        let mut rules = UseRuleServiceClient::new(world.service.called_as(Caller::Ggd));
        let rule =
            UseRule { system: "*".to_owned(), purposes: vec!["purposes/-".to_owned()], ..Default::default() };
        let (mut agreements, mut consents, mut own_rules) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..5 {
            world.clock.advance(Duration::from_millis(1));
            agreements.push(world.active().await.name);
            consents.push(give(&world, &format!("v-{number}"), "stories/een").await.name);
            let create = CreateUseRuleRequest { use_rule: Some(rule.clone()), request_id: String::new() };
            own_rules.push(rules.create_use_rule(create).await.unwrap().into_inner().name);
        }
        agreements.reverse();
        consents.reverse();
        let columns = "state, content_hash, end_time, start_time, create_time, update_time, entries";
        run(&world, "INSERT INTO agreement_content (content_hash, content_json, text_nl) SELECT content_hash || 'z', content_json, text_nl FROM agreement_content").await;
        let more = columns.replace("content_hash", "content_hash || 'z'");
        run(
            &world,
            &format!("INSERT INTO agreement (id, {columns}) SELECT id || 'z', {more} FROM agreement"),
        )
        .await;
        unnamed(&world, "story_consent", "reference, story, uses, give_time, code_digest, mistaken").await;
        unnamed(&world, "use_rule", "owner, terms_json, create_time").await;
        let (mut shown, mut tokens) = ([const { Vec::new() }; 3], [const { String::new() }; 3]);
        for _ in 0..3 {
            let [one, two, three] = tokens;
            let mut client = world.agreements(Caller::PrivacyOfficer);
            let request = ListAgreementsRequest { page_size: 2, page_token: one, ..Default::default() };
            let page = client.list_agreements(request).await.unwrap().into_inner();
            shown[0].extend(page.agreements.into_iter().map(|agreement| agreement.name));
            let request = ListStoryConsentsRequest { page_size: 2, page_token: two, ..Default::default() };
            let mut client = stories(&world, Caller::Programme);
            let next = client.list_story_consents(request).await.unwrap().into_inner();
            shown[1].extend(next.story_consents.into_iter().map(|consent| consent.name));
            let request = ListUseRulesRequest { page_size: 2, page_token: three };
            let last = rules.list_use_rules(request).await.unwrap().into_inner();
            shown[2].extend(last.use_rules.into_iter().map(|rule| rule.name));
            tokens = [page.next_page_token, next.next_page_token, last.next_page_token];
        }
        assert_eq!(shown, [agreements, consents, own_rules], "{}", world.kind);
        assert_eq!(tokens, ["", "", ""], "{}", world.kind);
    }
}

fn stories(world: &World, by: Caller) -> StoryConsentServiceClient<Vouched> {
    StoryConsentServiceClient::new(world.service.called_as(by))
}

async fn give(world: &World, reference: &str, story: &str) -> StoryConsent {
    let given = StoryConsent {
        reference: reference.to_owned(),
        story: story.to_owned(),
        uses: vec![StoryUse::Publication.into()],
        ..Default::default()
    };
    let request = GiveStoryConsentRequest { story_consent: Some(given), request_id: String::new() };
    let answer = stories(world, Caller::Programme).give_story_consent(request).await.unwrap().into_inner();
    answer.story_consent.unwrap()
}

async fn check(world: &World, story: &str) -> CheckStoryUseResponse {
    let request = CheckStoryUseRequest {
        story: story.to_owned(),
        r#use: StoryUse::Publication.into(),
        transaction_id: world.clock.uuid().to_string(),
        trace_id: String::new(),
    };
    stories(world, Caller::Service("inspanningen")).check_story_use(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_damaged_consent_for_a_story_counts_as_withdrawn_and_leaves_others_alone() {
    for world in world::worlds().await {
        let damaged = give(&world, "v-1", "stories/een").await;
        give(&world, "v-2", "stories/een").await;
        give(&world, "v-3", "stories/twee").await;
        let id = damaged.name.strip_prefix("story-consents/").unwrap();
        for damage in ["uses = 'x'", "reference = ''"] {
            run(&world, &format!("UPDATE story_consent SET {damage} WHERE id = '{id}'")).await;
            let refused = check(&world, "stories/een").await;
            assert!(!refused.permitted, "{} {damage}", world.kind);
            assert_eq!(refused.reasons[0].reason(), DecisionReason::ConsentWithdrawn);
            assert!(!refused.ledger_entry.is_empty(), "it is entered");
            assert!(check(&world, "stories/twee").await.permitted);
        }
        give(&world, "v-4", "stories/een").await;
        assert!(!check(&world, "stories/een").await.permitted, "not by a new one either");
        run(&world, &format!("UPDATE story_consent SET uses = 'PUBLICATION' WHERE id = '{id}'")).await;
        world.verify().await.unwrap();
    }
}

/// The next withdrawal that a point hears of.
async fn withdrawal(point: &mut Point) -> WatchRevocationsResponse {
    loop {
        let heard = point.hear().await;
        if !heard.story_consent.is_empty() {
            return heard;
        }
    }
}

#[tokio::test]
async fn a_withdrawal_that_is_damaged_is_told_and_the_look_goes_on() {
    for world in world::worlds().await {
        let (one, other) =
            (give(&world, "v-1", "stories/een").await, give(&world, "v-2", "stories/twee").await);
        let mut point = Point::connect(&world, "verhalen").await;
        point.sign_of_life().await;
        let id = one.name.strip_prefix("story-consents/").unwrap();
        let now = platform::clock::micros(world.clock.now());
        let damage = format!("id = 'x', uses = '', reference = '', withdraw_time = {now}");
        run(&world, &format!("UPDATE story_consent SET {damage} WHERE id = '{id}'")).await;
        let heard = withdrawal(&mut point).await;
        assert_eq!(heard.story_consent, "story-consents/x", "{}", world.kind);
        assert_eq!(heard.reason.unwrap().metadata["story"], "stories/een");
        point.sign_of_life().await;
        let request = WithdrawStoryConsentRequest { name: other.name.clone(), ..Default::default() };
        stories(&world, Caller::Programme).withdraw_story_consent(request).await.unwrap();
        assert_eq!(withdrawal(&mut point).await.story_consent, other.name);
        let mut another = Point::connect(&world, "verhalen-2").await;
        for _ in 0..2 {
            withdrawal(&mut another).await;
        }
        another.sign_of_life().await;
    }
}

#[tokio::test]
async fn a_stop_that_is_damaged_has_no_receipt_and_keeps_no_other_one_back() {
    for world in world::worlds().await {
        // Places in the ledger for more stops than are looked at together, before the sound one.
        seed::releases(&world, 256).await;
        let (sound, damaged) = (world.active().await, world.active().await);
        let [one, other] =
            [&sound, &damaged].map(|agreement| agreement.name.strip_prefix("agreements/").unwrap());
        let whose = format!("(SELECT content_hash FROM agreement WHERE id = '{other}')");
        run(
            &world,
            &format!("UPDATE agreement_content SET content_json = '{{}}' WHERE content_hash = {whose}"),
        )
        .await;
        // Of the one the state cannot be read, of the other the agreement.
        let stops = (0..250).map(|stop| match stop % 2 {
            0 => format!("({stop}, '{one}', 'x', 0, 0)"),
            _ => format!("({stop}, '{other}', 'REVOKED', 0, 0)"),
        });
        let stops = stops.collect::<Vec<_>>().join(", ");
        run(
            &world,
            &format!("INSERT INTO agreement_stop (stop, agreement, state, since, stop_time) VALUES {stops}"),
        )
        .await;
        let mut point = Point::connect(&world, "indicators/0").await;
        world.revoke(&sound, Caller::Weller).await.unwrap();
        // Those that were put there are told too.
        let stop = loop {
            match point.hear_of_an_end().await.stop {
                Some(stop) if stop > 256 => break stop,
                Some(_) | None => {}
            }
        };
        point.confirm(&sound.name, stop, 1).await;
        let request = GetRevocationReceiptRequest { name: sound.name.clone() };
        let mut client = RevocationServiceClient::new(world.service.called_as(Caller::Ggd));
        let receipt = client.get_revocation_receipt(request).await.unwrap().into_inner();
        assert!(receipt.complete, "{} {receipt:?}", world.kind);
        let entries = world.entries(Caller::PrivacyOfficer).await.into_iter();
        let receipts = entries.filter(|entry| entry.kind() == LedgerEntryKind::StopConfirmed);
        assert_eq!(receipts.count(), 1, "{}", world.kind);
        let wrong = world.verify().await.unwrap_err().to_string();
        assert!(wrong.ends_with("de inhoud is niet die van de vingerafdruk"), "{wrong}");
        let content = &damaged.content_json;
        let mend =
            format!("UPDATE agreement_content SET content_json = '{content}' WHERE content_hash = {whose}");
        run(&world, &mend).await;
        let wrong = world.verify().await.unwrap_err().to_string();
        assert!(wrong.starts_with("de stop door ledger-entries/0 is er, en geen regel"), "{wrong}");
    }
}

/// SQLite keeps any value in any column.
#[tokio::test]
async fn points_that_are_damaged_hold_up_no_stop_and_are_not_kept_for_ever() {
    let world = world::worlds().await.swap_remove(0);
    assert_eq!(world.kind, "sqlite");
    let active = world.active().await;
    drop(Point::connect(&world, "indicators/0").await);
    run(&world, "UPDATE enforcement_point SET heard_time = 'x', registered_time = 'x'").await;
    for process in ["ff", "fe"] {
        let columns = "name, process, replica, registered_time, heard_time, open_streams";
        run(
            &world,
            &format!(
                "INSERT INTO enforcement_point ({columns}) VALUES (x'ff', x'{process}', '', 'x', 'x', '[]')"
            ),
        )
        .await;
    }
    let stopped = world.clock.now();
    world.revoke(&active, Caller::Weller).await.unwrap();
    let waiting = async {
        let request = GetRevocationReceiptRequest { name: active.name.clone() };
        let mut client = RevocationServiceClient::new(world.service.called_as(Caller::Ggd));
        client.get_revocation_receipt(request).await.unwrap().into_inner()
    };
    let time = async {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        world.clock.advance(Duration::from_millis(3001));
    };
    let (receipt, ()) = tokio::join!(waiting, time);
    assert!(receipt.complete, "{receipt:?}");
    // Nothing says that they were silent before the stop.
    let silent: Vec<_> =
        receipt.points.iter().map(|point| (point.enforcement_point.as_str(), point.silent_since)).collect();
    let since = Some(platform::clock::timestamp(stopped));
    assert_eq!(silent, [("indicators/0", since), ("\u{fffd}", since)]);

    for _ in 0..2 {
        drop(Point::connect(&world, "indicators/1").await);
        world.clock.advance(Duration::from_secs(25 * 60 * 60));
    }
    drop(Point::connect(&world, "indicators/2").await);
    let kept = "SELECT name FROM enforcement_point";
    let kept = Statement::from_string(DatabaseBackend::Sqlite, kept);
    assert_eq!(world.test.database.pool().query_all_raw(kept).await.unwrap().len(), 1);
}
