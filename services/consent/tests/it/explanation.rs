//! The dry run of a decision says what the decision would say, and leaves no trace.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use consent::Config;
use consent::offline::SignatureKind;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use proto::consent::v1::use_rule_service_client::UseRuleServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::seams::{OTHER_DATASET, PUBLIC_DATASET};
use crate::world::{self, DATASET, PURPOSE, World, fields, refusal};

const SYSTEM: &str = "ggd-systeem";
const OTHER_SYSTEM: &str = "ggd-wijkplannen";

async fn explain(
    world: &World,
    question: ExplainDecisionRequest,
    by: Caller,
) -> Result<ExplainDecisionResponse, Status> {
    Ok(world.explanations(by).explain_decision(question).await?.into_inner())
}

/// A question of GGD for all that the agreement allows.
fn question(agreement: &str) -> ExplainDecisionRequest {
    ExplainDecisionRequest {
        agreement: agreement.to_owned(),
        purpose: PURPOSE.to_owned(),
        dataset: DATASET.to_owned(),
        ..Default::default()
    }
}

/// The same question as the service with the data asks it.
fn asked(world: &World, question: &ExplainDecisionRequest) -> DecideRequest {
    let owner = if question.dataset == OTHER_DATASET { Caller::WonenZuid } else { Caller::Weller };
    let area = |area: &String| RequestedArea {
        area: area.clone(),
        level: if area.contains("GM") { "MUNICIPALITY" } else { "NEIGHBOURHOOD" }.to_owned(),
    };
    DecideRequest {
        recipient_oin: question.recipient_oin.clone(),
        agreement: question.agreement.clone(),
        purpose: question.purpose.clone(),
        dataset: question.dataset.clone(),
        dataset_owner_oin: owner.oin().to_owned(),
        indicators: question.indicators.clone(),
        areas: question.areas.iter().map(area).collect(),
        area_level: question.area_level.clone(),
        periods: question.periods.clone(),
        delivery: question.delivery,
        transaction_id: world.clock.uuid().to_string(),
        system: question.system.clone(),
        enforceable: vec![ProtectionTerm::MinimumCount.into(), ProtectionTerm::Zeros.into()],
        ..Default::default()
    }
}

/// Mostly what is agreed, and sometimes something else.
fn mostly<T: Clone + std::fmt::Debug + 'static>(right: Vec<T>, other: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![6 => proptest::sample::select(right), 1 => proptest::sample::select(other)]
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn lists(all: &[&[&str]]) -> Vec<Vec<String>> {
    all.iter().map(|list| texts(list)).collect()
}

/// Questions about these agreements: right ones, and wrong in every way and in several at once.
fn questions(agreements: Vec<String>) -> impl Strategy<Value = ExplainDecisionRequest> {
    let (noord, oost, whole) = ("areas/BU08990201", "areas/BU08990202", "areas/GM0899");
    let (huur, all) = ("indicators/huurachterstand", "indicators/huishoudens");
    let oin = |party: Caller| vec![party.oin().to_owned()];
    (
        proptest::sample::select(agreements),
        mostly(texts(&[PURPOSE]), texts(&["", "purposes/wijkplannen", "purposes/x"])),
        mostly(texts(&[DATASET]), texts(&[OTHER_DATASET])),
        mostly(lists(&[&[], &[huur]]), lists(&[&[all], &[huur, all]])),
        mostly(lists(&[&[], &[noord], &[noord, oost]]), lists(&[&[whole], &[noord, whole]])),
        mostly(texts(&["", "NEIGHBOURHOOD"]), texts(&["DISTRICT"])),
        mostly(lists(&[&[], &["2025Q1"], &["2025Q2", "2025Q1"]]), lists(&[&["2025Q3"], &["2025Q1", "2024"]])),
        mostly(vec![Delivery::Pull], vec![Delivery::Stream]),
        (
            mostly(oin(Caller::Ggd), oin(Caller::WonenZuid)),
            mostly(texts(&[SYSTEM]), texts(&[OTHER_SYSTEM, "onbekend-systeem"])),
        ),
    )
        .prop_map(
            |(
                agreement,
                purpose,
                dataset,
                indicators,
                areas,
                area_level,
                periods,
                delivery,
                (oin, system),
            )| {
                ExplainDecisionRequest {
                    agreement,
                    purpose,
                    dataset,
                    indicators,
                    areas,
                    area_level,
                    periods,
                    delivery: delivery.into(),
                    system,
                    recipient_oin: oin,
                }
            },
        )
}

/// Agreements in every state that a party can bring them in, and names of none.
async fn agreements(world: &World) -> Vec<String> {
    let expired = world.active().await.name;
    world.clock.advance(Duration::from_secs(8 * 86400));
    let active = active_later(world, "2026-11-01").await;
    let early = active_later(world, "2027-01-01").await;
    let revoked = active_later(world, "2026-11-01").await;
    world.revoke(&revoked, Caller::Ggd).await.unwrap();
    let draft = world.create(later("2026-11-01")).await;
    let rejected = proposed(world, later("2026-11-01")).await;
    let jws = world.jws(&rejected, SignatureKind::Reject, Caller::Ggd);
    let request = RejectAgreementRequest { name: rejected.name.clone(), jws, request_id: String::new() };
    world.agreements(Caller::Ggd).reject_agreement(request).await.unwrap();
    let waiting = proposed(world, later("2026-11-01")).await;
    let suspended = active_later(world, "2026-11-01").await;
    world.suspend(&suspended, Caller::Ggd).await.unwrap();
    let replaced = active_later(world, "2026-11-01").await;
    let new = AgreementContent { replaces: replaced.name.clone(), ..later("2026-11-01") };
    active_with(world, new).await;
    let mut rounded = later("2026-11-01");
    rounded.protection = Some(Protection { rounding_base: 5, ..rounded.protection.unwrap() });
    let rounded = active_with(world, rounded).await;
    let (changed, put_back) =
        (active_later(world, "2026-11-01").await, active_later(world, "2026-11-01").await);
    world.revoke(&put_back, Caller::Ggd).await.unwrap();
    let row = format!("UPDATE agreement SET state = 'ACTIVE' WHERE id = '{}'", id(&put_back));
    let content = format!(
        "UPDATE agreement_content SET content_json = '{{}}' WHERE content_hash = '{}'",
        changed.content_hash
    );
    for sql in [row, content] {
        world.test.database.pool().execute_unprepared(&sql).await.unwrap();
    }
    let ended =
        [&early, &revoked, &draft, &rejected, &waiting, &suspended, &replaced, &rounded, &changed, &put_back];
    let made = [&active; 5].into_iter().chain(ended);
    let unknown = "agreements/0190163d-8694-739b-aea5-966c26f8ad90".to_owned();
    let made = made.map(|agreement| agreement.name.clone());
    made.chain([expired, String::new(), "agreements/x".to_owned(), unknown]).collect()
}

fn id(agreement: &Agreement) -> &str {
    agreement.name.strip_prefix("agreements/").unwrap()
}

fn later(valid_from: &str) -> AgreementContent {
    AgreementContent {
        valid_from: valid_from.to_owned(),
        valid_until: "2027-12-31".to_owned(),
        ..world::content()
    }
}

async fn proposed(world: &World, content: AgreementContent) -> Agreement {
    let name = world.create(content).await.name;
    let request = ProposeAgreementRequest { name, ..Default::default() };
    world.agreements(Caller::Weller).propose_agreement(request).await.unwrap().into_inner()
}

async fn active_later(world: &World, valid_from: &str) -> Agreement {
    active_with(world, later(valid_from)).await
}

async fn active_with(world: &World, content: AgreementContent) -> Agreement {
    let proposed = proposed(world, content).await;
    world.accept(&proposed, Caller::Weller).await.unwrap();
    world.accept(&proposed, Caller::Ggd).await.unwrap()
}

/// Rules of GGD: one system asks for the purpose of the agreements, another one for another purpose.
async fn own_rules(world: &World) {
    for (system, purpose) in [(SYSTEM, PURPOSE), (OTHER_SYSTEM, "purposes/wijkplannen")] {
        let (system, purposes) = (system.to_owned(), vec![purpose.to_owned()]);
        let use_rule = Some(UseRule { system, purposes, ..Default::default() });
        let request = CreateUseRuleRequest { use_rule, request_id: String::new() };
        let mut client = UseRuleServiceClient::new(world.service.called_as(Caller::Ggd));
        client.create_use_rule(request).await.unwrap();
    }
}

/// Asks so many questions in both ways; gives the number of permits, and every reason.
async fn compared(
    world: &World,
    questions: impl Strategy<Value = ExplainDecisionRequest>,
    count: usize,
) -> (usize, BTreeSet<DecisionReason>) {
    let mut runner = TestRunner::deterministic();
    let (mut permits, mut codes) = (0, BTreeSet::new());
    for _ in 0..count {
        let question = questions.new_tree(&mut runner).unwrap().current();
        // In the words for the organisation itself.
        let [by] = [Caller::Ggd, Caller::WonenZuid]
            .into_iter()
            .filter(|by| by.oin() == question.recipient_oin)
            .collect::<Vec<_>>()[..]
        else {
            panic!("{question:?}");
        };
        let explained = explain(world, question.clone(), by).await.unwrap();
        if question.dataset == OTHER_DATASET && question.recipient_oin == Caller::WonenZuid.oin() {
            assert!(explained.permitted && !explained.decision_needed, "its own dataset");
            continue;
        }
        let decided = world.decide(asked(world, &question)).await;
        assert_eq!(
            (explained.permitted, &explained.reasons, &explained.scope, &explained.protection),
            (decided.permitted, &decided.reasons, &decided.scope, &decided.protection),
            "{} {question:?}",
            world.kind
        );
        assert_eq!(
            (&explained.content_hash, explained.expire_time),
            (&decided.content_hash, decided.expire_time)
        );
        assert!(explained.dry_run && explained.decision_needed);
        permits += usize::from(explained.permitted);
        codes.extend(decided.reasons.iter().map(Reason::reason));
    }
    (permits, codes)
}

/// Every reason of the contract that a decision about figures can have.
fn reasons_of_decisions() -> BTreeSet<DecisionReason> {
    // The last one of the contract is under a hundred.
    let all = (0..100).filter_map(|number| DecisionReason::try_from(number).ok());
    all.filter(|reason| {
        !matches!(
            reason,
            DecisionReason::Unspecified
                // Nothing was decided then.
                | DecisionReason::LedgerUnavailable
                // Ends a stream, after the decision.
                | DecisionReason::DecisionPointSilent
                // Of stories, not of figures.
                | DecisionReason::ConsentMissing
                | DecisionReason::ConsentWithdrawn
        )
    })
    .collect()
}

#[tokio::test]
async fn an_explanation_says_what_the_decision_then_says() {
    let watched = Config { witnesses_needed: 1, ..Config::default() };
    let watched = world::worlds_with(watched).await;
    for (world, watched) in world::worlds().await.into_iter().zip(watched) {
        own_rules(&world).await;
        let all = agreements(&world).await;
        let (permits, mut codes) = compared(&world, questions(all.clone()), 400).await;
        assert!(permits >= 10, "{permits} permits");
        assert!(!codes.contains(&DecisionReason::WitnessesOverdue));
        // The same where the ledger has to be co-signed, and is not.
        let active = vec![watched.active().await.name];
        let (permits, more) = compared(&watched, questions(active), 20).await;
        assert_eq!(permits, 0);
        codes.extend(more);
        // And where a rule of the one that asks is damaged.
        world.test.database.pool().execute_unprepared("UPDATE use_rule SET terms_json = '{'").await.unwrap();
        let (permits, more) = compared(&world, questions(all), 60).await;
        assert_eq!(permits, 0);
        codes.extend(more);
        assert_eq!(codes, reasons_of_decisions(), "{}: all of them were asked for", world.kind);
    }
}

#[tokio::test]
async fn a_dry_run_is_not_in_the_ledger_and_waits_for_no_writer() {
    for world in world::worlds().await {
        let active = world.active().await;
        let before = world.entries(Caller::PrivacyOfficer).await;
        let writing = world.test.database.begin_write().await.unwrap();
        let within = Duration::from_secs(3);
        let permitted = explain(&world, question(&active.name), Caller::Ggd);
        let permitted = tokio::time::timeout(within, permitted).await.expect(world.kind).unwrap();
        writing.rollback().await.unwrap();
        assert!(permitted.permitted && permitted.dry_run);
        assert_eq!(permitted.scope, active.content.as_ref().unwrap().scope);
        assert_eq!(permitted.protection, active.content.unwrap().protection);
        assert_eq!(permitted.system, "ggd-systeem");
        assert!(permitted.notice_nl.contains("proef") && permitted.notice_nl.contains("fictief"));
        let wrong = ExplainDecisionRequest { purpose: String::new(), ..question(&active.name) };
        let refused = explain(&world, wrong, Caller::Ggd).await.unwrap();
        assert!(!refused.permitted && refused.scope.is_none());
        assert!(refused.reasons[0].message_nl.contains("noemt geen doel"), "{refused:?}");
        assert_eq!(world.entries(Caller::PrivacyOfficer).await, before, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_partner_explains_for_itself_and_the_privacy_officer_for_any() {
    for world in world::worlds().await {
        let active = world.active().await;
        let of = |party: Caller| ExplainDecisionRequest {
            recipient_oin: party.oin().to_owned(),
            ..question(&active.name)
        };
        assert!(explain(&world, of(Caller::Ggd), Caller::Ggd).await.unwrap().permitted, "{}", world.kind);
        let status = explain(&world, of(Caller::Ggd), Caller::WonenZuid).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        let own = explain(&world, question(&active.name), Caller::WonenZuid).await.unwrap();
        assert_eq!(own.reasons[0].reason(), DecisionReason::NotARecipient);
        assert!(own.content_hash.is_empty(), "a stranger learns nothing of the agreement");
        // The officer reads of the organisation by its name, as far as it is a party.
        for (party, name) in [
            (Caller::Ggd, "GGD Zuid-Limburg (00000099000000004000)"),
            (Caller::WonenZuid, "OIN 00000099000000003000"),
        ] {
            let asked = ExplainDecisionRequest { system: "x".to_owned(), ..of(party) };
            let told = explain(&world, asked, Caller::PrivacyOfficer).await.unwrap();
            let own = told.reasons.iter().find(|reason| reason.side() == Side::Recipient).unwrap();
            assert!(own.message_nl.contains(name) && !own.message_nl.contains("Uw "), "{own:?}");
        }
        let unnamed = explain(&world, of(Caller::Ggd), Caller::PrivacyOfficer).await.unwrap_err();
        assert_eq!(fields(&unnamed), ["system"], "the officer has no system at GGD");
        let named = ExplainDecisionRequest { system: "ggd-systeem".to_owned(), ..of(Caller::Ggd) };
        let named = explain(&world, named, Caller::PrivacyOfficer).await.unwrap();
        assert!(named.permitted && named.system == "ggd-systeem", "{named:?}");
        let unnamed = explain(&world, question(&active.name), Caller::PrivacyOfficer).await.unwrap_err();
        assert_eq!(fields(&unnamed), ["recipient_oin"]);
    }
}

#[tokio::test]
async fn where_no_agreement_is_needed_the_explanation_says_so() {
    for world in world::worlds().await {
        let open = ExplainDecisionRequest { dataset: PUBLIC_DATASET.to_owned(), ..question("") };
        let own = question("");
        for (question, by, why) in [(open, Caller::Ggd, "openbaar"), (own, Caller::Weller, "zelf")] {
            let explained = explain(&world, question, by).await.unwrap();
            assert!(explained.permitted && !explained.decision_needed, "{}", world.kind);
            assert!(explained.reasons.is_empty() && explained.scope.is_none());
            assert!(explained.notice_nl.contains(why), "{}", explained.notice_nl);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_explained_is_refused_by_field() {
    for world in world::worlds().await {
        let wrong = ExplainDecisionRequest {
            dataset: "x".to_owned(),
            area_level: "BUURT".to_owned(),
            areas: vec!["areas/BU1".to_owned(); 1001],
            ..question("")
        };
        let status = explain(&world, wrong, Caller::Ggd).await.unwrap_err();
        assert_eq!(fields(&status), ["dataset", "area_level", "areas"], "{}", world.kind);
        assert_eq!(world.figures.asked.load(Ordering::SeqCst), 0, "the figures are not asked");
        let unknown = ExplainDecisionRequest {
            dataset: "datasets/bestaat-niet".to_owned(),
            areas: vec!["areas/BU1".to_owned(), "areas/ONBEKEND".to_owned()],
            ..question("")
        };
        let status = explain(&world, unknown, Caller::Ggd).await.unwrap_err();
        assert_eq!(fields(&status), ["dataset", "areas[1]"]);
        // What a request is refused for before anything is decided.
        let malformed = ExplainDecisionRequest {
            purpose: "vroegsignalering".to_owned(),
            indicators: texts(&["indicators/huurachterstand", "x", "indicators/"]),
            periods: texts(&["2025Q1", "x", "2025Q5", "1799"]),
            ..question("agreements")
        };
        let status = explain(&world, malformed, Caller::Ggd).await.unwrap_err();
        let wrong = [
            "agreement",
            "purpose",
            "indicators[1]",
            "indicators[2]",
            "periods[1]",
            "periods[2]",
            "periods[3]",
        ];
        assert_eq!(fields(&status), wrong, "{}", world.kind);
        let unknown = ExplainDecisionRequest {
            indicators: texts(&["indicators/huurachterstand", "indicators/ONBEKEND"]),
            ..question("agreements/x")
        };
        let status = explain(&world, unknown, Caller::Ggd).await.unwrap_err();
        assert_eq!(fields(&status), ["indicators[1]"], "{}", world.kind);
        for long in ["p".repeat(201), format!("purposes/{}", "p".repeat(101))] {
            let long = ExplainDecisionRequest { purpose: long, ..question("") };
            assert_eq!(fields(&explain(&world, long, Caller::Ggd).await.unwrap_err()), ["purpose"]);
        }
        let way = ExplainDecisionRequest { delivery: 99, ..question("") };
        assert_eq!(fields(&explain(&world, way, Caller::Ggd).await.unwrap_err()), ["delivery"]);
        world.figures.down.store(true, Ordering::SeqCst);
        let status = explain(&world, question(""), Caller::Ggd).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()));
    }
}
