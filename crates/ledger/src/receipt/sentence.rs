//! The sentences for people in a refusal, against the digests of them in its entry.

use serde::Deserialize;

use crate::hash::{Hash, sha256};

/// What stands between the English and the Dutch sentence where both are given.
const BETWEEN: &str = " / ";

/// A sentence for people in a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The code of the reason that it is the sentence of.
    pub reason: String,
    /// In English, in Dutch, or the two with " / " between.
    pub text: String,
}

/// What can be said of the sentences in a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sentences {
    /// It has none.
    Absent,
    /// The entry has a digest of each, and they hold.
    Held,
    /// The entry has no digests of them: it is of no refusal, who reads it is no party to the agreement that is
    /// named, or an earlier version entered it.
    Unheld,
}

/// What the entry of a refusal has of the sentence of a reason: the SHA-256 of it in UTF-8.
#[must_use]
pub fn sentence_digest(sentence: &str) -> Hash {
    sha256([sentence.as_bytes()])
}

/// The sentences of one reason in the entry of a refusal: digests in lower-case hexadecimal.
#[derive(Deserialize)]
pub(super) struct Entered {
    reason: String,
    nl: String,
    en: String,
}

impl Entered {
    /// Whether this is what was told of the reason.
    pub(super) fn holds(&self, sentence: &Sentence) -> bool {
        let is = |text: &str, digest: &String| sentence_digest(text).to_string() == *digest;
        let text = sentence.text.as_str();
        // A sentence may have such a sign in it.
        let mut halves = text.match_indices(BETWEEN).filter_map(|(at, between)| {
            let (en, rest) = text.split_at_checked(at)?;
            Some((en, rest.strip_prefix(between)?))
        });
        self.reason == sentence.reason
            && (is(text, &self.nl)
                || is(text, &self.en)
                || halves.any(|(en, nl)| is(en, &self.en) && is(nl, &self.nl)))
    }
}
