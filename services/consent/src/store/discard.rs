//! Throwing away a draft.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::{agreement, agreement_content, agreement_party};
use super::{Appending, Error};
use crate::domain::agreement::Agreement;

impl Appending {
    /// Removes a draft, which nobody has signed. What the ledger says about it stays.
    pub(crate) async fn discard_agreement(&self, draft: &Agreement) -> Result<(), Error> {
        let (tx, id) = (self.transaction(), draft.id);
        agreement_party::Entity::delete_many()
            .filter(agreement_party::Column::Agreement.eq(id.id()))
            .exec(tx)
            .await?;
        agreement::Entity::delete_by_id(id.id()).exec(tx).await?;
        agreement_content::Entity::delete_by_id(draft.document.content_hash.as_str()).exec(tx).await?;
        Ok(())
    }
}
