//! Drafting agreements, and what their provider does with a draft.

use std::collections::BTreeSet;

use platform::idempotency::Key;
use platform::identity::{Caller, Oin};
use time::OffsetDateTime;

use super::{
    Agreements, Answer, Begun, Entering, Once, commit, etag_of, finish, own_organisation, recall, wrong_state,
};
use crate::app::{Error, View, shown, terms_check};
use crate::domain::agreement::{Agreement, Document};
use crate::domain::calendar::day_of;
use crate::domain::content::{Content, Draft, MOST_RECIPIENTS};
use crate::domain::entry::Action;
use crate::domain::name::AgreementId;
use crate::domain::predecessors::Kinds;
use crate::domain::problem::Problem;
use crate::domain::replacement::{self, NotReplaceable};

impl Agreements {
    /// Drafts an agreement. `draft.provider` is what the caller wrote: its own OIN or nothing;
    /// `problems` is what is known to be wrong already.
    pub(crate) async fn create(
        &self,
        caller: &Caller,
        mut draft: Draft,
        mut problems: Vec<Problem>,
        once: &Once,
    ) -> Result<Answer, Error> {
        let own = own_organisation(caller, "agreements")?;
        if let Some(kept) = self.done_before(once.key.as_ref()).await? {
            return Ok(Answer::Kept(kept));
        }
        if !draft.provider.oin.is_empty() && draft.provider.oin != own.as_str() {
            problems.push(Problem::new(
                "content.provider.oin",
                format!("is not your organisation; expected {own} or nothing"),
                format!("is niet uw organisatie; verwacht wordt {own} of niets"),
            ));
        }
        draft.provider.oin = own.to_string();
        self.fill_in_names(&mut draft).await?;
        let (id, now) = (AgreementId::new(self.clock.uuid()), self.now());
        let content = match Content::new(id, draft, day_of(now)) {
            Ok(content) if problems.is_empty() => content,
            Ok(_) => return Err(Error::Invalid(problems)),
            Err(more) => {
                problems.extend(more);
                return Err(Error::Invalid(problems));
            }
        };
        let before = self.kinds_of_replaced(&content, now).await?;
        terms_check::check(self.figures.as_ref(), content.terms(), &before).await?;
        let document = Document::of(content)?;
        if let Some(problem) = document.too_large() {
            return Err(Error::Invalid(vec![problem]));
        }
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, once.key.as_ref()).await? {
            return Ok(Answer::Kept(kept));
        }
        let now = self.now();
        let agreement = Agreement::draft(id, document, now);
        ledger.create_agreement(&agreement).await?;
        Entering::new(Action::Drafted, &own, &self.clock).enter(&mut ledger, &agreement, now)?;
        finish(ledger, Ok(agreement), once, now).await
    }

    /// Puts a draft before its parties.
    pub(crate) async fn propose(
        &self,
        caller: &Caller,
        name: &str,
        etag: &str,
        once: &Once,
    ) -> Result<Answer, Error> {
        let own = own_organisation(caller, name)?;
        if let Some(kept) = self.done_before(once.key.as_ref()).await? {
            return Ok(Answer::Kept(kept));
        }
        let (mut ledger, agreement) =
            match self.begin_as_provider(caller, name, etag, once.key.as_ref()).await? {
                Begun::Kept(kept) => return Ok(Answer::Kept(kept)),
                Begun::Now(ledger, agreement) => (*ledger, *agreement),
            };
        let now = self.now();
        let proposed = agreement.propose(now).map_err(|wrong| wrong_state(name, wrong))?;
        ledger.update_agreement(&agreement, &proposed).await?;
        Entering::new(Action::Proposed, &own, &self.clock).enter(&mut ledger, &proposed, now)?;
        finish(ledger, Ok(proposed), once, now).await
    }

    /// Throws a draft away; that it was there stays in the ledger.
    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        name: &str,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<(), Error> {
        let own = own_organisation(caller, name)?;
        if self.done_before(key).await?.is_some() {
            return Ok(());
        }
        let (mut ledger, agreement) = match self.begin_as_provider(caller, name, etag, key).await? {
            Begun::Kept(_) => return Ok(()),
            Begun::Now(ledger, agreement) => (*ledger, *agreement),
        };
        let now = self.now();
        agreement.deletable(now).map_err(|wrong| wrong_state(name, wrong))?;
        ledger.discard_agreement(&agreement).await?;
        Entering::new(Action::Discarded, &own, &self.clock).enter(&mut ledger, &agreement, now)?;
        commit(ledger, key, Vec::new(), now).await
    }

    /// Begins a change that is for the provider, of the agreement as it was read.
    async fn begin_as_provider(
        &self,
        caller: &Caller,
        name: &str,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<Begun, Error> {
        let agreement = self.as_party(caller, name).await?;
        if agreement.document.content.terms().provider.oin != own_organisation(caller, name)? {
            return Err(Error::OtherOrganisation(name.to_owned()));
        }
        let begun = self.begin_change(agreement.id, key).await?;
        if let Begun::Now(_, agreement) = &begun
            && !etag.is_empty()
            && etag != etag_of(agreement, self.now())
        {
            return Err(Error::EtagMismatch(name.to_owned()));
        }
        Ok(begun)
    }

    /// The kinds of figures that are taken over from the agreement that this content says it replaces.
    ///
    /// # Errors
    /// When it cannot replace it, or is looser than goes with them.
    async fn kinds_of_replaced(&self, content: &Content, now: OffsetDateTime) -> Result<Kinds, Error> {
        let Some(replaces) = &content.terms().replaces else {
            return Ok(Kinds::default());
        };
        let provider = View::Of(content.terms().provider.oin.clone());
        let replaceable = match shown::agreement(&self.store, &provider, replaces).await {
            Ok(old) => {
                let earlier = self.store.earlier(&[old.id].into()).await?;
                replacement::check(content, &old, &earlier, now)
            }
            Err(Error::OtherOrganisation(_)) => Err(NotReplaceable::Unknown),
            Err(error) => return Err(error),
        };
        replaceable.map_err(|why| {
            let (en, nl) = why.sentences();
            Error::Invalid(match why {
                NotReplaceable::EarlierDamaged(id) => return Error::Damaged(id),
                NotReplaceable::Looser(terms) => terms,
                NotReplaceable::StartsLater(_) => vec![Problem::new(
                    "content.valid_from",
                    format!("is later than today, and {replaces} {en}; choose today, or an earlier day"),
                    format!("is later dan vandaag, en {replaces} {nl}; kies vandaag, of een eerdere dag"),
                )],
                NotReplaceable::Unknown
                | NotReplaceable::OtherParties
                | NotReplaceable::State(_)
                | NotReplaceable::NeverInForce
                | NotReplaceable::Replaced(_)
                | NotReplaceable::TooManyEarlier => vec![Problem::new("content.replaces", en, nl)],
            })
        })
    }

    async fn fill_in_names(&self, draft: &mut Draft) -> Result<(), Error> {
        let oins: BTreeSet<Oin> = std::iter::once(&draft.provider)
            .chain(draft.recipients.iter().take(MOST_RECIPIENTS))
            .filter_map(|party| party.oin.parse().ok())
            .collect();
        let names = self.organisations.names(&oins.into_iter().collect::<Vec<_>>()).await?;
        for party in std::iter::once(&mut draft.provider).chain(&mut draft.recipients) {
            party.display_name = names.get(&party.oin).cloned();
        }
        draft.purpose_display_name = match draft.purpose.strip_prefix("purposes/") {
            Some(code) if crate::domain::name::is_code(code) => {
                self.store.purpose(code).await?.map(|purpose| purpose.display_name)
            }
            _ => None,
        };
        Ok(())
    }
}
