//! The masks in use of a release, as its owner reads them: what the ledger says of each, and why.

use e2e::exchange::{Member, agree, announce, deliver};
use e2e::http::Http;
use e2e::parties::{GGD, WELLER};
use e2e::platform::Platform;
use http::StatusCode;
use proto::consent::v1::LedgerEntryKind;
use serde_json::Value;
use sha2::{Digest, Sha256};

async fn play(platform: &Platform) {
    let weller = Member::join(platform, WELLER).await;
    let ggd = Member::join(platform, GGD).await;
    announce(&weller).await;
    let release = deliver(&weller).await;
    let http = Http::new(&platform.url());
    let as_weller = http.with_token(&platform.issuer.token(WELLER));
    let path = format!("/v1/{}/mask-reports", release.name);
    let read = async || {
        let answer = as_weller.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["maskReports"].as_array().cloned().unwrap_or_default()
    };
    assert!(read().await.is_empty(), "nobody asks for a protection");
    agree(&weller, &ggd).await;
    let reports = read().await;
    let [mask] = reports.as_slice() else { panic!("one mask: {reports:?}") };
    assert_eq!(mask["name"], format!("{}/mask-reports/min10", release.name));
    assert_eq!(mask["protection"]["minimumCount"], 10);
    assert_eq!(mask["cellCount"], release.cell_count.to_string());

    let entries = weller.ledger().await;
    let entries = entries.iter().filter(|entry| entry.kind() == LedgerEntryKind::MaskComputed);
    let facts: Vec<Value> = entries
        .map(|entry| serde_json::from_str::<Value>(&entry.body_json).expect("a body")["facts"].clone())
        .collect();
    let [entered] = facts.as_slice() else { panic!("one mask is entered: {facts:?}") };
    assert_eq!(entered["release"], release.name);
    for (own, its) in
        [("maskDigest", "mask_digest"), ("reportDigest", "report_digest"), ("seedDigest", "seed_digest")]
    {
        assert!(mask[own].as_str().is_some_and(|digest| digest.len() == 64), "{mask}");
        assert_eq!(mask[own], entered[its], "{entered}");
    }
    assert_eq!(mask["engine"], entered["engine"]);
    // 64-bit numbers are texts in JSON.
    assert_eq!(mask["withheldCount"], entered["withheld"].to_string());

    // The report is the text that the digest is of, after the salt, and tells block by block what the sums are.
    let text = mask["report"].as_str().expect("a report");
    let salt = mask["maskSalt"].as_str().expect("a salt");
    let byte =
        |at: usize| u8::from_str_radix(salt.get(at..at + 2).expect("two digits"), 16).expect("hexadecimal");
    let salt: Vec<u8> = (0..salt.len()).step_by(2).map(byte).collect();
    let digest = Sha256::digest([&salt, text.as_bytes()].concat());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(entered["report_digest"], digest);
    let report: Value = serde_json::from_str(text).expect("JSON");
    let blocks = report["blocks"].as_array().expect("blocks");
    let sum = |of: &str| blocks.iter().filter_map(|block| block[of].as_u64()).sum::<u64>().to_string();
    assert_eq!(
        (&mask["withheldCount"], &mask["secondaryCount"]),
        (&sum("withheld").into(), &sum("secondary").into())
    );
    assert!(sum("withheld") != "0" && report["engine"] == mask["engine"], "{report}");

    let as_ggd = http.with_token(&platform.issuer.token(GGD));
    let refused = as_ggd.get(&path).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_reads_the_report_of_a_mask_that_the_ledger_has_the_digest_of_on_sqlite() {
    play(&Platform::one_process()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_reads_the_report_of_a_mask_that_the_ledger_has_the_digest_of_on_postgresql() {
    play(&Platform::five_processes().await).await;
}
