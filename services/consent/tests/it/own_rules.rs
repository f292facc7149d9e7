//! What an organisation lets its own systems ask for, beside what the agreements say.

use std::time::Duration;

use platform::upstream::Vouched;
use proto::consent::v1::use_rule_service_client::UseRuleServiceClient;
use proto::consent::v1::*;
use testkit::Party as Caller;
use tonic::{Code, Status};

use crate::world::{self, PURPOSE, World, fields, reasons, reasons_of, refusal};

const SYSTEM: &str = "ggd-systeem";
/// Every purpose.
const EVERY: &str = "purposes/-";

fn client(world: &World, by: Caller) -> UseRuleServiceClient<Vouched> {
    UseRuleServiceClient::new(world.service.called_as(by))
}

fn rule(system: &str, purposes: &[&str]) -> UseRule {
    UseRule {
        system: system.to_owned(),
        purposes: purposes.iter().map(|purpose| (*purpose).to_owned()).collect(),
        note: "voor het dashboard".to_owned(),
        ..Default::default()
    }
}

async fn create(world: &World, by: Caller, rule: UseRule) -> Result<UseRule, Status> {
    let request = CreateUseRuleRequest { use_rule: Some(rule), request_id: String::new() };
    Ok(client(world, by).create_use_rule(request).await?.into_inner())
}

async fn delete(world: &World, by: Caller, name: &str) -> Result<(), Status> {
    let request = DeleteUseRuleRequest { name: name.to_owned(), ..Default::default() };
    client(world, by).delete_use_rule(request).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn own_rules_are_checked_first_and_only_narrow() {
    for world in world::worlds().await {
        let active = world.active().await;
        let decide = async || world.decide(world.request(&active.name)).await;
        let own = |answer: &DecideResponse| reasons_of(answer, Side::Recipient);

        let free = decide().await;
        assert_eq!((own(&free), reasons(&free)), (vec!["WITHIN_OWN_RULES"], vec!["WITHIN_AGREEMENT"]));
        assert_eq!(free.reasons[0].side(), Side::Recipient, "the own rules come first");
        assert!(free.permitted && free.reasons[0].message_nl.contains("geen regels"));

        // From the first rule on nothing but what a rule allows.
        let other = create(&world, Caller::Ggd, rule("ander-systeem", &[EVERY])).await.unwrap();
        let refused = decide().await;
        assert!(!refused.permitted && refused.scope.is_none() && refused.expire_time.is_none());
        assert_eq!(
            (own(&refused), reasons(&refused)),
            (vec!["SYSTEM_NOT_ALLOWED"], vec!["WITHIN_AGREEMENT"])
        );
        assert_eq!(refused.reasons[0].metadata["system"], SYSTEM);

        let narrow = rule(SYSTEM, &["purposes/wijkplannen"]);
        let narrow = create(&world, Caller::Ggd, narrow).await.unwrap();
        let refused = decide().await;
        assert_eq!(own(&refused), ["OWN_PURPOSE_NOT_ALLOWED"], "{}", world.kind);
        assert_eq!(refused.reasons[0].metadata["asked"], PURPOSE);
        assert!(
            refused.reasons[0].message_nl.contains(SYSTEM) && refused.reasons[0].message_nl.contains(PURPOSE)
        );

        let right = create(&world, Caller::Ggd, rule(SYSTEM, &[PURPOSE])).await.unwrap();
        let permitted = decide().await;
        assert!(permitted.permitted);
        assert_eq!(permitted.reasons[0].metadata["rule"], right.name);

        // Rules of another organisation do not matter, and own rules do not widen an agreement.
        create(&world, Caller::Weller, rule("nobody", &[EVERY])).await.unwrap();
        assert!(decide().await.permitted);
        world.revoke(&active, Caller::Weller).await.unwrap();
        let revoked = decide().await;
        assert_eq!((own(&revoked), reasons(&revoked)), (vec!["WITHIN_OWN_RULES"], vec!["AGREEMENT_REVOKED"]));
        assert_eq!(revoked.reasons[0].side(), Side::Provider, "what refuses comes first");

        for name in [narrow.name, right.name] {
            delete(&world, Caller::Ggd, &name).await.unwrap();
        }
        assert_eq!(own(&decide().await), ["SYSTEM_NOT_ALLOWED"]);
        assert!(delete(&world, Caller::Ggd, &other.name).await.is_err());
    }
}

#[tokio::test]
async fn removing_the_last_rule_never_opens_everything_by_itself() {
    for world in world::worlds().await {
        let active = world.active().await;
        let own = async || {
            let decided = world.decide(world.request(&active.name)).await;
            reasons_of(&decided, Side::Recipient)
        };
        let other = create(&world, Caller::Ggd, rule("ander-systeem", &[EVERY])).await.unwrap();
        let one_purpose = create(&world, Caller::Ggd, rule("*", &["purposes/wijkplannen"])).await.unwrap();
        delete(&world, Caller::Ggd, &other.name).await.unwrap();
        // Rules of others do not count.
        create(&world, Caller::Weller, rule("weller-systeem", &[EVERY])).await.unwrap();
        let entries = world.entries(Caller::Ggd).await.len();
        let status = delete(&world, Caller::Ggd, &one_purpose.name).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::FailedPrecondition, "WRONG_STATE".to_owned()), "{}", world.kind);
        assert!(status.message().contains("a rule for system * and purposes/-"), "{}", status.message());
        assert_eq!(own().await, ["OWN_PURPOSE_NOT_ALLOWED"]);
        assert_eq!(world.entries(Caller::Ggd).await.len(), entries + 1, "the decision alone");

        // Who wants no rules says so.
        let everything = create(&world, Caller::Ggd, rule("*", &[EVERY])).await.unwrap();
        delete(&world, Caller::Ggd, &one_purpose.name).await.unwrap();
        assert_eq!(own().await, ["WITHIN_OWN_RULES"]);
        delete(&world, Caller::Ggd, &everything.name).await.unwrap();
        assert_eq!(own().await, ["WITHIN_OWN_RULES"]);
    }
}

#[tokio::test]
async fn only_an_administrator_changes_the_rules_and_every_system_reads_them() {
    for world in world::worlds().await {
        let made = create(&world, Caller::Weller, rule("weller-medewerker", &[PURPOSE])).await.unwrap();
        let denied = (Code::PermissionDenied, "ROLE_MISSING".to_owned());
        let status = create(&world, Caller::WellerEmployee, rule("*", &[EVERY])).await.unwrap_err();
        assert_eq!(refusal(&status), denied, "{}", world.kind);
        let status = delete(&world, Caller::WellerEmployee, &made.name).await.unwrap_err();
        assert_eq!(refusal(&status), denied, "{}", world.kind);
        let mut employee = client(&world, Caller::WellerEmployee);
        let listed = employee.list_use_rules(ListUseRulesRequest::default()).await.unwrap().into_inner();
        assert_eq!(listed.use_rules, std::slice::from_ref(&made), "nothing changed");
        let get = GetUseRuleRequest { name: made.name.clone() };
        assert_eq!(employee.get_use_rule(get).await.unwrap().into_inner(), made);
        assert_eq!(world.entries(Caller::Weller).await.len(), 1, "a refusal is no change");
    }
}

#[tokio::test]
async fn both_sides_are_in_the_one_entry_of_the_ledger() {
    for world in world::worlds().await {
        let active = world.active().await;
        create(&world, Caller::Ggd, rule("ander-systeem", &[EVERY])).await.unwrap();
        let asked = DecideRequest { periods: vec!["1999".to_owned()], ..world.request(&active.name) };
        let transaction = asked.transaction_id.clone();
        let answer = world.decide(asked).await;
        let entries = world.entries(Caller::Weller).await;
        let of_it: Vec<_> = entries.iter().filter(|entry| entry.transaction_id == transaction).collect();
        assert_eq!(of_it.len(), 1);
        let entry = of_it[0];
        assert_eq!((&entry.name, entry.kind()), (&answer.ledger_entry, LedgerEntryKind::Refused));
        for part in [
            r#""own_reasons":["SYSTEM_NOT_ALLOWED"]"#,
            r#""reasons":["PERIOD_BEYOND_SCOPE"]"#,
            r#""system":"ggd-systeem""#,
        ] {
            assert!(entry.body_json.contains(part), "{part} in {}", entry.body_json);
        }
        assert!(entry.summary_nl.contains("staan dit systeem niets toe"), "{}", entry.summary_nl);
        assert!(entry.summary_nl.contains("een periode valt buiten"), "{}", entry.summary_nl);
    }
}

#[tokio::test]
async fn a_change_of_a_rule_is_in_the_ledger_for_that_organisation_only() {
    for world in world::worlds().await {
        create(&world, Caller::Ggd, rule("*", &[EVERY])).await.unwrap();
        let made = create(&world, Caller::Ggd, rule(SYSTEM, &[PURPOSE])).await.unwrap();
        delete(&world, Caller::Ggd, &made.name).await.unwrap();
        let entries = world.entries(Caller::Ggd).await.split_off(1);
        let summaries: Vec<_> = entries.iter().map(|entry| entry.summary_nl.as_str()).collect();
        assert_eq!(entries.len(), 2, "{summaries:?}");
        for (entry, done) in entries.iter().zip(["gemaakt", "verwijderd"]) {
            assert_eq!(entry.kind(), LedgerEntryKind::OwnRuleChanged);
            assert_eq!(
                (entry.parties.as_slice(), entry.agreement.as_str()),
                (&[Caller::Ggd.oin().to_owned()][..], "")
            );
            for part in [made.name.as_str(), done, SYSTEM, PURPOSE] {
                assert!(entry.summary_nl.contains(part), "{part} in {}", entry.summary_nl);
            }
        }
        assert!(world.entries(Caller::Weller).await.is_empty());
        let kind = LedgerEntryKind::OwnRuleChanged.into();
        let request = ListLedgerEntriesRequest { kind, page_size: 1, ..Default::default() };
        let page =
            world.ledger(Caller::PrivacyOfficer).list_ledger_entries(request).await.unwrap().into_inner();
        assert_eq!((page.ledger_entries.len(), page.next_page_token.is_empty()), (1, false));
        world.verify().await.unwrap();
    }
}

#[tokio::test]
async fn rules_are_read_page_by_page_by_their_own_organisation() {
    for world in world::worlds().await {
        let mut made = Vec::new();
        for n in 0..3 {
            made.push(create(&world, Caller::Ggd, rule(&format!("systeem-{n}"), &[EVERY])).await.unwrap());
            world.clock.advance(Duration::from_millis(1));
        }
        create(&world, Caller::Weller, rule("*", &[EVERY])).await.unwrap();
        let mut ggd = client(&world, Caller::Ggd);
        let first = ListUseRulesRequest { page_size: 2, page_token: String::new() };
        let first = ggd.list_use_rules(first).await.unwrap().into_inner();
        let rest = ListUseRulesRequest { page_size: 2, page_token: first.next_page_token };
        let rest = ggd.list_use_rules(rest).await.unwrap().into_inner();
        assert_eq!([first.use_rules, rest.use_rules].concat(), made);
        assert!(rest.next_page_token.is_empty());
        let get = GetUseRuleRequest { name: made[0].name.clone() };
        assert_eq!(ggd.get_use_rule(get.clone()).await.unwrap().into_inner(), made[0]);
        // To another organisation it is the same as one that does not exist.
        let status = client(&world, Caller::Weller).get_use_rule(get).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        let status = delete(&world, Caller::Weller, &made[0].name).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        for wrong in ["", "rules/x", "agreements/0190163d-8694-739b-aea5-966c26f8ad90"] {
            let get = GetUseRuleRequest { name: wrong.to_owned() };
            assert_eq!(fields(&ggd.get_use_rule(get).await.unwrap_err()), ["name"], "{wrong}");
        }
    }
}

#[tokio::test]
async fn a_rule_that_is_wrong_changes_nothing_and_names_its_fields() {
    for world in world::worlds().await {
        for (wrong, field) in [
            (rule("", &[EVERY]), "use_rule.system"),
            (rule("a\nb", &[EVERY]), "use_rule.system"),
            (rule(" a", &[EVERY]), "use_rule.system"),
            (rule("*", &[]), "use_rule.purposes"),
            (rule("*", &["purposes/onbekend"]), "use_rule.purposes[0]"),
            (rule("*", &[PURPOSE, PURPOSE]), "use_rule.purposes[1]"),
            (UseRule { note: "x".repeat(201), ..rule("*", &[EVERY]) }, "use_rule.note"),
        ] {
            let status = create(&world, Caller::Ggd, wrong).await.unwrap_err();
            assert_eq!(fields(&status), [field]);
        }
        let made = create(&world, Caller::Ggd, rule("*", &[EVERY])).await.unwrap();
        let etag = "\"other\"".to_owned();
        let request = DeleteUseRuleRequest { name: made.name.clone(), etag, ..Default::default() };
        let status = client(&world, Caller::Ggd).delete_use_rule(request).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
        for _ in 1..100 {
            create(&world, Caller::Ggd, rule("*", &[EVERY])).await.unwrap();
        }
        let status = create(&world, Caller::Ggd, rule("*", &[EVERY])).await.unwrap_err();
        assert_eq!(fields(&status), ["use_rule"]);
        assert_eq!(world.entries(Caller::Ggd).await.len(), 100);
    }
}

#[tokio::test]
async fn a_repeated_change_of_a_rule_is_done_once_and_answered_the_same() {
    for world in world::worlds().await {
        let id = |n: u8| format!("0190163d-8694-739b-aea5-966c26f8ad{n:02}");
        let request = CreateUseRuleRequest { use_rule: Some(rule("*", &[EVERY])), request_id: id(1) };
        let mut ggd = client(&world, Caller::Ggd);
        let made = ggd.create_use_rule(request.clone()).await.unwrap().into_inner();
        assert_eq!(ggd.create_use_rule(request.clone()).await.unwrap().into_inner(), made);
        let remove =
            DeleteUseRuleRequest { name: made.name.clone(), etag: made.etag.clone(), request_id: id(2) };
        ggd.delete_use_rule(remove.clone()).await.unwrap();
        ggd.delete_use_rule(remove).await.unwrap();
        assert_eq!(ggd.create_use_rule(request).await.unwrap().into_inner(), made, "the answer of then");
        assert!(delete(&world, Caller::Ggd, &made.name).await.is_err(), "it is gone");
        assert_eq!(world.entries(Caller::Ggd).await.len(), 2, "{}", world.kind);
    }
}

#[tokio::test]
async fn what_the_data_service_cannot_enforce_is_refused() {
    for world in world::worlds().await {
        let active = world.active().await;
        let asked = DecideRequest { enforceable: Vec::new(), ..world.request(&active.name) };
        let refused = world.decide(asked).await;
        assert_eq!(reasons(&refused), ["PROTECTION_NOT_ENFORCEABLE"], "{}", world.kind);
        assert_eq!(refused.reasons[0].metadata["terms"], "MINIMUM_COUNT");
        for unknown in [0, 99] {
            let asked = DecideRequest { enforceable: vec![unknown], ..world.request(&active.name) };
            assert_eq!(fields(&world.decisions().decide(asked).await.unwrap_err()), ["enforceable"]);
        }
    }
}
