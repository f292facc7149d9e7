//! Areas that are registered when figures were delivered already.

use std::time::Duration;

use indicators::CatalogFiles;
use platform::db::is_postgres;
use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use testkit::Party;

use crate::world::{WELLER, World, file};

fn minimum(minimum_count: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count, ..Default::default() }
}

async fn protect(world: &World, protection: consent_pb::Protection) -> Option<pb::ProtectionFailure> {
    let request =
        pb::ProtectDatasetRequest { dataset: format!("datasets/{WELLER}"), protection: Some(protection) };
    let consent = Party::Service("consent");
    world.sharing(consent).protect_dataset(request).await.unwrap().into_inner().failure
}

/// Publishes counts of an area and an age in 2023.
async fn publish(world: &World, counts: &[(&str, &str, u32)]) -> String {
    let line =
        |(area, age, count): &(&str, &str, u32)| format!("huurachterstand,{area},2023,{age},{count},,,");
    let lines: Vec<String> = counts.iter().map(line).collect();
    let delivery = file(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let name = world.upload(&delivery, 1000).await.unwrap().release.unwrap().name;
    world.publish(&name).await.unwrap().name
}

async fn audit(world: &World, name: String, protection: consent_pb::Protection) -> pb::ReleaseAudit {
    let request = pb::AuditReleaseRequest { name, protection: Some(protection) };
    world.protections(Party::Weller).audit_release(request).await.unwrap().into_inner()
}

/// A district of 2023, which had no division of its own until then.
const DISTRICT: &str = "code,naam,soort,ouder,vanaf_jaar,tot_jaar,bestaat_uit,opmerking\n\
                        WK089991,Oude wijk,wijk,GM0899,2015,2023,,\n";

/// An import of that district which is not done yet.
async fn import_under_way(world: &World) -> DatabaseTransaction {
    let tx = world.pool().begin().await.unwrap();
    if is_postgres(&tx) {
        tx.execute_unprepared("LOCK TABLE indicator IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
    }
    let district = "INSERT INTO area (code, name, kind, parents, valid_from, valid_until, consists_of, note) VALUES \
                    ('WK089991', 'Oude wijk', 'DISTRICT', '[\"GM0899\"]', 2015, 2023, '[]', '')";
    tx.execute_unprepared(district).await.unwrap();
    tx
}

#[tokio::test]
async fn a_mask_that_was_computed_before_an_area_was_registered_is_computed_again() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        assert_eq!(protect(&world, minimum(10)).await, None);
        let name = publish(&world, &[("BRU-NOORD", "totaal", 110)]).await;
        let import = import_under_way(&world).await;
        let (failure, ()) = tokio::join!(protect(&world, minimum(5)), async {
            // The mask is computed, and waits to be kept.
            tokio::time::sleep(Duration::from_secs(1)).await;
            import.commit().await.unwrap();
        });
        assert_eq!(failure, None, "{}", world.kind);
        // Where the area lies is not known any more.
        let audit = audit(&world, name, minimum(5)).await;
        assert_eq!((audit.safe, audit.in_use, audit.withheld_count), (true, true, 1), "{}", world.kind);
    }
}

#[tokio::test]
async fn a_protection_that_could_not_be_is_tried_again_when_an_area_was_registered() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        assert_eq!(protect(&world, minimum(10)).await, None);
        publish(&world, &[("GM0899", "18-26", 105)]).await;
        let others = [("totaal", 113), ("27-39", 8), ("40-54", 0), ("55-66", 0), ("67+", 0)];
        publish(&world, &others.map(|(age, count)| ("GM0899", age, count))).await;
        let name = publish(&world, &[("BRU-NOORD", "totaal", 110)]).await;
        // Under it the municipality would be shown, and all others in it are 3.
        assert!(protect(&world, minimum(5)).await.is_some(), "{}", world.kind);
        let files = CatalogFiles { areas: DISTRICT.as_bytes(), ..Default::default() };
        world.loader.import_catalog(&files).await.unwrap();
        assert_eq!(protect(&world, minimum(5)).await, None, "{}", world.kind);
        let audit = audit(&world, name, minimum(5)).await;
        assert_eq!((audit.safe, audit.in_use, audit.withheld_count), (true, true, 1), "{}", world.kind);
    }
}

#[tokio::test]
async fn the_owner_hears_of_what_is_withheld_beside_an_area_that_has_no_place_any_more() {
    let world = World::empty(testkit::sqlite().await).await;
    assert_eq!(protect(&world, minimum(5)).await, None);
    publish(&world, &[("BRU-NOORD", "totaal", 110)]).await;
    let files = CatalogFiles { areas: DISTRICT.as_bytes(), ..Default::default() };
    world.loader.import_catalog(&files).await.unwrap();
    let name = publish(&world, &[("BRU-NOORD", "totaal", 110), ("GM0899", "totaal", 113)]).await;
    let audit = audit(&world, name, minimum(5)).await;
    assert!(audit.safe && audit.in_use, "{audit:?}");
    let withheld: Vec<_> = audit.withheld_values.iter().map(|own| (own.cause(), own.cell_count)).collect();
    let (unknown, unplaced) = (pb::WithholdingCause::GroupUnknown, pb::WithholdingCause::Unplaced);
    assert_eq!(withheld, [(unknown, 1), (unplaced, 1)]);
}
