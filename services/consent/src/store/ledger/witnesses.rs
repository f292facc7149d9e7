//! Who co-signed the ledger and when, to be verified: nothing is taken for right.

use std::collections::BTreeMap;

use ledger::NoteSignature;
use sea_orm::{DatabaseTransaction, EntityTrait};

use crate::store::entity::{ledger_cosignature, ledger_witness};
use crate::store::{Error, apart};

/// What is kept of the co-signatures of one organisation under the log of one origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptWitness {
    /// From when on its newest co-signature counts, in seconds since 1970; none when that is not kept, or is
    /// no number.
    pub(crate) counts_from: Option<i64>,
    /// When its co-signatures were made, by the lines that are kept of them; none for a line that is not of
    /// this organisation, or not of the time that stands beside it.
    pub(crate) made: Vec<Option<i64>>,
}

/// All of them, by origin and OIN.
pub(super) async fn witnesses(
    tx: &DatabaseTransaction,
) -> Result<BTreeMap<(String, String), KeptWitness>, Error> {
    let mut witnesses: BTreeMap<_, KeptWitness> = BTreeMap::new();
    for row in apart::rows(tx, &ledger_witness::Entity::find()).await? {
        use ledger_witness::Column;
        let text = |column| apart::text(&row, "", column);
        let kept = witnesses.entry((text(Column::Origin), text(Column::Oin))).or_default();
        kept.counts_from = apart::number(&row, "", Column::Time);
    }
    for row in apart::rows(tx, &ledger_cosignature::Entity::find()).await? {
        use ledger_cosignature::Column;
        let text = |column| apart::text(&row, "", column);
        let oin = text(Column::Oin);
        let line = made(&text(Column::Signature), &oin);
        let made = line.filter(|made| apart::number(&row, "", Column::Time) == Some(*made));
        witnesses.entry((text(Column::Origin), oin)).or_default().made.push(made);
    }
    Ok(witnesses)
}

/// When a co-signature was made: the line of a note has its name, and its time before the signature itself.
fn made(line: &str, oin: &str) -> Option<i64> {
    let line: NoteSignature = line.parse().ok().filter(|line: &NoteSignature| line.name == oin)?;
    let (time, _) = line.bytes.split_first_chunk::<8>()?;
    i64::try_from(u64::from_be_bytes(*time)).ok()
}
