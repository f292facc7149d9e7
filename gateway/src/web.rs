//! The Dutch web pages, rendered on the server; they work without JavaScript.
//!
//! A page is a folder or file of its own here: a handler that asks the services, and a view model
//! made by pure functions from their answer. An askama template in `templates/` shows the view
//! model and decides nothing. What every page shares is here (headers), in `assets` (style and
//! icon), in `layout` (the frame around a page) and in `number` (Dutch notation).

mod assets;
mod layout;
mod missing;
mod number;
mod triangle;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod markup;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use platform::upstream::Vouched;

/// What the pages need.
#[derive(Clone, Debug)]
pub struct Web {
    /// The indicators service, called as the visitor; without a login that is
    /// [`platform::identity::Caller::anonymous`].
    pub indicators: Vouched,
}

/// The pages: `/`, and `/assets/...` for their style and icon. Everywhere else a page says that
/// there is none.
pub fn router(web: Web) -> Router {
    let pages = Router::new().route("/", get(triangle::show)).route("/assets/{file}", get(assets::serve));
    with_fallbacks(pages).with_state(web)
}

fn with_fallbacks<S: Clone + Send + Sync + 'static>(pages: Router<S>) -> Router<S> {
    pages.fallback(missing::no_such_page).method_not_allowed_fallback(missing::only_to_look_at)
}

/// Nothing but style and icon of our own, no script, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Seconds after which a visitor may try again when a service does not answer.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("30");

/// The headers of every page.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
];

/// A page as an answer. A template that cannot be rendered is a fault of ours: it is logged, and
/// the visitor gets a plain sentence.
fn page(status: StatusCode, template: &impl Template) -> Response<Body> {
    let (status, body) = match template.render() {
        Ok(body) => (status, body),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "Er ging iets mis aan onze kant.".to_owned())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().extend(HEADERS.map(|(name, value)| (Some(name), value)));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}
