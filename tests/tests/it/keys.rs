//! The keys of a party and what it signs with them, with `alliantie key` and `alliantie agreement`.

use std::path::Path;

use e2e::exchange::content;
use e2e::parties::{GGD, WELLER, connect};
use e2e::process::{Finished, Running, run};
use platform::db::Database;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::{AgreementContent, CreateAgreementRequest, ProposeAgreementRequest, Scope};
use sea_orm::ConnectionTrait;
use serde_json::Value;

/// Runs a command that has to succeed.
pub(super) fn good(arguments: &[&str]) -> String {
    let Finished { code, out, err } = run(arguments);
    assert_eq!(code, 0, "{arguments:?}\n{out}\n{err}");
    out
}

/// Runs a command that has to fail.
pub(super) fn bad(arguments: &[&str]) -> String {
    let Finished { code, out, err } = run(arguments);
    assert_eq!(code, 1, "{arguments:?}\n{out}\n{err}");
    err
}

/// A proposal of Weller to GGD.
pub(super) async fn proposed(platform: &Running) -> String {
    let token = good(&["token", "weller"]);
    let mut weller = AgreementServiceClient::new(connect(&platform.url(), token.trim()).await);
    // About the figures of the demo.
    let demo = Scope {
        dataset: "datasets/weller-huurachterstand-fictief".to_owned(),
        indicators: vec!["indicators/huurachterstand".to_owned()],
        dimensions: vec!["leeftijdsgroep".to_owned()],
        ..content().scope.expect("a scope")
    };
    let content = AgreementContent { scope: Some(demo), ..content() };
    let create = CreateAgreementRequest { content: Some(content), request_id: String::new() };
    let name = weller.create_agreement(create).await.expect("a draft").into_inner().name;
    let propose = ProposeAgreementRequest { name: name.clone(), ..Default::default() };
    weller.propose_agreement(propose).await.expect("a proposal");
    name
}

/// The path of a file in this folder.
pub(super) fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_signs_offline_rotates_its_key_and_anybody_verifies_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Running::start(&["--data-dir", &path(folder.path(), "data")]);
    let url = platform.url();
    let file = |name: &str| path(folder.path(), name);
    let as_weller = ["--as", "weller", "--platform", &url];
    let with = |command: &[&str], more: &[&str]| good(&[command, &as_weller, more].concat());

    // Two keys, one of each kind; a file that is there is kept.
    let (es256, eddsa) = (file("es256.pem"), file("eddsa.pem"));
    assert!(good(&["key", "new", &es256, "--algorithm", "es256"]).contains("BEGIN PUBLIC KEY"));
    good(&["key", "new", &eddsa]);
    assert!(bad(&["key", "new", &es256]).contains("es256.pem"));
    let registered = with(&["key", "register"], &["--key", &es256]);
    assert!(registered.contains("ES256") && registered.contains("in gebruik"), "{registered}");
    let key_name = registered.split(' ').next().expect("a name").to_owned();
    let ggd =
        bad(&["key", "register", "stakeholders/weller", "--as", "ggd", "--platform", &url, "--key", &eddsa]);
    assert!(ggd.contains("OTHER_ORGANISATION"), "{ggd}");

    // Signed without a platform, checked without one, placed later.
    let (name, waiting) = (proposed(&platform).await, proposed(&platform).await);
    let (saved, signature) = (file("content.json"), file("signature"));
    with(&["agreement", "show", &name], &["--save", &saved]);
    let signed = run(&["agreement", "sign", "--content", &saved, "--key", &es256]);
    assert!(signed.err.contains("Een aantal onder de 10 wordt niet getoond"), "{}", signed.err);
    let jws = signed.out;
    std::fs::write(&signature, &jws).expect("it is written");
    let public = file("public.pem");
    let pem = good(&["key", "new", &file("other.pem")]);
    std::fs::write(&public, pem.split("thumbprint").next().expect("PEM")).expect("it is written");
    let verify = ["agreement", "verify", &saved, "--signature", &signature, "--public-key", &public];
    assert!(bad(&verify).contains("niet met deze sleutel gemaakt"));
    let own =
        platform::keys::PrivateKey::from_pem(&std::fs::read_to_string(&es256).expect("a key")).expect("PEM");
    std::fs::write(&public, own.public().to_pem()).expect("it is written");
    assert!(good(&verify).starts_with("goed: \"accept\""));
    assert!(with(&["agreement", "sign", &name, "--signature", &signature], &[]).contains("wacht op"));
    assert!(good(&["agreement", "sign", &name, "--as", "ggd", "--platform", &url]).contains("actief"));

    // The whole agreement in a file, verified before and after the rotation.
    let whole = file("whole.json");
    with(&["agreement", "show", &name], &["--save-all", &whole]);
    let verified = good(&["agreement", "verify", &whole]);
    assert_eq!(verified.matches("goed: \"accept\"").count(), 2, "{verified}");
    assert!(!verified.contains("ingetrokken"), "{verified}");
    with(&["key", "register"], &["--key", &eddsa]);
    assert!(with(&["key", "withdraw", &key_name], &[]).contains("ingetrokken op"));
    let listed = good(&["key", "list", "stakeholders/weller", "--platform", &url]);
    assert_eq!(listed.lines().filter(|line| line.contains("in gebruik")).count(), 2, "{listed}");
    assert!(listed.lines().any(|line| line.starts_with(&key_name) && line.contains("ingetrokken op")));
    let refused = bad(&[&["agreement", "sign", &waiting, "--key", &es256], &as_weller[..]].concat());
    assert!(refused.contains("ingetrokken sleutel"), "{refused}");
    let again = bad(&[&["key", "register", "--key", &es256], &as_weller[..]].concat());
    assert!(again.contains("WRONG_STATE"), "{again}");
    assert!(with(&["agreement", "sign", &waiting], &["--key", &eddsa]).contains("wacht op"));
    let revoke = ["agreement", "sign", "--content", &saved, "--key", &eddsa, "--type", "revoke"];
    let revoke = good(&revoke);
    assert!(with(&["agreement", "sign", &name, "--signature", revoke.trim()], &[]).contains("ingetrokken"));
    with(&["agreement", "show", &name], &["--save-all", &whole]);
    let verified = good(&["agreement", "verify", &whole]);
    assert!(
        verified.contains("is daarna ingetrokken") && verified.contains("goed: \"revoke\""),
        "{verified}"
    );

    // What somebody changed in the file is found.
    let text = std::fs::read_to_string(&whole).expect("the file");
    for (from, to, said) in [
        ("Een nul wordt wel", "Een nul wordt niet", "de tekst"),
        (GGD.oin, "00000099000000003000", "andere vingerafdruk"),
        ("SIGNATURE_KIND_REVOKE", "SIGNATURE_KIND_REJECT", "zegt iets anders"),
        ("AGREEMENT_STATE_REVOKED", "AGREEMENT_STATE_ACTIVE", "past niet bij de handtekeningen"),
        ("signingKeys", "keys", "niet aangemeld"),
    ] {
        let changed = text.replace(from, to);
        assert!(changed != text, "{from} is in the file");
        std::fs::write(&whole, changed).expect("it is written");
        let found = bad(&["agreement", "verify", &whole]);
        assert!(found.contains(said), "{from}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_keys_that_somebody_made_up_is_found_by_who_knows_a_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Running::start(&["--data-dir", &path(folder.path(), "data")]);
    let (name, url) = (proposed(&platform).await, platform.url());
    let file = |name: &str| path(folder.path(), name);
    let (saved, whole) = (file("content.json"), file("whole.json"));
    for party in ["weller", "ggd"] {
        good(&["agreement", "sign", &name, "--as", party, "--platform", &url]);
    }
    let show = ["agreement", "show", &name, "--as", "ggd", "--platform", &url];
    good(&[&show[..], &["--save", &saved, "--save-all", &whole]].concat());
    let verified = good(&["agreement", "verify", &whole]);
    let own = verified.split("met sleutel ").nth(1).and_then(|rest| rest.split(',').next()).expect("a key");
    let known = |thumbprint: &str| format!("{}={thumbprint}", WELLER.oin);
    let pinned = good(&["agreement", "verify", &whole, "--known-key", &known(own)]);
    assert!(pinned.contains(&format!("{own}, zoals u die kent")), "{pinned}");

    let forged = file("forged.pem");
    let printed = good(&["key", "new", &forged]);
    let (pem, thumbprint) = printed.split_once("thumbprint: ").expect("PEM and a thumbprint");
    let mut made_up: Value = serde_json::from_slice(&std::fs::read(&whole).expect("it")).expect("JSON");
    let keys = made_up["parties"].as_array_mut().expect("parties").iter_mut();
    let keys = keys.flat_map(|party| party["keys"]["signingKeys"].as_array_mut().expect("keys"));
    for key in keys.filter(|key| key["oin"] == WELLER.oin) {
        key["publicKeyPem"] = pem.into();
        key["name"] = format!("stakeholders/weller/signing-keys/{}", thumbprint.trim()).into();
    }
    let jws = good(&["agreement", "sign", "--content", &saved, "--key", &forged]);
    let signatures = made_up["agreement"]["signatures"].as_array_mut().expect("signatures");
    let of_weller = signatures.iter_mut().find(|signature| signature["oin"] == WELLER.oin).expect("one");
    of_weller["jws"] = jws.trim().into();
    std::fs::write(&whole, made_up.to_string()).expect("it is written");
    let trusting = good(&["agreement", "verify", &whole]);
    assert!(trusting.contains("van wie die is zegt alleen het bestand"), "{trusting}");
    let found = bad(&["agreement", "verify", &whole, "--known-key", &known(own)]);
    assert!(found.contains("geen van de sleutels die u van die organisatie kent"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_not_that_of_the_terms_is_neither_shown_nor_signed() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Running::start(&["--data-dir", &path(folder.path(), "data")]);
    let (name, url) = (proposed(&platform).await, platform.url());
    let database = format!("sqlite://{}", path(&folder.path().join("data"), "consent.db"));
    let database = Database::connect(&database).await.expect("a database");
    let lie = "UPDATE agreement_content SET text_nl = replace(text_nl, 'onder de 10', 'onder de 50')";
    let changed = database.pool().execute_unprepared(lie).await.expect("a change");
    assert_eq!(changed.rows_affected(), 1);
    for command in ["show", "sign"] {
        let refused = bad(&["agreement", command, &name, "--as", "ggd", "--platform", &url]);
        assert!(refused.contains("is beschadigd"), "{refused}");
    }
}
