//! AgreementService.

use platform::idempotency::Key;
use platform::identity::caller;
use platform::page::Page;
use platform::status::Failure;
use prost::Message;
use proto::consent::v1 as wire;
use proto::consent::v1::agreement_service_server::AgreementService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::pages::{self, Batch};
use super::{convert, status};
use crate::app::agreements::{Agreements, Answer, Once, Wanted};
use crate::domain::name::AgreementId;
use crate::domain::signature::SignatureKind;

/// Serves agreements.
#[derive(Debug)]
pub(crate) struct AgreementsApi {
    agreements: Agreements,
}

impl AgreementsApi {
    /// Over these use cases.
    pub(crate) fn new(agreements: Agreements) -> Self {
        Self { agreements }
    }

    async fn sign(
        &self,
        caller: &platform::identity::Caller,
        name: &str,
        kind: SignatureKind,
        jws: String,
        key: Option<Key>,
    ) -> Result<Response<wire::Agreement>, Status> {
        answer(self.agreements.sign(caller, name, kind, jws, &once(key)).await.map_err(status::of)?)
    }
}

pub(super) fn once(key: Option<Key>) -> Once {
    Once { key, encode: convert::encoded }
}

pub(super) fn answer(answer: Answer) -> Result<Response<wire::Agreement>, Status> {
    match answer {
        Answer::New(shown, now) => Ok(Response::new(convert::listed(&shown, now).1)),
        Answer::Kept(bytes) => {
            let kept =
                wire::Agreement::decode(bytes.as_slice()).map_err(|error| Failure::internal(&error))?;
            Ok(Response::new(kept))
        }
    }
}

#[tonic::async_trait]
impl AgreementService for AgreementsApi {
    async fn get_agreement(
        &self,
        request: Request<wire::GetAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, name) = (caller(&request), request.into_inner().name);
        let agreement = self.agreements.get(&caller, &name).await.map_err(status::of)?;
        Ok(Response::new(convert::listed(&agreement, self.agreements.now()).1))
    }

    async fn list_agreements(
        &self,
        request: Request<wire::ListAgreementsRequest>,
    ) -> Result<Response<wire::ListAgreementsResponse>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let state = convert::state_filter(asked.state)?;
        let wanted = Wanted::new(
            state,
            asked.expiring_within_days,
            asked.awaiting_my_signature,
            asked.unused_for_days,
        );
        let wanted = wanted.map_err(status::of)?;
        let filters = [
            "agreements",
            &asked.state.to_string(),
            &asked.expiring_within_days.to_string(),
            &asked.awaiting_my_signature.to_string(),
            &asked.unused_for_days.to_string(),
        ];
        let page = Page::parse(asked.page_size, &asked.page_token, &filters)?;
        let before = page.after_as::<Uuid>()?.map(AgreementId::new);
        let (caller, now) = (&caller, self.agreements.now());
        let some = |before, limit| async move {
            let found = self.agreements.list(caller, wanted, before, limit).await.map_err(status::of)?;
            let items = found.agreements.iter().map(|found| convert::listed(found, now)).collect();
            Ok(Batch { items, more_after: found.more_after })
        };
        let (agreements, next_page_token) = pages::read(&page, before, some).await?;
        Ok(Response::new(wire::ListAgreementsResponse { agreements, next_page_token }))
    }

    async fn create_agreement(
        &self,
        request: Request<wire::CreateAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "CreateAgreement", &asked.request_id, &asked)?;
        let content = asked.content.unwrap_or_default();
        let created = self.agreements.create(&caller, convert::draft(content), Vec::new(), &once(key)).await;
        answer(created.map_err(status::of)?)
    }

    async fn propose_agreement(
        &self,
        request: Request<wire::ProposeAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "ProposeAgreement", &asked.request_id, &asked)?;
        let proposed = self.agreements.propose(&caller, &asked.name, &asked.etag, &once(key)).await;
        answer(proposed.map_err(status::of)?)
    }

    async fn sign_agreement(
        &self,
        request: Request<wire::SignAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "SignAgreement", &asked.request_id, &asked)?;
        self.sign(&caller, &asked.name, SignatureKind::Accept, asked.jws, key).await
    }

    async fn reject_agreement(
        &self,
        request: Request<wire::RejectAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "RejectAgreement", &asked.request_id, &asked)?;
        self.sign(&caller, &asked.name, SignatureKind::Reject, asked.jws, key).await
    }

    async fn revoke_agreement(
        &self,
        request: Request<wire::RevokeAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "RevokeAgreement", &asked.request_id, &asked)?;
        self.sign(&caller, &asked.name, SignatureKind::Revoke, asked.jws, key).await
    }

    async fn suspend_agreement(
        &self,
        request: Request<wire::SuspendAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "SuspendAgreement", &asked.request_id, &asked)?;
        self.sign(&caller, &asked.name, SignatureKind::Suspend, asked.jws, key).await
    }

    async fn resume_agreement(
        &self,
        request: Request<wire::ResumeAgreementRequest>,
    ) -> Result<Response<wire::Agreement>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "ResumeAgreement", &asked.request_id, &asked)?;
        self.sign(&caller, &asked.name, SignatureKind::Resume, asked.jws, key).await
    }

    async fn delete_agreement(
        &self,
        request: Request<wire::DeleteAgreementRequest>,
    ) -> Result<Response<()>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "DeleteAgreement", &asked.request_id, &asked)?;
        let deleted = self.agreements.delete(&caller, &asked.name, &asked.etag, key.as_ref()).await;
        deleted.map_err(status::of)?;
        Ok(Response::new(()))
    }
}
