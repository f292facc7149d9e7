//! ExplanationService.

use platform::clock::timestamp;
use platform::identity::caller;
use proto::consent::v1 as wire;
use proto::consent::v1::explanation_service_server::ExplanationService;
use tonic::{Request, Response, Status};

use super::{convert, status};
use crate::app::explanation::{Explanation, Explanations, Question};
use crate::domain::content::Delivery;

/// Serves explanations.
#[derive(Debug)]
pub(crate) struct ExplanationsApi {
    explanations: Explanations,
}

impl ExplanationsApi {
    /// Over these use cases.
    pub(crate) fn new(explanations: Explanations) -> Self {
        Self { explanations }
    }
}

#[tonic::async_trait]
impl ExplanationService for ExplanationsApi {
    async fn explain_decision(
        &self,
        request: Request<wire::ExplainDecisionRequest>,
    ) -> Result<Response<wire::ExplainDecisionResponse>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let explained = self.explanations.explain(&caller, question(asked)?).await;
        Ok(Response::new(response(explained.map_err(status::of)?)))
    }
}

fn question(asked: wire::ExplainDecisionRequest) -> Result<Question, Status> {
    let delivery = if asked.delivery == i32::from(wire::Delivery::Unspecified) {
        Some(Delivery::Pull)
    } else {
        convert::delivery(asked.delivery)
    };
    let delivery = delivery.ok_or_else(|| {
        convert::wrong_field("delivery", "is not a way of delivery", "is geen manier van leveren")
    })?;
    Ok(Question {
        agreement: asked.agreement,
        purpose: asked.purpose,
        dataset: asked.dataset,
        indicators: asked.indicators,
        areas: asked.areas,
        area_level: asked.area_level,
        periods: asked.periods,
        delivery,
        system: asked.system,
        recipient: asked.recipient_oin,
    })
}

fn response(explanation: Explanation) -> wire::ExplainDecisionResponse {
    let permit = explanation.permit.as_ref();
    wire::ExplainDecisionResponse {
        permitted: explanation.permitted,
        scope: permit.map(|permit| convert::scope(permit.scope())),
        protection: permit.map(|permit| convert::protection(permit.protection())),
        expire_time: permit.map(|permit| timestamp(permit.expire_time())),
        reasons: explanation.reasons.into_iter().map(convert::reason).collect(),
        content_hash: explanation.content_hash.unwrap_or_default(),
        decision_needed: explanation.decision_needed,
        system: explanation.system,
        dry_run: true,
        notice_nl: explanation.notice,
    }
}
