use indicators::CatalogFiles;
use proto::indicators::v1 as pb;
use testkit::Party;

use crate::world::{DELIVERIES, DEMO, PROGRAMME, WELLER, World, file};

#[tokio::test]
async fn the_programmes_own_data_loads_once() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        for (dataset, file) in DELIVERIES {
            assert!(!world.loader.deliver_and_publish(dataset, file).await.unwrap(), "{dataset}");
            assert_eq!(world.release_count(dataset, Party::Anonymous).await, 1, "{dataset}");
        }
        world.loader.import_catalog(&PROGRAMME).await.unwrap();
        world.loader.import_catalog(&DEMO).await.unwrap();
        let dataset = pb::GetDatasetRequest { name: "datasets/stabiliteitsdriehoek".to_owned() };
        let dataset = world.catalogue(Party::Anonymous).get_dataset(dataset).await.unwrap().into_inner();
        assert_eq!(dataset.latest_release, "datasets/stabiliteitsdriehoek/releases/1");
        assert_eq!(dataset.indicators.len(), 28);
        let release = pb::GetReleaseRequest { name: dataset.latest_release };
        let release = world.releases(Party::Anonymous).get_release(release).await.unwrap().into_inner();
        assert_eq!((release.cell_count, release.state()), (140, pb::ReleaseState::Published));
        let told: Vec<i64> =
            world.consent.get(|state| state.releases.iter().map(|told| told.cell_count).collect());
        assert_eq!(told, [140, 29, 38, 1224]);
    }
}

#[tokio::test]
async fn a_load_that_broke_off_is_taken_up_again() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let (dataset, file) = DELIVERIES[1];
        world.consent.set(|state| state.ledger_down = true);
        let failed = world.loader.deliver_and_publish(dataset, file).await.unwrap_err();
        assert_eq!(failed.dataset, dataset);
        assert_eq!(world.release_count(dataset, Party::Anonymous).await, 0);
        world.consent.set(|state| state.ledger_down = false);
        assert!(world.loader.deliver_and_publish(dataset, file).await.unwrap());
        assert_eq!(world.release_count(dataset, Party::Anonymous).await, 1);
        let transactions: Vec<String> = world
            .consent
            .get(|state| state.releases.iter().map(|told| told.transaction_id.clone()).collect());
        assert_eq!(transactions.len(), 2);
        assert_eq!(transactions[0], transactions[1], "the ledger is told of one transaction");
    }
}

#[tokio::test]
async fn a_load_that_is_taken_up_again_leaves_the_drafts_of_the_partner_alone() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let (dataset, delivery) = DELIVERIES[3];
        world.consent.set(|state| state.ledger_down = true);
        world.loader.deliver_and_publish(dataset, delivery).await.unwrap_err();
        let own = file(&["huurachterstand,GM0899,2025Q1,totaal,5,,,"]);
        let own = world.upload(&own, 1000).await.unwrap().release.unwrap();
        world.consent.set(|state| state.ledger_down = false);
        assert!(world.loader.deliver_and_publish(dataset, delivery).await.unwrap());
        let request = pb::ListReleasesRequest { parent: format!("datasets/{dataset}"), ..Default::default() };
        let releases =
            world.releases(Party::Weller).list_releases(request).await.unwrap().into_inner().releases;
        assert_eq!((&releases[0], releases[0].state()), (&own, pb::ReleaseState::Draft));
        assert_eq!((releases[1].number, releases[1].state()), (1, pb::ReleaseState::Published));
    }
}

#[tokio::test]
async fn a_dataset_that_is_there_keeps_its_owner_and_visibility() {
    let weller = "00000099000000002000";
    for database in testkit::both().await {
        let world = World::empty(database).await;
        for (owner, visibility, problem) in [
            (
                "00000099000000003000",
                "gedeeld",
                format!("eigenaar_oin: differs: {WELLER} is there and belongs to {weller}"),
            ),
            (weller, "openbaar", format!("zichtbaarheid: differs: {WELLER} is there and is gedeeld")),
        ] {
            let datasets = format!("{DATASETS}{WELLER},A,,{owner},{visibility},ja\n");
            let indicators = format!("dataset,indicator\n{WELLER},huurachterstand\n");
            let files = CatalogFiles {
                datasets: datasets.as_bytes(),
                dimensions: b"dataset,code,naam,totaal,categorieen\n",
                dataset_indicators: indicators.as_bytes(),
                ..Default::default()
            };
            let error = world.loader.import_catalog(&files).await.unwrap_err();
            assert_eq!(error.to_string(), format!("datasets.csv, line 2, column {problem}"));
        }
    }
}

const AREAS: &str = "code,naam,soort,ouder,vanaf_jaar,tot_jaar,bestaat_uit,opmerking\n";
const INDICATORS: &str = "code,thema,naam,eenheid,populatie,polariteit,herkomst_polariteit,optelbaar\n";
const DATASETS: &str = "code,naam,omschrijving,eigenaar_oin,zichtbaarheid,fictief\n";

#[tokio::test]
async fn a_wrong_file_of_the_vocabulary_adds_nothing() {
    let street = format!("{AREAS}X,X,straat,,,,,\n");
    let circle = format!("{AREAS}X,X,wijk,Y,,,,\nY,Y,wijk,X,,,,\n");
    let themeless = format!("{INDICATORS}x,nergens,X,procent,huishoudens,neutraal,aanname,nee\n");
    let ownerless = format!("{DATASETS}abc,A,,123,openbaar,ja\n");
    let twice = format!(
        "{DATASETS}abc,A,,00000099000000002000,openbaar,ja\nabd,B,,00000099000000002000,gedeeld,ja\n"
    );
    let in_both = b"dataset,indicator\nabc,hh-laag-inkomen\nabd,hh-laag-inkomen\n";
    let theme = b"code,naam,element\nnieuw,Nieuw,ja\n";
    let files = CatalogFiles { themes: theme, ..Default::default() };
    for database in testkit::both().await {
        let world = World::empty(database).await;
        for (files, problem) in [
            (
                CatalogFiles { areas: street.as_bytes(), ..files },
                "gebieden.csv, line 2, column soort: has straat, which is not known",
            ),
            (
                CatalogFiles { areas: circle.as_bytes(), ..files },
                "gebieden.csv, line 2, column ouder: leads to an area that does not exist, or back to itself",
            ),
            (
                CatalogFiles { indicators: themeless.as_bytes(), ..files },
                "indicatoren.csv, line 2, column thema: has nergens, which is not a theme",
            ),
            (
                CatalogFiles { dataset_indicators: b"dataset,indicator\nnergens,x\n", ..files },
                "datasetindicatoren.csv, line 2, column dataset: has nergens, which is not in datasets.csv",
            ),
            (
                CatalogFiles { datasets: ownerless.as_bytes(), ..files },
                "datasets.csv, line 2, column eigenaar_oin: is not an OIN of 20 digits",
            ),
            (
                CatalogFiles { datasets: twice.as_bytes(), dataset_indicators: in_both, ..files },
                "datasets.csv, line 3, column code: is of a dataset of which dataset.indicators[0] is in \
                 datasets/abc of your organisation; deliver it there, as small groups are protected within \
                 one dataset",
            ),
        ] {
            assert_eq!(world.loader.import_catalog(&files).await.unwrap_err().to_string(), problem);
        }
        let themes = world.catalogue(Party::Anonymous).list_themes(pb::ListThemesRequest {}).await;
        assert_eq!(themes.unwrap().into_inner().themes.len(), 7);
    }
}
