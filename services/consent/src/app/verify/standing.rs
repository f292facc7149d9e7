//! How the entries leave what is decided on, held against how it is kept: agreements, own rules, the consents
//! of people for a story and purposes.

use std::collections::BTreeMap;

use super::agreement::LeftAgreement;
use super::stopped::LeftStops;
use super::witnessed;
use super::{Fault, VerifyError, broken};
use crate::domain::canonical;
use crate::domain::entry::{Action, Added, Entry, Event, Renamed, RuleAction, RuleChange};
use crate::domain::story_consent::{ConsentAction, ConsentChange, StoryUse};
use crate::store::{self, Beside, Kept, KeptConsent};

/// How the entries so far leave what is decided on, by id.
#[derive(Default)]
pub(super) struct Left {
    agreements: BTreeMap<String, LeftAgreement>,
    /// With the entry that made it, the organisation and what it allows.
    own_rules: BTreeMap<String, (u64, (String, String))>,
    /// With the last entry about it.
    story_consents: BTreeMap<String, (u64, KeptConsent)>,
    /// With the last entry about it, the name and what it serves.
    purposes: BTreeMap<String, (u64, (String, String))>,
    stops: LeftStops,
}

impl Left {
    /// Follows the next entry.
    pub(super) fn follow(&mut self, row: &Kept, entry: &Entry) -> Result<(), VerifyError> {
        if let Some(id) = &row.agreement {
            self.follow_agreement(id, row, entry)?;
        }
        match &entry.event {
            Event::OwnRuleChanged(change) => self.change_rule(change, entry.index)?,
            Event::StoryConsentChanged(change) => self.change_consent(change, entry.index),
            Event::PurposeAdded(Added { purpose, display_name, serves }) => {
                let added = (entry.index, (display_name.clone(), serves.clone()));
                self.purposes.insert(code(purpose), added);
            }
            Event::PurposeRenamed(Renamed { purpose, after, .. }) => {
                if let Some((index, (name, _))) = self.purposes.get_mut(&code(purpose)) {
                    (*index, *name) = (entry.index, after.clone());
                }
            }
            Event::StopConfirmed(confirmed) => self.stops.confirm(confirmed, entry.index),
            // Followed above, or nothing is kept of it here.
            Event::AgreementChanged(_)
            | Event::Permitted(_)
            | Event::Refused(_)
            | Event::Delivered(_)
            | Event::DeliveryUnaccounted(_)
            | Event::ReleasePublished(_)
            | Event::MaskComputed(_)
            | Event::ProtectionRetired(_)
            | Event::ProtectionReinstated(_)
            | Event::StoryUseDecided(_)
            | Event::StoryWithdrawalConfirmed(_) => {}
        }
        Ok(())
    }

    fn follow_agreement(&mut self, id: &str, row: &Kept, entry: &Entry) -> Result<(), VerifyError> {
        let left = self.agreements.entry(id.to_owned()).or_default();
        if !entry.event.is_about_a_draft() {
            let before = left.life.now.stands;
            let followed = left.follow([&row.header_json, &row.body_json], entry);
            followed.or_else(|misstep| broken(entry.index, Fault::Life(misstep)))?;
            self.stops.follow(id, [before, left.life.now.stands], entry);
        }
        if let Event::AgreementChanged(change) = &entry.event {
            left.change(change, entry);
            if change.action == Action::Discarded {
                self.agreements.remove(id);
            }
        }
        Ok(())
    }

    fn change_rule(&mut self, change: &RuleChange, index: u64) -> Result<(), VerifyError> {
        let id = change.rule.trim_start_matches("use-rules/").to_owned();
        match change.action {
            RuleAction::Created => {
                let terms = canonical::json(&change.terms).map_err(store::Error::from)?;
                self.own_rules.insert(id, (index, (change.by.to_string(), terms)));
            }
            RuleAction::Deleted => drop(self.own_rules.remove(&id)),
        }
        Ok(())
    }

    fn change_consent(&mut self, change: &ConsentChange, index: u64) {
        let id = change.story_consent.trim_start_matches("story-consents/").to_owned();
        let uses: Vec<_> = change.uses.iter().copied().map(StoryUse::name).collect();
        let left = KeptConsent {
            story: change.story.clone(),
            uses: uses.join(","),
            stands: change.action == ConsentAction::Given,
            mistaken: change.action == ConsentAction::TakenOut,
        };
        self.story_consents.insert(id, (index, left));
    }

    /// Compares all of it with what is kept.
    pub(super) fn compare(self, kept: &Beside) -> Result<(), VerifyError> {
        for (id, left, kept) in beside(self.agreements, &kept.agreements) {
            let row = format!("agreements/{id}");
            let (left, kept) = both(&row, left.map(|left| (left.changed, left)), kept)?;
            left.compare(kept).map_err(|(index, what)| VerifyError::Row { row, index, what })?;
        }
        compare_all("use-rules", self.own_rules, &kept.own_rules)?;
        compare_all("story-consents", self.story_consents, &kept.story_consents)?;
        compare_all("purposes", self.purposes, &kept.purposes)?;
        witnessed::compare(&kept.witnesses)?;
        self.stops.compare(&kept.stops)
    }
}

fn code(purpose: &str) -> String {
    purpose.trim_start_matches("purposes/").to_owned()
}

/// What was left and what is kept, by what they are found by.
pub(super) fn beside<I: Ord + Clone, L, K>(
    left: BTreeMap<I, L>,
    kept: &BTreeMap<I, K>,
) -> impl Iterator<Item = (I, Option<L>, Option<&K>)> {
    let only: Vec<_> = kept.iter().filter(|(id, _)| !left.contains_key(*id)).collect();
    let only = only.into_iter().map(|(id, kept)| (id.clone(), None, Some(kept)));
    let both = left.into_iter().map(|(id, left)| {
        let kept = kept.get(&id);
        (id, Some(left), kept)
    });
    both.chain(only)
}

/// What was left by an entry and what is kept, when there are both.
pub(super) fn both<L, K>(row: &str, left: Option<(u64, L)>, kept: Option<K>) -> Result<(L, K), VerifyError> {
    let row = || row.to_owned();
    let Some((index, left)) = left else { return Err(VerifyError::Unentered { row: row() }) };
    let gone = || VerifyError::Row { row: row(), index, what: "is weg".to_owned() };
    Ok((left, kept.ok_or_else(gone)?))
}

/// Compares the rows of a kind, which have names of this collection.
fn compare_all<T: PartialEq>(
    collection: &str,
    left: BTreeMap<String, (u64, T)>,
    kept: &BTreeMap<String, T>,
) -> Result<(), VerifyError> {
    for (id, left, kept) in beside(left, kept) {
        let row = format!("{collection}/{id}");
        let index = left.as_ref().map(|(index, _)| *index).unwrap_or_default();
        let (left, kept) = both(&row, left, kept)?;
        if left != *kept {
            return Err(VerifyError::Row { row, index, what: "er staat iets anders".to_owned() });
        }
    }
    Ok(())
}
