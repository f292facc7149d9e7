//! What is kept of the content of agreements and of who may see them, to be verified: nothing is taken for
//! right.

use std::collections::{BTreeMap, HashMap};

use futures_util::TryStreamExt;
use platform::clock::micros;
use sea_orm::{DatabaseTransaction, EntityTrait, QueryResult, QueryTrait, StreamTrait};

use super::standing::KeptAgreement;
use crate::domain::agreement::{read_content, read_text_hash};
use crate::domain::hash;
use crate::store::entity::{agreement_content, agreement_party};
use crate::store::{Error, apart};

/// The content of an agreement as it is kept, held against its own hash and that of its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeptContent {
    /// There is none.
    #[default]
    Gone,
    /// It is not what its hash stands for.
    Changed,
    /// Its text is not the one that was signed with it.
    OtherText,
    /// It is what its hash stands for.
    Whole {
        /// OIN of the provider.
        provider: String,
        /// OINs of the recipients.
        recipients: Vec<String>,
        /// From when and until when it holds by the clock, in microseconds.
        holds: [i64; 2],
    },
}

impl KeptContent {
    fn of(content_hash: &str, content_json: &str, text: &str) -> Self {
        if hash::of_content(content_json) != content_hash {
            return Self::Changed;
        }
        let Some(content) = read_content(content_json) else { return Self::Changed };
        if read_text_hash(content_json) != Some(hash::of_text(text)) {
            return Self::OtherText;
        }
        let terms = content.terms();
        Self::Whole {
            provider: terms.provider.oin.to_string(),
            recipients: terms.recipients.iter().map(|party| party.oin.to_string()).collect(),
            holds: [micros(content.starts()), micros(content.ends())],
        }
    }
}

/// Adds the content of each agreement. Of texts, only one at a time is held.
pub(super) async fn contents(
    tx: &DatabaseTransaction,
    agreements: &mut BTreeMap<String, KeptAgreement>,
) -> Result<(), Error> {
    use agreement_content::Column;
    // A row that was changed by hand may have the hash of another one.
    let mut by_hash: HashMap<String, Vec<String>> = HashMap::new();
    for (id, kept) in agreements.iter() {
        by_hash.entry(kept.content_hash.clone()).or_default().push(id.clone());
    }
    each(tx, &agreement_content::Entity::find(), |row| {
        let text = |column| apart::text(row, "", column);
        let hash = text(Column::ContentHash);
        let Some(ids) = by_hash.get(&hash) else { return };
        let content = KeptContent::of(&hash, &text(Column::ContentJson), &text(Column::TextNl));
        for id in ids {
            if let Some(kept) = agreements.get_mut(id) {
                kept.content.clone_from(&content);
            }
        }
    })
    .await
}

/// Adds the OINs of the organisations that may see each agreement.
pub(super) async fn parties(
    tx: &DatabaseTransaction,
    agreements: &mut BTreeMap<String, KeptAgreement>,
) -> Result<(), Error> {
    use agreement_party::Column;
    each(tx, &agreement_party::Entity::find(), |row| {
        let text = |column| apart::text(row, "", column);
        agreements.entry(text(Column::Agreement)).or_default().parties.insert(text(Column::Oin));
    })
    .await
}

/// Reads the rows of a selection one by one.
async fn each(
    tx: &DatabaseTransaction,
    select: &impl QueryTrait,
    mut read: impl FnMut(&QueryResult),
) -> Result<(), Error> {
    let statement = select.build(sea_orm::ConnectionTrait::get_database_backend(tx));
    let mut rows = tx.stream_raw(statement).await?;
    while let Some(row) = rows.try_next().await? {
        read(&row);
    }
    Ok(())
}
