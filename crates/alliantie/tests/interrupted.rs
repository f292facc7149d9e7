//! `alliantie sdc` as a process that is interrupted.
#![expect(clippy::unwrap_used, reason = "helper functions of tests")]

use std::fs::{self, OpenOptions};
use std::process::{Child, Command, Output, Stdio};

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_alliantie"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn interrupt(child: Child) -> Output {
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    child.wait_with_output().unwrap()
}

fn is_told(ended: &Output) {
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert_eq!(told, "alliantie: afgebroken; er is geen masker en geen oordeel\n");
    assert!(ended.stdout.is_empty());
}

/// A pipe to read a file from: who opens it waits for the other side.
fn pipe() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.json").to_str().unwrap().to_owned();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    (folder, path)
}

#[test]
fn a_run_that_is_interrupted_while_it_reads_says_so_and_prints_nothing() {
    let (_folder, path) = pipe();
    for arguments in
        [&["sdc", "audit", &path][..], &["sdc", "protect", &path, "--policy", "persons_sensitive"]]
    {
        let child = start(arguments);
        let kept_open = OpenOptions::new().write(true).open(&path).unwrap();
        is_told(&interrupt(child));
        drop(kept_open);
    }
}

/// Rows by columns, all of them small.
fn table(side: usize) -> String {
    let mut cells = vec![format!("{{\"id\": \"t\", \"value\": {}}}", side * side)];
    let mut relations = Vec::new();
    let names = |of: &dyn Fn(usize) -> String| {
        (0..side).map(|own| format!("\"{}\"", of(own))).collect::<Vec<_>>().join(",")
    };
    let sum = |total: &str, parts: String| format!("{{\"total\": \"{total}\", \"parts\": [{parts}]}}");
    for own in 0..side {
        for total in ["r", "k"] {
            cells.push(format!("{{\"id\": \"{total}{own}\", \"value\": {side}}}"));
        }
        cells.extend((0..side).map(|other| format!("{{\"id\": \"{own}-{other}\", \"value\": 1}}")));
        relations.push(sum(&format!("r{own}"), names(&|other| format!("{own}-{other}"))));
        relations.push(sum(&format!("k{own}"), names(&|other| format!("{other}-{own}"))));
    }
    relations.extend(["r", "k"].map(|of| sum("t", names(&|own| format!("{of}{own}")))));
    format!("{{\"cells\": [{}], \"relations\": [{}]}}", cells.join(","), relations.join(","))
}

#[test]
fn a_run_that_is_interrupted_while_it_computes_says_so_and_prints_nothing() {
    let (_folder, path) = pipe();
    let child = start(&["sdc", "protect", &path, "--policy", "persons_sensitive"]);
    fs::write(&path, table(600)).unwrap();
    is_told(&interrupt(child));
}
