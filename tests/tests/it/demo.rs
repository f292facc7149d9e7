//! `alliantie demo`: what a newcomer sees.

use e2e::process::{Running, run};

#[test]
fn the_demo_plays_on_a_running_platform_and_on_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data").display().to_string();
    let platform = Running::start(&["--data-dir", &data]);
    for _ in 0..2 {
        let played = run(&["demo", "--platform", &platform.url()]);
        assert_eq!(played.code, 0, "{}\n{}", played.out, played.err);
        for needed in ["Stap 1", "Stap 5", "curl", "alliantie agreement sign", "ingetrokken", "afgeschermd"] {
            assert!(played.out.contains(needed), "{needed} is not in:\n{}", played.out);
        }
    }
    let own = run(&["demo", "--own"]);
    assert_eq!(own.code, 0, "{}\n{}", own.out, own.err);
    assert!(own.out.contains("Stap 5"), "{}", own.out);
    let nobody = run(&["demo", "--platform", "http://127.0.0.1:1"]);
    assert_eq!(nobody.code, 1, "{}", nobody.out);
}
