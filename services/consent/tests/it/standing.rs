//! What is decided on is how the entries of the ledger leave it: a row that says something else is found,
//! with the entry, and nothing is decided by it.

use std::time::Duration;

use consent::{Fault, VerifyError};
use proto::consent::v1::story_consent_service_client::StoryConsentServiceClient;
use proto::consent::v1::use_rule_service_client::UseRuleServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::Code;

use crate::point::Point;
use crate::world::{self, World, reasons, refusal};

/// Content that no agreement has.
const CONTENT_OF_NONE: &str =
    "INSERT INTO agreement_content (content_hash, content_json, text_nl) VALUES ('x', '{}', '')";

async fn run(world: &World, sql: &str) {
    world.test.database.pool().execute_unprepared(sql).await.unwrap();
}

/// Changes a table, expects that the ledger is found to say something else, and changes it back.
async fn found(world: &World, table: &str, change: &str, named: &str) {
    run(world, &format!("CREATE TABLE before AS SELECT * FROM {table}")).await;
    run(world, change).await;
    let wrong = world.verify().await.map_err(|error| error.to_string());
    assert!(
        wrong.as_ref().is_err_and(|wrong| wrong.starts_with(named)),
        "{} {change}: {wrong:?}",
        world.kind
    );
    if table == "agreement" {
        let columns = "state, replaced_by, content_hash, start_time, end_time";
        let before = format!("SELECT {columns} FROM before WHERE before.id = agreement.id");
        run(world, &format!("UPDATE agreement SET ({columns}) = ({before})")).await;
    } else {
        run(world, &format!("DELETE FROM {table}")).await;
        run(world, &format!("INSERT INTO {table} SELECT * FROM before")).await;
    }
    run(world, "DROP TABLE before").await;
    world.verify().await.unwrap();
}

fn id(name: &str) -> &str {
    name.split_once('/').unwrap().1
}

#[tokio::test]
async fn an_agreement_that_is_not_as_its_entries_left_it_is_found_with_the_entry() {
    for world in world::worlds().await {
        let agreed = world.active().await;
        world.suspend(&agreed, Caller::Ggd).await.unwrap();
        world.resume(&agreed, Caller::Ggd).await.unwrap();
        world.revoke(&agreed, Caller::Ggd).await.unwrap();
        let replaced = world.active().await;
        let replacing = AgreementContent { replaces: replaced.name.clone(), ..world::content() };
        let new = world.propose(&world.create(replacing).await).await;
        world.accept(&new, Caller::Weller).await.unwrap();
        world.accept(&new, Caller::Ggd).await.unwrap();
        let draft = world.create(world::content()).await;
        world.verify().await.unwrap();

        let entries = world.entries(Caller::PrivacyOfficer).await;
        let last = |agreement: &Agreement| {
            let mut changes = entries.iter().filter(|entry| {
                entry.agreement == agreement.name && entry.kind() == LedgerEntryKind::AgreementChanged
            });
            changes.next_back().unwrap().name.clone()
        };
        let sets = |agreement: &Agreement, set: &str| {
            format!("UPDATE agreement SET {set} WHERE id = '{}'", id(&agreement.name))
        };
        for (agreement, set) in [
            (&agreed, "state = 'ACTIVE'"),
            (&agreed, "state = 'SUSPENDED'"),
            (&agreed, "state = 'x'"),
            (&replaced, "state = 'ACTIVE'"),
            (&replaced, "replaced_by = NULL"),
            (&agreed, "replaced_by = 'x'"),
            (&new, "state = 'PROPOSED'"),
            (&draft, "state = 'ACTIVE'"),
            (&new, "end_time = end_time + 1"),
            (&new, "start_time = start_time - 1"),
        ] {
            let named = format!("{} is niet zoals {} die achterliet", agreement.name, last(agreement));
            found(&world, "agreement", &sets(agreement, set), &named).await;
        }
        run(&world, CONTENT_OF_NONE).await;
        let named =
            format!("{} is niet zoals {} die achterliet: heeft een andere inhoud", new.name, last(&new));
        found(&world, "agreement", &sets(&new, "content_hash = 'x'"), &named).await;

        // The entries of the suspension and of the revocation are the third and the fifth that were signed.
        let signed: Vec<_> = entries.iter().filter(|entry| entry.body_json.contains("\"jws\"")).collect();
        let of_agreed = format!("WHERE agreement = '{}'", id(&agreed.name));
        for (change, at) in [
            (
                format!(
                    "UPDATE agreement_signature SET oin = '{}' {of_agreed} AND position = 0",
                    Caller::Ggd.oin()
                ),
                0,
            ),
            (format!("UPDATE agreement_signature SET jws = 'a.b.c' {of_agreed} AND position = 2"), 2),
            (format!("UPDATE agreement_signature SET kind = 'accept' {of_agreed} AND position = 4"), 4),
            (format!("DELETE FROM agreement_signature {of_agreed} AND position = 2"), 2),
            // When it was received, by which its key is judged.
            (
                format!(
                    "UPDATE agreement_signature SET create_time = create_time - 1 {of_agreed} AND position = 0"
                ),
                0,
            ),
            (
                format!(
                    "UPDATE agreement_signature SET create_time = create_time + 1 {of_agreed} AND position = 4"
                ),
                4,
            ),
            (
                format!(
                    "INSERT INTO agreement_signature SELECT agreement, 9, oin, kind, jws, create_time FROM agreement_signature {of_agreed} AND position = 3"
                ),
                4,
            ),
        ] {
            let named =
                format!("{} is niet zoals {} die achterliet: handtekening", agreed.name, signed[at].name);
            found(&world, "agreement_signature", &change, &named).await;
        }
        let added = "INSERT INTO agreement (id, state, content_hash, start_time, end_time, create_time, update_time, entries) SELECT 'x', 'DRAFT', 'x', 0, 0, 0, 0, 0";
        run(&world, added).await;
        let wrong = world.verify().await.unwrap_err().to_string();
        assert!(wrong.starts_with("agreements/x is er, en geen regel"), "{} {wrong}", world.kind);
        run(&world, "DELETE FROM agreement WHERE id = 'x'").await;
        let id = id(&draft.name);
        run(&world, &format!("DELETE FROM agreement_party WHERE agreement = '{id}'")).await;
        run(&world, &format!("DELETE FROM agreement WHERE id = '{id}'")).await;
        let wrong = world.verify().await.unwrap_err().to_string();
        let named = format!("{} is niet zoals {} die achterliet: is weg", draft.name, last(&draft));
        assert_eq!(wrong, named, "{}", world.kind);
    }
}

#[tokio::test]
async fn own_rules_and_consents_that_no_entry_left_so_are_found() {
    for world in world::worlds().await {
        let mut rules = UseRuleServiceClient::new(world.service.called_as(Caller::Ggd));
        let mut create = async |system: &str| {
            let use_rule = UseRule {
                system: system.to_owned(),
                purposes: vec!["purposes/-".to_owned()],
                ..Default::default()
            };
            let request = CreateUseRuleRequest { use_rule: Some(use_rule), request_id: String::new() };
            rules.create_use_rule(request).await.unwrap().into_inner()
        };
        let (first, second) = (create("*").await, create("ggd-systeem").await);
        let delete = DeleteUseRuleRequest { name: second.name, ..Default::default() };
        UseRuleServiceClient::new(world.service.called_as(Caller::Ggd))
            .delete_use_rule(delete)
            .await
            .unwrap();
        let mut consents = StoryConsentServiceClient::new(world.service.called_as(Caller::Programme));
        let mut given = Vec::new();
        for story in ["stories/fietsen-leren", "stories/samen-eten"] {
            let story_consent = StoryConsent {
                reference: "p-7f3k".to_owned(),
                story: story.to_owned(),
                uses: vec![StoryUse::Publication.into(), StoryUse::JourneyReport.into()],
                ..Default::default()
            };
            let request =
                GiveStoryConsentRequest { story_consent: Some(story_consent), request_id: String::new() };
            let answer = consents.give_story_consent(request).await.unwrap().into_inner();
            given.push(answer.story_consent.unwrap().name);
        }
        let withdraw = WithdrawStoryConsentRequest { name: given[1].clone(), ..Default::default() };
        consents.withdraw_story_consent(withdraw).await.unwrap();
        world.verify().await.unwrap();

        let named = format!("{} is niet zoals ledger-entries/0 die achterliet: ", first.name);
        found(&world, "use_rule", "DELETE FROM use_rule", &format!("{named}is weg")).await;
        for set in ["terms_json = REPLACE(terms_json, '*', 'x')", "owner = '00000099000000002000'"] {
            found(&world, "use_rule", &format!("UPDATE use_rule SET {set}"), &named).await;
        }
        let added = "INSERT INTO use_rule (owner, id, terms_json, create_time) SELECT owner, 'x', terms_json, create_time FROM use_rule";
        found(&world, "use_rule", added, "use-rules/x is er, en geen regel").await;

        for (consent, set, at) in [
            (1, "withdraw_time = NULL", 5),
            (1, "mistaken = TRUE", 5),
            (0, "withdraw_time = 1", 3),
            (0, "uses = 'PUBLICATION'", 3),
            (0, "story = 'stories/samen-eten'", 3),
        ] {
            let change = format!("UPDATE story_consent SET {set} WHERE id = '{}'", id(&given[consent]));
            let named = format!("{} is niet zoals ledger-entries/{at} die achterliet: ", given[consent]);
            found(&world, "story_consent", &change, &named).await;
        }
    }
}

#[tokio::test]
async fn a_state_that_no_entry_brought_decides_nothing() {
    for world in world::worlds().await {
        let (other, shutdown) = world.another_process().await;
        let mut elsewhere = decision_service_client::DecisionServiceClient::new(
            other.called_as(Caller::Service("indicators")),
        );
        let revoked = world.active().await;
        assert!(world.decide(world.request(&revoked.name)).await.permitted);
        world.revoke(&revoked, Caller::Ggd).await.unwrap();
        let suspended = world.active().await;
        world.suspend(&suspended, Caller::Ggd).await.unwrap();
        let proposed = world.proposed().await;
        // Here it was seen before; in the other process it was not.
        for agreement in [&revoked, &suspended, &proposed] {
            assert!(!world.decide(world.request(&agreement.name)).await.permitted);
        }
        run(&world, "UPDATE agreement SET state = 'ACTIVE'").await;
        for agreement in [&revoked, &suspended, &proposed] {
            let refused = world.decide(world.request(&agreement.name)).await;
            assert_eq!(reasons(&refused), ["AGREEMENT_DAMAGED"], "{}", world.kind);
            let refused = elsewhere.decide(world.request(&agreement.name)).await.unwrap().into_inner();
            assert_eq!(reasons(&refused), ["AGREEMENT_DAMAGED"], "{}", world.kind);
        }
        // Content of another agreement decides nothing either.
        let (one, another) = (world.active().await, world.active().await);
        run(&world, CONTENT_OF_NONE).await;
        let of_another = &another.content_hash;
        run(&world, &format!("UPDATE agreement SET content_hash = 'x' WHERE id = '{}'", id(&another.name)))
            .await;
        let set =
            format!("UPDATE agreement SET content_hash = '{of_another}' WHERE id = '{}'", id(&one.name));
        run(&world, &set).await;
        let refused = world.decide(world.request(&one.name)).await;
        assert_eq!(reasons(&refused), ["AGREEMENT_DAMAGED"], "{}", world.kind);
        let resumed = world.resume(&suspended, Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&resumed), (Code::DataLoss, "AGREEMENT_DAMAGED".to_owned()), "{}", world.kind);
        shutdown.tell();
    }
}

#[tokio::test]
async fn a_permit_that_could_not_be_is_found_in_the_ledger_itself() {
    for world in world::worlds().await {
        let active = world.active().await;
        assert!(world.decide(world.request(&active.name)).await.permitted);
        world.clock.advance(Duration::from_secs(60));
        world.revoke(&active, Caller::Ggd).await.unwrap();
        // The permit and the revocation, each in the place of the other in all but their chain.
        let entries = world.entries(Caller::PrivacyOfficer).await;
        let (permit, revocation) = (&entries[4], &entries[5]);
        assert_eq!(
            (permit.kind(), revocation.kind()),
            (LedgerEntryKind::Permitted, LedgerEntryKind::AgreementChanged)
        );
        assert!(permit.header_json.contains("\"state\":\"ACTIVE\""), "{}", permit.header_json);
        assert!(revocation.header_json.contains("\"state\":\"REVOKED\""), "{}", revocation.header_json);
        let said = permit.header_json.replace("ACTIVE", "REVOKED");
        let header = ledger::commitment(&permit.header_salt.parse().unwrap(), said.as_bytes());
        let body = permit.body_commitment.parse().unwrap();
        let leaf = ledger::leaf_hash(&ledger::leaf_data(&header, &body));
        run(&world, &format!("UPDATE ledger_entry SET header_json = '{said}', header_commitment = '{header}', leaf_hash = '{leaf}' WHERE position = 4")).await;
        match world.verify().await {
            Err(VerifyError::Broken { index: 4, fault: Fault::Life(misstep) }) => {
                assert!(misstep.to_string().contains("REVOKED"), "{misstep}");
            }
            other => panic!("{}: {other:?}", world.kind),
        }
    }
}

#[tokio::test]
async fn a_purpose_that_no_entry_left_so_is_found() {
    for world in world::worlds().await {
        let mut purposes = world.purposes(Caller::Programme);
        for code in ["eerste", "tweede"] {
            let serves = "goals/S1".to_owned();
            let purpose = Purpose { display_name: "Een doel".to_owned(), serves, ..Default::default() };
            let create = CreatePurposeRequest {
                purpose: Some(purpose),
                purpose_id: code.into(),
                ..Default::default()
            };
            purposes.create_purpose(create).await.unwrap();
        }
        let other = Purpose {
            name: "purposes/tweede".to_owned(),
            display_name: "Een ander doel".to_owned(),
            ..Default::default()
        };
        let update_mask = Some(prost_types::FieldMask { paths: vec!["display_name".to_owned()] });
        let rename = UpdatePurposeRequest { purpose: Some(other), update_mask, ..Default::default() };
        purposes.update_purpose(rename).await.unwrap();
        world.verify().await.unwrap();

        for (code, set, at) in [
            ("eerste", "serves = 'inspanningen/7A'", 0),
            ("eerste", "display_name = 'x'", 0),
            ("tweede", "display_name = 'Een doel'", 2),
            ("tweede", "serves = 'goals/S2'", 2),
        ] {
            let change = format!("UPDATE purpose SET {set} WHERE code = '{code}'");
            let named = format!("purposes/{code} is niet zoals ledger-entries/{at} die achterliet: ");
            found(&world, "purpose", &change, &named).await;
        }
        let named = "purposes/eerste is niet zoals ledger-entries/0 die achterliet: is weg";
        found(&world, "purpose", "DELETE FROM purpose WHERE code = 'eerste'", named).await;
        let added = "INSERT INTO purpose (position, code, display_name, serves, create_time) VALUES (9, 'derde', 'x', 'goals/S1', 1)";
        found(&world, "purpose", added, "purposes/derde is er, en geen regel").await;
    }
}

#[tokio::test]
async fn a_stop_and_its_confirmations_are_those_of_the_entries() {
    for world in world::worlds().await {
        let mut point = Point::connect(&world, "indicators/0").await;
        point.sign_of_life().await;
        let (revoked, suspended) = (world.active().await, world.active().await);
        for (agreement, revoke) in [(&revoked, true), (&suspended, false)] {
            if revoke {
                world.revoke(agreement, Caller::Ggd).await.unwrap();
            } else {
                world.suspend(agreement, Caller::Ggd).await.unwrap();
            }
            let stop = point.hear_of_an_end().await.stop.unwrap();
            if revoke {
                point.confirm(&agreement.name, stop, 3).await;
                let request = GetRevocationReceiptRequest { name: agreement.name.clone() };
                let mut client = revocation_service_client::RevocationServiceClient::new(
                    world.service.called_as(Caller::Ggd),
                );
                let receipt = client.get_revocation_receipt(request).await.unwrap().into_inner();
                assert!(receipt.complete, "{} {receipt:?}", world.kind);
            }
        }
        let entries = world.entries(Caller::PrivacyOfficer).await;
        // Nobody completes a receipt from here on.
        world.shutdown.tell();
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.verify().await.unwrap();
        let of = |kind: LedgerEntryKind| entries.iter().rfind(|entry| entry.kind() == kind).unwrap();
        let receipt = of(LedgerEntryKind::StopConfirmed).index;
        let open = of(LedgerEntryKind::AgreementChanged).index;
        let stop = entries.iter().find(|entry| entry.header_json.contains("REVOKED")).unwrap().index;

        let named = format!(
            "de stop door ledger-entries/{stop} is niet zoals ledger-entries/{receipt} die achterliet: "
        );
        for set in [
            "state = 'SUSPENDED'",
            "since = since + 1",
            "complete_time = complete_time - 1",
            "entry = NULL, complete_time = NULL",
        ] {
            let change = format!("UPDATE agreement_stop SET {set} WHERE stop = {stop}");
            stop_found(&world, &change, &named).await;
        }
        for set in [
            "streams_cut = 2",
            "confirm_time = confirm_time - 1",
            "silent_since = confirm_time",
            "point = 'x'",
        ] {
            let change = format!("UPDATE stop_confirmation SET {set} WHERE stop = {stop}");
            stop_found(&world, &change, &named).await;
        }
        stop_found(&world, &format!("DELETE FROM stop_confirmation WHERE stop = {stop}"), &named).await;
        // Of one that is waited for, only what the stop itself says is in the ledger.
        let named = format!(
            "de stop door ledger-entries/{open} is niet zoals ledger-entries/{open} die achterliet: "
        );
        let change = format!("UPDATE agreement_stop SET state = 'REVOKED' WHERE stop = {open}");
        stop_found(&world, &change, &named).await;
        let added = "INSERT INTO agreement_stop (stop, agreement, state, since, stop_time, entry, complete_time) SELECT 1, agreement, state, since, stop_time, 1, 1 FROM agreement_stop LIMIT 1";
        stop_found(&world, added, "de stop door ledger-entries/1 is er, en geen regel").await;
    }
}

/// The same of a stop, with what became of it.
async fn stop_found(world: &World, change: &str, named: &str) {
    for table in ["agreement_stop", "stop_confirmation"] {
        run(world, &format!("CREATE TABLE before_{table} AS SELECT * FROM {table}")).await;
    }
    run(world, change).await;
    let wrong = world.verify().await.map_err(|error| error.to_string());
    let told = wrong.as_ref().is_err_and(|wrong| wrong.starts_with(named));
    assert!(told, "{} {change}: {wrong:?}", world.kind);
    run(world, "DELETE FROM stop_confirmation").await;
    run(world, "DELETE FROM agreement_stop").await;
    for table in ["agreement_stop", "stop_confirmation"] {
        run(world, &format!("INSERT INTO {table} SELECT * FROM before_{table}")).await;
        run(world, &format!("DROP TABLE before_{table}")).await;
    }
    world.verify().await.unwrap();
}
