//! What an agreement comes to in figures, before anybody signs it, and what a stop would take away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use platform::identity::Caller;
use tokio::time::timeout;

use super::Error;
use super::agreements::Agreements;
use super::figures::{DatasetFacts, Figures, Obstacle, PreviewQuery, Previewed};
use super::receipts::{Receipts, Touched};
use super::unanswered::Unanswered;
use crate::domain::agreement::{Agreement, State};
use crate::domain::content::Terms;
use crate::domain::protection::{ProtectionTerm, terms_of};

/// How long who wants to stop something waits for what it takes away.
const PATIENCE: Duration = Duration::from_secs(5);
/// The notice of a stop of what does not hold now.
const NOTHING_TO_STOP: &str = "Onder deze afspraak wordt nu niets geleverd.";
/// The notice of a stop of which the figures are not known now.
const NOT_COUNTED: &str = "De dienst met de gegevens antwoordt nu niet. Daarom is niet geteld hoeveel cijfers de ontvangers niet meer krijgen.";

/// Added to the notice of counts that are rounded.
const IN_TENS: &str =
    " Hoeveel cijfers afgeschermd zijn, is afgerond op tientallen zolang de afspraak niet geldt.";

/// Works out previews.
#[derive(Clone, Debug)]
pub(crate) struct Previews {
    agreements: Agreements,
    figures: Arc<dyn Figures>,
    receipts: Receipts,
}

/// What an agreement comes to.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// The agreement.
    pub(crate) agreement: Agreement,
    /// What each recipient would get: they all have the same terms.
    pub(crate) previewed: Previewed,
    /// What a reader has to know, in Dutch.
    pub(crate) notice: String,
    /// The streams that end when this agreement takes the place of another one: how many at which
    /// enforcement point for which recipient.
    pub(crate) open_streams: BTreeMap<(String, String), u64>,
}

/// What a stop of an agreement would touch.
#[derive(Clone, Debug)]
pub(crate) struct Stopping {
    /// Streams, recipients and enforcement points.
    pub(crate) touched: Touched,
    /// What each recipient gets of the newest release and would no longer get.
    pub(crate) previewed: Previewed,
    /// What a reader has to know, in Dutch.
    pub(crate) notice: String,
}

impl Previews {
    /// Over these agreements, figures, and receipts, which know the enforcement points.
    pub(crate) fn new(agreements: Agreements, figures: Arc<dyn Figures>, receipts: Receipts) -> Self {
        Self { agreements, figures, receipts }
    }

    /// What an agreement comes to, for who may see it. Only of one that holds or may come to hold:
    /// who is no party any more learns nothing of later releases.
    pub(crate) async fn preview(&self, caller: &Caller, name: &str) -> Result<Preview, Error> {
        let agreement = self.agreements.whole(caller, name).await?;
        let terms = agreement.document.content.terms();
        let provides = caller.organisation.as_ref() == Some(&terms.provider.oin);
        let now = self.agreements.now();
        let exact = match agreement.state(now) {
            State::Draft | State::Proposed | State::Active => provides || agreement.holds(now),
            state @ (State::Rejected
            | State::Revoked
            | State::Expired
            | State::Suspended
            | State::Replaced) => {
                return Err(Error::NoPreview { agreement: name.to_owned(), state });
            }
        };
        let (mut previewed, mut notice) = self.counted(caller, terms).await?;
        if !exact && previewed.cells > 0 {
            previewed.withheld = in_tens(previewed.withheld, previewed.cells);
            notice.push_str(IN_TENS);
        }
        let open_streams = self.open_streams(caller, &agreement).await?;
        Ok(Preview { agreement, previewed, notice, open_streams })
    }

    /// What a stop of an agreement would touch. Who wants to stop it sees the streams also when nothing
    /// can be counted.
    pub(crate) async fn stopping(&self, caller: &Caller, name: &str) -> Result<Stopping, Error> {
        let touched = self.receipts.touched(caller, name).await?;
        let (previewed, notice) = if touched.active {
            let counted = self.counted(caller, touched.agreement.document.content.terms());
            let counted = timeout(PATIENCE, counted).await;
            match counted.unwrap_or_else(|elapsed| Err(Unanswered::new("indicators", elapsed).into())) {
                Err(Error::Unanswered(cause)) => {
                    tracing::warn!(%cause, "what a stop takes away cannot be counted now");
                    (Previewed::default(), NOT_COUNTED.to_owned())
                }
                counted => counted?,
            }
        } else {
            (Previewed::default(), NOTHING_TO_STOP.to_owned())
        };
        Ok(Stopping { touched, previewed, notice })
    }

    /// What each recipient gets on these terms, with what a reader has to know.
    async fn counted(&self, caller: &Caller, terms: &Terms) -> Result<(Previewed, String), Error> {
        let dataset = self.figures.describe(&terms.scope.dataset, &[], &[]).await?.dataset;
        Ok(match missing(terms, dataset.as_ref()).as_slice() {
            [] => {
                let previewed = self.figures.preview(query(terms)).await?;
                let provider = caller.organisation.as_ref() == Some(&terms.provider.oin);
                let notice = match &previewed.obstacle {
                    Some(obstacle) => not_protected(obstacle, provider, previewed.fictitious),
                    None => notice(&previewed),
                };
                (previewed, notice)
            }
            missing => {
                // Nothing is delivered under terms that cannot be enforced, so there is nothing to count.
                let fictitious = dataset.is_some_and(|dataset| dataset.fictitious);
                let previewed = Previewed { fictitious, ..Previewed::default() };
                (previewed, not_enforceable(missing, fictitious))
            }
        })
    }

    /// The streams that are open under the agreement that this one is to replace.
    async fn open_streams(
        &self,
        caller: &Caller,
        agreement: &Agreement,
    ) -> Result<BTreeMap<(String, String), u64>, Error> {
        let mut open_streams = BTreeMap::new();
        let replaces = agreement.document.content.terms().replaces.as_ref();
        // Once it is active, it has taken over.
        let Some(replaces) = replaces.filter(|_| agreement.recorded != State::Active) else {
            return Ok(open_streams);
        };
        for (heard, _) in self.receipts.touched(caller, replaces).await?.points {
            for open in heard.open.into_iter().filter(|open| open.agreement == *replaces && open.count > 0) {
                let count: &mut u64 = open_streams.entry((heard.name.clone(), open.recipient)).or_default();
                *count = count.saturating_add(open.count);
            }
        }
        Ok(open_streams)
    }
}

/// A number of withheld cells for who has no right to them yet. From the exact numbers of a few proposals
/// with other minimums, it could be told how large a withheld count is.
fn in_tens(number: i64, of: i64) -> i64 {
    let tens = number.saturating_add(5) / 10 * 10;
    if tens > of { of / 10 * 10 } else { tens }
}

/// The terms of protection that the service with the figures cannot enforce.
fn missing(terms: &Terms, dataset: Option<&DatasetFacts>) -> Vec<ProtectionTerm> {
    let enforceable = dataset.map(|dataset| dataset.enforceable.as_slice()).unwrap_or_default();
    terms_of(&terms.protection).into_iter().filter(|term| !enforceable.contains(term)).collect()
}

/// The notice of terms that cannot be enforced.
fn not_enforceable(missing: &[ProtectionTerm], fictitious: bool) -> String {
    let fictitious = in_words(fictitious);
    let missing: Vec<_> = missing.iter().map(|term| term.in_dutch()).collect();
    format!(
        "De dienst met de gegevens kan deze bescherming niet geven: {}. Daarom wordt onder deze afspraak niets geleverd, en valt er niets te tellen.{fictitious}",
        missing.join(", ")
    )
}

/// The notice of figures in which small groups cannot be protected. What is in the way is for the
/// provider.
fn not_protected(obstacle: &Obstacle, provider: bool, fictitious: bool) -> String {
    let what = if provider {
        obstacle.message_nl.clone()
    } else {
        format!("Kleine groepen in {} zijn niet te beschermen zoals afgesproken.", obstacle.release)
    };
    format!("{what} Zo kan deze afspraak niet ingaan, en valt er niets te tellen.{}", in_words(fictitious))
}

fn query(terms: &Terms) -> PreviewQuery {
    let scope = terms.scope.clone();
    PreviewQuery {
        dataset: scope.dataset,
        indicators: scope.indicators,
        area_level: scope.area_level.name().to_owned(),
        areas: scope.areas,
        periods: scope.periods,
        dimensions: scope.dimensions,
        protection: terms.protection,
    }
}

fn notice(previewed: &Previewed) -> String {
    let computed = if previewed.release.is_empty() {
        "Van deze dataset is nog geen levering gepubliceerd, dus er is nog niets te tellen.".to_owned()
    } else {
        format!(
            "Dit is berekend op {}. Na een nieuwe levering kunnen de aantallen anders zijn.",
            previewed.release
        )
    };
    format!("{computed}{}", in_words(previewed.fictitious))
}

fn in_words(fictitious: bool) -> &'static str {
    if fictitious { " Deze cijfers zijn fictief." } else { "" }
}
