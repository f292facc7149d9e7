//! A protection that no agreement asks for any more: its owner retires it, the next release goes without, and
//! the next agreement puts it in force again. All of that is in the ledger.

use e2e::exchange::{DATASET, Member, agree, announce, deliver, ledger_of, query};
use e2e::parties::{GGD, PRIVACY_OFFICER, WELLER, connect};
use e2e::platform::Platform;
use proto::consent::v1::{self as consent, LedgerEntryKind};
use proto::indicators::v1 as indicators;
use proto::indicators::v1::protection_service_client::ProtectionServiceClient;

/// The entries of a list that are of one of these kinds, with the releases that masks are of.
fn told(entries: &[consent::LedgerEntry]) -> Vec<(LedgerEntryKind, Option<String>)> {
    let kinds = [
        LedgerEntryKind::ReleasePublished,
        LedgerEntryKind::MaskComputed,
        LedgerEntryKind::ProtectionRetired,
        LedgerEntryKind::ProtectionReinstated,
    ];
    let told = entries.iter().filter(|entry| kinds.contains(&entry.kind()));
    let release = |entry: &consent::LedgerEntry| {
        let body: serde_json::Value = serde_json::from_str(&entry.body_json).expect("a body");
        body["facts"]["release"].as_str().map(str::to_owned)
    };
    told.map(|entry| (entry.kind(), release(entry))).collect()
}

/// The protections of the dataset by name, with whether each is retired.
async fn listed(weller: &Member) -> Vec<(String, bool)> {
    let mut client = ProtectionServiceClient::new(weller.connection.clone());
    let request = indicators::ListDatasetProtectionsRequest { parent: DATASET.to_owned() };
    let all = client.list_dataset_protections(request).await.expect("the protections").into_inner();
    all.protections.into_iter().map(|own| (own.name, own.retired)).collect()
}

async fn play(platform: &Platform) {
    let weller = Member::join(platform, WELLER).await;
    let ggd = Member::join(platform, GGD).await;
    announce(&weller).await;
    let first = deliver(&weller).await.name;
    let agreement = agree(&weller, &ggd).await;
    let jws = ggd.sign(&agreement, "revoke");
    let revoke = consent::RevokeAgreementRequest { name: agreement.name, jws, ..Default::default() };
    ggd.agreements().revoke_agreement(revoke).await.expect("revoked");

    // Nobody asks for it any more.
    let name = format!("{DATASET}/protections/min10");
    assert_eq!(listed(&weller).await, [(name.clone(), false)]);
    let retire = indicators::RetireDatasetProtectionRequest { name: name.clone() };
    let foreign = ProtectionServiceClient::new(ggd.connection.clone())
        .retire_dataset_protection(retire.clone())
        .await
        .expect_err("of another organisation");
    assert_eq!(foreign.code(), tonic::Code::PermissionDenied, "{foreign:?}");
    let mut client = ProtectionServiceClient::new(weller.connection.clone());
    assert!(client.retire_dataset_protection(retire).await.expect("retired").into_inner().retired);
    let second = deliver(&weller).await.name;
    assert_eq!(listed(&weller).await, [(name.clone(), true)]);

    // The next agreement asks for it.
    let agreement = agree(&weller, &ggd).await;
    assert_eq!(listed(&weller).await, [(name, false)]);
    let rows = ggd.observations().list_observations(query(&agreement.name)).await.expect("rows").into_inner();
    let withheld = |row: &&indicators::Observation| row.status() == indicators::ObservationStatus::Withheld;
    assert!(rows.observations.iter().any(|row| withheld(&row)), "{rows:?}");

    let published = |release: &str| (LedgerEntryKind::ReleasePublished, Some(release.to_owned()));
    let masked = |release: &str| (LedgerEntryKind::MaskComputed, Some(release.to_owned()));
    let expected = [
        published(&first),
        masked(&first),
        (LedgerEntryKind::ProtectionRetired, None),
        published(&second),
        masked(&second),
        (LedgerEntryKind::ProtectionReinstated, None),
    ];
    let fg = connect(&platform.url(), &platform.issuer.token(PRIVACY_OFFICER)).await;
    for entries in [weller.ledger().await, ledger_of(&fg).await] {
        // The privacy officer reads of the programme's own figures too.
        let of_others = |release: &String| !release.starts_with(DATASET);
        let own = told(&entries).into_iter().filter(|(_, release)| !release.as_ref().is_some_and(of_others));
        assert_eq!(own.collect::<Vec<_>>(), expected);
        let back = entries.iter().find(|entry| entry.kind() == LedgerEntryKind::ProtectionReinstated);
        let back = back.expect("the entry");
        assert!(back.summary_nl.contains(DATASET) && back.summary_nl.contains("opnieuw"), "{back:?}");
        // Before the agreement is active, and anything is delivered under it.
        let active = entries.iter().rfind(|entry| entry.kind() == LedgerEntryKind::AgreementChanged);
        assert!(active.is_some_and(|active| active.index > back.index), "{active:?}");
    }
    assert!(told(&ggd.ledger().await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protection_is_retired_and_comes_back_on_one_process_with_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protection_is_retired_and_comes_back_on_five_processes_with_postgresql() {
    play(&Platform::five_processes().await).await;
}
