//! What a partner does with the ledger, with the tools, against the real platform.

use std::path::Path;

use e2e::exchange::{Member, PURPOSE, agree, announce, deliver};
use e2e::http::Http;
use e2e::parties::{GGD, WELLER};
use e2e::platform::Platform;
use e2e::process::{Finished, run};
use platform::db::Database;
use sea_orm::ConnectionTrait;

const OBSERVATIONS: &str = "/v1/datasets/weller-betalingsachterstand/observations";

/// What a partner has on its own machine.
struct Desk<'a> {
    platform: &'a Platform,
    token: String,
    folder: String,
}

impl Desk<'_> {
    fn path(&self, name: &str) -> String {
        self.platform.folder().join(name).display().to_string()
    }

    fn audit(&self, more: &[&str]) -> Finished {
        let url = self.platform.url();
        let online = ["ledger", "audit", &self.folder, "--platform", &url, "--token-file", &self.token];
        run(&[&online[..], more].concat())
    }

    fn offline(&self) -> Finished {
        run(&["ledger", "audit", &self.folder, "--offline"])
    }
}

fn good(ended: &Finished) {
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("goed: "), "{}", ended.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_verifies_witnesses_and_audits_and_finds_a_tampered_row() {
    let platform = Platform::one_process();
    let weller = Member::join(&platform, WELLER).await;
    let ggd = Member::join(&platform, GGD).await;
    announce(&weller).await;
    deliver(&weller).await;
    let agreement = agree(&weller, &ggd).await;
    let token = platform.issuer.token(GGD);
    let query = format!("{OBSERVATIONS}?agreement={}&purpose={PURPOSE}", agreement.name);
    let answer = Http::new(&platform.url()).with_token(&token).get(&query).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let decision = answer.json()["decision"].clone();

    let in_folder = |name: &str, text: &str| {
        let path = platform.folder().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let desk = Desk {
        platform: &platform,
        token: in_folder("token", &token),
        folder: platform.folder().join("logboek").display().to_string(),
    };
    let receipt = in_folder("answer.json", &answer.text());

    // The receipt on the platform: its place alone. With a token, or in the folder: its transaction too.
    let url = platform.url();
    let online = run(&["ledger", "verify", &receipt, "--platform", &url]);
    good(&online);
    assert!(online.out.contains("alleen de plaats"), "{}", online.out);
    let transaction = decision["transactionId"].as_str().expect("a transaction");
    let bound = run(&["ledger", "verify", &receipt, "--platform", &url, "--token-file", &desk.token]);
    good(&bound);
    assert!(bound.out.contains(&format!("transactie {transaction}")), "{}", bound.out);
    good(&desk.audit(&[]));
    good(&desk.offline());
    let here = ["ledger", "verify", &receipt, "--folder", &desk.folder];
    let bound = run(&here);
    good(&bound);
    assert!(bound.out.contains(&format!("transactie {transaction}")), "{}", bound.out);
    let mut other = decision.clone();
    other["transactionId"] = "018f0000-0000-7000-8000-000000000000".into();
    let other = in_folder("other.json", &other.to_string());
    let refused = run(&["ledger", "verify", &other, "--folder", &desk.folder]);
    assert!(refused.code == 1 && refused.err.contains("hoort bij transactie"), "{}", refused.err);

    // A witness signs, and an audit verifies it.
    let key = in_folder("ggd.pem", ggd.key.to_pem());
    let witness = desk.path("getuige");
    let arguments = ["ledger", "witness", &witness, "--platform", &url, "--token-file", &desk.token];
    let signed = run(&[&arguments[..], &["--key", &key, "--oin", GGD.oin]].concat());
    assert_eq!(signed.code, 0, "{}", signed.err);
    assert!(signed.out.contains("meetekende: 1"), "{}", signed.out);
    let vkey = signed.out.lines().find_map(|line| line.split("--witness-key: ").nth(1)).expect("a key");
    let audited = desk.audit(&[]);
    assert!(audited.out.contains("niet nagerekend; geef daarvoor met --witness-key"), "{}", audited.out);
    let audited = desk.audit(&["--witness-key", vkey]);
    good(&audited);
    let named = format!("medeondertekend door {}", GGD.oin);
    assert!(
        audited.out.contains(&named) && audited.out.contains("de handtekening klopt\n"),
        "{}",
        audited.out
    );
    let nobody = ledger::NoteSigner::from_seed(GGD.oin, &[9; 32]).expect("a signer").cosignature_verifier();
    let refused = desk.audit(&["--witness-key", &nobody.to_string()]);
    assert!(refused.code == 1 && refused.err.contains("geen van de getuigen"), "{}", refused.err);
    assert!(!refused.out.contains("goed"), "nothing is called good before all is: {}", refused.out);

    // Somebody with the database changes what happened.
    let index = decision["ledgerIndex"].as_str().expect("an index");
    let database = platform.folder().join("data").join("consent.db");
    tamper(&database, index).await;
    let entry = format!("ledger-entries/{index}: ");
    let audited = desk.audit(&[]);
    assert!(audited.code == 1 && audited.out.contains(&entry), "{}{}", audited.out, audited.err);
    let verified = run(&["verify-ledger", "--database-url", &format!("sqlite://{}", database.display())]);
    assert!(verified.code == 1 && verified.err.contains(&entry), "{}", verified.err);
}

async fn tamper(database: &Path, index: &str) {
    let database = Database::connect(&format!("sqlite://{}", database.display())).await.expect("a database");
    let change = format!(
        "UPDATE ledger_entry SET body_json = replace(body_json, '{}', '{}') WHERE position = {index}",
        GGD.oin, "00000099000000005000"
    );
    let changed = database.pool().execute_unprepared(&change).await.expect("a change");
    assert_eq!(changed.rows_affected(), 1);
    database.close().await.expect("closed");
}
