//! What an agreement comes to in figures, before anybody signs it.

use std::sync::Arc;

use platform::identity::Caller;

use super::Error;
use super::agreements::Agreements;
use super::figures::{Figures, PreviewQuery, Previewed};
use crate::domain::agreement::{Agreement, State};
use crate::domain::content::Terms;
use crate::domain::protection::{ProtectionTerm, terms_of};

/// Works out previews.
#[derive(Clone, Debug)]
pub(crate) struct Previews {
    agreements: Agreements,
    figures: Arc<dyn Figures>,
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
}

impl Previews {
    /// Over these agreements and figures.
    pub(crate) fn new(agreements: Agreements, figures: Arc<dyn Figures>) -> Self {
        Self { agreements, figures }
    }

    /// What an agreement comes to, for who may see it. Only of one that holds or may come to hold:
    /// who is no party any more learns nothing of later releases.
    pub(crate) async fn preview(&self, caller: &Caller, name: &str) -> Result<Preview, Error> {
        let agreement = self.agreements.get(caller, name).await?;
        match agreement.state(self.agreements.now()) {
            State::Draft | State::Proposed | State::Active => {}
            state @ (State::Rejected
            | State::Revoked
            | State::Expired
            | State::Suspended
            | State::Replaced) => {
                return Err(Error::NoPreview { agreement: name.to_owned(), state });
            }
        }
        let terms = agreement.document.content.terms();
        let previewed = self.figures.preview(query(terms)).await?;
        let notice = match self.not_enforceable(terms).await?.as_slice() {
            [] => notice(&previewed),
            missing => {
                // Nothing is delivered under terms that cannot be enforced.
                let previewed = Previewed { cells: 0, withheld: 0, ..previewed };
                let notice = not_enforceable(missing);
                return Ok(Preview { agreement, previewed, notice });
            }
        };
        Ok(Preview { agreement, previewed, notice })
    }

    /// The terms of protection that the service with the figures cannot enforce.
    async fn not_enforceable(&self, terms: &Terms) -> Result<Vec<ProtectionTerm>, Error> {
        let described = self.figures.describe(&terms.scope.dataset, &[]).await?;
        let enforceable = described.dataset.map(|dataset| dataset.enforceable).unwrap_or_default();
        Ok(terms_of(&terms.protection).into_iter().filter(|term| !enforceable.contains(term)).collect())
    }
}

/// The notice of terms that cannot be enforced.
fn not_enforceable(missing: &[ProtectionTerm]) -> String {
    let missing: Vec<_> = missing.iter().map(|term| term.in_dutch()).collect();
    format!(
        "De dienst met de gegevens kan deze bescherming niet geven: {}. Daarom wordt onder deze afspraak niets geleverd.",
        missing.join(", ")
    )
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
        minimum_count: terms.protection.minimum_count,
        protect_zeros: terms.protection.protect_zeros,
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
    let fictitious = if previewed.fictitious { " Deze cijfers zijn fictief." } else { "" };
    format!("{computed}{fictitious}")
}
