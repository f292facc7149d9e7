//! Throwing away a draft.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::{agreement, agreement_party};
use super::{Appending, Error};
use crate::domain::name::AgreementId;

impl Appending {
    /// Removes a draft, which nobody has signed. What the ledger says about it stays.
    pub(crate) async fn discard_agreement(&self, id: AgreementId) -> Result<(), Error> {
        let tx = self.transaction();
        agreement_party::Entity::delete_many()
            .filter(agreement_party::Column::Agreement.eq(id.id()))
            .exec(tx)
            .await?;
        agreement::Entity::delete_by_id(id.id()).exec(tx).await?;
        Ok(())
    }
}
