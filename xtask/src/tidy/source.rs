//! Rules for one file of source, whatever the rest is.

use super::Problem;

const MAX_LINES: usize = 500;
/// Kinds of files with a limit on their length: those that people write and read from top to end.
const LIMITED: [&str; 5] = ["css", "html", "proto", "py", "rs"];
/// Kinds of files without one.
const UNLIMITED: [&str; 8] = ["js", "json", "md", "sh", "sql", "toml", "yaml", "yml"];
const NAMES: [&str; 3] = [".ci/run", ".containerignore", "Containerfile"];
/// Copied from others as they are, or data.
const EXEMPT: [&str; 3] = ["data/", "gateway/assets/vendor/", "proto/google/"];

/// What the rules of the domain do not know of: transport, storage, the runtime.
const OUTSIDE: [&str; 5] = ["prost", "sea_orm", "tokio", "tonic", "tracing"];

/// What modules of `sdc` may name of their own crate. The auditor shares the cell model with the protector
/// and nothing else, and the model knows of neither.
const OF_SDC: [(&str, &[&str]); 7] = [
    ("audit", &["arr", "mask", "model", "watch"]),
    ("model", &["arr", "echelon", "mask", "rows"]),
    ("echelon", &["arr", "rows"]),
    ("rows", &["arr"]),
    ("arr", &[]),
    ("mask", &[]),
    ("watch", &[]),
];

/// What auditor and protector share. What the protector added to these, the auditor would use as well.
const SHARED: [&str; 11] = [
    "Arr",
    "Certificate",
    "Dimension",
    "Floor",
    "Frame",
    "Lists",
    "Mask",
    "Need",
    "Relation",
    "Table",
    "Universe",
];

/// In two parts each, so that this file does not break its own rule.
const MARKERS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];
const MACHINES: [&str; 2] = [concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Whether the rules hold for this file.
pub(super) fn is_ours(path: &str) -> bool {
    let kind = extension(path);
    let text = LIMITED.contains(&kind) || UNLIMITED.contains(&kind) || NAMES.contains(&path);
    text && !EXEMPT.iter().any(|folder| path.starts_with(folder))
}

pub(super) fn check(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if path.ends_with("/mod.rs") {
        problems.push(Problem::new(path, 1, "a module in a folder is a file beside that folder, not mod.rs"));
    }
    let lines = text.lines().count();
    if LIMITED.contains(&extension(path)) && lines > MAX_LINES {
        let rule = format!("{lines} lines; split a file before it has more than {MAX_LINES}");
        problems.push(Problem::new(path, MAX_LINES + 1, rule));
    }
    for (index, line) in text.lines().enumerate() {
        let of_sdc = auditor(path, line).or_else(|| protector(path, line));
        let broken = leftovers(line).into_iter().chain(layers(path, line)).chain(of_sdc);
        problems.extend(broken.map(|rule| Problem::new(path, index + 1, rule)));
    }
    problems
}

fn leftovers(line: &str) -> Vec<String> {
    let marker = words(line).find(|word| MARKERS.contains(word));
    let machine = MACHINES.into_iter().find(|machine| line.contains(machine));
    let marker = marker.map(|word| format!("{word}: finish it, or open an issue"));
    marker.into_iter().chain(machine.map(|machine| format!("{machine}: a path of one machine"))).collect()
}

/// Imports run one way: grpc to app to domain and store, store to domain.
fn layers(path: &str, line: &str) -> Option<String> {
    if extension(path) != "rs" {
        return None;
    }
    let (_, inside) = path.strip_prefix("services/")?.split_once("/src/")?;
    let code = line.split("//").next().unwrap_or_default();
    if in_module(inside, "domain") {
        let named = OUTSIDE.into_iter().find(|name| words(code).any(|word| of_crate(word, name)))?;
        return Some(format!("domain names {named}; it holds rules, not transport, storage or runtime"));
    }
    let entity = words(code).any(|word| word == "entity");
    let path_to_it = code.contains("entity::") || code.contains("store::");
    (!in_module(inside, "store") && entity && path_to_it)
        .then(|| "names an entity outside store; store takes and gives domain types".to_owned())
}

/// What an auditor shares with what it audits, it cannot find wrong.
fn auditor(path: &str, line: &str) -> Option<String> {
    let inside = path.strip_prefix("crates/sdc/src/")?;
    let (module, allowed) = OF_SDC.into_iter().find(|(module, _)| in_module(inside, module))?;
    let code = line.split("//").next().unwrap_or_default();
    let first = |rest| words(rest).next().unwrap_or_default();
    let named = code.split("crate::").skip(1).map(first);
    // The other way to the root of the crate; a module of tests in the file takes all of that file.
    let up = "super::".repeat(inside.matches('/').count() + 1);
    let climbed = code.split(up.as_str()).skip(1).map(first).filter(|name| !name.is_empty());
    let other = named.chain(climbed).find(|name| *name != module && !allowed.contains(name));
    let protector = words(code).find(|word| *word == "protect");
    let renamed = code.contains("crate as ").then_some("crate");
    let other = other.or(protector).or(renamed)?;
    Some(format!(
        "{module} of sdc names \"{other}\"; auditor and protector share the cell model and nothing else"
    ))
}

/// What is defined in the protector is the protector's, also when it is a method of something shared.
fn protector(path: &str, line: &str) -> Option<String> {
    let inside = path.strip_prefix("crates/sdc/src/")?;
    let code = line.split("//").next().unwrap_or_default().trim_start();
    if !in_module(inside, "protect") || words(code).next() != Some("impl") {
        return None;
    }
    let shared = words(code).find(|word| SHARED.contains(word))?;
    Some(format!("protect of sdc adds to {shared}; the auditor shares that, and would share this"))
}

fn in_module(inside: &str, module: &str) -> bool {
    let rest = inside.strip_prefix(module);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// `tokio` itself and what belongs to it, such as `tokio_stream`.
fn of_crate(word: &str, name: &str) -> bool {
    word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<(usize, String)> {
        check(path, text).into_iter().map(|problem| (problem.line, problem.rule)).collect()
    }

    fn one(path: &str, text: &str, line: usize, part: &str) {
        let problems = broken(path, text);
        assert_eq!(problems.len(), 1, "{path}: {problems:?}");
        assert_eq!(problems[0].0, line, "{problems:?}");
        assert!(problems[0].1.contains(part), "{problems:?}");
    }

    #[test]
    fn the_domain_names_no_transport_storage_or_runtime() {
        for name in OUTSIDE {
            one("services/consent/src/domain.rs", &format!("use std::fmt;\nuse {name}::X;\n"), 2, name);
            one("services/consent/src/domain/terms.rs", &format!("fn f() {{ {name}::f(); }}\n"), 1, name);
        }
        one("services/consent/src/domain/terms.rs", "use tokio_stream::Stream;\n", 1, "tokio");
        assert!(broken("services/consent/src/domain.rs", "// no tokio here\nlet tonics = 1;\n").is_empty());
        assert!(broken("services/consent/src/app.rs", "use tokio::sync::watch;\n").is_empty());
        assert!(broken("services/consent/src/domains.rs", "use tokio::sync::watch;\n").is_empty());
    }

    #[test]
    fn entities_stay_in_the_store() {
        let names =
            ["use crate::store::entity;", "use crate::store::{Store, entity};", "entity::agreement::Model"];
        for text in names {
            one("services/consent/src/app/agreement.rs", text, 1, "entity outside store");
            assert!(broken("services/consent/src/store/agreement.rs", text).is_empty());
            assert!(broken("services/consent/src/store.rs", text).is_empty());
        }
        assert!(broken("services/consent/src/app.rs", "use platform::identity::Caller;\n").is_empty());
    }

    #[test]
    fn the_auditor_shares_the_cell_model_with_the_protector_and_nothing_else() {
        let of_protector =
            ["use crate::protect::fill;", "use crate::{arr::Arr, protect};", "super::protect::f();"];
        for path in
            ["audit.rs", "audit/flow.rs", "model/cube/join.rs", "rows.rs", "arr.rs", "mask.rs", "watch.rs"]
        {
            let path = format!("crates/sdc/src/{path}");
            for text in of_protector {
                one(&path, &format!("//! What protect does.\n{text}\n"), 2, "share the cell model");
            }
        }
        for text in ["use crate::rows::Rows;", "use crate::rules::RuleSet;", "use crate::Algebra;"] {
            one("crates/sdc/src/audit/judge.rs", text, 1, "share the cell model");
        }
        for (path, text) in [
            ("audit.rs", "use super::filled;"),
            ("audit/judge.rs", "use super::super::rows::Rows;"),
            ("model/cube/join.rs", "use super::super::super::filled::X;"),
            ("audit/flow.rs", "use crate as own;"),
            ("audit/flow.rs", "use crate::{"),
            ("audit/flow.rs", "use crate::filled::X;"),
        ] {
            one(&format!("crates/sdc/src/{path}"), text, 1, "share the cell model");
        }
        for (path, text) in [
            ("audit.rs", "use super::*;"),
            ("audit/judge.rs", "use super::reach::Reach;"),
            ("audit/judge.rs", "use super::super::model::Need;"),
            ("model/cube/join.rs", "use super::super::Need;"),
        ] {
            assert!(broken(&format!("crates/sdc/src/{path}"), text).is_empty(), "{path}: {text}");
        }
        for text in ["impl Universe {", "impl<'a> Iterator for Lists<'a> {", "impl crate::model::Need {"] {
            one("crates/sdc/src/protect/fill.rs", text, 1, "the auditor shares that");
        }
        let own = "impl Mover for Paths {}\nfn far(own: &Universe) {}\n// impl Universe\n";
        assert!(broken("crates/sdc/src/protect/fill.rs", own).is_empty());
        one("crates/sdc/src/model.rs", "use crate::audit::judge;\n", 1, "model of sdc names \"audit\"");
        let model = "use crate::arr::Arr;\nuse crate::model::{CellId, Need};\nuse crate::watch::Watch;\n";
        assert!(broken("crates/sdc/src/audit/judge.rs", model).is_empty());
        assert!(broken("crates/sdc/src/protect.rs", "use crate::rows::Rows;\n").is_empty());
        assert!(broken("crates/sdc/src/rules.rs", "use crate::protect::Task;\n").is_empty());
    }

    #[test]
    fn files_stay_short() {
        let (most, more) = ("x\n".repeat(500), "x\n".repeat(501));
        one("crates/sdc/src/lib.rs", &more, 501, "501 lines");
        one("gateway/assets/app.css", &more, 501, "501 lines");
        assert!(broken("crates/sdc/src/lib.rs", &most).is_empty());
        assert!(broken("README.md", &more).is_empty());
        assert!(!is_ours("proto/google/api/http.proto") && !is_ours("gateway/assets/vendor/chart.css"));
        assert!(!is_ours("data/programma/gebieden.csv") && !is_ours("gateway/assets/logo.png"));
        assert!(
            is_ours("proto/alliantie/api/v1/access.proto") && is_ours(".ci/run") && is_ours("k8s/a.yaml")
        );
    }

    #[test]
    fn nothing_is_left_for_later() {
        for marker in MARKERS {
            one("a.rs", &format!("fn f() {{}}\n// {marker}: later\n"), 2, marker);
        }
        assert!(broken("a.rs", &format!("let {}_LIST = 1;", MARKERS[0])).is_empty());
    }

    #[test]
    fn paths_of_a_machine_are_refused() {
        for machine in MACHINES {
            one("k8s/README.md", &format!("cp {machine}me/key .\n"), 1, "path of one machine");
        }
    }

    #[test]
    fn modules_are_files_beside_their_folder() {
        one("services/consent/src/domain/mod.rs", "", 1, "mod.rs");
        assert!(broken("services/consent/src/model.rs", "").is_empty());
    }
}
