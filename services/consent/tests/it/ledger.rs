//! Who reads what in the ledger.

use ledger::{Hash, commitment, leaf_data, leaf_hash};
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

fn indexes(entries: &[LedgerEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.index).collect()
}

#[tokio::test]
async fn everybody_reads_what_concerns_it_and_nothing_else() {
    for world in world::worlds().await {
        busy(&world).await;
        // Drafted, proposed, signed twice; permitted; a stranger refused; released.
        assert_eq!(indexes(&world.entries(Caller::Weller).await), [0, 1, 2, 3, 4, 5, 6], "{}", world.kind);
        assert_eq!(indexes(&world.entries(Caller::Ggd).await), [1, 2, 3, 4], "not the draft");
        assert_eq!(indexes(&world.entries(Caller::WonenZuid).await), [5]);
        assert_eq!(indexes(&world.entries(Caller::PrivacyOfficer).await), [0, 1, 2, 3, 4, 5, 6]);
        for (by, index, readable) in [
            (Caller::Ggd, "4", true),
            (Caller::Ggd, "0", false),
            (Caller::Ggd, "5", false),
            (Caller::Ggd, "6", false),
            (Caller::Ggd, "-1", false),
            (Caller::WonenZuid, "5", true),
            (Caller::WonenZuid, "4", false),
            (Caller::Ggd, "99", false),
            (Caller::Ggd, "05", false),
            (Caller::Ggd, "x", false),
        ] {
            let name = format!("ledger-entries/{index}");
            let answer = world.ledger(by).get_ledger_entry(GetLedgerEntryRequest { name }).await;
            match answer {
                Ok(entry) => assert!(readable && entry.into_inner().index.to_string() == index),
                Err(status) => {
                    assert!(!readable, "{by:?} {index}");
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
        // The receipt of the stop may be there already.
        let ggd = numbers(world.entries(Caller::Ggd).await);
        assert_eq!(ggd[..7], [1, 2, 3, 4, 5, 6, 7], "{}", world.kind);
        // The draft comes before the first number.
        assert_eq!(numbers(world.entries(Caller::Weller).await)[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
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
        assert_eq!(indexes(&first.ledger_entries), [0, 1, 2]);
        let next = ListLedgerEntriesRequest { page_token: first.next_page_token, ..of_agreement.clone() };
        let second = client.list_ledger_entries(next.clone()).await.unwrap().into_inner();
        assert_eq!((indexes(&second.ledger_entries), second.next_page_token.as_str()), (vec![3, 4], ""));
        let refusals =
            ListLedgerEntriesRequest { kind: LedgerEntryKind::Refused.into(), ..Default::default() };
        let refusals = client.list_ledger_entries(refusals).await.unwrap().into_inner().ledger_entries;
        assert_eq!(indexes(&refusals), [5]);
        assert!(refusals[0].summary_nl.contains("kreeg geen gegevens"), "{}", refusals[0].summary_nl);

        let other = ListLedgerEntriesRequest { agreement: String::new(), ..next };
        assert_eq!(refusal(&client.list_ledger_entries(other).await.unwrap_err()).1, "INVALID_PAGE_TOKEN");
        let wrong = ListLedgerEntriesRequest { agreement: "x".to_owned(), ..Default::default() };
        assert_eq!(fields(&client.list_ledger_entries(wrong).await.unwrap_err()), ["agreement"]);
        let wrong = ListLedgerEntriesRequest { kind: 99, ..Default::default() };
        assert_eq!(fields(&client.list_ledger_entries(wrong).await.unwrap_err()), ["kind"]);
    }
}

/// The hash of the leaf of an entry, from its header and from its body or the commitment to that.
fn leaf_of(entry: &LedgerEntry) -> Hash {
    let commit = |salt: &str, text: &str| commitment(&salt.parse().unwrap(), text.as_bytes());
    let header = commit(&entry.header_salt, &entry.header_json);
    let body = match entry.body_salt.as_str() {
        "" => entry.body_commitment.parse().unwrap(),
        salt => commit(salt, &entry.body_json),
    };
    assert_eq!(
        (header.to_string(), body.to_string()),
        (entry.header_commitment.clone(), entry.body_commitment.clone())
    );
    leaf_hash(&leaf_data(&header, &body))
}

#[tokio::test]
async fn a_party_can_check_the_entries_that_it_reads() {
    for world in world::worlds().await {
        let active = busy(&world).await;
        for entry in world.entries(Caller::Ggd).await {
            assert_eq!(leaf_of(&entry).to_string(), entry.leaf_hash);
            let header: serde_json::Value = serde_json::from_str(&entry.header_json).unwrap();
            assert_eq!(header["index"], entry.index);
            assert_eq!(header["agreement"], active.name);
            assert_eq!(header["agreement_sequence"], entry.agreement_sequence);
            let body: serde_json::Value = serde_json::from_str(&entry.body_json).unwrap();
            assert_eq!(body["parties"].as_array().unwrap().len(), entry.parties.len());
            assert_eq!(body["transaction_id"], entry.transaction_id);
            assert_eq!(body["engine"], concat!("alliantie-consent ", env!("CARGO_PKG_VERSION")));
        }
        let signed = &world.entries(Caller::Ggd).await[1];
        let json: serde_json::Value = serde_json::from_str(&signed.body_json).unwrap();
        let jws = json["facts"]["jws"].as_str().unwrap();
        consent::offline::verify(jws, &active.content_hash, world.key(Caller::Weller).public()).unwrap();
        let salts: std::collections::BTreeSet<String> = world
            .entries(Caller::PrivacyOfficer)
            .await
            .into_iter()
            .flat_map(|entry| [entry.header_salt, entry.body_salt])
            .collect();
        assert_eq!(salts.len(), 14, "every text has a salt of its own");
    }
}

#[tokio::test]
async fn a_party_to_the_agreement_sees_the_header_of_what_concerns_another() {
    for world in world::worlds().await {
        let mut content = world::content();
        content.recipients.push(Party { oin: Caller::WonenZuid.oin().to_owned(), ..Default::default() });
        let name = world.create(content).await.name;
        let request = ProposeAgreementRequest { name, ..Default::default() };
        let proposed =
            world.agreements(Caller::Weller).propose_agreement(request).await.unwrap().into_inner();
        for party in [Caller::Weller, Caller::Ggd, Caller::WonenZuid] {
            world.accept(&proposed, party).await.unwrap();
        }
        let decided = world.decide(world.request(&proposed.name)).await;
        assert!(decided.permitted, "{}", world.kind);
        // Drafted, proposed, signed three times, and a decision for GGD.
        assert_eq!(decided.ledger_index, 5);
        for party in [Caller::Ggd, Caller::WonenZuid] {
            let entries = world.entries(party).await;
            assert_eq!(indexes(&entries), [1, 2, 3, 4, 5]);
            let numbers: Vec<i64> = entries.iter().map(|entry| entry.agreement_sequence).collect();
            assert_eq!(numbers, [1, 2, 3, 4, 5], "no gaps for {party:?}");
            assert!(entries.iter().all(|entry| leaf_of(entry).to_string() == entry.leaf_hash));
        }
        let name = decided.ledger_entry.clone();
        let mut reader = world.ledger(Caller::WonenZuid);
        let entry = reader.get_ledger_entry(GetLedgerEntryRequest { name }).await.unwrap().into_inner();
        assert_eq!(entry, world.entries(Caller::WonenZuid).await[4]);
        assert_eq!((entry.kind(), entry.agreement_sequence), (LedgerEntryKind::Unspecified, 5));
        assert_eq!(
            (entry.agreement.as_str(), entry.leaf_hash.as_str()),
            (proposed.name.as_str(), decided.leaf_hash.as_str())
        );
        let hidden =
            [&entry.body_json, &entry.body_salt, &entry.transaction_id, &entry.trace_id, &entry.summary_nl];
        assert!(hidden.iter().all(|text| text.is_empty()) && entry.parties.is_empty(), "{entry:?}");
        assert!(!entry.header_json.contains(Caller::Ggd.oin()), "{}", entry.header_json);
        // Who asks for a kind is not told of what kind the rest is.
        for (party, expected) in [(Caller::Ggd, vec![5]), (Caller::WonenZuid, vec![])] {
            let kind = LedgerEntryKind::Permitted.into();
            let request = ListLedgerEntriesRequest { kind, ..Default::default() };
            let list = world.ledger(party).list_ledger_entries(request).await.unwrap().into_inner();
            assert_eq!(indexes(&list.ledger_entries), expected, "{party:?}");
        }
    }
}

#[tokio::test]
async fn two_processes_write_one_log() {
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
        assert_eq!(world.verify().await.unwrap().size, 64);
        let entries = world.entries(Caller::Ggd).await;
        assert!((1..).zip(&entries).all(|(place, entry)| entry.agreement_sequence == place));
        let previous = |entry: &LedgerEntry| {
            let header: serde_json::Value = serde_json::from_str(&entry.header_json).unwrap();
            header.get("previous").map(|previous| previous.as_str().unwrap().to_owned())
        };
        assert_eq!(previous(&entries[0]), None);
        for pair in entries.windows(2) {
            assert_eq!(previous(&pair[1]), Some(pair[0].leaf_hash.clone()), "{}", world.kind);
        }
        shutdown.tell();
    }
}

#[tokio::test]
async fn a_damaged_body_hides_nothing_from_who_reads_its_header_alone() {
    for world in world::worlds().await {
        let mut content = world::content();
        let oin = Caller::WonenZuid.oin().to_owned();
        content.recipients.push(Party { oin, display_name: String::new() });
        let agreement = world.propose(&world.create(content).await).await;
        for party in [Caller::Weller, Caller::Ggd, Caller::WonenZuid] {
            world.accept(&agreement, party).await.unwrap();
        }
        let permit = world.decide(world.request(&agreement.name)).await;
        assert!(permit.permitted, "{}", world.kind);
        let size = permit.ledger_index + 1;
        let (before, seen) = (bundle(&world, size).await, world.entries(Caller::WonenZuid).await);
        assert_eq!(seen.last().unwrap().name, permit.ledger_entry);
        assert!(seen.last().unwrap().body_json.is_empty());
        let sql = format!(
            "UPDATE ledger_entry SET body_json = 'x', body_salt = 'x' WHERE position = {}",
            permit.ledger_index
        );
        world.test.database.pool().execute_unprepared(&sql).await.unwrap();
        assert_eq!(world.entries(Caller::WonenZuid).await, seen);
        assert_eq!(bundle(&world, size).await, before, "the log serves what was committed to");
        let request = GetLedgerEntryRequest { name: permit.ledger_entry };
        let shown = world.ledger(Caller::Ggd).get_ledger_entry(request).await.unwrap().into_inner();
        assert!(shown.damaged && shown.body_json.is_empty(), "who may read the body gets no other one");
    }
}

/// All entries of a small log, as it serves them.
async fn bundle(world: &World, size: i64) -> Vec<u8> {
    let request = GetTileRequest { path: format!("tile/entries/000.p/{size}") };
    world.log(Caller::Anonymous).get_tile(request).await.unwrap().into_inner().data
}
