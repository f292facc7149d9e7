//! The page as a browser gets it, over an indicators service that answers what a test wants.

use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use tonic::Status;
use tower::ServiceExt;

use crate::web::fake::{self, Indicators};
use crate::web::{Web, markup, router};

/// Status, headers and text of the page; the text is well-formed.
async fn get(indicators: Indicators, uri: &str) -> (Response<()>, String) {
    let request = Request::get(uri).body(axum::body::Body::empty()).unwrap();
    let response = router(Web { indicators: indicators.vouched() }).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let html = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    markup::check(&html);
    (Response::from_parts(parts, ()), html)
}

#[tokio::test]
async fn the_page_shows_bars_and_table_of_every_indicator() {
    let (response, html) = get(Indicators::default(), "/").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(html.contains("<html lang=\"nl\">"));
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(html.matches("role=\"img\"").count(), 2);
    assert_eq!(html.matches("<caption").count(), 2);
    assert_eq!(html.matches("scope=\"row\"").count(), 5);
    assert_eq!(html.matches("class=\"number ").count(), 5);
    for text in ["\u{2212}102,4%", "+44,3%", "17,0", "n.v.t.", "(aanname)", "Peiljaar 2023", "levering 3"] {
        assert!(html.contains(text), "{text}");
    }
    assert!(html.contains("href=\"/v1/openapi.json\""));
}

#[tokio::test]
async fn the_page_asks_for_nothing_from_elsewhere() {
    let (response, html) = get(Indicators::default(), "/").await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    assert!(!html.contains("http://") && !html.contains("https://"));
    assert!(!html.contains("style=") && !html.contains("<script") && !html.contains("<style"));
}

#[tokio::test]
async fn hostile_names_are_shown_and_never_obeyed() {
    const HOSTILE: &str = "\"'><script>alert(1)</script><svg onload=\"x\"> &amp;";
    let mut indicators = Indicators::default();
    for area in indicators.areas.as_mut().unwrap() {
        area.display_name = HOSTILE.to_owned();
    }
    let triangle = indicators.triangle.as_mut().unwrap();
    triangle.area.as_mut().unwrap().display_name = HOSTILE.to_owned();
    triangle.area.as_mut().unwrap().code = HOSTILE.to_owned();
    triangle.benchmark.as_mut().unwrap().display_name = HOSTILE.to_owned();
    for element in &mut triangle.elements {
        element.theme.as_mut().unwrap().display_name = HOSTILE.to_owned();
        for row in &mut element.indicators {
            let indicator = row.indicator.as_mut().unwrap();
            indicator.display_name = HOSTILE.to_owned();
            indicator.unit = HOSTILE.to_owned();
            row.value = HOSTILE.to_owned();
            row.difference = HOSTILE.to_owned();
            row.relative_difference = HOSTILE.to_owned();
            row.period = HOSTILE.to_owned();
        }
    }
    indicators.dataset.display_name = HOSTILE.to_owned();
    indicators.dataset.description = HOSTILE.to_owned();
    let (response, html) = get(indicators, "/").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!html.contains("<script") && !html.contains("<svg onload"));
    assert!(html.contains("&#60;script&#62;alert(1)"));
}

#[tokio::test]
async fn an_unknown_area_is_404_and_the_form_says_so() {
    let (response, html) = get(Indicators::default(), "/?gebied=%3Cscript%3E").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(html.contains("Het gebied \u{2018}&#60;script&#62;\u{2019} kennen we niet"));
    assert!(html.contains("href=\"#gebied\"") && html.contains("aria-invalid=\"true\""));
    assert!(!html.contains("role=\"img\""));

    let (response, _) = get(Indicators::default(), "/?benchmark=ONBEKEND").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_bad_year_is_400_and_keeps_what_was_typed() {
    for (query, typed) in [("jaar=20x3", "20x3"), ("jaar=", ""), ("jaar=2023Q5", "2023Q5")] {
        let (response, html) = get(Indicators::default(), &format!("/?{query}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(html.contains("Vul een jaar in van vier cijfers"), "{query}");
        assert!(html.contains(&format!("value=\"{typed}\" aria-invalid=\"true\"")), "{query}");
    }
}

#[tokio::test]
async fn without_the_service_there_is_a_dutch_page_with_503() {
    let failed = Status::unavailable("tcp connect error: 10.0.0.7:5432");
    for indicators in [
        Indicators { areas: Err(failed.clone()), ..Indicators::default() },
        Indicators { triangle: Err(failed.clone()), ..Indicators::default() },
        Indicators { areas: Err(Status::unknown("10.0.0.7")), ..Indicators::default() },
    ] {
        let (response, html) = get(indicators, "/").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "30");
        assert!(html.contains("De cijfers zijn er nu even niet"));
        assert!(!html.contains("10.0.0.7"));
    }
}

#[tokio::test]
async fn a_refusal_of_the_service_tells_no_internals() {
    for (status, expected) in [
        (Status::not_found("row 7 of table x"), StatusCode::NOT_FOUND),
        (Status::invalid_argument("row 7 of table x"), StatusCode::BAD_REQUEST),
        (Status::internal("row 7 of table x"), StatusCode::INTERNAL_SERVER_ERROR),
        (Status::permission_denied("row 7 of table x"), StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let (response, html) = get(Indicators { triangle: Err(status), ..Indicators::default() }, "/").await;
        assert_eq!(response.status(), expected);
        assert!(html.contains("role=\"alert\"") && !html.contains("row 7"));
    }
}

#[tokio::test]
async fn an_area_without_any_figure_is_said_and_not_an_error() {
    let mut indicators = Indicators::default();
    for element in &mut indicators.triangle.as_mut().unwrap().elements {
        for row in &mut element.indicators {
            row.value.clear();
            row.difference.clear();
            row.relative_difference.clear();
            row.status = 0;
        }
    }
    let (response, html) = get(indicators, "/?jaar=1990").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(html.contains("Voor deze keuze is er niets te vergelijken") && html.contains("niet gemeten"));
}

#[tokio::test]
async fn made_up_figures_are_called_fictitious() {
    let mut dataset = fake::dataset();
    dataset.fictitious = true;
    let (_, html) = get(Indicators { dataset, ..Indicators::default() }, "/").await;
    assert!(html.contains("Deze cijfers zijn fictief."));
}
