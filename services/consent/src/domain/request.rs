//! A request for data, as the service that holds the data asks about it.

use std::collections::HashSet;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};

use super::canonical::LARGEST_NUMBER;
use super::content::{Delivery, Protection};
use super::mask::UsedMask;
use super::name::{is_release, is_resource};
use super::problem::Problem;
use super::protection::ProtectionTerm;
use super::use_rule::LONGEST_SYSTEM;

/// Most items in a list of a request.
pub(crate) const MOST_ITEMS: usize = 1000;
/// Most characters of a text in a request.
const LONGEST_TEXT: usize = 200;

/// What is asked, and by whom. An empty list or text asks for all that the agreement allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The organisation that asks.
    pub(crate) recipient: Oin,
    /// The agreement that it names, as it wrote it; may be empty.
    pub(crate) agreement: String,
    /// The purpose that it names; may be empty.
    pub(crate) purpose: String,
    /// "datasets/{code}".
    pub(crate) dataset: String,
    /// The organisation that owns the dataset.
    pub(crate) dataset_owner: Oin,
    /// Indicators asked for.
    pub(crate) indicators: Vec<String>,
    /// Areas asked for.
    pub(crate) areas: Vec<RequestedArea>,
    /// Level of areas asked for; may be empty.
    pub(crate) area_level: String,
    /// Periods asked for.
    pub(crate) periods: Vec<String>,
    /// How it is fetched.
    pub(crate) delivery: Delivery,
    /// The release that it is about; may be empty.
    pub(crate) release: String,
    /// The system of the recipient that asks: the subject of its credentials.
    pub(crate) system: String,
    /// The terms of protection that the service with the data can enforce.
    pub(crate) enforceable: Vec<ProtectionTerm>,
    /// UUID of the process through which the rows will leave; empty for one that is no enforcement point.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) process: String,
}

/// An area in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestedArea {
    /// "areas/{code}".
    pub(crate) area: String,
    /// Its level, by name.
    pub(crate) level: String,
}

impl Request {
    /// Everything about the request that cannot be entered in the ledger. What the asking
    /// organisation wrote may be wrong in every way: that is for the decision.
    #[must_use]
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !is_resource(&self.dataset, "datasets") {
            problems.push(Problem::new("dataset", "is not datasets/{code}", "is geen datasets/{code}"));
        }
        if !self.release.is_empty() {
            if !is_release(&self.release) {
                problems.push(not_a_release());
            } else if !self.covers_release(&self.release) {
                problems.push(Problem::new(
                    "release",
                    "is a release of another dataset",
                    "is een uitgave van een andere dataset",
                ));
            }
        }
        for (field, text) in
            [("agreement", &self.agreement), ("purpose", &self.purpose), ("area_level", &self.area_level)]
        {
            problems.extend(text_problem(field, text));
        }
        if !self.process.is_empty() && uuid::Uuid::try_parse(&self.process).is_err() {
            problems.push(Problem::new("process", "is not a UUID", "is geen UUID"));
        }
        if self.system.len() > LONGEST_SYSTEM {
            problems.push(Problem::new(
                "system",
                format!("has more than {LONGEST_SYSTEM} bytes"),
                format!("heeft meer dan {LONGEST_SYSTEM} bytes"),
            ));
        }
        for (field, count, longest) in [
            (
                "indicators",
                self.indicators.len(),
                self.indicators.iter().find_map(|text| text_problem("indicators", text)),
            ),
            (
                "periods",
                self.periods.len(),
                self.periods.iter().find_map(|text| text_problem("periods", text)),
            ),
            (
                "areas",
                self.areas.len(),
                self.areas.iter().find_map(|area| {
                    text_problem("areas", &area.area).or(text_problem("areas", &area.level))
                }),
            ),
        ] {
            problems.extend(longest);
            if count > MOST_ITEMS {
                problems.push(Problem::new(
                    field,
                    format!("has {count} items; at most {MOST_ITEMS} are allowed"),
                    format!("heeft {count} onderdelen; hoogstens {MOST_ITEMS} zijn toegestaan"),
                ));
            }
        }
        problems
    }
}

impl Request {
    /// Whether a permit for this request is one for this release: the one that it is about, or any
    /// release of the dataset when it names none.
    #[must_use]
    pub(crate) fn covers_release(&self, release: &str) -> bool {
        let of_dataset =
            release.strip_prefix(&self.dataset).is_some_and(|rest| rest.starts_with("/releases/"));
        of_dataset && (self.release.is_empty() || self.release == release)
    }
}

/// A text that is too long for the ledger.
pub(super) fn text_problem(field: &str, text: &str) -> Option<Problem> {
    (text.chars().count() > LONGEST_TEXT).then(|| {
        Problem::new(
            field,
            format!("has more than {LONGEST_TEXT} characters"),
            format!("heeft meer dan {LONGEST_TEXT} tekens"),
        )
    })
}

fn not_a_release() -> Problem {
    Problem::new(
        "release",
        "is not datasets/{code}/releases/{number}",
        "is geen datasets/{code}/releases/{number}",
    )
}

/// A release that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Published {
    /// The organisation that owns the dataset.
    pub(crate) owner: Oin,
    /// "datasets/{code}/releases/{number}".
    pub(crate) release: String,
    /// Digest of the release.
    pub(crate) digest: String,
    /// How many cells it has.
    pub(crate) cells: i64,
}

impl Published {
    /// Everything about it that cannot be entered in the ledger.
    #[must_use]
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !is_release(&self.release) {
            problems.push(not_a_release());
        }
        problems.extend(digest_problem(&self.digest));
        problems.extend(count_problem("cell_count", self.cells));
        problems
    }
}

/// Data that was delivered under a permit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivered {
    /// The organisation that received it.
    pub(crate) recipient: Oin,
    /// "datasets/{code}/releases/{number}".
    pub(crate) release: String,
    /// Observations sent, the withheld ones included.
    pub(crate) rows: i64,
    /// How many of them were withheld.
    pub(crate) withheld: i64,
    /// Digest of what was sent.
    pub(crate) digest: String,
    /// Whether everything that was permitted was sent.
    pub(crate) complete: bool,
    /// Digest of the mask by which cells were withheld.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) mask_digest: String,
    /// Whether rows were sent by a mask that was not entered before, for this release and the protection
    /// of the agreement. It happened, so it is entered; and it should not have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) mask_unknown: bool,
}

impl Delivered {
    /// The mask by which it was delivered, under this protection; none when there was none.
    #[must_use]
    pub(crate) fn used_mask(&self, protection: Protection) -> Option<UsedMask> {
        let (release, digest) = (self.release.clone(), self.mask_digest.clone());
        (!digest.is_empty()).then_some(UsedMask { release, protection, digest })
    }

    /// The same, with whether its mask was entered before: one of these under this protection.
    #[must_use]
    pub(crate) fn held_against(self, protection: Protection, entered: &HashSet<UsedMask>) -> Self {
        let mask_unknown = match self.used_mask(protection) {
            Some(used) => !entered.contains(&used),
            None => self.rows > 0,
        };
        Self { mask_unknown, ..self }
    }

    /// Everything about it that cannot be entered in the ledger.
    #[must_use]
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !is_release(&self.release) {
            problems.push(not_a_release());
        }
        problems.extend(digest_problem(&self.digest));
        if !self.mask_digest.is_empty() {
            problems.extend(digest_problem(&self.mask_digest));
        }
        problems.extend(count_problem("row_count", self.rows));
        problems.extend(count_problem("withheld_count", self.withheld));
        if self.withheld > self.rows {
            problems.push(Problem::new("withheld_count", "is more than row_count", "is meer dan row_count"));
        }
        problems
    }
}

/// A digest that cannot be entered in the ledger.
pub(super) fn digest_problem(digest: &str) -> Option<Problem> {
    let right = !digest.is_empty()
        && digest.len() <= LONGEST_TEXT
        && digest.bytes().all(|byte| byte.is_ascii_graphic());
    (!right).then(|| Problem::new("digest", "is not a digest", "is geen digest"))
}

/// A count that cannot be entered in the ledger.
pub(super) fn count_problem(field: &str, count: i64) -> Option<Problem> {
    (!(0..=LARGEST_NUMBER).contains(&count)).then(|| {
        Problem::new(
            field,
            format!("is {count}; expected 0 or more"),
            format!("is {count}; verwacht wordt 0 of meer"),
        )
    })
}
