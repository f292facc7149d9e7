//! The organisations' own rules. They change in the transaction in which the ledger grows, and are
//! read in it for decisions.

use std::collections::{BTreeSet, HashMap, HashSet};

use platform::clock::{from_micros, micros};
use platform::db::{Writes, is_postgres, one_of};
use platform::identity::Oin;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, QueryTrait, Select,
};

use super::entity::use_rule;
use super::{Appending, Error, NO_NUMBER, Seldom, Store, apart};
use crate::domain::canonical;
use crate::domain::use_rule::{OwnRules, UseRule, UseRuleId};

/// A rule that is there and cannot be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DamagedRule {
    /// Which.
    pub(crate) id: UseRuleId,
}

/// A rule; none when it cannot even be named.
fn listed(row: &QueryResult) -> Option<Result<UseRule, DamagedRule>> {
    let id = apart::text(row, "", use_rule::Column::Id);
    let read = use_rule::Model::from_query_result(row, "").map_err(Error::from).and_then(from_row);
    if let Err(error) = &read {
        tracing::error!(%error, rule = id, "an own rule cannot be read; the others can");
    }
    match (read, UseRuleId::of_id(&id)) {
        (Ok(rule), _) => Some(Ok(rule)),
        (Err(_), id) => id.map(|id| Err(DamagedRule { id })),
    }
}

/// The rules of some organisations.
#[derive(Debug, Default)]
pub(crate) struct RulesOf {
    /// By organisation and the oldest first. Who has none is not in it.
    sound: HashMap<Oin, Vec<UseRule>>,
    /// The organisations that have a rule that cannot be read.
    damaged: HashSet<Oin>,
}

impl RulesOf {
    /// The rules of one of these organisations.
    pub(crate) fn find(&self, owner: &Oin) -> OwnRules<'_> {
        if self.damaged.contains(owner) {
            return OwnRules::Damaged;
        }
        OwnRules::Known(self.sound.get(owner).map(Vec::as_slice).unwrap_or_default())
    }
}

impl Store {
    /// One rule of an organisation.
    pub(crate) async fn use_rule(&self, owner: &Oin, id: UseRuleId) -> Result<Option<UseRule>, Error> {
        by_key(owner, id).one(self.database.pool()).await?.map(from_row).transpose()
    }

    /// At most `limit` rules of an organisation after one, the oldest first. One that is damaged keeps
    /// none of the others back.
    pub(crate) async fn use_rules(
        &self,
        owner: &Oin,
        after: Option<UseRuleId>,
        limit: u64,
    ) -> Result<Vec<Result<UseRule, DamagedRule>>, Error> {
        let mut select = use_rule::Entity::find().filter(use_rule::Column::Owner.eq(owner.as_str()));
        if let Some(after) = after {
            select = select.filter(use_rule::Column::Id.gt(after.id()));
        }
        // Ids are UUIDv7, so they run with the time.
        let select = select.order_by_asc(use_rule::Column::Id);
        let read = async |select| apart::rows(self.database.pool(), &select).await;
        apart::listed(select, limit, read, |row| listed(&row)).await
    }
}

impl<T: Writes> Appending<T> {
    /// All rules of these organisations as they stand now. Who has one that this service did not keep so
    /// is set apart: what it may ask is not known, and the others have no part in that. `said` is of which it
    /// was logged.
    pub(crate) async fn own_rules(
        &self,
        owners: BTreeSet<Oin>,
        said: &mut Seldom<(Oin, String)>,
    ) -> Result<RulesOf, Error> {
        if owners.is_empty() {
            return Ok(RulesOf::default());
        }
        let backend = self.writes().backend();
        let rows = of_owners(&owners, backend == DatabaseBackend::Postgres).build(backend);
        by_owner(self.writes().rows(rows).await?, |owner, rule, error| {
            if said.is_due((owner.clone(), rule.to_owned())) {
                tracing::error!(%error, %owner, rule, "an own rule cannot be read; what its organisation asks is refused");
            }
        })
    }
}

impl Appending {
    /// One rule of an organisation as it stands now.
    pub(crate) async fn use_rule(
        &self,
        owner: &Oin,
        id: UseRuleId,
    ) -> Result<Option<Result<UseRule, DamagedRule>>, Error> {
        let rows = apart::rows(self.transaction(), &by_key(owner, id)).await?;
        Ok(rows.first().and_then(listed))
    }

    /// How many rules an organisation has now.
    pub(crate) async fn count_use_rules(&self, owner: &Oin) -> Result<u64, Error> {
        let of_owner = use_rule::Entity::find().filter(use_rule::Column::Owner.eq(owner.as_str()));
        Ok(of_owner.count(self.transaction()).await?)
    }

    /// Keeps a new rule.
    pub(crate) async fn create_use_rule(&self, rule: &UseRule) -> Result<(), Error> {
        let row = use_rule::ActiveModel {
            owner: Set(rule.owner.to_string()),
            id: Set(rule.id.id()),
            terms_json: Set(canonical::json(&rule.terms)?),
            create_time: Set(micros(rule.create_time)),
        };
        row.insert(self.transaction()).await?;
        Ok(())
    }

    /// Removes a rule.
    pub(crate) async fn delete_use_rule(&self, rule: &UseRule) -> Result<(), Error> {
        let key = (rule.owner.to_string(), rule.id.id());
        use_rule::Entity::delete_by_id(key).exec(self.transaction()).await?;
        Ok(())
    }
}

fn by_key(owner: &Oin, id: UseRuleId) -> Select<use_rule::Entity> {
    use_rule::Entity::find_by_id((owner.to_string(), id.id()))
}

/// All rules of an organisation.
pub(super) async fn rules_of(on: &impl ConnectionTrait, owner: &Oin) -> Result<RulesOf, Error> {
    let rows = apart::rows(on, &of_owners(&[owner.clone()].into(), is_postgres(on))).await?;
    let row = |row: &QueryResult| {
        let text = |column: use_rule::Column| apart::text(row, "", column);
        let made = apart::number(row, "", use_rule::Column::CreateTime);
        (text(use_rule::Column::Owner), text(use_rule::Column::Id), text(use_rule::Column::TermsJson), made)
    };
    // The writer says so louder, once in a while: anybody may ask for an explanation again and again.
    by_owner(rows.iter().map(row).collect(), |owner, rule, error| {
        tracing::debug!(%error, %owner, rule, "an own rule cannot be read");
    })
}

/// The rules in these rows by their owners; `damaged` hears of each that cannot be read.
fn by_owner(
    rows: Vec<(String, String, String, Option<i64>)>,
    mut damaged: impl FnMut(&Oin, &str, &Error),
) -> Result<RulesOf, Error> {
    let mut rules = RulesOf::default();
    for (owner, id, terms_json, create_time) in rows {
        let name = id.clone();
        let row = |create_time| use_rule::Model { owner: owner.clone(), id, terms_json, create_time };
        let rule = create_time.ok_or(NO_NUMBER).map(row).and_then(from_row);
        let owner: Oin = owner.parse().map_err(|_| Error::Corrupt("the OIN of an own rule"))?;
        match rule {
            Ok(rule) => rules.sound.entry(owner).or_default().push(rule),
            Err(error) => {
                damaged(&owner, &name, &error);
                rules.damaged.insert(owner);
            }
        }
    }
    Ok(rules)
}

/// The rules of these organisations, the oldest first: owner, id, terms and when it was made.
pub(super) fn of_owners(owners: &BTreeSet<Oin>, postgres: bool) -> Select<use_rule::Entity> {
    use use_rule::Column::{CreateTime, Id, Owner, TermsJson};
    use_rule::Entity::find()
        .select_only()
        .columns([Owner, Id, TermsJson, CreateTime])
        .filter(one_of(use_rule::Column::Owner, owners.iter().map(Oin::to_string), postgres))
        .order_by_asc(use_rule::Column::Id)
}

fn from_row(row: use_rule::Model) -> Result<UseRule, Error> {
    Ok(UseRule {
        id: UseRuleId::of_id(&row.id).ok_or(Error::Corrupt("the id of an own rule"))?,
        owner: row.owner.parse().map_err(|_| Error::Corrupt("the OIN of an own rule"))?,
        terms: serde_json::from_str(&row.terms_json).map_err(|_| Error::Corrupt("an own rule"))?,
        create_time: from_micros(row.create_time),
    })
}
