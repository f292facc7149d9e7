//! A decision made again, without the platform: from what the ledger says that was asked, and from
//! the agreement and the rules that stood at that moment. The ledger names the program and version
//! that decided (`engine`); the same version comes to the same verdict, with the same codes. Only of a refusal
//! because what was kept was damaged (`AGREEMENT_DAMAGED`, `OWN_RULES_DAMAGED`) nothing tells what it rested on.
//!
//! What a decision rests on is read once, into [`Grounds`], and decides any number of requests.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::domain::agreement::{State, read_content};
use crate::domain::decision::{self, Found, Standing};
use crate::domain::entry::{Entry, Event, Header, Kind, RuleAction, RuleChange};
use crate::domain::hash;
use crate::domain::name::AgreementId;
use crate::domain::oversight::Oversight;
use crate::domain::reason::Reason;
use crate::domain::request;
use crate::domain::use_rule::{OwnRules, UseRule, UseRuleId};

/// What was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The content is no agreement in JSON.
    #[error("the content is not an agreement in canonical JSON (RFC 8785)")]
    Content,
    /// There is no such state.
    #[error("an agreement has no state {found}; expected one such as ACTIVE or REVOKED")]
    State {
        /// The state.
        found: String,
    },
    /// The name is that of no agreement.
    #[error("{found} is the name of no agreement; expected agreements/ and a UUID")]
    Name {
        /// The name.
        found: String,
    },
    /// The text is no request.
    #[error("the text is not a request as an entry of the ledger has it")]
    Request,
    /// The text is no rule.
    #[error("the text is not a new own rule as an entry of the ledger has it")]
    OwnRule,
    /// The texts are not those of an entry with a decision.
    #[error("the texts are not the header and the body of an entry with a decision")]
    Entry,
}

/// An agreement as it stood.
#[derive(Clone, Copy, Debug)]
pub struct Agreement<'a> {
    /// Its content in canonical JSON, as it was signed.
    pub content_json: &'a str,
    /// Its state as recorded, for example "ACTIVE". That its last day passed follows from the moment
    /// of the decision.
    pub state: &'a str,
    /// Since when it stood so.
    pub since: OffsetDateTime,
    /// The agreement that took its place, "agreements/{uuid}".
    pub replaced_by: Option<&'a str>,
}

/// What a decision rests on, besides the request.
#[derive(Clone, Debug)]
pub struct Grounds {
    standing: Option<Standing>,
    own_rules: Vec<UseRule>,
    oversight: Oversight,
}

impl Grounds {
    /// No agreement, no rules, and nobody who has to keep an eye on the ledger.
    #[must_use]
    pub fn none() -> Self {
        Self { standing: None, own_rules: Vec::new(), oversight: Oversight::none() }
    }

    /// Under this agreement.
    ///
    /// # Errors
    /// When its content, its state or the name of another agreement was not read.
    pub fn under(agreement: Agreement<'_>) -> Result<Self, Error> {
        let Agreement { content_json, state, since, replaced_by } = agreement;
        let content = read_content(content_json).ok_or(Error::Content)?;
        let id =
            |name: &str| AgreementId::of_name(name).ok_or_else(|| Error::Name { found: name.to_owned() });
        let standing = Standing {
            id: id(&content.terms().agreement)?,
            content: Arc::new(content),
            content_hash: hash::of_content(content_json),
            recorded: State::named(state).ok_or_else(|| Error::State { found: state.to_owned() })?,
            since,
            replaced_by: replaced_by.map(id).transpose()?,
        };
        Ok(Self { standing: Some(standing), ..Self::none() })
    }

    /// With one more own rule of the organisation that asks: the `facts` of the entry of its
    /// creation.
    ///
    /// # Errors
    /// When it was not read.
    pub fn with_own_rule(mut self, facts_json: &str) -> Result<Self, Error> {
        let change: RuleChange = serde_json::from_str(facts_json).map_err(|_| Error::OwnRule)?;
        let id = UseRuleId::of_name(&change.rule).ok_or(Error::OwnRule)?;
        if change.action != RuleAction::Created {
            return Err(Error::OwnRule);
        }
        // When a rule was made decides nothing.
        let create_time = OffsetDateTime::UNIX_EPOCH;
        self.own_rules.push(UseRule { id, owner: change.by, terms: change.terms, create_time });
        Ok(self)
    }

    /// Where so many organisations had to have co-signed a recent checkpoint, and so many had.
    #[must_use]
    pub fn watched_by(mut self, needed: u32, fresh: u32) -> Self {
        self.oversight = Oversight { needed, fresh };
        self
    }

    /// The hash of the content of the agreement, which the entry of a decision under it names.
    #[must_use]
    pub fn content_hash(&self) -> Option<&str> {
        self.standing.as_ref().map(|standing| standing.content_hash.as_str())
    }

    /// Decides about a request at a moment.
    #[must_use]
    pub fn decide(&self, request: &Request, now: OffsetDateTime) -> Verdict {
        let found = self.standing.as_ref().map_or(Found::Nothing, Found::Standing);
        let own_rules = OwnRules::Known(&self.own_rules);
        let decision = decision::decide(&request.0, own_rules, found, self.oversight, now);
        let codes = |reasons: &[Reason]| reasons.iter().map(Reason::code).collect();
        Verdict {
            permitted: decision.permit().is_some(),
            own_reasons: codes(decision.own_reasons()),
            reasons: codes(decision.reasons()),
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request(request::Request);

impl Request {
    /// Reads the `request` of an entry of the ledger.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map(Self).map_err(|_| Error::Request)
    }
}

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is permitted.
    pub permitted: bool,
    /// The codes of the reasons by the own rules of the organisation that asked.
    pub own_reasons: Vec<&'static str>,
    /// The codes of the reasons by the agreement, the most telling first.
    pub reasons: Vec<&'static str>,
}

/// A decision as the ledger has it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// What was asked.
    pub request: Request,
    /// When it was decided.
    pub time: OffsetDateTime,
    /// The program that decided, with its version.
    pub engine: String,
    /// The hash of the content that was decided on; none when the one who asked is no recipient.
    pub content_hash: Option<String>,
    permitted: bool,
    own_reasons: Vec<String>,
    reasons: Vec<String>,
}

impl Recorded {
    /// Reads the two texts of an entry with a decision.
    ///
    /// # Errors
    /// When they are not those of such an entry.
    pub fn read(header_json: &str, body_json: &str) -> Result<Self, Error> {
        let header = Header::read(header_json).ok_or(Error::Entry)?;
        let entry = Entry::of(header, body_json).ok_or(Error::Entry)?;
        let permitted = entry.event.kind() == Kind::Permitted;
        let (Event::Permitted(decided) | Event::Refused(decided)) = entry.event else {
            return Err(Error::Entry);
        };
        Ok(Self {
            request: Request(decided.request),
            time: entry.time,
            engine: entry.engine,
            content_hash: decided.content_hash,
            permitted,
            own_reasons: decided.own_reasons,
            reasons: decided.reasons,
        })
    }

    /// Whether this verdict is the one in the ledger, code by code.
    #[must_use]
    pub fn agrees_with(&self, verdict: &Verdict) -> bool {
        self.permitted == verdict.permitted
            && self.own_reasons == verdict.own_reasons
            && self.reasons == verdict.reasons
    }
}

#[cfg(test)]
mod tests;
