//! `request_id` (AIP-155): a request that is sent again has its effect once and gets the same
//! answer. The answer is kept in the transaction that does the work, for a day at least: then it gives way
//! when others are kept.

mod by_time;
mod write;

pub use by_time::AnswersByTime;
pub use write::{Answer, Begun, Write};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, TryGetable, Value};
use sea_orm_migration::prelude::{Alias, ColumnDef, Index, SchemaManager, Table};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::db::is_postgres;
use crate::identity::Caller;
use crate::status::{Failure, FieldViolation};

/// How long an answer is kept at least. Who sends a request again does so within this time.
pub const KEPT_FOR: Duration = Duration::hours(24);
/// How many old answers give way to a new one at most, so that they become fewer and no write waits long.
const GIVE_WAY: i64 = 20;

/// One request of one caller, by the id that the caller gave it.
#[derive(Clone, Debug)]
pub struct Key {
    caller: String,
    method: &'static str,
    id: Uuid,
    digest: Vec<u8>,
}

/// Why a kept answer was not found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The id stands for another request.
    #[error("the request id was used for another request")]
    Reused,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Reused => Failure::request_id_reused(),
            Error::Database(cause) => Failure::internal(&cause),
        }
    }
}

impl Key {
    /// The key of a request; none when the caller gave no id.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when the id is not a UUID.
    pub fn of(
        caller: &Caller,
        method: &'static str,
        request_id: &str,
        request: &impl prost::Message,
    ) -> Result<Option<Self>, Failure> {
        Self::of_bytes(caller, method, request_id, &request.encode_to_vec())
    }

    /// The same for a request that is not one message, given something that stands for its content.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when the id is not a UUID.
    pub fn of_bytes(
        caller: &Caller,
        method: &'static str,
        request_id: &str,
        content: &[u8],
    ) -> Result<Option<Self>, Failure> {
        if request_id.is_empty() {
            return Ok(None);
        }
        let id = Uuid::parse_str(request_id).map_err(|_| {
            Failure::invalid_field(FieldViolation::new(
                "request_id",
                "is not a UUID; expected one like 0190163d-8694-739b-aea5-966c26f8ad90",
                "is geen UUID; verwacht wordt bijvoorbeeld 0190163d-8694-739b-aea5-966c26f8ad90",
            ))
        })?;
        Ok(Some(Self { caller: caller.key(), method, id, digest: Sha256::digest(content).to_vec() }))
    }

    /// The answer that was given to this request before, if it was. A second sender of the same
    /// request waits here until the first one is done.
    ///
    /// # Errors
    /// When the id stands for another request, or the database fails.
    pub async fn recall(&self, tx: &DatabaseTransaction) -> Result<Option<Vec<u8>>, Error> {
        let backend = tx.get_database_backend();
        if is_postgres(tx) {
            let lock = Statement::from_sql_and_values(
                backend,
                "SELECT pg_advisory_xact_lock($1)",
                [Value::from(self.lock_number())],
            );
            tx.execute_raw(lock).await?;
        }
        let select = Statement::from_sql_and_values(
            backend,
            "SELECT digest, answer FROM request_log WHERE caller = $1 AND method = $2 AND request_id = $3",
            [self.caller.clone().into(), self.method.into(), self.id.to_string().into()],
        );
        let Some(row) = tx.query_one_raw(select).await? else {
            return Ok(None);
        };
        let digest = Vec::<u8>::try_get_by(&row, "digest").map_err(DbErr::from)?;
        if digest != self.digest {
            return Err(Error::Reused);
        }
        Ok(Some(Vec::<u8>::try_get_by(&row, "answer").map_err(DbErr::from)?))
    }

    /// Keeps the answer to this request; some that were kept for long enough give way.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remember(
        &self,
        tx: &DatabaseTransaction,
        answer: Vec<u8>,
        now: OffsetDateTime,
    ) -> Result<(), DbErr> {
        let insert = Statement::from_sql_and_values(
            tx.get_database_backend(),
            "INSERT INTO request_log (caller, method, request_id, digest, answer, create_time) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            [
                self.caller.clone().into(),
                self.method.into(),
                self.id.to_string().into(),
                self.digest.clone().into(),
                answer.into(),
                now.unix_timestamp().into(),
            ],
        );
        tx.execute_raw(insert).await?;
        forget(tx, now - KEPT_FOR).await
    }

    fn lock_number(&self) -> i64 {
        let hash = Sha256::digest(format!("{}\n{}\n{}", self.caller, self.method, self.id));
        let mut first = [0; 8];
        first.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
        i64::from_be_bytes(first)
    }
}

/// Removes some of the answers from before this moment, the oldest first. Those that another write removes
/// now are not waited for.
async fn forget(tx: &DatabaseTransaction, before: OffsetDateTime) -> Result<(), DbErr> {
    let skip = if is_postgres(tx) { "FOR UPDATE SKIP LOCKED" } else { "" };
    let delete = Statement::from_sql_and_values(
        tx.get_database_backend(),
        format!(
            "DELETE FROM request_log WHERE (caller, method, request_id) IN (SELECT caller, method, request_id \
             FROM request_log WHERE create_time < $1 ORDER BY create_time LIMIT $2 {skip})"
        ),
        [before.unix_timestamp().into(), GIVE_WAY.into()],
    );
    tx.execute_raw(delete).await.map(|_| ())
}

/// Migration step: makes the table of kept answers.
///
/// # Errors
/// When the database fails.
pub async fn create_table(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = Alias::new;
    manager
        .create_table(
            Table::create()
                .table(name("request_log"))
                .col(ColumnDef::new(name("caller")).string().not_null())
                .col(ColumnDef::new(name("method")).string().not_null())
                .col(ColumnDef::new(name("request_id")).string().not_null())
                .col(ColumnDef::new(name("digest")).binary().not_null())
                .col(ColumnDef::new(name("answer")).binary().not_null())
                .col(ColumnDef::new(name("create_time")).big_integer().not_null())
                .primary_key(Index::create().col(name("caller")).col(name("method")).col(name("request_id")))
                .to_owned(),
        )
        .await
}
