//! `ProtectionService`.

use std::ops::RangeInclusive;
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
use super::{consent, convert, unprotectable, withheld};
use crate::app::App;
use crate::app::error::Error;
use crate::domain::masking::ENGINE;
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
        name: own.protection.mask_name(&release.id),
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

/// The protection of a request, as it can be agreed.
fn protection(asked: Option<proto::consent::v1::Protection>) -> Result<Protection, Error> {
    let wrong = asked.as_ref().map(beyond).unwrap_or_default();
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    asked.and_then(consent::protection).ok_or_else(|| Error::Invalid(vec![not_understood("protection")]))
}

/// The terms that cannot be agreed so. Who sees that nobody is in the other categories knows that all of the group is
/// in one, so a rule on groups goes with withheld zeros.
fn beyond(asked: &proto::consent::v1::Protection) -> Vec<FieldViolation> {
    let (n, k) = (asked.dominance_n, asked.dominance_k);
    // Of each whether it may be left out, and its bounds.
    let terms = [
        ("minimum_count", asked.minimum_count, false, 5..=1000),
        ("minimum_denominator", asked.minimum_denominator, true, 10..=10_000),
        ("group_percent", asked.group_percent, true, 50..=100),
        ("interval_width", asked.interval_width, true, 2..=1000),
        ("p_percent", asked.p_percent, true, 1..=100),
        ("dominance_n", n, k == 0, 1..=5),
        ("dominance_k", k, n == 0, 50..=99),
        ("rounding_base", asked.rounding_base, true, 3..=100),
    ];
    let is_right = |(_, value, may_lack, within): &(&str, i32, bool, RangeInclusive<i32>)| {
        within.contains(value) || (*may_lack && *value == 0)
    };
    let mut wrong: Vec<FieldViolation> = terms
        .into_iter()
        .filter(|term| !is_right(term))
        .map(|(field, value, may_lack, within)| {
            let (from, to) = within.into_inner();
            let (or_en, or_nl) = if may_lack { (", or 0 for none", ", of 0 voor geen") } else { ("", "") };
            FieldViolation::new(
                format!("protection.{field}"),
                format!("is {value}; expected {from} to {to}{or_en}"),
                format!("is {value}; verwacht wordt {from} tot en met {to}{or_nl}"),
            )
        })
        .collect();
    if asked.group_percent > 0 && !asked.protect_zeros {
        wrong.push(FieldViolation::new(
            "protection.protect_zeros",
            "has to be true together with group_percent",
            "moet true zijn samen met group_percent",
        ));
    }
    wrong
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
        Err(none) => pb::ReleaseAudit { failure: Some(unprotectable::failure(&none)), ..shown },
    }
}
