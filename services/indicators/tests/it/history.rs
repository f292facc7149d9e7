//! What releases, sources and periods say of each other: nothing of it adds up to a small group.

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::Code;

use crate::world::{WELLER, World, asked, code_and_reason, fields, file, scope};

const WEST: [&str; 6] = ["BU08990124", "BU08990126", "BU08990134", "BU08990135", "BU08990136", "BU08990144"];

fn line(area: &str, value: u32) -> String {
    format!("huurachterstand,{area},2025Q1,totaal,{value},,,")
}

/// The neighbourhoods of a district, five of 20 and one of 3: with the district, 103, two of the seven
/// must stay hidden.
fn west() -> Vec<String> {
    WEST.iter().enumerate().map(|(place, area)| line(area, if place == 5 { 3 } else { 20 })).collect()
}

async fn release(world: &World, lines: &[String]) {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let draft = world.upload(&file(&lines), 1000).await.unwrap().release.unwrap();
    world.publish(&draft.name).await.unwrap();
}

/// How many counts of a level GGD does not get of the newest release.
async fn hidden(world: &World, level: &str, minimum_count: i32) -> usize {
    let periods = ["2025", "2025Q1", "2025Q2", "2025Q3", "2025Q4"].map(str::to_owned).to_vec();
    let scope = consent_pb::Scope { area_level: level.to_owned(), periods, ..scope() };
    world.permit_with(scope, consent_pb::Protection { minimum_count, ..Default::default() });
    let rows = world.list(Party::Ggd, asked()).await.unwrap().observations;
    rows.iter().filter(|row| row.value.is_empty()).count()
}

#[tokio::test]
async fn a_revision_that_does_not_fit_undoes_no_history_elsewhere() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let west = west();
        release(&world, &[line("WK089901", 103), west[0].clone(), line("WK089902", 60)]).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 0);
        // A neighbourhood of the other district has more than that district had.
        release(&world, &[&west[1..], &[line("BU08990201", 70)]].concat()).await;
        assert!(hidden(&world, "NEIGHBOURHOOD", 10).await >= 2, "{}: 103 - 5 x 20 = 3", world.kind);
    }
}

#[tokio::test]
async fn what_a_release_in_between_told_with_the_one_before_it_stays_true() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let west = west();
        release(&world, &[line("WK089901", 103), west[0].clone()]).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 0);
        release(&world, &west[1..]).await;
        assert!(hidden(&world, "NEIGHBOURHOOD", 10).await >= 2, "{}", world.kind);
        let third = [&[line("WK089901", 115)], &west[..5], &[line(WEST[5], 15)]].concat();
        release(&world, &third).await;
        let all = hidden(&world, "DISTRICT", 10).await + hidden(&world, "NEIGHBOURHOOD", 10).await;
        assert!(all >= 2, "{}: else the one follows from 115, and then 103 - 100 = 3", world.kind);
    }
}

#[tokio::test]
async fn figures_that_come_back_are_the_newest() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let west = west();
        let first = [line("WK089901", 103), west[0].clone()];
        release(&world, &first).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 0);
        release(&world, &[line("WK089901", 110), west[0].clone()]).await;
        release(&world, &first).await;
        release(&world, &west[1..]).await;
        assert!(hidden(&world, "NEIGHBOURHOOD", 10).await >= 2, "{}: 103 - 5 x 20 = 3", world.kind);
    }
}

#[tokio::test]
async fn two_sources_of_one_figure_do_not_add_up_to_a_small_group() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        // The source stands before the last comma.
        let of_source = |line: String, source: &str| {
            format!("{}{source},", line.trim_end_matches(",,,").to_owned() + ",,")
        };
        let mut lines = vec![of_source(line("WK089901", 103), "a")];
        lines.extend(west().into_iter().map(|line| of_source(line, "b")));
        release(&world, &lines).await;
        let all = hidden(&world, "DISTRICT", 10).await + hidden(&world, "NEIGHBOURHOOD", 10).await;
        assert!(all >= 2, "{}: 103 - 5 x 20 = 3", world.kind);
    }
}

#[tokio::test]
async fn a_year_and_its_quarters_do_not_add_up_to_a_small_group() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        world.declare("huurachterstand", "ja", "nee").await.unwrap();
        let periods = [("2025", 103), ("2025Q1", 40), ("2025Q2", 30), ("2025Q3", 30), ("2025Q4", 3)];
        let lines =
            periods.map(|(period, count)| format!("huurachterstand,WK089901,{period},totaal,{count},,,"));
        release(&world, &lines).await;
        assert!(hidden(&world, "DISTRICT", 10).await >= 2, "{}: 103 - 100 = 3", world.kind);
    }
}

#[tokio::test]
async fn quarters_and_then_their_year_do_not_tell_the_quarter_that_is_not_there() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        world.declare("huurachterstand", "ja", "nee").await.unwrap();
        let of = |(period, count)| format!("huurachterstand,WK089901,{period},totaal,{count},,,");
        release(&world, &[("2025Q1", 30), ("2025Q2", 30), ("2025Q3", 37)].map(of)).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 0);
        release(&world, &[("2025", 100)].map(of)).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 1, "{}: 100 - 97 = 3", world.kind);
    }
}

#[tokio::test]
async fn a_revision_of_one_group_undoes_no_history_of_another() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let of = |(area, group, count)| format!("huurachterstand,{area},2025Q1,{group},{count},,,");
        release(&world, &[("GM0899", "18-26", 103), ("GM0899", "27-39", 100)].map(of)).await;
        assert_eq!(hidden(&world, "MUNICIPALITY", 10).await, 0);
        // Of the second group two districts have more than the municipality had.
        let parts = [
            ("WK089901", "18-26", 60),
            ("WK089902", "18-26", 40),
            ("WK089901", "27-39", 40),
            ("WK089902", "27-39", 70),
        ];
        release(&world, &parts.map(of)).await;
        assert!(hidden(&world, "DISTRICT", 10).await >= 1, "{}: 103 - 60 - 40 = 3", world.kind);
    }
}

#[tokio::test]
async fn periods_that_are_no_parts_of_each_other_are_apart() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        // Households on a day, as is declared: the quarters are no parts of the year.
        let periods = [("2025", 103), ("2025Q1", 100), ("2025Q2", 104), ("2025Q3", 101), ("2025Q4", 3)];
        let lines =
            periods.map(|(period, count)| format!("huurachterstand,WK089901,{period},totaal,{count},,,"));
        release(&world, &lines).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 1, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_count_that_is_not_whole_is_no_count_and_makes_others_no_less_whole() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let mut lines = vec![line("WK089901", 6)];
        lines.extend(WEST.iter().map(|area| line(area, 1)));
        lines.push("huurachterstand,WK089902,2025Q1,totaal,12.5,,,".to_owned());
        release(&world, &lines).await;
        // Six over six that are not 0 would tell that each of them is 1.
        assert_eq!(hidden(&world, "DISTRICT", 5).await, 2, "{}", world.kind);
    }
}

#[tokio::test]
async fn a_protection_from_before_the_first_release_binds_it() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let protection = consent_pb::Protection { minimum_count: 10, ..Default::default() };
        let dataset = format!("datasets/{WELLER}");
        let request = pb::ProtectDatasetRequest { dataset, protection: Some(protection) };
        let consent = Party::Service("consent");
        let done = world.sharing(consent).protect_dataset(request).await.unwrap().into_inner();
        assert_eq!(done.failure, None);
        let parts = ["totaal,100", "18-26,60", "27-39,60"]
            .map(|tail| format!("huurachterstand,GM0899,2025Q1,{tail},,,"));
        let lines: Vec<&str> = parts.iter().map(String::as_str).collect();
        let draft = world.upload(&file(&lines), 1000).await.unwrap().release.unwrap();
        let refused = world.publish(&draft.name).await.unwrap_err();
        let failed = (Code::FailedPrecondition, "PROTECTION_FAILED".to_owned());
        assert_eq!(code_and_reason(&refused), failed, "{}: 120 is more than 100", world.kind);
        let dutch = String::from_utf8_lossy(refused.details()).into_owned();
        assert!(
            dutch.contains("GM0899|totaal is 100 en de delen zijn samen 120. Lever cijfers die"),
            "{dutch}"
        );
        assert!(!dutch.contains("periodes"), "there is one only: {dutch}");
        release(&world, &west()).await;
        assert_eq!(world.consent.get(|state| state.masks.len()), 1, "{}", world.kind);
    }
}

#[tokio::test]
async fn sources_of_which_too_many_are_at_odds_are_refused_until_they_tell_of_every_place_again() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let of = |source: char, area: &str, value: u32| {
            format!("huurachterstand,{area},2025Q1,totaal,{value},,{source},")
        };
        let sources = || (100..).zip('a'..='j');
        let districts: Vec<String> = sources().map(|(value, source)| of(source, "WK089901", value)).collect();
        release(&world, &districts).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 0);
        // With what the first of them said nine others are at odds.
        let whole = [of('z', "GM0899", 500)];
        let lines: Vec<&str> = whole.iter().map(String::as_str).collect();
        let draft = world.upload(&file(&lines), 1000).await.unwrap().release.unwrap();
        let refused = world.publish(&draft.name).await.unwrap_err();
        let failed = (Code::FailedPrecondition, "PROTECTION_FAILED".to_owned());
        assert_eq!(code_and_reason(&refused), failed, "{}", world.kind);
        assert_eq!(fields(&refused), ["indicators/huurachterstand 2025Q1 WK089901|totaal"]);
        let dutch = String::from_utf8_lossy(refused.details()).into_owned();
        assert!(dutch.contains("Lever alle gebieden en groepen van alle bronnen opnieuw"), "{dutch}");
        let all =
            sources().flat_map(|(value, source)| [of(source, "WK089901", value), of(source, "GM0899", 500)]);
        let all: Vec<String> = all.chain([of('z', "GM0899", 500), of('z', "WK089901", 100)]).collect();
        release(&world, &all).await;
        assert_eq!(hidden(&world, "DISTRICT", 10).await, 0);
    }
}
