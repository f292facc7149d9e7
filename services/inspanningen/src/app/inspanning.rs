//! Reading, adding and changing inspanningen.

use platform::etag;
use platform::idempotency::{Answer, Begun, Key};
use platform::text::Prose;
use sea_orm::ConnectionTrait;

use super::App;
use super::error::Error;
use crate::domain::code::Code;
use crate::domain::inspanning::{Content, INSPANNINGEN, Inspanning, InspanningChange, Place, Tree};
use crate::domain::problem::Problem;
use crate::store;

/// The etag of an inspanning: another one after every change of it. Its parts have their own.
pub(crate) fn etag_of(inspanning: &Inspanning) -> String {
    let content = &inspanning.content;
    etag::of(&[
        inspanning.code.as_str(),
        content.display_name.as_str(),
        content.description.as_ref().map(Prose::as_str).unwrap_or_default(),
        &inspanning.update_time.to_string(),
    ])
}

impl App {
    /// One inspanning with its parts.
    pub(crate) async fn inspanning(&self, code: &Code) -> Result<Tree, Error> {
        let pool = self.store.database().pool();
        with_parts(pool, require(pool, code).await?).await
    }

    /// At most `most` inspanningen without a parent, those after `after`.
    pub(crate) async fn main_inspanningen(
        &self,
        after: Option<&Code>,
        most: u64,
    ) -> Result<Vec<Inspanning>, Error> {
        Ok(store::inspanning::list_main(self.store.database().pool(), after, most).await?)
    }

    /// Main inspanningen with their parts.
    pub(crate) async fn trees(&self, main: Vec<Inspanning>) -> Result<Vec<Tree>, Error> {
        let roots = main.iter().map(|inspanning| &inspanning.code);
        let parts = store::inspanning::list_parts(self.store.database().pool(), roots).await?;
        Ok(Tree::grow(main, parts))
    }

    /// Adds an inspanning, as part of `parent` when there is one.
    pub(crate) async fn create_inspanning<A: Answer<Tree>>(
        &self,
        code: Code,
        parent: Option<Code>,
        content: Content,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let write = match self.begin(key).await? {
            Begun::Done(answer) => return Ok(answer),
            Begun::ToDo(write) => write,
        };
        if store::inspanning::find(write.tx(), &code).await?.is_some() {
            return Err(Error::AlreadyExists(code.in_collection(INSPANNINGEN)));
        }
        let place = place(write.tx(), &code, parent.as_ref()).await?;
        let inspanning = Inspanning::new(code, place, content, write.now());
        store::inspanning::insert(write.tx(), &inspanning).await?;
        let tree = Tree { inspanning, parts: Vec::new() };
        Ok(write.finish(tree).await?)
    }

    /// Changes an inspanning that has `etag`; an empty one stands for any.
    pub(crate) async fn update_inspanning<A: Answer<Tree>>(
        &self,
        code: &Code,
        change: InspanningChange,
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
        let changed = old.changed(change, write.now()).map_err(Error::Parent)?;
        if changed != old {
            store::inspanning::update(write.tx(), &changed).await?;
        }
        let tree = with_parts(write.tx(), changed).await?;
        Ok(write.finish(tree).await?)
    }
}

/// The place of a new inspanning with this code and parent.
pub(super) async fn place(
    connection: &impl ConnectionTrait,
    code: &Code,
    parent: Option<&Code>,
) -> Result<Place, Error> {
    let Some(parent) = parent else {
        return Ok(Place::main(code.clone()));
    };
    let parent = store::inspanning::find(connection, parent).await?;
    Place::under(&parent.ok_or(Error::Parent(Problem::NoSuchParent))?).map_err(Error::Parent)
}

/// The inspanning with this code, which has to be there.
async fn require(connection: &impl ConnectionTrait, code: &Code) -> Result<Inspanning, Error> {
    let found = store::inspanning::find(connection, code).await?;
    found.ok_or_else(|| Error::NotFound(code.in_collection(INSPANNINGEN)))
}

async fn with_parts(connection: &impl ConnectionTrait, inspanning: Inspanning) -> Result<Tree, Error> {
    let parts = store::inspanning::list_parts(connection, [&inspanning.place.root]).await?;
    let mut trees = Tree::grow(vec![inspanning.clone()], parts);
    Ok(trees.pop().unwrap_or(Tree { inspanning, parts: Vec::new() }))
}
