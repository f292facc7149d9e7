//! In words, why values are withheld whatever their size.

use std::collections::BTreeMap;

use proto::indicators::v1 as pb;
use proto::indicators::v1::WithholdingCause;

use super::convert;
use crate::domain::masking::{Cause, Method, Reason, Report, WithheldCell};
use crate::domain::observation::Observation;

/// The values of a release that are withheld so, by indicator and cause.
pub(super) fn values(report: &Report) -> Vec<pb::WithheldValues> {
    let unknown = report.unknown.iter();
    let unknown = unknown.map(|((indicator, period), cells)| (indicator, None, vec![*period], *cells));
    let blocks = report.blocks.iter().filter_map(|block| match block.method {
        Method::Withheld(cause) => Some((&block.indicator, Some(cause), block.periods.clone(), block.cells)),
        Method::Kept | Method::Network | Method::General => None,
    });
    let mut values: BTreeMap<(&str, Option<Cause>), pb::WithheldValues> = BTreeMap::new();
    // Both are in the order of their periods.
    for (indicator, cause, periods, cells) in unknown.chain(blocks) {
        let values = values.entry((indicator, cause)).or_insert_with(|| none_yet(indicator, cause));
        values.periods.extend(periods.iter().map(ToString::to_string));
        values.cell_count = values.cell_count.saturating_add(convert::count(cells));
    }
    values.into_values().collect()
}

/// A cell that is withheld, as the contract has it.
pub(super) fn cell(observation: &Observation, cell: WithheldCell) -> pb::WithheldCell {
    let (reason, cause) = match cell.reason {
        Reason::Unsafe => (pb::WithholdingReason::Unsafe, WithholdingCause::Unspecified),
        Reason::ForOthers => (pb::WithholdingReason::ForOthers, WithholdingCause::Unspecified),
        Reason::Whatever(cause) => (pb::WithholdingReason::Cause, sentence(cause).0),
    };
    pb::WithheldCell {
        observation: Some(convert::observation(observation)),
        reason: reason.into(),
        cause: cause.into(),
        lowest: cell.lowest,
        highest: cell.highest,
    }
}

fn none_yet(indicator: &str, cause: Option<Cause>) -> pb::WithheldValues {
    let (cause, message_nl, message_en) = sentence(cause);
    pb::WithheldValues {
        indicator: format!("indicators/{indicator}"),
        cause: cause.into(),
        message_nl: message_nl.to_owned(),
        message_en: message_en.to_owned(),
        ..Default::default()
    }
}

fn sentence(cause: Option<Cause>) -> (WithholdingCause, &'static str, &'static str) {
    match cause {
        None => (
            WithholdingCause::GroupUnknown,
            "Om hoeveel mensen het gaat, is niet bekend. Lever bij een percentage teller en noemer, en aantallen als hele getallen. Een gemiddelde wordt onder een afspraak niet gedeeld. Van een programmagebied moet bekend zijn hoe het tussen de andere gebieden van dat jaar ligt.",
            "How many people it is about is not known. Deliver numerator and denominator with a percentage, and counts as whole numbers. An average is not shared under an agreement. Of an area of the programme it has to be known how it lies among the other areas of that year.",
        ),
        Some(Cause::Counts) => (
            WithholdingCause::Counts,
            "De dataset heeft ook aantallen, en wie beide heeft kan het ene uit het andere halen. Deel van dezelfde mensen de aantallen of de percentages; percentages van anderen horen in een eigen dataset.",
            "The dataset has counts as well, and who has both can make the one from the other. Share either counts or percentages of the same people; percentages of others belong in a dataset of their own.",
        ),
        Some(Cause::Contributions) => (
            WithholdingCause::Contributions,
            "Afgesproken is dat niemand een bijdrage van een organisatie kan schatten, en wie hoeveel bijdraagt is niet geleverd. Lever bij aantallen de kolom bijdragen. Bij percentages kan dat niet: deel die onder een afspraak zonder deze regel.",
            "It is agreed that nobody can estimate what an organisation contributes, and who contributes how much was not delivered. Deliver the column bijdragen with counts. Percentages cannot have it: share these under an agreement without this rule.",
        ),
        Some(Cause::Distribution) => (
            WithholdingCause::Distribution,
            "De indicator is opgegeven als verdeling. De categorieën kunnen samen iedereen zijn: wie ze op één na heeft, heeft dan ook de laatste. Lever een verdeling als aantallen.",
            "The indicator is declared to be a distribution. The categories can be everybody together: who has all but one then has the last too. Deliver a distribution as counts.",
        ),
        Some(Cause::Unplaced) => (
            WithholdingCause::Unplaced,
            "Van deze periode is eerder een cijfer getoond van een programmagebied waarvan niet meer bekend is hoe het tussen de andere gebieden ligt, want daarna is een gebied van dat jaar toegevoegd. Wie dat cijfer heeft, kan nieuwe cijfers ermee vergelijken. Lever de periode zoals die was, dan blijft te zien wat te zien was.",
            "Of this period a count was shown before of an area of the programme of which it is not known any more how it lies among the other areas, as an area of that year was added since. Who has it can compare new figures with it. Deliver the period as it was, and what was shown stays shown.",
        ),
    }
}
