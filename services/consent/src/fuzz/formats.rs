//! What is read: canonical JSON, the content of agreements, and the messages of the contract.

use bolero::{TypeGenerator, check};
use prost::Message;
use proto::consent::v1 as wire;
use serde_json::{Map, Value};

use super::{pick, text};
use crate::domain::agreement::{Document, read_content, read_text_hash};
use crate::domain::canonical::{LARGEST_NUMBER, is_canonical, json};
use crate::domain::content::samples::{self, TODAY};
use crate::domain::content::{Content, DraftParty};
use crate::domain::request::{Delivered, Published};
use crate::grpc;
use crate::offline;

/// JSON of the kinds that have a canonical form.
#[derive(Clone, Debug, TypeGenerator)]
enum Json {
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn value(self) -> Value {
        match self {
            Self::Bool(bool) => bool.into(),
            Self::Number(number) => (number % (LARGEST_NUMBER + 1)).into(),
            Self::Text(text) => text.into(),
            Self::List(items) => items.into_iter().map(Self::value).collect(),
            Self::Object(members) => Value::Object(
                members.into_iter().map(|(name, member)| (name, member.value())).collect::<Map<_, _>>(),
            ),
        }
    }
}

#[test]
fn canonical_json_says_the_same_and_is_its_own_canonical_form() {
    check!().with_type::<Json>().with_max_depth(4).cloned().for_each(|value: Json| {
        let value = value.value();
        let canonical = json(&value).expect("a canonical form");
        let read: Value = serde_json::from_str(&canonical).expect("JSON");
        assert_eq!(read, value);
        assert_eq!(json(&read).expect("a canonical form"), canonical);
        assert!(is_canonical(&canonical));
        assert!(!is_canonical(&format!("{canonical} ")));
    });
}

#[test]
fn no_text_upsets_the_readers_of_json() {
    check!().for_each(|bytes: &[u8]| {
        let text = text(bytes);
        if is_canonical(&text) {
            let value: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(json(&value).expect("a canonical form"), text);
        }
        assert!(read_content(&text).is_none() && offline::content_hash(&text).is_err());
        let _ = read_text_hash(&text);
        let _ = offline::check_text(&text, &text);
    });
}

#[test]
fn changed_content_of_an_agreement_is_no_content_or_other_content() {
    let content = samples::content();
    let document = Document::of(content.clone()).expect("a document");
    check!().with_type::<Vec<(u16, bool, u8)>>().for_each(|changes| {
        let mut changed = document.content_json.clone().into_bytes();
        for (place, replace, byte) in changes {
            let place = usize::from(*place) % changed.len();
            if *replace { changed[place] = *byte } else { changed.insert(place, *byte) }
        }
        let changed = String::from_utf8_lossy(&changed);
        let same = changed == document.content_json.as_str();
        assert_eq!(offline::check_content(&changed, &document.content_hash).is_ok(), same, "{changed}");
        if let Some(read) = read_content(&changed) {
            // What is read can be written, and is then read as the same.
            let again = Document::of(read.clone()).expect("a document");
            assert_eq!(read_content(&again.content_json), Some(read));
        }
    });
}

/// Values of every kind of field.
#[derive(Clone, Debug, TypeGenerator)]
struct Fields {
    picks: [u8; 20],
    numbers: [i64; 4],
    texts: [String; 3],
    lists: [Vec<u8>; 4],
}

impl Fields {
    /// A right text, an empty one, or any.
    fn text(&self, place: usize, right: &[&str]) -> String {
        let mut all: Vec<String> = right.iter().map(|text| (*text).to_owned()).collect();
        all.extend([String::new(), self.texts[place % 3].clone()]);
        pick(&all, self.picks[place])
    }

    fn texts(&self, place: usize, right: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = right.iter().map(|text| (*text).to_owned()).collect();
        all.push(self.texts[place % 3].clone());
        self.lists[place % 4].iter().map(|number| pick(&all, *number)).collect()
    }

    fn number(&self, place: usize) -> i32 {
        pick(&[0, 1, 2, 10, 12, self.numbers[place % 4].try_into().unwrap_or(i32::MIN)], self.picks[place])
    }

    fn decide_request(&self) -> wire::DecideRequest {
        let levels = ["NEIGHBOURHOOD", "DISTRICT"];
        wire::DecideRequest {
            recipient_oin: self.text(0, &[samples::GGD]),
            agreement: self.text(1, &["agreements/0190163d-8694-739b-aea5-966c26f8ad90"]),
            purpose: self.text(2, &["purposes/a"]),
            dataset: self.text(3, &["datasets/a"]),
            dataset_owner_oin: self.text(4, &[samples::WELLER]),
            indicators: self.texts(0, &["indicators/a"]),
            areas: self
                .texts(1, &["areas/a"])
                .into_iter()
                .map(|area| wire::RequestedArea { area, level: self.text(5, &levels) })
                .collect(),
            area_level: self.text(6, &levels),
            periods: self.texts(2, &["2025Q1"]),
            delivery: self.number(7),
            transaction_id: self.text(8, &[]),
            trace_id: self.text(9, &[]),
            release: self.text(10, &["datasets/a/releases/1"]),
            system: self.text(11, &["a"]),
            enforceable: self.lists[3].iter().map(|number| i32::from(*number) % 9).collect(),
            process: self.text(0, &["", "019364f0-0000-7000-8000-000000000001"]),
        }
    }

    fn content(&self) -> wire::AgreementContent {
        let party = |oin: String| wire::Party { oin, display_name: self.text(0, &[]) };
        wire::AgreementContent {
            provider: Some(party(self.text(1, &[samples::WELLER]))),
            recipients: self.texts(0, &[samples::GGD, samples::WONEN_ZUID]).into_iter().map(party).collect(),
            purpose: self.text(2, &["purposes/a"]),
            legal_basis: self.number(3),
            scope: Some(wire::Scope {
                dataset: self.text(4, &["datasets/a"]),
                indicators: self.texts(1, &["indicators/a", "indicators/b"]),
                area_level: self.text(5, &["NEIGHBOURHOOD"]),
                areas: self.texts(2, &["areas/a", "areas/b"]),
                periods: self.texts(3, &["2025Q1", "2025"]),
                dimensions: self.texts(0, &["a", "b"]),
            }),
            protection: Some(wire::Protection {
                minimum_count: self.number(6),
                protect_zeros: self.picks[7].is_multiple_of(2),
                interval_width: self.number(7),
                p_percent: self.number(8),
                dominance_n: self.number(9),
                dominance_k: self.number(10),
                rounding_base: self.number(11),
                minimum_denominator: self.number(5),
                group_percent: self.number(13),
                preset: self.number(14),
            }),
            deliveries: self.lists[1].iter().map(|number| i32::from(*number) % 4).collect(),
            valid_from: self.text(8, &["2026-11-24", "2027-01-01"]),
            valid_until: self.text(9, &["2027-10-31", "2027-01-01"]),
            retention_months: self.number(10),
            onward_sharing: self.number(11),
            contact: self.text(12, &["Team gegevens"]),
            replaces: self.text(13, &["", "agreements/0190163d-8694-739b-aea5-966c26f8ad90"]),
        }
    }
}

/// A request becomes one that can be entered in the ledger, or every problem of it is named.
fn read_request(asked: wire::DecideRequest) {
    match grpc::conversions::request(asked) {
        Ok(request) if request.problems().is_empty() => drop(json(&request).expect("a canonical form")),
        Ok(_) => {}
        Err(problems) => assert!(!problems.is_empty()),
    }
}

/// Content becomes terms that are written and read as the same, or every problem of it is named.
fn read_agreement(content: wire::AgreementContent) {
    let mut draft = grpc::conversions::draft(content);
    draft.purpose_display_name = Some("Een doel".to_owned());
    let named = |party: &mut DraftParty| party.display_name = Some("Een partij".to_owned());
    std::iter::once(&mut draft.provider).chain(&mut draft.recipients).for_each(named);
    match Content::new(samples::id(), draft, TODAY) {
        Ok(content) => {
            let document = Document::of(content.clone()).expect("a document");
            assert_eq!(read_content(&document.content_json), Some(content));
            assert!(offline::check_content(&document.content_json, &document.content_hash).is_ok());
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}

#[test]
fn no_bytes_upset_the_decoders() {
    check!().for_each(|bytes: &[u8]| {
        if let Ok(asked) = wire::DecideRequest::decode(bytes) {
            read_request(asked);
        }
        if let Ok(content) = wire::AgreementContent::decode(bytes) {
            read_agreement(content);
        }
        if let Ok(rule) = wire::UseRule::decode(bytes) {
            drop(grpc::conversions::use_terms(rule).problems(&["purposes/a".to_owned()].into()));
        }
    });
}

#[test]
fn no_fields_upset_the_decoders() {
    check!().with_type::<Fields>().for_each(|fields| {
        read_request(fields.decide_request());
        read_agreement(fields.content());
        let rule = wire::UseRule {
            system: fields.text(0, &["*"]),
            purposes: fields.texts(1, &["purposes/a"]),
            note: fields.text(2, &[]),
            ..Default::default()
        };
        drop(grpc::conversions::use_terms(rule).problems(&["purposes/a".to_owned()].into()));
        let release = fields.text(3, &["datasets/a/releases/1"]);
        let digest = fields.text(4, &["ab12"]);
        let published = Published {
            owner: samples::oin(samples::WELLER),
            release: release.clone(),
            digest: digest.clone(),
            cells: fields.numbers[0],
        };
        let delivered = Delivered {
            recipient: samples::oin(samples::GGD),
            release,
            rows: fields.numbers[1],
            withheld: fields.numbers[2],
            mask_digest: digest.clone(),
            mask_unknown: false,
            digest,
            complete: fields.picks[5].is_multiple_of(2),
        };
        if published.problems().is_empty() {
            json(&published).expect("a canonical form");
        }
        if delivered.problems().is_empty() {
            json(&delivered).expect("a canonical form");
        }
    });
}
