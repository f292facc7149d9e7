//! The service as the contract has it: requests in, answers out.

mod convert;
mod status;

use platform::idempotency::Key;
use platform::identity::caller;
use platform::page::Page;
use platform::status::answer;
use proto::stakeholders::v1 as pb;
use proto::stakeholders::v1::stakeholders_service_server::{StakeholdersService, StakeholdersServiceServer};
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::domain::stakeholder::Stakeholder;

/// The use cases, served.
pub(crate) fn server(app: App) -> StakeholdersServiceServer<impl StakeholdersService> {
    StakeholdersServiceServer::new(Server { app })
}

struct Server {
    app: App,
}

#[tonic::async_trait]
impl StakeholdersService for Server {
    async fn get_stakeholder(
        &self,
        request: Request<pb::GetStakeholderRequest>,
    ) -> Result<Response<pb::Stakeholder>, Status> {
        let id = convert::stakeholder_name("name", &request.get_ref().name)?;
        answer(self.app.stakeholder(&id).await.map(pb::Stakeholder::from))
    }

    async fn list_stakeholders(
        &self,
        request: Request<pb::ListStakeholdersRequest>,
    ) -> Result<Response<pb::ListStakeholdersResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token, &["stakeholders"])?;
        let listed = self.app.stakeholders(page.after_as()?.as_ref(), u64::from(page.size) + 1).await;
        answer(listed.map(|mut stakeholders| {
            let next_page_token = page.cut(&mut stakeholders, |last: &Stakeholder| last.id.to_string());
            let stakeholders = stakeholders.into_iter().map(pb::Stakeholder::from).collect();
            pb::ListStakeholdersResponse { stakeholders, next_page_token }
        }))
    }

    async fn create_stakeholder(
        &self,
        request: Request<pb::CreateStakeholderRequest>,
    ) -> Result<Response<pb::Stakeholder>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "CreateStakeholder", &request.request_id, &request)?;
        let (id, profile) = convert::new_stakeholder(request)?;
        answer(self.app.create_stakeholder(id, profile, key.as_ref()).await)
    }

    async fn update_stakeholder(
        &self,
        request: Request<pb::UpdateStakeholderRequest>,
    ) -> Result<Response<pb::Stakeholder>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "UpdateStakeholder", &request.request_id, &request)?;
        let (id, change, etag) = convert::stakeholder_change(request)?;
        answer(self.app.update_stakeholder(&id, change, &etag, key.as_ref()).await)
    }

    async fn create_signing_key(
        &self,
        request: Request<pb::CreateSigningKeyRequest>,
    ) -> Result<Response<pb::SigningKey>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "CreateSigningKey", &request.request_id, &request)?;
        let (id, public_key, proof) = convert::new_signing_key(request)?;
        answer(self.app.create_signing_key(&caller, &id, &public_key, &proof, key.as_ref()).await)
    }

    async fn withdraw_signing_key(
        &self,
        request: Request<pb::WithdrawSigningKeyRequest>,
    ) -> Result<Response<pb::SigningKey>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "WithdrawSigningKey", &request.request_id, &request)?;
        let name = convert::signing_key_name(&request.name)?;
        answer(self.app.withdraw_signing_key(&caller, &name, key.as_ref()).await)
    }

    async fn list_signing_keys(
        &self,
        request: Request<pb::ListSigningKeysRequest>,
    ) -> Result<Response<pb::ListSigningKeysResponse>, Status> {
        let id = convert::stakeholder_name("parent", &request.get_ref().parent)?;
        answer(self.app.signing_keys(&id).await.map(|keys| pb::ListSigningKeysResponse {
            signing_keys: keys.into_iter().map(pb::SigningKey::from).collect(),
        }))
    }

    async fn look_up_organisation(
        &self,
        request: Request<pb::LookUpOrganisationRequest>,
    ) -> Result<Response<pb::Organisation>, Status> {
        let oin = convert::oin_of_look_up(request.into_inner())?;
        let found = self.app.organisation(&oin).await;
        answer(found.map(|(stakeholder, keys)| pb::Organisation {
            oin: oin.to_string(),
            stakeholder: stakeholder.id.resource_name(),
            display_name: stakeholder.profile.display_name.into(),
            signing_keys: keys.into_iter().map(pb::SigningKey::from).collect(),
        }))
    }

    async fn name_organisations(
        &self,
        request: Request<pb::NameOrganisationsRequest>,
    ) -> Result<Response<pb::NameOrganisationsResponse>, Status> {
        let oins = convert::oins_to_name(request.into_inner())?;
        answer(self.app.names(&oins).await.map(|names| pb::NameOrganisationsResponse {
            display_names: names.into_iter().map(|(oin, name)| (oin.to_string(), name)).collect(),
        }))
    }
}
