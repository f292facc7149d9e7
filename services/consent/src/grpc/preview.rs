//! AgreementPreviewService.

use platform::identity::caller;
use proto::consent::v1 as wire;
use proto::consent::v1::agreement_preview_service_server::AgreementPreviewService;
use tonic::{Request, Response, Status};

use super::{convert, status};
use crate::app::figures::Gap;
use crate::app::preview::{Preview, Previews};

/// Serves previews.
#[derive(Debug)]
pub(crate) struct PreviewsApi {
    previews: Previews,
}

impl PreviewsApi {
    /// Over these use cases.
    pub(crate) fn new(previews: Previews) -> Self {
        Self { previews }
    }
}

#[tonic::async_trait]
impl AgreementPreviewService for PreviewsApi {
    async fn preview_agreement(
        &self,
        request: Request<wire::PreviewAgreementRequest>,
    ) -> Result<Response<wire::PreviewAgreementResponse>, Status> {
        let (caller, name) = (caller(&request), request.into_inner().name);
        let preview = self.previews.preview(&caller, &name).await.map_err(status::of)?;
        Ok(Response::new(response(preview)))
    }
}

fn touched(((enforcement_point, recipient_oin), count): ((String, String), u64)) -> wire::TouchedStreams {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    wire::TouchedStreams { enforcement_point, recipient_oin, count }
}

fn response(
    Preview { agreement, previewed, notice, open_streams }: Preview,
) -> wire::PreviewAgreementResponse {
    let empty =
        |gap: Gap| wire::EmptyCombination { indicator: gap.indicator, period: gap.period, area: gap.area };
    let recipients =
        agreement.document.content.terms().recipients.iter().map(|recipient| wire::RecipientPreview {
            recipient: Some(convert::party(recipient)),
            cell_count: previewed.cells,
            withheld_count: previewed.withheld,
        });
    wire::PreviewAgreementResponse {
        agreement: agreement.id.name(),
        recipients: recipients.collect(),
        release: previewed.release,
        fictitious: previewed.fictitious,
        empty_combination_count: previewed.gap_count,
        empty_combinations: previewed.gaps.into_iter().map(empty).collect(),
        notice_nl: notice,
        open_streams: open_streams.into_iter().map(touched).collect(),
    }
}
