//! A shield that is damaged in the database.

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use sea_orm::{ConnectionTrait, Statement, Value};
use sha2::{Digest, Sha256};
use testkit::Party;
use tonic::{Code, Status};

use crate::world::{AGREEMENT, PURPOSE, WELLER, World, asked, info, scope};

const ROUNDED: consent_pb::Protection = consent_pb::Protection {
    minimum_count: 10,
    interval_width: 0,
    protect_zeros: false,
    rounding_base: 5,
    minimum_denominator: 0,
    group_percent: 0,
    preset: 0,
    p_percent: 0,
    dominance_n: 0,
    dominance_k: 0,
};

async fn bytes(world: &World, column: &str) -> Vec<u8> {
    let pool = world.pool();
    let select = format!("SELECT {column} FROM shield WHERE protection = 'min10-round5'");
    let row = pool.query_one_raw(Statement::from_string(pool.get_database_backend(), select)).await.unwrap();
    row.unwrap().try_get("", column).unwrap()
}

async fn write(world: &World, column: &str, bytes: Option<Vec<u8>>) {
    let pool = world.pool();
    let update = format!("UPDATE shield SET {column} = $1 WHERE protection = 'min10-round5'");
    let values = [Value::Bytes(bytes)];
    let statement = Statement::from_sql_and_values(pool.get_database_backend(), update, values);
    assert_eq!(pool.execute_raw(statement).await.unwrap().rows_affected(), 1);
}

/// What a process that has nothing in memory yet answers to every way to get the figures, and to an agreement that
/// has the same protection and one that has another: the code and the resource that it is about.
async fn answers(world: &World) -> Vec<Result<(), (Code, String)>> {
    let fresh = world.replica().await;
    let listed = fresh.list(Party::Ggd, asked()).await.map(drop);
    let request = pb::WatchObservationsRequest {
        parent: format!("datasets/{WELLER}"),
        agreement: AGREEMENT.to_owned(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    };
    let watched = match fresh.observations(Party::Ggd).watch_observations(request).await {
        Ok(stream) => stream.into_inner().message().await.map(drop),
        Err(refused) => Err(refused),
    };
    let protect = async |protection| {
        let request =
            pb::ProtectDatasetRequest { dataset: format!("datasets/{WELLER}"), protection: Some(protection) };
        fresh.sharing(Party::Service("consent")).protect_dataset(request).await.map(drop)
    };
    let again = protect(ROUNDED).await;
    let other = protect(consent_pb::Protection { minimum_count: 20, ..ROUNDED }).await;
    fresh.indicators.entered().await;
    let told = |refused: Status| {
        let (code, reason, facts) = info(&refused);
        assert_eq!(reason, "DAMAGED", "{refused:?}");
        (code, facts["resource"].clone())
    };
    [listed, watched, again, other].into_iter().map(|answer| answer.map_err(told)).collect()
}

#[tokio::test]
async fn a_damaged_mask_is_named_and_nothing_is_delivered_or_agreed_by_it() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit_with(scope(), ROUNDED);
        world.list(Party::Ggd, asked()).await.unwrap();
        let (mask, upwards) = (bytes(&world, "mask").await, bytes(&world, "upwards").await);
        let denominators = bytes(&world, "denominators_upwards").await;
        let salt = bytes(&world, "mask_salt").await;
        let delivered = world.consent.get(|state| state.deliveries.len());
        // One bit less, after the number of cells.
        let changed = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let byte = bytes.iter_mut().skip(8).find(|byte| **byte != 0).unwrap();
            *byte &= *byte - 1;
            Some(bytes)
        };
        let longer = [mask.as_slice(), &[0; 8]].concat();
        for (column, damaged) in [
            ("mask", changed(&mask)),
            ("mask", Some(mask[..mask.len() - 8].to_vec())),
            ("mask", Some(longer)),
            ("mask", Some(Vec::new())),
            ("upwards", changed(&upwards)),
            ("upwards", None),
            ("denominators_upwards", Some(upwards.clone())),
            ("denominators_upwards", None),
            ("mask_salt", Some(salt[1..].to_vec())),
            ("mask_salt", None),
        ] {
            write(&world, column, damaged.clone()).await;
            let name = format!("datasets/{WELLER}/releases/1/mask-reports/min10-round5");
            let refused = vec![Err((Code::DataLoss, name)); 4];
            assert_eq!(answers(&world).await, refused, "{} {column} {damaged:?}", world.kind);
            let before = match column {
                "mask" => &mask,
                "upwards" => &upwards,
                "mask_salt" => &salt,
                _ => &denominators,
            };
            write(&world, column, Some(before.clone())).await;
        }
        let told = world.consent.get(|state| state.deliveries[delivered..].to_vec());
        assert!(
            !told.is_empty() && told.iter().all(|told| told.row_count == 0 && !told.complete),
            "{told:?}"
        );
        assert_eq!(answers(&world).await, [const { Ok(()) }; 4], "{}", world.kind);
    }
}

/// SHA-256 in lower-case hexadecimal.
fn digest(parts: &[&[u8]]) -> String {
    Sha256::digest(parts.concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn audit(world: &World) -> pb::ReleaseAudit {
    let name = format!("datasets/{WELLER}/releases/1");
    let request = pb::AuditReleaseRequest { name, protection: Some(ROUNDED) };
    world.protections(Party::Weller).audit_release(request).await.unwrap().into_inner()
}

/// The digest of the mask of what was delivered last.
fn delivered(world: &World) -> String {
    world.consent.get(|state| state.deliveries.last().unwrap().mask_digest.clone())
}

#[tokio::test]
async fn the_digest_of_a_mask_begins_with_a_salt_that_its_owner_has() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit_with(scope(), ROUNDED);
        world.list(Party::Ggd, asked()).await.unwrap();
        world.indicators.entered().await;
        let (mask, salt) = (bytes(&world, "mask").await, bytes(&world, "mask_salt").await);
        let audited = audit(&world).await;
        assert_eq!(audited.mask_salt, salt.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        assert_eq!(audited.mask_digest, digest(&[&salt, &mask]), "{}", world.kind);
        assert_eq!(audited.mask_digest, delivered(&world));
        assert_eq!(salt.len(), 32);
    }
}

#[tokio::test]
async fn a_mask_of_before_there_were_salts_keeps_the_digest_that_is_in_the_ledger() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit_with(scope(), ROUNDED);
        world.list(Party::Ggd, asked()).await.unwrap();
        let mask = bytes(&world, "mask").await;
        let roundings = [bytes(&world, "upwards").await, bytes(&world, "denominators_upwards").await];
        let head = format!("datasets/{WELLER}/releases/1 min10-round5 {} ", mask.len());
        let seal = digest(&[head.as_bytes(), &mask, &roundings[0], &roundings[1]]);
        write(&world, "mask_salt", None).await;
        let pool = world.pool();
        let update = format!("UPDATE shield SET seal = '{seal}' WHERE protection = 'min10-round5'");
        pool.execute_raw(Statement::from_string(pool.get_database_backend(), update)).await.unwrap();
        let fresh = world.replica().await;
        fresh.list(Party::Ggd, asked()).await.unwrap();
        fresh.indicators.entered().await;
        assert_eq!(delivered(&world), digest(&[&mask]), "{}", world.kind);
        let audited = audit(&world).await;
        assert_eq!((audited.mask_digest, audited.mask_salt), (digest(&[&mask]), String::new()));
    }
}
