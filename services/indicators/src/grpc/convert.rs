//! Answers as the contract has them.

use platform::clock::timestamp;
use prost::Message;
use proto::indicators::v1 as pb;

use crate::app::deliver::Upload;
use crate::app::publish::release_etag;
use crate::app::read::{Answer, Heading};
use crate::app::triangle::Triangle;
use crate::app::watch::Batch;
use crate::domain::area::{Area, AreaKind};
use crate::domain::dataset::{Dataset, Dimension, Visibility};
use crate::domain::decimal::Decimal;
use crate::domain::delivery::{DeliveryError, ErrorReason, Report};
use crate::domain::indicator::{Indicator, Polarity, Theme};
use crate::domain::observation::{Observation, Status};
use crate::domain::permit::Receipt;
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::domain::subtotal::Subtotal;
use crate::domain::triangle::{Comparison, Element};
use crate::store::salt::Salt;

fn names(collection: &str, codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| format!("{collection}/{code}")).collect()
}

pub(super) fn count(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn small(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

fn text(value: Option<Decimal>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn kind(kind: AreaKind) -> pb::AreaKind {
    match kind {
        AreaKind::Country => pb::AreaKind::Country,
        AreaKind::Region => pb::AreaKind::Region,
        AreaKind::Municipality => pb::AreaKind::Municipality,
        AreaKind::District => pb::AreaKind::District,
        AreaKind::Neighbourhood => pb::AreaKind::Neighbourhood,
        AreaKind::ProgrammeArea => pb::AreaKind::ProgrammeArea,
        AreaKind::Benchmark => pb::AreaKind::Benchmark,
    }
}

pub(super) fn area(area: Area) -> pb::Area {
    pb::Area {
        name: format!("areas/{}", area.code),
        kind: kind(area.kind).into(),
        parents: names("areas", &area.parents),
        valid_from_year: area.valid_from.map_or(0, i32::from),
        valid_until_year: area.valid_until.map_or(0, i32::from),
        consists_of: names("areas", &area.consists_of),
        code: area.code,
        display_name: area.name,
        note: area.note,
    }
}

pub(super) fn theme(theme: Theme) -> pb::Theme {
    pb::Theme {
        name: format!("themes/{}", theme.code),
        display_name: theme.name,
        stability_element: theme.stability_element,
    }
}

pub(super) fn indicator(indicator: Indicator) -> pb::Indicator {
    let polarity = match indicator.polarity {
        Polarity::Higher => pb::Polarity::Higher,
        Polarity::Lower => pb::Polarity::Lower,
        Polarity::Neutral => pb::Polarity::Neutral,
    };
    pb::Indicator {
        name: format!("indicators/{}", indicator.code),
        display_name: indicator.name,
        theme: format!("themes/{}", indicator.theme),
        unit: indicator.unit,
        population: indicator.population,
        polarity: polarity.into(),
        polarity_source: indicator.polarity_source,
        additive: indicator.additive,
        adds_up_over_time: indicator.adds_up_over_time,
        distribution: indicator.distribution,
    }
}

fn subtotal(own: &Subtotal) -> pb::Subtotal {
    pb::Subtotal { category: own.category.clone(), parts: own.parts.clone() }
}

fn dimension(dimension: &Dimension) -> pb::Dimension {
    pb::Dimension {
        code: dimension.code.clone(),
        display_name: dimension.name.clone(),
        total: dimension.total.clone().unwrap_or_default(),
        categories: dimension.categories.clone(),
        subtotals: dimension.subtotals.iter().map(subtotal).collect(),
    }
}

pub(super) fn dataset(dataset: &Dataset) -> pb::Dataset {
    let visibility = match dataset.visibility {
        Visibility::Public => pb::Visibility::Public,
        Visibility::Shared => pb::Visibility::Shared,
    };
    let latest = dataset.latest_release.map(|number| ReleaseId { dataset: dataset.code.clone(), number });
    pb::Dataset {
        name: format!("datasets/{}", dataset.code),
        display_name: dataset.name.clone(),
        description: dataset.description.clone(),
        owner: format!("organisations/{}", dataset.owner),
        visibility: visibility.into(),
        indicators: names("indicators", &dataset.indicators),
        dimensions: dataset.dimensions.iter().map(dimension).collect(),
        fictitious: dataset.fictitious,
        latest_release: release_name(latest),
    }
}

pub(super) fn dataset_bytes(dataset: &Dataset) -> Vec<u8> {
    self::dataset(dataset).encode_to_vec()
}

fn release_name(id: Option<ReleaseId>) -> String {
    id.map(|id| id.resource_name()).unwrap_or_default()
}

pub(super) fn release(release: &Release) -> pb::Release {
    let state = match release.state {
        ReleaseState::Draft => pb::ReleaseState::Draft,
        ReleaseState::Published => pb::ReleaseState::Published,
    };
    pb::Release {
        name: release.id.resource_name(),
        number: small(release.id.number),
        state: state.into(),
        cell_count: i64::from(release.cell_count),
        digest: release.digest.clone(),
        create_time: Some(timestamp(release.create_time)),
        publish_time: release.publish_time.map(timestamp),
        note: release.note.clone(),
        etag: release_etag(release),
        digest_salt: release.digest_salt.clone().map(|salt| Salt::kept(salt).hex()).unwrap_or_default(),
    }
}

pub(super) fn release_bytes(release: &Release) -> Vec<u8> {
    self::release(release).encode_to_vec()
}

pub(super) fn upload(upload: &Upload) -> pb::UploadReleaseResponse {
    pb::UploadReleaseResponse {
        release: Some(release(&upload.release)),
        report: Some(report(upload.report.clone())),
    }
}

pub(super) fn upload_bytes(upload: &Upload) -> Vec<u8> {
    self::upload(upload).encode_to_vec()
}

pub(super) fn report(report: Report) -> pb::ValidationReport {
    pb::ValidationReport {
        line_count: count(report.line_count),
        cell_count: count(report.cell_count),
        area_count: small(report.area_count),
        periods: report.periods.iter().map(ToString::to_string).collect(),
        sums_checked: count(report.sums_checked),
        error_count: count(report.error_count),
        errors: report.errors.into_iter().map(delivery_error).collect(),
    }
}

fn delivery_error(error: DeliveryError) -> pb::DeliveryError {
    let reason = match error.reason {
        ErrorReason::ColumnMissing => pb::DeliveryErrorReason::ColumnMissing,
        ErrorReason::ColumnUnknown => pb::DeliveryErrorReason::ColumnUnknown,
        ErrorReason::FieldCount => pb::DeliveryErrorReason::FieldCount,
        ErrorReason::NotUtf8 => pb::DeliveryErrorReason::NotUtf8,
        ErrorReason::IndicatorUnknown => pb::DeliveryErrorReason::IndicatorUnknown,
        ErrorReason::AreaUnknown => pb::DeliveryErrorReason::AreaUnknown,
        ErrorReason::PeriodInvalid => pb::DeliveryErrorReason::PeriodInvalid,
        ErrorReason::ValueInvalid => pb::DeliveryErrorReason::ValueInvalid,
        ErrorReason::DecimalComma => pb::DeliveryErrorReason::DecimalComma,
        ErrorReason::CategoryUnknown => pb::DeliveryErrorReason::CategoryUnknown,
        ErrorReason::StatusInvalid => pb::DeliveryErrorReason::StatusInvalid,
        ErrorReason::DuplicateCell => pb::DeliveryErrorReason::DuplicateCell,
        ErrorReason::SumMismatch => pb::DeliveryErrorReason::SumMismatch,
        ErrorReason::LineTooLong => pb::DeliveryErrorReason::LineTooLong,
        ErrorReason::FieldEmpty => pb::DeliveryErrorReason::FieldEmpty,
        ErrorReason::RatioInvalid => pb::DeliveryErrorReason::RatioInvalid,
        ErrorReason::ContributionsInvalid => pb::DeliveryErrorReason::ContributionsInvalid,
        ErrorReason::NotAsDeclared => pb::DeliveryErrorReason::NotAsDeclared,
        ErrorReason::TextInvalid => pb::DeliveryErrorReason::TextInvalid,
    };
    pb::DeliveryError {
        line: count(error.line),
        column: error.column,
        reason: reason.into(),
        found: error.found,
        message_nl: error.message_nl,
        message_en: error.message_en,
    }
}

fn status(status: Status) -> pb::ObservationStatus {
    match status {
        Status::Final => pb::ObservationStatus::Final,
        Status::Provisional => pb::ObservationStatus::Provisional,
        Status::Estimated => pb::ObservationStatus::Estimated,
        Status::NotApplicable => pb::ObservationStatus::NotApplicable,
    }
}

pub(super) fn observation(observation: &Observation) -> pb::Observation {
    let (value, status, note) = match &observation.shown {
        Some(shown) => (text(shown.value), status(shown.status), shown.note.clone()),
        None => (String::new(), pb::ObservationStatus::Withheld, String::new()),
    };
    let ratio = observation.shown.as_ref().and_then(|shown| shown.ratio);
    pb::Observation {
        indicator: format!("indicators/{}", observation.indicator),
        area: format!("areas/{}", observation.area),
        period: observation.period.to_string(),
        categories: observation.categories.iter().cloned().collect(),
        source: observation.source.clone(),
        value,
        status: status.into(),
        note,
        numerator: ratio.map(|ratio| i64::from(ratio.numerator())),
        denominator: ratio.map(|ratio| i64::from(ratio.denominator())),
    }
}

pub(super) fn observation_bytes(observation: &Observation) -> Vec<u8> {
    self::observation(observation).encode_to_vec()
}

pub(super) fn receipt(receipt: Receipt) -> pb::DecisionReceipt {
    pb::DecisionReceipt {
        transaction_id: receipt.transaction_id.to_string(),
        ledger_entry: receipt.ledger_entry,
        agreement: receipt.agreement,
        content_hash: receipt.content_hash,
        message_nl: receipt.message_nl,
        ledger_index: receipt.place.index,
        leaf_hash: receipt.place.leaf_hash,
    }
}

pub(super) fn answer(answer: Answer) -> pb::ListObservationsResponse {
    let Heading { release, fictitious, notice, receipt } = answer.heading;
    pb::ListObservationsResponse {
        observations: answer.observations.iter().map(observation).collect(),
        next_page_token: answer.next_page_token,
        release: release_name(release),
        fictitious,
        notice,
        decision: receipt.map(self::receipt),
    }
}

pub(super) fn batch(batch: Batch) -> pb::WatchObservationsResponse {
    let Heading { release, fictitious, notice, receipt } = batch.heading;
    pb::WatchObservationsResponse {
        observations: batch.observations.iter().map(observation).collect(),
        release: release_name(release),
        release_complete: batch.complete,
        fictitious,
        notice,
        decision: receipt.map(self::receipt),
    }
}

pub(super) fn triangle(triangle: Triangle) -> pb::StabilityTriangle {
    pb::StabilityTriangle {
        area: Some(area(triangle.area)),
        benchmark: Some(area(triangle.benchmark)),
        period: triangle.year.to_string(),
        elements: triangle.elements.into_iter().map(element).collect(),
        release: triangle.release.resource_name(),
    }
}

fn element(element: Element) -> pb::StabilityElement {
    pb::StabilityElement {
        theme: Some(theme(element.theme)),
        indicators: element.indicators.into_iter().map(comparison).collect(),
    }
}

fn comparison(comparison: Comparison) -> pb::StabilityIndicator {
    let Comparison { indicator, area, benchmark, difference, relative_difference, year } = comparison;
    let observed = |side: Option<crate::domain::triangle::Observed>| match side {
        Some(observed) => (text(observed.value), status(observed.status)),
        None => (String::new(), pb::ObservationStatus::Unspecified),
    };
    let (value, status) = observed(area);
    let (benchmark_value, benchmark_status) = observed(benchmark);
    pb::StabilityIndicator {
        indicator: Some(self::indicator(indicator)),
        value,
        status: status.into(),
        benchmark_value,
        benchmark_status: benchmark_status.into(),
        difference: text(difference),
        relative_difference: text(relative_difference),
        period: year.to_string(),
    }
}
