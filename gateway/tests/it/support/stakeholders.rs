//! Stakeholders that answer with what they were asked.

use proto::stakeholders::v1::stakeholders_service_server::StakeholdersService;
use proto::stakeholders::v1::*;
use tonic::{Request, Response, Status};

pub(crate) struct Fake;

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl StakeholdersService for Fake {
    async fn get_stakeholder(&self, _: Request<GetStakeholderRequest>) -> Answer<Stakeholder> {
        Err(Status::unimplemented("not played"))
    }

    async fn list_stakeholders(
        &self,
        _: Request<ListStakeholdersRequest>,
    ) -> Answer<ListStakeholdersResponse> {
        Err(Status::unimplemented("not played"))
    }

    async fn create_stakeholder(&self, _: Request<CreateStakeholderRequest>) -> Answer<Stakeholder> {
        Err(Status::unimplemented("not played"))
    }

    /// The answer has the paths of the mask in its display name.
    async fn update_stakeholder(&self, request: Request<UpdateStakeholderRequest>) -> Answer<Stakeholder> {
        let UpdateStakeholderRequest { stakeholder, update_mask, request_id: _ } = request.into_inner();
        let display_name = update_mask.unwrap_or_default().paths.join("|");
        Ok(Response::new(Stakeholder { display_name, ..stakeholder.unwrap_or_default() }))
    }

    async fn create_signing_key(&self, _: Request<CreateSigningKeyRequest>) -> Answer<SigningKey> {
        Err(Status::unimplemented("not played"))
    }

    async fn withdraw_signing_key(&self, _: Request<WithdrawSigningKeyRequest>) -> Answer<SigningKey> {
        Err(Status::unimplemented("not played"))
    }

    async fn list_signing_keys(&self, _: Request<ListSigningKeysRequest>) -> Answer<ListSigningKeysResponse> {
        Err(Status::unimplemented("not played"))
    }

    async fn look_up_organisation(&self, _: Request<LookUpOrganisationRequest>) -> Answer<Organisation> {
        Err(Status::unimplemented("not played"))
    }

    async fn name_organisations(
        &self,
        _: Request<NameOrganisationsRequest>,
    ) -> Answer<NameOrganisationsResponse> {
        Err(Status::unimplemented("not played"))
    }
}
