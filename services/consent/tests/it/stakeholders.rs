//! Organisations come from the stakeholders service.

use consent::offline::{self, SignatureKind};
use consent::{Seams, Store, Upstreams, build_with};
use platform::clock::timestamp;
use platform::keys::PrivateKey;
use platform::shutdown::Shutdown;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::{CreateAgreementRequest, ProposeAgreementRequest, SignAgreementRequest};
use proto::stakeholders::v1::stakeholders_service_server::{StakeholdersService, StakeholdersServiceServer};
use proto::stakeholders::v1::*;
use testkit::{InProcess, Party as Caller};
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};

use crate::world::{self, fields, refusal};

/// A stakeholders service that knows two organisations.
#[derive(Debug)]
struct Fake {
    weller: PrivateKey,
    clock: platform::clock::Clock,
}

#[tonic::async_trait]
impl StakeholdersService for Fake {
    async fn look_up_organisation(
        &self,
        request: Request<LookUpOrganisationRequest>,
    ) -> Result<Response<Organisation>, Status> {
        let oin = request.into_inner().oin;
        let key = |pem: String| SigningKey {
            public_key_pem: pem,
            create_time: Some(timestamp(self.clock.now())),
            ..Default::default()
        };
        if oin == Caller::Weller.oin() {
            let signing_keys = vec![key("no PEM".to_owned()), key(self.weller.public().to_pem())];
            let display_name = "Weller".to_owned();
            Ok(Response::new(Organisation { oin, display_name, signing_keys, ..Default::default() }))
        } else if oin == Caller::Ggd.oin() {
            Ok(Response::new(Organisation { oin, display_name: "GGD".to_owned(), ..Default::default() }))
        } else if oin == Caller::WonenZuid.oin() {
            Err(Status::internal("broken"))
        } else {
            Err(Status::not_found("no such organisation"))
        }
    }

    async fn name_organisations(
        &self,
        request: Request<NameOrganisationsRequest>,
    ) -> Result<Response<NameOrganisationsResponse>, Status> {
        let mut display_names = std::collections::HashMap::new();
        for oin in request.into_inner().oins {
            if oin == Caller::WonenZuid.oin() {
                return Err(Status::internal("broken"));
            }
            for (known, name) in [(Caller::Weller.oin(), "Weller"), (Caller::Ggd.oin(), "GGD")] {
                if oin == known {
                    display_names.insert(oin.clone(), name.to_owned());
                }
            }
        }
        Ok(Response::new(NameOrganisationsResponse { display_names }))
    }

    async fn get_stakeholder(
        &self,
        _: Request<GetStakeholderRequest>,
    ) -> Result<Response<Stakeholder>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn list_stakeholders(
        &self,
        _: Request<ListStakeholdersRequest>,
    ) -> Result<Response<ListStakeholdersResponse>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn create_stakeholder(
        &self,
        _: Request<CreateStakeholderRequest>,
    ) -> Result<Response<Stakeholder>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn update_stakeholder(
        &self,
        _: Request<UpdateStakeholderRequest>,
    ) -> Result<Response<Stakeholder>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn create_signing_key(
        &self,
        _: Request<CreateSigningKeyRequest>,
    ) -> Result<Response<SigningKey>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn withdraw_signing_key(
        &self,
        _: Request<WithdrawSigningKeyRequest>,
    ) -> Result<Response<SigningKey>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn list_signing_keys(
        &self,
        _: Request<ListSigningKeysRequest>,
    ) -> Result<Response<ListSigningKeysResponse>, Status> {
        Err(Status::unimplemented("not asked here"))
    }
}

#[tokio::test]
async fn names_and_keys_are_those_of_the_stakeholders_service() {
    for world in world::worlds().await {
        let weller = PrivateKey::generate().unwrap();
        let fake = Fake { weller: weller.clone(), clock: world.clock.clone() };
        let stakeholders =
            InProcess::new("stakeholders", Routes::new(StakeholdersServiceServer::new(fake)), &world.clock);
        let upstream = stakeholders.called_as(Caller::Service("consent"));
        let upstreams = Upstreams {
            stakeholders: upstream.clone(),
            indicators: upstream.clone(),
            inspanningen: upstream,
        };
        let seams = Seams { figures: world.figures.clone(), ..Seams::from(upstreams) };
        let store = Store::new(world.test.database.clone());
        let routes = build_with(&world.signing, store, world.clock.clone(), seams, Shutdown::new()).unwrap();
        let service = InProcess::new("consent", routes, &world.clock);
        let mut client = AgreementServiceClient::new(service.called_as(Caller::Weller));

        let create = |oin: &str| {
            let mut content = world::content();
            oin.clone_into(&mut content.recipients[0].oin);
            CreateAgreementRequest { content: Some(content), request_id: String::new() }
        };
        let unknown = client.create_agreement(create("00000099000000009999")).await.unwrap_err();
        assert_eq!(fields(&unknown), ["content.recipients[0].oin"]);
        let broken = client.create_agreement(create(Caller::WonenZuid.oin())).await.unwrap_err();
        assert_eq!(refusal(&broken), (Code::Unavailable, "UNAVAILABLE".to_owned()));
        let draft = client.create_agreement(create(Caller::Ggd.oin())).await.unwrap().into_inner();
        assert_eq!(draft.content.as_ref().unwrap().recipients[0].display_name, "GGD");

        let propose = ProposeAgreementRequest { name: draft.name.clone(), ..Default::default() };
        client.propose_agreement(propose).await.unwrap();
        let sign = |key: &PrivateKey| {
            let now = world.clock.now();
            let kind = SignatureKind::Accept;
            let jws = offline::sign(&draft.content_json, &draft.content_hash, kind, key, now).unwrap();
            SignAgreementRequest { name: draft.name.clone(), jws, request_id: String::new() }
        };
        let unregistered = client.sign_agreement(sign(&PrivateKey::generate().unwrap())).await.unwrap_err();
        assert_eq!(refusal(&unregistered), (Code::PermissionDenied, "SIGNATURE_INVALID".to_owned()));
        let signed = client.sign_agreement(sign(&weller)).await.unwrap().into_inner();
        assert_eq!(signed.signatures.len(), 1, "{}", world.kind);
    }
}
