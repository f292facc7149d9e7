//! Which signatures count. One that does not count changes nothing.

use consent::offline::SignatureKind;
use jsonwebtoken::Header;
use platform::keys::PrivateKey;
use proto::consent::v1::*;
use serde_json::json;
use testkit::Party as Caller;
use time::Duration;
use tonic::Code;

use crate::world::{self, World, refusal};

async fn refused(world: &World, agreement: &Agreement, by: Caller, jws: String, code: Code, reason: &str) {
    let changes = world.changes(Caller::PrivacyOfficer).await;
    let status = world.accept_with(agreement, by, jws).await.unwrap_err();
    assert_eq!(refusal(&status), (code, reason.to_owned()), "{status:?}");
    let after = world.get(&agreement.name, Caller::PrivacyOfficer).await.unwrap();
    assert_eq!(after, *agreement);
    assert_eq!(world.changes(Caller::PrivacyOfficer).await, changes);
}

#[tokio::test]
async fn a_third_party_cannot_sign() {
    for world in world::worlds().await {
        let agreement = world.proposed().await;
        let third = world.jws(&agreement, SignatureKind::Accept, Caller::WonenZuid);
        let own = world.jws(&agreement, SignatureKind::Accept, Caller::Ggd);
        // By itself, and a party's signature sent by it.
        for jws in [third.clone(), own] {
            refused(&world, &agreement, Caller::WonenZuid, jws, Code::PermissionDenied, "OTHER_ORGANISATION")
                .await;
        }
        // Sent by a party.
        refused(&world, &agreement, Caller::Ggd, third, Code::PermissionDenied, "SIGNATURE_INVALID").await;
        // One party for the other.
        let weller = world.jws(&agreement, SignatureKind::Accept, Caller::Weller);
        refused(&world, &agreement, Caller::Ggd, weller, Code::PermissionDenied, "SIGNATURE_INVALID").await;
    }
}

#[tokio::test]
async fn a_forged_signature_is_refused() {
    for world in world::worlds().await {
        let agreement = world.proposed().await;
        let mut header = Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.kid = Some(world.key(Caller::Ggd).public().thumbprint());
        let claims = json!({
            "contract_content_hash": agreement.content_hash, "type": "accept", "signed_at": world.clock.now().unix_timestamp(),
        });
        let forger = PrivateKey::generate().unwrap();
        let forged = jsonwebtoken::encode(&header, &claims, forger.encoding_key()).unwrap();
        refused(&world, &agreement, Caller::Ggd, forged, Code::PermissionDenied, "SIGNATURE_INVALID").await;
        let real = world.jws(&agreement, SignatureKind::Accept, Caller::Ggd);
        let cut = real.rsplit_once('.').unwrap().0.to_owned() + ".";
        refused(&world, &agreement, Caller::Ggd, cut, Code::PermissionDenied, "SIGNATURE_INVALID").await;
        assert!(world.accept_with(&agreement, Caller::Ggd, real).await.is_ok());
    }
}

#[tokio::test]
async fn a_signature_says_what_is_asked_about_this_agreement_and_now() {
    for world in world::worlds().await {
        let (agreement, other) = (world.proposed().await, world.proposed().await);
        assert_ne!(agreement.content_hash, other.content_hash, "the same terms, another agreement");
        let now = world.clock.now();
        for jws in [
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(10_000),
            world.jws(&other, SignatureKind::Accept, Caller::Ggd),
            world.jws(&agreement, SignatureKind::Revoke, Caller::Ggd),
            world.jws_at(&agreement, SignatureKind::Accept, Caller::Ggd, now - Duration::minutes(6)),
            world.jws_at(&agreement, SignatureKind::Accept, Caller::Ggd, now + Duration::minutes(6)),
        ] {
            refused(&world, &agreement, Caller::Ggd, jws, Code::InvalidArgument, "SIGNATURE_INVALID").await;
        }
        let jws = world.jws_at(&agreement, SignatureKind::Accept, Caller::Ggd, now + Duration::minutes(4));
        assert!(world.accept_with(&agreement, Caller::Ggd, jws).await.is_ok());
    }
}

#[tokio::test]
async fn a_third_party_cannot_reject_or_revoke() {
    for world in world::worlds().await {
        let active = world.active().await;
        let status = world.revoke(&active, Caller::WonenZuid).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        let jws = world.jws(&active, SignatureKind::Accept, Caller::Ggd);
        let request = RevokeAgreementRequest { name: active.name.clone(), jws, request_id: String::new() };
        let status = world.agreements(Caller::Ggd).revoke_agreement(request).await.unwrap_err();
        assert_eq!(refusal(&status), (Code::InvalidArgument, "SIGNATURE_INVALID".to_owned()));
        assert_eq!(world.get(&active.name, Caller::Ggd).await.unwrap(), active);
    }
}
