//! What agreements took the place of, directly or over others, in one question to the database.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult, Statement, Value};

use super::entity::{agreement, agreement_content};
use super::ledger::Appending;
use super::{Error, Store, agreements, apart};
use crate::domain::name::AgreementId;
use crate::domain::predecessors::{Earlier, MOST};

impl Store {
    /// The contents of what these agreements took the place of, and of what those did.
    pub(crate) async fn earlier(&self, ids: &HashSet<AgreementId>) -> Result<Earlier, Error> {
        read(self.database.pool(), ids).await
    }
}

impl Appending {
    /// The same for one agreement.
    pub(crate) async fn earlier(&self, id: AgreementId) -> Result<Earlier, Error> {
        read(self.transaction(), &[id].into()).await
    }
}

/// What cannot be read, or is the content of another agreement, is left out.
async fn read(on: &impl ConnectionTrait, ids: &HashSet<AgreementId>) -> Result<Earlier, Error> {
    if ids.is_empty() {
        return Ok(Earlier::new());
    }
    let rows = on.query_all_raw(lines(ids, on.get_database_backend())).await?;
    let content = |row: &QueryResult| {
        let name = agreements::id_of(&apart::text(row, "", agreement::Column::Id)).ok()?.name();
        let hash = apart::text(row, "", agreement::Column::ContentHash);
        let json = apart::text(row, "", agreement_content::Column::ContentJson);
        let content = agreements::content_of(&json, &hash).ok()?;
        (content.terms().agreement == name).then_some((name, content))
    };
    Ok(rows.iter().filter_map(content).collect())
}

/// Id, hash and text of the content of these agreements and of those before them. SQLite takes tables that are crossed in
/// the order in which they are named: from the line to the agreements, by an index.
pub(super) fn lines(ids: &HashSet<AgreementId>, backend: DatabaseBackend) -> Statement {
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "WITH RECURSIVE line (id, step) AS (\
           SELECT id, 0 FROM agreement WHERE id IN ({}) \
           UNION \
           SELECT agreement.id, line.step + 1 FROM line CROSS JOIN agreement \
           WHERE agreement.replaced_by = line.id AND line.step <= {MOST}) \
         SELECT agreement.id, agreement.content_hash, agreement_content.content_json \
         FROM line CROSS JOIN agreement CROSS JOIN agreement_content \
         WHERE agreement.id = line.id AND agreement_content.content_hash = agreement.content_hash",
        places.join(", ")
    );
    Statement::from_sql_and_values(backend, sql, ids.iter().map(|id| Value::from(id.id())))
}
