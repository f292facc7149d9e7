//! The masks that are kept of a release, for its owner.

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use testkit::Party;
use tonic::{Code, Status};

use crate::world::{WELLER, World, asked, code_and_reason, of_hex, scope};

/// SHA-256 of a salt and these bytes, in lower-case hexadecimal.
fn salted(salt: &str, bytes: &[u8]) -> String {
    Sha256::digest([&of_hex(salt), bytes].concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn reports(world: &World, party: Party, number: u32) -> Result<Vec<pb::MaskReport>, Status> {
    let request = pb::ListMaskReportsRequest { parent: format!("datasets/{WELLER}/releases/{number}") };
    Ok(world.protections(party).list_mask_reports(request).await?.into_inner().mask_reports)
}

#[tokio::test]
async fn the_owner_reads_of_each_mask_what_was_found_and_what_the_ledger_has() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        assert!(reports(&world, Party::Weller, 1).await.unwrap().is_empty(), "{}", world.kind);
        let protections = [10, 5].map(|minimum_count| consent_pb::Protection {
            minimum_count,
            rounding_base: 5,
            ..Default::default()
        });
        for protection in protections {
            world.permit_with(scope(), protection);
            world.list(Party::Ggd, asked()).await.unwrap();
        }
        let all = reports(&world, Party::Weller, 1).await.unwrap();
        let names: Vec<&str> = all.iter().filter_map(|own| own.name.rsplit('/').next()).collect();
        assert_eq!(names, ["min10-round5", "min5-round5"], "{}", world.kind);
        let entered = world.consent.get(|state| state.masks.clone());
        for (own, protection) in all.iter().zip(protections) {
            let its = entered.iter().find(|mask| mask.protection == Some(protection)).unwrap();
            assert_eq!(
                [&own.mask_digest, &own.report_digest, &own.seed_digest, &own.engine],
                [&its.mask_digest, &its.report_digest, &its.seed_digest, &its.engine]
            );
            assert_eq!(
                (own.cell_count, own.withheld_count, own.protection),
                (its.cell_count, its.withheld_count, its.protection)
            );
            assert_eq!(salted(&own.mask_salt, own.report.as_bytes()), own.report_digest);
            assert!((1..own.withheld_count).contains(&own.secondary_count), "{own:?}");
            assert!(own.create_time.is_some());
            let request = pb::AuditReleaseRequest {
                name: format!("datasets/{WELLER}/releases/1"),
                protection: Some(protection),
            };
            let audit = world.protections(Party::Weller).audit_release(request).await.unwrap().into_inner();
            assert_eq!(
                (audit.withheld_count, audit.secondary_count),
                (own.withheld_count, own.secondary_count)
            );
            assert_eq!((&audit.mask_salt, audit.mask_salt.len()), (&own.mask_salt, 64));
        }
    }
}

#[tokio::test]
async fn masks_of_others_of_no_release_and_damaged_ones_are_not_read() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        world.permit();
        world.list(Party::Ggd, asked()).await.unwrap();
        let refused = reports(&world, Party::Ggd, 1).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::PermissionDenied, "OTHER_ORGANISATION".to_owned()));
        assert_eq!(reports(&world, Party::Weller, 9).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(reports(&world, Party::Weller, 1).await.unwrap().len(), 1, "{}", world.kind);
        world.pool().execute_unprepared("UPDATE shield SET seal = 'another'").await.unwrap();
        assert_eq!(reports(&world, Party::Weller, 1).await.unwrap_err().code(), Code::DataLoss);
    }
}
