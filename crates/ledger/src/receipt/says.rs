//! What a receipt says of the decision, against what the entry of that decision says.

use serde::Deserialize;

use crate::audit::{Entry, Kind};

/// The codes of the reasons of a side that permits: in a refusal they are not told.
const PERMITTING: [&str; 2] = ["WITHIN_AGREEMENT", "WITHIN_OWN_RULES"];

/// The codes of reasons that are about what was asked, and by whom: what was permitted is not refused for them
/// afterwards, a stop has other ones. A later question is another exchange, with a receipt of its own.
const OF_THE_REQUEST: [&str; 14] = [
    "AGREEMENT_MISSING",
    "AREA_BEYOND_SCOPE",
    "DELIVERY_NOT_AGREED",
    "INDICATOR_BEYOND_SCOPE",
    "NOT_A_RECIPIENT",
    "OTHER_DATASET",
    "OTHER_PURPOSE",
    "OWN_PURPOSE_NOT_ALLOWED",
    "OWN_RULES_DAMAGED",
    "PERIOD_BEYOND_SCOPE",
    "PROTECTION_NOT_ENFORCEABLE",
    "PROVIDER_NOT_OWNER",
    "PURPOSE_MISSING",
    "SYSTEM_NOT_ALLOWED",
];

/// What a receipt says beside the place of its entry. What is empty is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// Whether it is of a permit or of a refusal.
    pub outcome: Option<Kind>,
    /// "ledger-entries/{index}".
    pub ledger_entry: String,
    /// "agreements/{id}", as it was asked.
    pub agreement: String,
    /// Hash of the agreed content that the decision was taken on.
    pub content_hash: String,
    /// "datasets/{code}/releases/{number}".
    pub release: String,
    /// "datasets/{code}".
    pub dataset: String,
    /// The codes of the reasons of a refusal, the most telling first.
    pub reasons: Vec<String>,
}

/// What the body of the entry of a decision has.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Decided {
    request: Request,
    own_reasons: Vec<String>,
    reasons: Vec<String>,
    content_hash: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request {
    agreement: String,
    dataset: String,
    release: String,
}

impl Says {
    /// Whether the name of the entry goes with this index.
    pub(super) fn names(&self, index: u64) -> bool {
        same(&self.ledger_entry, &Entry::name_of(index))
    }

    /// Whether it is of a refusal and the entry of a permit: what a stop overtakes is refused with the receipt
    /// of the permit that came before.
    pub(super) fn is_overtaken(&self, entry: &Entry) -> bool {
        let by_stop = !self.reasons.iter().any(|code| OF_THE_REQUEST.contains(&code.as_str()));
        by_stop && self.outcome == Some(Kind::Refused) && entry.is_of() == Some(Kind::Permitted)
    }

    /// What it says that the entry does not.
    pub(super) fn difference(&self, entry: &Entry) -> Option<&'static str> {
        let decided: Decided = serde_json::from_value(entry.facts()).unwrap_or_default();
        let refusing = decided.own_reasons.iter().chain(&decided.reasons);
        let refusing = refusing.filter(|code| !PERMITTING.contains(&code.as_str()));
        let request = &decided.request;
        let overtaken = self.is_overtaken(entry);
        let outcome = self.outcome.is_none() || self.outcome == entry.is_of() || overtaken;
        let reasons = self.reasons.is_empty() || self.reasons.iter().eq(refusing) || overtaken;
        let said = [
            (outcome, "de uitkomst: toegestaan of geweigerd"),
            (same(&self.agreement, &request.agreement), "de afspraak (agreement)"),
            (same(&self.content_hash, &decided.content_hash), "de vingerafdruk van de inhoud (contentHash)"),
            (same(&self.release, &request.release), "de uitgave (release)"),
            (same(&self.dataset, &request.dataset), "de dataset"),
            (reasons, "de redenen (reason, reasons)"),
        ];
        said.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
    }
}

fn same(said: &str, entered: &str) -> bool {
    said.is_empty() || said == entered
}
