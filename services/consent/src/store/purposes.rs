//! Purposes.

use std::collections::BTreeSet;

use platform::clock::{from_micros, micros};
use platform::identity::Oin;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType,
    QueryFilter, QueryOrder, QueryResult, QuerySelect, QueryTrait, RelationTrait, Select,
};
use time::OffsetDateTime;

use super::entity::{agreement, agreement_content, agreement_party, purpose};
use super::{Appending, Error, Store, apart};
use crate::domain::agreement::State;
use crate::domain::purpose::Purpose;

impl Store {
    /// At most `limit` purposes, in the order in which they were added, after so many. None is ever removed,
    /// so that each keeps its place. One that is damaged keeps none of the others back, and has U+FFFD for a text that cannot be
    /// read; no agreement is made with it.
    pub(crate) async fn purposes(&self, skip: u64, limit: u64) -> Result<Vec<Purpose>, Error> {
        let order = [purpose::Column::Position, purpose::Column::Code];
        let select = order.into_iter().fold(purpose::Entity::find(), QueryOrder::order_by_asc);
        let select = select.offset(skip).limit(limit);
        Ok(apart::rows(self.database.pool(), &select).await?.iter().map(listed).collect())
    }

    /// The purpose with this code.
    pub(crate) async fn purpose(&self, code: &str) -> Result<Option<Purpose>, Error> {
        find_purpose(self.database.pool(), code).await
    }
}

/// The purpose with this code, in whatever transaction.
async fn find_purpose(on: &impl ConnectionTrait, code: &str) -> Result<Option<Purpose>, Error> {
    Ok(purpose::Entity::find_by_id(code).one(on).await?.map(from_row))
}

/// Purposes are added and get other names in the transaction in which the ledger grows.
impl Appending {
    /// The purpose with this code as it stands now.
    pub(crate) async fn purpose(&self, code: &str) -> Result<Option<Purpose>, Error> {
        find_purpose(self.transaction(), code).await
    }

    /// The organisations that may see an agreement for this purpose, "purposes/{code}", that nobody ended and
    /// that did not expire. An OIN that cannot be read is passed over: who it was is not known any more.
    pub(crate) async fn have_agreed_on(
        &self,
        purpose: &str,
        now: OffsetDateTime,
    ) -> Result<BTreeSet<Oin>, Error> {
        use agreement_party::Column::{Agreement, Oin as OfParty};
        let select = agreement_party::Entity::find()
            .select_only()
            .column(OfParty)
            .distinct()
            .filter(Agreement.in_subquery(open_for(purpose, now).into_query()));
        let rows = apart::rows(self.transaction(), &select).await?;
        let read = |row: &QueryResult| {
            let oin = apart::text(row, "", OfParty).parse().ok();
            if oin.is_none() {
                tracing::error!(purpose, "a party that has a purpose cannot be read; the others are told");
            }
            oin
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Adds a purpose, behind the others.
    pub(crate) async fn add_purpose(&self, new: &Purpose) -> Result<(), Error> {
        let last: Option<Option<i32>> = purpose::Entity::find()
            .select_only()
            .column_as(purpose::Column::Position.max(), "position")
            .into_tuple()
            .one(self.transaction())
            .await?;
        let position = last.flatten().map_or(0, |last| last.saturating_add(1));
        row(new, position).into_active_model().insert(self.transaction()).await?;
        Ok(())
    }

    /// Writes the name of a purpose.
    pub(crate) async fn rename_purpose(&self, renamed: &Purpose) -> Result<(), Error> {
        purpose::ActiveModel {
            code: Unchanged(renamed.code.clone()),
            display_name: Set(renamed.display_name.clone()),
            update_time: Set(micros(renamed.update_time)),
            ..Default::default()
        }
        .update(self.transaction())
        .await?;
        Ok(())
    }
}

/// The ids of the agreements for a purpose that nobody ended and that did not expire.
fn open_for(purpose: &str, now: OffsetDateTime) -> Select<agreement::Entity> {
    let open = [State::Draft, State::Proposed, State::Active, State::Suspended].map(State::name);
    // As it stands in canonical JSON, in which there is one way to write it and no text of anybody has
    // quotes of its own.
    let json = || Expr::col((agreement_content::Entity, agreement_content::Column::ContentJson));
    let named = Expr::val(format!(r#""name":"{purpose}""#));
    let without = Func::cust("REPLACE").args([json(), named, Expr::val("")]);
    agreement::Entity::find()
        .select_only()
        .column(agreement::Column::Id)
        .join(JoinType::InnerJoin, agreement::Relation::Content.def())
        .filter(agreement::Column::State.is_in(open))
        .filter(agreement::Column::ReplacedBy.is_null())
        .filter(agreement::Column::EndTime.gt(micros(now)))
        .filter(Expr::expr(without).ne(json()))
}

fn row(purpose: &Purpose, position: i32) -> purpose::Model {
    purpose::Model {
        code: purpose.code.clone(),
        position,
        display_name: purpose.display_name.clone(),
        serves: purpose.serves.clone(),
        create_time: micros(purpose.create_time),
        update_time: micros(purpose.update_time),
    }
}

fn listed(row: &QueryResult) -> Purpose {
    let text = |column| apart::text(row, "", column);
    let time = |column| from_micros(apart::number(row, "", column).unwrap_or_default());
    let purpose = Purpose {
        code: text(purpose::Column::Code),
        display_name: text(purpose::Column::DisplayName),
        serves: text(purpose::Column::Serves),
        create_time: time(purpose::Column::CreateTime),
        update_time: time(purpose::Column::UpdateTime),
    };
    if let Err(error) = purpose::Model::from_query_result(row, "") {
        tracing::error!(%error, purpose = purpose.code, "a purpose cannot be read; the list goes on");
    }
    purpose
}

fn from_row(row: purpose::Model) -> Purpose {
    Purpose {
        code: row.code,
        display_name: row.display_name,
        serves: row.serves,
        create_time: from_micros(row.create_time),
        update_time: from_micros(row.update_time),
    }
}
