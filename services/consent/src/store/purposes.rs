//! Purposes.

use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, QueryOrder};

use super::entity::purpose;
use super::{Error, Store};
use crate::domain::purpose::Purpose;

impl Store {
    /// All purposes, in the order of the list.
    pub(crate) async fn purposes(&self) -> Result<Vec<Purpose>, Error> {
        let rows =
            purpose::Entity::find().order_by_asc(purpose::Column::Position).all(self.database.pool()).await?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// The purpose with this code.
    pub(crate) async fn purpose(&self, code: &str) -> Result<Option<Purpose>, Error> {
        Ok(purpose::Entity::find_by_id(code).one(self.database.pool()).await?.map(from_row))
    }

    /// Replaces the list of purposes.
    pub(crate) async fn replace_purposes(&self, purposes: &[Purpose]) -> Result<(), Error> {
        let tx = self.database.begin_write().await?;
        purpose::Entity::delete_many().exec(&tx).await?;
        if !purposes.is_empty() {
            let rows = (0..).zip(purposes).map(|(position, purpose)| purpose::ActiveModel {
                code: Set(purpose.code.clone()),
                position: Set(position),
                display_name: Set(purpose.display_name.clone()),
                serves: Set(purpose.serves.clone()),
            });
            purpose::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn from_row(row: purpose::Model) -> Purpose {
    Purpose { code: row.code, display_name: row.display_name, serves: row.serves }
}
