//! Signing keys.

use platform::clock::timestamp;
use platform::keys::{PrivateKey, PublicKey};
use proto::stakeholders::v1::{
    CreateSigningKeyRequest, ListSigningKeysRequest, LookUpOrganisationRequest, SigningKey, Stakeholder,
    UpdateStakeholderRequest,
};
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{Service, both};

/// A P-256 key, made with `openssl ecparam -name prime256v1 -genkey`.
const P256: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpOlInVQdhqvmAQh4lFocjuZ9ljnU\npRqrFKO3k686Qujk5xGHe4xKLyMfBLuu/vrInXWvnEa0g0tzjLDxtvDbyg==\n-----END PUBLIC KEY-----\n";

fn register(parent: &str, pem: &str) -> CreateSigningKeyRequest {
    CreateSigningKeyRequest {
        parent: parent.to_owned(),
        signing_key: Some(SigningKey { public_key_pem: pem.to_owned(), ..SigningKey::default() }),
        request_id: String::new(),
    }
}

fn new_key() -> PublicKey {
    PrivateKey::generate().unwrap().public().clone()
}

async fn keys_of(service: &Service, stakeholder: &str) -> Vec<SigningKey> {
    let request = ListSigningKeysRequest { parent: stakeholder.to_owned() };
    let listed = service.called_as(Party::Anonymous).list_signing_keys(request).await.unwrap();
    listed.into_inner().signing_keys
}

async fn keys_that_sign_for(service: &Service, oin: &str) -> Vec<SigningKey> {
    let request = LookUpOrganisationRequest { oin: oin.to_owned() };
    let found = service.called_as(Party::Service("consent")).look_up_organisation(request).await.unwrap();
    found.into_inner().signing_keys
}

#[tokio::test]
async fn a_registered_key_is_public_and_named_by_its_thumbprint() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        let key = new_key();
        let mut weller = service.called_as(Party::Weller);
        let request = register("stakeholders/weller", &key.to_pem());
        let registered = weller.create_signing_key(request.clone()).await.unwrap().into_inner();
        let expected = SigningKey {
            name: format!("stakeholders/weller/signing-keys/{}", key.thumbprint()),
            public_key_pem: key.to_pem(),
            algorithm: "EdDSA".to_owned(),
            create_time: Some(timestamp(service.clock.now())),
            demo: false,
        };
        assert_eq!(registered, expected, "{}", service.kind);
        service.clock.advance(std::time::Duration::from_secs(60));
        let again = weller.create_signing_key(request).await.unwrap().into_inner();
        assert_eq!(again, expected, "registering it again answers the key as it is");
        assert_eq!(keys_of(&service, "stakeholders/weller").await, std::slice::from_ref(&expected));
        assert_eq!(keys_that_sign_for(&service, Party::Weller.oin()).await, [expected]);
    }
}

#[tokio::test]
async fn a_p256_key_signs_with_es256() {
    for service in both().await {
        service.add("ggd", "GGD", Party::Ggd.oin()).await;
        let mut ggd = service.called_as(Party::Ggd);
        // Line ends and what surrounds the block do not matter.
        let pem = format!("  {}\r\n", P256.replace('\n', "\r\n"));
        let key = ggd.create_signing_key(register("stakeholders/ggd", &pem)).await.unwrap().into_inner();
        assert_eq!(
            (key.algorithm.as_str(), key.public_key_pem.as_str()),
            ("ES256", P256),
            "{}",
            service.kind
        );
    }
}

#[tokio::test]
async fn only_the_organisation_itself_registers_its_keys() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        service.add("bewoners", "Bewoners", "").await;
        let pem = new_key().to_pem();
        let mut ggd = service.called_as(Party::Ggd);
        for parent in ["stakeholders/weller", "stakeholders/bewoners"] {
            let refused = refusal(ggd.create_signing_key(register(parent, &pem)).await);
            let expected = (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned());
            assert_eq!(refused, expected, "{} {parent}", service.kind);
        }
        let missing = refusal(ggd.create_signing_key(register("stakeholders/nobody", &pem)).await);
        assert_eq!(missing, (Code::NotFound, "NOT_FOUND".to_owned()));
        assert!(keys_of(&service, "stakeholders/weller").await.is_empty());
    }
}

#[tokio::test]
async fn a_key_of_another_stakeholder_is_refused() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        service.add("ggd", "GGD", Party::Ggd.oin()).await;
        let pem = new_key().to_pem();
        let mut weller = service.called_as(Party::Weller);
        weller.create_signing_key(register("stakeholders/weller", &pem)).await.unwrap();
        let mut ggd = service.called_as(Party::Ggd);
        let refused = refusal(ggd.create_signing_key(register("stakeholders/ggd", &pem)).await);
        assert_eq!(refused, (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()), "{}", service.kind);
    }
}

#[tokio::test]
async fn what_is_no_public_key_is_refused() {
    let rsa = "-----BEGIN PUBLIC KEY-----\nMA0GCSqGSIb3DQEBAQUAAwA=\n-----END PUBLIC KEY-----\n";
    let private = PrivateKey::generate().unwrap();
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        let mut weller = service.called_as(Party::Weller);
        for pem in ["", "hello", rsa, private.to_pem()] {
            let fields = wrong_fields(weller.create_signing_key(register("stakeholders/weller", pem)).await);
            assert_eq!(fields, ["signing_key.public_key_pem"], "{pem}");
        }
        let nothing = CreateSigningKeyRequest::default();
        let fields = wrong_fields(weller.create_signing_key(nothing).await);
        assert_eq!(fields, ["parent", "signing_key.public_key_pem"], "{}", service.kind);
        let mut anonymous = service.called_as(Party::Anonymous);
        let listed =
            anonymous.list_signing_keys(ListSigningKeysRequest { parent: "weller".to_owned() }).await;
        assert_eq!(wrong_fields(listed), ["parent"]);
        let request = ListSigningKeysRequest { parent: "stakeholders/nobody".to_owned() };
        assert_eq!(refusal(anonymous.list_signing_keys(request).await).0, Code::NotFound);
    }
}

#[tokio::test]
async fn a_key_does_not_sign_for_an_oin_that_the_stakeholder_got_later() {
    for service in both().await {
        let stakeholder = service.add("weller", "Weller", Party::Weller.oin()).await;
        let request = register("stakeholders/weller", &new_key().to_pem());
        let mut weller = service.called_as(Party::Weller);
        weller.create_signing_key(request.clone()).await.unwrap();
        let paths = vec!["oin".to_owned()];
        let change = UpdateStakeholderRequest {
            stakeholder: Some(Stakeholder { oin: Party::WonenZuid.oin().to_owned(), ..stakeholder }),
            update_mask: Some(prost_types::FieldMask { paths }),
            request_id: String::new(),
        };
        service.called_as(Party::Programme).update_stakeholder(change).await.unwrap();
        assert!(keys_that_sign_for(&service, Party::WonenZuid.oin()).await.is_empty(), "{}", service.kind);
        assert_eq!(keys_of(&service, "stakeholders/weller").await.len(), 1, "old signatures can be checked");
        let refused = refusal(weller.create_signing_key(request.clone()).await);
        assert_eq!(refused.1, "OTHER_ORGANISATION");
        let mut successor = service.called_as(Party::WonenZuid);
        assert_eq!(refusal(successor.create_signing_key(request).await).0, Code::AlreadyExists);
    }
}

#[tokio::test]
async fn a_repeated_registration_is_done_once() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        let mut weller = service.called_as(Party::Weller);
        let mut request = register("stakeholders/weller", &new_key().to_pem());
        request.request_id = "0190163d-8694-739b-aea5-966c26f8ad90".to_owned();
        let first = weller.create_signing_key(request.clone()).await.unwrap().into_inner();
        assert_eq!(weller.create_signing_key(request.clone()).await.unwrap().into_inner(), first);
        request.signing_key =
            Some(SigningKey { public_key_pem: new_key().to_pem(), ..SigningKey::default() });
        let refused = refusal(weller.create_signing_key(request).await);
        assert_eq!(refused.1, "REQUEST_ID_REUSED", "{}", service.kind);
    }
}
