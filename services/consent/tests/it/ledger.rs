//! Who reads what in the ledger, and that it shows when it was changed.

use consent::{VerifyError, verify_ledger};
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::Party as Caller;
use tonic::Code;

use crate::world::{self, World, fields, refusal};

/// An agreement, a permit, a stranger's refusal, a release.
async fn busy(world: &World) -> Agreement {
    let active = world.active().await;
    world.decide(world.request(&active.name)).await;
    let stranger =
        DecideRequest { recipient_oin: Caller::WonenZuid.oin().into(), ..world.request(&active.name) };
    world.decide(stranger).await;
    let release = RecordReleaseRequest {
        owner_oin: Caller::Weller.oin().to_owned(),
        release: "datasets/x/releases/1".to_owned(),
        digest: "ab12".to_owned(),
        cell_count: 1,
        transaction_id: world.clock.uuid().to_string(),
    };
    world.decisions().record_release(release).await.unwrap();
    active
}

fn sequences(entries: &[LedgerEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.sequence).collect()
}

#[tokio::test]
async fn everybody_reads_what_concerns_it_and_nothing_else() {
    for world in world::worlds().await {
        busy(&world).await;
        // Drafted, proposed, signed twice; permitted; a stranger refused; released.
        assert_eq!(sequences(&world.entries(Caller::Weller).await), [1, 2, 3, 4, 5, 6, 7], "{}", world.kind);
        assert_eq!(sequences(&world.entries(Caller::Ggd).await), [2, 3, 4, 5], "not the draft");
        assert_eq!(sequences(&world.entries(Caller::WonenZuid).await), [6]);
        assert_eq!(sequences(&world.entries(Caller::PrivacyOfficer).await), [1, 2, 3, 4, 5, 6, 7]);
        for (by, sequence, readable) in [
            (Caller::Ggd, "5", true),
            (Caller::Ggd, "1", false),
            (Caller::Ggd, "6", false),
            (Caller::Ggd, "7", false),
            (Caller::WonenZuid, "6", true),
            (Caller::WonenZuid, "5", false),
            (Caller::Ggd, "99", false),
            (Caller::Ggd, "05", false),
            (Caller::Ggd, "x", false),
        ] {
            let name = format!("ledger-entries/{sequence}");
            let answer = world.ledger(by).get_ledger_entry(GetLedgerEntryRequest { name }).await;
            match answer {
                Ok(entry) => assert!(readable && entry.into_inner().sequence.to_string() == sequence),
                Err(status) => {
                    assert!(!readable, "{by:?} {sequence}");
                    assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
                }
            }
        }
        let name = "ledger-entries/99".to_owned();
        let status = world
            .ledger(Caller::PrivacyOfficer)
            .get_ledger_entry(GetLedgerEntryRequest { name })
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
}

#[tokio::test]
async fn both_parties_read_the_numbers_of_their_agreement_without_gaps() {
    for world in world::worlds().await {
        let active = world.active().await;
        for _ in 0..3 {
            world.decide(world.request(&active.name)).await;
        }
        world.revoke(&active, Caller::Weller).await.unwrap();
        let numbers = |entries: Vec<LedgerEntry>| -> Vec<i64> {
            entries.iter().map(|entry| entry.agreement_sequence).collect()
        };
        assert_eq!(numbers(world.entries(Caller::Ggd).await), [1, 2, 3, 4, 5, 6, 7], "{}", world.kind);
        // The draft comes before the first number.
        assert_eq!(numbers(world.entries(Caller::Weller).await), [0, 1, 2, 3, 4, 5, 6, 7]);
        let draft = world.entries(Caller::Weller).await.remove(0);
        assert_eq!((draft.agreement, draft.parties), (active.name, vec![Caller::Weller.oin().to_owned()]));
    }
}

#[tokio::test]
async fn a_refusal_about_the_dataset_of_another_is_shown_to_its_owner() {
    for world in world::worlds().await {
        let active = world.active().await;
        let asked = DecideRequest {
            dataset_owner_oin: Caller::WonenZuid.oin().to_owned(),
            ..world.request(&active.name)
        };
        let name = world.decide(asked).await.ledger_entry;
        for by in [Caller::Weller, Caller::WonenZuid, Caller::Ggd] {
            let request = GetLedgerEntryRequest { name: name.clone() };
            let entry = world.ledger(by).get_ledger_entry(request).await.unwrap().into_inner();
            assert_eq!(entry.kind(), LedgerEntryKind::Refused, "{}", world.kind);
            let parties = [Caller::Weller.oin(), Caller::WonenZuid.oin(), Caller::Ggd.oin()];
            assert_eq!(entry.parties, parties);
        }
    }
}

#[tokio::test]
async fn a_page_token_that_somebody_made_up_is_refused() {
    for world in world::worlds().await {
        let filters = ["ledger-entries", "", "0"];
        let page = platform::page::Page::parse(0, "", &filters).unwrap();
        let made_up = ListLedgerEntriesRequest { page_token: page.token_after("7\0"), ..Default::default() };
        let status = world.ledger(Caller::Ggd).list_ledger_entries(made_up).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
        let page = platform::page::Page::parse(0, "", &["agreements", "0"]).unwrap();
        let made_up = ListAgreementsRequest { page_token: page.token_after("7\0"), ..Default::default() };
        let status = world.agreements(Caller::Ggd).list_agreements(made_up).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "INVALID_PAGE_TOKEN".to_owned()));
    }
}

#[tokio::test]
async fn the_list_is_filtered_and_comes_in_pages() {
    for world in world::worlds().await {
        let active = busy(&world).await;
        let mut client = world.ledger(Caller::Weller);
        let of_agreement =
            ListLedgerEntriesRequest { agreement: active.name.clone(), page_size: 3, ..Default::default() };
        let first = client.list_ledger_entries(of_agreement.clone()).await.unwrap().into_inner();
        assert_eq!(sequences(&first.ledger_entries), [1, 2, 3]);
        let next = ListLedgerEntriesRequest { page_token: first.next_page_token, ..of_agreement.clone() };
        let second = client.list_ledger_entries(next.clone()).await.unwrap().into_inner();
        assert_eq!((sequences(&second.ledger_entries), second.next_page_token.as_str()), (vec![4, 5], ""));
        let refusals =
            ListLedgerEntriesRequest { kind: LedgerEntryKind::Refused.into(), ..Default::default() };
        let refusals = client.list_ledger_entries(refusals).await.unwrap().into_inner().ledger_entries;
        assert_eq!(sequences(&refusals), [6]);
        assert!(refusals[0].summary_nl.contains("kreeg geen gegevens"), "{}", refusals[0].summary_nl);

        let other = ListLedgerEntriesRequest { agreement: String::new(), ..next };
        assert_eq!(refusal(&client.list_ledger_entries(other).await.unwrap_err()).1, "INVALID_PAGE_TOKEN");
        let wrong = ListLedgerEntriesRequest { agreement: "x".to_owned(), ..Default::default() };
        assert_eq!(fields(&client.list_ledger_entries(wrong).await.unwrap_err()), ["agreement"]);
        let wrong = ListLedgerEntriesRequest { kind: 99, ..Default::default() };
        assert_eq!(fields(&client.list_ledger_entries(wrong).await.unwrap_err()), ["kind"]);
    }
}

#[tokio::test]
async fn a_party_can_check_the_entries_that_it_reads() {
    for world in world::worlds().await {
        let active = busy(&world).await;
        for entry in world.entries(Caller::Ggd).await {
            let previous = entry.previous_hash.parse().unwrap();
            assert_eq!(ledger::chain_hash(&previous, entry.entry_json.as_bytes()).to_string(), entry.hash);
            let json: serde_json::Value = serde_json::from_str(&entry.entry_json).unwrap();
            assert_eq!(json["sequence"], entry.sequence);
            assert_eq!(json["agreement"], active.name);
            assert_eq!(json["agreement_sequence"], entry.agreement_sequence);
            assert_eq!(json["parties"].as_array().unwrap().len(), entry.parties.len());
        }
        let first = &world.entries(Caller::Weller).await[0];
        assert_eq!(first.previous_hash, "0".repeat(64));
        let signed = &world.entries(Caller::Ggd).await[1];
        let json: serde_json::Value = serde_json::from_str(&signed.entry_json).unwrap();
        let jws = json["facts"]["jws"].as_str().unwrap();
        consent::offline::verify(jws, &active.content_hash, world.key(Caller::Weller).public()).unwrap();
    }
}

#[tokio::test]
async fn the_ledger_verifies_until_a_row_is_touched() {
    for world in world::worlds().await {
        busy(&world).await;
        assert_eq!(verify_ledger(&world.store).await.unwrap().sequence, 7);
        let database = world.test.database.pool();
        let kept: Vec<LedgerEntry> = world.entries(Caller::PrivacyOfficer).await;

        let tamper = |sql: &str| {
            let sql = sql.to_owned();
            async move { database.execute_unprepared(&sql).await.unwrap() }
        };
        tamper("UPDATE ledger_entry SET entry_json = replace(entry_json, 'PERMITTED', 'REFUSED') WHERE sequence = 5").await;
        assert!(
            matches!(verify_ledger(&world.store).await, Err(VerifyError::Broken(broken)) if broken.sequence == 5)
        );
        tamper("UPDATE ledger_entry SET entry_json = replace(entry_json, 'REFUSED', 'PERMITTED') WHERE sequence = 5").await;
        assert!(verify_ledger(&world.store).await.is_ok());

        tamper("UPDATE ledger_entry SET hash = 'x' WHERE sequence = 2").await;
        assert!(
            matches!(verify_ledger(&world.store).await, Err(VerifyError::Broken(broken)) if broken.sequence == 2)
        );
        tamper(&format!("UPDATE ledger_entry SET hash = '{}' WHERE sequence = 2", kept[1].hash)).await;
        assert!(verify_ledger(&world.store).await.is_ok());

        tamper("DELETE FROM ledger_party WHERE sequence >= 6").await;
        tamper("DELETE FROM ledger_entry WHERE sequence = 7").await;
        assert!(
            matches!(verify_ledger(&world.store).await, Err(VerifyError::End { found: 6, known: 7 })),
            "{}",
            world.kind
        );
        tamper("DELETE FROM ledger_party WHERE sequence = 3").await;
        tamper("DELETE FROM ledger_entry WHERE sequence = 3").await;
        assert!(
            matches!(verify_ledger(&world.store).await, Err(VerifyError::Broken(broken)) if broken.sequence == 3)
        );
    }
}

#[tokio::test]
async fn two_processes_write_one_chain() {
    for world in world::worlds().await {
        let active = world.active().await;
        let (other, shutdown) = world.another_process().await;
        let mut tasks = Vec::new();
        for number in 0..60 {
            let request = world.request(&active.name);
            let mut client = match number % 2 {
                0 => world.decisions(),
                _ => DecisionServiceClient::new(other.called_as(Caller::Service("indicators"))),
            };
            tasks.push(tokio::spawn(async move {
                // Not all in one batch.
                tokio::time::sleep(std::time::Duration::from_millis(number)).await;
                client.decide(request).await.unwrap().into_inner().permitted
            }));
        }
        for task in tasks {
            assert!(task.await.unwrap(), "{}", world.kind);
        }
        assert_eq!(verify_ledger(&world.store).await.unwrap().sequence, 64);
        let entries = world.entries(Caller::Ggd).await;
        assert!((1..).zip(&entries).all(|(place, entry)| entry.agreement_sequence == place));
        shutdown.tell();
    }
}
