//! What came under an agreement, with its receipt, held against the ledger with `alliantie ledger verify`:
//! whatever is changed in the file is refused.

use std::time::Duration;

use e2e::exchange::{DATASET, Member, PURPOSE, agree, announce, deliver};
use e2e::http::Http;
use e2e::parties::{GGD, PRIVACY_OFFICER, WELLER};
use e2e::platform::Platform;
use e2e::process::{Finished, run};
use platform::db::Database;
use proto::consent::v1 as consent;
use proto::indicators::v1 as indicators;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tonic_types::StatusExt;

const OBSERVATIONS: &str = "/v1/datasets/weller-betalingsachterstand/observations";

struct Desk {
    platform: Platform,
    token: String,
    weller: Member,
    ggd: Member,
}

impl Desk {
    fn keep(&self, name: &str, text: &str) -> String {
        let path = self.platform.folder().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    fn folder(&self, name: &str) -> String {
        self.platform.folder().join(name).display().to_string()
    }

    fn audit(&self, folder: &str, token: &str) -> Finished {
        run(&["ledger", "audit", folder, "--platform", &self.platform.url(), "--token-file", token])
    }

    /// Verified on the platform and in the folder.
    fn verified(&self, answer: &Value) -> [Finished; 2] {
        let file = self.keep("answer.json", &answer.to_string());
        let url = self.platform.url();
        let online = ["ledger", "verify", &file, "--platform", &url, "--token-file", &self.token];
        [run(&online), run(&["ledger", "verify", &file, "--folder", &self.folder("logboek")])]
    }

    fn refused(&self, answer: &Value, said: &str) {
        for ended in self.verified(answer) {
            assert!(ended.code == 1 && ended.err.contains(said), "{said}: {ended:?}");
            assert!(!ended.out.contains("goed"), "{said}: {ended:?}");
        }
    }
}

async fn desk() -> (Desk, consent::Agreement) {
    let platform = Platform::one_process();
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let agreement = agree(&weller, &ggd).await;
    let token = platform.folder().join("token").display().to_string();
    std::fs::write(&token, platform.issuer.token(GGD)).expect("a file");
    (Desk { platform, token, weller, ggd }, agreement)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_what_was_decided_and_delivered_or_it_is_refused() {
    let (desk, consent::Agreement { name: agreement, .. }) = desk().await;
    let http = Http::new(&desk.platform.url()).with_token(&desk.platform.issuer.token(GGD));
    let query = format!("{OBSERVATIONS}?agreement={agreement}&purpose={PURPOSE}&pageSize=1000");
    let answer = http.get(&query).await.json();
    let folder = desk.folder("logboek");
    assert_eq!(desk.audit(&folder, &desk.token).code, 0);

    for good in desk.verified(&answer) {
        assert!(good.code == 0 && good.out.contains("goed: de 33 waarnemingen in het bestand"), "{good:?}");
        assert!(good.out.contains("zinnen voor mensen (messageNl, notice, detail), fictitious"), "{good:?}");
    }
    let decision = &answer["decision"];
    for alone in desk.verified(decision) {
        let unseen = "de waarnemingen zelf zijn niet nagekeken: die staan niet in het bestand";
        assert!(alone.code == 0 && alone.out.contains(unseen), "{alone:?}");
    }
    let file = desk.keep("answer.json", &answer.to_string());
    let anybody = run(&["ledger", "verify", &file, "--platform", &desk.platform.url()]);
    let unseen = "niet nagekeken: de regel over de levering is alleen te zien met --token-file";
    assert!(anybody.code == 0 && anybody.out.contains(unseen), "{anybody:?}");

    for (place, value, said) in [
        ("/decision/agreement", json!("agreements/x"), "de afspraak"),
        ("/decision/contentHash", json!("$1$1$x"), "contentHash"),
        ("/decision/ledgerEntry", json!("ledger-entries/1"), "ledgerEntry"),
        ("/decision/transactionId", json!("x"), "hoort bij transactie"),
        ("/release", json!("datasets/x/releases/2"), "de uitgave"),
        ("/observations/0/area", json!("areas/BU08990243"), "een waarneming of de volgorde"),
        ("/observations/0/categories/leeftijd", json!("oud"), "een waarneming of de volgorde"),
        ("/observations/0/status", json!("OBSERVATION_STATUS_FINAL"), "aantal afgeschermde"),
        ("/observations/32/value", json!("1"), "een waarneming of de volgorde"),
        ("/observations", json!([]), "het aantal waarnemingen"),
    ] {
        let mut changed = answer.clone();
        *changed.pointer_mut(place).expect(place) = value;
        desk.refused(&changed, said);
    }
    // As in a log that was written anew, where an entry that this reader may not see stands in this place.
    let mut elsewhere = answer.clone();
    elsewhere["decision"]["ledgerIndex"] = json!("0");
    elsewhere["decision"]["ledgerEntry"] = json!("ledger-entries/0");
    desk.refused(&elsewhere, "in het logboek staat op deze plaats een andere regel");
    let mut turned = answer.clone();
    turned["observations"].as_array_mut().expect("observations").reverse();
    desk.refused(&turned, "een waarneming of de volgorde");
    let mut less = answer;
    drop(less["observations"].as_array_mut().expect("observations").pop());
    desk.refused(&less, "het aantal waarnemingen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_a_receipt_too() {
    let (desk, consent::Agreement { name: agreement, .. }) = desk().await;
    let http = Http::new(&desk.platform.url()).with_token(&desk.platform.issuer.token(GGD));
    let refused = http.get(&format!("{OBSERVATIONS}?agreement={agreement}&purpose=purposes/ander")).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let problem = refused.json();
    assert_eq!(desk.audit(&desk.folder("logboek"), &desk.token).code, 0);
    for good in [desk.verified(&problem), desk.verified(&problem["metadata"])].into_iter().flatten() {
        let transaction = problem["metadata"]["transaction_id"].as_str().expect("a transaction");
        assert!(good.code == 0 && good.out.contains(&format!("transactie {transaction}")), "{good:?}");
        assert!(!good.out.contains("waarnemingen"), "{good:?}");
    }
    for whole in desk.verified(&problem) {
        assert!(whole.out.contains("goed: de zinnen in het bestand (detail, errors)"), "{whole:?}");
    }
    for place in ["/detail", "/errors/0/detail"] {
        let mut changed = problem.clone();
        *changed.pointer_mut(place).expect(place) = json!("Dit mag wel, als u het nog eens vraagt.");
        desk.refused(&changed, "een zin voor mensen");
    }
    for (field, said) in [("agreement", "de afspraak"), ("reasons", "de redenen"), ("dataset", "de dataset")]
    {
        let mut changed = problem.clone();
        changed["metadata"][field] = json!("ANDERS");
        desk.refused(&changed, said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_under_a_damaged_agreement_has_a_receipt_too() {
    let (desk, consent::Agreement { name: agreement, .. }) = desk().await;
    let url = format!("sqlite://{}", desk.platform.folder().join("data").join("consent.db").display());
    let database = Database::connect(&url).await.expect("its database");
    let change = |state: &str| format!("UPDATE agreement SET state = '{state}'");
    database.pool().execute_unprepared(&change("SUSPENDED")).await.expect("a change");
    let http = Http::new(&desk.platform.url()).with_token(&desk.platform.issuer.token(GGD));
    let refused = http.get(&format!("{OBSERVATIONS}?agreement={agreement}&purpose={PURPOSE}")).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let problem = refused.json();
    assert_eq!(problem["reason"], "AGREEMENT_DAMAGED");
    // The list of GGD is whole and good, and has it.
    let audited = desk.audit(&desk.folder("logboek"), &desk.token);
    assert!(audited.code == 0 && audited.out.contains("goed"), "{audited:?}");
    let transaction = problem["metadata"]["transaction_id"].as_str().expect("a transaction");
    for good in desk.verified(&problem) {
        assert!(good.code == 0 && good.out.contains(&format!("transactie {transaction}")), "{good:?}");
    }
    let mut changed = problem.clone();
    changed["metadata"]["reasons"] = json!("AGREEMENT_REVOKED");
    changed["reason"] = json!("AGREEMENT_REVOKED");
    desk.refused(&changed, "de redenen");
    database.pool().execute_unprepared(&change("ACTIVE")).await.expect("a change");
    let whole = run(&["verify-ledger", "--database-url", &url]);
    assert_eq!(whole.code, 0, "{whole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_a_revocation_cuts_has_the_receipt_of_its_permit() {
    let (desk, agreement) = desk().await;
    let watch = indicators::WatchObservationsRequest {
        parent: DATASET.to_owned(),
        agreement: agreement.name.clone(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    };
    let mut stream = desk.ggd.observations().watch_observations(watch).await.expect("a stream").into_inner();
    stream.message().await.expect("a part").expect("more");
    let jws = desk.weller.sign(&agreement, "revoke");
    let revoke = consent::RevokeAgreementRequest { name: agreement.name, jws, request_id: String::new() };
    desk.weller.agreements().revoke_agreement(revoke).await.expect("revoked");
    let cut = async {
        loop {
            if let Err(status) = stream.message().await {
                return status;
            }
        }
    };
    let cut = tokio::time::timeout(Duration::from_secs(10), cut).await.expect("it ends");
    let info = cut.get_details_error_info().expect("an error info");
    assert_eq!(info.reason, "AGREEMENT_REVOKED");
    let refused = json!({ "reason": info.reason, "metadata": info.metadata });
    assert_eq!(desk.audit(&desk.folder("logboek"), &desk.token).code, 0);
    for good in desk.verified(&refused) {
        assert!(good.code == 0 && good.out.contains("let op: die regel is een toestemming"), "{good:?}");
        assert!(good.out.contains("de stop zelf staat in ledger-entries/"), "{good:?}");
    }
    let mut changed = refused;
    changed["metadata"]["agreement"] = json!("agreements/x");
    desk.refused(&changed, "de afspraak");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_privacy_officer_audits_the_whole_ledger() {
    let (desk, _) = desk().await;
    let token = desk.keep("fg-token", &desk.platform.issuer.token(PRIVACY_OFFICER));
    let folder = desk.folder("alles");
    let audited = desk.audit(&folder, &token);
    assert!(audited.code == 0 && audited.out.contains("goed: alles klopt"), "{audited:?}");
    let offline = ["ledger", "audit", &folder, "--offline"];
    assert_eq!(run(&offline).code, 0);
    let other = desk.audit(&folder, &desk.token);
    assert!(other.code == 1 && other.err.contains("van wie alle regels ziet"), "{other:?}");

    // A sentence that somebody changed is made anew.
    let entry = std::path::Path::new(&folder).join("entries").join(format!("{:020}.json", 1));
    let read = || -> Value { serde_json::from_slice(&std::fs::read(&entry).expect("it")).expect("JSON") };
    let (shown, mut changed) = (read(), read());
    changed["summaryNl"] = json!("Er gebeurde niets.");
    std::fs::write(&entry, changed.to_string()).expect("it is written");
    let renewed = run(&offline);
    let said = "bij 1 regel stond een andere zin (summaryNl) dan uit de regel volgt: ledger-entries/1;";
    assert!(renewed.code == 0 && renewed.out.contains(said), "{renewed:?}");
    assert_eq!(read()["summaryNl"], shown["summaryNl"]);

    std::fs::remove_file(&entry).expect("it is there");
    let missing = run(&offline);
    let said = "ledger-entries/1: deze regel ontbreekt";
    assert!(missing.code == 1 && missing.out.contains(said) && !missing.out.contains("goed"), "{missing:?}");
}
