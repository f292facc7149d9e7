use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::Code;

use crate::world::{World, code_and_reason, fields, info};

#[tokio::test]
async fn the_vocabulary_is_read_by_everybody() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let mut client = world.catalogue(Party::Anonymous);

        let area = pb::GetAreaRequest { name: "areas/BU08990201".to_owned() };
        let area = client.get_area(area).await.unwrap().into_inner();
        assert_eq!((area.display_name.as_str(), area.kind()), ("Houserveld", pb::AreaKind::Neighbourhood));
        assert_eq!(area.parents, ["areas/WK089902", "areas/GM0899", "areas/PARKSTAD", "areas/NL"]);
        assert_eq!((area.valid_from_year, area.valid_until_year), (2024, 0));
        let area = pb::GetAreaRequest { name: "areas/BRU-NOORD".to_owned() };
        assert_eq!(client.get_area(area).await.unwrap().into_inner().consists_of, ["areas/WK089902"]);

        let themes = client.list_themes(pb::ListThemesRequest {}).await.unwrap().into_inner().themes;
        let elements: Vec<&str> =
            themes.iter().filter(|theme| theme.stability_element).map(|theme| theme.name.as_str()).collect();
        let expected = ["bestaanszekerheid", "continuiteit-zorg", "meedoen", "stress"];
        assert_eq!(elements, expected.map(|code| format!("themes/{code}")));

        let indicator = pb::GetIndicatorRequest { name: "indicators/woz-waarde".to_owned() };
        let indicator = client.get_indicator(indicator).await.unwrap().into_inner();
        assert_eq!((indicator.unit.as_str(), indicator.polarity()), ("1000 euro", pb::Polarity::Higher));

        let datasets = client.list_datasets(pb::ListDatasetsRequest::default()).await.unwrap().into_inner();
        assert_eq!(datasets.datasets.len(), 5, "{}", world.kind);
        assert!(datasets.datasets.iter().all(|dataset| dataset.latest_release.is_empty()));
    }
}

#[tokio::test]
async fn pages_are_complete_and_disjoint() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let mut client = world.catalogue(Party::Anonymous);
        let mut codes = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListAreasRequest { page_size: 7, page_token, ..Default::default() };
            let page = client.list_areas(request).await.unwrap().into_inner();
            assert!(page.areas.len() <= 7);
            codes.extend(page.areas.into_iter().map(|area| area.code));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(codes.len(), 56);
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), 56);

        let mut indicators = Vec::new();
        let mut page_token = String::new();
        loop {
            let request =
                pb::ListIndicatorsRequest { theme: "themes/stress".to_owned(), page_size: 4, page_token };
            let page = client.list_indicators(request).await.unwrap().into_inner();
            indicators.extend(page.indicators);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(indicators.len(), 9);
        assert!(indicators.iter().all(|indicator| indicator.theme == "themes/stress"));

        let wijken = pb::ListAreasRequest { kind: pb::AreaKind::District.into(), ..Default::default() };
        assert_eq!(client.list_areas(wijken).await.unwrap().into_inner().areas.len(), 5);
    }
}

#[tokio::test]
async fn bad_requests_name_the_field() {
    let world = World::empty(testkit::sqlite().await).await;
    let mut client = world.catalogue(Party::Anonymous);
    let wrong = client.list_areas(pb::ListAreasRequest { page_size: -1, ..Default::default() }).await;
    assert_eq!(fields(&wrong.unwrap_err()), ["page_size"]);
    let wrong = client.list_areas(pb::ListAreasRequest { kind: 99, ..Default::default() }).await;
    assert_eq!(fields(&wrong.unwrap_err()), ["kind"]);
    let token = pb::ListAreasRequest { page_token: "x".to_owned(), ..Default::default() };
    assert_eq!(info(&client.list_areas(token).await.unwrap_err()).1, "INVALID_PAGE_TOKEN");
    for name in ["", "areas/", "areas/a/b", "areas/..", "indicators/x", "areas/a\0b"] {
        let wrong = client.get_area(pb::GetAreaRequest { name: name.to_owned() }).await.unwrap_err();
        let expected = if name == "areas/.." { Code::NotFound } else { Code::InvalidArgument };
        assert_eq!(wrong.code(), expected, "{name}");
    }
    let theme = pb::ListIndicatorsRequest { theme: "themes/nergens".to_owned(), ..Default::default() };
    assert_eq!(fields(&client.list_indicators(theme).await.unwrap_err()), ["theme"]);
    let missing = client.get_dataset(pb::GetDatasetRequest { name: "datasets/nergens".to_owned() }).await;
    assert_eq!(code_and_reason(&missing.unwrap_err()), (Code::NotFound, "NOT_FOUND".to_owned()));
}

fn new_dataset(id: &str) -> pb::CreateDatasetRequest {
    pb::CreateDatasetRequest {
        dataset: Some(pb::Dataset {
            display_name: "Huurachterstand".to_owned(),
            visibility: pb::Visibility::Shared.into(),
            indicators: vec!["indicators/hh-laag-inkomen".to_owned()],
            dimensions: vec![pb::Dimension {
                code: "leeftijdsgroep".to_owned(),
                display_name: "Leeftijdsgroep".to_owned(),
                total: "totaal".to_owned(),
                categories: vec!["totaal".to_owned(), "jong".to_owned()],
                ..Default::default()
            }],
            owner: "organisations/00000099000000003000".to_owned(),
            latest_release: "datasets/x/releases/1".to_owned(),
            ..Default::default()
        }),
        dataset_id: id.to_owned(),
        request_id: String::new(),
    }
}

#[tokio::test]
async fn a_dataset_is_announced_once_and_is_of_the_caller() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let mut client = world.catalogue(Party::Weller);
        let mut request = new_dataset("nieuw");
        request.request_id = "0190163d-8694-739b-aea5-966c26f8ad90".to_owned();
        let made = client.create_dataset(request.clone()).await.unwrap().into_inner();
        assert_eq!(made.owner, "organisations/00000099000000002000");
        assert_eq!((made.name.as_str(), made.latest_release.as_str()), ("datasets/nieuw", ""));
        let again = client.create_dataset(request.clone()).await.unwrap().into_inner();
        assert_eq!(again, made, "the same request has its effect once");
        let read = client.get_dataset(pb::GetDatasetRequest { name: made.name.clone() }).await.unwrap();
        assert_eq!(read.into_inner(), made);

        let other = pb::CreateDatasetRequest { dataset_id: "ander".to_owned(), ..request };
        assert_eq!(info(&client.create_dataset(other).await.unwrap_err()).1, "REQUEST_ID_REUSED");
        let double = client.create_dataset(new_dataset("nieuw")).await.unwrap_err();
        assert_eq!(code_and_reason(&double), (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
    }
}

#[tokio::test]
async fn an_indicator_is_in_one_dataset_of_an_owner() {
    for database in testkit::both().await {
        let world = World::empty(database).await;
        let mut weller = world.catalogue(Party::Weller);
        let mut again = weller.clone();
        let (one, other) = tokio::join!(
            weller.create_dataset(new_dataset("een")),
            again.create_dataset(new_dataset("twee")),
        );
        let (made, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        let (made, refused) = (made.unwrap(), refused.unwrap_err());
        assert_eq!(fields(&refused), ["dataset.indicators[0]"]);
        assert!(refused.message().contains(&made.into_inner().name), "{refused:?}");
        let mut wonen_zuid = world.catalogue(Party::WonenZuid);
        wonen_zuid.create_dataset(new_dataset("van-een-ander")).await.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_dataset_is_refused_with_every_field() {
    let world = World::empty(testkit::sqlite().await).await;
    let mut client = world.catalogue(Party::Weller);
    let mut request = new_dataset("A");
    let dataset = request.dataset.as_mut().unwrap();
    dataset.display_name = String::new();
    dataset.indicators.push("indicators/nergens".to_owned());
    dataset.dimensions[0].total = "alles".to_owned();
    let refused = client.create_dataset(request).await.unwrap_err();
    assert_eq!(
        fields(&refused),
        ["dataset_id", "dataset.display_name", "dataset.dimensions[0].total", "dataset.indicators[1]"]
    );
    let mut request = new_dataset("zonder-zichtbaarheid");
    request.dataset.as_mut().unwrap().visibility = 0;
    assert_eq!(fields(&client.create_dataset(request).await.unwrap_err()), ["dataset.visibility"]);
    let missing = pb::CreateDatasetRequest { dataset: None, ..new_dataset("leeg") };
    assert_eq!(fields(&client.create_dataset(missing).await.unwrap_err()), ["dataset"]);
}
