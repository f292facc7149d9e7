//! The consent of people for their story: giving, withdrawing, reading, and deciding about a use.

use std::collections::{BTreeSet, HashMap};

use futures_util::Stream;
use platform::clock::Clock;
use platform::idempotency::Key;
use platform::identity::Oin;
use platform::secret::Secret;
use platform::{etag, telemetry};
use prost::Message;
use time::OffsetDateTime;
use tokio::sync::broadcast;

use super::Error;
use super::decisions::{Decisions, Exchange, UseMade, refuse};
use super::revocations::{Revocations, Signal};
use crate::domain::entry::{Event, Kind};
use crate::domain::problem::Problem;
use crate::domain::reason::{About, Explained, Reason};
use crate::domain::story_consent::{
    By, Reference, StoryConsent, StoryConsentId, StoryUse, UseAsked, UseDecision, WithdrawalConfirmed,
    check_story,
};
use crate::store::{self, Appending, DamagedConsent, Store, StoryConsentFilter, TOLD_FOR, WithdrawnConsent};

/// Most stories of which one system hears.
const MOST_STORIES: usize = 1000;
/// How many withdrawn consents are read at a time.
const PAGE: u64 = 100;

/// Use cases of consents for stories.
#[derive(Clone, Debug)]
pub(crate) struct StoryConsents {
    store: Store,
    clock: Clock,
    decisions: Decisions,
    revocations: Revocations,
}

/// What is given.
#[derive(Clone, Debug)]
pub(crate) struct NewConsent {
    /// Who, as a pseudonym.
    pub(crate) reference: String,
    /// "stories/{code}".
    pub(crate) story: String,
    /// What for; none for a use that is unknown.
    pub(crate) uses: Vec<Option<StoryUse>>,
}

/// A decision about the use of a story.
#[derive(Clone, Debug)]
pub(crate) struct UseDecided {
    /// The consents that permit it; none for a refusal.
    pub(crate) permitted_by: Option<Vec<StoryConsentId>>,
    /// Why not.
    pub(crate) reasons: Vec<Explained>,
    /// The entry of the ledger; none when it could not be entered, which is always a refusal.
    pub(crate) entry: Option<u64>,
}

/// The etag of a consent as it stands.
pub(crate) fn etag_of(consent: &StoryConsent) -> String {
    let withdrawn = consent.withdraw_time.map(OffsetDateTime::unix_timestamp_nanos);
    let mistaken = if consent.mistaken { "mistaken" } else { "" };
    etag::of(&[&consent.id.to_string(), &format!("{withdrawn:?}"), mistaken])
}

/// How the answer to a write is kept and read back: as the message that is sent.
pub(crate) trait Kept: Message + Default {
    /// The answer about a consent.
    fn of(consent: &StoryConsent) -> Self;
}

impl StoryConsents {
    /// Over this store; uses are decided by `decisions`, and withdrawals told to `revocations`.
    pub(crate) fn new(store: Store, clock: Clock, decisions: Decisions, revocations: Revocations) -> Self {
        Self { store, clock, decisions, revocations }
    }

    /// Enters a consent. Answers it with the withdrawal code, which is not kept: none for a request
    /// that was done before.
    pub(crate) async fn give<A: Kept>(
        &self,
        new: NewConsent,
        key: Option<&Key>,
    ) -> Result<(A, Option<Secret>), Error> {
        let id = StoryConsentId::new(self.clock.uuid());
        let asked = self.clock.now();
        let mut given =
            StoryConsent::give(id, &new.reference, new.story, &new.uses, asked).map_err(Error::Invalid)?;
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, key).await? {
            return Ok((kept, None));
        }
        let now = self.clock.now();
        given.give_time = now;
        if let Some(stands) = ledger.standing_consent(&given.story, &given.reference).await? {
            return Err(Error::ConsentStands(stands.name()));
        }
        let code = Secret::generate().map_err(Error::NoRandom)?;
        ledger.give_story_consent(&given, code.digest()).await?;
        self.enter(&mut ledger, &given, By::Programme, now)?;
        let answer = A::of(&given);
        finish(ledger, &answer, key, now).await?;
        Ok((answer, Some(code)))
    }

    /// Withdraws a consent on behalf of who gave it, or takes it out as a mistake that nobody gave.
    pub(crate) async fn withdraw<A: Kept>(
        &self,
        name: &str,
        by_mistake: bool,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<A, Error> {
        let id = id_of(name)?;
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, key).await? {
            return Ok(kept);
        }
        let consent = match id {
            Some(id) => ledger.story_consent(id).await?,
            None => None,
        };
        let consent = consent.ok_or_else(|| Error::NotFound(name.to_owned()))?;
        if !etag.is_empty() && etag != etag_of(&consent) {
            return Err(Error::EtagMismatch(name.to_owned()));
        }
        let now = self.clock.now();
        let after = if by_mistake {
            let withdrawn = |_| Error::NoMistake(name.to_owned());
            consent.clone().taken_out(now).map_err(withdrawn)?
        } else {
            consent.clone().withdrawn(By::Programme, now)
        };
        self.change_in(&mut ledger, &consent, &after, By::Programme, now).await?;
        let answer = A::of(&after);
        finish(ledger, &answer, key, now).await?;
        self.revocations.look_now();
        Ok(answer)
    }

    /// Withdraws a consent by who gave it.
    pub(crate) async fn withdraw_by_code(&self, reference: &str, code: &str) -> Result<StoryConsent, Error> {
        let mut problems = Vec::new();
        for (field, text) in [("reference", reference), ("code", code)] {
            if text.is_empty() {
                problems.push(Problem::required(field));
            }
        }
        refuse(problems)?;
        // One refusal, whether the reference or the code is wrong.
        let reference = Reference::kept(reference).ok_or(Error::WrongCode)?;
        let code = Secret::read(code).ok_or(Error::WrongCode)?;
        let candidates = self.store.story_consents_of(&reference).await?;
        let found = candidates.iter().find(|(_, digest)| digest.is_of(&code)).map(|(id, _)| *id);
        let id = found.ok_or(Error::WrongCode)?;
        let mut ledger = self.store.begin_append().await?;
        let consent = ledger.story_consent(id).await?.ok_or(Error::WrongCode)?;
        let now = self.clock.now();
        let withdrawn = consent.clone().withdrawn(By::Person, now);
        self.change_in(&mut ledger, &consent, &withdrawn, By::Person, now).await?;
        ledger.commit().await?;
        self.revocations.look_now();
        Ok(withdrawn)
    }

    /// One consent.
    pub(crate) async fn get(&self, name: &str) -> Result<StoryConsent, Error> {
        let found = match id_of(name)? {
            Some(id) => self.store.story_consent(id).await?,
            None => None,
        };
        found.ok_or_else(|| Error::NotFound(name.to_owned()))
    }

    /// Consents, the newest first; an empty story is every story.
    pub(crate) async fn list(
        &self,
        story: &str,
        before: Option<StoryConsentId>,
        limit: u64,
    ) -> Result<Vec<Result<StoryConsent, DamagedConsent>>, Error> {
        if !story.is_empty() {
            refuse(check_story("story", story).into_iter().collect())?;
        }
        let story = (!story.is_empty()).then(|| story.to_owned());
        Ok(self.store.story_consents(&StoryConsentFilter { story, before, limit }).await?)
    }

    /// What stops from here on, for a system that uses these stories. Which withdrawals it hears of is for
    /// [`Self::heard_by`], and which it has still to hear of for [`Self::unconfirmed_by`].
    pub(crate) fn watch_withdrawals(&self, stories: &[String]) -> Result<broadcast::Receiver<Signal>, Error> {
        let mut problems = Vec::new();
        if !(1..=MOST_STORIES).contains(&stories.len()) {
            let (en, nl) = (
                format!("has {}; expected 1 to {MOST_STORIES}", stories.len()),
                format!("zijn er {}; verwacht worden er 1 tot {MOST_STORIES}", stories.len()),
            );
            problems.push(Problem::new("stories", en, nl));
        }
        let each = stories.iter().take(MOST_STORIES).enumerate();
        problems.extend(each.filter_map(|(place, story)| check_story(&format!("stories[{place}]"), story)));
        refuse(problems)?;
        Ok(self.revocations.signals())
    }

    /// The withdrawn consents for these stories that an organisation was permitted to use, by the ledger: those of
    /// which it has not confirmed that they are withdrawn, however long ago that was, and all of the last hour, as
    /// one of its systems may have confirmed what another one has not heard yet.
    pub(crate) fn told_anew<'a>(
        &'a self,
        by: &'a Oin,
        stories: &'a BTreeSet<String>,
    ) -> impl Stream<Item = Result<WithdrawnConsent, Error>> + Send + 'a {
        async_stream::try_stream! {
            for story in self.store.withdrawn_stories(stories).await? {
                let mut seen = 0;
                loop {
                    let now = self.clock.now();
                    let page = self.store.withdrawn_for(&story, (seen, PAGE), now).await?;
                    let there = u64::try_from(page.len()).unwrap_or(u64::MAX);
                    let heard = self.heard_by(by, page).await?;
                    let confirmed = self.store.confirmed_withdrawals(by, &heard).await?;
                    for withdrawn in heard {
                        if withdrawn.since >= now - TOLD_FOR || !confirmed.contains(&withdrawn.name) {
                            yield withdrawn;
                        }
                    }
                    if there < PAGE {
                        break;
                    }
                    seen += there;
                }
            }
        }
    }

    /// Those of these that an organisation hears of: by the ledger as it is now it was permitted to use the
    /// story. Also what it has confirmed: that was one of its systems, and each has to hear.
    pub(crate) async fn heard_by(
        &self,
        by: &Oin,
        withdrawn: Vec<WithdrawnConsent>,
    ) -> Result<Vec<WithdrawnConsent>, Error> {
        let mut used = HashMap::new();
        for one in &withdrawn {
            if !used.contains_key(&one.story) {
                used.insert(one.story.clone(), self.store.was_permitted(by, &one.story).await?);
            }
        }
        Ok(withdrawn.into_iter().filter(|one| used.get(&one.story) == Some(&true)).collect())
    }

    /// Enters, once, that an organisation confirms the withdrawal of a consent; tells the place in the ledger.
    pub(crate) async fn confirm_withdrawal(&self, name: &str, by: Oin) -> Result<u64, Error> {
        let nothing = || Error::NotFound(name.to_owned());
        let id = id_of(name)?.ok_or_else(nothing)?;
        let consent = self.store.story_consent(id).await?.ok_or_else(nothing)?;
        if !self.store.was_permitted(&by, &consent.story).await? {
            return Err(nothing());
        }
        let mut ledger = self.store.begin_append().await?;
        let consent = ledger.story_consent(id).await?.ok_or_else(nothing)?;
        let confirmed = WithdrawalConfirmed::of(&consent, by).ok_or_else(nothing)?;
        let transaction = WithdrawalConfirmed::transaction_of(&consent);
        let before = ledger.entries_of(&[&transaction], &[Kind::StoryWithdrawalConfirmed]).await?;
        let event = Event::StoryWithdrawalConfirmed(confirmed.clone());
        if let Some(entered) = before.iter().find(|entry| entry.event == event) {
            return Ok(entered.index);
        }
        let new = confirmed.entry(transaction, telemetry::trace_id());
        let index = ledger.append(new, self.clock.now())?.entry.index;
        ledger.commit().await?;
        Ok(index)
    }

    /// Decides about the use of a story, which an organisation may have asked about. What cannot be entered is
    /// refused.
    pub(crate) async fn check_use(
        &self,
        story: &str,
        usage: Option<StoryUse>,
        asked_by: Option<Oin>,
        exchange: Exchange,
    ) -> Result<UseDecided, Error> {
        let mut problems: Vec<Problem> = check_story("story", story).into_iter().collect();
        if usage.is_none() {
            problems.push(Problem::new("use", "is not a use of a story", "is geen gebruik van een verhaal"));
        }
        problems.extend(exchange.problems());
        refuse(problems)?;
        let Some(usage) = usage else {
            return Err(Error::Invalid(Vec::new()));
        };
        let may_know = match &asked_by {
            Some(by) => self.store.was_permitted(by, story).await?,
            None => true,
        };
        let asked = UseAsked { story: story.to_owned(), usage, by: asked_by, may_know };
        let refused = |reason: &Reason, entry| UseDecided {
            permitted_by: None,
            reasons: vec![reason.explain(About::default())],
            entry,
        };
        Ok(match self.decisions.decide_use(asked, exchange).await? {
            Some(UseMade { decision: UseDecision::Permitted(consents), entry }) => {
                UseDecided { permitted_by: Some(consents), reasons: Vec::new(), entry: Some(entry) }
            }
            Some(UseMade { decision: UseDecision::Refused(reason), entry }) => refused(&reason, Some(entry)),
            None => refused(&Reason::LedgerUnavailable, None),
        })
    }

    /// Keeps and enters what a consent became; what stays as it is has no entry.
    async fn change_in(
        &self,
        ledger: &mut Appending,
        before: &StoryConsent,
        after: &StoryConsent,
        by: By,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        if before == after {
            return Ok(());
        }
        ledger.withdraw_story_consent(after).await?;
        self.enter(ledger, after, by, now)
    }

    fn enter(
        &self,
        ledger: &mut Appending,
        consent: &StoryConsent,
        by: By,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let entry = consent.entry(by, self.clock.uuid().to_string(), telemetry::trace_id());
        ledger.append(entry, now)?;
        Ok(())
    }
}

/// The id in a name; none for a name that no consent has.
fn id_of(name: &str) -> Result<Option<StoryConsentId>, Error> {
    if name.starts_with("story-consents/") {
        return Ok(StoryConsentId::of_name(name));
    }
    let (en, nl) = ("is not story-consents/{uuid}", "is geen story-consents/{uuid}");
    Err(Error::Invalid(vec![Problem::new("name", en, nl)]))
}

async fn recall<A: Kept>(ledger: &Appending, key: Option<&Key>) -> Result<Option<A>, Error> {
    let Some(key) = key else { return Ok(None) };
    let kept = key.recall(ledger.transaction()).await.map_err(store::Error::from)?;
    let read = |bytes: Vec<u8>| {
        A::decode(bytes.as_slice()).map_err(|_| Error::Store(store::Error::Corrupt("a kept answer")))
    };
    kept.map(read).transpose()
}

async fn finish(
    ledger: Appending,
    answer: &impl Message,
    key: Option<&Key>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    if let Some(key) = key {
        key.remember(ledger.transaction(), answer.encode_to_vec(), now).await.map_err(store::Error::from)?;
    }
    Ok(ledger.commit().await?)
}
