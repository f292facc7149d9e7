//! Agreements in the transaction in which the ledger grows: as they stand, and what is kept of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use platform::clock::{from_micros, micros};
use platform::db::Writes;
use platform::identity::Oin;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, DatabaseBackend, EntityTrait, QuerySelect, QueryTrait};

use super::last::{Last, LastEntries};
use super::{Appending, Contents, Count};
use crate::domain::agreement::{Agreement, State};
use crate::domain::content::Content;
use crate::domain::decision::{DamagedStanding, Found, Standing};
use crate::domain::name::AgreementId;
use crate::store::agreements;
use crate::store::entity::{agreement, agreement_content, agreement_party, agreement_signature};
use crate::store::{Error, NO_NUMBER, Seldom};

/// Agreements as they stand.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    /// Those that can be read.
    pub(crate) sound: HashMap<AgreementId, Standing>,
    /// Those that are there and cannot be read.
    pub(crate) damaged: HashMap<AgreementId, DamagedStanding>,
}

impl Standings {
    /// The one that has this id; without an id there is none.
    pub(crate) fn find(&self, id: Option<AgreementId>) -> Found<'_> {
        let Some(id) = id else { return Found::Nothing };
        let damaged = || self.damaged.get(&id).map(Found::Damaged);
        self.sound.get(&id).map(Found::Standing).or_else(damaged).unwrap_or(Found::Nothing)
    }
}

/// Id, state, hash of the content, time of the last change, number of entries and hash of the leaf of the
/// last one, and what replaced it.
pub(super) type StandingRow =
    (String, String, String, Option<i64>, Option<i64>, Option<String>, Option<String>);

/// Where the agreement of a row stands, and what is kept of the entries about it; `entered` is what the
/// ledger has.
pub(super) fn standing(
    id: AgreementId,
    row: StandingRow,
    content: Option<Arc<Content>>,
    entered: Option<&Last>,
) -> Result<(Standing, Last), Error> {
    let (_, state, content_hash, update_time, entries, last_leaf, replaced_by) = row;
    let recorded = State::named(&state).ok_or(Error::Corrupt("the state of an agreement"))?;
    let content = content.ok_or(Error::Corrupt("the content of an agreement"))?;
    if content.terms().agreement != id.name() {
        return Err(Error::Corrupt("the content of another agreement"));
    }
    let last = Last::kept(entries.ok_or(NO_NUMBER)?, last_leaf, recorded).held_against(entered)?;
    let replaced_by = replaced_by.as_deref().map(agreements::id_of).transpose()?;
    let since = from_micros(update_time.ok_or(NO_NUMBER)?);
    Ok((Standing { id, content, content_hash, recorded, since, replaced_by }, last))
}

impl<T: Writes> Appending<T> {
    /// The agreements with these ids as they stand now. `contents` is asked for the terms first, and
    /// given those that were not in it; likewise `last_entries` for the last entry about each. An agreement
    /// that this service did not keep so is set apart: nothing can be entered about it, and the others have no
    /// part in that, and it is looked to which of `askers` it is shown. `said` is of which it was logged.
    pub(crate) async fn standings(
        &mut self,
        ids: HashSet<AgreementId>,
        askers: &BTreeSet<Oin>,
        contents: &Contents,
        last_entries: &mut LastEntries,
        said: &mut Seldom<AgreementId>,
    ) -> Result<Standings, Error> {
        let mut standings = Standings::default();
        if ids.is_empty() {
            return Ok(standings);
        }
        let backend = self.tx.backend();
        let rows = agreements::standing_rows(&ids, backend == DatabaseBackend::Postgres).build(backend);
        let rows: Vec<StandingRow> = self.tx.rows(rows).await?;
        let terms = self.contents_of(&rows, contents).await?;
        let there = rows.iter().filter_map(|row| AgreementId::of_id(&row.0));
        self.look_up_last(there, last_entries).await?;
        let mut damaged = HashSet::new();
        for (row, content) in rows.into_iter().zip(terms) {
            let id = AgreementId::of_id(&row.0).ok_or(Error::Corrupt("the id of an agreement"))?;
            match standing(id, row, content, last_entries.of(id)) {
                Ok((standing, last)) => {
                    self.counts.insert(id, Count::of(last, standing.content.parties()));
                    standings.sound.insert(id, standing);
                }
                Err(error) => {
                    if said.is_due(id) {
                        tracing::error!(%error, agreement = id.name(), "an agreement cannot be read; what is asked under it is refused");
                    }
                    damaged.insert(id);
                }
            }
        }
        standings.damaged = self.damaged(damaged, askers).await?;
        Ok(standings)
    }

    /// Agreements that are damaged, and to whom of those who ask they are shown.
    async fn damaged(
        &self,
        ids: HashSet<AgreementId>,
        askers: &BTreeSet<Oin>,
    ) -> Result<HashMap<AgreementId, DamagedStanding>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let backend = self.tx.backend();
        let listed =
            agreements::party_rows(&ids, askers, backend == DatabaseBackend::Postgres).build(backend);
        let listed: Vec<(String, String)> = self.tx.rows(listed).await?;
        Ok(ids.into_iter().map(|id| (id, agreements::damaged(id, &listed))).collect())
    }

    /// The terms of each of these agreements: those that are kept, and those that are read and kept now.
    /// What cannot be read is none: the agreement has no content then.
    async fn contents_of(
        &self,
        rows: &[StandingRow],
        contents: &Contents,
    ) -> Result<Vec<Option<Arc<Content>>>, Error> {
        let mut terms: Vec<_> = rows.iter().map(|row| contents.get(&row.2)).collect();
        let lacking = rows.iter().zip(&terms).filter(|(_, content)| content.is_none());
        let unknown: Vec<&str> = lacking.map(|(row, _)| row.2.as_str()).collect();
        if !unknown.is_empty() {
            let read = agreements::content_rows(&unknown).build(self.tx.backend());
            let mut read: HashMap<String, String> = self.tx.rows(read).await?.into_iter().collect();
            for (row, content) in rows.iter().zip(&mut terms).filter(|(_, content)| content.is_none()) {
                let Some((hash, json)) = read.remove_entry(&row.2) else { continue };
                *content = agreements::content_of(&json, &hash).ok().map(Arc::new);
                if let Some(content) = content {
                    contents.keep(hash, content.clone(), json.len());
                }
            }
        }
        Ok(terms)
    }
}

impl Appending {
    /// One agreement as it stands now.
    pub(crate) async fn agreement(&mut self, id: AgreementId) -> Result<Option<Agreement>, Error> {
        let kept: Option<(i64, Option<String>)> = agreement::Entity::find_by_id(id.id())
            .select_only()
            .columns([agreement::Column::Entries, agreement::Column::LastLeaf])
            .into_tuple()
            .one(&self.tx)
            .await?;
        let agreement = agreements::load(&self.tx, id).await?;
        if let (Some((entries, leaf)), Some(agreement)) = (kept, &agreement) {
            let mut last = LastEntries::new();
            self.look_up_last([id].into_iter(), &mut last).await?;
            let kept = Last::kept(entries, leaf, agreement.recorded).held_against(last.of(id))?;
            self.counts.insert(id, Count::of(kept, agreement.document.content.parties()));
        }
        Ok(agreement)
    }

    /// Keeps a new agreement.
    pub(crate) async fn create_agreement(&mut self, agreement: &Agreement) -> Result<(), Error> {
        let document = &agreement.document;
        agreement_content::ActiveModel {
            content_hash: Set(document.content_hash.clone()),
            content_json: Set(document.content_json.clone()),
            text_nl: Set(document.text.clone()),
        }
        .insert(&self.tx)
        .await?;
        agreement::ActiveModel {
            id: Set(agreement.id.id()),
            state: Set(agreement.recorded.name().to_owned()),
            content_hash: Set(document.content_hash.clone()),
            end_time: Set(micros(document.content.ends())),
            create_time: Set(micros(agreement.create_time)),
            update_time: Set(micros(agreement.update_time)),
            entries: Set(0),
            last_leaf: Set(None),
            replaced_by: Set(None),
            last_permit_time: Set(None),
            start_time: Set(micros(document.content.starts())),
        }
        .insert(&self.tx)
        .await?;
        let provider = document.content.terms().provider.oin.clone();
        self.show_to(agreement.id, vec![provider]).await?;
        let parties = document.content.parties();
        self.counts.insert(agreement.id, Count::of(Last::default(), parties));
        Ok(())
    }

    /// Makes an agreement one of those that these parties may see.
    async fn show_to(&self, id: AgreementId, parties: Vec<Oin>) -> Result<(), Error> {
        let rows = parties
            .into_iter()
            .map(|oin| agreement_party::ActiveModel { oin: Set(oin.to_string()), agreement: Set(id.id()) });
        agreement_party::Entity::insert_many(rows).exec_without_returning(&self.tx).await?;
        Ok(())
    }

    /// Keeps where an agreement stands now, and the signature that was added to it.
    pub(crate) async fn update_agreement(
        &mut self,
        before: &Agreement,
        after: &Agreement,
    ) -> Result<(), Error> {
        self.stops.changed(after.id, [before.recorded, after.recorded], after.update_time);
        if let Some(count) = self.counts.get_mut(&after.id) {
            count.last.state = Some(after.recorded);
        }
        agreement::ActiveModel {
            id: Unchanged(after.id.id()),
            state: Set(after.recorded.name().to_owned()),
            update_time: Set(micros(after.update_time)),
            replaced_by: Set(after.replaced_by.map(|by| by.id())),
            ..Default::default()
        }
        .update(&self.tx)
        .await?;
        if before.recorded == State::Draft && after.recorded != State::Draft {
            let content = &after.document.content;
            let recipients = content.terms().recipients.iter().map(|party| party.oin.clone()).collect();
            self.show_to(after.id, recipients).await?;
        }
        for (position, placed) in (0..).zip(&after.signatures).skip(before.signatures.len()) {
            agreement_signature::ActiveModel {
                agreement: Set(after.id.id()),
                position: Set(position),
                oin: Set(placed.oin.to_string()),
                kind: Set(placed.kind.name().to_owned()),
                jws: Set(placed.jws.clone()),
                create_time: Set(micros(placed.create_time)),
            }
            .insert(&self.tx)
            .await?;
        }
        Ok(())
    }
}
