//! A partner whose system is written in Python.

use std::process::Command;

use e2e::process::{Running, program};

/// Python with grpcio and grpcio-tools; `cargo xtask test` makes it and sets this.
const PYTHON: &str = "ALLIANTIE_TEST_PYTHON";

#[test]
fn a_partner_in_python_plays_the_exchange() {
    let python = std::env::var(PYTHON)
        .unwrap_or_else(|_| panic!("{PYTHON} is not set; run the tests with `cargo xtask test`"));
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").display().to_string();
    let platform = Running::start(&["--data-dir", &data]);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let played = Command::new(python)
        .arg(format!("{root}/tests/python/exchange.py"))
        .args(["--proto", &format!("{root}/proto"), "--stubs"])
        .arg(folder.path().join("stubs"))
        .args(["--platform", &platform.address.to_string(), "--program"])
        .arg(program())
        .args(["--delivery", &format!("{root}/data/demo/leveringen/weller-huurachterstand-fictief.csv")])
        .output()
        .expect("Python runs");
    let said = String::from_utf8_lossy(&played.stdout);
    assert!(played.status.success(), "{said}\n{}", String::from_utf8_lossy(&played.stderr));
    assert!(said.ends_with("de uitwisseling klopt\n"), "{said}");
}
