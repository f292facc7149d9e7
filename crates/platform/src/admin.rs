//! The admin port: `/livez`, `/readyz`, `/metrics`. Not for the outside world.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};

use crate::db::Database;
use crate::serve::plain;
use crate::shutdown::Shutdown;
use crate::telemetry::Telemetry;

/// Something that has to work before a process takes requests.
pub type Check = Box<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

struct Admin {
    telemetry: Arc<Telemetry>,
    shutdown: Shutdown,
    checks: Vec<(String, Check)>,
}

/// A check that a database answers.
#[must_use]
pub fn database_check(database: Database) -> Check {
    Box::new(move || {
        let database = database.clone();
        Box::pin(async move { database.answers().await.is_ok() })
    })
}

/// The pages of the admin port. Ready is who was not told to stop and passes every check.
pub fn router(telemetry: Arc<Telemetry>, shutdown: Shutdown, checks: Vec<(String, Check)>) -> Router {
    Router::new()
        .route("/livez", get(|| async { plain(StatusCode::OK, "ok\n") }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(Admin { telemetry, shutdown, checks }))
}

async fn ready(State(admin): State<Arc<Admin>>) -> Response {
    if admin.shutdown.told() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    for (name, check) in &admin.checks {
        if !check().await {
            return (StatusCode::SERVICE_UNAVAILABLE, format!("{name} does not answer\n")).into_response();
        }
    }
    plain(StatusCode::OK, "ok\n")
}

async fn metrics(State(admin): State<Arc<Admin>>) -> Response {
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    ([kind], admin.telemetry.render()).into_response()
}
