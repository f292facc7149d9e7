//! An organisation's own rules: reading them and changing them. Every change is in the ledger.

use std::collections::HashSet;

use platform::clock::Clock;
use platform::idempotency::Key;
use platform::identity::{Caller, Oin};
use platform::{etag, telemetry};

use super::Error;
use super::purposes::MOST_PURPOSES;
use crate::domain::entry::{RuleAction, of_rule_change};
use crate::domain::problem::Problem;
use crate::domain::use_rule::{MOST_RULES, UseRule, UseRuleId, UseTerms};
use crate::store::{self, Appending, DamagedRule, Store};

/// Use cases of own rules.
#[derive(Clone, Debug)]
pub(crate) struct UseRules {
    store: Store,
    clock: Clock,
}

/// The answer to a write.
pub(crate) enum Answer {
    /// It was done now.
    New(UseRule),
    /// It was done before: what was answered then.
    Kept(Vec<u8>),
}

/// The etag of a rule.
pub(crate) fn etag_of(rule: &UseRule) -> String {
    etag::of(&["use-rule", &rule.id.id()])
}

impl UseRules {
    /// Over this store.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// One rule of the caller's organisation.
    pub(crate) async fn get(&self, caller: &Caller, name: &str) -> Result<UseRule, Error> {
        let (own, id) = (own_organisation(caller)?, id_of(name)?);
        let rule = match id {
            Some(id) => self.store.use_rule(&own, id).await?,
            None => None,
        };
        rule.ok_or_else(|| Error::OtherOrganisation(name.to_owned()))
    }

    /// At most `limit` rules of the caller's organisation after one, the oldest first.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        after: Option<UseRuleId>,
        limit: u64,
    ) -> Result<Vec<Result<UseRule, DamagedRule>>, Error> {
        Ok(self.store.use_rules(&own_organisation(caller)?, after, limit).await?)
    }

    /// Adds a rule for the caller's organisation.
    pub(crate) async fn create(
        &self,
        caller: &Caller,
        terms: UseTerms,
        key: Option<&Key>,
        encode: fn(&UseRule) -> Vec<u8>,
    ) -> Result<Answer, Error> {
        let owner = own_organisation(caller)?;
        if let Some(key) = key
            && let Some(kept) = self.store.recall(key).await?
        {
            return Ok(Answer::Kept(kept));
        }
        let known: HashSet<String> = self
            .store
            .purposes(0, MOST_PURPOSES)
            .await?
            .iter()
            .map(crate::domain::purpose::Purpose::name)
            .collect();
        let problems = terms.problems(&known);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, key).await? {
            return Ok(Answer::Kept(kept));
        }
        if ledger.count_use_rules(&owner).await? >= u64::try_from(MOST_RULES).unwrap_or(u64::MAX) {
            return Err(Error::Invalid(vec![too_many()]));
        }
        let (id, create_time) = (UseRuleId::new(self.clock.uuid()), self.clock.now());
        let rule = UseRule { id, owner, terms, create_time };
        ledger.create_use_rule(&rule).await?;
        self.enter(&mut ledger, &rule, RuleAction::Created)?;
        self.finish(ledger, rule, key, encode).await
    }

    /// Removes a rule of the caller's organisation, also one that cannot be read. The last one goes only when
    /// nothing opens by it.
    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        name: &str,
        etag: &str,
        key: Option<&Key>,
    ) -> Result<Answer, Error> {
        let (own, id) = (own_organisation(caller)?, id_of(name)?);
        let other = || Error::OtherOrganisation(name.to_owned());
        let id = id.ok_or_else(other)?;
        let mut ledger = self.store.begin_append().await?;
        if let Some(kept) = recall(&ledger, key).await? {
            return Ok(Answer::Kept(kept));
        }
        let rule = ledger.use_rule(&own, id).await?.ok_or_else(other)?;
        let rule = rule.unwrap_or_else(|damaged| UseRule::unreadable(damaged.id, own.clone()));
        if !etag.is_empty() && etag != etag_of(&rule) {
            return Err(Error::EtagMismatch(name.to_owned()));
        }
        if !rule.terms.allows_everything() && ledger.count_use_rules(&own).await? == 1 {
            return Err(Error::LastOwnRule(name.to_owned()));
        }
        ledger.delete_use_rule(&rule).await?;
        self.enter(&mut ledger, &rule, RuleAction::Deleted)?;
        self.finish(ledger, rule, key, |_| Vec::new()).await
    }

    fn enter(&self, ledger: &mut Appending, rule: &UseRule, action: RuleAction) -> Result<(), Error> {
        let transaction_id = self.clock.uuid().to_string();
        let entry = of_rule_change(rule, action, transaction_id, telemetry::trace_id());
        ledger.append(entry, self.clock.now())?;
        Ok(())
    }

    async fn finish(
        &self,
        ledger: Appending,
        rule: UseRule,
        key: Option<&Key>,
        encode: fn(&UseRule) -> Vec<u8>,
    ) -> Result<Answer, Error> {
        if let Some(key) = key {
            let answer = encode(&rule);
            key.remember(ledger.transaction(), answer, self.clock.now()).await.map_err(store::Error::from)?;
        }
        ledger.commit().await?;
        Ok(Answer::New(rule))
    }
}

async fn recall(ledger: &Appending, key: Option<&Key>) -> Result<Option<Vec<u8>>, Error> {
    match key {
        Some(key) => Ok(key.recall(ledger.transaction()).await.map_err(store::Error::from)?),
        None => Ok(None),
    }
}

fn own_organisation(caller: &Caller) -> Result<Oin, Error> {
    caller.organisation.clone().ok_or_else(|| Error::OtherOrganisation("use-rules".to_owned()))
}

/// The id in a name; none for a name that no rule has.
fn id_of(name: &str) -> Result<Option<UseRuleId>, Error> {
    if name.starts_with("use-rules/") {
        return Ok(UseRuleId::of_name(name));
    }
    Err(Error::Invalid(vec![Problem::new("name", "is not use-rules/{id}", "is geen use-rules/{id}")]))
}

fn too_many() -> Problem {
    Problem::new(
        "use_rule",
        format!("is one too many: an organisation has at most {MOST_RULES} rules; remove one first"),
        format!(
            "is er een te veel: een organisatie heeft hoogstens {MOST_RULES} regels; verwijder er eerst een"
        ),
    )
}
