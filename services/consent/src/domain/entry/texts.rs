//! The two texts of an entry, in canonical JSON.

use std::borrow::Cow;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Entry, Event, InAgreement};
use crate::domain::agreement::State;
use crate::domain::canonical::{self, NotCanonical};

/// What every party to the agreement may know of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Place in the ledger: 0 for the first, without gaps.
    pub(crate) index: u64,
    /// When it was entered.
    #[serde(with = "moment")]
    pub(crate) time: OffsetDateTime,
    /// The agreement that it is about, "agreements/{id}".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agreement: Option<String>,
    /// Place among the entries of that agreement; left out when it has none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) agreement_sequence: u64,
    /// Where the agreement stands after it, as recorded, for example "ACTIVE"; left out with the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    /// The hash of the leaf of the entry with the number before, in lower-case hexadecimal; left out
    /// when there is none. So one entry stands for all before it about the agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands in a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Header {
    /// Reads a header as it is kept; nothing when it is none.
    #[must_use]
    pub(crate) fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// What only those that an entry concerns may know.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    #[serde(flatten)]
    event: Cow<'a, Event>,
    parties: Cow<'a, [Oin]>,
    transaction_id: Cow<'a, str>,
    trace_id: Cow<'a, str>,
    engine: Cow<'a, str>,
}

impl Entry {
    /// What every party to the agreement may know of it.
    #[must_use]
    pub(crate) fn header(&self) -> Header {
        Header {
            index: self.index,
            time: self.time,
            agreement: self.agreement.clone(),
            agreement_sequence: self.in_agreement.sequence,
            state: self.in_agreement.state,
            previous: self.in_agreement.previous.clone(),
        }
    }

    /// The header as it is kept.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub(crate) fn header_json(&self) -> Result<String, NotCanonical> {
        canonical::json(&self.header())
    }

    /// The body as it is kept.
    ///
    /// # Errors
    /// When it has no canonical form.
    pub(crate) fn body_json(&self) -> Result<String, NotCanonical> {
        canonical::json(&Body {
            event: Cow::Borrowed(&self.event),
            parties: Cow::Borrowed(&self.parties),
            transaction_id: Cow::Borrowed(&self.transaction_id),
            trace_id: Cow::Borrowed(&self.trace_id),
            engine: Cow::Borrowed(&self.engine),
        })
    }

    /// The entry of a header and a body as it is kept; nothing when that is none.
    #[must_use]
    pub(crate) fn of(header: Header, body_json: &str) -> Option<Self> {
        let body: Body<'_> = serde_json::from_str(body_json).ok()?;
        Some(Self {
            index: header.index,
            time: header.time,
            agreement: header.agreement,
            in_agreement: InAgreement {
                sequence: header.agreement_sequence,
                state: header.state,
                previous: header.previous,
            },
            parties: body.parties.into_owned(),
            transaction_id: body.transaction_id.into_owned(),
            trace_id: body.trace_id.into_owned(),
            engine: body.engine.into_owned(),
            event: body.event.into_owned(),
        })
    }
}

/// Moments as RFC 3339 in UTC.
pub(crate) mod moment {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    pub(crate) fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&crate::domain::calendar::rfc3339(*at))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<OffsetDateTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples::{WELLER, oin};
    use crate::domain::entry::of_release;
    use crate::domain::request::Published;
    use time::macros::datetime;

    fn entry(in_agreement: InAgreement) -> Entry {
        let published = Published {
            owner: oin(WELLER),
            release: "datasets/x/releases/1".into(),
            digest: "abc".into(),
            cells: 1224,
        };
        let new = of_release(published, "t".to_owned(), "u".to_owned());
        let entry = new.placed(7, in_agreement, datetime!(2026-11-23 12:00 UTC));
        Entry { engine: "alliantie-consent 9.8.7".to_owned(), ..entry }
    }

    #[test]
    fn an_entry_survives_its_two_texts() {
        let entry = entry(InAgreement::default());
        let (header, body) = (entry.header_json().expect("a text"), entry.body_json().expect("a text"));
        assert_eq!(header, r#"{"index":7,"time":"2026-11-23T12:00:00.000000Z"}"#);
        assert_eq!(
            body,
            r#"{"engine":"alliantie-consent 9.8.7","facts":{"cells":1224,"digest":"abc","owner":"00000099000000002000","release":"datasets/x/releases/1"},"kind":"RELEASE_PUBLISHED","parties":["00000099000000002000"],"trace_id":"u","transaction_id":"t"}"#
        );
        let read = Header::read(&header).and_then(|header| Entry::of(header, &body));
        assert_eq!(read, Some(entry));
    }

    #[test]
    fn the_header_tells_nothing_but_time_agreement_state_and_places() {
        let third = InAgreement { sequence: 3, state: Some(State::Active), previous: Some("ab".to_owned()) };
        let entry = Entry { agreement: Some("agreements/x".to_owned()), ..entry(third) };
        let header = entry.header_json().expect("a text");
        assert_eq!(
            header,
            r#"{"agreement":"agreements/x","agreement_sequence":3,"index":7,"previous":"ab","state":"ACTIVE","time":"2026-11-23T12:00:00.000000Z"}"#
        );
        assert_eq!(Header::read(&header), Some(entry.header()));
    }

    #[test]
    fn what_is_no_text_of_an_entry_is_not_read() {
        for wrong in
            ["", "{}", "[]", r#"{"index":-1,"time":"2026-11-23T12:00:00Z"}"#, r#"{"index":1,"time":"x"}"#]
        {
            assert_eq!(Header::read(wrong), None, "{wrong}");
            assert_eq!(Entry::of(entry(InAgreement::default()).header(), wrong), None, "{wrong}");
        }
    }
}
