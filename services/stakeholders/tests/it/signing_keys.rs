//! Signing keys.

use platform::clock::timestamp;
use platform::keys::PrivateKey;
use proto::stakeholders::v1::{
    CreateSigningKeyRequest, ListSigningKeysRequest, LookUpOrganisationRequest, SigningKey, Stakeholder,
    UpdateStakeholderRequest, WithdrawSigningKeyRequest,
};
use stakeholders::offline::registration_proof;
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{Service, both};

/// A request to register `key`, with the proof that the organisation with this OIN makes now.
fn register(service: &Service, parent: &str, key: &PrivateKey, oin: &str) -> CreateSigningKeyRequest {
    let proof = registration_proof(key, &oin.parse().unwrap(), service.clock.now()).unwrap();
    with(parent, &key.public().to_pem(), proof)
}

fn with(parent: &str, pem: &str, proof: String) -> CreateSigningKeyRequest {
    CreateSigningKeyRequest {
        parent: parent.to_owned(),
        signing_key: Some(SigningKey { public_key_pem: pem.to_owned(), proof, ..SigningKey::default() }),
        request_id: String::new(),
    }
}

fn withdrawal(name: &str) -> WithdrawSigningKeyRequest {
    WithdrawSigningKeyRequest { name: name.to_owned(), request_id: String::new() }
}

fn new_key() -> PrivateKey {
    PrivateKey::generate().unwrap()
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
        let request = register(&service, "stakeholders/weller", &key, Party::Weller.oin());
        let registered = weller.create_signing_key(request.clone()).await.unwrap().into_inner();
        let expected = SigningKey {
            name: format!("stakeholders/weller/signing-keys/{}", key.public().thumbprint()),
            public_key_pem: key.public().to_pem(),
            algorithm: "EdDSA".to_owned(),
            create_time: Some(timestamp(service.clock.now())),
            oin: Party::Weller.oin().to_owned(),
            ..SigningKey::default()
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
        let key = PrivateKey::generate_p256().unwrap();
        let mut request = register(&service, "stakeholders/ggd", &key, Party::Ggd.oin());
        // Line ends and what surrounds the block do not matter.
        let pem = key.public().to_pem();
        request.signing_key.as_mut().unwrap().public_key_pem = format!("  {}\r\n", pem.replace('\n', "\r\n"));
        let registered = ggd.create_signing_key(request).await.unwrap().into_inner();
        assert_eq!(
            (registered.algorithm.as_str(), registered.public_key_pem),
            ("ES256", pem),
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
        let key = new_key();
        let mut ggd = service.called_as(Party::Ggd);
        for parent in ["stakeholders/weller", "stakeholders/bewoners"] {
            let refused =
                refusal(ggd.create_signing_key(register(&service, parent, &key, Party::Ggd.oin())).await);
            let expected = (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned());
            assert_eq!(refused, expected, "{} {parent}", service.kind);
        }
        let request = register(&service, "stakeholders/nobody", &key, Party::Ggd.oin());
        let missing = refusal(ggd.create_signing_key(request).await);
        assert_eq!(missing, (Code::NotFound, "NOT_FOUND".to_owned()));
        assert!(keys_of(&service, "stakeholders/weller").await.is_empty());
    }
}

#[tokio::test]
async fn a_key_of_another_stakeholder_is_refused() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        service.add("ggd", "GGD", Party::Ggd.oin()).await;
        let key = new_key();
        let request = register(&service, "stakeholders/weller", &key, Party::Weller.oin());
        service.called_as(Party::Weller).create_signing_key(request).await.unwrap();
        let mut ggd = service.called_as(Party::Ggd);
        let request = register(&service, "stakeholders/ggd", &key, Party::Ggd.oin());
        let refused = refusal(ggd.create_signing_key(request).await);
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
            let fields = wrong_fields(
                weller.create_signing_key(with("stakeholders/weller", pem, "x".to_owned())).await,
            );
            assert_eq!(fields, ["signing_key.public_key_pem"], "{pem}");
        }
        let nothing = CreateSigningKeyRequest::default();
        let fields = wrong_fields(weller.create_signing_key(nothing).await);
        assert_eq!(fields, ["parent", "signing_key.public_key_pem", "signing_key.proof"], "{}", service.kind);
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
        let key = new_key();
        let request = register(&service, "stakeholders/weller", &key, Party::Weller.oin());
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
        let request = register(&service, "stakeholders/weller", &key, Party::WonenZuid.oin());
        assert_eq!(refusal(successor.create_signing_key(request).await).0, Code::AlreadyExists);
    }
}

#[tokio::test]
async fn a_repeated_registration_is_done_once() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        let mut weller = service.called_as(Party::Weller);
        let mut request = register(&service, "stakeholders/weller", &new_key(), Party::Weller.oin());
        request.request_id = "0190163d-8694-739b-aea5-966c26f8ad90".to_owned();
        let first = weller.create_signing_key(request.clone()).await.unwrap().into_inner();
        assert_eq!(weller.create_signing_key(request.clone()).await.unwrap().into_inner(), first);
        request.signing_key =
            register(&service, "stakeholders/weller", &new_key(), Party::Weller.oin()).signing_key;
        let refused = refusal(weller.create_signing_key(request).await);
        assert_eq!(refused.1, "REQUEST_ID_REUSED", "{}", service.kind);
    }
}

#[tokio::test]
async fn a_key_is_registered_only_by_who_holds_it() {
    for service in both().await {
        let parent = "stakeholders/weller";
        service.add("weller", "Weller", Party::Weller.oin()).await;
        let mut weller = service.called_as(Party::Weller);
        let (own, other) = (new_key(), new_key());
        let oin = Party::Weller.oin().parse().unwrap();
        let pem = own.public().to_pem();
        let now = service.clock.now();
        let minutes = time::Duration::minutes;
        let proof = |key: &PrivateKey, oin, at| registration_proof(key, oin, at).unwrap();
        let another = Party::Ggd.oin().parse().unwrap();
        let good = proof(&own, &oin, now);
        for wrong in [
            "a.b.c".to_owned(),
            proof(&other, &oin, now),
            proof(&own, &another, now),
            proof(&own, &oin, now - minutes(6)),
            proof(&own, &oin, now + minutes(6)),
            platform::jws::sign(&serde_json::json!({ "type": "accept" }), &own).unwrap(),
        ] {
            let request = with(parent, &pem, wrong);
            let refused = refusal(weller.create_signing_key(request.clone()).await);
            let expected = (Code::InvalidArgument, "SIGNATURE_INVALID".to_owned());
            assert_eq!(refused, expected, "{}", service.kind);
            assert_eq!(wrong_fields(weller.create_signing_key(request).await), ["signing_key.proof"]);
        }
        assert!(keys_of(&service, parent).await.is_empty());
        // Not by somebody of the organisation who administers nothing.
        let request = with(parent, &pem, good);
        let mut employee = service.called_as(Party::WellerEmployee);
        assert_eq!(refusal(employee.create_signing_key(request.clone()).await).1, "ROLE_MISSING");
        weller.create_signing_key(request).await.unwrap();
    }
}

#[tokio::test]
async fn a_withdrawn_key_stays_listed_and_stays_withdrawn() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        service.add("ggd", "GGD", Party::Ggd.oin()).await;
        let mut weller = service.called_as(Party::Weller);
        let key = new_key();
        let request = register(&service, "stakeholders/weller", &key, Party::Weller.oin());
        let registered = weller.create_signing_key(request.clone()).await.unwrap().into_inner();

        let mut withdraw = withdrawal(&registered.name);
        let mut ggd = service.called_as(Party::Ggd);
        let expected = (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned());
        assert_eq!(refusal(ggd.withdraw_signing_key(withdraw.clone()).await), expected, "{}", service.kind);
        let elsewhere = withdrawal(&registered.name.replace("weller", "ggd"));
        assert_eq!(refusal(ggd.withdraw_signing_key(elsewhere).await).0, Code::NotFound);
        let mut employee = service.called_as(Party::WellerEmployee);
        assert_eq!(refusal(employee.withdraw_signing_key(withdraw.clone()).await).1, "ROLE_MISSING");
        for name in ["", "stakeholders/weller", "stakeholders/weller/signing-keys/x", "x/signing-keys/y"] {
            assert_eq!(wrong_fields(weller.withdraw_signing_key(withdrawal(name)).await), ["name"], "{name}");
        }
        let unknown =
            withdrawal(&format!("stakeholders/weller/signing-keys/{}", new_key().public().thumbprint()));
        assert_eq!(refusal(weller.withdraw_signing_key(unknown).await).0, Code::NotFound);
        assert_eq!(keys_of(&service, "stakeholders/weller").await, std::slice::from_ref(&registered));

        service.clock.advance(std::time::Duration::from_secs(60));
        withdraw.request_id = "0190163d-8694-739b-aea5-966c26f8ad90".to_owned();
        let withdrawn = weller.withdraw_signing_key(withdraw.clone()).await.unwrap().into_inner();
        let expected =
            SigningKey { withdraw_time: Some(timestamp(service.clock.now())), ..registered.clone() };
        assert_eq!(withdrawn, expected);
        service.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(weller.withdraw_signing_key(withdraw).await.unwrap().into_inner(), expected);
        let again = weller.withdraw_signing_key(withdrawal(&registered.name)).await.unwrap().into_inner();
        assert_eq!(again, expected, "the first withdrawal counts");
        assert_eq!(keys_of(&service, "stakeholders/weller").await, std::slice::from_ref(&expected));
        assert_eq!(keys_that_sign_for(&service, Party::Weller.oin()).await, [expected]);

        let request = register(&service, "stakeholders/weller", &key, Party::Weller.oin());
        let refused = refusal(weller.create_signing_key(request).await);
        assert_eq!(refused, (Code::FailedPrecondition, "WRONG_STATE".to_owned()), "{}", service.kind);
    }
}

#[tokio::test]
async fn rotation_is_a_new_key_beside_the_old_one_and_then_a_withdrawal() {
    for service in both().await {
        service.add("weller", "Weller", Party::Weller.oin()).await;
        let mut weller = service.called_as(Party::Weller);
        let (old, new) = (new_key(), PrivateKey::generate_p256().unwrap());
        let mut names = Vec::new();
        for key in [&old, &new] {
            let request = register(&service, "stakeholders/weller", key, Party::Weller.oin());
            names.push(weller.create_signing_key(request).await.unwrap().into_inner().name);
            service.clock.advance(std::time::Duration::from_secs(60));
        }
        weller.withdraw_signing_key(withdrawal(&names[0])).await.unwrap();
        let keys = keys_that_sign_for(&service, Party::Weller.oin()).await;
        let states: Vec<(&str, bool)> =
            keys.iter().map(|key| (key.name.as_str(), key.withdraw_time.is_some())).collect();
        assert_eq!(states, [(names[0].as_str(), true), (names[1].as_str(), false)], "{}", service.kind);
    }
}
