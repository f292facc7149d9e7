//! What the file of indicators declares of them, also of those that are there.

use sea_orm::DatabaseTransaction;

use super::sheet::{Row, SheetError};
use super::{App, ImportError};
use crate::domain::indicator::Indicator;
use crate::store;
use crate::store::declared::Loosened;

/// The column that tells whether an indicator adds up over time.
const OVER_TIME: &str = "optelbaar_in_de_tijd";
/// The column that tells whether its rates are a distribution.
const DISTRIBUTION: &str = "verdeling";

/// An indicator and what its row declares; none of what the row leaves open.
pub(super) struct Declared {
    row: Row,
    pub indicator: Indicator,
    over_time: Option<bool>,
    distribution: Option<bool>,
}

impl Declared {
    /// The indicator with what its row declares. What that leaves open is as it mostly is.
    pub(super) fn read(row: Row, indicator: Indicator) -> Result<Self, SheetError> {
        let over_time = row.yes_or_no_if_told(OVER_TIME)?;
        let distribution = row.yes_or_no_if_told(DISTRIBUTION)?;
        let indicator = Indicator {
            adds_up_over_time: over_time.unwrap_or(indicator.adds_up_over_time),
            distribution: distribution.unwrap_or(indicator.distribution),
            ..indicator
        };
        Ok(Self { row, indicator, over_time, distribution })
    }
}

impl App {
    /// Takes over what is declared. What published figures are protected by is not taken back.
    pub(super) async fn declare(
        &self,
        tx: &DatabaseTransaction,
        all: &[Declared],
    ) -> Result<(), ImportError> {
        let codes: Vec<String> = all.iter().map(|own| own.indicator.code.clone()).collect();
        let known = store::catalogue::indicators_named(tx, &codes).await?;
        for own in all {
            let Some(there) = known.iter().find(|there| there.code == own.indicator.code) else { continue };
            let over_time = own.over_time.unwrap_or(there.adds_up_over_time);
            let distribution = own.distribution.unwrap_or(there.distribution);
            if distribution && there.additive {
                let problem =
                    "has ja, and goes with rates only: expected nee, as the indicator adds up (optelbaar)";
                return Err(own.row.wrong(DISTRIBUTION, problem).into());
            }
            let loosened = [
                (OVER_TIME, Loosened::OverTime, there.adds_up_over_time && !over_time),
                (DISTRIBUTION, Loosened::Distribution, there.distribution && !distribution),
            ];
            for (column, loosened, _) in loosened.into_iter().filter(|(.., is)| *is) {
                if let Some(dataset) = self.store.protected_by(tx, &there.code, loosened).await? {
                    let (line, indicator) = (own.row.line(), there.code.clone());
                    return Err(ImportError::Loosened { line, column, indicator, dataset });
                }
            }
            if (over_time, distribution) != (there.adds_up_over_time, there.distribution) {
                store::catalogue::declare(tx, &there.code, over_time, distribution).await?;
            }
        }
        Ok(())
    }
}
