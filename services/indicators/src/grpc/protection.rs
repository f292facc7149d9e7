//! `ProtectionService`, and in words why a release cannot be protected.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use platform::clock::timestamp;
use platform::identity::caller;
use platform::status::FieldViolation;
use proto::indicators::v1 as pb;
use proto::indicators::v1::protection_service_server::ProtectionService;
use tonic::{Request, Response, Status};

use super::request::Fields;
use super::status::status;
use super::{consent, convert, withheld};
use crate::app::App;
use crate::app::error::Error;
use crate::domain::area::AreaKind;
use crate::domain::masking::{ENGINE, Failure, Help, Sum, Unprotected, Why};
use crate::domain::protection::{Known, Protection};
use crate::domain::release::Release;
use crate::store::report::KeptReport;
use crate::store::salt::Salt;
use crate::store::shield::{Audited, Unprotectable};

#[derive(Debug)]
pub(super) struct Protections(pub(super) Arc<App>);

#[tonic::async_trait]
impl ProtectionService for Protections {
    async fn audit_release(
        &self,
        request: Request<pb::AuditReleaseRequest>,
    ) -> Result<Response<pb::ReleaseAudit>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = fields.release("name", &request.name);
        fields.done()?;
        let protection = protection(request.protection).map_err(status)?;
        let (release, audited) = self.0.audit(&caller, &id, protection).await.map_err(status)?;
        Ok(Response::new(audit(&release, audited)))
    }

    type ListWithheldCellsStream = BoxStream<'static, Result<pb::WithheldCell, Status>>;

    async fn list_withheld_cells(
        &self,
        request: Request<pb::ListWithheldCellsRequest>,
    ) -> Result<Response<Self::ListWithheldCellsStream>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = fields.release("name", &request.name);
        fields.done()?;
        let protection = protection(request.protection).map_err(status)?;
        let app = Arc::clone(&self.0);
        let cells = async move { app.withheld_cells(&caller, &id, protection).await };
        let each = |cells: Result<Vec<_>, Error>| match cells {
            Ok(cells) => {
                stream::iter(cells.into_iter().map(|(own, cell)| Ok(withheld::cell(&own, cell)))).boxed()
            }
            Err(error) => stream::once(async { Err(status(error)) }).boxed(),
        };
        Ok(Response::new(stream::once(cells).flat_map(each).boxed()))
    }

    async fn list_dataset_protections(
        &self,
        request: Request<pb::ListDatasetProtectionsRequest>,
    ) -> Result<Response<pb::ListDatasetProtectionsResponse>, Status> {
        let caller = caller(&request);
        let mut fields = Fields::default();
        let dataset = fields.code("parent", &request.into_inner().parent, "datasets");
        fields.done()?;
        let known = self.0.protections(&caller, &dataset).await.map_err(status)?;
        let protections = known.into_iter().map(|known| of_dataset(&dataset, known)).collect();
        Ok(Response::new(pb::ListDatasetProtectionsResponse { protections }))
    }

    async fn list_mask_reports(
        &self,
        request: Request<pb::ListMaskReportsRequest>,
    ) -> Result<Response<pb::ListMaskReportsResponse>, Status> {
        let caller = caller(&request);
        let mut fields = Fields::default();
        let id = fields.release("parent", &request.into_inner().parent);
        fields.done()?;
        let (release, kept) = self.0.mask_reports(&caller, &id).await.map_err(status)?;
        let mask_reports = kept.into_iter().map(|own| mask_report(&release, own)).collect();
        Ok(Response::new(pb::ListMaskReportsResponse { mask_reports }))
    }

    async fn retire_dataset_protection(
        &self,
        request: Request<pb::RetireDatasetProtectionRequest>,
    ) -> Result<Response<pb::DatasetProtection>, Status> {
        let caller = caller(&request);
        let mut fields = Fields::default();
        let (dataset, protection) = fields.protection("name", &request.into_inner().name);
        fields.done()?;
        let retired = self.0.retire(&caller, &dataset, protection).await.map_err(status)?;
        Ok(Response::new(of_dataset(&dataset, retired)))
    }
}

fn of_dataset(dataset: &str, known: Known) -> pb::DatasetProtection {
    pb::DatasetProtection {
        name: known.protection.resource_name(dataset),
        protection: Some(consent::agreed(known.protection)),
        retired: known.retired,
    }
}

fn mask_report(release: &Release, own: KeptReport) -> pb::MaskReport {
    pb::MaskReport {
        name: format!("{}/mask-reports/{}", release.id.resource_name(), own.protection.name()),
        protection: Some(consent::agreed(own.protection)),
        engine: own.engine,
        create_time: Some(timestamp(own.create_time)),
        cell_count: i64::from(release.cell_count),
        withheld_count: convert::count(own.withheld),
        secondary_count: convert::count(own.secondary),
        mask_digest: own.mask_digest,
        mask_salt: own.mask_salt.as_ref().map(Salt::hex).unwrap_or_default(),
        report_digest: own.report_digest,
        report: own.report,
        seed_digest: own.seed_digest,
    }
}

/// The protection of a request, as it can be agreed: who sees that nobody is in the other categories knows that all of
/// the group is in one, so a rule on groups goes with withheld zeros.
pub(super) fn protection(asked: Option<proto::consent::v1::Protection>) -> Result<Protection, Error> {
    if asked.is_some_and(|asked| asked.group_percent > 0 && !asked.protect_zeros) {
        return Err(Error::Invalid(vec![FieldViolation::new(
            "protection.protect_zeros",
            "has to be true together with group_percent",
            "moet true zijn samen met group_percent",
        )]));
    }
    asked.and_then(consent::protection).ok_or_else(|| Error::Invalid(vec![not_understood("protection")]))
}

/// A field that is missing or not understood.
pub(super) fn not_understood(field: &str) -> FieldViolation {
    FieldViolation::new(
        field,
        "is missing, not understood, or asks for what cannot be given",
        "ontbreekt, is niet te begrijpen, of vraagt wat niet te geven is",
    )
}

fn audit(release: &Release, audited: Result<Audited, Unprotectable>) -> pb::ReleaseAudit {
    let shown = pb::ReleaseAudit {
        name: release.id.resource_name(),
        cell_count: i64::from(release.cell_count),
        engine: ENGINE.to_owned(),
        ..Default::default()
    };
    match audited {
        Ok(audited) => {
            let report = &audited.report;
            let sum = |of: fn(&crate::domain::masking::BlockReport) -> usize| convert::count(report.sum(of));
            pb::ReleaseAudit {
                safe: true,
                in_use: audited.in_use,
                unsafe_count: sum(|block| block.unsafe_cells),
                withheld_count: convert::count(report.withheld()),
                secondary_count: sum(|block| block.secondary),
                plain_filter_leak_count: convert::count(audited.plain_filter_leaks),
                withheld_values: withheld::values(report),
                mask_digest: audited.mask_digest,
                mask_salt: audited.mask_salt.as_ref().map(Salt::hex).unwrap_or_default(),
                ..shown
            }
        }
        Err(none) => pb::ReleaseAudit { failure: Some(failure(&none)), ..shown },
    }
}

/// Why a release cannot be protected, as the contract has it.
pub(super) fn failure(none: &Unprotectable) -> pb::ProtectionFailure {
    let cell = |cell: &Unprotected| pb::UnprotectedCell {
        indicator: format!("indicators/{}", cell.indicator),
        period: cell.period.to_string(),
        source: cell.source.clone(),
        cell: cell.cell.clone(),
    };
    let (message_nl, message_en) = sentences(none);
    pb::ProtectionFailure {
        release: none.release.resource_name(),
        cells: none.cells().map(cell).collect(),
        cell_count: convert::count(none.count()),
        message_nl,
        message_en,
    }
}

/// A protection that cannot be given at all.
pub(super) fn not_given(dataset: &str) -> pb::ProtectionFailure {
    pb::ProtectionFailure {
        message_nl: format!(
            "datasets/{dataset}: deze bescherming is niet te geven. Wel mogelijk zijn een minimum, verborgen nullen, een marge, de p%-regel tot 100, dominantie (1 tot 5, 50 tot 99 procent), afronding, een minimum voor percentages en een grens voor groepen."
        ),
        message_en: format!(
            "datasets/{dataset}: this protection cannot be given. A minimum, withheld zeros, an interval, the p% rule up to 100, dominance (1 to 5, 50 to 99 percent), rounding, a minimum for percentages and a limit for groups can."
        ),
        ..Default::default()
    }
}

/// The cells as the places that an error is about.
pub(super) fn places(none: &Unprotectable) -> Vec<FieldViolation> {
    let place = |cell: &Unprotected| match cell.sum {
        Some(sum) => {
            let (nl, en) = parts(sum);
            FieldViolation::new(named(cell), en, nl)
        }
        None => FieldViolation::new(named(cell), "cannot be protected", "is niet te beschermen"),
    };
    none.cells().map(place).collect()
}

fn named(cell: &Unprotected) -> String {
    let source = if cell.source.is_empty() { String::new() } else { format!(" ({})", cell.source) };
    format!("{} {} {}{source}", cell.indicator, cell.period, cell.cell)
}

/// What a total is, and its parts, in Dutch and in English.
fn parts(Sum { total, parts }: Sum) -> (String, String) {
    (
        format!("is {total} en de delen zijn samen {parts}"),
        format!("is {total} and its parts are {parts} together"),
    )
}

/// Most totals that are named in a sentence.
const MOST_NAMED: usize = 3;

/// Totals with their parts, as far as they are named, in Dutch and in English.
fn sums(cells: &[Unprotected]) -> (String, String) {
    let with_sum = cells.iter().filter_map(|cell| Some((named(cell), parts(cell.sum?))));
    let each =
        with_sum.take(MOST_NAMED).map(|(name, (nl, en))| (format!("{name} {nl}"), format!("{name} {en}")));
    let (nl, en): (Vec<_>, Vec<_>) = each.unzip();
    if nl.is_empty() {
        return (String::new(), String::new());
    }
    (format!(": {}", nl.join("; ")), format!(": {}", en.join("; ")))
}

/// Places with the same parts, two by two, as far as they are named; `and` stands between the two.
fn pairs(cells: &[Unprotected], and: &str) -> String {
    let pairs = cells.chunks(2).take(MOST_NAMED);
    pairs.map(|pair| pair.iter().map(named).collect::<Vec<_>>().join(and)).collect::<Vec<_>>().join("; ")
}

/// What is wrong and what would help, in Dutch and in English.
pub(super) fn sentences(none: &Unprotectable) -> (String, String) {
    let sentence = |failure| sentence(&none.release.resource_name(), &none.protection.name(), failure);
    let (nl, en): (Vec<_>, Vec<_>) = none.failures.iter().map(sentence).unzip();
    (nl.join(" "), en.join(" "))
}

fn sentence(release: &str, protection: &str, failure: &Failure) -> (String, String) {
    let count = failure.count;
    let (nl, en) = match &failure.why {
        Why::Unprotected => (
            format!(
                "{release}: {count} aantallen zijn uit te rekenen of te dicht te benaderen, wat er verder ook wordt verborgen ({protection})."
            ),
            format!(
                "{release}: {count} counts can be computed or narrowed down too far, whatever else is withheld ({protection})."
            ),
        ),
        Why::NotProven => (
            format!(
                "{release}: van {count} aantallen is niet te bewijzen dat ze genoeg ruimte houden ({protection}). Dat zegt niet dat ze uit te rekenen zijn."
            ),
            format!(
                "{release}: of {count} counts it cannot be proven that they keep enough room ({protection}). That does not say that they can be computed."
            ),
        ),
        Why::Together(other) => (
            format!(
                "{release}: {count} aantallen zijn uit te rekenen voor wie ook antwoorden krijgt met een andere bescherming van deze dataset ({}). Kies dezelfde bescherming, of een die in alles even streng of strenger is.",
                other.name()
            ),
            format!(
                "{release}: {count} counts can be computed by who also gets answers under another protection of this dataset ({}). Choose the same protection, or one that is at least as strict in everything.",
                other.name()
            ),
        ),
        Why::NotAdditive { over_time } => {
            let (sums_nl, sums_en) = sums(&failure.cells);
            let (or_nl, or_en) = match over_time {
                true => (
                    ", of laat het programma opgeven dat periodes niet optellen, als dat zo is",
                    ", or have the programme declare that periods do not, if that is so",
                ),
                false => ("", ""),
            };
            (
                format!("{release}: de cijfers tellen niet op{sums_nl}. Lever cijfers die optellen{or_nl}."),
                format!("{release}: the figures do not add up{sums_en}. Deliver figures that add up{or_en}."),
            )
        }
        Why::Negative => (
            format!(
                "{release}: een aantal, of wat van een geheel overblijft, is onder nul. Lever aantallen van nul of meer, die optellen."
            ),
            format!(
                "{release}: a count, or what is left of a whole, is under zero. Deliver counts of zero or more that add up."
            ),
        ),
        Why::Unequal => (
            format!(
                "{release}: twee gebieden of groepen met dezelfde delen hebben verschillende aantallen ({}). Lever hetzelfde aantal, of een van de twee.",
                pairs(&failure.cells, " en ")
            ),
            format!(
                "{release}: two areas or groups that are made of the same parts have different counts ({}). Deliver the same count, or one of the two.",
                pairs(&failure.cells, " and ")
            ),
        ),
        Why::TooLarge => (
            format!("{release}: een aantal is te groot om mee te rekenen. Lever kleinere aantallen."),
            format!("{release}: a count is too large to compute with. Deliver smaller counts."),
        ),
        Why::TooManyCrossed => (
            format!(
                "{release}: de groepen zijn twee aan twee gekruist en niet allemaal samen, en hebben zo te veel aantallen gemeen om te beschermen, ook met eerdere leveringen samen. Laat een van die kruisingen weg, of lever alle groepen samen gekruist."
            ),
            format!(
                "{release}: the groups are crossed two by two and not all together, and have too many counts in common to protect, also with earlier deliveries. Leave one of these crossings out, or deliver all groups crossed together."
            ),
        ),
        Why::TooManyMisfits => (
            format!(
                "{release}: van {count} aantallen is niet op tijd na te gaan hoe ze bij elkaar passen; te veel doen dat niet. Lever alle gebieden en groepen van alle bronnen opnieuw in één levering. Is deze release al gepubliceerd, dan kan deze bescherming voor de dataset niet."
            ),
            format!(
                "{release}: of {count} counts it takes too long to find out how they fit together; too many do not. Deliver all areas and groups of all sources again in one delivery. Where this release is published already, the dataset cannot have this protection."
            ),
        ),
        Why::Cancelled => (
            format!("{release}: de berekening is afgebroken. Probeer het opnieuw."),
            format!("{release}: the computation was ended. Try again."),
        ),
    };
    let help: Vec<(String, String)> = failure.help.iter().map(help).collect();
    if help.is_empty() {
        return (nl, en);
    }
    let (help_nl, help_en): (Vec<_>, Vec<_>) = help.into_iter().unzip();
    (
        format!("{nl} Wel te beschermen is een levering {}.", help_nl.join(", of ")),
        format!("{en} What can be protected is a delivery {}.", help_en.join(", or ")),
    )
}

fn help(help: &Help) -> (String, String) {
    match help {
        Help::WithoutBreakdown { code, name } => (
            format!("zonder uitsplitsing naar {} (kolom {code}: alleen het totaal)", name.to_lowercase()),
            format!("without the breakdown {code} (its total only)"),
        ),
        Help::WithoutAreas(kind) => {
            let level = match kind {
                AreaKind::Country => "landen",
                AreaKind::Region => "regio's",
                AreaKind::Municipality => "gemeenten",
                AreaKind::District => "wijken",
                AreaKind::Neighbourhood => "buurten",
                AreaKind::ProgrammeArea => "programmagebieden",
                AreaKind::Benchmark => "benchmarks",
            };
            (format!("zonder {level}"), format!("without areas of level {}", kind.level()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Period;
    use crate::domain::release::ReleaseId;

    fn told(why: Why, cells: &[(&str, Option<Sum>)]) -> (String, Vec<FieldViolation>) {
        let cell = |(cell, sum): &(&str, Option<Sum>)| Unprotected {
            indicator: "aantal".to_owned(),
            period: Period::Year(2025),
            source: String::new(),
            cell: (*cell).to_owned(),
            sum: *sum,
        };
        let cells: Vec<Unprotected> = cells.iter().map(cell).collect();
        let failure = Failure { why, count: cells.len(), cells, help: Vec::new() };
        let release = ReleaseId { dataset: "d".to_owned(), number: 1 };
        let none = Unprotectable { release, protection: Protection::default(), failures: vec![failure] };
        (sentences(&none).0, places(&none))
    }

    #[test]
    fn figures_that_do_not_add_up_are_told_with_advice_that_can_apply() {
        let cells = [("GM1", Some(Sum { total: 100, parts: 120 }))];
        let (of_one, places) = told(Why::NotAdditive { over_time: false }, &cells);
        assert_eq!(
            of_one,
            "datasets/d/releases/1: de cijfers tellen niet op: aantal 2025 GM1 is 100 en de delen zijn samen 120. Lever cijfers die optellen."
        );
        assert_eq!(places[0].problem_nl, "is 100 en de delen zijn samen 120");
        let (of_several, _) = told(Why::NotAdditive { over_time: true }, &cells);
        assert!(of_several.contains("dat periodes niet optellen"), "{of_several}");
    }

    #[test]
    fn both_places_with_the_same_parts_are_named() {
        let (sentence, _) = told(Why::Unequal, &[("BRU-OOST|jong", None), ("WK089903|jong", None)]);
        assert!(sentence.contains("(aantal 2025 BRU-OOST|jong en aantal 2025 WK089903|jong)"), "{sentence}");
    }
}
