//! What a visitor gets where there is no page, or none that takes what was sent.

use askama::Template;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};

use super::layout::Layout;
use super::page;

#[derive(Debug, Template)]
#[template(path = "missing.html")]
struct MissingPage {
    layout: Layout,
    heading: &'static str,
    advice: &'static str,
}

impl MissingPage {
    fn new(heading: &'static str, advice: &'static str) -> Self {
        Self { layout: Layout::new(heading), heading, advice }
    }
}

/// There is no such page.
pub(super) async fn no_such_page() -> Response<Body> {
    let shown = MissingPage::new(
        "Deze pagina bestaat niet",
        "Misschien is het adres niet goed getypt, of is de pagina weg.",
    );
    page(StatusCode::NOT_FOUND, &shown)
}

/// The page exists, and can be looked at only.
pub(super) async fn only_to_look_at() -> Response<Body> {
    let shown = MissingPage::new(
        "Deze pagina kunt u alleen bekijken",
        "Wat uw browser of programma stuurde, kan deze pagina niet aannemen.",
    );
    let mut response = page(StatusCode::METHOD_NOT_ALLOWED, &shown);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

#[cfg(test)]
mod tests {
    use super::super::markup;
    use axum::Router;
    use axum::extract::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    #[tokio::test]
    async fn where_there_is_no_page_a_visitor_reads_so_in_dutch() {
        let router: Router =
            super::super::with_fallbacks(Router::new().route("/", get(|| async { "pagina" })));
        let cases = [
            ("GET", "/niets", 404, "bestaat niet", None),
            ("POST", "/", 405, "alleen bekijken", Some("GET, HEAD")),
        ];
        for (method, path, status, words, allow) in cases {
            let request = Request::builder().method(method).uri(path);
            let request = request.body(axum::body::Body::empty()).expect("a request");
            let response = router.clone().oneshot(request).await.expect("an answer");
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
            assert!(response.headers().contains_key("content-security-policy"));
            let allowed = response.headers().get("allow").map(|list| list.to_str().expect("a text"));
            assert_eq!(allowed, allow);
            let body = response.into_body().collect().await.expect("a page").to_bytes();
            let html = String::from_utf8(body.to_vec()).expect("a text");
            markup::check(&html);
            assert!(html.contains(words), "{html}");
        }
    }
}
