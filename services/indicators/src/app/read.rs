//! Observations, page by page.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use platform::identity::Caller;
use platform::page::Page;
use platform::status::{Failure, FieldViolation};
use tokio::time::timeout;

use super::App;
use super::access::{Reader, reader, shows};
use super::catalogue::unknown;
use super::error::Error;
use super::passage::Passage;
use crate::domain::area::AreaKind;
use crate::domain::dataset::Dataset;
use crate::domain::observation::{Observation, Shown};
use crate::domain::period::Period;
use crate::domain::permit::{Access, Delivery, Permit, Receipt};
use crate::domain::protection::Protection;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::selection::{Filter, Selection};
use crate::domain::table::{CellRef, Table};
use crate::store;
use crate::store::shield::KeptShield;

/// What a reader asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Code of the dataset.
    pub dataset: String,
    /// Name of the agreement; empty when none is named.
    pub agreement: String,
    /// Name of the purpose; empty when none is named.
    pub purpose: String,
    /// Codes.
    pub indicators: Vec<String>,
    /// Codes.
    pub areas: Vec<String>,
    pub kind: Option<AreaKind>,
    pub periods: Vec<Period>,
    /// Another release than the newest.
    pub release: Option<ReleaseId>,
}

/// What comes with observations.
#[derive(Clone, Debug)]
pub(crate) struct Heading {
    /// The release that they are from; none when there is none yet.
    pub release: Option<ReleaseId>,
    pub fictitious: bool,
    /// What a reader has to know about the whole, in Dutch.
    pub notice: String,
    /// What was decided; none for who needs no decision.
    pub receipt: Option<Receipt>,
}

/// A page of observations.
#[derive(Debug)]
pub(crate) struct Answer {
    pub heading: Heading,
    pub observations: Vec<Observation>,
    pub next_page_token: String,
    /// The way that observations under a permit have to go.
    pub passage: Option<Passage>,
}

/// The cells of one release that go to one reader.
#[derive(Debug)]
pub(super) struct Extract {
    table: Arc<Table>,
    selection: Selection,
    shield: Option<(Protection, Arc<KeptShield>)>,
}

impl Extract {
    /// What the reader gets from `skip` on, at most `take` observations. A withheld cell takes its
    /// place as every other one.
    pub(super) fn observations(&self, skip: usize, take: usize) -> Vec<Observation> {
        let indices = self.selection.indices(&self.table, 0).skip(skip).take(take);
        indices.filter_map(|index| self.observation(index)).collect()
    }

    /// What the reader gets from this cell of the table on, at most `take` observations; and at which
    /// cell the rest begins, if there is more.
    pub(super) fn part(&self, from: usize, take: usize) -> (Vec<Observation>, Option<usize>) {
        let mut indices = self.selection.indices(&self.table, from);
        let part = indices.by_ref().take(take).filter_map(|index| self.observation(index)).collect();
        (part, indices.next())
    }

    /// What this reader gets of a cell: none when it is withheld, and rounded where that is agreed.
    fn shown(&self, index: usize, cell: &CellRef<'_>) -> Option<Shown> {
        let exact = Shown::all(cell);
        let Some((protection, kept)) = &self.shield else { return Some(exact) };
        let shield = &kept.shield;
        match &shield.upwards {
            _ if shield.mask.hides(index) => None,
            Some(upwards) if cell.value.is_some() => {
                let value = Some(upwards.rounded(*protection, index, cell)?);
                Some(Shown { value, ratio: None, ..exact })
            }
            Some(_) | None => Some(exact),
        }
    }

    /// The digest of the mask by which cells are withheld; empty when none is.
    pub(super) fn mask_digest(&self) -> String {
        self.shield.as_ref().map(|(_, kept)| kept.digest.clone()).unwrap_or_default()
    }

    fn observation(&self, index: usize) -> Option<Observation> {
        Observation::of(&self.table, index, |cell| self.shown(index, cell))
    }
}

/// What gives a reader the right to rows; a permit is for one exchange.
#[derive(Debug)]
pub(super) enum Ground<'a> {
    Reader(Access<'a>),
    Permit(&'a Permit),
}

impl App {
    /// One page of observations of one release.
    pub(crate) async fn list(
        self: &Arc<Self>,
        caller: &Caller,
        asked: &Asked,
        page: &Page,
    ) -> Result<Answer, Error> {
        let dataset = self.dataset(&asked.dataset).await?;
        let filter = self.filter(asked).await?;
        let reader = reader(caller, &dataset)?;
        let (number, offset) = position(page)?;
        let release = self.release_asked(caller, &dataset, asked, number).await?;
        let id = release.as_ref().map(|release| &release.id);
        let (permit, tally, gate) = match &reader {
            Reader::Recipient(recipient) => {
                let gate =
                    self.enforcement.gate(&asked.agreement, &recipient.oin, false, &self.clock).await?;
                let (permit, tally) =
                    self.permit(recipient, &dataset, (asked, &filter), Delivery::Pull, id).await?;
                (Some(permit), tally, Some(gate))
            }
            Reader::Public(_) | Reader::Owner(_) => (None, None, None),
        };
        let heading = heading(&dataset, release.as_ref(), permit.as_ref());
        let Some(release) = release else {
            let (observations, next_page_token) = (Vec::new(), String::new());
            return Ok(Answer { heading, observations, next_page_token, passage: None });
        };
        let ground = ground(&reader, permit.as_ref()).ok_or(store::Error::OtherDataset)?;
        let wait = self.config.mask_wait;
        let extract = self.extract(&dataset, &release, &filter, &ground, wait).await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let mut observations = extract.observations(offset, size.saturating_add(1));
        let next = format!("{}:{}", release.id.number, offset.saturating_add(size));
        let next_page_token = page.cut(&mut observations, |_| next.clone());
        let passage = match (&permit, tally, gate) {
            (Some(permit), Some(mut tally), Some(gate)) => {
                tally.masked_by(extract.mask_digest());
                tally.follows(&observations, true);
                // What is overtaken by a stop is not entered as delivered; and what cannot be entered as
                // delivered is not. What is kept back later is entered as that.
                let passage = Passage::open(gate, permit)?;
                tally.enter_ahead().await?;
                passage.answers(tally);
                Some(passage)
            }
            _ => None,
        };
        Ok(Answer { heading, observations, next_page_token, passage })
    }

    /// Checks that what is asked for exists. Each name stands in the filter once, in order.
    pub(super) async fn filter(&self, asked: &Asked) -> Result<Filter, Error> {
        let pool = self.store.database().pool();
        let mut violations = Vec::new();
        if !asked.indicators.is_empty() {
            let known = store::catalogue::indicators_named(pool, &asked.indicators).await?;
            for (index, code) in asked.indicators.iter().enumerate() {
                if known.iter().all(|indicator| indicator.code != *code) {
                    violations.push(unknown(format!("indicators[{index}]")));
                }
            }
        }
        let mut areas = Vec::new();
        if !asked.areas.is_empty() {
            let known = store::catalogue::areas_named(pool, &asked.areas).await?;
            for (index, code) in asked.areas.iter().enumerate() {
                match known.iter().find(|area| area.code == *code) {
                    Some(area) => areas.push((area.code.clone(), area.kind)),
                    None => violations.push(unknown(format!("areas[{index}]"))),
                }
            }
        }
        if violations.is_empty() {
            let (indicators, periods) = (once(&asked.indicators), once(&asked.periods));
            Ok(Filter { indicators, areas: once(&areas), kind: asked.kind, periods })
        } else {
            Err(Error::Invalid(violations))
        }
    }

    /// The release that is asked for; else the one of the page before; else the newest.
    async fn release_asked(
        &self,
        caller: &Caller,
        dataset: &Dataset,
        asked: &Asked,
        of_page: Option<u32>,
    ) -> Result<Option<Release>, Error> {
        let number = match &asked.release {
            Some(id) if id.dataset != dataset.code => {
                return Err(Error::Invalid(vec![FieldViolation::new(
                    "release",
                    format!("is not a release of datasets/{}", dataset.code),
                    format!("is geen release van datasets/{}", dataset.code),
                )]));
            }
            Some(id) => Some(id.number),
            None => of_page.or(dataset.latest_release),
        };
        let Some(number) = number else { return Ok(None) };
        let id = ReleaseId { dataset: dataset.code.clone(), number };
        let found = store::release::release(self.store.database().pool(), &id).await?;
        match found.filter(|release| shows(release, caller, dataset)) {
            Some(release) => Ok(Some(release)),
            None => Err(Error::NotFound(id.resource_name())),
        }
    }

    /// What a reader gets of a release, who waits this long for a mask that is being made.
    pub(super) async fn extract(
        self: &Arc<Self>,
        dataset: &Dataset,
        release: &Release,
        filter: &Filter,
        ground: &Ground<'_>,
        wait: Duration,
    ) -> Result<Extract, Error> {
        let (access, permit) = match ground {
            Ground::Reader(access) => (*access, None),
            Ground::Permit(permit) => (Access::Permit(permit), Some(*permit)),
        };
        let table = self.store.cells(release, access).await?;
        let selection = Selection::new(&table, filter, permit.map(Permit::scope), &dataset.dimensions);
        let shield = match permit {
            Some(permit) => {
                let protection = permit.protection();
                let shield = self.shield(dataset, release, table.len(), protection);
                let shield = timeout(wait, shield).await;
                Some((protection, shield.map_err(|_| Error::BeingProtected(release.id.resource_name()))??))
            }
            None => None,
        };
        Ok(Extract { table, selection, shield })
    }
}

/// Each entry once, in order.
fn once<T: Ord + Clone>(list: &[T]) -> Vec<T> {
    BTreeSet::from_iter(list.iter().cloned()).into_iter().collect()
}

/// The right that a reader has; none for a recipient without a permit.
pub(super) fn ground<'a>(reader: &'a Reader, permit: Option<&'a Permit>) -> Option<Ground<'a>> {
    match reader {
        Reader::Public(proof) => Some(Ground::Reader(Access::Public(proof))),
        Reader::Owner(proof) => Some(Ground::Reader(Access::Owner(proof))),
        Reader::Recipient(_) => permit.map(Ground::Permit),
    }
}

/// What comes with observations of a release.
pub(super) fn heading(dataset: &Dataset, release: Option<&Release>, permit: Option<&Permit>) -> Heading {
    let mut notices = Vec::new();
    if dataset.fictitious {
        notices.push(
            "Deze cijfers zijn fictief: ze zijn verzonnen om het platform te tonen en te testen.".to_owned(),
        );
    }
    if let Some(permit) = permit {
        notices.push(protected(permit.protection()));
    }
    Heading {
        release: release.map(|release| release.id.clone()),
        fictitious: dataset.fictitious,
        notice: notices.join(" "),
        receipt: permit.map(Permit::receipt),
    }
}

/// What a reader has to know about the protection of small groups.
fn protected(protection: Protection) -> String {
    let minimum = protection.minimum_count;
    let mut notice = format!(
        "Aantallen onder de {minimum} zijn niet te zien, en percentages die daarop rusten ook niet. Andere cijfers zijn niet te zien als een kleiner aantal daarmee uit te rekenen is."
    );
    if protection.minimum_denominator > 0 {
        notice.push_str(&format!(
            " Percentages over minder dan {} mensen, huishoudens of antwoorden zijn ook niet te zien.",
            protection.minimum_denominator
        ));
    }
    if protection.asks_contributions() {
        notice.push_str(
            " Cijfers waaruit te schatten is hoeveel een organisatie bijdraagt, zijn ook niet te zien.",
        );
    }
    if let Some(Reverse(percent)) = protection.group_percent {
        notice.push_str(&format!(
            " Aantallen die {percent} procent of meer zijn van hun groep zijn ook niet te zien, en zulke percentages ook niet."
        ));
    }
    if protection.rounding_base > 0 {
        notice.push_str(&format!(
            " De aantallen zijn afgerond op veelvouden van {}, en percentages zijn daarmee berekend.",
            protection.rounding_base
        ));
    }
    notice
}

/// Which release the page before was of, and how many observations went before this page.
fn position(page: &Page) -> Result<(Option<u32>, usize), Error> {
    let Some(key) = &page.after else {
        return Ok((None, 0));
    };
    let parts = key.split_once(':');
    let read = parts.and_then(|(number, offset)| Some((number.parse().ok()?, offset.parse().ok()?)));
    let (number, offset) = read.ok_or_else(|| {
        Failure::violations(
            proto::api::v1::ErrorReason::InvalidPageToken,
            "The request",
            "Het verzoek",
            vec![FieldViolation::new(
                "page_token",
                "is not a token of this list; start again without it",
                "is geen token van deze lijst; begin opnieuw zonder",
            )],
        )
    })?;
    Ok((Some(number), offset))
}
