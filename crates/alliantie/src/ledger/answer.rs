//! The observations in an answer, counted and hashed as the platform enters them when it delivers.

use anyhow::{Context, Result};
use ledger::audit::Delivered;
use prost_reflect::prost::Message;
use proto::indicators::v1::{Observation, ObservationStatus};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::contract::known_from_json;

const OBSERVATION: &str = "alliantie.indicators.v1.Observation";

/// What came with a decision, when the file is a whole answer; none for the decision alone.
///
/// # Errors
/// When it is an answer with something else than observations.
pub(super) fn delivered(text: &str) -> Result<Option<Delivered>> {
    let answer: Value = serde_json::from_str(text)?;
    let Some(answer) = answer.as_object().filter(|fields| fields.contains_key("decision")) else {
        return Ok(None);
    };
    let rest = answer.keys().any(|field| field != "decision");
    let observations = match answer.get("observations") {
        Some(observations) => observations.as_array().context("de waarnemingen zijn geen lijst")?.as_slice(),
        // A list that is empty may be left out.
        None if rest => &[],
        None => return Ok(None),
    };
    let release = answer.get("release").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut came = Delivered { release, rows: 0, withheld: 0, digest: String::new() };
    let mut hash = Sha256::new();
    for (place, observation) in observations.iter().enumerate() {
        let observation: Observation =
            known_from_json(OBSERVATION, observation.clone()).with_context(|| {
                format!("observations[{place}] is geen waarneming zoals het platform die geeft")
            })?;
        came.rows += 1;
        came.withheld += u64::from(observation.status() == ObservationStatus::Withheld);
        hash.update(observation.encode_to_vec());
    }
    came.digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(came))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(text: &str) -> Option<Delivered> {
        delivered(text).unwrap()
    }

    #[test]
    fn observations_are_hashed_as_they_are_on_the_wire() {
        let of = |value: &str| Observation {
            indicator: "indicators/x".to_owned(),
            area: "areas/BU1".to_owned(),
            period: "2025".to_owned(),
            categories: [("leeftijd".to_owned(), "jong".to_owned()), ("bron".to_owned(), "a".to_owned())]
                .into(),
            value: value.to_owned(),
            status: if value.is_empty() { ObservationStatus::Withheld } else { ObservationStatus::Final }
                .into(),
            numerator: Some(0),
            denominator: (!value.is_empty()).then_some(7),
            ..Default::default()
        };
        let text = r#"{"observations": [
            {"indicator": "indicators/x", "area": "areas/BU1", "period": "2025", "source": "",
             "categories": {"leeftijd": "jong", "bron": "a"}, "value": "12", "numerator": "0", "denominator": 7,
             "status": "OBSERVATION_STATUS_FINAL"},
            {"categories": {"bron": "a", "leeftijd": "jong"}, "indicator": "indicators/x", "area": "areas/BU1",
             "period": "2025", "status": "OBSERVATION_STATUS_WITHHELD", "numerator": "0"}
        ], "decision": {}, "release": "r"}"#;
        let bytes = [of("12").encode_to_vec(), of("").encode_to_vec()].concat();
        let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let sent = Delivered { release: "r".to_owned(), rows: 2, withheld: 1, digest };
        assert_eq!(came(text), Some(sent.clone()));
        assert_ne!(came(&text.replace(r#""value": "12""#, r#""value": "13""#)), Some(sent));
    }

    #[test]
    fn an_answer_without_observations_has_none_and_a_decision_alone_says_nothing_of_them() {
        let empty = came(r#"{"decision": {}, "release": "r"}"#).unwrap();
        assert_eq!((empty.rows, empty.digest.len()), (0, 64));
        assert_eq!(came(r#"{"decision": {}}"#), None);
        assert_eq!(came(r#"{"leafHash": "x"}"#), None);
        for wrong in
            [r#"{"decision": {}, "observations": {}}"#, r#"{"decision": {}, "observations": [{"a": 1}]}"#]
        {
            assert!(delivered(wrong).is_err(), "{wrong}");
        }
    }
}
