//! Requests as use cases take them, with every wrong field named.

use platform::status::{Failure, FieldViolation};
use prost::Message;
use proto::indicators::v1 as pb;

use crate::app::read::Asked;
use crate::domain::area::AreaKind;
use crate::domain::dataset::{Dataset, Dimension, Visibility};
use crate::domain::period::Period;
use crate::domain::protection::Protection;
use crate::domain::release::ReleaseId;
use crate::domain::subtotal::Subtotal;

/// Most entries of one filter.
const MAX_FILTER: usize = 1000;

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
pub(super) struct Fields {
    violations: Vec<FieldViolation>,
}

fn is_code(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.len() <= 100 && text.bytes().all(known)
}

/// The number of a release as a name has it: no sign, no leading zero.
fn release_number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    let plain = number > 0 && i32::try_from(number).is_ok() && number.to_string() == text;
    plain.then_some(number)
}

impl Fields {
    /// Ends the reading.
    pub(super) fn done(self) -> Result<(), Failure> {
        if self.violations.is_empty() { Ok(()) } else { Err(Failure::invalid(self.violations)) }
    }

    fn wrong(&mut self, field: &str, en: impl Into<String>, nl: impl Into<String>) {
        self.violations.push(FieldViolation::new(field, en, nl));
    }

    /// The code in a name like "areas/{code}".
    pub(super) fn code(&mut self, field: &str, name: &str, collection: &str) -> String {
        if name.is_empty() {
            self.violations.push(FieldViolation::required(field));
            return String::new();
        }
        let code = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
        match code.filter(|code| is_code(code)) {
            Some(code) => code.to_owned(),
            None => {
                self.wrong(
                    field,
                    format!("is not a name like {collection}/{{code}}"),
                    format!("is geen naam zoals {collection}/{{code}}"),
                );
                String::new()
            }
        }
    }

    /// The codes in names like "areas/{code}".
    fn codes(&mut self, field: &str, names: &[String], collection: &str) -> Vec<String> {
        self.at_most(field, names.len());
        let mut codes = Vec::with_capacity(names.len().min(MAX_FILTER));
        for (index, name) in names.iter().take(MAX_FILTER).enumerate() {
            codes.push(self.code(&format!("{field}[{index}]"), name, collection));
        }
        codes
    }

    /// A list has no more entries than a filter may have.
    pub(super) fn at_most(&mut self, field: &str, count: usize) {
        if count > MAX_FILTER {
            self.wrong(
                field,
                format!("has {count} entries; expected at most {MAX_FILTER}"),
                format!("heeft {count} onderdelen; verwacht worden er hooguit {MAX_FILTER}"),
            );
        }
    }

    /// A name like "datasets/{code}/protections/{protection}".
    pub(super) fn protection(&mut self, field: &str, name: &str) -> (String, Protection) {
        let parts = name.strip_prefix("datasets/").and_then(|rest| rest.split_once("/protections/"));
        let named = parts.and_then(|(dataset, protection)| {
            let protection = Protection::named(protection)?;
            is_code(dataset).then(|| (dataset.to_owned(), protection))
        });
        named.unwrap_or_else(|| {
            if name.is_empty() {
                self.violations.push(FieldViolation::required(field));
            } else {
                self.wrong(
                    field,
                    "is not a name like datasets/{code}/protections/min10-width5",
                    "is geen naam zoals datasets/{code}/protections/min10-width5",
                );
            }
            Default::default()
        })
    }

    /// A name like "datasets/{code}/releases/{number}".
    pub(super) fn release(&mut self, field: &str, name: &str) -> ReleaseId {
        let parts = name.strip_prefix("datasets/").and_then(|rest| rest.split_once("/releases/"));
        let id = parts.and_then(|(dataset, number)| {
            let number = release_number(number)?;
            is_code(dataset).then(|| ReleaseId { dataset: dataset.to_owned(), number })
        });
        id.unwrap_or_else(|| {
            if name.is_empty() {
                self.violations.push(FieldViolation::required(field));
            } else {
                self.wrong(
                    field,
                    "is not a name like datasets/{code}/releases/{number}",
                    "is geen naam zoals datasets/{code}/releases/{nummer}",
                );
            }
            ReleaseId { dataset: String::new(), number: 0 }
        })
    }

    /// A kind of area, or every kind.
    pub(super) fn kind(&mut self, field: &str, number: i32) -> Option<AreaKind> {
        match pb::AreaKind::try_from(number) {
            Ok(kind) => area_kind(kind),
            Err(_) => {
                self.wrong(
                    field,
                    format!("has {number}, which is not a kind of area"),
                    format!("heeft {number}, dat is geen soort gebied"),
                );
                None
            }
        }
    }

    fn periods(&mut self, field: &str, texts: &[String]) -> Vec<Period> {
        self.at_most(field, texts.len());
        let mut periods = Vec::new();
        for (index, text) in texts.iter().take(MAX_FILTER).enumerate() {
            match Period::parse(text) {
                Ok(period) => periods.push(period),
                Err(_) => self.wrong(
                    &format!("{field}[{index}]"),
                    "is not a period like 2023, 2023Q1, 2023-06 or 2023-12-31",
                    "is geen periode zoals 2023, 2023Q1, 2023-06 of 2023-12-31",
                ),
            }
        }
        periods
    }

    /// A year.
    pub(super) fn year(&mut self, field: &str, text: &str) -> u16 {
        match Period::parse(text) {
            Ok(Period::Year(year)) => year,
            Ok(Period::Quarter(..) | Period::Month(..) | Period::Day(..)) | Err(_) => {
                if text.is_empty() {
                    self.violations.push(FieldViolation::required(field));
                } else {
                    self.wrong(field, "is not a year like 2023", "is geen jaar zoals 2023");
                }
                0
            }
        }
    }

    /// The name of an agreement or a purpose, or nothing.
    fn reference(&mut self, field: &str, name: &str, collection: &str) -> String {
        if !name.is_empty() {
            self.code(field, name, collection);
        }
        name.to_owned()
    }
}

/// The kind of the domain; none for every kind.
fn area_kind(kind: pb::AreaKind) -> Option<AreaKind> {
    match kind {
        pb::AreaKind::Unspecified => None,
        pb::AreaKind::Country => Some(AreaKind::Country),
        pb::AreaKind::Region => Some(AreaKind::Region),
        pb::AreaKind::Municipality => Some(AreaKind::Municipality),
        pb::AreaKind::District => Some(AreaKind::District),
        pb::AreaKind::Neighbourhood => Some(AreaKind::Neighbourhood),
        pb::AreaKind::ProgrammeArea => Some(AreaKind::ProgrammeArea),
        pb::AreaKind::Benchmark => Some(AreaKind::Benchmark),
    }
}

/// What a list asks for.
pub(super) fn list(request: &pb::ListObservationsRequest) -> Result<Asked, Failure> {
    let mut fields = Fields::default();
    let asked = Asked {
        dataset: fields.code("parent", &request.parent, "datasets"),
        agreement: fields.reference("agreement", &request.agreement, "agreements"),
        purpose: fields.reference("purpose", &request.purpose, "purposes"),
        indicators: fields.codes("indicators", &request.indicators, "indicators"),
        areas: fields.codes("areas", &request.areas, "areas"),
        kind: fields.kind("area_kind", request.area_kind),
        periods: fields.periods("periods", &request.periods),
        release: (!request.release.is_empty()).then(|| fields.release("release", &request.release)),
    };
    fields.done()?;
    Ok(asked)
}

/// What a stream asks for.
pub(super) fn watch(request: &pb::WatchObservationsRequest) -> Result<Asked, Failure> {
    let mut fields = Fields::default();
    let asked = Asked {
        dataset: fields.code("parent", &request.parent, "datasets"),
        agreement: fields.reference("agreement", &request.agreement, "agreements"),
        purpose: fields.reference("purpose", &request.purpose, "purposes"),
        indicators: fields.codes("indicators", &request.indicators, "indicators"),
        areas: fields.codes("areas", &request.areas, "areas"),
        kind: fields.kind("area_kind", request.area_kind),
        periods: fields.periods("periods", &request.periods),
        release: None,
    };
    fields.done()?;
    Ok(asked)
}

/// The filters of a list, for its page tokens. Each is joined by a character that stands in none.
pub(super) fn filters(request: &pb::ListObservationsRequest) -> Vec<String> {
    vec![
        "observations".to_owned(),
        request.parent.clone(),
        request.agreement.clone(),
        request.purpose.clone(),
        request.indicators.join("\n"),
        request.areas.join("\n"),
        request.area_kind.to_string(),
        request.periods.join("\n"),
        request.release.clone(),
    ]
}

/// Which release the upload with this answer made.
pub(super) fn uploaded(answer: &[u8]) -> Option<ReleaseId> {
    let answer = pb::UploadReleaseResponse::decode(answer).ok()?;
    let mut fields = Fields::default();
    let id = fields.release("name", &answer.release?.name);
    fields.done().is_ok().then_some(id)
}

/// A new dataset. What is output only is ignored.
pub(super) fn new_dataset(request: &pb::CreateDatasetRequest) -> Result<Dataset, Failure> {
    let mut fields = Fields::default();
    let Some(dataset) = &request.dataset else {
        return Err(Failure::invalid_field(FieldViolation::required("dataset")));
    };
    let visibility = match dataset.visibility() {
        pb::Visibility::Public => Visibility::Public,
        pb::Visibility::Shared => Visibility::Shared,
        pb::Visibility::Unspecified => {
            fields.wrong(
                "dataset.visibility",
                "is required: VISIBILITY_PUBLIC or VISIBILITY_SHARED",
                "is verplicht: VISIBILITY_PUBLIC of VISIBILITY_SHARED",
            );
            Visibility::Shared
        }
    };
    let subtotal = |own: &pb::Subtotal| Subtotal { category: own.category.clone(), parts: own.parts.clone() };
    let dimension = |dimension: &pb::Dimension| Dimension {
        code: dimension.code.clone(),
        name: dimension.display_name.clone(),
        total: Some(dimension.total.clone()).filter(|total| !total.is_empty()),
        categories: dimension.categories.clone(),
        subtotals: dimension.subtotals.iter().map(subtotal).collect(),
    };
    let read = Dataset {
        code: request.dataset_id.clone(),
        name: dataset.display_name.clone(),
        description: dataset.description.clone(),
        owner: String::new(),
        visibility,
        indicators: fields.codes("dataset.indicators", &dataset.indicators, "indicators"),
        dimensions: dataset.dimensions.iter().map(dimension).collect(),
        fictitious: dataset.fictitious,
        latest_release: None,
    };
    fields.done()?;
    Ok(read)
}
