//! Sub-totals: where they are declared, shown and refused, and what is withheld by them.

use std::collections::BTreeSet;

use indicators::{CatalogFiles, ImportError};
use proto::consent::v1 as consent_pb;
use proto::indicators::v1 as pb;
use testkit::Party;

use crate::world::{World, asked, fields, info, scope, upload_messages};

const DATASET: &str = "datasets/weller-stapeling";
const INDICATOR: &str = "indicators/huishoudens-met-voorziening";
const ALL: &str = "alle;0;1+;1;2;3";
/// How many households have any, and one, two or three; in the last three have two.
const COUNTS: [(&str, u32); 5] = [("alle", 100), ("1+", 40), ("1", 20), ("2", 3), ("3", 17)];

fn breakdown(subtotals: &[(&str, &[&str])]) -> pb::Dimension {
    let subtotal = |(category, parts): &(&str, &[&str])| pb::Subtotal {
        category: (*category).to_owned(),
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
    };
    pb::Dimension {
        code: "voorzieningen".to_owned(),
        display_name: "Aantal voorzieningen".to_owned(),
        total: "alle".to_owned(),
        categories: ALL.split(';').map(str::to_owned).collect(),
        subtotals: subtotals.iter().map(subtotal).collect(),
    }
}

/// Without the total.
const SHOWN: [(&str, u32); 4] = [("1+", 40), ("1", 20), ("2", 3), ("3", 17)];

async fn announce(world: &World, breakdown: pb::Dimension) -> Result<pb::Dataset, tonic::Status> {
    let dataset = pb::Dataset {
        display_name: "Stapeling".to_owned(),
        visibility: pb::Visibility::Shared.into(),
        indicators: vec![INDICATOR.to_owned()],
        dimensions: vec![breakdown],
        ..Default::default()
    };
    let dataset_id = DATASET.trim_start_matches("datasets/").to_owned();
    let request = pb::CreateDatasetRequest { dataset: Some(dataset), dataset_id, ..Default::default() };
    Ok(world.catalogue(Party::Weller).create_dataset(request).await?.into_inner())
}

/// Counts of one year after the other, from 2025 on.
async fn release(world: &World, years: &[&[(&str, u32)]]) -> Result<(), tonic::Status> {
    let of_year = |(year, counts): (u16, &&[(&str, u32)])| -> String {
        let line = |(category, count): &(&str, u32)| {
            format!("huishoudens-met-voorziening,WK089902,{year},{category},{count}\n")
        };
        counts.iter().map(line).collect()
    };
    let lines: String = (2025..).zip(years).map(of_year).collect();
    let file = format!("indicator,gebied,periode,voorzieningen,waarde\n{lines}");
    let mut messages = upload_messages(file.as_bytes(), 1000);
    messages[0].parent = DATASET.to_owned();
    let draft = world.upload_as(Party::Weller, messages).await?.release.unwrap();
    world.publish(&draft.name).await.map(drop)
}

/// The categories that another partner does not see of a year under an agreement.
async fn withheld(world: &World, year: &str) -> BTreeSet<String> {
    let scope = consent_pb::Scope {
        dataset: DATASET.to_owned(),
        indicators: vec![INDICATOR.to_owned()],
        area_level: "DISTRICT".to_owned(),
        periods: vec![year.to_owned()],
        dimensions: vec!["voorzieningen".to_owned()],
        ..scope()
    };
    let protection = consent_pb::Protection {
        minimum_count: 10,
        interval_width: 10,
        protect_zeros: true,
        ..Default::default()
    };
    world.permit_with(scope, protection);
    let request = pb::ListObservationsRequest { parent: DATASET.to_owned(), ..asked() };
    let rows = world.list(Party::Ggd, request).await.unwrap().observations;
    let hidden = rows.iter().filter(|row| row.status() == pb::ObservationStatus::Withheld);
    hidden.map(|row| row.categories["voorzieningen"].clone()).collect()
}

#[tokio::test]
async fn a_small_part_of_a_sub_total_does_not_follow_from_what_is_shown() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let declared = breakdown(&[("1+", &["1", "2", "3"])]);
        let made = announce(&world, declared.clone()).await.unwrap();
        assert_eq!(made.dimensions, [declared]);
        let request = pb::GetDatasetRequest { name: DATASET.to_owned() };
        let read = world.catalogue(Party::Anonymous).get_dataset(request).await.unwrap().into_inner();
        assert_eq!(read, made);
        release(&world, &[&COUNTS]).await.unwrap();
        let found = withheld(&world, "2025").await;
        assert!(found.contains("2") && found.len() > 1, "{}: {found:?}", world.kind);
        let wrong = release(&world, &[&[("1+", 41), ("1", 20), ("2", 3), ("3", 17)]]).await.unwrap_err();
        let dutch = String::from_utf8_lossy(wrong.details()).into_owned();
        assert!(dutch.contains("klopt niet: de delen van 1+ tellen op tot 40"), "{dutch}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_sub_totals_is_named_with_its_field() {
    let world = World::empty(testkit::sqlite().await).await;
    for (declared, field) in [
        (&[("1+", &["1", "4"][..])], "subtotals[0].parts[1]"),
        (&[("1+", &["1"])], "subtotals[0].parts"),
        (&[("alle", &["0", "1+"])], "subtotals[0].category"),
    ] {
        let refused = announce(&world, breakdown(declared)).await.unwrap_err();
        assert_eq!(fields(&refused), [format!("dataset.dimensions[0].{field}")]);
    }
}

/// Loads the dataset with these sub-totals in the file; without the column where there are none.
async fn import(world: &World, subtotals: Option<&str>) -> Result<(), ImportError> {
    let (column, value) = subtotals
        .map_or((String::new(), String::new()), |own| (",deeltotalen".to_owned(), format!(",{own}")));
    let dimensions = format!(
        "dataset,code,naam,totaal,categorieen{column}\nweller-stapeling,voorzieningen,Aantal,alle,{ALL}{value}\n"
    );
    let datasets = "code,naam,omschrijving,eigenaar_oin,zichtbaarheid,fictief\n\
                    weller-stapeling,Stapeling,,00000099000000002000,gedeeld,ja\n";
    let files = CatalogFiles {
        datasets: datasets.as_bytes(),
        dimensions: dimensions.as_bytes(),
        dataset_indicators: b"dataset,indicator\nweller-stapeling,huishoudens-met-voorziening\n",
        ..Default::default()
    };
    world.loader.import_catalog(&files).await
}

async fn declared(world: &World) -> Vec<pb::Subtotal> {
    let request = pb::GetDatasetRequest { name: DATASET.to_owned() };
    let read = world.catalogue(Party::Anonymous).get_dataset(request).await.unwrap().into_inner();
    read.dimensions[0].subtotals.clone()
}

#[tokio::test]
async fn a_file_declares_sub_totals_of_new_datasets_and_of_those_that_are_there() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        import(&world, None).await.unwrap();
        assert_eq!(declared(&world).await, []);
        for (told, expected) in [(Some("1+=1| 2|3"), 1), (None, 1), (Some(""), 0), (Some("1+=3|2|1"), 1)] {
            import(&world, told).await.unwrap();
            assert_eq!(declared(&world).await.len(), expected, "{}: {told:?}", world.kind);
        }
        assert_eq!(declared(&world).await[0].parts, ["3", "2", "1"]);
        release(&world, &[&COUNTS]).await.unwrap();
        let found = withheld(&world, "2025").await;
        assert!(found.contains("2") && found.len() > 1, "{found:?}");
    }
}

#[tokio::test]
async fn a_wrong_declaration_in_a_file_names_the_line_and_what_is_expected() {
    let world = World::empty(testkit::sqlite().await).await;
    for (told, problem) in [
        (
            "1+",
            "heeft 1+; verwacht wordt een categorie, een = en haar delen met een | ertussen, zoals 1+=1|2|3",
        ),
        ("1+=1|2|4", "heeft 4, en dat is niet een van de categorieën"),
        ("4+=1|2", "heeft 4+, en dat is niet een van de categorieën"),
        ("1+=1", "heeft er 1 van 1+; verwacht worden twee of meer delen"),
        ("1+=1|2;3=2|0", "heeft 2, en dat is al een deel van 1+; een categorie is één keer een deel"),
        ("1+=1|3;3=2|1+", "heeft 1+, en dat is via zijn delen een deel van zichzelf"),
        ("1+=1|alle", "heeft alle, en dat is het totaal: de som van alles wat nergens anders in zit"),
    ] {
        let error = import(&world, Some(told)).await.unwrap_err();
        assert_eq!(error.to_string(), format!("dimensies.csv, regel 2, kolom deeltotalen: {problem}"));
    }
}

#[tokio::test]
async fn sub_totals_are_not_taken_back_once_figures_are_protected_by_them() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        import(&world, Some("1+=1|2|3")).await.unwrap();
        release(&world, &[&COUNTS]).await.unwrap();
        for told in ["", "3=0|2"] {
            assert_eq!(
                import(&world, Some(told)).await.unwrap_err().to_string(),
                "dimensies.csv, regel 2, kolom deeltotalen: zegt niet meer dat 1+ de som is van 1, 2, 3, en daarmee \
                 zijn gepubliceerde cijfers van datasets/weller-stapeling beschermd; laat dat staan, of lever \
                 verder onder een nieuwe indicator in een nieuwe dataset",
                "{}",
                world.kind
            );
        }
        assert_eq!(declared(&world).await.len(), 1);
    }
}

#[tokio::test]
async fn sub_totals_that_published_figures_contradict_are_refused_and_later_ones_hold_from_then_on() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        import(&world, None).await.unwrap();
        release(&world, &[&SHOWN]).await.unwrap();
        assert_eq!(
            withheld(&world, "2025").await,
            BTreeSet::from(["2".to_owned()]),
            "what was declared was flat"
        );
        let refused = import(&world, Some("1+=1|2")).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            format!(
                "dimensies.csv, regel 2, kolom deeltotalen: wordt tegengesproken door gepubliceerde cijfers: 1+ is \
                 niet de som van zijn delen bij huishoudens-met-voorziening van WK089902 in 2025 \
                 ({DATASET}/releases/1)"
            )
        );
        import(&world, Some("1+=1|2|3")).await.unwrap();
        // What was shown cannot be called back: figures of later years are protected, and a correction of that
        // year is refused.
        let next = [("1+", 80), ("1", 45), ("2", 4), ("3", 31)];
        release(&world, &[&SHOWN, &next]).await.unwrap();
        let found = withheld(&world, "2026").await;
        assert!(found.contains("2") && found.len() > 1, "{}: {found:?}", world.kind);
        assert_eq!(withheld(&world, "2025").await, BTreeSet::from(["2".to_owned()]));
        let refused = release(&world, &[&[("1+", 41), ("1", 21), ("2", 3), ("3", 17)]]).await.unwrap_err();
        assert_eq!(info(&refused).1, "PROTECTION_FAILED");
    }
}
