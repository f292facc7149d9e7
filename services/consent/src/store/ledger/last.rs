//! What is kept beside an agreement of the entries about it, and where it stands, held against the ledger:
//! what follows an entry that is not the last one would break the chain of its agreement for good, and what
//! is decided in a state that no entry brought is no decision of its parties.

use std::collections::{HashMap, HashSet};

use ledger::Frontier;
use platform::db::{Writes, one_of};
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use super::{Appending, stored};
use crate::domain::agreement::State;
use crate::domain::entry::Header;
use crate::domain::name::AgreementId;
use crate::store::Error;
use crate::store::entity::agreement;

/// Of how many agreements the last entry is remembered, of those that were used last, before those that were
/// used before them are forgotten and looked up anew.
const REMEMBERED: usize = 100_000;

/// Of the last entry about an agreement; found by the index of entries by agreement and position.
macro_rules! of_last_entry {
    ($column:literal) => {
        concat!(
            "(SELECT ",
            $column,
            " FROM ledger_entry WHERE ledger_entry.agreement = agreement.id ORDER BY position DESC LIMIT 1)"
        )
    };
}

/// What the entries about an agreement come to: as it is kept beside the agreement, or as it is in the
/// ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Last {
    /// How many there are: the number of the last one.
    pub(super) entries: i64,
    /// The hash of the leaf of the last one, in lower-case hexadecimal.
    pub(super) leaf: Option<String>,
    /// Where the agreement stands after it, as recorded; none for a draft.
    pub(super) state: Option<State>,
}

impl Last {
    /// What the ledger has about an agreement, when the last entry about it can be read. One about a draft
    /// has no number: nothing is kept of it.
    pub(super) fn entered(entry: Option<(String, String)>) -> Option<Self> {
        let Some((leaf, header_json)) = entry else { return Some(Self::default()) };
        let Header { agreement_sequence, state, .. } = Header::read(&header_json)?;
        match agreement_sequence {
            0 => Some(Self::default()),
            number => Some(Self { entries: stored(number).ok()?, leaf: Some(leaf), state }),
        }
    }

    /// What is kept of them beside an agreement that is recorded in this state.
    pub(super) fn kept(entries: i64, leaf: Option<String>, recorded: State) -> Self {
        Self { entries, leaf, state: (recorded != State::Draft).then_some(recorded) }
    }

    /// Holds what is kept against what the ledger has.
    pub(super) fn held_against(self, entered: Option<&Self>) -> Result<Self, Error> {
        let same = Some(&self) == entered;
        if same { Ok(self) } else { Err(Error::Corrupt("the last entry of an agreement")) }
    }
}

/// The last entries about agreements in a ledger that has grown by the writer of this process alone since it
/// entered them or looked them up: of those nothing has to be looked up.
#[derive(Debug)]
pub(crate) struct LastEntries {
    /// That ledger.
    frontier: Frontier,
    /// Those that were used last.
    recent: HashMap<AgreementId, Last>,
    /// Those that were used before, when there were enough of them.
    earlier: HashMap<AgreementId, Last>,
}

impl LastEntries {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { frontier: Frontier::empty(), recent: HashMap::new(), earlier: HashMap::new() }
    }

    /// Forgets them, unless the ledger is still where it was; or those that were not used for long.
    fn are_of(&mut self, frontier: &Frontier) {
        if self.frontier != *frontier {
            self.recent.clear();
            self.earlier.clear();
            self.frontier = frontier.clone();
        } else if self.recent.len() >= REMEMBERED {
            self.earlier = std::mem::take(&mut self.recent);
        }
    }

    /// The last entry about an agreement, when it is known.
    pub(super) fn of(&self, id: AgreementId) -> Option<&Last> {
        self.recent.get(&id).or_else(|| self.earlier.get(&id))
    }

    /// The writer entered something, and these are the last entries now.
    pub(super) fn entered(
        &mut self,
        before: &Frontier,
        after: Frontier,
        grown: impl Iterator<Item = (AgreementId, Last)>,
    ) {
        self.are_of(before);
        self.frontier = after;
        self.recent.extend(grown);
    }
}

/// Id of each of these agreements, and the hash of the leaf and the header of the last entry about it.
pub(in crate::store) fn last_rows(ids: &HashSet<AgreementId>, postgres: bool) -> Select<agreement::Entity> {
    agreement::Entity::find()
        .select_only()
        .column(agreement::Column::Id)
        .expr_as(Expr::cust(of_last_entry!("leaf_hash")), "leaf_hash")
        .expr_as(Expr::cust(of_last_entry!("header_json")), "header_json")
        .filter(one_of(agreement::Column::Id, ids.iter().map(AgreementId::id), postgres))
}

impl<T: Writes> Appending<T> {
    /// What the ledger had about these agreements when this transaction began is in `remembered` then: as far
    /// as it was not, it is looked up. One of which the last entry cannot be read is not in it.
    pub(super) async fn look_up_last(
        &self,
        ids: impl Iterator<Item = AgreementId>,
        remembered: &mut LastEntries,
    ) -> Result<(), Error> {
        remembered.are_of(&self.start);
        let unknown: HashSet<_> = ids.filter(|id| remembered.of(*id).is_none()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let backend = self.tx.backend();
        let rows = last_rows(&unknown, backend == DatabaseBackend::Postgres).build(backend);
        let rows: Vec<(String, Option<String>, Option<String>)> = self.tx.rows(rows).await?;
        let entered = |(id, leaf, header): (String, Option<String>, Option<String>)| {
            Some((AgreementId::of_id(&id)?, Last::entered(leaf.zip(header))?))
        };
        remembered.recent.extend(rows.into_iter().filter_map(entered));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> AgreementId {
        AgreementId::of_id(&format!("0190163d-8694-739b-aea5-{number:012x}")).expect("an id")
    }

    fn ledger(size: u64) -> Frontier {
        let mut frontier = Frontier::empty();
        (0..size).for_each(|_| frontier.append(ledger::EMPTY_ROOT));
        frontier
    }

    fn last(entries: i64) -> Last {
        Last { entries, ..Last::default() }
    }

    #[test]
    fn many_agreements_push_out_those_that_were_not_used_for_long() {
        let mut remembered = LastEntries::new();
        let mut used = 0..;
        for size in 0..3 {
            // The first one is used all the time.
            let others = used.by_ref().take(REMEMBERED).map(|number| (id(number), last(1)));
            let grown = others.chain([(id(0), last(i64::try_from(size).expect("a number") + 1))]);
            remembered.entered(&ledger(size), ledger(size + 1), grown);
        }
        assert_eq!(remembered.of(id(0)), Some(&last(3)));
        assert_eq!(remembered.of(id(1)), None, "one of the first");
        assert_eq!(remembered.of(id(3 * REMEMBERED - 1)), Some(&last(1)), "one of the last");
        assert!(remembered.recent.len() + remembered.earlier.len() <= 2 * (REMEMBERED + 1));
    }

    #[test]
    fn what_another_one_entered_makes_all_unknown() {
        let mut remembered = LastEntries::new();
        remembered.entered(&ledger(0), ledger(1), [(id(1), last(1))].into_iter());
        remembered.are_of(&ledger(1));
        assert_eq!(remembered.of(id(1)), Some(&last(1)));
        remembered.are_of(&ledger(2));
        assert_eq!(remembered.of(id(1)), None);
    }
}
