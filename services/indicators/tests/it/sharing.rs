//! What the consent service is told of the figures: what there is to share, and how many cells.

use std::time::Duration;

use indicators::Config;
use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use sea_orm::{ConnectionTrait, Statement};
use testkit::Party;
use tonic::Code;

use crate::world::{DELIVERIES, WELLER, World, asked, code_and_reason, config, fields, file, scope};

const CONSENT: Party = Party::Service("consent");

fn dataset() -> String {
    format!("datasets/{WELLER}")
}

async fn describe(world: &World, dataset: &str, areas: &[&str]) -> pb::DescribeDatasetResponse {
    let areas = areas.iter().map(|area| (*area).to_owned()).collect();
    let request = pb::DescribeDatasetRequest {
        dataset: dataset.to_owned(),
        areas,
        with_periods: true,
        ..Default::default()
    };
    world.sharing(CONSENT).describe_dataset(request).await.unwrap().into_inner()
}

async fn preview(
    world: &World,
    scope: consent_pb::Scope,
    protection: consent_pb::Protection,
) -> pb::PreviewScopeResponse {
    let request = pb::PreviewScopeRequest { scope: Some(scope), protection: Some(protection) };
    world.sharing(CONSENT).preview_scope(request).await.unwrap().into_inner()
}

fn minimum(minimum_count: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count, ..Default::default() }
}

/// Cells and withheld cells of all that the agreement allows.
async fn delivered(world: &World) -> (i64, i64) {
    let (mut cells, mut withheld, mut page_token) = (0, 0, String::new());
    loop {
        let request = pb::ListObservationsRequest { page_token, page_size: 1000, ..asked() };
        let page = world.list(Party::Ggd, request).await.unwrap();
        for observation in &page.observations {
            cells += 1;
            withheld += i64::from(observation.status() == pb::ObservationStatus::Withheld);
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return (cells, withheld);
        }
    }
}

#[tokio::test]
async fn a_preview_counts_what_a_delivery_then_has() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let named = consent_pb::Scope { areas: vec!["areas/BU08990201".to_owned()], ..scope() };
        let totals = consent_pb::Scope { dimensions: Vec::new(), ..scope() };
        for scope in [scope(), named, totals] {
            world.permit_scope(scope.clone());
            let counts = preview(&world, scope, minimum(10)).await;
            assert!(counts.cell_count > counts.withheld_count, "{counts:?}");
            assert_eq!((counts.cell_count, counts.withheld_count), delivered(&world).await, "{}", world.kind);
            assert_eq!(counts.release, format!("{}/releases/1", dataset()));
            assert!(counts.fictitious);
            assert_eq!(counts.gap_count, 0, "{counts:?}");
        }
        let counts = preview(&world, scope(), minimum(10)).await;
        let stricter = preview(&world, scope(), minimum(50)).await;
        assert_eq!(counts.cell_count, stricter.cell_count);
        assert!(counts.withheld_count > 0 && stricter.withheld_count > counts.withheld_count);
    }
}

#[tokio::test]
async fn a_preview_names_what_has_no_data() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let mut wide = scope();
        wide.periods.push("1999Q1".to_owned());
        let counts = preview(&world, wide, minimum(10)).await;
        let gap = pb::ScopeGap {
            indicator: "indicators/huurachterstand".to_owned(),
            period: "1999Q1".to_owned(),
            area: String::new(),
        };
        assert_eq!((counts.gaps, counts.gap_count), (vec![gap], 1), "{}", world.kind);
    }
}

#[tokio::test]
async fn a_preview_keeps_no_masks_and_is_computed_on_the_newest_release() {
    for database in testkit::both().await {
        let pool = database.database.pool().clone();
        let world = World::filled(database).await;
        for minimum_count in 20..40 {
            preview(&world, scope(), minimum(minimum_count)).await;
        }
        let count = Statement::from_string(pool.get_database_backend(), "SELECT COUNT(*) AS n FROM shield");
        let kept: i64 = pool.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap();
        assert_eq!(kept, 0, "{}: policies that nobody agreed to take no room", world.kind);

        let lines = file(&["huurachterstand,BU08990201,2025Q1,totaal,7,definitief,,"]);
        let draft = world.upload(&lines, 1000).await.unwrap().release.unwrap().name;
        let before = preview(&world, scope(), minimum(10)).await;
        assert_eq!(before.release, format!("{}/releases/1", dataset()), "a draft is nobody's business");
        world.publish(&draft).await.unwrap();
        let after = preview(&world, scope(), minimum(10)).await;
        assert_eq!((after.release.as_str(), after.cell_count, after.withheld_count), (draft.as_str(), 1, 1));
        assert_eq!(after.gap_count, 1, "the second quarter");
        assert_eq!(describe(&world, &dataset(), &[]).await.periods, ["2025Q1"]);
    }
}

#[tokio::test]
async fn a_dataset_is_described_with_the_level_of_the_areas_that_exist() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let areas = ["areas/BU08990201", "areas/GM0899", "areas/BU99999999", "gebied", ""];
        let mut found = describe(&world, &dataset(), &areas).await;
        assert!(found.exists && found.fictitious, "{}", world.kind);
        assert_eq!(found.owner_oin, Party::Weller.oin());
        assert_eq!(found.visibility(), pb::Visibility::Shared);
        assert!(found.indicators.contains(&"indicators/huurachterstand".to_owned()));
        assert!(found.rate_indicators.is_empty(), "it has counts");
        assert_eq!(found.dimensions, ["leeftijdsgroep"]);
        assert_eq!(found.latest_release, format!("{}/releases/1", dataset()));
        assert!(found.periods.contains(&"2025Q1".to_owned()) && found.periods.is_sorted());
        found.areas.sort_by(|a, b| a.area.cmp(&b.area));
        let levels: Vec<_> = found.areas.iter().map(|it| (it.area.as_str(), it.level.as_str())).collect();
        assert_eq!(levels, [("areas/BU08990201", "NEIGHBOURHOOD"), ("areas/GM0899", "MUNICIPALITY")]);

        let request = pb::DescribeDatasetRequest { dataset: dataset(), ..Default::default() };
        let brief = world.sharing(CONSENT).describe_dataset(request).await.unwrap().into_inner();
        assert!(brief.exists && brief.periods.is_empty(), "periods are told when they are asked for");
        // Also one of another dataset exists.
        let asked = ["indicators/huurachterstand", "indicators/bestaat-niet", "x"].map(str::to_owned);
        let elsewhere = "indicators/aandeel-huishoudens-met-voorziening".to_owned();
        for dataset in [dataset(), "datasets/bestaat-niet".to_owned()] {
            let indicators = asked.iter().chain([&elsewhere]).cloned().collect();
            let request = pb::DescribeDatasetRequest { dataset, indicators, ..Default::default() };
            let found = world.sharing(CONSENT).describe_dataset(request).await.unwrap().into_inner();
            assert_eq!(found.unknown_indicators, asked[1..], "{}", world.kind);
        }
        let none = describe(&world, "datasets/bestaat-niet", &["areas/GM0899"]).await;
        assert!(!none.exists && none.owner_oin.is_empty());
        assert_eq!(none.areas.len(), 1);
        let open = describe(&world, "datasets/stapeling", &[]).await;
        assert_eq!(open.visibility(), pb::Visibility::Public);
        let rates = ["aandeel", "verdeling"].map(|it| format!("indicators/{it}-huishoudens-met-voorziening"));
        assert_eq!(open.rate_indicators, rates);
    }
}

#[tokio::test]
async fn a_dataset_without_a_release_comes_to_nothing() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let counts = preview(&world, scope(), minimum(10)).await;
        assert_eq!(
            (counts.release.as_str(), counts.cell_count, counts.gap_count),
            ("", 0, 0),
            "{}",
            world.kind
        );
        let found = describe(&world, &dataset(), &[]).await;
        assert!(found.exists && found.latest_release.is_empty() && found.periods.is_empty());
    }
}

#[tokio::test]
async fn what_is_not_understood_is_refused_by_field() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let mut client = world.sharing(CONSENT);
        let status = client.preview_scope(pb::PreviewScopeRequest::default()).await.unwrap_err();
        assert_eq!(fields(&status), ["scope", "protection"], "{}", world.kind);
        let wrong = consent_pb::Scope { periods: vec!["kwartaal".to_owned()], ..scope() };
        let request = pb::PreviewScopeRequest { scope: Some(wrong), protection: Some(minimum(0)) };
        assert_eq!(fields(&client.preview_scope(request).await.unwrap_err()), ["scope", "protection"]);
        let areas = vec!["areas/GM0899".to_owned(); 1001];
        let indicators = vec!["indicators/x".to_owned(); 1001];
        let request =
            pb::DescribeDatasetRequest { dataset: "x".to_owned(), areas, indicators, ..Default::default() };
        let status = client.describe_dataset(request).await.unwrap_err();
        assert_eq!(fields(&status), ["dataset", "areas", "indicators"]);
    }
}

#[tokio::test]
async fn previews_that_find_no_room_are_refused_and_readers_go_on() {
    for database in testkit::both().await {
        let full = Config { previews_at_once: 0, preview_wait: Duration::from_millis(20), ..config() };
        let world = World::with_config(database, full).await;
        let (dataset, file) = DELIVERIES[3];
        world.loader.deliver_and_publish(dataset, file).await.unwrap();
        let request = pb::PreviewScopeRequest { scope: Some(scope()), protection: Some(minimum(10)) };
        let status = world.sharing(CONSENT).preview_scope(request).await.unwrap_err();
        let overloaded = (Code::ResourceExhausted, "OVERLOADED".to_owned());
        assert_eq!(code_and_reason(&status), overloaded, "{}", world.kind);
        world.permit();
        assert!(delivered(&world).await.0 > 0);
    }
}
