//! The ledger as a public log: checkpoints, tiles, and who stands for them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::{
    Checkpoint, Hash, KeyKind, MAX_SIGNATURES, NoteSignature, NoteSigner, NoteVerifier, SignedNote, TileId,
    TilePath,
};
use platform::clock::Clock;
use platform::identity::{Caller, Oin};
use platform::keys::PublicKey;
use time::Duration;

use super::Error;
use super::organisations::{Organisations, RegisteredKey};
use crate::domain::problem::Problem;
use crate::store::{self, Cosignature, Store};

/// How far the clock of a witness may be off.
pub(super) const TOLERANCE: Duration = Duration::minutes(5);
/// Most bytes of a note that is read.
const LARGEST_NOTE: usize = 64 * 1024;

/// Use cases of the log.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    store: Store,
    clock: Clock,
    organisations: Arc<dyn Organisations>,
    signer: Arc<NoteSigner>,
    /// How old a checkpoint may be to be co-signed.
    max_age: Duration,
}

impl Log {
    /// Over this store; `signer` has the name of the log.
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        organisations: Arc<dyn Organisations>,
        signer: NoteSigner,
        max_age: Duration,
    ) -> Self {
        Self { store, clock, organisations, signer: Arc::new(signer), max_age }
    }

    fn origin(&self) -> String {
        self.signer.verifier().name().to_owned()
    }

    /// The key that checks what the log signs.
    pub(crate) fn verifier_key(&self) -> String {
        format!("{}\n", self.signer.verifier())
    }

    /// The signed checkpoint of the log as it is now. The same for the same log.
    pub(crate) async fn checkpoint(&self) -> Result<String, Error> {
        let now = self.store.frontier().await?;
        self.signed(self.text(now.size(), now.root()), Vec::new())
    }

    /// The newest checkpoint that was co-signed, with its co-signatures.
    pub(crate) async fn witnessed(&self) -> Result<String, Error> {
        let newest = self.store.newest_cosigned(&self.origin()).await?;
        let newest = newest.ok_or_else(|| Error::NotFound("ledger/checkpoint/witnessed".to_owned()))?;
        // Only what the entries lead to gets the signature of the log.
        let now = self.store.frontier().await?;
        if self.store.root_at(newest.size, &now).await? != Some(newest.root) {
            return Err(Error::Store(store::Error::Corrupt("a co-signature of another log")));
        }
        let lines = newest.signatures.iter().take(MAX_SIGNATURES - 1);
        let cosignatures = lines.map(|line| line.parse().map_err(|_| damaged())).collect::<Result<_, _>>()?;
        self.signed(self.text(newest.size, newest.root), cosignatures)
    }

    /// A tile of hashes, or a bundle of entries, that the log has now.
    pub(crate) async fn tile(&self, path: &str) -> Result<Vec<u8>, Error> {
        let parsed: TilePath = path.parse().map_err(|_| not_a_tile())?;
        let missing = || Error::NotFound(format!("ledger/{path}"));
        let size = self.store.frontier().await?.size();
        match parsed {
            TilePath::Hashes(tile) if tile.exists_in(size) => {
                let hashes = self.store.tile(tile).await?.ok_or_else(missing)?;
                Ok(hashes.iter().flat_map(Hash::as_bytes).copied().collect())
            }
            TilePath::Entries { number, width } if (TileId { level: 0, number, width }).exists_in(size) => {
                self.store.bundle(number, width).await?.ok_or_else(missing)
            }
            TilePath::Hashes(_) | TilePath::Entries { .. } => Err(missing()),
        }
    }

    /// What the caller's organisation may see of the ledger, counted and signed.
    pub(crate) async fn statement(&self, caller: &Caller) -> Result<String, Error> {
        let own = own_organisation(caller)?;
        let seen = self.store.seen_by(&own).await?;
        let (size, root) = (seen.frontier.size(), STANDARD.encode(seen.frontier.root().as_bytes()));
        let mut text =
            format!("{}/statement\n{own}\n{size}\n{root}\nentries {}\n", self.origin(), seen.entries);
        for (agreement, last) in seen.agreements {
            text.push_str(&format!("{} {last}\n", agreement.name()));
        }
        self.signed(text, Vec::new())
    }

    /// Keeps a co-signature of the caller's organisation, and tells how many organisations have
    /// co-signed the same checkpoint.
    pub(crate) async fn cosign(&self, caller: &Caller, note: &str) -> Result<u64, Error> {
        let own = own_organisation(caller)?;
        let note = read_note(note)?;
        let checkpoint = self.own_checkpoint(&note).await?;
        let (signature, time) = self.cosignature(&note, &own).await?;
        let cosignature = Cosignature {
            origin: checkpoint.origin,
            size: checkpoint.size,
            root: checkpoint.root,
            oin: own,
            time,
            // A clock that is ahead makes no co-signature last longer.
            counts_from: time.min(self.clock.now().unix_timestamp()),
            signature: signature.to_string(),
        };
        Ok(self.store.keep_cosignature(&cosignature).await?)
    }

    /// The checkpoint in a note, if it is one of this log and not too old.
    async fn own_checkpoint(&self, note: &SignedNote) -> Result<Checkpoint, Error> {
        let checkpoint: Checkpoint = note.text.parse().map_err(|_| not_a_note())?;
        let origin = self.origin();
        if checkpoint.origin != origin || checkpoint.to_string() != note.text {
            return Err(wrong_note(
                format!("is not a checkpoint of {origin}, of three lines"),
                format!("is geen checkpoint van {origin}, van drie regels"),
            ));
        }
        if self.signer.verifier().verify(note).is_err() {
            return Err(wrong_signature(
                "has no good signature of the log; send the checkpoint as you got it, with your line added",
                "heeft geen goede handtekening van het logboek; stuur het checkpoint zoals u het kreeg, met uw regel erbij",
            ));
        }
        let size = checkpoint.size;
        let now = self.store.frontier().await?;
        if self.store.root_at(size, &now).await? != Some(checkpoint.root) {
            let has = now.size();
            return Err(wrong_note(
                format!(
                    "is not what this log was at {size} entries; it has {has} now. Keep the note: it has our signature"
                ),
                format!(
                    "is niet wat dit logboek bij {size} regels was; het heeft er nu {has}. Bewaar de notitie: onze handtekening staat eronder"
                ),
            ));
        }
        // It was the newest one until the next entry came.
        let next = self.store.ledger_entry(i64::try_from(size).unwrap_or(i64::MAX), None).await?;
        let next = next.transpose().map_err(store::Error::from)?;
        if next.is_some_and(|next| next.header.time < self.clock.now() - self.max_age) {
            let seconds = self.max_age.whole_seconds();
            return Err(wrong_note(
                format!(
                    "is a checkpoint that was followed by another entry more than {seconds} s ago; co-sign the newest one"
                ),
                format!(
                    "is een checkpoint waarna meer dan {seconds} s geleden een regel kwam; onderteken het nieuwste"
                ),
            ));
        }
        Ok(checkpoint)
    }

    /// The newest co-signature under a note by an organisation, and its time.
    async fn cosignature(&self, note: &SignedNote, oin: &Oin) -> Result<(NoteSignature, i64), Error> {
        let foreign = || Error::ForeignSignature(oin.to_string());
        let now = self.clock.now();
        let organisation = self.organisations.look_up(oin).await?.ok_or_else(foreign)?;
        let in_use = |key: &&RegisteredKey| {
            key.create_time <= now && key.withdraw_time.is_none_or(|withdrawn| now < withdrawn)
        };
        let keys = organisation.keys.iter().filter(in_use);
        let mut verifiers = keys.filter_map(|key| verifier(oin, &key.key));
        let verifier = verifiers.find(|verifier| note.signatures.iter().any(|line| verifier.names(line)));
        let verifier = verifier.ok_or_else(foreign)?;
        let time = verifier.verify(note).ok().flatten().ok_or_else(|| {
            wrong_signature(
                "has a co-signature that is not of this checkpoint",
                "heeft een handtekening van u die niet van dit checkpoint is",
            )
        })?;
        let off = i64::try_from(time).map_or(i64::MAX, |time| time.saturating_sub(now.unix_timestamp()));
        if off.unsigned_abs() > TOLERANCE.whole_seconds().unsigned_abs() {
            return Err(wrong_signature(
                "has a co-signature whose time is more than 5 minutes from now; check your clock and sign again",
                "heeft een handtekening met een tijd die meer dan 5 minuten van nu ligt; controleer uw klok en teken opnieuw",
            ));
        }
        let made_at = time.to_be_bytes();
        let line =
            note.signatures.iter().find(|line| verifier.names(line) && line.bytes.starts_with(&made_at));
        Ok((line.cloned().ok_or_else(foreign)?, i64::try_from(time).unwrap_or(i64::MAX)))
    }

    fn text(&self, size: u64, root: Hash) -> String {
        Checkpoint { origin: self.origin(), size, root }.to_string()
    }

    fn signed(&self, text: String, cosignatures: Vec<NoteSignature>) -> Result<String, Error> {
        let signatures = std::iter::once(self.signer.sign(&text)).chain(cosignatures).collect();
        Ok(SignedNote::new(text, signatures).map_err(|_| damaged())?.to_string())
    }
}

/// What checks the co-signatures with a key; only Ed25519 keys co-sign.
fn verifier(oin: &Oin, key: &PublicKey) -> Option<NoteVerifier> {
    match key {
        PublicKey::Ed25519(bytes) => {
            let bytes = bytes.as_slice().try_into().ok()?;
            NoteVerifier::from_public_key(oin.as_str(), KeyKind::Cosigner, bytes).ok()
        }
        PublicKey::P256(_) => None,
    }
}

fn own_organisation(caller: &Caller) -> Result<Oin, Error> {
    caller.organisation.clone().ok_or_else(|| Error::OtherOrganisation("ledger".to_owned()))
}

fn read_note(note: &str) -> Result<SignedNote, Error> {
    if note.len() > LARGEST_NOTE {
        return Err(not_a_note());
    }
    note.parse().map_err(|_| not_a_note())
}

fn damaged() -> Error {
    Error::Store(store::Error::Corrupt("a co-signature"))
}

fn not_a_tile() -> Error {
    Error::Invalid(vec![Problem::new(
        "path",
        "is not the path of a tile, such as tile/0/x001/234 or tile/entries/000.p/12",
        "is geen pad van een tegel, zoals tile/0/x001/234 of tile/entries/000.p/12",
    )])
}

fn wrong_note(en: String, nl: String) -> Error {
    Error::Invalid(vec![Problem::new("note", en, nl)])
}

fn not_a_note() -> Error {
    wrong_note(
        "is not a signed note with a checkpoint".to_owned(),
        "is geen ondertekende notitie met een checkpoint".to_owned(),
    )
}

fn wrong_signature(en: &str, nl: &str) -> Error {
    Error::WrongSignature(Problem::new("note", en, nl))
}
