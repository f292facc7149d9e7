//! The dry run of a decision: the same rules on what stands now, in the same words. It reads only.

use std::ops::Range;
use std::sync::Arc;

use platform::clock::Clock;
use platform::identity::{Caller, Oin};
use proto::api::v1::Role;

use super::Error;
use super::figures::{DatasetFacts, Figures};
use crate::config::Witnesses;
use crate::domain::content::{AreaLevel, Delivery};
use crate::domain::decision::{Decision, Permit, Standing, decide};
use crate::domain::name::{AgreementId, LONGEST_CODE, is_period_in, is_resource};
use crate::domain::oversight::Oversight;
use crate::domain::problem::Problem;
use crate::domain::reason::{About, Explained};
use crate::domain::request::{MOST_ITEMS, Request, RequestedArea};
use crate::store::{Standings, Store};

/// The years of the periods that the service with the data knows.
const PERIODS: Range<u16> = 1800..2200;

/// What somebody would ask for. An empty list or text asks for all that the agreement allows.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// "agreements/{id}"; may be empty.
    pub(crate) agreement: String,
    /// "purposes/{code}"; may be empty.
    pub(crate) purpose: String,
    /// "datasets/{code}".
    pub(crate) dataset: String,
    /// "indicators/{code}".
    pub(crate) indicators: Vec<String>,
    /// "areas/{code}".
    pub(crate) areas: Vec<String>,
    /// The level of the areas, by name; may be empty.
    pub(crate) area_level: String,
    /// The periods.
    pub(crate) periods: Vec<String>,
    /// How it would be fetched.
    pub(crate) delivery: Delivery,
    /// The system that would ask; empty for the caller's own.
    pub(crate) system: String,
    /// OIN of the organisation that would ask; empty for the caller's own.
    pub(crate) recipient: String,
}

/// What would be decided.
#[derive(Clone, Debug)]
pub(crate) struct Explanation {
    /// Whether it would be permitted.
    pub(crate) permitted: bool,
    /// What would be delivered under the agreement.
    pub(crate) permit: Option<Permit>,
    /// The reasons, as the decision would have them.
    pub(crate) reasons: Vec<Explained>,
    /// The hash of the content that this is based on.
    pub(crate) content_hash: Option<String>,
    /// Whether there is anything to decide about.
    pub(crate) decision_needed: bool,
    /// The system that it was worked out for.
    pub(crate) system: String,
    /// The same in words, in Dutch.
    pub(crate) notice: String,
}

/// Explains decisions.
#[derive(Clone, Debug)]
pub(crate) struct Explanations {
    store: Store,
    clock: Clock,
    figures: Arc<dyn Figures>,
    witnesses: Witnesses,
}

impl Explanations {
    /// Over this store and these figures.
    pub(crate) fn new(store: Store, clock: Clock, figures: Arc<dyn Figures>, witnesses: Witnesses) -> Self {
        Self { store, clock, figures, witnesses }
    }

    /// What a decision about this question would be now.
    pub(crate) async fn explain(
        &self,
        caller: &Caller,
        mut question: Question,
    ) -> Result<Explanation, Error> {
        let recipient = recipient(caller, &question.recipient)?;
        let mut problems = problems(&question);
        if question.system.is_empty() {
            // The system of a caller asks for the caller's own organisation only.
            if caller.organisation.as_ref() == Some(&recipient) {
                question.system.clone_from(&caller.subject);
            } else {
                problems.push(Problem::required("system"));
            }
        }
        refuse(problems)?;
        let described =
            self.figures.describe(&question.dataset, &question.areas, &question.indicators).await?;
        let mut wrong = Vec::new();
        if described.dataset.is_none() {
            wrong.push(Problem::new("dataset", "does not exist", "bestaat niet"));
        }
        for (place, indicator) in question.indicators.iter().enumerate() {
            if described.unknown_indicators.contains(indicator) {
                wrong.push(Problem::new(format!("indicators[{place}]"), "does not exist", "bestaat niet"));
            }
        }
        let mut areas = Vec::with_capacity(question.areas.len());
        for (place, area) in question.areas.iter().enumerate() {
            match described.levels.get(area) {
                Some(level) => areas.push(RequestedArea { area: area.clone(), level: level.clone() }),
                None => wrong.push(Problem::new(format!("areas[{place}]"), "does not exist", "bestaat niet")),
            }
        }
        let Some(dataset) = described.dataset.filter(|_| wrong.is_empty()) else {
            return Err(Error::Invalid(wrong));
        };
        if dataset.public || dataset.owner == recipient {
            return Ok(not_needed(&dataset, question.system));
        }
        let request = request(&question, recipient, &dataset, areas);
        refuse(request.problems())?;
        let (decision, known) = self.verdict(&request).await?;
        let contact = known.as_ref().map(|standing| standing.content.terms().contact.as_str());
        let name = (caller.organisation.as_ref() != Some(&request.recipient))
            .then(|| named(&request.recipient, known.as_ref()));
        let (agreement, dataset_name) = (&request.agreement, &request.dataset);
        let about = About { agreement, dataset: dataset_name, contact, organisation: name.as_deref() };
        let reasons = decision.explain(about);
        let permit = decision.into_permit();
        Ok(Explanation {
            permitted: permit.is_some(),
            notice: notice(permit.is_some(), dataset.fictitious),
            permit,
            reasons,
            content_hash: known.map(|standing| standing.content_hash),
            decision_needed: true,
            system: question.system,
        })
    }

    /// What would be decided, on everything as it stands in one moment, and the agreement, when the one that
    /// asks is a recipient of it.
    async fn verdict(&self, request: &Request) -> Result<(Decision, Option<Standing>), Error> {
        let reading = self.store.begin_read().await?;
        let id = AgreementId::of_name(&request.agreement);
        let standings = match id {
            Some(id) => reading.standings(id, &request.recipient).await?,
            None => Standings::default(),
        };
        let own_rules = reading.own_rules(&request.recipient).await?;
        let now = self.clock.now();
        let Witnesses { origin, needed, max_age } = &self.witnesses;
        let oversight = match *needed {
            0 => Oversight::none(),
            needed => Oversight { needed, fresh: reading.fresh_witnesses(origin, now - *max_age).await? },
        };
        reading.end().await?;
        let found = standings.find(id);
        let decision = decide(request, own_rules.find(&request.recipient), found, oversight, now);
        Ok((decision, found.known_to(&request.recipient).cloned()))
    }
}

/// The organisation that it is about: the caller's own, or for the privacy officer any.
fn recipient(caller: &Caller, named: &str) -> Result<Oin, Error> {
    let own = caller.organisation.as_ref().filter(|_| caller.has(Role::Partner));
    if named.is_empty() {
        return own.cloned().ok_or_else(|| Error::Invalid(vec![Problem::required("recipient_oin")]));
    }
    let named: Oin = named.parse().map_err(|_| {
        Error::Invalid(vec![Problem::new(
            "recipient_oin",
            "is not an OIN; expected 20 digits",
            "is geen OIN; verwacht worden 20 cijfers",
        )])
    })?;
    if caller.has(Role::PrivacyOfficer) || own == Some(&named) {
        return Ok(named);
    }
    Err(Error::OtherOrganisation(format!("organisations/{named}")))
}

/// What is wrong with a question before anybody else is asked.
fn problems(question: &Question) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !is_resource(&question.dataset, "datasets") {
        problems.push(Problem::new("dataset", "is not datasets/{code}", "is geen datasets/{code}"));
    }
    let level = question.area_level.as_str();
    if !level.is_empty() && AreaLevel::named(level).is_none() {
        let known = AreaLevel::ALL.map(AreaLevel::name).join(", ");
        problems.push(Problem::new(
            "area_level",
            format!("is not a level of areas; known are {known}"),
            format!("is geen niveau van gebieden; bekend zijn {known}"),
        ));
    }
    for (field, name, collection) in
        [("agreement", &question.agreement, "agreements"), ("purpose", &question.purpose, "purposes")]
    {
        if !name.is_empty() && !is_asked_for(name, collection) {
            problems.push(not_named(field, collection));
        }
    }
    for (field, count) in [
        ("indicators", question.indicators.len()),
        ("areas", question.areas.len()),
        ("periods", question.periods.len()),
    ] {
        if count > MOST_ITEMS {
            problems.push(Problem::new(
                field,
                format!("has {count} items; at most {MOST_ITEMS} are allowed"),
                format!("heeft {count} onderdelen; hoogstens {MOST_ITEMS} zijn toegestaan"),
            ));
        }
    }
    for (place, indicator) in question.indicators.iter().enumerate().take(MOST_ITEMS) {
        if !is_asked_for(indicator, "indicators") {
            problems.push(not_named(&format!("indicators[{place}]"), "indicators"));
        }
    }
    for (place, period) in question.periods.iter().enumerate().take(MOST_ITEMS) {
        if !is_period_in(period, PERIODS) {
            problems.push(Problem::new(
                format!("periods[{place}]"),
                "is not a period like 2023, 2023Q1, 2023-06 or 2023-12-31",
                "is geen periode zoals 2023, 2023Q1, 2023-06 of 2023-12-31",
            ));
        }
    }
    problems
}

/// Whether a request can name this: a code of the collection, as the service with the data reads it. What has
/// another form is refused there, and no decision is made about it.
fn is_asked_for(name: &str, collection: &str) -> bool {
    let code = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    // There a code can begin with a sign too.
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    code.is_some_and(|code| !code.is_empty() && code.len() <= LONGEST_CODE && code.bytes().all(known))
}

fn not_named(field: &str, collection: &str) -> Problem {
    Problem::new(
        field,
        format!("is not a name like {collection}/{{code}}"),
        format!("is geen naam zoals {collection}/{{code}}"),
    )
}

fn refuse(problems: Vec<Problem>) -> Result<(), Error> {
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// The request as the service with the data would ask about it.
fn request(
    question: &Question,
    recipient: Oin,
    dataset: &DatasetFacts,
    areas: Vec<RequestedArea>,
) -> Request {
    Request {
        recipient,
        agreement: question.agreement.clone(),
        purpose: question.purpose.clone(),
        dataset: question.dataset.clone(),
        dataset_owner: dataset.owner.clone(),
        indicators: question.indicators.clone(),
        areas,
        area_level: question.area_level.clone(),
        periods: question.periods.clone(),
        delivery: question.delivery,
        release: String::new(),
        system: question.system.clone(),
        enforceable: dataset.enforceable.clone(),
        process: String::new(),
    }
}

/// The organisation that would ask, for somebody else: as the agreement names it, when it is a recipient there.
fn named(recipient: &Oin, agreement: Option<&Standing>) -> String {
    let recipients = agreement.map(|standing| standing.content.terms().recipients.as_slice());
    let party = recipients.unwrap_or_default().iter().find(|party| party.oin == *recipient);
    match party {
        Some(party) => format!("{} ({recipient})", party.display_name),
        None => format!("OIN {recipient}"),
    }
}

/// The answer where no agreement is needed.
fn not_needed(dataset: &DatasetFacts, system: String) -> Explanation {
    let why = if dataset.public {
        "De dataset is openbaar: iedereen mag de cijfers lezen, zonder afspraak."
    } else {
        "De dataset is van deze organisatie zelf: daarvoor is geen afspraak nodig."
    };
    let notice = format!("{why} {}", notice(true, dataset.fictitious));
    Explanation {
        permitted: true,
        permit: None,
        reasons: Vec::new(),
        content_hash: None,
        decision_needed: false,
        system,
        notice,
    }
}

fn notice(permitted: bool, fictitious: bool) -> String {
    let verdict = if permitted { "zou nu toegestaan worden" } else { "zou nu geweigerd worden" };
    let fictitious = if fictitious { " De cijfers in deze dataset zijn fictief." } else { "" };
    format!(
        "Dit is een proef. Deze vraag {verdict}. Er is niets geleverd en er is niets in het logboek gezet.{fictitious}"
    )
}
