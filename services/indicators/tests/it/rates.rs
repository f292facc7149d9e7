//! Rates under an agreement: what is shown, what is withheld, and what is refused.

use std::collections::BTreeMap;

use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::Code;

use crate::world::{World, asked, code_and_reason, fields, info, scope, upload_messages};

const DATASET: &str = "datasets/weller-percentages";
/// A percentage, and a value of which the unit does not say per how many it is.
const INDICATORS: [&str; 2] = ["indicators/hh-laag-inkomen", "indicators/woz-waarde"];
const COUNT: &str = "indicators/huishoudens-met-voorziening";

const HEADER: &str = "indicator,gebied,periode,waarde,teller,noemer";
/// The six neighbourhoods of a district. In the first few are counted, in the fourth nearly all.
const LINES: [&str; 7] = [
    "BU08990124,2025,6.0,3,50",
    "BU08990126,2025,33.3,20,60",
    "BU08990134,2025,100.0,30,30",
    "BU08990135,2025,96.7,58,60",
    "BU08990136,2025,25.0,25,100",
    "BU08990144,2025,44.4,40,90",
    "WK089901,2025,45.1,176,390",
];

fn minimum(minimum_count: i32) -> consent_pb::Protection {
    consent_pb::Protection { minimum_count, ..Default::default() }
}

/// A delivery of percentages.
fn delivery(lines: &[&str]) -> Vec<pb::UploadReleaseRequest> {
    let lines: Vec<String> = lines.iter().map(|line| format!("hh-laag-inkomen,{line}")).collect();
    messages(&lines)
}

fn messages(lines: &[String]) -> Vec<pb::UploadReleaseRequest> {
    let mut messages = upload_messages(format!("{HEADER}\n{}\n", lines.join("\n")).as_bytes(), 1000);
    messages[0].parent = DATASET.to_owned();
    messages
}

async fn announced(database: testkit::TestDatabase) -> World {
    announced_with(database, &INDICATORS, Vec::new()).await
}

async fn announced_with(
    database: testkit::TestDatabase,
    indicators: &[&str],
    dimensions: Vec<pb::Dimension>,
) -> World {
    let world = World::empty(database).await;
    let dataset = pb::Dataset {
        display_name: "Percentages per buurt".to_owned(),
        visibility: pb::Visibility::Shared.into(),
        indicators: indicators.iter().map(|indicator| (*indicator).to_owned()).collect(),
        dimensions,
        ..Default::default()
    };
    let dataset_id = DATASET.trim_start_matches("datasets/").to_owned();
    let request = pb::CreateDatasetRequest { dataset: Some(dataset), dataset_id, ..Default::default() };
    world.catalogue(Party::Weller).create_dataset(request).await.unwrap();
    world
}

async fn publish(world: &World, messages: Vec<pb::UploadReleaseRequest>) -> Result<(), tonic::Status> {
    let draft = world.upload_as(Party::Weller, messages).await?.release.unwrap();
    world.publish(&draft.name).await.map(drop)
}

/// What GGD gets of the neighbourhoods and the district, by area and period.
async fn answers(
    world: &World,
    indicator: &str,
    protection: consent_pb::Protection,
) -> BTreeMap<(String, String), pb::Observation> {
    let mut rows = BTreeMap::new();
    for level in ["NEIGHBOURHOOD", "DISTRICT"] {
        let scope = consent_pb::Scope {
            dataset: DATASET.to_owned(),
            indicators: vec![indicator.to_owned()],
            area_level: level.to_owned(),
            periods: ["2024", "2025", "2025Q1", "2025Q2", "2025Q3", "2025Q4"].map(str::to_owned).to_vec(),
            dimensions: Vec::new(),
            ..scope()
        };
        world.permit_with(scope, protection);
        let request = pb::ListObservationsRequest { parent: DATASET.to_owned(), ..asked() };
        let page = world.list(Party::Ggd, request).await.unwrap();
        rows.extend(page.observations.into_iter().map(|row| ((row.area.clone(), row.period.clone()), row)));
    }
    rows
}

fn withheld(rows: &BTreeMap<(String, String), pb::Observation>) -> Vec<&str> {
    let rows = rows.iter().filter(|(_, row)| row.status() == pb::ObservationStatus::Withheld);
    rows.map(|((area, _), _)| area.trim_start_matches("areas/")).collect()
}

#[tokio::test]
async fn a_rate_is_shown_when_who_are_counted_and_who_are_not_are_enough() {
    for database in testkit::both().await {
        let world = announced(database).await;
        publish(&world, delivery(&LINES)).await.unwrap();
        let rows = answers(&world, INDICATORS[0], minimum(10)).await;
        // 3 of 50, and all but 2 of 60. Zeros are shown, also in what is not counted.
        assert_eq!(withheld(&rows), ["BU08990124", "BU08990135"], "{}", world.kind);
        for ((area, _), row) in &rows {
            let line = LINES.iter().find(|line| line.starts_with(area.trim_start_matches("areas/"))).unwrap();
            let told: Vec<&str> = line.split(',').skip(2).collect();
            let shown = [
                Some(row.value.clone()),
                row.numerator.map(|it| it.to_string()),
                row.denominator.map(|it| it.to_string()),
            ];
            let expected = if row.status() == pb::ObservationStatus::Withheld {
                [Some(String::new()), None, None]
            } else {
                [0, 1, 2].map(|at| Some(told[at].to_owned()))
            };
            assert_eq!(shown, expected, "{area}");
        }
        let request = pb::ListObservationsRequest { parent: DATASET.to_owned(), ..Default::default() };
        let own = world.list(Party::Weller, request).await.unwrap().observations;
        assert!(
            own.iter().all(|row| row.numerator.is_some() && row.denominator.is_some()),
            "the owner sees all"
        );
    }
}

#[tokio::test]
async fn one_small_rate_takes_another_with_it_and_one_without_counts_is_withheld() {
    for database in testkit::both().await {
        let world = announced(database).await;
        // The fourth has 18 that are not counted, so only the first is small.
        let mut lines = LINES.map(str::to_owned);
        lines[3] = "BU08990135,2025,70.0,42,60".to_owned();
        lines[6] = "WK089901,2025,41.0,160,390".to_owned();
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        lines.push("WK089901,2024,40.0,,");
        publish(&world, delivery(&lines)).await.unwrap();
        let rows = answers(&world, INDICATORS[0], minimum(10)).await;
        let of = |period: &str| {
            let of_period = rows.iter().filter(|((_, own), _)| own == period);
            withheld(&of_period.map(|(place, row)| (place.clone(), row.clone())).collect())
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let of_2025 = of("2025");
        assert_eq!(of_2025.len(), 2, "{}: one alone comes back by subtraction: {of_2025:?}", world.kind);
        assert!(of_2025.contains(&"BU08990124".to_owned()) && !of_2025.contains(&"WK089901".to_owned()));
        assert_eq!(of("2024"), ["WK089901"]);
    }
}

#[tokio::test]
async fn a_rate_of_too_few_is_withheld_and_does_not_come_back_by_subtraction() {
    for database in testkit::both().await {
        let world = announced(database).await;
        // Of every count there are enough, and one rate is of 30.
        let mut lines = LINES;
        lines[0] = "BU08990124,2025,40.0,20,50";
        lines[2] = "BU08990134,2025,50.0,15,30";
        lines[3] = "BU08990135,2025,50.0,30,60";
        lines[6] = "WK089901,2025,38.5,150,390";
        publish(&world, delivery(&lines)).await.unwrap();
        let rows = answers(&world, INDICATORS[0], minimum(10)).await;
        assert_eq!(withheld(&rows), [] as [&str; 0], "{}", world.kind);
        let of_many = consent_pb::Protection { minimum_denominator: 50, ..minimum(10) };
        let rows = answers(&world, INDICATORS[0], of_many).await;
        let withheld = withheld(&rows);
        assert_eq!(withheld.len(), 2, "{withheld:?}");
        assert!(withheld.contains(&"BU08990134") && !withheld.contains(&"WK089901"), "{withheld:?}");
    }
}

#[tokio::test]
async fn where_zeros_are_shown_nobody_is_not_too_few() {
    for database in testkit::both().await {
        let world = announced(database).await;
        // Of the district nobody is counted, so of each neighbourhood nobody is either, also of the one of
        // 30. That nobody answered in the sixth is not told, so these 30 do not come back.
        let lines = [
            "BU08990124,2025,0.0,0,50",
            "BU08990126,2025,0.0,0,60",
            "BU08990134,2025,0.0,0,30",
            "BU08990135,2025,0.0,0,60",
            "BU08990136,2025,0.0,0,100",
            "WK089901,2025,0.0,0,300",
        ];
        publish(&world, delivery(&lines)).await.unwrap();
        let of_many = consent_pb::Protection { minimum_denominator: 50, ..minimum(10) };
        let rows = answers(&world, INDICATORS[0], of_many).await;
        assert_eq!(withheld(&rows), ["BU08990134"], "{}", world.kind);
    }
}

#[tokio::test]
async fn a_rounded_rate_is_that_of_its_rounded_counts_and_tells_neither() {
    for database in testkit::both().await {
        let world = announced(database).await;
        let mut lines: Vec<String> = LINES.iter().map(|line| format!("hh-laag-inkomen,{line}")).collect();
        lines.push("woz-waarde,WK089901,2025,176,200,390".to_owned());
        publish(&world, messages(&lines)).await.unwrap();
        let rounding = consent_pb::Protection { rounding_base: 5, ..minimum(10) };
        let exact = answers(&world, INDICATORS[0], minimum(10)).await;
        let rows = answers(&world, INDICATORS[0], rounding).await;
        assert_eq!(
            rows,
            answers(&world, INDICATORS[0], rounding).await,
            "{}: the same each time",
            world.kind
        );
        assert_eq!(withheld(&rows), withheld(&exact));
        let mut changed = 0;
        for (place, row) in rows.iter().filter(|(_, row)| row.status() != pb::ObservationStatus::Withheld) {
            assert_eq!((row.numerator, row.denominator), (None, None), "{place:?}");
            let (part, whole) = (exact[place].numerator.unwrap(), exact[place].denominator.unwrap());
            let near = |count: i64| [count / 5 * 5, (count + 4) / 5 * 5];
            let rates = near(whole).into_iter().flat_map(|whole| {
                near(part).into_iter().map(move |part| (part.min(whole) * 2000 + whole) / (2 * whole))
            });
            let rates: Vec<String> = rates.map(|rate| format!("{}.{}", rate / 10, rate % 10)).collect();
            assert!(rates.contains(&row.value), "{place:?}: {} is none of {rates:?}", row.value);
            changed += usize::from(row.value != exact[place].value);
        }
        assert_eq!(changed, 1, "only the district has a count that is no multiple of 5");
        let thousands = |rows: BTreeMap<_, pb::Observation>| rows.into_values().next().unwrap();
        assert_eq!(thousands(answers(&world, INDICATORS[1], minimum(10)).await).value, "176");
        let unknown = thousands(answers(&world, INDICATORS[1], rounding).await);
        assert_eq!(unknown.status(), pb::ObservationStatus::Withheld, "it is not known per how many it is");
    }
}

/// The periods of which the rate of the district is withheld, and how many there are.
async fn withheld_periods(world: &World) -> (Vec<String>, usize) {
    let rows = answers(world, INDICATORS[0], minimum(10)).await;
    let hidden = rows.iter().filter(|(_, row)| row.status() == pb::ObservationStatus::Withheld);
    (hidden.map(|((_, period), _)| period.clone()).collect(), rows.len())
}

#[tokio::test]
async fn a_rate_that_follows_from_those_of_the_year_and_other_quarters_is_withheld_with_another_one() {
    for database in testkit::both().await {
        let world = announced(database).await;
        world.declare("hh-laag-inkomen", "ja", "nee").await.unwrap();
        // Evictions: 63 in the year, and 3 in the fourth quarter.
        let year = ["WK089901,2025,6.3,63,1000"];
        let quarters = ["WK089901,2025Q1,2.0,20,1000", "WK089901,2025Q2,2.0,20,1000"];
        publish(&world, delivery(&[&year[..], &quarters[..]].concat())).await.unwrap();
        let more = ["WK089901,2025Q3,2.0,20,1000", "WK089901,2025Q4,0.3,3,1000"];
        publish(&world, delivery(&[&year[..], &quarters[..], &more[..]].concat())).await.unwrap();
        let last = ["2025Q3", "2025Q4"].map(str::to_owned).to_vec();
        assert_eq!(withheld_periods(&world).await, (last, 5), "{}", world.kind);
        assert_eq!(causes(&world, 2).await, []);
    }
}

#[tokio::test]
async fn a_year_of_which_quarters_were_shown_is_shown_with_the_last_quarter_where_none_is_small() {
    for database in testkit::both().await {
        let world = announced(database).await;
        world.declare("hh-laag-inkomen", "ja", "nee").await.unwrap();
        let quarters =
            ["WK089901,2025Q1,2.0,20,1000", "WK089901,2025Q2,2.0,20,1000", "WK089901,2025Q3,2.0,20,1000"];
        publish(&world, delivery(&quarters)).await.unwrap();
        let rest = ["WK089901,2025Q4,2.2,22,1000", "WK089901,2025,8.2,82,1000"];
        publish(&world, delivery(&[&quarters[..], &rest[..]].concat())).await.unwrap();
        assert_eq!(withheld_periods(&world).await, (vec![], 5), "{}", world.kind);
    }
}

#[tokio::test]
async fn a_revision_that_makes_a_shown_rate_too_small_is_published_and_withheld() {
    for database in testkit::both().await {
        let world = announced(database).await;
        let with = |first: &str, district: &str| {
            let mut lines = LINES.map(str::to_owned);
            (lines[0], lines[6]) = (first.to_owned(), district.to_owned());
            // Nobody else is few.
            lines[3] = "BU08990135,2025,50.0,30,60".to_owned();
            lines
        };
        let lines = |own: &[String; 7]| delivery(&own.iter().map(String::as_str).collect::<Vec<_>>());
        let first = with("BU08990124,2025,20.0,10,50", "WK089901,2025,39.7,155,390");
        publish(&world, lines(&first)).await.unwrap();
        assert!(!withheld(&answers(&world, INDICATORS[0], minimum(10)).await).contains(&"BU08990124"));
        // One who was counted has gone. Nobody knows that it was none of the others.
        publish(&world, lines(&with("BU08990124,2025,18.4,9,49", "WK089901,2025,39.6,154,389")))
            .await
            .unwrap();
        let rows = answers(&world, INDICATORS[0], minimum(10)).await;
        assert!(withheld(&rows).contains(&"BU08990124"), "{}: {:?}", world.kind, withheld(&rows));
    }
}

/// What the owner hears of values that are withheld whatever their size: indicator, periods, how many, and
/// why.
async fn causes(world: &World, release: i32) -> Vec<(String, Vec<String>, i64, pb::WithholdingCause)> {
    let name = format!("{DATASET}/releases/{release}");
    let request = pb::AuditReleaseRequest { name, protection: Some(minimum(10)) };
    let audit = world.protections(Party::Weller).audit_release(request).await.unwrap().into_inner();
    assert!(audit.safe, "{audit:?}");
    let cause = |own: pb::WithheldValues| {
        assert!(!own.message_nl.is_empty() && !own.message_en.is_empty());
        let why = own.cause();
        (own.indicator, own.periods, own.cell_count, why)
    };
    audit.withheld_values.into_iter().map(cause).collect()
}

#[tokio::test]
async fn rates_are_withheld_in_a_dataset_that_has_counts_as_well() {
    for database in testkit::both().await {
        let world = announced_with(database, &[INDICATORS[0], COUNT], Vec::new()).await;
        // The counts come later, and of other areas: of one district 3 are left.
        publish(&world, delivery(&["WK089901,2025,15.0,30,200"])).await.unwrap();
        assert_eq!(
            withheld(&answers(&world, INDICATORS[0], minimum(10)).await),
            ["WK089901"],
            "{}",
            world.kind
        );
        let counts = ["BU08990124,2025,27,,", "WK089902,2025,40,,"];
        let counts = counts.map(|line| format!("huishoudens-met-voorziening,{line}"));
        publish(&world, messages(&counts)).await.unwrap();
        assert_eq!(withheld(&answers(&world, COUNT, minimum(10)).await), [] as [&str; 0]);
        let of_2025 = vec!["2025".to_owned()];
        assert_eq!(
            causes(&world, 1).await,
            [(INDICATORS[0].to_owned(), of_2025, 1, pb::WithholdingCause::Counts)]
        );
        assert_eq!(causes(&world, 2).await, []);
    }
}

#[tokio::test]
async fn a_distribution_over_categories_is_withheld_as_who_has_all_but_one_has_the_last() {
    for database in testkit::both().await {
        let ages = pb::Dimension {
            code: "leeftijd".to_owned(),
            display_name: "Leeftijd".to_owned(),
            categories: ["jong", "midden", "oud", "totaal"].map(str::to_owned).to_vec(),
            total: "totaal".to_owned(),
            ..Default::default()
        };
        let world = announced_with(database, &INDICATORS, vec![ages]).await;
        let upload = |lines: &[&str]| {
            let lines = lines.join("\n");
            let header = "indicator,gebied,periode,leeftijd,waarde,teller,noemer";
            let mut messages = upload_messages(format!("{header}\n{lines}\n").as_bytes(), 1000);
            messages[0].parent = DATASET.to_owned();
            messages
        };
        // Of the 200 in the district 3 are old; and of each age some have a low income.
        let distribution = [
            "woz-waarde,WK089901,2025,jong,45.0,90,200",
            "woz-waarde,WK089901,2025,midden,53.5,107,200",
            "woz-waarde,WK089901,2025,oud,1.5,3,200",
            // Here the last category is left out.
            "woz-waarde,WK089902,2025,totaal,100.0,200,200",
            "woz-waarde,WK089902,2025,jong,46.0,92,200",
            "woz-waarde,WK089902,2025,midden,53.0,106,200",
        ];
        let of_each = [
            "hh-laag-inkomen,WK089901,2025,jong,20.0,18,90",
            "hh-laag-inkomen,WK089901,2025,midden,30.0,30,100",
            "hh-laag-inkomen,WK089901,2025,oud,40.0,44,110",
        ];
        let lines = [&distribution[..], &of_each].concat();
        let refused = world.upload_as(Party::Weller, upload(&lines)).await.unwrap_err();
        assert_eq!(code_and_reason(&refused), (Code::InvalidArgument, "INVALID_DELIVERY".to_owned()));
        let dutch = String::from_utf8_lossy(refused.details()).into_owned();
        assert!(dutch.contains("laat het programma dat doen (verdeling: ja)"), "{dutch}");
        world.declare("woz-waarde", "nee", "ja").await.unwrap();
        publish(&world, upload(&lines)).await.unwrap();
        assert_eq!(
            causes(&world, 1).await,
            [(INDICATORS[1].to_owned(), vec!["2025".to_owned()], 6, pb::WithholdingCause::Distribution)],
            "{}",
            world.kind
        );
    }
}

#[tokio::test]
async fn of_nobody_a_rate_does_not_apply() {
    for database in testkit::both().await {
        let world = announced(database).await;
        let line = "hh-laag-inkomen,BU08990124,2025,,0,0";
        let (header, line) =
            (HEADER.replace("waarde", "status,waarde"), line.replace("2025,", "2025,niet_van_toepassing,"));
        let mut messages = upload_messages(format!("{header}\n{line}\n").as_bytes(), 1000);
        messages[0].parent = DATASET.to_owned();
        publish(&world, messages).await.unwrap();
        let rows = answers(&world, INDICATORS[0], minimum(10)).await;
        let status: Vec<_> = rows.values().map(|row| row.status()).collect();
        assert_eq!(status, [pb::ObservationStatus::NotApplicable], "{}", world.kind);
    }
}

#[tokio::test]
async fn what_everybody_in_a_district_has_cannot_be_hidden_for_a_few_of_them() {
    for database in testkit::both().await {
        let world = announced(database).await;
        let district = "WK089901,2025,100.0,390,390";
        publish(&world, delivery(&[district])).await.unwrap();
        assert_eq!(withheld(&answers(&world, INDICATORS[0], minimum(10)).await), [] as [&str; 0]);
        // It was shown that it is everybody, so it is all five of a neighbourhood too.
        let refused = publish(&world, delivery(&["BU08990124,2025,100.0,5,5", district])).await.unwrap_err();
        let (code, reason, _) = info(&refused);
        assert_eq!(
            (code, reason.as_str()),
            (Code::FailedPrecondition, "PROTECTION_FAILED"),
            "{}",
            world.kind
        );
        let named = fields(&refused);
        assert!(named.contains(&"indicators/hh-laag-inkomen 2025 BU08990124|teller".to_owned()), "{named:?}");
    }
}
