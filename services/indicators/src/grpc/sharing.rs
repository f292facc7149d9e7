//! `SharingService`.

use std::collections::HashSet;
use std::sync::Arc;

use platform::status::FieldViolation;
use proto::indicators::v1 as pb;
use proto::indicators::v1::sharing_service_server::SharingService;
use tonic::{Request, Response, Status};

use super::request::Fields;
use super::status::status;
use super::{consent, convert, protection, unprotectable};
use crate::app::App;
use crate::app::error::Error;
use crate::app::sharing::{Description, Preview};
use crate::domain::area::AreaKind;
use crate::domain::permit::Scope;
use crate::domain::preview::{Counts, Gap};
use crate::domain::protection::Protection;
use crate::domain::release::ReleaseId;

#[derive(Debug)]
pub(super) struct Sharing(pub(super) Arc<App>);

#[tonic::async_trait]
impl SharingService for Sharing {
    async fn describe_dataset(
        &self,
        request: Request<pb::DescribeDatasetRequest>,
    ) -> Result<Response<pb::DescribeDatasetResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let dataset = fields.code("dataset", &request.dataset, "datasets");
        fields.at_most("areas", request.areas.len());
        fields.at_most("indicators", request.indicators.len());
        fields.done()?;
        // A name that is no name of an area is that of no area.
        let areas = codes(&request.areas, "areas/");
        let described = self.0.describe(&dataset, &areas, request.with_periods).await.map_err(status)?;
        let known = self.0.known_indicators(&codes(&request.indicators, "indicators/")).await;
        let known: HashSet<_> =
            known.map_err(status)?.iter().map(|code| format!("indicators/{code}")).collect();
        let mut unknown_indicators = request.indicators;
        unknown_indicators.retain(|name| !known.contains(name));
        Ok(Response::new(pb::DescribeDatasetResponse { unknown_indicators, ..description(described) }))
    }

    async fn preview_scope(
        &self,
        request: Request<pb::PreviewScopeRequest>,
    ) -> Result<Response<pb::PreviewScopeResponse>, Status> {
        let (scope, protection) =
            what(request.into_inner()).map_err(|wrong| status(Error::Invalid(wrong)))?;
        let preview = self.0.preview(scope, protection).await.map_err(status)?;
        Ok(Response::new(counts(preview)))
    }

    async fn protect_dataset(
        &self,
        request: Request<pb::ProtectDatasetRequest>,
    ) -> Result<Response<pb::ProtectDatasetResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let dataset = fields.code("dataset", &request.dataset, "datasets");
        fields.done()?;
        let failure = match request.protection.and_then(consent::protection) {
            Some(protection) => {
                let done = self.0.protect_named(&dataset, protection).await.map_err(status)?;
                done.err().map(|none| unprotectable::failure(&none))
            }
            None => Some(unprotectable::not_given(&dataset)),
        };
        Ok(Response::new(pb::ProtectDatasetResponse { failure }))
    }
}

/// The scope and the protection of a request, or what in it is not understood.
fn what(request: pb::PreviewScopeRequest) -> Result<(Scope, Protection), Vec<FieldViolation>> {
    let scope = request.scope.and_then(consent::scope);
    let protection = request.protection.and_then(consent::protection);
    match (scope, protection) {
        (Some(scope), Some(protection)) => Ok((scope, protection)),
        (scope, protection) => {
            let understood = [("scope", scope.is_some()), ("protection", protection.is_some())];
            let wrong = understood.into_iter().filter(|(_, understood)| !understood);
            Err(wrong.map(|(field, _)| protection::not_understood(field)).collect())
        }
    }
}

/// The codes in those of these names that begin with this collection.
fn codes(names: &[String], collection: &str) -> Vec<String> {
    names.iter().filter_map(|name| name.strip_prefix(collection)).map(str::to_owned).collect()
}

fn release(id: Option<ReleaseId>) -> String {
    id.map(|id| id.resource_name()).unwrap_or_default()
}

fn description(described: Description) -> pb::DescribeDatasetResponse {
    let area = |(code, kind): (String, AreaKind)| pb::DescribedArea {
        area: format!("areas/{code}"),
        level: kind.level().to_owned(),
    };
    let areas = described.areas.into_iter().map(area).collect();
    let Some(dataset) = described.dataset else {
        return pb::DescribeDatasetResponse { areas, ..Default::default() };
    };
    let shown = convert::dataset(&dataset);
    pb::DescribeDatasetResponse {
        exists: true,
        visibility: shown.visibility,
        display_name: shown.display_name,
        fictitious: shown.fictitious,
        indicators: shown.indicators,
        rate_indicators: described.rates.iter().map(|code| format!("indicators/{code}")).collect(),
        dimensions: shown.dimensions.into_iter().map(|dimension| dimension.code).collect(),
        latest_release: shown.latest_release,
        periods: described.periods.iter().map(ToString::to_string).collect(),
        owner_oin: dataset.owner,
        areas,
        enforceable: consent::ENFORCEABLE.map(i32::from).to_vec(),
        unknown_indicators: Vec::new(),
    }
}

fn counts(preview: Preview) -> pb::PreviewScopeResponse {
    let gap = |gap: Gap| pb::ScopeGap {
        indicator: format!("indicators/{}", gap.indicator),
        period: gap.period.to_string(),
        area: gap.area.map(|code| format!("areas/{code}")).unwrap_or_default(),
    };
    let (counts, failure) = match preview.counts {
        Ok(counts) => (counts, None),
        Err(none) => (Counts::default(), Some(unprotectable::failure(&none))),
    };
    pb::PreviewScopeResponse {
        release: release(preview.release),
        fictitious: preview.fictitious,
        cell_count: convert::count(counts.cells),
        withheld_count: convert::count(counts.withheld),
        gap_count: convert::count(counts.gap_count),
        gaps: counts.gaps.into_iter().map(gap).collect(),
        failure,
    }
}
