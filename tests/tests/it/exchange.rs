//! The main job, over gRPC through the gateway: deliver, agree, fetch, refuse, read the ledger,
//! revoke. The same steps on one process with SQLite and on five with PostgreSQL.

use std::time::Duration;

use e2e::exchange::{
    DATASET, Member, PURPOSE, agree, announce, content, deliver, ledger_of, query, sign_with,
};
use e2e::http::Http;
use e2e::parties::{GGD, PRIVACY_OFFICER, WELLER, WONEN_ZUID, connect, dutch, reason};
use e2e::platform::Platform;
use http::StatusCode;
use proto::consent::v1 as consent;
use proto::indicators::v1 as indicators;
use tonic::Code;

async fn play(platform: &Platform) {
    let weller = Member::join(platform, WELLER).await;
    let ggd = Member::join(platform, GGD).await;
    let wonen_zuid = Member::join(platform, WONEN_ZUID).await;
    announce(&weller).await;
    deliver(&weller).await;

    signatures_of_others_are_refused(&weller, &wonen_zuid, &ggd).await;
    let agreement = agree(&weller, &ggd).await;
    ggd_gets_the_agreed_part(&ggd, &agreement.name).await;
    the_owner_sees_all(&weller).await;
    beyond_the_agreement_is_refused(&ggd, &wonen_zuid, &agreement.name).await;
    the_ledger_shows_each_its_own(platform, &weller, &ggd, &wonen_zuid, &agreement.name).await;
    revoking_stops_it_at_once(&weller, &ggd, &agreement).await;
}

async fn signatures_of_others_are_refused(weller: &Member, third: &Member, ggd: &Member) {
    let draft = consent::CreateAgreementRequest { content: Some(content()), request_id: String::new() };
    let draft = weller.agreements().create_agreement(draft).await.expect("a draft").into_inner();
    let propose = consent::ProposeAgreementRequest { name: draft.name.clone(), ..Default::default() };
    let proposed = weller.agreements().propose_agreement(propose).await.expect("a proposal").into_inner();
    let sign = |jws: String| consent::SignAgreementRequest {
        name: proposed.name.clone(),
        jws,
        request_id: String::new(),
    };

    let refused = third.agreements().sign_agreement(sign(third.sign(&proposed, "accept"))).await;
    assert_eq!(refused.expect_err("no party").code(), Code::PermissionDenied);
    // GGD comes with a signature by the key of Wonen Zuid.
    let refused = ggd.agreements().sign_agreement(sign(third.sign(&proposed, "accept"))).await;
    assert_eq!(reason(&refused.expect_err("another's key")), "SIGNATURE_INVALID");
    let wrong = sign_with(&ggd.key, "$1$1$AAAA", "accept");
    let refused = ggd.agreements().sign_agreement(sign(wrong)).await;
    assert_eq!(reason(&refused.expect_err("other content")), "SIGNATURE_INVALID");
    let refused = ggd.agreements().sign_agreement(sign(ggd.sign(&proposed, "revoke"))).await;
    assert_eq!(reason(&refused.expect_err("another type")), "SIGNATURE_INVALID");

    let get = consent::GetAgreementRequest { name: proposed.name };
    let same = ggd.agreements().get_agreement(get).await.expect("the agreement").into_inner();
    assert_eq!((same.state(), same.signatures.len()), (consent::AgreementState::Proposed, 0));
}

async fn ggd_gets_the_agreed_part(ggd: &Member, agreement: &str) {
    let answer = ggd.observations().list_observations(query(agreement)).await.expect("rows").into_inner();
    assert_eq!(answer.observations.len(), 33, "11 buurten x 3 categories x 1 agreed period");
    for row in &answer.observations {
        assert!(row.area.starts_with("areas/BU089902"), "{}", row.area);
        assert_eq!(row.period, "2025Q1");
        let withheld = row.status() == indicators::ObservationStatus::Withheld;
        match row.value.parse::<i64>() {
            Ok(count) => assert!(count >= 10 && !withheld, "{row:?}"),
            Err(_) => assert!(withheld && row.value.is_empty() && row.note.is_empty(), "{row:?}"),
        }
    }
    // The youngest have 3 to 13: seven counts are under 10. With each of these the older ones are
    // withheld too, as the total would tell it.
    let withheld = |row: &&indicators::Observation| row.status() == indicators::ObservationStatus::Withheld;
    assert_eq!(answer.observations.iter().filter(withheld).count(), 14);
    let decision = answer.decision.expect("a decision");
    assert_eq!(decision.agreement, agreement);
    let entries = ggd.ledger().await;
    let entry = entries.iter().find(|entry| entry.name == decision.ledger_entry).expect("the entry");
    assert_eq!((entry.index, &entry.leaf_hash), (decision.ledger_index, &decision.leaf_hash));
    assert_eq!(entry.transaction_id, decision.transaction_id);

    let mut paged = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = indicators::ListObservationsRequest { page_size: 10, page_token, ..query(agreement) };
        let page = ggd.observations().list_observations(request).await.expect("a page").into_inner();
        paged.extend(page.observations);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, answer.observations, "pages add up to the whole");
}

async fn the_owner_sees_all(weller: &Member) {
    let request = indicators::ListObservationsRequest { parent: DATASET.to_owned(), ..Default::default() };
    let answer = weller.observations().list_observations(request).await.expect("rows").into_inner();
    assert_eq!(answer.observations.len(), 72);
    assert!(answer.observations.iter().all(|row| !row.value.is_empty()));
    assert!(answer.decision.is_none());
}

async fn beyond_the_agreement_is_refused(ggd: &Member, wonen_zuid: &Member, agreement: &str) {
    let ask = query(agreement);
    let refusals = [
        (
            "PERIOD_BEYOND_SCOPE",
            "2025Q2",
            indicators::ListObservationsRequest {
                periods: vec!["2025Q1".to_owned(), "2025Q2".to_owned()],
                ..ask.clone()
            },
        ),
        (
            "AREA_BEYOND_SCOPE",
            "WK089902",
            indicators::ListObservationsRequest { areas: vec!["areas/WK089902".to_owned()], ..ask.clone() },
        ),
        (
            "OTHER_PURPOSE",
            "wijkplannen",
            indicators::ListObservationsRequest { purpose: "purposes/wijkplannen".to_owned(), ..ask.clone() },
        ),
        (
            "PURPOSE_MISSING",
            "",
            indicators::ListObservationsRequest { purpose: String::new(), ..ask.clone() },
        ),
        (
            "AGREEMENT_MISSING",
            "",
            indicators::ListObservationsRequest { agreement: String::new(), ..ask.clone() },
        ),
    ];
    for (expected, fact, request) in refusals {
        let refused = ggd.observations().list_observations(request).await.expect_err(expected);
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, expected));
        assert!(dutch(&refused).contains(fact), "{}", dutch(&refused));
        assert!(!refused.message().is_empty() && refused.message() != dutch(&refused));
        if expected != "AGREEMENT_MISSING" {
            let id = agreement.strip_prefix("agreements/").expect("a name");
            assert!(dutch(&refused).contains(id), "names the agreement: {}", dutch(&refused));
            assert!(refused.message().contains(id), "names the agreement: {}", refused.message());
        }
    }
    let refused = wonen_zuid.observations().list_observations(ask).await.expect_err("a third party");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "NOT_A_RECIPIENT"));
}

async fn the_ledger_shows_each_its_own(
    platform: &Platform,
    weller: &Member,
    ggd: &Member,
    wonen_zuid: &Member,
    agreement: &str,
) {
    use consent::LedgerEntryKind as Kind;
    let of_weller = weller.ledger().await;
    let kinds = |entries: &[consent::LedgerEntry], kind: Kind| {
        entries.iter().filter(|entry| entry.kind() == kind).count()
    };
    assert_eq!(kinds(&of_weller, Kind::ReleasePublished), 1);
    assert!(kinds(&of_weller, Kind::Permitted) >= 5, "each page is a decision");
    assert_eq!(kinds(&of_weller, Kind::Permitted), kinds(&of_weller, Kind::Delivered));
    let unknown = |entry: &&consent::LedgerEntry| entry.body_json.contains("mask_unknown");
    assert_eq!(of_weller.iter().find(unknown), None, "every mask was entered before its deliveries");
    assert!(kinds(&of_weller, Kind::Refused) >= 6);

    let of_ggd = ggd.ledger().await;
    assert!(of_ggd.iter().all(|entry| entry.parties.iter().any(|oin| oin == GGD.oin)));
    assert_eq!(kinds(&of_ggd, Kind::ReleasePublished), 0, "a release concerns its owner");
    // The numbers of one agreement have no gaps for those who are a party to it.
    let numbers: Vec<i64> = of_ggd
        .iter()
        .filter(|entry| entry.agreement == agreement && entry.agreement_sequence > 0)
        .map(|entry| entry.agreement_sequence)
        .collect();
    assert_eq!(numbers, (1..=i64::try_from(numbers.len()).expect("few")).collect::<Vec<_>>());

    let of_third = wonen_zuid.ledger().await;
    assert!(of_third.iter().all(|entry| entry.kind() == Kind::Refused), "only its own refusal: {of_third:?}");
    let fg = connect(&platform.url(), &platform.issuer.token(PRIVACY_OFFICER)).await;
    let all = ledger_of(&fg).await;
    assert!(all.len() > of_weller.len(), "the privacy officer sees everything");
    assert!((0..).zip(&all).all(|(index, entry)| entry.index == index), "without gaps");
    let mut frontier = ledger::Frontier::empty();
    for entry in &all {
        let commit =
            |salt: &str, text: &str| ledger::commitment(&salt.parse().expect("a salt"), text.as_bytes());
        let header = commit(&entry.header_salt, &entry.header_json);
        let body = commit(&entry.body_salt, &entry.body_json);
        frontier.append(ledger::leaf_hash(&ledger::leaf_data(&header, &body)));
    }
    let anybody = Http::new(&platform.url());
    let note: ledger::SignedNote = anybody.get("/v1/ledger/checkpoint").await.text().parse().expect("a note");
    let key = anybody.get("/v1/ledger/verifier-key").await.text();
    let key: ledger::NoteVerifier = key.trim().parse().expect("a key");
    assert_eq!(key.verify(&note), Ok(None));
    let checkpoint: ledger::Checkpoint = note.text.parse().expect("a checkpoint");
    assert_eq!((checkpoint.size, checkpoint.root), (frontier.size(), frontier.root()));
    let tile = anybody.get(&format!("/v1/ledger/tile/0/000.p/{}", checkpoint.size)).await;
    assert_eq!(
        (tile.status, tile.headers["content-type"].as_bytes()),
        (StatusCode::OK, &b"application/octet-stream"[..])
    );
    assert!(tile.headers["cache-control"].to_str().expect("text").contains("immutable"));
    let last = all.last().expect("an entry");
    let hashes: Vec<String> = tile
        .body
        .chunks(32)
        .map(|hash| ledger::Hash::from_bytes(hash.try_into().expect("a hash")).to_string())
        .collect();
    assert_eq!(hashes.last(), Some(&last.leaf_hash));
}

async fn revoking_stops_it_at_once(weller: &Member, ggd: &Member, agreement: &consent::Agreement) {
    let watch = indicators::WatchObservationsRequest {
        parent: DATASET.to_owned(),
        agreement: agreement.name.clone(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    };
    let mut stream = ggd.observations().watch_observations(watch).await.expect("a stream").into_inner();
    let mut rows = 0;
    loop {
        let part = stream.message().await.expect("a part").expect("more");
        rows += part.observations.len();
        if part.release_complete {
            break;
        }
    }
    assert_eq!(rows, 33);

    let revoke = consent::RevokeAgreementRequest {
        name: agreement.name.clone(),
        jws: weller.sign(agreement, "revoke"),
        request_id: String::new(),
    };
    let revoked = weller.agreements().revoke_agreement(revoke).await.expect("revoked").into_inner();
    assert_eq!(revoked.state(), consent::AgreementState::Revoked);

    let refused = ggd.observations().list_observations(query(&agreement.name)).await.expect_err("revoked");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "AGREEMENT_REVOKED"));

    let ended = tokio::time::timeout(Duration::from_secs(5), stream.message()).await.expect("it ends");
    let ended = ended.expect_err("it ends with a refusal");
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::PermissionDenied, "AGREEMENT_REVOKED"));
    assert!(dutch(&ended).contains("ingetrokken"), "{}", dutch(&ended));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_holds_on_one_process_with_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_holds_on_five_processes_with_postgresql() {
    play(&Platform::five_processes().await).await;
}
