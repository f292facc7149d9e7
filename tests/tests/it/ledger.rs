//! What an ops engineer does with the ledger.

use std::os::unix::fs::PermissionsExt;

use e2e::http::Http;
use e2e::process::{Running, STOP, run};
use platform::db::Database;
use sea_orm::ConnectionTrait;

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_keeps_its_key_and_is_verified_from_its_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let mut keys = Vec::new();
    for _ in 0..2 {
        let mut platform = Running::start(&["--data-dir", &data]);
        keys.push(Http::new(&platform.url()).get("/v1/ledger/verifier-key").await.text());
        platform.signal("TERM");
        assert!(platform.wait(STOP).success());
    }
    assert!(keys[0].starts_with("alliantie.nl/brunssum-noord-en-oost+"), "{}", keys[0]);
    assert_eq!(keys[0], keys[1]);
    let key = folder.path().join("ledger.pem");
    assert_eq!(std::fs::metadata(&key).expect("a key").permissions().mode() & 0o777, 0o600);

    let url = format!("sqlite://{}", folder.path().join("consent.db").display());
    let verify = || run(&["verify-ledger", "--database-url", &url]);
    let good = verify();
    assert_eq!(good.code, 0, "{}", good.err);
    assert!(
        good.out.contains("zoals het is geschreven: ") && !good.out.contains(": 0 regels"),
        "{}",
        good.out
    );

    let database = Database::connect(&url).await.expect("the database");
    let tamper = "UPDATE ledger_entry SET body_json = body_json || ' ' WHERE position = 1";
    database.pool().execute_unprepared(tamper).await.expect("a change");
    database.close().await.expect("closed");
    let bad = verify();
    assert_eq!((bad.code, bad.err.trim_end().lines().count()), (1, 1), "{}", bad.err);
    assert!(bad.err.contains("ledger-entries/1: "), "{}", bad.err);
}

#[test]
fn a_ledger_without_a_key_of_its_own_does_not_start() {
    let keys = tempfile::tempdir().expect("a folder");
    let (folder, url) = (keys.path().display().to_string(), "sqlite://x.db");
    assert_eq!(run(&["keygen", &folder]).code, 0);
    assert!(keys.path().join("private").join("ledger.pem").is_file());
    let arguments = ["serve", "consent", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let others = ["--stakeholders-url", "--inspanningen-url", "--indicators-url"];
    let others = others.map(|other| [other, "http://127.0.0.1:1"]).concat();
    let own = ["--trusted-keys-dir", &folder, "--database-url", url];
    let arguments = [&arguments[..], &others, &own].concat();
    for (more, needed) in
        [(vec![], "--ledger-key-file"), (vec!["--ledger-key-file", "nergens.pem"], "nergens.pem")]
    {
        let ended = run(&[arguments.clone(), more].concat());
        assert!(ended.code == 1 && ended.err.contains(needed), "{}", ended.err);
    }
}
