//! Keys come and go: what the keys of a party sign, before and after they are withdrawn.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use consent::offline::agreement::{Download, PartyKey, Placed, verify_download};
use consent::offline::{self, SignatureKind};
use consent::{Organisation, Organisations, OrganisationsError, RegisteredKey, Seams, Store, build_with};
use ledger::{NoteSigner, SignedNote};
use platform::clock::Clock;
use platform::identity::Oin;
use platform::keys::PrivateKey;
use platform::shutdown::Shutdown;
use platform::upstream::Vouched;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::log_service_client::LogServiceClient;
use proto::consent::v1::*;
use testkit::{InProcess, Party as Caller};
use time::OffsetDateTime;
use tonic::{Code, Status};

use crate::world::{self, World, fields, refusal};

/// Weller with keys that change, and the others as they are.
#[derive(Debug)]
struct Changing {
    others: Arc<world::FakeOrganisations>,
    weller: Mutex<Vec<RegisteredKey>>,
}

impl Organisations for Changing {
    fn look_up<'a>(
        &'a self,
        oin: &'a Oin,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Organisation>, OrganisationsError>> + Send + 'a>> {
        let others = self.others.look_up(oin);
        let keys = self.weller.lock().unwrap().clone();
        Box::pin(async move {
            let found = others.await?;
            Ok(found.map(|found| match oin.as_str() == Caller::Weller.oin() {
                true => Organisation { keys, ..found },
                false => found,
            }))
        })
    }

    fn names<'a>(
        &'a self,
        oins: &'a [Oin],
    ) -> Pin<Box<dyn Future<Output = Result<BTreeMap<String, String>, OrganisationsError>> + Send + 'a>> {
        self.others.names(oins)
    }
}

impl Changing {
    fn register(&self, key: &PrivateKey, now: OffsetDateTime) {
        self.weller.lock().unwrap().push(RegisteredKey {
            thumbprint: key.public().thumbprint(),
            key: key.public().clone(),
            create_time: now,
            withdraw_time: None,
        });
    }

    fn withdraw(&self, key: &PrivateKey, now: OffsetDateTime) {
        let thumbprint = key.public().thumbprint();
        let mut keys = self.weller.lock().unwrap();
        keys.iter_mut().find(|key| key.thumbprint == thumbprint).unwrap().withdraw_time = Some(now);
    }
}

fn with_changing_keys(world: &World) -> (Arc<Changing>, InProcess) {
    let others = world.organisations.clone();
    let changing = Arc::new(Changing { others, weller: Mutex::new(Vec::new()) });
    let store = Store::new(world.test.database.clone());
    let seams = Seams { organisations: changing.clone(), ..world.seams() };
    let routes = build_with(&world.signing, store, world.clock.clone(), seams, Shutdown::new()).unwrap();
    (changing, InProcess::new("consent", routes, &world.clock))
}

struct Weller<'a> {
    client: AgreementServiceClient<Vouched>,
    clock: &'a Clock,
}

impl Weller<'_> {
    fn jws(&self, agreement: &Agreement, kind: SignatureKind, key: &PrivateKey) -> String {
        let now = self.clock.now();
        offline::sign(&agreement.content_json, &agreement.content_hash, kind, key, now).unwrap()
    }

    async fn sign(&mut self, agreement: &Agreement, jws: String) -> Result<Agreement, Status> {
        let request = SignAgreementRequest { name: agreement.name.clone(), jws, request_id: String::new() };
        Ok(self.client.sign_agreement(request).await?.into_inner())
    }

    async fn revoke(&mut self, agreement: &Agreement, jws: String) -> Result<Agreement, Status> {
        let request = RevokeAgreementRequest { name: agreement.name.clone(), jws, request_id: String::new() };
        Ok(self.client.revoke_agreement(request).await?.into_inner())
    }
}

fn pause(clock: &Clock) {
    clock.advance(std::time::Duration::from_secs(3600));
}

#[tokio::test]
async fn a_party_rotates_its_key_and_what_the_old_one_signed_stays() {
    for world in world::worlds().await {
        let (keys, service) = with_changing_keys(&world);
        let client = AgreementServiceClient::new(service.called_as(Caller::Weller));
        let mut weller = Weller { client, clock: &world.clock };
        let old = PrivateKey::generate().unwrap();
        let new = PrivateKey::generate_p256().unwrap();
        keys.register(&old, world.clock.now());
        let (agreement, waiting) = (world.proposed().await, world.proposed().await);
        let accept = weller.jws(&agreement, SignatureKind::Accept, &old);
        weller.sign(&agreement, accept).await.unwrap();
        let active = world.accept(&agreement, Caller::Ggd).await.unwrap();
        assert_eq!(active.state(), AgreementState::Active);

        // Made while the key was in use, and placed when it no longer was.
        let too_late = weller.jws(&waiting, SignatureKind::Accept, &old);
        pause(&world.clock);
        keys.register(&new, world.clock.now());
        pause(&world.clock);
        keys.withdraw(&old, world.clock.now());
        for jws in [too_late, weller.jws(&waiting, SignatureKind::Accept, &old)] {
            let refused = weller.sign(&waiting, jws).await.unwrap_err();
            assert_eq!(
                refusal(&refused),
                (Code::InvalidArgument, "SIGNATURE_INVALID".to_owned()),
                "{}",
                world.kind
            );
            assert_eq!(fields(&refused), ["jws"]);
            assert!(refused.message().contains("withdrawn"), "{refused:?}");
        }
        let with_old = weller.jws(&active, SignatureKind::Revoke, &old);
        assert!(weller.revoke(&active, with_old).await.is_err());
        let still = world.get(&active.name, Caller::Ggd).await.unwrap();
        assert_eq!(still, active, "the withdrawal of a key changes no agreement");
        let jws = weller.jws(&waiting, SignatureKind::Accept, &new);
        weller.sign(&waiting, jws).await.unwrap();

        let revoke = weller.jws(&active, SignatureKind::Revoke, &new);
        let revoked = weller.revoke(&active, revoke).await.unwrap();
        let verified = verify_download(&download(&revoked, &world, &keys), world.clock.now()).unwrap();
        let said: Vec<_> = verified
            .signatures
            .iter()
            .map(|good| (good.oin.as_str(), good.kind, good.key_withdrawn.is_some()))
            .collect();
        let (by_weller, by_ggd) = (Caller::Weller.oin(), Caller::Ggd.oin());
        let expected = [
            (by_weller, SignatureKind::Accept, true),
            (by_ggd, SignatureKind::Accept, false),
            (by_weller, SignatureKind::Revoke, false),
        ];
        assert_eq!(said, expected, "{}", world.kind);
    }
}

/// What a party downloads.
fn download(agreement: &Agreement, world: &World, keys: &Changing) -> Download {
    let time = |seconds: i64, nanos: i32| {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap() + time::Duration::nanoseconds(nanos.into())
    };
    let drafted = agreement.create_time.map(|at| time(at.seconds, at.nanos)).unwrap();
    let changed = agreement.update_time.map(|at| time(at.seconds, at.nanos)).unwrap();
    let ggd = world.key(Caller::Ggd).public();
    let mut registered = vec![PartyKey {
        oin: Caller::Ggd.oin().parse().unwrap(),
        key: ggd.clone(),
        create_time: OffsetDateTime::UNIX_EPOCH,
        withdraw_time: None,
    }];
    registered.extend(keys.weller.lock().unwrap().iter().map(|key| PartyKey {
        oin: Caller::Weller.oin().parse().unwrap(),
        key: key.key.clone(),
        create_time: key.create_time,
        withdraw_time: key.withdraw_time,
    }));
    let placed = |signature: &AgreementSignature| Placed {
        oin: signature.oin.parse().unwrap(),
        kind: offline::kind_of(&signature.jws).unwrap(),
        jws: signature.jws.clone(),
        placed: signature.create_time.map(|at| time(at.seconds, at.nanos)).unwrap(),
    };
    Download {
        known: Vec::new(),
        content_json: agreement.content_json.clone(),
        content_hash: agreement.content_hash.clone(),
        text_nl: agreement.text_nl.clone(),
        state: agreement.state().as_str_name().trim_start_matches("AGREEMENT_STATE_").to_owned(),
        drafted,
        changed,
        replaced_by: None,
        signatures: agreement.signatures.iter().map(placed).collect(),
        keys: registered,
    }
}

#[tokio::test]
async fn a_withdrawal_counts_when_the_clock_here_is_behind() {
    for world in world::worlds().await {
        let (keys, service) = with_changing_keys(&world);
        let client = AgreementServiceClient::new(service.called_as(Caller::Weller));
        let mut weller = Weller { client, clock: &world.clock };
        let key = PrivateKey::generate().unwrap();
        keys.register(&key, world.clock.now());
        keys.withdraw(&key, world.clock.now() + time::Duration::minutes(1));
        let agreement = world.proposed().await;
        let jws = weller.jws(&agreement, SignatureKind::Accept, &key);
        let refused = weller.sign(&agreement, jws).await.unwrap_err();
        assert_eq!(refusal(&refused).1, "SIGNATURE_INVALID", "{}", world.kind);
    }
}

#[tokio::test]
async fn a_withdrawn_key_no_longer_cosigns() {
    for world in world::worlds().await {
        let (keys, service) = with_changing_keys(&world);
        let mut client = LogServiceClient::new(service.called_as(Caller::Weller));
        let (old, new) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        keys.register(&old, world.clock.now());
        pause(&world.clock);
        let checkpoint = client.get_checkpoint(GetCheckpointRequest {}).await.unwrap().into_inner().data;
        let checkpoint = String::from_utf8(checkpoint).unwrap();
        let cosigned = |key: &PrivateKey| {
            let mut note: SignedNote = checkpoint.parse().unwrap();
            let signer = NoteSigner::from_pkcs8(Caller::Weller.oin(), key.pkcs8()).unwrap();
            let now = u64::try_from(world.clock.now().unix_timestamp()).unwrap();
            note.signatures.push(signer.cosign(&note.text, now));
            CosignCheckpointRequest { note: note.to_string() }
        };
        client.cosign_checkpoint(cosigned(&old)).await.unwrap();
        keys.register(&new, world.clock.now());
        keys.withdraw(&old, world.clock.now());
        let status = client.cosign_checkpoint(cosigned(&old)).await.unwrap_err();
        let expected = (Code::PermissionDenied, "SIGNATURE_INVALID".to_owned());
        assert_eq!(refusal(&status), expected, "{}", world.kind);
        client.cosign_checkpoint(cosigned(&new)).await.unwrap();
    }
}
