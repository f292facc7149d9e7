//! Reading the roles and the findings of the programme.

use super::App;
use super::error::Error;
use crate::domain::finding::{Finding, FindingKind};
use crate::domain::role::Role;
use crate::store;

impl App {
    /// All roles.
    pub(crate) async fn roles(&self) -> Result<Vec<Role>, Error> {
        Ok(store::role::list(self.store.database().pool()).await?)
    }

    /// All findings of a kind, or of every kind.
    pub(crate) async fn findings(&self, kind: Option<FindingKind>) -> Result<Vec<Finding>, Error> {
        Ok(store::finding::list(self.store.database().pool(), kind).await?)
    }
}
