//! What a receipt says of the decision, against what the entry of that decision says.

use serde::Deserialize;

use super::sentence::{Entered, Sentence, Sentences};
use crate::audit::{Action, Entry, Kind};

/// The codes of the reasons of a side that permits: in a refusal they are not told.
const PERMITTING: [&str; 2] = ["WITHIN_AGREEMENT", "WITHIN_OWN_RULES"];

/// The codes of reasons for which what was permitted is kept back or cut off afterwards. One
/// that is not known here is taken for none of them.
const OF_A_STOP: [&str; 9] = [
    "AGREEMENT_DAMAGED",
    "AGREEMENT_EXPIRED",
    "AGREEMENT_NOT_ACTIVE",
    "AGREEMENT_REPLACED",
    "AGREEMENT_REVOKED",
    "AGREEMENT_SUSPENDED",
    "DECISION_POINT_SILENT",
    "LEDGER_UNAVAILABLE",
    "WITNESSES_OVERDUE",
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
    /// The sentences of a refusal.
    pub sentences: Vec<Sentence>,
}

/// What the body of the entry of a decision has.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Decided {
    request: Request,
    own_reasons: Vec<String>,
    reasons: Vec<String>,
    content_hash: String,
    sentences: Vec<Entered>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request {
    agreement: String,
    dataset: String,
    release: String,
}

impl Decided {
    fn of(entry: &Entry) -> Self {
        serde_json::from_value(entry.facts()).unwrap_or_default()
    }
}

impl Says {
    /// Whether the name of the entry goes with this index.
    pub(super) fn names(&self, index: u64) -> bool {
        same(&self.ledger_entry, &Entry::name_of(index))
    }

    /// Whether it is of a refusal and the entry of a permit: what a stop overtakes is refused with the receipt
    /// of the permit that came before, and for that one reason.
    pub(super) fn is_overtaken(&self, entry: &Entry) -> bool {
        let by_stop = matches!(self.reasons.as_slice(), [one] if OF_A_STOP.contains(&one.as_str()));
        by_stop && self.outcome == Some(Kind::Refused) && entry.is_of() == Some(Kind::Permitted)
    }

    /// What a party did by its reason that stopped what was permitted; none when no party did.
    pub(super) fn stop(&self) -> Option<Action> {
        match self.reasons.first()?.as_str() {
            "AGREEMENT_REVOKED" => Some(Action::Revoked),
            "AGREEMENT_SUSPENDED" => Some(Action::Suspended),
            "AGREEMENT_REPLACED" => Some(Action::Replaced),
            _ => None,
        }
    }

    /// What can be said of its sentences, when it does not differ from the entry.
    pub(super) fn sentences(&self, entry: &Entry) -> Sentences {
        if self.sentences.is_empty() {
            Sentences::Absent
        } else if Decided::of(entry).sentences.is_empty() {
            Sentences::Unheld
        } else {
            Sentences::Held
        }
    }

    /// What it says that the entry does not.
    pub(super) fn difference(&self, entry: &Entry) -> Option<&'static str> {
        let decided = Decided::of(entry);
        let refusing = decided.own_reasons.iter().chain(&decided.reasons);
        let refusing = refusing.filter(|code| !PERMITTING.contains(&code.as_str()));
        let request = &decided.request;
        let overtaken = self.is_overtaken(entry);
        let outcome = self.outcome.is_none() || self.outcome == entry.is_of() || overtaken;
        let reasons = self.reasons.is_empty() || self.reasons.iter().eq(refusing) || overtaken;
        let told = |sentence: &Sentence| decided.sentences.iter().any(|entered| entered.holds(sentence));
        let sentences = decided.sentences.is_empty() || self.sentences.iter().all(told);
        let said = [
            (outcome, "de uitkomst: toegestaan of geweigerd"),
            (same(&self.agreement, &request.agreement), "de afspraak (agreement)"),
            (same(&self.content_hash, &decided.content_hash), "de vingerafdruk van de inhoud (contentHash)"),
            (same(&self.release, &request.release), "de uitgave (release)"),
            (same(&self.dataset, &request.dataset), "de dataset"),
            (reasons, "de redenen (reason, reasons)"),
            (sentences, "een zin voor mensen (detail, errors)"),
        ];
        said.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
    }
}

fn same(said: &str, entered: &str) -> bool {
    said.is_empty() || said == entered
}
