//! How many entries of the ledger are about each agreement, and when a permit was last entered.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::Error;
use super::entity::agreement;
use crate::domain::name::AgreementId;

/// Most agreements in one UPDATE: both databases limit the number of values.
const AT_ONCE: usize = 1000;

/// Keeps these counts, and of those that were used the moment in microseconds. One statement does it for all, so that a commit does not take longer when the
/// decisions in it are about many agreements.
pub(super) async fn keep(
    on: &impl ConnectionTrait,
    counts: &[(AgreementId, i64, Option<i64>)],
) -> Result<(), Error> {
    for some in counts.chunks(AT_ONCE) {
        let (mut entries_of, mut permit_of) = (CaseStatement::new(), CaseStatement::new());
        for (id, entries, permitted) in some {
            let is_it = || Expr::col(agreement::Column::Id).eq(id.id());
            entries_of = entries_of.case(is_it(), *entries);
            if let Some(permitted) = permitted {
                permit_of = permit_of.case(is_it(), *permitted);
            }
        }
        let used = some.iter().any(|(_, _, permitted)| permitted.is_some());
        let before = Expr::col(agreement::Column::LastPermitTime);
        let permit_time = if used { permit_of.finally(before).into() } else { before };
        agreement::Entity::update_many()
            .col_expr(agreement::Column::Entries, entries_of.into())
            .col_expr(agreement::Column::LastPermitTime, permit_time)
            .filter(agreement::Column::Id.is_in(some.iter().map(|(id, _, _)| id.id())))
            .exec(on)
            .await?;
    }
    Ok(())
}
