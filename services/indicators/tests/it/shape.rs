//! Rows, their order and pages tell which cells there are, and nothing of what is in them.

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;

use crate::world::{DELIVERIES, World, asked, scope};

const LEVELS: [&str; 3] = ["NEIGHBOURHOOD", "DISTRICT", "MUNICIPALITY"];

/// The delivery of Weller with every count so many times as large.
fn times(factor: i64) -> Vec<u8> {
    let text = std::str::from_utf8(DELIVERIES[3].1).unwrap();
    let line = |line: &str| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(count) = fields[4].parse::<i64>() {
            fields[4] = (count * factor).to_string();
        }
        fields.join(",")
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    format!("{}\n", lines.join("\n")).into_bytes()
}

async fn published(file: &[u8]) -> World {
    let world = World::empty(testkit::sqlite().await).await;
    let name = world.upload(file, 50_000).await.unwrap().release.unwrap().name;
    world.publish(&name).await.unwrap();
    world
}

/// A page: which cells, in order, and the token of the next one.
type Seen = (Vec<(String, String, String)>, String);

async fn pages(world: &World, level: &str, protection: consent_pb::Protection, size: i32) -> Vec<Seen> {
    world.permit_with(consent_pb::Scope { area_level: level.to_owned(), ..scope() }, protection);
    let (mut pages, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListObservationsRequest { page_size: size, page_token, ..asked() };
        let page = world.list(Party::Ggd, request).await.unwrap();
        let cells = page.observations.into_iter();
        let cells = cells.map(|row| (row.area, row.period, row.categories["leeftijdsgroep"].clone()));
        page_token = page.next_page_token;
        pages.push((cells.collect(), page_token.clone()));
        if page_token.is_empty() {
            return pages;
        }
    }
}

#[tokio::test]
async fn rows_their_order_and_pages_are_the_same_whatever_the_counts_are() {
    let protections = [
        consent_pb::Protection { minimum_count: 10, ..Default::default() },
        consent_pb::Protection { minimum_count: 10, rounding_base: 5, ..Default::default() },
        consent_pb::Protection { minimum_count: 10, protect_zeros: true, ..Default::default() },
    ];
    // Small and large counts, nothing but zeros, and nothing but large counts and zeros.
    let worlds = [published(&times(1)).await, published(&times(0)).await, published(&times(1000)).await];
    for protection in protections {
        for (level, size) in LEVELS.into_iter().zip([97, 13, 5]) {
            let own = pages(&worlds[0], level, protection, size).await;
            assert!(own.len() > 1, "{level}");
            for other in &worlds[1..] {
                assert_eq!(pages(other, level, protection, size).await, own, "{level} {protection:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_preview_tells_how_many_cells_there_are_and_are_withheld_and_no_more() {
    let protection = consent_pb::Protection { minimum_count: 10, ..Default::default() };
    let preview = async |world: &World| {
        let request = pb::PreviewScopeRequest { scope: Some(scope()), protection: Some(protection) };
        world.sharing(Party::Service("consent")).preview_scope(request).await.unwrap().into_inner()
    };
    let own = preview(&published(&times(1)).await).await;
    let (thousandfold, more) = (published(&times(1000)).await, published(&times(2000)).await);
    let large = preview(&thousandfold).await;
    assert_eq!(large, preview(&more).await, "no count shows");
    assert_eq!(large.withheld_count, 0);
    assert!(own.withheld_count > 0);
    assert_eq!(own, pb::PreviewScopeResponse { withheld_count: own.withheld_count, ..large });
}
