//! What is declared of indicators: where it is read, shown and refused.

use indicators::{CatalogFiles, ImportError};
use proto::indicators::v1 as pb;
use testkit::Party;

use crate::world::{INDICATORS, WELLER, World, fields, file};

async fn import(world: &World, file: &str) -> Result<(), ImportError> {
    let files = CatalogFiles { indicators: file.as_bytes(), ..Default::default() };
    world.loader.import_catalog(&files).await
}

/// Whether an indicator adds up over time, and whether it is a distribution.
async fn declared(world: &World, code: &str) -> (bool, bool) {
    let request = pb::GetIndicatorRequest { name: format!("indicators/{code}") };
    let own = world.catalogue(Party::Anonymous).get_indicator(request).await.unwrap().into_inner();
    (own.adds_up_over_time, own.distribution)
}

async fn release(world: &World, lines: &[&str]) {
    let draft = world.upload(&file(lines), 1000).await.unwrap().release.unwrap();
    world.publish(&draft.name).await.unwrap();
}

#[tokio::test]
async fn what_a_file_declares_of_indicators_is_taken_over_and_what_it_leaves_open_stays() {
    let without = INDICATORS.replace(",optelbaar_in_de_tijd,verdeling", "");
    let row =
        |code: &str, more: &str| format!("{code},wonen,I,procent,huishoudens,neutraal,aanname,nee{more}\n");
    for database in testkit::both().await {
        let world = World::empty(database).await;
        assert_eq!(declared(&world, "overlastmeldingen").await, (true, false), "{}", world.kind);
        assert_eq!(declared(&world, "hh-laag-inkomen").await, (false, false));
        assert_eq!(declared(&world, "verdeling-huishoudens-met-voorziening").await, (false, true));
        // Where nothing is said, it adds up and is no distribution.
        import(&world, &format!("{without}{}", row("nieuw", ""))).await.unwrap();
        import(&world, &format!("{INDICATORS}{}", row("ander", ",,"))).await.unwrap();
        for code in ["nieuw", "ander"] {
            assert_eq!(declared(&world, code).await, (true, false));
        }
        import(&world, &format!("{INDICATORS}{}", row("nieuw", ",nee,ja"))).await.unwrap();
        import(&world, &format!("{without}{}", row("nieuw", ""))).await.unwrap();
        import(&world, &format!("{INDICATORS}{}", row("nieuw", ",,"))).await.unwrap();
        assert_eq!(declared(&world, "nieuw").await, (false, true));
        let request = pb::ListIndicatorsRequest { theme: "themes/wonen".to_owned(), ..Default::default() };
        let all = world.catalogue(Party::Anonymous).list_indicators(request).await.unwrap().into_inner();
        let own = all.indicators.iter().find(|own| own.name == "indicators/nieuw").unwrap();
        assert_eq!((own.adds_up_over_time, own.distribution), (false, true));
    }
}

#[tokio::test]
async fn a_wrong_declaration_names_the_field_and_what_is_expected() {
    let world = World::empty(testkit::sqlite().await).await;
    for (row, problem) in [
        (
            "x,wonen,I,aantal,huishoudens,neutraal,aanname,ja,ja,ja",
            "verdeling: has ja, and goes with rates only: expected nee, as the indicator adds up (optelbaar)",
        ),
        (
            "x,wonen,I,procent,huishoudens,neutraal,aanname,nee,soms,nee",
            "optelbaar_in_de_tijd: has soms, which is not known",
        ),
        // That of an indicator that is there is kept.
        (
            "huurachterstand,wonen,I,procent,huishoudens,neutraal,aanname,nee,nee,ja",
            "verdeling: has ja, and goes with rates only: expected nee, as the indicator adds up (optelbaar)",
        ),
    ] {
        let error = import(&world, &format!("{INDICATORS}{row}\n")).await.unwrap_err();
        assert_eq!(error.to_string(), format!("indicatoren.csv, line 2, column {problem}"));
    }
}

#[tokio::test]
async fn that_an_indicator_adds_up_is_not_taken_back_once_figures_are_protected_by_it() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let of = |period: &str, value: u32| format!("huurachterstand,WK089901,{period},totaal,{value},,,");
        let (year, quarters) = (of("2025", 100), [of("2025Q1", 40), of("2025Q2", 30)]);
        world.declare("huurachterstand", "ja", "nee").await.unwrap();
        release(&world, &[&quarters[0], &quarters[1]]).await;
        // Nothing is protected by it yet.
        world.declare("huurachterstand", "nee", "nee").await.unwrap();
        world.declare("huurachterstand", "ja", "nee").await.unwrap();
        release(&world, &[&year]).await;
        let refused = world.declare("huurachterstand", "nee", "nee").await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "indicatoren.csv, regel 2, kolom optelbaar_in_de_tijd: huurachterstand kan niet meer van ja naar \
                 nee, want daarmee zijn gepubliceerde cijfers van datasets/{WELLER} beschermd; geef de \
                 indicator een nieuwe code"
            ),
            "{}",
            world.kind
        );
        assert_eq!(declared(&world, "huurachterstand").await, (true, false));
    }
}

#[tokio::test]
async fn that_an_indicator_adds_up_is_taken_back_where_published_figures_contradict_it() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let of = |period: &str, value: u32| format!("huurachterstand,WK089901,{period},totaal,{value},,,");
        let lines = [of("2025", 100), of("2025Q1", 90), of("2025Q2", 95)];
        let lines = lines.each_ref().map(String::as_str);
        // Households on a day, which by mistake are declared to add up after that.
        release(&world, &lines).await;
        world.declare("huurachterstand", "ja", "nee").await.unwrap();
        let refused = world.upload(&file(&lines), 1000).await.unwrap_err();
        assert_eq!(fields(&refused), ["line 2, column waarde"], "{}", world.kind);
        let dutch = String::from_utf8_lossy(refused.details()).into_owned();
        assert!(dutch.contains("tellen op tot 185, en dat is meer"), "{dutch}");
        assert!(
            dutch.contains("huurachterstand niet optelt in de tijd (optelbaar_in_de_tijd: nee)"),
            "{dutch}"
        );
        world.declare("huurachterstand", "nee", "nee").await.unwrap();
        release(&world, &lines).await;
    }
}

#[tokio::test]
async fn that_an_indicator_is_a_distribution_is_not_taken_back_once_it_is_shared() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let dataset = pb::Dataset {
            display_name: "Percentages".to_owned(),
            visibility: pb::Visibility::Shared.into(),
            indicators: vec!["indicators/hh-laag-inkomen".to_owned()],
            ..Default::default()
        };
        let dataset_id = "verdelingen".to_owned();
        let request = pb::CreateDatasetRequest { dataset: Some(dataset), dataset_id, ..Default::default() };
        world.catalogue(Party::Weller).create_dataset(request).await.unwrap();
        for (over_time, distribution) in [("nee", "ja"), ("nee", "nee"), ("nee", "ja")] {
            world.declare("hh-laag-inkomen", over_time, distribution).await.unwrap();
        }
        let delivery =
            b"indicator,gebied,periode,waarde,teller,noemer\nhh-laag-inkomen,WK089901,2025,50,50,100\n";
        let mut messages = crate::world::upload_messages(delivery, 1000);
        messages[0].parent = "datasets/verdelingen".to_owned();
        let draft = world.upload_as(Party::Weller, messages).await.unwrap().release.unwrap();
        world.publish(&draft.name).await.unwrap();
        let refused = world.declare("hh-laag-inkomen", "nee", "nee").await.unwrap_err().to_string();
        assert!(
            refused.contains("kolom verdeling: hh-laag-inkomen kan niet meer"),
            "{}: {refused}",
            world.kind
        );
    }
}
