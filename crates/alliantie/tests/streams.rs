//! `alliantie sdc` reads standard input where that is asked, and does not end well when its answer is lost.
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const TABLE: &str = r#"{"cells": [{"id": "t", "value": 8}], "relations": []}"#;

fn run(arguments: &[&str], input: impl AsRef<[u8]>, output: Stdio) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_alliantie"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(output)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
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
fn what_is_no_text_is_named_by_its_byte_and_line() {
    let ended = run(&["sdc", "audit", "-"], b"{\n\"id\": \"Pari\xeb\"}", Stdio::piped());
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1));
    let place =
        "de standaardinvoer is niet te gebruiken: dit is geen tekst in UTF-8: byte 14, 0xeb, in regel 2";
    assert!(told.contains(place), "{told}");
}

#[test]
fn what_counts_for_nothing_is_said_beside_the_answer() {
    let input = r#"{"cells": [{"id": "t", "value": 8, "publised": false}], "relations": []}"#;
    let ended = run(&["sdc", "audit", "-"], input, Stdio::piped());
    assert!(ended.status.success());
    assert_eq!(ended.stdout, run(&["sdc", "audit", "-"], TABLE, Stdio::piped()).stdout);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("\"cells[0].publised\""), "{told}");
    let dominance = ["sdc", "protect", "-", "--policy", "persons_general", "--dominance", "1,60"];
    let ended = run(&dominance, TABLE, Stdio::piped());
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && told.contains("contributions_largest"), "{told}");
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
