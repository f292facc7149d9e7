//! Two processes on one database: one publishes while the other protects.

use std::collections::BTreeSet;

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};
use testkit::Party;

use crate::world::{WELLER, World, file};

const AGES: [&str; 5] = ["18-26", "27-39", "40-54", "55-66", "67+"];
const AREAS: [&str; 6] = ["BU08990124", "BU08990126", "BU08990201", "BU08990202", "BU08990203", "BU08990204"];

fn minimum(minimum_count: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count, ..Default::default() }
}

/// A delivery of which every count is another in every round.
fn delivery(round: usize) -> Vec<u8> {
    let mut lines = Vec::new();
    for (number, area) in AREAS.iter().enumerate() {
        let count = |age: usize| 1 + (number * 13 + age * 7 + round * 11) % 53;
        let mut line = |age: &str, count: usize| {
            lines.push(format!("huurachterstand,{area},2025Q1,{age},{count},definitief,,"));
        };
        AGES.iter().enumerate().for_each(|(age, code)| line(code, count(age)));
        line("totaal", (0..AGES.len()).map(count).sum());
    }
    file(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

async fn protect(world: &World, protection: consent_pb::Protection) -> Option<pb::ProtectionFailure> {
    let request =
        pb::ProtectDatasetRequest { dataset: format!("datasets/{WELLER}"), protection: Some(protection) };
    let consent = Party::Service("consent");
    world.sharing(consent).protect_dataset(request).await.unwrap().into_inner().failure
}

/// Release, protection and digest of the mask of every shield that is kept.
async fn kept(world: &World) -> BTreeSet<(String, String, String)> {
    let pool = world.pool();
    let select = "SELECT number, protection, mask_salt, mask FROM shield";
    let rows = pool.query_all_raw(Statement::from_string(pool.get_database_backend(), select)).await.unwrap();
    let shield = |row: sea_orm::QueryResult| {
        let number: i32 = row.try_get("", "number").unwrap();
        let [salt, mask]: [Vec<u8>; 2] = ["mask_salt", "mask"].map(|column| row.try_get("", column).unwrap());
        let digest = Sha256::digest([salt, mask].concat()).iter().map(|byte| format!("{byte:02x}")).collect();
        (release(number), row.try_get("", "protection").unwrap(), digest)
    };
    rows.into_iter().map(shield).collect()
}

fn release(number: i32) -> String {
    format!("datasets/{WELLER}/releases/{number}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_and_a_protection_of_the_same_moment_do_not_miss_each_other() {
    const ROUNDS: i32 = 10;
    let publisher = World::empty(testkit::postgres().await).await;
    let protector = publisher.replica().await;
    for round in 1..=ROUNDS {
        let draft = publisher.upload(&delivery(usize::try_from(round).unwrap()), 5000).await.unwrap();
        let name = draft.release.unwrap().name;
        let wait = std::time::Duration::from_millis(u64::try_from(round % 4).unwrap() * 15);
        let (published, failure) = tokio::join!(publisher.publish(&name), async {
            tokio::time::sleep(wait).await;
            protect(&protector, minimum(4 + round)).await
        });
        assert_eq!(published.unwrap().state(), pb::ReleaseState::Published);
        assert_eq!(failure, None, "{round}");
    }

    let kept = kept(&publisher).await;
    let all = (1..=ROUNDS).flat_map(|number| (1..=ROUNDS).map(move |round| (number, 4 + round)));
    let named: BTreeSet<(String, String)> =
        all.clone().map(|(number, least)| (release(number), format!("min{least}"))).collect();
    let there: BTreeSet<(String, String)> =
        kept.iter().map(|(release, protection, _)| (release.clone(), protection.clone())).collect();
    assert_eq!(there, named, "every release is under every protection");
    let told: BTreeSet<(String, String, String)> = publisher.consent.get(|state| {
        let mask = |mask: &consent_pb::ReleaseMask| {
            let least = mask.protection.unwrap().minimum_count;
            (mask.release.clone(), format!("min{least}"), mask.mask_digest.clone())
        };
        state.masks.iter().map(mask).collect()
    });
    assert!(kept.is_subset(&told), "what is kept is in the ledger");
    for (number, least) in all {
        let request = pb::AuditReleaseRequest { name: release(number), protection: Some(minimum(least)) };
        let audit = protector.protections(Party::Weller).audit_release(request).await.unwrap().into_inner();
        assert!(audit.safe && audit.in_use, "{audit:?}");
        let kept = kept.contains(&(release(number), format!("min{least}"), audit.mask_digest.clone()));
        assert!(kept, "{audit:?}");
    }
}
