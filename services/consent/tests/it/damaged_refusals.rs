//! What is refused because something that it rests on is damaged is in the ledger as any other refusal is.

use proto::consent::v1::use_rule_service_client::UseRuleServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;

use crate::world::{self, World, reasons, reasons_of};

async fn run(world: &World, sql: &str) {
    world.test.database.pool().execute_unprepared(sql).await.unwrap();
}

async fn rule(world: &World, system: &str) {
    let use_rule = Some(UseRule {
        system: system.to_owned(),
        purposes: vec!["purposes/-".to_owned()],
        ..Default::default()
    });
    let request = CreateUseRuleRequest { use_rule, request_id: String::new() };
    UseRuleServiceClient::new(world.service.called_as(Caller::Ggd)).create_use_rule(request).await.unwrap();
}

/// The answer to a request of GGD, and the entry that it names, as GGD reads it.
async fn refused(world: &World, agreement: &str) -> (DecideResponse, LedgerEntry) {
    let asked = world.request(agreement);
    let answer = world.decide(asked.clone()).await;
    assert!(!answer.permitted && answer.scope.is_none() && answer.content_hash.is_empty(), "{answer:?}");
    let entry = world.entries(Caller::Ggd).await.pop().unwrap();
    assert_eq!((&entry.name, entry.index), (&answer.ledger_entry, answer.ledger_index), "{}", world.kind);
    assert_eq!((&entry.leaf_hash, entry.kind()), (&answer.leaf_hash, LedgerEntryKind::Refused));
    assert_eq!(entry.transaction_id, asked.transaction_id);
    (answer, entry)
}

/// The explanation of the same question says what the answer says.
async fn explained(world: &World, agreement: &str, answer: &DecideResponse) {
    let asked = world.request(agreement);
    let question = ExplainDecisionRequest {
        agreement: asked.agreement,
        purpose: asked.purpose,
        dataset: asked.dataset,
        system: asked.system,
        ..Default::default()
    };
    let explained = world.explanations(Caller::Ggd).explain_decision(question).await.unwrap().into_inner();
    assert_eq!(
        (explained.permitted, &explained.reasons, &explained.content_hash),
        (answer.permitted, &answer.reasons, &answer.content_hash),
        "{}",
        world.kind
    );
}

#[tokio::test]
async fn a_refusal_under_a_damaged_agreement_is_entered_for_who_asked_and_takes_no_number_of_it() {
    for world in world::worlds().await {
        let active = world.active().await;
        assert!(world.decide(world.request(&active.name)).await.permitted);
        let others = [Caller::Weller, Caller::WonenZuid];
        let before = [world.entries(others[0]).await, world.entries(others[1]).await];
        run(&world, "UPDATE agreement SET state = 'SUSPENDED'").await;
        let (answer, entry) = refused(&world, &active.name).await;
        assert_eq!(reasons(&answer), ["AGREEMENT_DAMAGED"], "{}", world.kind);
        assert_eq!(reasons_of(&answer, Side::Recipient), ["WITHIN_OWN_RULES"]);
        explained(&world, &active.name, &answer).await;
        // It names what was asked, as the refusal of a stranger does, and is about no agreement.
        assert_eq!((entry.agreement.as_str(), entry.agreement_sequence), ("", 0));
        assert_eq!(entry.parties, [Caller::Ggd.oin()]);
        let asked = format!("\"agreement\":\"{}\"", active.name);
        assert!(entry.body_json.contains(&asked) && !entry.header_json.contains(&active.name), "{entry:?}");
        assert!(entry.body_json.contains(r#""reasons":["AGREEMENT_DAMAGED"]"#), "{entry:?}");
        assert!(entry.summary_nl.contains("beschadigd"), "{}", entry.summary_nl);
        let after = [world.entries(others[0]).await, world.entries(others[1]).await];
        assert_eq!(after, before, "{}: nobody else reads of it", world.kind);
        assert_eq!(world.entries(Caller::PrivacyOfficer).await.last(), Some(&entry));
        // The provider, who is in its lists, hears the same, for itself.
        let provider =
            DecideRequest { recipient_oin: Caller::Weller.oin().into(), ..world.request(&active.name) };
        assert_eq!(reasons(&world.decide(provider).await), ["AGREEMENT_DAMAGED"]);
        assert_eq!(world.entries(Caller::Weller).await.last().unwrap().parties, [Caller::Weller.oin()]);
        assert_eq!(world.entries(Caller::Ggd).await.last(), Some(&entry));

        run(&world, "UPDATE agreement SET state = 'ACTIVE'").await;
        world.verify().await.unwrap();
        assert!(world.decide(world.request(&active.name)).await.permitted);
        let numbers = world.entries(Caller::Ggd).await.into_iter().map(|entry| entry.agreement_sequence);
        assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4, 0, 5], "{}", world.kind);
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn under_a_damaged_agreement_the_own_rules_are_told_too() {
    for world in world::worlds().await {
        let active = world.active().await;
        run(&world, "UPDATE agreement SET last_leaf = 'x'").await;
        rule(&world, "ander-systeem").await;
        let (answer, entry) = refused(&world, &active.name).await;
        let told: Vec<_> = answer.reasons.iter().map(Reason::reason).collect();
        assert_eq!(told, [DecisionReason::SystemNotAllowed, DecisionReason::AgreementDamaged]);
        explained(&world, &active.name, &answer).await;
        for part in [r#""own_reasons":["SYSTEM_NOT_ALLOWED"]"#, r#""reasons":["AGREEMENT_DAMAGED"]"#] {
            assert!(entry.body_json.contains(part), "{} {part} in {}", world.kind, entry.body_json);
        }
    }
}

#[tokio::test]
async fn damaged_own_rules_refuse_for_what_they_are_and_are_entered_under_the_agreement() {
    for world in world::worlds().await {
        let active = world.active().await;
        rule(&world, "*").await;
        assert!(world.decide(world.request(&active.name)).await.permitted);
        run(&world, "UPDATE use_rule SET terms_json = '{'").await;
        let answer = world.decide(world.request(&active.name)).await;
        let own = &answer.reasons[0];
        assert!(!answer.permitted && own.side() == Side::Recipient, "{} {answer:?}", world.kind);
        assert_eq!(own.reason(), DecisionReason::OwnRulesDamaged);
        assert!(own.message_nl.contains("Meld dit bij de beheerder van het platform."), "{own:?}");
        assert_eq!(reasons(&answer), ["WITHIN_AGREEMENT"]);
        explained(&world, &active.name, &answer).await;
        let entry = world.entries(Caller::Weller).await.pop().unwrap();
        assert_eq!((&entry.name, &entry.agreement), (&answer.ledger_entry, &active.name), "{}", world.kind);
        assert_eq!(entry.agreement_sequence, 5);
        assert!(entry.body_json.contains(r#""own_reasons":["OWN_RULES_DAMAGED"]"#), "{}", entry.body_json);
        // Together with a damaged agreement both are told.
        run(&world, "UPDATE agreement SET last_leaf = 'x'").await;
        let (answer, _) = refused(&world, &active.name).await;
        assert_eq!(reasons_of(&answer, Side::Recipient), ["OWN_RULES_DAMAGED"], "{}", world.kind);
        assert_eq!(reasons(&answer), ["AGREEMENT_DAMAGED"]);
        explained(&world, &active.name, &answer).await;
    }
}

/// What of an agreement, while it is active, no decision rests on: a decision is made as if nothing happened,
/// and its explanation says the same.
#[tokio::test]
async fn an_explanation_goes_by_what_a_decision_goes_by_and_by_nothing_more() {
    for world in world::worlds().await {
        let active = world.active().await;
        for damage in ["agreement_content SET text_nl = ''", "agreement_signature SET kind = 'x'"] {
            run(&world, &format!("UPDATE {damage}")).await;
            let decided = world.decide(world.request(&active.name)).await;
            assert!(decided.permitted, "{} {damage}", world.kind);
            explained(&world, &active.name, &decided).await;
        }
    }
}
