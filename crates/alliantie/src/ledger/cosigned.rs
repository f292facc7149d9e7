//! Who cosigned the states that a folder has.

use std::collections::BTreeMap;
use std::fmt;

use ledger::audit::{Evidence, signed};
use ledger::{Checkpoint, NoteVerifier};

use crate::moment;

/// A line of a witness under a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cosignature {
    /// The name of the witness, its OIN.
    pub(super) name: String,
    /// How many entries the state has.
    pub(super) size: u64,
    /// When it says it was signed, in seconds since 1970; nothing when it has no time.
    pub(super) seconds: Option<u64>,
    /// Whether it is right; nothing when its key was not given.
    pub(super) right: Option<bool>,
}

/// The newest line of every witness under a state that the log signed, verified with these keys.
pub(super) fn check(evidence: &Evidence, keys: &[NoteVerifier]) -> Vec<Cosignature> {
    let mut newest: BTreeMap<(String, Option<bool>), Cosignature> = BTreeMap::new();
    for note in &evidence.checkpoints {
        let Ok(Checkpoint { size, .. }) = signed::<Checkpoint>(note, &evidence.log_key) else { continue };
        for line in note.signatures.iter().filter(|line| line.name != evidence.log_key.name()) {
            let key = keys.iter().find(|key| key.names(line));
            let right = key.map(|key| key.verify(note).is_ok());
            let seconds = line.bytes.first_chunk().map(|seconds| u64::from_be_bytes(*seconds));
            let found = Cosignature { name: line.name.clone(), size, seconds, right };
            let kept = newest.entry((line.name.clone(), right)).or_insert_with(|| found.clone());
            if (found.size, found.seconds) > (kept.size, kept.seconds) {
                *kept = found;
            }
        }
    }
    newest.into_values().collect()
}

impl fmt::Display for Cosignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = moment::of_seconds(self.seconds.and_then(|seconds| i64::try_from(seconds).ok()));
        let right = match self.right {
            Some(true) => "de handtekening klopt",
            Some(false) => "de handtekening klopt niet",
            None => {
                "de handtekening is niet nagerekend; geef daarvoor met --witness-key de sleutel van de getuige"
            }
        };
        write!(f, "stand {} is medeondertekend door {}, op {time}: {right}", self.size, self.name)
    }
}
