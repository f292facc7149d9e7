//! The figures, as the indicators service knows them.

use std::time::Duration;

use futures_util::future::BoxFuture;
use platform::status::damaged_resource;
use platform::upstream::Vouched;
use proto::consent::v1 as own;
use proto::indicators::v1 as wire;
use proto::indicators::v1::sharing_service_client::SharingServiceClient;
use tonic::Status;

use super::convert;
use crate::app::figures::{DatasetFacts, Described, Figures, Gap, Obstacle, PreviewQuery, Previewed};
use crate::app::unanswered::Unanswered;
use crate::domain::content::Protection;

const SERVICE: &str = "indicators";
/// How long the indicators service may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long it may take to protect a dataset, or to find out what that would take: somewhat less than the
/// gateway waits.
const PROTECTING: Duration = Duration::from_secs(9 * 60 + 30);

/// Asks the indicators service.
#[derive(Clone, Debug)]
pub(crate) struct IndicatorsClient {
    client: SharingServiceClient<Vouched>,
}

impl IndicatorsClient {
    /// Over this upstream.
    pub(crate) fn new(indicators: Vouched) -> Self {
        Self { client: SharingServiceClient::new(indicators) }
    }
}

/// A call that is given up when it takes too long: who is called hears that it is.
async fn in_time<T>(
    timeout: Duration,
    call: impl Future<Output = Result<tonic::Response<T>, Status>>,
) -> Result<T, Unanswered> {
    match tokio::time::timeout(timeout, call).await {
        Ok(Ok(answer)) => Ok(answer.into_inner()),
        Ok(Err(status)) => {
            // Of which protection a mask is, is for those who agreed on it.
            let of_release = |resource: String| resource.split("/mask-reports/").next().map(str::to_owned);
            let damaged = damaged_resource(&status).and_then(of_release);
            Err(Unanswered::new(SERVICE, status).of_damaged(damaged))
        }
        Err(elapsed) => Err(Unanswered::new(SERVICE, elapsed)),
    }
}

impl Figures for IndicatorsClient {
    fn describe<'a>(
        &'a self,
        dataset: &'a str,
        areas: &'a [String],
        indicators: &'a [String],
    ) -> BoxFuture<'a, Result<Described, Unanswered>> {
        let mut client = self.client.clone();
        let request = wire::DescribeDatasetRequest {
            dataset: dataset.to_owned(),
            areas: areas.to_vec(),
            with_periods: false,
            indicators: indicators.to_vec(),
        };
        Box::pin(async move { described(in_time(TIMEOUT, client.describe_dataset(request)).await?) })
    }

    fn preview(&self, query: PreviewQuery) -> BoxFuture<'_, Result<Previewed, Unanswered>> {
        let mut client = self.client.clone();
        let request = request(query);
        Box::pin(async move { Ok(previewed(in_time(PROTECTING, client.preview_scope(request)).await?)) })
    }

    fn protect<'a>(
        &'a self,
        dataset: &'a str,
        protection: Protection,
    ) -> BoxFuture<'a, Result<Option<Obstacle>, Unanswered>> {
        let mut client = self.client.clone();
        let request = wire::ProtectDatasetRequest {
            dataset: dataset.to_owned(),
            protection: Some(convert::protection(protection)),
        };
        Box::pin(async move {
            let answer = in_time(PROTECTING, client.protect_dataset(request)).await?;
            Ok(answer.failure.map(obstacle))
        })
    }
}

fn described(answer: wire::DescribeDatasetResponse) -> Result<Described, Unanswered> {
    let public = answer.visibility() == wire::Visibility::Public;
    let levels = answer.areas.into_iter().map(|area| (area.area, area.level)).collect();
    let unknown_indicators = answer.unknown_indicators;
    if !answer.exists {
        return Ok(Described { dataset: None, levels, unknown_indicators });
    }
    // A term that is not known here is one that no agreement asks for.
    let enforceable = answer.enforceable.iter().filter_map(|number| convert::protection_term(*number));
    let dataset = DatasetFacts {
        owner: answer.owner_oin.parse().map_err(|_| Unanswered::new(SERVICE, "the owner has no OIN"))?,
        public,
        fictitious: answer.fictitious,
        indicators: answer.indicators,
        rates: answer.rate_indicators,
        dimensions: answer.dimensions,
        enforceable: enforceable.collect(),
    };
    Ok(Described { dataset: Some(dataset), levels, unknown_indicators })
}

fn request(query: PreviewQuery) -> wire::PreviewScopeRequest {
    wire::PreviewScopeRequest {
        scope: Some(own::Scope {
            dataset: query.dataset,
            indicators: query.indicators,
            area_level: query.area_level,
            areas: query.areas,
            periods: query.periods,
            dimensions: query.dimensions,
        }),
        protection: Some(convert::protection(query.protection)),
    }
}

fn previewed(answer: wire::PreviewScopeResponse) -> Previewed {
    let gap = |gap: wire::ScopeGap| Gap { indicator: gap.indicator, period: gap.period, area: gap.area };
    Previewed {
        release: answer.release,
        fictitious: answer.fictitious,
        cells: answer.cell_count,
        withheld: answer.withheld_count,
        gaps: answer.gaps.into_iter().map(gap).collect(),
        gap_count: answer.gap_count,
        obstacle: answer.failure.map(obstacle),
    }
}

fn obstacle(failure: wire::ProtectionFailure) -> Obstacle {
    let cell = |cell: wire::UnprotectedCell| {
        let source = if cell.source.is_empty() { String::new() } else { format!(" ({})", cell.source) };
        format!("{} {} {}{source}", cell.indicator, cell.period, cell.cell)
    };
    Obstacle {
        release: failure.release,
        cells: failure.cells.into_iter().map(cell).collect(),
        cell_count: failure.cell_count,
        message_nl: failure.message_nl,
        message_en: failure.message_en,
    }
}
