//! `alliantie sdc` reads standard input where that is asked, and does not end well when its answer is lost.
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const TABLE: &str = r#"{"cells": [{"id": "t", "value": 8}], "relations": []}"#;

fn run(arguments: &[&str], input: &str, output: Stdio) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_alliantie"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(output)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_dash_is_standard_input() {
    for arguments in [&["sdc", "audit", "-"][..], &["sdc", "protect", "-", "--policy", "persons_general"]] {
        let ended = run(arguments, TABLE, Stdio::piped());
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        assert!(String::from_utf8_lossy(&ended.stdout).starts_with('{'));
    }
    let ended = run(&["sdc", "audit", "-"], "[]", Stdio::piped());
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1));
    assert!(told.contains("de standaardinvoer is niet te gebruiken"), "{told}");
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_cannot_be_written_is_no_success() {
    for arguments in [
        &["sdc", "audit", "-"][..],
        &["sdc", "protect", "-", "--policy", "persons_general"],
        &["sdc", "demo"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = run(arguments, TABLE, full.into());
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{told}");
        assert_eq!(told, "alliantie: het antwoord is niet te schrijven: de schijf is vol\n");
    }
}
