//! Style sheet and icon, in the binary. Their names carry a hash of what is in them, so a browser
//! keeps them for a year and still gets the new one at once.

use axum::body::Body;
use axum::extract::Path;
use http::{HeaderValue, Response, StatusCode, header};
use platform::etag;

/// A file in the binary.
#[derive(Debug)]
pub(super) struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    text: &'static str,
}

/// The components of NL Design System that the pages use, then the theme of the programme.
pub(super) static STYLE: Asset = Asset {
    stem: "alliantie",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    text: concat!(
        include_str!("../../assets/vendor/utrecht/root.css"),
        include_str!("../../assets/vendor/utrecht/document.css"),
        include_str!("../../assets/vendor/utrecht/page-layout.css"),
        include_str!("../../assets/vendor/utrecht/page-header.css"),
        include_str!("../../assets/vendor/utrecht/page-body.css"),
        include_str!("../../assets/vendor/utrecht/page-footer.css"),
        include_str!("../../assets/vendor/utrecht/skip-link.css"),
        include_str!("../../assets/vendor/utrecht/heading-1.css"),
        include_str!("../../assets/vendor/utrecht/heading-2.css"),
        include_str!("../../assets/vendor/utrecht/paragraph.css"),
        include_str!("../../assets/vendor/utrecht/link.css"),
        include_str!("../../assets/vendor/utrecht/table.css"),
        include_str!("../../assets/vendor/utrecht/form-field.css"),
        include_str!("../../assets/vendor/utrecht/form-label.css"),
        include_str!("../../assets/vendor/utrecht/form-field-error-message.css"),
        include_str!("../../assets/vendor/utrecht/select.css"),
        include_str!("../../assets/vendor/utrecht/textbox.css"),
        include_str!("../../assets/vendor/utrecht/button.css"),
        include_str!("../../assets/vendor/utrecht/alert.css"),
        include_str!("../../assets/vendor/utrecht/figure.css"),
        include_str!("../../assets/theme.css"),
        include_str!("../../assets/page.css"),
        include_str!("../../assets/triangle.css"),
    ),
};

/// The icon of the site.
pub(super) static ICON: Asset = Asset {
    stem: "favicon",
    extension: "svg",
    content_type: "image/svg+xml",
    text: include_str!("../../assets/favicon.svg"),
};

impl Asset {
    /// Where the pages link to.
    pub(super) fn path(&self) -> String {
        format!("/assets/{}", self.file())
    }

    fn file(&self) -> String {
        let etag = etag::of(&[self.text]);
        format!("{}-{}.{}", self.stem, etag.trim_matches('"'), self.extension)
    }
}

/// `GET /assets/{file}`.
pub(super) async fn serve(Path(file): Path<String>) -> Response<Body> {
    let found = [&STYLE, &ICON].into_iter().find(|asset| asset.file() == file);
    let (status, content_type, cache, body) = match found {
        Some(asset) => {
            (StatusCode::OK, asset.content_type, "public, max-age=31536000, immutable", asset.text)
        }
        None => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "no-cache", "Dit bestand bestaat niet."),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_kept_for_a_year_under_the_name_that_pages_link_to() {
        for asset in [&STYLE, &ICON] {
            let response = serve(Path(asset.file())).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[header::CONTENT_TYPE], asset.content_type);
            assert!(response.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        }
    }

    #[tokio::test]
    async fn another_name_is_not_found() {
        for file in ["alliantie-0.css", "..", "../theme.css", ""] {
            assert_eq!(serve(Path(file.to_owned())).await.status(), StatusCode::NOT_FOUND);
        }
    }

    #[test]
    fn the_style_asks_for_nothing_from_elsewhere() {
        for asset in [&STYLE, &ICON] {
            for word in ["url(", "@import", "@font-face", "<script"] {
                assert!(!asset.text.contains(word), "{} has {word}", asset.stem);
            }
        }
    }
}
