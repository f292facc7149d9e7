//! What a signature says, with `alliantie agreement sign`: that is what is done.

use e2e::process::{Running, run};

use super::keys::{good, path, proposed};

#[tokio::test(flavor = "multi_thread")]
async fn a_party_says_what_its_signature_says_and_that_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Running::start(&["--data-dir", &path(folder.path(), "data")]);
    let url = platform.url();
    let sign = |name: &str, more: &[&str]| {
        run(&[&["agreement", "sign", name, "--as", "ggd", "--platform", &url], more].concat())
    };
    let show = |name: &str| good(&["agreement", "show", name, "--as", "ggd", "--platform", &url]);

    let refused = proposed(&platform).await;
    let unknown = sign(&refused, &["--type", "onzin"]);
    assert_eq!(unknown.code, 2, "{}", unknown.err);
    assert!(unknown.err.contains("kies uit accept, reject, revoke, suspend, resume"), "{}", unknown.err);
    let twice = sign(&refused, &["--type", "reject", "--signature", "a.b.c"]);
    assert_eq!(twice.code, 2, "a signature that was made says itself what it says: {}", twice.err);
    assert!(!show(&refused).contains("handtekening van"), "nothing was signed");
    let rejected = sign(&refused, &["--type", "reject"]);
    assert!(rejected.code == 0 && rejected.out.contains("de afspraak is afgewezen"), "{rejected:?}");

    let agreed = proposed(&platform).await;
    good(&["agreement", "sign", &agreed, "--as", "weller", "--platform", &url]);
    for (kind, stands) in [
        ("accept", "de afspraak is actief"),
        ("suspend", "de afspraak is opgeschort"),
        ("resume", "de afspraak is actief"),
        ("revoke", "de afspraak is ingetrokken"),
    ] {
        let signed = sign(&agreed, &["--type", kind]);
        assert!(signed.code == 0 && signed.out.contains(stands), "{kind}: {signed:?}");
        assert_eq!(signed.out.contains("kwitantie van ledger-entries/"), kind == "revoke", "{}", signed.out);
    }

    // A revocation that was signed elsewhere has the same receipt.
    let elsewhere = proposed(&platform).await;
    let content = path(folder.path(), "content.json");
    good(&["agreement", "show", &elsewhere, "--as", "ggd", "--platform", &url, "--save", &content]);
    for party in ["weller", "ggd"] {
        good(&["agreement", "sign", &elsewhere, "--as", party, "--platform", &url]);
    }
    let revoke = good(&["agreement", "sign", "--content", &content, "--as", "ggd", "--type", "revoke"]);
    let placed = sign(&elsewhere, &["--signature", revoke.trim()]);
    assert!(placed.code == 0 && placed.out.contains("de afspraak is ingetrokken"), "{placed:?}");
    assert!(placed.out.contains("kwitantie van ledger-entries/"), "{}", placed.out);
}
