//! An organisation's own rules about what its systems may ask for.

use std::collections::HashSet;
use std::fmt;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::name::{is_one_line, is_resource};
use super::problem::Problem;

/// Most rules of one organisation.
pub(crate) const MOST_RULES: usize = 100;
/// Stands for every system of the organisation.
const EVERY_SYSTEM: &str = "*";
/// Stands for every purpose. No purpose has that name.
const EVERY_PURPOSE: &str = "purposes/-";
/// Most bytes of the subject of credentials.
pub(crate) const LONGEST_SYSTEM: usize = 255;
/// Most purposes of one rule.
const MOST_PURPOSES: usize = 100;
/// Most characters of a note.
const LONGEST_NOTE: usize = 200;

/// The id of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UseRuleId(Uuid);

impl UseRuleId {
    /// With this UUID.
    #[must_use]
    pub(crate) fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Reads "use-rules/{uuid}", the UUID in lower case with hyphens. Anything else is the name of no
    /// rule.
    #[must_use]
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::of_id(name.strip_prefix("use-rules/")?)
    }

    /// Reads the UUID alone.
    #[must_use]
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(id).ok()?;
        (uuid.hyphenated().to_string() == id).then_some(Self(uuid))
    }

    /// The UUID.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        self.to_string()
    }

    /// The resource name, "use-rules/{uuid}".
    #[must_use]
    pub(crate) fn name(&self) -> String {
        format!("use-rules/{self}")
    }
}

impl fmt::Display for UseRuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UseRule {
    /// Its id.
    pub(crate) id: UseRuleId,
    /// The organisation whose rule it is.
    pub(crate) owner: Oin,
    /// What it allows.
    pub(crate) terms: UseTerms,
    /// When it was made.
    pub(crate) create_time: OffsetDateTime,
}

impl UseRule {
    /// A rule of which it cannot be read what it allows.
    #[must_use]
    pub(crate) fn unreadable(id: UseRuleId, owner: Oin) -> Self {
        let terms = UseTerms { system: String::new(), purposes: Vec::new(), note: String::new() };
        Self { id, owner, terms, create_time: OffsetDateTime::UNIX_EPOCH }
    }
}

/// What a rule allows, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UseTerms {
    /// The subject of the credentials of a system, or "*" for every one; empty when that cannot be read.
    pub(crate) system: String,
    /// What it may ask for, "purposes/{code}"; "purposes/-" for every purpose. None, which rules could be made
    /// with before, is every purpose too.
    pub(crate) purposes: Vec<String>,
    /// Why, for people; may be empty.
    pub(crate) note: String,
}

impl UseTerms {
    /// Whether it is about every system of the organisation.
    #[must_use]
    pub(crate) fn is_about_all(&self) -> bool {
        self.system == EVERY_SYSTEM
    }

    /// Whether it cannot be read: no rule is made so.
    #[must_use]
    pub(crate) fn are_unreadable(&self) -> bool {
        self.system.is_empty()
    }

    /// Whether it is about this system.
    #[must_use]
    pub(crate) fn is_about(&self, system: &str) -> bool {
        self.is_about_all() || self.system == system
    }

    /// Whether it allows this purpose.
    #[must_use]
    pub(crate) fn allows(&self, purpose: &str) -> bool {
        self.allows_every_purpose() || self.purposes.iter().any(|allowed| allowed == purpose)
    }

    /// Whether it allows every purpose.
    #[must_use]
    pub(crate) fn allows_every_purpose(&self) -> bool {
        self.purposes.is_empty() || self.purposes.iter().any(|allowed| allowed == EVERY_PURPOSE)
    }

    /// Whether it leaves everything to the agreements, as having no rules does.
    #[must_use]
    pub(crate) fn allows_everything(&self) -> bool {
        self.is_about_all() && self.allows_every_purpose()
    }

    /// Everything that is wrong with it, given the names of the purposes that there are.
    #[must_use]
    pub(crate) fn problems(&self, known: &HashSet<String>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.system.is_empty() {
            problems.push(Problem::required("use_rule.system"));
        } else if self.system.len() > LONGEST_SYSTEM
            || !is_one_line(&self.system)
            || self.system.trim() != self.system
        {
            problems.push(Problem::new(
                "use_rule.system",
                format!("is no subject of credentials: expected one line of at most {LONGEST_SYSTEM} bytes without spaces around it, or *"),
                format!("is geen naam van een systeem: verwacht wordt één regel van hoogstens {LONGEST_SYSTEM} bytes zonder spaties eromheen, of *"),
            ));
        }
        if self.note.chars().count() > LONGEST_NOTE || !is_one_line(&self.note) {
            problems.push(Problem::new(
                "use_rule.note",
                format!("has to be one line of at most {LONGEST_NOTE} characters"),
                format!("moet één regel van hoogstens {LONGEST_NOTE} tekens zijn"),
            ));
        }
        if self.purposes.is_empty() {
            problems.push(Problem::new(
                "use_rule.purposes",
                format!("is required; {EVERY_PURPOSE} stands for every purpose"),
                format!("is verplicht; {EVERY_PURPOSE} staat voor elk doel"),
            ));
        }
        if self.purposes.len() > MOST_PURPOSES {
            problems.push(Problem::new(
                "use_rule.purposes",
                format!("has {} items; at most {MOST_PURPOSES} are allowed", self.purposes.len()),
                format!(
                    "heeft {} onderdelen; hoogstens {MOST_PURPOSES} zijn toegestaan",
                    self.purposes.len()
                ),
            ));
            return problems;
        }
        let mut seen = HashSet::new();
        for (place, purpose) in self.purposes.iter().enumerate() {
            let field = format!("use_rule.purposes[{place}]");
            let every = purpose == EVERY_PURPOSE;
            if every && self.purposes.len() > 1 {
                problems.push(Problem::new(
                    field,
                    "stands for every purpose, and goes with no other",
                    "staat voor elk doel, en gaat niet samen met een ander doel",
                ));
            } else if !every && (!is_resource(purpose, "purposes") || !known.contains(purpose)) {
                problems.push(Problem::new(
                    field,
                    format!("is no purpose of this platform; ListPurposes gives them, and {EVERY_PURPOSE} stands for every one"),
                    format!("is geen doel van dit platform; in /v1/purposes staan ze allemaal, en {EVERY_PURPOSE} staat voor elk doel"),
                ));
            } else if !seen.insert(purpose) {
                problems.push(Problem::new(field, "stands in the list already", "staat al in de lijst"));
            }
        }
        problems
    }
}

/// The own rules of an organisation, as they are found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OwnRules<'a> {
    /// All of them.
    Known(&'a [UseRule]),
    /// One or more cannot be read, so that it is not known what they allow.
    Damaged,
}

/// What an organisation's own rules say about a request of one of its systems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnVerdict {
    /// There are no rules.
    NoRules,
    /// This rule allows it.
    Allowed(UseRuleId),
    /// No rule is about this system.
    SystemNotAllowed,
    /// Rules are about this system, but none allows this purpose.
    PurposeNotAllowed,
    /// It cannot be read what they allow.
    NotKnown,
}

/// What the rules of the organisation that asks say about `system` asking for `purpose`.
#[must_use]
pub(crate) fn judge(rules: OwnRules<'_>, system: &str, purpose: &str) -> OwnVerdict {
    let OwnRules::Known(rules) = rules else { return OwnVerdict::NotKnown };
    if rules.is_empty() {
        return OwnVerdict::NoRules;
    }
    let mut about = rules.iter().filter(|rule| rule.terms.is_about(system)).peekable();
    if about.peek().is_none() {
        return OwnVerdict::SystemNotAllowed;
    }
    match about.find(|rule| rule.terms.allows(purpose)) {
        Some(rule) => OwnVerdict::Allowed(rule.id),
        None => OwnVerdict::PurposeNotAllowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(system: &str, purposes: &[&str]) -> UseTerms {
        let purposes = purposes.iter().map(|purpose| (*purpose).to_owned()).collect();
        UseTerms { system: system.to_owned(), purposes, note: String::new() }
    }

    fn problems(terms: UseTerms) -> Vec<String> {
        let known = ["purposes/a", "purposes/b"].map(str::to_owned).into();
        terms.problems(&known).into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn every_wrong_field_of_a_rule_is_named() {
        assert!(problems(terms("*", &["purposes/-"])).is_empty());
        assert!(problems(terms("ggd-systeem", &["purposes/a", "purposes/b"])).is_empty());
        for system in ["", "a\nb", " a", "a ", "\u{a0}a", " *", &"a".repeat(256)] {
            assert_eq!(problems(terms(system, &["purposes/-"])), ["use_rule.system"], "{system:?}");
        }
        assert_eq!(problems(terms("*", &[])), ["use_rule.purposes"]);
        assert_eq!(problems(terms("*", &["purposes/a", "purposes/-"])), ["use_rule.purposes[1]"]);
        assert_eq!(problems(terms("*", &["purposes/-", "purposes/-"])).len(), 2);
        assert_eq!(
            problems(terms("*", &["purposes/c", "a", "purposes/a", "purposes/a"])),
            ["use_rule.purposes[0]", "use_rule.purposes[1]", "use_rule.purposes[3]"]
        );
        assert_eq!(problems(terms("*", &["purposes/a"; 101])), ["use_rule.purposes"]);
        let note = UseTerms { note: "a".repeat(201), ..terms("*", &["purposes/-"]) };
        assert_eq!(problems(note), ["use_rule.note"]);
    }

    #[test]
    fn every_purpose_is_said_with_a_name_of_its_own_and_an_older_rule_without_any_keeps_its_meaning() {
        for every in [terms("*", &["purposes/-"]), terms("*", &[])] {
            assert!(every.allows("purposes/a") && every.allows("") && every.allows_everything());
        }
        let one = terms("*", &["purposes/a"]);
        assert!(one.allows("purposes/a") && !one.allows("purposes/-") && !one.allows_everything());
        assert!(!terms("a", &["purposes/-"]).allows_everything());
    }

    #[test]
    fn a_rule_has_one_name() {
        let name = "use-rules/0190163d-8694-739b-aea5-966c26f8ad90";
        assert_eq!(UseRuleId::of_name(name).expect("a name").name(), name);
        for wrong in ["", "use-rules/", "agreements/0190163d-8694-739b-aea5-966c26f8ad90"] {
            assert_eq!(UseRuleId::of_name(wrong), None, "{wrong}");
        }
        assert_eq!(UseRuleId::of_name(&name.to_uppercase().replace("USE-RULES", "use-rules")), None);
    }
}
