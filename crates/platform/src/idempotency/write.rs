//! A write that is done once, however often its request is sent.

use prost::Message;
use sea_orm::{DatabaseTransaction, DbErr};
use time::OffsetDateTime;

use super::{Error, Key};

/// The answer to a write that made or changed a `T`. It is kept in the form in which it is sent.
pub trait Answer<T>: Message + Default + From<T> {}

impl<T, A: Message + Default + From<T>> Answer<T> for A {}

/// A write that began.
#[derive(Debug)]
pub enum Begun<'a, A> {
    /// It was done before; this was the answer.
    Done(A),
    /// It is to be done.
    ToDo(Write<'a>),
}

/// A write under way: one transaction, which is undone unless it is finished.
#[derive(Debug)]
pub struct Write<'a> {
    tx: DatabaseTransaction,
    key: Option<&'a Key>,
    now: OffsetDateTime,
}

impl<'a> Write<'a> {
    /// Begins the write that `key` stands for; without a key it is always to be done.
    ///
    /// # Errors
    /// When the key stands for another request, the kept answer cannot be read, or the database
    /// fails.
    pub async fn begin<A: Message + Default>(
        tx: DatabaseTransaction,
        key: Option<&'a Key>,
        now: OffsetDateTime,
    ) -> Result<Begun<'a, A>, Error> {
        if let Some(key) = key
            && let Some(answer) = key.recall(&tx).await?
        {
            let damaged = |_| DbErr::Type("a kept answer is damaged".to_owned());
            return Ok(Begun::Done(A::decode(answer.as_slice()).map_err(damaged)?));
        }
        Ok(Begun::ToDo(Self { tx, key, now }))
    }

    /// The transaction.
    #[must_use]
    pub fn tx(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// The time of the write.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// Keeps the answer and commits.
    ///
    /// # Errors
    /// When the database fails; the write is undone then.
    pub async fn finish<T, A: Answer<T>>(self, outcome: T) -> Result<A, DbErr> {
        let answer = A::from(outcome);
        if let Some(key) = self.key {
            key.remember(&self.tx, answer.encode_to_vec(), self.now).await?;
        }
        self.tx.commit().await?;
        Ok(answer)
    }
}
