//! One entry, as the platform shows it, against what it says is committed to.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::delivered::Delivered;
use super::fault::What;
use super::kind::{Action, Kind};
use super::life::Stands;
use crate::entry::{Salt, commitment, leaf_data};
use crate::hash::{Hash, leaf_hash};

/// What stands before the index in the name of an entry.
const NAME: &str = "ledger-entries/";
/// What stands before the kind in the contract, and not in a body.
const KIND: &str = "LEDGER_ENTRY_KIND_";

/// An entry of the ledger in the JSON of the contract (`alliantie.consent.v1.LedgerEntry`), with
/// what has its default left out or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    /// "ledger-entries/{index}".
    pub name: String,
    /// Its place in the log.
    #[serde(deserialize_with = "number")]
    pub index: u64,
    /// When it was entered, RFC 3339.
    pub create_time: String,
    /// What happened; empty when the reader gets the header alone. One of a later contract is a number.
    #[serde(deserialize_with = "name_or_number")]
    pub kind: String,
    /// "agreements/{id}" or empty.
    pub agreement: String,
    /// Its number among the entries about the agreement; 0 for none.
    #[serde(deserialize_with = "number")]
    pub agreement_sequence: u64,
    /// OINs.
    pub parties: Vec<String>,
    /// UUIDv7 of the exchange.
    pub transaction_id: String,
    /// W3C trace id.
    pub trace_id: String,
    /// What every party to the agreement may know.
    pub header_json: String,
    /// Its salt.
    pub header_salt: String,
    /// What only those it concerns may know; empty when the reader gets the header alone.
    pub body_json: String,
    /// Its salt.
    pub body_salt: String,
    /// The commitment to the header.
    pub header_commitment: String,
    /// The commitment to the body.
    pub body_commitment: String,
    /// The hash of the leaf.
    pub leaf_hash: String,
    /// Whether the platform says that it cannot read the entry itself: then only the index and the
    /// hash of the leaf are there.
    pub damaged: bool,
}

/// An integer of 64 bits, which JSON has as text in the contract.
pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Text(String),
        Number(u64),
    }
    match Number::deserialize(from)? {
        Number::Text(text) => text.parse().map_err(serde::de::Error::custom),
        Number::Number(number) => Ok(number),
    }
}

/// The name of a value of an enum; of one of a later contract its number, in digits.
fn name_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Value {
        Name(String),
        Number(i32),
    }
    Ok(match Value::deserialize(from)? {
        Value::Name(name) => name,
        Value::Number(number) => number.to_string(),
    })
}

#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) index: u64,
    pub(super) time: String,
    #[serde(default)]
    agreement: String,
    #[serde(default)]
    agreement_sequence: u64,
    #[serde(default)]
    previous: String,
    #[serde(default)]
    state: String,
}

impl Header {
    /// Where it says that the agreement stands after it; none when it does not say, or in a word of a later
    /// version.
    pub(super) fn stands(&self) -> Option<Stands> {
        Stands::named(&self.state)
    }

    /// Whether it says so in such a word.
    fn stands_elsewhere(&self) -> bool {
        !self.state.is_empty() && self.stands().is_none()
    }
}

#[derive(Deserialize)]
pub(super) struct Body {
    kind: String,
    pub(super) parties: Vec<String>,
    pub(super) transaction_id: String,
    trace_id: String,
    #[serde(default)]
    pub(super) facts: Value,
}

impl Body {
    /// What it is of; none for a kind of a later version.
    pub(super) fn kind(&self) -> Option<Kind> {
        Kind::named(&self.kind)
    }
}

impl Entry {
    /// The name that goes with the index.
    #[must_use]
    pub fn name_of(index: u64) -> String {
        format!("{NAME}{index}")
    }

    /// What the body says; none when it is not shown or cannot be read.
    pub(super) fn body(&self) -> Option<Body> {
        serde_json::from_str(&self.body_json).ok()
    }

    /// Whether only a party to the agreement gets to see it: everything about an agreement, but a
    /// decision on a dataset of the reader that somebody else asked for. That the provider of the
    /// dataset sees too when it is no party.
    pub(crate) fn tells_of_a_party(&self, reader: &str) -> bool {
        let Some(body) = self.body() else { return true };
        // Who gets to see one of a later kind is not known.
        if body.kind().is_none() {
            return false;
        }
        let request = |field: &str| body.facts.get("request")?.get(field)?.as_str();
        !matches!(body.kind(), Some(Kind::Permitted | Kind::Refused))
            || request("recipient") == Some(reader)
            || request("dataset_owner").is_some_and(|owner| owner != reader)
    }

    /// The agreement and transaction of a permit to deliver from a release. Without a release there is
    /// nothing to deliver.
    pub(super) fn permit(&self) -> Option<(&str, &str)> {
        let body = self.body_of(Kind::Permitted)?;
        let release = body.facts.get("request")?.get("release")?.as_str()?;
        (!release.is_empty()).then_some((&self.agreement, &self.transaction_id))
    }

    /// The transaction of a delivery.
    pub(super) fn delivery(&self) -> Option<&str> {
        self.body_of(Kind::Delivered).map(|_| self.transaction_id.as_str())
    }

    /// Whether it says what was delivered in this exchange.
    #[must_use]
    pub fn is_delivery_of(&self, transaction: &str) -> bool {
        self.delivery() == Some(transaction)
    }

    /// What it says was delivered; none when it is of no delivery.
    #[must_use]
    pub fn delivered(&self) -> Option<Delivered> {
        serde_json::from_value(self.body_of(Kind::Delivered)?.facts).ok()
    }

    /// Whether it permits to follow the figures: they leave in parts, and the delivery is entered as a whole.
    #[must_use]
    pub fn permits_a_stream(&self) -> bool {
        let body = self.body_of(Kind::Permitted);
        body.is_some_and(|body| {
            body.facts.get("request").and_then(|asked| asked.get("delivery")) == Some(&"STREAM".into())
        })
    }

    /// What it is of by its body; none when that is not shown, or for a kind of a later version.
    pub(crate) fn is_of(&self) -> Option<Kind> {
        self.body()?.kind()
    }

    /// What happened, as the body has it; nothing when that is not shown.
    pub(crate) fn facts(&self) -> Value {
        self.body().map(|body| body.facts).unwrap_or_default()
    }

    /// The transaction of a delivery of which the platform says that nobody told how it ended.
    pub(super) fn unaccounted(&self) -> Option<&str> {
        self.body_of(Kind::DeliveryUnaccounted).map(|_| self.transaction_id.as_str())
    }

    fn body_of(&self, kind: Kind) -> Option<Body> {
        let told = self.kind.strip_prefix(KIND) == Some(kind.name());
        // What is told beside the body is checked elsewhere; most entries need no reading.
        let body: Body = serde_json::from_str(told.then_some(self.body_json.as_str())?).ok()?;
        (body.kind() == Some(kind)).then_some(body)
    }

    /// Whether it is about a draft, which has no number among the entries of its agreement.
    pub(crate) fn is_about_a_draft(&self) -> bool {
        self.action().is_some_and(Action::is_about_a_draft)
    }

    /// What a party did with an agreement; none when it is of something else, or of a later version.
    pub(crate) fn action(&self) -> Option<Action> {
        let body = self.body().filter(|body| body.kind() == Some(Kind::AgreementChanged))?;
        Action::named(body.facts.get("action")?.as_str()?)
    }

    /// Whether what it says is known here: its kind, what a party did, and where the agreement stands after it. What
    /// a later version of the platform enters may not be. Of a header alone there is nothing else to know.
    pub(crate) fn is_understood(&self) -> bool {
        let header = serde_json::from_str::<Header>(&self.header_json);
        let known = self.body().is_none_or(|body| match body.kind() {
            Some(Kind::AgreementChanged) => match body.facts.get("action").and_then(Value::as_str) {
                Some(action) => Action::named(action).is_some(),
                None => true,
            },
            kind => kind.is_some(),
        });
        known && !header.is_ok_and(|header| header.stands_elsewhere())
    }

    /// The hash of the leaf of the entry with the number before, as the header has it; none when it
    /// has none that can be read.
    pub(crate) fn previous(&self) -> Option<Hash> {
        serde_json::from_str::<Header>(&self.header_json).ok()?.previous.parse().ok()
    }

    /// Whether two showings of an entry have the same header, and the same body when both have one.
    #[must_use]
    pub fn same_evidence(&self, other: &Self) -> bool {
        let body = |entry: &Self| (entry.body_json.clone(), entry.body_salt.clone());
        self.header_json == other.header_json
            && self.header_salt == other.header_salt
            && self.header_commitment == other.header_commitment
            && self.body_commitment == other.body_commitment
            && self.leaf_hash == other.leaf_hash
            && (self.body_json.is_empty() || other.body_json.is_empty() || body(self) == body(other))
    }

    /// Checks what can be checked without the log: the commitments, that what is shown beside them
    /// is what they say, and the hash of the leaf, which is the answer. Everything that is wrong is
    /// added to `faults`.
    pub(crate) fn check(&self, faults: &mut Vec<What>) -> Option<Hash> {
        if self.damaged {
            faults.push(What::Damaged);
            return hex(&self.leaf_hash, "de vingerafdruk van de regel", faults);
        }
        if self.name != Self::name_of(self.index) {
            faults.push(What::Told("de naam"));
        }
        let header = hex(&self.header_commitment, "de vingerafdruk van de kop", faults);
        let body = hex(&self.body_commitment, "de vingerafdruk van de inhoud", faults);
        if commits(&self.header_salt, &self.header_json, header, What::Header, faults) {
            self.check_header(faults);
        }
        if !self.body_json.is_empty() || !self.body_salt.is_empty() {
            if commits(&self.body_salt, &self.body_json, body, What::Body, faults) {
                self.check_body(faults);
            }
        } else if !self.shows_no_body() {
            faults.push(What::Told("de inhoud"));
        }
        let leaf = hex(&self.leaf_hash, "de vingerafdruk van de regel", faults)?;
        if leaf != leaf_hash(&leaf_data(&header?, &body?)) {
            faults.push(What::LeafHash);
        }
        Some(leaf)
    }

    fn check_header(&self, faults: &mut Vec<What>) {
        let Ok(header) = serde_json::from_str::<Header>(&self.header_json) else {
            return faults.push(What::Unreadable("de kop"));
        };
        let told = [
            (header.index == self.index, "de plaats"),
            (instant(&header.time) == instant(&self.create_time), "de tijd"),
            (header.agreement == self.agreement, "de afspraak"),
            (header.agreement_sequence == self.agreement_sequence, "het nummer bij de afspraak"),
        ];
        faults.extend(told.into_iter().filter(|(same, _)| !same).map(|(_, what)| What::Told(what)));
        match (header.agreement_sequence > 1, header.previous.is_empty()) {
            (true, true) => faults.push(What::NoPrevious),
            (false, false) => faults.push(What::FirstHasPrevious),
            (true, false) => drop(hex(&header.previous, "de verwijzing naar de regel ervoor", faults)),
            (false, true) => {}
        }
    }

    fn check_body(&self, faults: &mut Vec<What>) {
        let Ok(body) = serde_json::from_str::<Body>(&self.body_json) else {
            return faults.push(What::Unreadable("de inhoud"));
        };
        let is_later = body.kind().is_none() && self.kind.parse::<i32>().is_ok();
        let told = [
            (is_later || Some(body.kind.as_str()) == self.kind.strip_prefix(KIND), "de soort"),
            (body.parties == self.parties, "de partijen"),
            (body.transaction_id == self.transaction_id, "het transactienummer"),
            (body.trace_id == self.trace_id, "het spoor"),
        ];
        faults.extend(told.into_iter().filter(|(same, _)| !same).map(|(_, what)| What::Told(what)));
    }

    /// Whether nothing is told of what only a body can say.
    fn shows_no_body(&self) -> bool {
        self.parties.is_empty()
            && self.transaction_id.is_empty()
            && self.trace_id.is_empty()
            && self.kind.strip_prefix(KIND).is_none_or(|kind| kind == "UNSPECIFIED")
    }
}

/// Whether a text has its commitment.
fn commits(salt: &str, text: &str, to: Option<Hash>, otherwise: What, faults: &mut Vec<What>) -> bool {
    let salt: Result<Salt, _> = salt.parse();
    // An unreadable commitment is told already.
    let Some(to) = to else { return false };
    let holds = salt.is_ok_and(|salt| commitment(&salt, text.as_bytes()) == to);
    if !holds {
        faults.push(otherwise);
    }
    holds
}

fn hex(text: &str, what: &'static str, faults: &mut Vec<What>) -> Option<Hash> {
    let hash = text.parse().ok();
    if hash.is_none() {
        faults.push(What::NotHex(what));
    }
    hash
}

/// A time in UTC without the zeros at the end of its second, which are written or not.
pub(super) fn instant(time: &str) -> &str {
    let time = time.trim_end_matches('Z');
    if time.contains('.') { time.trim_end_matches('0').trim_end_matches('.') } else { time }
}
