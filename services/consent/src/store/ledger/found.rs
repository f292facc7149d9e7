//! An agreement as a decision would find it, for who only reads.

use std::collections::HashSet;
use std::sync::Arc;

use platform::db::is_postgres;
use platform::identity::Oin;
use sea_orm::{ConnectionTrait, QueryResult};

use super::Standings;
use super::agreements::{StandingRow, standing};
use super::following;
use crate::domain::name::AgreementId;
use crate::store::entity::{agreement, agreement_content, agreement_party};
use crate::store::{Error, agreements, apart};

/// The agreement with this id, by the same rows and the same rule as in the transaction in which the ledger
/// grows.
pub(in crate::store) async fn standings(
    on: &impl ConnectionTrait,
    id: AgreementId,
    asker: &Oin,
) -> Result<Standings, Error> {
    let (ids, postgres) = (HashSet::from([id]), is_postgres(on));
    let mut standings = Standings::default();
    let rows = apart::rows(on, &agreements::standing_rows(&ids, postgres)).await?;
    let Some(row) = rows.first().map(standing_row) else { return Ok(standings) };
    let kept = apart::rows(on, &agreements::content_rows(&[&row.2])).await?;
    let json = kept.first().map(|kept| apart::text(kept, "", agreement_content::Column::ContentJson));
    let content = json.and_then(|json| agreements::content_of(&json, &row.2).ok()).map(Arc::new);
    let last = following::rows(on, &ids).await?.pop().and_then(|(_, last, _)| last);
    match standing(id, row, content, last.as_ref()) {
        Ok((standing, _)) => drop(standings.sound.insert(id, standing)),
        Err(error) => {
            // The writer says so louder, once in a while: anybody may ask for an explanation again and again.
            tracing::debug!(%error, agreement = id.name(), "an agreement cannot be read");
            let shown = agreements::party_rows(&ids, &[asker.clone()].into(), postgres);
            let shown: Vec<_> = apart::rows(on, &shown).await?.iter().map(party_row).collect();
            standings.damaged.insert(id, agreements::damaged(id, &shown));
        }
    }
    Ok(standings)
}

fn standing_row(row: &QueryResult) -> StandingRow {
    use agreement::Column;
    let text = |column| apart::text(row, "", column);
    let number = |column| apart::number(row, "", column);
    let optional = |column| apart::optional_text(row, "", column);
    (
        text(Column::Id),
        text(Column::State),
        text(Column::ContentHash),
        number(Column::UpdateTime),
        number(Column::Entries),
        optional(Column::LastLeaf),
        optional(Column::ReplacedBy),
    )
}

fn party_row(row: &QueryResult) -> (String, String) {
    let text = |column: agreement_party::Column| apart::text(row, "", column);
    (text(agreement_party::Column::Agreement), text(agreement_party::Column::Oin))
}
