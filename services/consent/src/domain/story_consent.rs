//! The consent of people for what is done with their story, and whether a use is allowed by it.

mod confirmed;
mod reference;

use std::collections::BTreeMap;

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::entry::{Event, NewEntry};
use super::name::is_resource;
use super::problem::Problem;
use super::reason::Reason;

pub(crate) use confirmed::WithdrawalConfirmed;
pub(crate) use reference::Reference;

/// The id of a consent: a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StoryConsentId(Uuid);

impl StoryConsentId {
    /// The consent with this UUID.
    #[must_use]
    pub(crate) fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Reads "story-consents/{uuid}". Anything else is the name of no consent.
    #[must_use]
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        name.strip_prefix("story-consents/")?.parse().ok()
    }

    /// The resource name.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        format!("story-consents/{self}")
    }
}

impl std::fmt::Display for StoryConsentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The text is not a UUID in lower case with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAnId;

impl std::str::FromStr for StoryConsentId {
    type Err = NotAnId;

    fn from_str(id: &str) -> Result<Self, NotAnId> {
        let uuid = Uuid::try_parse(id).map_err(|_| NotAnId)?;
        if uuid.hyphenated().to_string() == id { Ok(Self(uuid)) } else { Err(NotAnId) }
    }
}

/// What a story can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum StoryUse {
    /// Reading it within the programme.
    ReadingInProgramme,
    /// Publishing it.
    Publication,
    /// Sharing it in the regional learning network.
    LearningNetwork,
    /// Telling it in the journey report.
    JourneyReport,
}

impl StoryUse {
    /// All uses.
    pub(crate) const ALL: [Self; 4] =
        [Self::ReadingInProgramme, Self::Publication, Self::LearningNetwork, Self::JourneyReport];

    /// Its name in the contract.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReadingInProgramme => "READING_IN_PROGRAMME",
            Self::Publication => "PUBLICATION",
            Self::LearningNetwork => "LEARNING_NETWORK",
            Self::JourneyReport => "JOURNEY_REPORT",
        }
    }

    /// The use with that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// In Dutch, after "voor".
    #[must_use]
    pub(crate) fn in_dutch(self) -> &'static str {
        match self {
            Self::ReadingInProgramme => "lezen binnen het programma",
            Self::Publication => "publicatie",
            Self::LearningNetwork => "delen in het leernetwerk",
            Self::JourneyReport => "het reisverslag",
        }
    }

    /// In English, after "for".
    #[must_use]
    pub(crate) fn in_english(self) -> &'static str {
        match self {
            Self::ReadingInProgramme => "reading within the programme",
            Self::Publication => "publication",
            Self::LearningNetwork => "sharing in the learning network",
            Self::JourneyReport => "the journey report",
        }
    }
}

/// The consent of one person for uses of one story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoryConsent {
    /// Its id.
    pub(crate) id: StoryConsentId,
    /// Who gave it.
    pub(crate) reference: Reference,
    /// "stories/{code}".
    pub(crate) story: String,
    /// What it was given for, without repetition, in a fixed order.
    pub(crate) uses: Vec<StoryUse>,
    /// When it was given.
    pub(crate) give_time: OffsetDateTime,
    /// When it was withdrawn or taken out; none while it stands.
    pub(crate) withdraw_time: Option<OffsetDateTime>,
    /// Whether it was taken out as one that nobody gave.
    pub(crate) mistaken: bool,
}

/// A consent was withdrawn by who gave it, and is no mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AlreadyWithdrawn;

impl StoryConsent {
    /// A consent that is given now. `uses` are what was read; none for one that is unknown.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub(crate) fn give(
        id: StoryConsentId,
        reference: &str,
        story: String,
        uses: &[Option<StoryUse>],
        now: OffsetDateTime,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let reference = Reference::read(reference);
        if let Err(wrong) = &reference {
            problems.push(Problem::new("story_consent.reference", wrong.en(), wrong.nl()));
        }
        problems.extend(check_story("story_consent.story", &story));
        if uses.is_empty() {
            problems.push(Problem::required("story_consent.uses"));
        }
        for (place, _) in uses.iter().enumerate().filter(|(_, given)| given.is_none()) {
            problems.push(Problem::new(
                format!("story_consent.uses[{place}]"),
                "is not a use of a story",
                "is geen gebruik van een verhaal",
            ));
        }
        let mut uses: Vec<StoryUse> = uses.iter().flatten().copied().collect();
        uses.sort_unstable();
        uses.dedup();
        match reference {
            Ok(reference) if problems.is_empty() => {
                Ok(Self { id, reference, story, uses, give_time: now, withdraw_time: None, mistaken: false })
            }
            Ok(_) | Err(_) => Err(problems),
        }
    }

    /// The consent after it was withdrawn; a withdrawal before stays as it is. Who withdraws it with
    /// its code did give it, whatever it was taken for.
    #[must_use]
    pub(crate) fn withdrawn(self, by: By, now: OffsetDateTime) -> Self {
        let mistaken = self.mistaken && by != By::Person;
        Self { withdraw_time: self.withdraw_time.or(Some(now)), mistaken, ..self }
    }

    /// The consent after it was taken out as one that nobody gave.
    ///
    /// # Errors
    /// When it was withdrawn: that is the word of who gave it.
    pub(crate) fn taken_out(self, now: OffsetDateTime) -> Result<Self, AlreadyWithdrawn> {
        if !self.stands() && !self.mistaken {
            return Err(AlreadyWithdrawn);
        }
        Ok(Self { withdraw_time: self.withdraw_time.or(Some(now)), mistaken: true, ..self })
    }

    /// Whether it stands.
    #[must_use]
    pub(crate) fn stands(&self) -> bool {
        self.withdraw_time.is_none()
    }

    /// The entry of giving it, withdrawing it or taking it out. It concerns no organisation, and does not say who.
    #[must_use]
    pub(crate) fn entry(&self, by: By, transaction_id: String, trace_id: String) -> NewEntry {
        let action = match (self.stands(), self.mistaken) {
            (true, _) => ConsentAction::Given,
            (false, true) => ConsentAction::TakenOut,
            (false, false) => ConsentAction::Withdrawn,
        };
        let change = ConsentChange {
            action,
            by,
            story_consent: self.id.name(),
            story: self.story.clone(),
            uses: self.uses.clone(),
        };
        new_entry(Event::StoryConsentChanged(change), transaction_id, trace_id)
    }
}

/// What is wrong with the name of a story.
pub(crate) fn check_story(field: &str, story: &str) -> Option<Problem> {
    if story.is_empty() {
        Some(Problem::required(field))
    } else if is_resource(story, "stories") {
        None
    } else {
        Some(Problem::new(field, "is not stories/{code}", "is geen stories/{code}"))
    }
}

/// What was done with a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ConsentAction {
    /// It was given.
    Given,
    /// It was withdrawn.
    Withdrawn,
    /// It was taken out as one that nobody gave.
    TakenOut,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum By {
    /// The programme, on behalf of the person.
    Programme,
    /// The person, with the withdrawal code.
    Person,
}

/// A change of a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsentChange {
    /// What was done.
    pub(crate) action: ConsentAction,
    /// By whom.
    pub(crate) by: By,
    /// "story-consents/{uuid}".
    pub(crate) story_consent: String,
    /// "stories/{code}".
    pub(crate) story: String,
    /// What for.
    pub(crate) uses: Vec<StoryUse>,
}

/// A decision about the use of a story, as it is entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoryUseDecided {
    /// "stories/{code}".
    pub(crate) story: String,
    /// What for.
    #[serde(rename = "use")]
    pub(crate) usage: StoryUse,
    /// Whether it is permitted.
    pub(crate) permitted: bool,
    /// The codes of the reasons of a refusal.
    pub(crate) reasons: Vec<String>,
    /// The consents that permit it.
    pub(crate) story_consents: Vec<String>,
}

/// Whether a story may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UseDecision {
    /// By these consents.
    Permitted(Vec<StoryConsentId>),
    /// Why not.
    Refused(Reason),
}

/// Decides whether a story may be used, from all consents for it. Everybody who ever gave one has a
/// say: each of them needs a consent for this use that stands, and without anybody there is none.
/// What was entered by mistake was given by nobody. A consent that cannot be read was given by somebody,
/// and counts as withdrawn since `damaged`.
#[must_use]
pub(crate) fn decide_use(
    story: &str,
    usage: StoryUse,
    consents: &[StoryConsent],
    damaged: Option<OffsetDateTime>,
) -> UseDecision {
    let missing = || Reason::ConsentMissing { story: story.to_owned(), usage };
    let mut by_person: BTreeMap<&Reference, Vec<&StoryConsent>> = BTreeMap::new();
    for consent in consents.iter().filter(|consent| !consent.mistaken) {
        by_person.entry(&consent.reference).or_default().push(consent);
    }
    if by_person.is_empty() && damaged.is_none() {
        return UseDecision::Refused(missing());
    }
    let (mut permitting, mut withdrawn, mut some_missing) = (Vec::new(), damaged, false);
    for given in by_person.values() {
        let covering = || given.iter().filter(|consent| consent.uses.contains(&usage));
        if let Some(stands) = covering().find(|consent| consent.stands()) {
            permitting.push(stands.id);
        } else if let Some(since) = covering().filter_map(|consent| consent.withdraw_time).max() {
            withdrawn = withdrawn.max(Some(since));
        } else {
            some_missing = true;
        }
    }
    match withdrawn {
        Some(since) => UseDecision::Refused(Reason::ConsentWithdrawn {
            story: story.to_owned(),
            usage: Some(usage),
            since,
        }),
        None if some_missing => UseDecision::Refused(missing()),
        None => UseDecision::Permitted(permitting),
    }
}

/// Who asks for the use of a story, and for which.
#[derive(Clone, Debug)]
pub(crate) struct UseAsked {
    /// "stories/{code}".
    pub(crate) story: String,
    /// What for.
    pub(crate) usage: StoryUse,
    /// The organisation that asks; none for a service of the platform.
    pub(crate) by: Option<Oin>,
    /// Whether it may hear what became of consents for the story: an organisation that never was permitted to
    /// use it may not.
    pub(crate) may_know: bool,
}

impl UseDecision {
    /// The decision as who asked may hear it: to a stranger a consent that was withdrawn is as none.
    #[must_use]
    pub(crate) fn told_to(self, asked: &UseAsked) -> Self {
        match self {
            Self::Refused(_) if !asked.may_know => {
                Self::Refused(Reason::ConsentMissing { story: asked.story.clone(), usage: asked.usage })
            }
            told @ (Self::Permitted(_) | Self::Refused(_)) => told,
        }
    }

    /// Its entry. It concerns the organisation that asked, if one did.
    #[must_use]
    pub(crate) fn entry(&self, asked: UseAsked, transaction_id: String, trace_id: String) -> NewEntry {
        let UseAsked { story, usage, by, may_know: _ } = asked;
        let (reasons, story_consents) = match self {
            Self::Permitted(consents) => (Vec::new(), consents.iter().map(StoryConsentId::name).collect()),
            Self::Refused(reason) => (vec![reason.code().to_owned()], Vec::new()),
        };
        let permitted = reasons.is_empty();
        let decided = StoryUseDecided { story, usage, permitted, reasons, story_consents };
        let entry = new_entry(Event::StoryUseDecided(decided), transaction_id, trace_id);
        NewEntry { parties: by.into_iter().collect(), ..entry }
    }
}

fn new_entry(event: Event, transaction_id: String, trace_id: String) -> NewEntry {
    NewEntry { agreement: None, parties: Vec::new(), transaction_id, trace_id, event }
}

/// A change of a consent in a Dutch sentence.
#[must_use]
pub(crate) fn change_in_dutch(change: &ConsentChange) -> String {
    let uses: Vec<_> = change.uses.iter().map(|known| known.in_dutch()).collect();
    let (story, uses) = (&change.story, uses.join(", "));
    match (change.action, change.by) {
        (ConsentAction::Given, _) => format!("Er is toestemming gegeven voor {story}, voor: {uses}."),
        (ConsentAction::Withdrawn, By::Person) => {
            format!("De verteller heeft de toestemming voor {story} ingetrokken.")
        }
        (ConsentAction::TakenOut, _) => format!(
            "Het programma heeft een toestemming voor {story} weggehaald die bij vergissing was ingevoerd: niemand gaf die."
        ),
        (ConsentAction::Withdrawn, By::Programme) => {
            format!("Het programma heeft de toestemming voor {story} ingetrokken namens de verteller.")
        }
    }
}

/// A decision about a use in a Dutch sentence.
#[must_use]
pub(crate) fn use_in_dutch(decided: &StoryUseDecided) -> String {
    let (story, usage) = (&decided.story, decided.usage.in_dutch());
    if decided.permitted {
        format!("{story} mocht worden gebruikt voor {usage}.")
    } else {
        format!("{story} mocht niet worden gebruikt voor {usage}: er is geen geldige toestemming.")
    }
}

#[cfg(test)]
mod tests;
