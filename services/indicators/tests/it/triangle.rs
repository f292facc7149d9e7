use proto::indicators::v1 as pb;
use testkit::Party;
use tonic::Code;

use crate::world::{World, fields};

fn request(area: &str, benchmark: &str, period: &str) -> pb::GetStabilityTriangleRequest {
    pb::GetStabilityTriangleRequest {
        area: format!("areas/{area}"),
        benchmark: format!("areas/{benchmark}"),
        period: period.to_owned(),
    }
}

#[tokio::test]
async fn the_worked_values_of_the_programme() {
    for database in testkit::both().await {
        let world = World::filled(database).await;
        let mut client = world.observations(Party::Anonymous);
        let asked = request("BRU-NOORD", "BM-STED2", "2023");
        let triangle = client.get_stability_triangle(asked).await.unwrap().into_inner();
        assert_eq!(triangle.release, "datasets/stabiliteitsdriehoek/releases/1");
        assert_eq!(triangle.area.as_ref().unwrap().display_name, "Brunssum Noord");
        let counts: Vec<usize> = triangle.elements.iter().map(|element| element.indicators.len()).collect();
        assert_eq!(counts, [8, 6, 5, 9]);
        let found = |code: &str| {
            let all = triangle.elements.iter().flat_map(|element| &element.indicators);
            let name = format!("indicators/{code}");
            all.into_iter().find(|entry| entry.indicator.as_ref().unwrap().name == name).unwrap()
        };
        for (code, value, benchmark, relative) in [
            ("arbeidsongeschikt", "17.0", "8.4", "-102.4"),
            ("woz-waarde", "192", "347", "-44.7"),
            ("vrijwilligerswerk", "16.4", "22.9", "-28.4"),
            ("overlastmeldingen", "15.1", "27.1", "44.3"),
        ] {
            let entry = found(code);
            assert_eq!((entry.value.as_str(), entry.benchmark_value.as_str()), (value, benchmark), "{code}");
            assert_eq!(
                (entry.relative_difference.as_str(), entry.period.as_str()),
                (relative, "2023"),
                "{code}"
            );
        }
        assert_eq!(found("arbeidsongeschikt").difference, "8.6");
        let missing = found("stress-school");
        assert_eq!(missing.status(), pb::ObservationStatus::NotApplicable);
        assert_eq!((missing.value.as_str(), missing.relative_difference.as_str()), ("", ""));
        assert!(!missing.benchmark_value.is_empty());

        let asked = request("BRU-NOORD", "BM-STED2", "2024");
        let later = client.get_stability_triangle(asked).await.unwrap().into_inner();
        assert!(
            later.elements.iter().flat_map(|element| &element.indicators).all(|entry| entry.period == "2023")
        );
        let asked = request("BRU-NOORD", "BM-STED2", "2030");
        let much_later = client.get_stability_triangle(asked).await.unwrap().into_inner();
        let entry = &much_later.elements[0].indicators[0];
        assert_eq!((entry.status(), entry.period.as_str()), (pb::ObservationStatus::Unspecified, "2030"));
    }
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let world = World::empty(testkit::sqlite().await).await;
    let mut client = world.observations(Party::Anonymous);
    let unknown = client.get_stability_triangle(request("X", "BM-STED2", "2023")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let unknown = client.get_stability_triangle(request("NL", "X", "2023")).await.unwrap_err();
    assert_eq!(fields(&unknown), ["benchmark"]);
    for period in ["", "2023Q1", "2023-01", "x"] {
        let wrong = client.get_stability_triangle(request("NL", "BM-STED2", period)).await.unwrap_err();
        assert_eq!(fields(&wrong), ["period"], "{period}");
    }
    let empty = client.get_stability_triangle(request("NL", "BM-STED2", "2023")).await.unwrap_err();
    assert_eq!(empty.code(), Code::NotFound, "nothing is published yet");
}
