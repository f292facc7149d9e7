//! Who was permitted to use which story, and confirmed that a consent for it was withdrawn.

use std::collections::HashSet;

use platform::db::one_of;
use platform::identity::Oin;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};

use super::Store;
use crate::domain::entry::Kind;
use crate::store::entity::{ledger_entry, ledger_party};
use crate::store::{Error, WithdrawnConsent};

/// The newest entry that permitted this organisation to use this story.
pub(in crate::store) fn permitted_use(by: &Oin, story: &str) -> Select<ledger_entry::Entity> {
    use ledger_entry::Column::{BodyJson, Position};
    // As it stands in canonical JSON, in which there is one way to write it. Whether a text has it is asked so
    // that both databases understand, and that tells capitals apart.
    let facts = format!(r#""permitted":true,"reasons":[],"story":"{story}","#);
    let body = || Expr::col((ledger_entry::Entity, BodyJson));
    let without = Func::cust("REPLACE").args([body(), Expr::val(facts), Expr::val("")]);
    ledger_entry::Entity::find()
        .select_only()
        .column(Position)
        .join(JoinType::InnerJoin, ledger_party::Relation::Entry.def().rev())
        .filter(ledger_party::Column::Oin.eq(by.as_str()))
        // Written as in the index of them.
        .filter(Expr::cust("kind = 'STORY_USE_DECIDED'"))
        .filter(Expr::expr(without).ne(body()))
        .order_by_desc(Position)
        .limit(1)
}

/// Of these consents, the ids of those of which this organisation confirmed the withdrawal: the id is the
/// transaction of each confirmation.
pub(in crate::store) fn confirmed(by: &Oin, ids: &[&str], postgres: bool) -> Select<ledger_entry::Entity> {
    use ledger_entry::Column::{Kind as OfKind, TransactionId};
    ledger_entry::Entity::find()
        .select_only()
        .column(TransactionId)
        .join(JoinType::InnerJoin, ledger_party::Relation::Entry.def().rev())
        .filter(ledger_party::Column::Oin.eq(by.as_str()))
        .filter(one_of(TransactionId, ids.iter().map(|id| (*id).to_owned()), postgres))
        .filter(OfKind.eq(Kind::StoryWithdrawalConfirmed.name()))
}

impl Store {
    /// The names of those of these consents of which this organisation confirmed the withdrawal.
    pub(crate) async fn confirmed_withdrawals(
        &self,
        by: &Oin,
        withdrawn: &[WithdrawnConsent],
    ) -> Result<HashSet<String>, Error> {
        if withdrawn.is_empty() {
            return Ok(HashSet::new());
        }
        let ids: Vec<_> =
            withdrawn.iter().filter_map(|one| one.name.strip_prefix("story-consents/")).collect();
        let select = confirmed(by, &ids, self.database.is_postgres());
        let found: Vec<String> = select.into_tuple().all(self.database.pool()).await?;
        Ok(found.iter().map(|id| format!("story-consents/{id}")).collect())
    }

    /// Whether the ledger has it that this organisation was permitted to use this story.
    pub(crate) async fn was_permitted(&self, by: &Oin, story: &str) -> Result<bool, Error> {
        let found: Option<i64> = permitted_use(by, story).into_tuple().one(self.database.pool()).await?;
        Ok(found.is_some())
    }
}
