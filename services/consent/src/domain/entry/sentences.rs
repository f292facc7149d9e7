//! What the entry of a refusal holds of the sentences that people read: a digest of each, so that whoever has the
//! refusal can show that it was refused in these words.

use ledger::sentence_digest;
use platform::text::shown;
use serde::{Deserialize, Serialize};

use crate::domain::reason::Explained;

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
    /// Of a reason in words, as an error shows them.
    #[must_use]
    pub(crate) fn of(explained: Explained) -> Self {
        let digest = |sentence| sentence_digest(&shown(sentence)).to_string();
        let Explained { code, nl, en, .. } = explained;
        Self { reason: code.to_owned(), nl: digest(nl), en: digest(en) }
    }
}
