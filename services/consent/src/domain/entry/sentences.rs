//! What the entry of a refusal holds of the sentences that people read: a digest of each, so that whoever has the
//! refusal can show that it was refused in these words.

use ledger::sentence_digest;
use platform::text::shown;
use serde::{Deserialize, Serialize};

use crate::domain::decision::{Decision, Standing};
use crate::domain::reason::About;
use crate::domain::request::Request;

/// The digests of the sentences of one reason that refuses, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sentences {
    /// The code of the reason.
    pub(crate) reason: String,
    /// Of the sentence in Dutch.
    pub(crate) nl: String,
    /// Of the sentence in English.
    pub(crate) en: String,
}

impl Sentences {
    /// Of a reason in words, in Dutch and in English, as an error shows them.
    #[must_use]
    pub(crate) fn of(code: &str, (nl, en): (String, String)) -> Self {
        let digest = |sentence| sentence_digest(&shown(sentence)).to_string();
        Self { reason: code.to_owned(), nl: digest(nl), en: digest(en) }
    }
}

/// Of all reasons that refuse, for a recipient of this agreement or for a stranger. Sentences are made of the terms,
/// so that who reads the entry could try which terms have these digests: an owner of the dataset who is no party
/// to the agreement reads it too, and then there are none.
pub(super) fn of_refusal(
    request: &Request,
    decision: &Decision,
    agreement: Option<&Standing>,
) -> Vec<Sentences> {
    let owner = &request.dataset_owner;
    let is_party =
        |known: &Standing| known.content.has_recipient(owner) || known.content.terms().provider.oin == *owner;
    if !agreement.is_none_or(is_party) {
        return Vec::new();
    }
    let contact = agreement.map(|agreement| agreement.content.terms().contact.as_str());
    let about =
        About { agreement: &request.agreement, dataset: &request.dataset, contact, organisation: None };
    decision.refusal().map(|reason| Sentences::of(reason.code(), reason.in_words(about))).collect()
}
