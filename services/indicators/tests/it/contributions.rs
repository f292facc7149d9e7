//! Counts to which organisations contribute, under agreements that nobody can estimate how much.

use std::collections::BTreeSet;

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;

use crate::world::{World, asked, fields, scope, upload_messages};

const DATASET: &str = "datasets/weller-bijdragen";
const COUNT: &str = "indicators/huishoudens-met-voorziening";
const RATE: &str = "indicators/hh-laag-inkomen";

/// The six neighbourhoods of a district and their district: area, count, and who contributes to it.
const LINES: [(&str, i64, &str); 7] = [
    ("BU08990124", 100, "weller=55 wonen-zuid=40 alfa=5"),
    ("BU08990126", 60, "weller=20 wonen-zuid=20 alfa=20"),
    ("BU08990134", 90, "weller=30 wonen-zuid=30 alfa=30"),
    ("BU08990135", 70, "weller=30 wonen-zuid=20 alfa=20"),
    ("BU08990136", 0, ""),
    ("BU08990144", 92, "weller=70 wonen-zuid=11 alfa=11"),
    ("WK089901", 412, "weller=205 wonen-zuid=121 alfa=86"),
];

fn p_percent(p_percent: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count: 10, p_percent, ..Default::default() }
}

fn dominance(dominance_n: i32, dominance_k: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count: 10, dominance_n, dominance_k, ..Default::default() }
}

fn messages(header: &str, lines: &[String]) -> Vec<pb::UploadReleaseRequest> {
    let mut messages = upload_messages(format!("{header}\n{}\n", lines.join("\n")).as_bytes(), 1000);
    messages[0].parent = DATASET.to_owned();
    messages
}

/// A delivery of the counts, in which it is told or not who contributes.
fn delivery(told: bool) -> Vec<pb::UploadReleaseRequest> {
    let line = |(area, count, own): &(&str, i64, &str)| {
        let own = if told { own } else { "" };
        format!("huishoudens-met-voorziening,{area},2025,{count},{own}")
    };
    messages("indicator,gebied,periode,waarde,bijdragen", &LINES.iter().map(line).collect::<Vec<_>>())
}

async fn announced(database: testkit::TestDatabase, indicator: &str) -> World {
    let world = World::empty(database).await;
    let dataset = pb::Dataset {
        display_name: "Huishoudens per corporatie".to_owned(),
        visibility: pb::Visibility::Shared.into(),
        indicators: vec![indicator.to_owned()],
        ..Default::default()
    };
    let dataset_id = DATASET.trim_start_matches("datasets/").to_owned();
    let request = pb::CreateDatasetRequest { dataset: Some(dataset), dataset_id, ..Default::default() };
    world.catalogue(Party::Weller).create_dataset(request).await.unwrap();
    world
}

async fn publish(
    world: &World,
    messages: Vec<pb::UploadReleaseRequest>,
) -> Result<pb::Release, tonic::Status> {
    let draft = world.upload_as(Party::Weller, messages).await?.release.unwrap();
    world.publish(&draft.name).await
}

/// The areas of which the count is withheld from GGD.
async fn withheld(world: &World, indicator: &str, protection: consent_pb::Protection) -> BTreeSet<String> {
    let mut withheld = BTreeSet::new();
    for level in ["NEIGHBOURHOOD", "DISTRICT"] {
        let scope = consent_pb::Scope {
            dataset: DATASET.to_owned(),
            indicators: vec![indicator.to_owned()],
            area_level: level.to_owned(),
            periods: vec!["2025".to_owned()],
            dimensions: Vec::new(),
            ..scope()
        };
        world.permit_with(scope, protection);
        let request = pb::ListObservationsRequest { parent: DATASET.to_owned(), ..asked() };
        let page = world.list(Party::Ggd, request).await.unwrap();
        assert!(page.notice.contains("bijdraagt"), "{}", page.notice);
        assert!(!format!("{page:?}").contains("wonen-zuid"), "nobody is shown who contributes");
        let rows = page.observations.into_iter();
        let rows = rows.filter(|row| row.status() == pb::ObservationStatus::Withheld);
        withheld.extend(rows.map(|row| row.area.trim_start_matches("areas/").to_owned()));
    }
    withheld
}

async fn audit(world: &World, release: &pb::Release, protection: consent_pb::Protection) -> pb::ReleaseAudit {
    let request = pb::AuditReleaseRequest { name: release.name.clone(), protection: Some(protection) };
    world.protections(Party::Weller).audit_release(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_count_of_which_a_contribution_can_be_estimated_is_withheld_with_another_one() {
    for database in testkit::both().await {
        let world = announced(database, COUNT).await;
        let release = publish(&world, delivery(true)).await.unwrap();
        // Of the first 5 are left beside 55 and 40, less than 15 percent of 55.
        for (protection, is_unsafe) in
            [(p_percent(15), "BU08990124"), (dominance(1, 75), "BU08990144"), (p_percent(5), "")]
        {
            let audited = audit(&world, &release, protection).await;
            let expected = i64::from(!is_unsafe.is_empty());
            assert!(audited.safe && audited.unsafe_count == expected, "{}: {audited:?}", world.kind);
            assert_eq!(audited.withheld_values, []);
        }
        let hidden = withheld(&world, COUNT, p_percent(15)).await;
        assert!(hidden.len() == 2 && hidden.contains("BU08990124"), "{hidden:?}");
        let request = pb::ListObservationsRequest { parent: DATASET.to_owned(), ..Default::default() };
        let own = world.list(Party::Weller, request).await.unwrap();
        assert_eq!(own.observations.len(), LINES.len());
        assert!(!format!("{own:?}").contains("wonen-zuid"));
    }
}

#[tokio::test]
async fn where_it_is_not_told_who_contributes_all_is_withheld_until_it_is() {
    for database in testkit::both().await {
        let world = announced(database, COUNT).await;
        let untold = publish(&world, delivery(false)).await.unwrap();
        assert_eq!(withheld(&world, COUNT, p_percent(15)).await.len(), LINES.len(), "{}", world.kind);
        let audited = audit(&world, &untold, p_percent(15)).await;
        assert!(audited.safe && audited.in_use, "{audited:?}");
        let causes = audited.withheld_values.iter().map(|own| (own.cause(), own.cell_count));
        assert_eq!(causes.collect::<Vec<_>>(), [(pb::WithholdingCause::Contributions, 7)]);
        let told = publish(&world, delivery(true)).await.unwrap();
        assert_ne!(untold.digest, told.digest, "who contributes is in the digest");
        assert_eq!(withheld(&world, COUNT, p_percent(15)).await.len(), 2);
    }
}

#[tokio::test]
async fn rates_are_withheld_where_nobody_may_estimate_what_an_organisation_contributes() {
    for database in testkit::both().await {
        let world = announced(database, RATE).await;
        let lines = ["hh-laag-inkomen,WK089901,2025,25.0,50,200".to_owned()];
        publish(&world, messages("indicator,gebied,periode,waarde,teller,noemer", &lines)).await.unwrap();
        assert_eq!(withheld(&world, RATE, dominance(2, 85)).await.len(), 1, "{}", world.kind);
    }
}

#[tokio::test]
async fn contributions_that_are_not_the_count_or_do_not_add_up_are_named() {
    for database in testkit::both().await {
        let world = announced(database, COUNT).await;
        let header = "indicator,gebied,periode,waarde,bijdragen";
        for (changed, by, line) in [
            ("alfa=5", "alfa=4", 2),
            ("alfa=5", "Alfa=5", 2),
            ("weller=205 wonen-zuid=121", "weller=206 wonen-zuid=120", 8),
        ] {
            let all = LINES.iter().map(|(area, count, own)| {
                let own = own.replace(changed, by);
                format!("huishoudens-met-voorziening,{area},2025,{count},{own}")
            });
            let refused = publish(&world, messages(header, &all.collect::<Vec<_>>())).await.unwrap_err();
            let place = format!("line {line}, column bijdragen");
            assert!(fields(&refused).iter().all(|field| *field == place), "{}: {refused:?}", world.kind);
        }
    }
}
