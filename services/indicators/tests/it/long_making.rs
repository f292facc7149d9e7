//! Masks that take longer than who reads waits for them: they are made once, whoever waits.

use std::time::Duration;

use indicators::Config;
use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::{Party, TestDatabase};
use tokio::time::{Instant, sleep};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::world::{AGREEMENT, PURPOSE, WELLER, World, asked, code_and_reason, config, file, scope};

/// A group lies between 0 and what was shown of its whole, and that is less.
const WIDE: consent_pb::Protection = consent_pb::Protection {
    minimum_count: 10,
    interval_width: 120,
    protect_zeros: false,
    rounding_base: 0,
    minimum_denominator: 0,
    group_percent: 0,
    preset: 0,
    p_percent: 0,
    dominance_n: 0,
    dominance_k: 0,
};

async fn publish(world: &World, lines: &[String]) {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let draft = world.upload(&file(&lines), 100_000).await.unwrap().release.unwrap();
    world.publish(&draft.name).await.unwrap();
}

/// What GGD hears that waits no longer than this: the values.
async fn read_within(world: &World, patience: Duration) -> Result<Vec<String>, Status> {
    let mut request = Request::new(asked());
    request.set_timeout(patience);
    let answer = world.observations(Party::Ggd).list_observations(request).await?.into_inner();
    Ok(answer.observations.into_iter().map(|row| row.value).collect())
}

fn permit(world: &World) {
    world.permit_with(consent_pb::Scope { area_level: "MUNICIPALITY".to_owned(), ..scope() }, WIDE);
}

fn line(area: &str, period: &str, category: &str, value: u32) -> String {
    format!("huurachterstand,{area},{period},{category},{value},,,")
}

#[tokio::test]
async fn a_mask_is_made_once_also_when_who_asked_for_it_has_left() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        publish(&world, &[line("GM0899", "2025Q1", "totaal", 100)]).await;
        permit(&world);
        world.consent.set(|state| state.slow_masks = Duration::from_secs(2));
        let left = read_within(&world, Duration::from_millis(1000)).await.unwrap_err();
        assert_eq!(left.code(), Code::DeadlineExceeded, "{}", world.kind);
        let answer = read_within(&world, Duration::from_secs(60)).await.unwrap();
        assert_eq!(answer, ["100"], "{}", world.kind);
        assert_eq!(world.consent.get(|state| state.masks.len()), 1, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_query_hears_that_its_mask_is_being_made_and_a_stream_waits_for_it() {
    for database in testkit::both().await {
        let config = Config { mask_wait: Duration::from_millis(300), ..config() };
        let world = World::with_config(database, config).await;
        publish(&world, &[line("GM0899", "2025Q1", "totaal", 100)]).await;
        permit(&world);
        world.consent.set(|state| state.slow_masks = Duration::from_secs(2));
        let early = world.list(Party::Ggd, asked()).await.unwrap_err();
        assert_eq!(code_and_reason(&early), (Code::Unavailable, "UNAVAILABLE".to_owned()), "{}", world.kind);
        let details = early.get_error_details();
        let sentence = &details.localized_message().unwrap().message;
        assert!(sentence.contains("releases/1 beschermd worden, staat nog niet vast"), "{sentence}");
        let request = pb::WatchObservationsRequest {
            parent: format!("datasets/{WELLER}"),
            agreement: AGREEMENT.to_owned(),
            purpose: PURPOSE.to_owned(),
            ..Default::default()
        };
        let stream = world.observations(Party::Ggd).watch_observations(request).await;
        let part = stream.unwrap().into_inner().message().await.unwrap().unwrap();
        assert_eq!(part.observations.len(), 1);
        assert_eq!(world.list(Party::Ggd, asked()).await.unwrap().observations, part.observations);
        assert_eq!(world.consent.get(|state| state.masks.len()), 1, "{}", world.kind);
    }
}

/// A release of which it takes long to find out that it cannot be protected beside a total of 100: only the
/// block of that total cannot, and the others are large.
fn hard() -> Vec<String> {
    let whole = [("totaal", 100), ("18-26", 3), ("27-39", 97)];
    let mut lines = whole.map(|(category, value)| line("GM0899", "2025Q1", category, value)).to_vec();
    let areas = ["124", "126", "134", "135", "136", "144", "201", "202", "203", "204"];
    let areas =
        areas.into_iter().chain(["205", "207", "208", "209", "225", "242", "243", "314", "315", "316"]);
    for day in 0..56 {
        let period = format!("2025-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
        let ages = ["18-26", "27-39", "40-54", "55-66", "67+"];
        let mut municipality = [500; 5];
        let mut tell = |area: &str, counts: [u32; 5]| {
            let all = [("totaal", counts.iter().sum())];
            let counts = ages.into_iter().zip(counts).chain(all);
            lines.extend(counts.map(|(age, count)| line(area, &period, age, count)));
        };
        for (place, area) in (1..).zip(areas.clone()) {
            let counts = [1, 2, 3, 4, 5].map(|age| (place * age * (day + 1) * 37 + place * place) % 101);
            municipality.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
            tell(&format!("BU08990{area}"), counts);
        }
        tell("GM0899", municipality);
    }
    lines
}

/// A world with such a release under a protection that is agreed, was retired, and has no mask for it.
async fn hard_world(database: TestDatabase) -> World {
    let world = World::empty(database).await;
    publish(&world, &[line("GM0899", "2025Q1", "totaal", 100)]).await;
    permit(&world);
    read_within(&world, Duration::from_secs(60)).await.unwrap();
    let name = format!("datasets/{WELLER}/protections/min10-width120");
    let request = pb::RetireDatasetProtectionRequest { name };
    world.protections(Party::Weller).retire_dataset_protection(request).await.unwrap();
    publish(&world, &hard()).await;
    world
}

#[tokio::test]
async fn that_a_mask_cannot_be_made_is_found_out_once_also_when_who_asked_for_it_has_left() {
    const PATIENCE: Duration = Duration::from_millis(250);
    for database in testkit::both().await {
        let world = hard_world(database).await;
        let began = Instant::now();
        let left = read_within(&world, PATIENCE).await.unwrap_err();
        assert_eq!(left.code(), Code::DeadlineExceeded, "{}", world.kind);
        // It takes longer than anybody waits here, so it is never heard unless it was found out before.
        let refused = loop {
            let refused = read_within(&world, PATIENCE).await.unwrap_err();
            if refused.code() != Code::DeadlineExceeded {
                break refused;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{}: it is not remembered", world.kind);
            sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(code_and_reason(&refused), (Code::FailedPrecondition, "PROTECTION_FAILED".to_owned()));
    }
}

#[tokio::test]
async fn a_making_stops_with_the_process() {
    for database in testkit::both().await {
        let world = hard_world(database).await;
        let mut sharing = world.sharing(Party::Service("consent"));
        let dataset = format!("datasets/{WELLER}");
        let request = pb::ProtectDatasetRequest { dataset, protection: Some(WIDE) };
        let (stopped, ()) = tokio::join!(sharing.protect_dataset(request), async {
            sleep(Duration::from_millis(250)).await;
            world.shutdown.tell();
        });
        // Whoever has the time hears otherwise that it cannot be made.
        assert_eq!(stopped.unwrap_err().code(), Code::Unavailable, "{}", world.kind);
    }
}
