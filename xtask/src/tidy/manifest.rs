//! Rules for the `Cargo.toml` of one package.

use super::Problem;

/// Generated code keeps to none of our lints.
const WITHOUT_LINTS: &str = "proto/Cargo.toml";

/// The service whose manifest this is.
pub(super) fn service(path: &str) -> Option<&str> {
    let name = path.strip_prefix("services/")?.strip_suffix("/Cargo.toml")?;
    (!name.contains('/')).then_some(name)
}

pub(super) fn check(path: &str, text: &str, services: &[&str]) -> Vec<Problem> {
    let entries = entries(text);
    // The workspace itself is no package.
    if !entries.iter().any(|entry| entry.section == "package") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let lints = entries.iter().any(|entry| entry.section == "lints" && entry.is_workspace());
    if !lints && path != WITHOUT_LINTS {
        problems.push(Problem::new(path, 1, "has no `[lints] workspace = true`"));
    }
    for entry in &entries {
        let Some(dependency) = entry.dependency() else {
            continue;
        };
        if service(path).is_some_and(|own| own != dependency) && services.contains(&dependency) {
            let rule =
                format!("a service depends on another one, {dependency}; they meet in the contract only");
            problems.push(Problem::new(path, entry.line, rule));
        }
        if !entry.is_workspace() {
            let rule =
                format!("{dependency} is not `.workspace = true`; versions stand in the workspace, once");
            problems.push(Problem::new(path, entry.line, rule));
        }
    }
    problems
}

/// `key = value` under `[section]`.
struct Entry<'a> {
    line: usize,
    section: &'a str,
    key: &'a str,
    value: &'a str,
}

impl<'a> Entry<'a> {
    fn dependency(&self) -> Option<&'a str> {
        let parts: Vec<&str> = self.section.split('.').collect();
        let place = parts.iter().position(|part| part.ends_with("dependencies"))?;
        // `[dependencies.name]` has an entry for each property; one of them stands for all.
        let name = match parts.get(place + 1) {
            Some(name) => ["git", "path", "version", "workspace"].contains(&self.key).then_some(*name)?,
            None => self.key.split('.').next()?,
        };
        Some(name.trim_matches('"'))
    }

    fn is_workspace(&self) -> bool {
        let dotted = self.key == "workspace" || self.key.ends_with(".workspace");
        let value: String = self.value.split_whitespace().collect();
        (dotted && value == "true") || value.contains("workspace=true")
    }
}

/// The entries of a manifest as people write them. Lines within a list over several lines are
/// entries only when they look like one; a list of features does not.
fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut section = "";
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.trim();
        } else if let Some((key, value)) = line.split_once('=') {
            entries.push(Entry { line: index + 1, section, key: key.trim(), value: value.trim() });
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n";

    fn broken(path: &str, extra: &str) -> Vec<(usize, String)> {
        let text = format!("{GOOD}{extra}");
        let problems = check(path, &text, &["consent", "indicators"]);
        problems.into_iter().map(|problem| (problem.line, problem.rule)).collect()
    }

    #[test]
    fn a_good_manifest_passes() {
        let extra = "[dependencies]\nproto.workspace = true\ntokio = { workspace = true, features = [\"fs\"] }\n\
                     [dev-dependencies.testkit]\nworkspace = true\n[features]\na = []\n";
        assert_eq!(broken("services/consent/Cargo.toml", extra), []);
        assert_eq!(broken("crates/alliantie/Cargo.toml", "[dependencies]\nconsent.workspace = true\n"), []);
    }

    #[test]
    fn services_do_not_know_each_other() {
        for section in ["dependencies", "dev-dependencies"] {
            let extra = format!("[{section}]\nindicators.workspace = true\n");
            let problems = broken("services/consent/Cargo.toml", &extra);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].0 == 6 && problems[0].1.contains("indicators"), "{problems:?}");
        }
    }

    #[test]
    fn versions_stand_in_the_workspace() {
        let bad = [
            "[dependencies]\nserde = \"1\"\n",
            "[build-dependencies]\nserde = { path = \"../serde\" }\n",
            "[dependencies.serde]\nversion = \"1\"\n",
            "[target.'cfg(unix)'.dependencies]\nserde = \"1\"\n",
        ];
        for extra in bad {
            let problems = broken("crates/platform/Cargo.toml", extra);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].0 == 6 && problems[0].1.starts_with("serde is not"), "{problems:?}");
        }
    }

    #[test]
    fn lints_are_those_of_the_workspace() {
        let text = "[package]\nname = \"a\"\n[lints.rust]\nunsafe_code = \"forbid\"\n";
        let problems = check("crates/platform/Cargo.toml", text, &[]);
        assert!(problems.len() == 1 && problems[0].rule.contains("[lints]"), "{problems:?}");
        assert_eq!(check("proto/Cargo.toml", text, &[]), []);
        assert_eq!(check("Cargo.toml", "[workspace]\nmembers = []\n", &[]), []);
    }
}
