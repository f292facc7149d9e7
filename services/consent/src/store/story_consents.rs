//! Consents of people for their story.

use std::collections::{BTreeSet, HashMap};

use platform::clock::{from_micros, micros};
use platform::db::{Writes, one_of};
use platform::secret::Digest;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait, Select,
};
use time::{Duration, OffsetDateTime};

use super::entity::story_consent::{ActiveModel, Column, Entity, Model};
use super::ledger::Appending;
use super::{Error, NO_NUMBER, Store, apart};
use crate::domain::story_consent::{Reference, StoryConsent, StoryConsentId, StoryUse};

/// How far back from the last look withdrawals are looked for.
pub(crate) const TOLD_FOR: Duration = Duration::hours(1);

/// Which consents to list.
#[derive(Clone, Debug)]
pub(crate) struct StoryConsentFilter {
    /// Only those for this story.
    pub(crate) story: Option<String>,
    /// Only those before this one.
    pub(crate) before: Option<StoryConsentId>,
    /// At most this many.
    pub(crate) limit: u64,
}

/// A consent that is there and cannot be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DamagedConsent {
    /// Which.
    pub(crate) id: StoryConsentId,
}

/// A consent that was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WithdrawnConsent {
    /// Its name, "story-consents/{id}", whatever is kept as its id: what cannot be read is withdrawn too.
    pub(crate) name: String,
    /// Its story.
    pub(crate) story: String,
    /// Since when.
    pub(crate) since: OffsetDateTime,
}

impl Store {
    /// One consent.
    pub(crate) async fn story_consent(&self, id: StoryConsentId) -> Result<Option<StoryConsent>, Error> {
        let row = Entity::find_by_id(id.to_string()).one(self.database.pool()).await?;
        row.map(from_row).transpose()
    }

    /// Consents, the newest first. One that is damaged keeps none of the others back.
    pub(crate) async fn story_consents(
        &self,
        filter: &StoryConsentFilter,
    ) -> Result<Vec<Result<StoryConsent, DamagedConsent>>, Error> {
        let mut select = Entity::find();
        if let Some(story) = &filter.story {
            select = select.filter(Column::Story.eq(story));
        }
        if let Some(before) = filter.before {
            select = select.filter(Column::Id.lt(before.to_string()));
        }
        let select = select.order_by_desc(Column::Id);
        let read = async |select| apart::rows(self.database.pool(), &select).await;
        apart::listed(select, filter.limit, read, |row| listed(&row)).await
    }

    /// The consents of a person, each with the digest of its withdrawal code.
    pub(crate) async fn story_consents_of(
        &self,
        reference: &Reference,
    ) -> Result<Vec<(StoryConsentId, Digest)>, Error> {
        let select = Entity::find()
            .select_only()
            .columns([Column::Id, Column::CodeDigest])
            .filter(Column::Reference.eq(reference.as_str()));
        let rows = apart::rows(self.database.pool(), &select).await?;
        let of = |row: &QueryResult| {
            let (id, digest) = (apart::text(row, "", Column::Id), apart::text(row, "", Column::CodeDigest));
            let read = id_of(&id).ok().zip(Digest::from_hex(&digest));
            if read.is_none() {
                tracing::error!(
                    story_consent = id,
                    "the withdrawal code of a consent cannot be read; no code is that"
                );
            }
            read
        };
        Ok(rows.iter().filter_map(of).collect())
    }

    /// What was withdrawn in the hour before `looked`, and since.
    pub(crate) async fn recently_withdrawn(
        &self,
        looked: OffsetDateTime,
    ) -> Result<Vec<WithdrawnConsent>, Error> {
        let recent = withdrawn().filter(Column::WithdrawTime.gte(micros(looked - TOLD_FOR)));
        let rows = apart::rows(self.database.pool(), &recent).await?;
        Ok(rows.iter().map(|row| withdrawn_of(row, looked)).collect())
    }

    /// Those of these stories for which a consent was withdrawn.
    pub(crate) async fn withdrawn_stories(&self, stories: &BTreeSet<String>) -> Result<Vec<String>, Error> {
        let pool = self.database.pool();
        let rows = apart::rows(pool, &stories_withdrawn(stories, self.database.is_postgres())).await?;
        Ok(rows.iter().map(|row| apart::text(row, "", Column::Story)).collect())
    }

    /// The withdrawn consents for a story, the oldest first, after the first `seen`. A withdrawal is for good, so
    /// that none is passed over.
    pub(crate) async fn withdrawn_for(
        &self,
        story: &str,
        (seen, limit): (u64, u64),
        now: OffsetDateTime,
    ) -> Result<Vec<WithdrawnConsent>, Error> {
        let page = withdrawn_of_story(story).offset(seen).limit(limit);
        let rows = apart::rows(self.database.pool(), &page).await?;
        Ok(rows.iter().map(|row| withdrawn_of(row, now)).collect())
    }
}

/// What is read of consents that were withdrawn.
fn withdrawn() -> Select<Entity> {
    Entity::find().select_only().columns([Column::Id, Column::Story, Column::WithdrawTime])
}

/// Those for a story, the oldest first.
pub(super) fn withdrawn_of_story(story: &str) -> Select<Entity> {
    let of_story = withdrawn().filter(Column::Story.eq(story)).filter(Column::WithdrawTime.is_not_null());
    of_story.order_by_asc(Column::Id)
}

/// Those of these stories for which a consent was withdrawn.
pub(super) fn stories_withdrawn(stories: &BTreeSet<String>, postgres: bool) -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::Story)
        .distinct()
        .filter(one_of(Column::Story, stories.iter().cloned(), postgres))
        .filter(Column::WithdrawTime.is_not_null())
}

/// What was withdrawn. To SQLite whatever is no number is more than any number: such a consent is withdrawn too,
/// `now` as far as one can tell.
fn withdrawn_of(row: &QueryResult, now: OffsetDateTime) -> WithdrawnConsent {
    WithdrawnConsent {
        name: format!("story-consents/{}", apart::text(row, "", Column::Id)),
        story: apart::text(row, "", Column::Story),
        since: apart::number(row, "", Column::WithdrawTime).map_or(now, from_micros),
    }
}

/// The consents for a story.
#[derive(Debug, Default)]
pub(crate) struct ConsentsFor {
    /// Those that can be read.
    pub(crate) sound: Vec<StoryConsent>,
    /// Of those that cannot, when they were withdrawn.
    pub(crate) damaged: Vec<Option<OffsetDateTime>>,
}

impl<T: Writes> Appending<T> {
    /// All consents for each of these stories as they stand now, in order of time.
    pub(crate) async fn consents_for(
        &self,
        stories: &BTreeSet<&str>,
    ) -> Result<HashMap<String, ConsentsFor>, Error> {
        let mut consents: HashMap<String, ConsentsFor> = HashMap::new();
        if stories.is_empty() {
            return Ok(consents);
        }
        let backend = self.writes().backend();
        let rows = of_stories(stories, backend == DatabaseBackend::Postgres).build(backend);
        for row in self.writes().rows::<ConsentRow>(rows).await? {
            let (story, id, withdrawn) = (row.0.clone(), row.1.clone(), row.5);
            let of_story = consents.entry(story).or_default();
            match from_tuple(row) {
                Ok(consent) => of_story.sound.push(consent),
                Err(error) => {
                    tracing::error!(%error, story_consent = id, "a consent cannot be read; its story is not used");
                    of_story.damaged.push(withdrawn.map(from_micros));
                }
            }
        }
        Ok(consents)
    }
}

/// Story, id, reference, uses, when it was given and withdrawn, whether it was not withdrawn, and whether it is a
/// mistake: 1 or 0, or none for what says neither.
type ConsentRow = (String, String, String, String, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

/// The consents for these stories, the oldest first.
pub(super) fn of_stories(stories: &BTreeSet<&str>, postgres: bool) -> Select<Entity> {
    let truth = |of: &str| Expr::cust(format!("CAST({of} AS BIGINT)"));
    Entity::find()
        .select_only()
        .columns([
            Column::Story,
            Column::Id,
            Column::Reference,
            Column::Uses,
            Column::GiveTime,
            Column::WithdrawTime,
        ])
        // A time that is no number is read as none, and is no consent that stands.
        .expr_as(truth("CASE WHEN withdraw_time IS NULL THEN 1 ELSE 0 END"), "stands")
        .expr_as(truth("CASE WHEN mistaken = TRUE THEN 1 WHEN mistaken = FALSE THEN 0 END"), "is_mistaken")
        .filter(one_of(Column::Story, stories.iter().map(|story| (*story).to_owned()), postgres))
        .order_by_asc(Column::Id)
}

/// What happens to consents in the transaction in which the ledger grows.
impl Appending {
    /// One consent as it stands now.
    pub(crate) async fn story_consent(&self, id: StoryConsentId) -> Result<Option<StoryConsent>, Error> {
        let row = Entity::find_by_id(id.to_string()).one(self.transaction()).await?;
        row.map(from_row).transpose()
    }

    /// The consent that a person gave for a story and that stands; one that is damaged does not.
    pub(crate) async fn standing_consent(
        &self,
        story: &str,
        reference: &Reference,
    ) -> Result<Option<StoryConsentId>, Error> {
        let select = Entity::find()
            .filter(Column::Story.eq(story))
            .filter(Column::Reference.eq(reference.as_str()))
            .filter(Column::WithdrawTime.is_null());
        let rows = apart::rows(self.transaction(), &select).await?;
        Ok(rows.iter().find_map(|row| Some(read(row).ok()?.id)))
    }

    /// Keeps a new consent, and the digest of its withdrawal code.
    pub(crate) async fn give_story_consent(&self, given: &StoryConsent, code: Digest) -> Result<(), Error> {
        let uses: Vec<_> = given.uses.iter().map(|known| known.name()).collect();
        ActiveModel {
            id: Set(given.id.to_string()),
            reference: Set(given.reference.as_str().to_owned()),
            story: Set(given.story.clone()),
            uses: Set(uses.join(",")),
            give_time: Set(micros(given.give_time)),
            withdraw_time: Set(given.withdraw_time.map(micros)),
            code_digest: Set(code.to_hex()),
            mistaken: Set(given.mistaken),
        }
        .insert(self.transaction())
        .await?;
        Ok(())
    }

    /// Keeps when a consent was withdrawn, and whether as a mistake.
    pub(crate) async fn withdraw_story_consent(&self, withdrawn: &StoryConsent) -> Result<(), Error> {
        Entity::update_many()
            .col_expr(Column::WithdrawTime, Expr::value(withdrawn.withdraw_time.map(micros)))
            .col_expr(Column::Mistaken, Expr::value(withdrawn.mistaken))
            .filter(Column::Id.eq(withdrawn.id.to_string()))
            .exec(self.transaction())
            .await?;
        Ok(())
    }
}

fn id_of(id: &str) -> Result<StoryConsentId, Error> {
    id.parse().map_err(|_| Error::Corrupt("the id of a consent"))
}

/// A consent in a list; none when it cannot even be named.
fn listed(row: &QueryResult) -> Option<Result<StoryConsent, DamagedConsent>> {
    let (read, id) = (read(row), apart::text(row, "", Column::Id));
    if let Err(error) = &read {
        tracing::error!(%error, story_consent = id, "a consent cannot be read; the list goes on");
    }
    match (read, id_of(&id)) {
        (Ok(consent), _) => Some(Ok(consent)),
        (Err(_), id) => id.ok().map(|id| Err(DamagedConsent { id })),
    }
}

fn read(row: &QueryResult) -> Result<StoryConsent, Error> {
    from_row(Model::from_query_result(row, "")?)
}

fn from_tuple(row: ConsentRow) -> Result<StoryConsent, Error> {
    let (story, id, reference, uses, given, withdrawn, stands, mistaken) = row;
    from_row(Model {
        id,
        reference,
        story,
        uses,
        give_time: given.ok_or(NO_NUMBER)?,
        withdraw_time: if stands == Some(1) { None } else { Some(withdrawn.ok_or(NO_NUMBER)?) },
        // It decides nothing, and is not read.
        code_digest: String::new(),
        mistaken: mistaken.ok_or(NO_NUMBER)? == 1,
    })
}

fn from_row(row: Model) -> Result<StoryConsent, Error> {
    let uses = row.uses.split(',').map(StoryUse::named).collect::<Option<Vec<_>>>();
    Ok(StoryConsent {
        id: id_of(&row.id)?,
        reference: Reference::kept(&row.reference).ok_or(Error::Corrupt("a reference"))?,
        story: row.story,
        uses: uses.ok_or(Error::Corrupt("the uses of a consent"))?,
        give_time: from_micros(row.give_time),
        withdraw_time: row.withdraw_time.map(from_micros),
        mistaken: row.mistaken,
    })
}
