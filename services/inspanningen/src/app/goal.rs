//! Reading, adding and changing goals.

use platform::etag;
use platform::idempotency::{Answer, Begun, Key};
use sea_orm::ConnectionTrait;

use super::App;
use super::error::Error;
use crate::domain::code::Code;
use crate::domain::goal::{Content, GOALS, Goal, GoalChange};
use crate::store;

/// The etag of a goal: another one after every change.
pub(crate) fn etag_of(goal: &Goal) -> String {
    let content = &goal.content;
    etag::of(&[
        goal.code.as_str(),
        content.display_name.as_str(),
        &format!("{:?}", content.kind),
        content.theme.as_ref().map(Code::as_str).unwrap_or_default(),
        &goal.update_time.to_string(),
    ])
}

impl App {
    /// One goal.
    pub(crate) async fn goal(&self, code: &Code) -> Result<Goal, Error> {
        require(self.store.database().pool(), code).await
    }

    /// At most `most` goals, those after `after`.
    pub(crate) async fn goals(&self, after: Option<&Code>, most: u64) -> Result<Vec<Goal>, Error> {
        Ok(store::goal::list(self.store.database().pool(), after, most).await?)
    }

    /// Adds a goal.
    pub(crate) async fn create_goal<A: Answer<Goal>>(
        &self,
        code: Code,
        content: Content,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        if store::goal::find(write.tx(), &code).await?.is_some() {
            return Err(Error::AlreadyExists(code.in_collection(GOALS)));
        }
        let new = Goal::new(code, content, write.now());
        store::goal::insert(write.tx(), &new).await?;
        Ok(write.finish(new).await?)
    }

    /// Changes a goal that has `etag`; an empty one stands for any.
    pub(crate) async fn update_goal<A: Answer<Goal>>(
        &self,
        code: &Code,
        change: GoalChange,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        let old = require(write.tx(), code).await?;
        etag::check(etag, &etag_of(&old), &old.resource_name())
            .map_err(|_| Error::Changed(old.resource_name()))?;
        let changed = old.changed(change, write.now());
        if changed != old {
            store::goal::update(write.tx(), &changed).await?;
        }
        Ok(write.finish(changed).await?)
    }
}

/// The goal with this code, which has to be there.
async fn require(connection: &impl ConnectionTrait, code: &Code) -> Result<Goal, Error> {
    let found = store::goal::find(connection, code).await?;
    found.ok_or_else(|| Error::NotFound(code.in_collection(GOALS)))
}
