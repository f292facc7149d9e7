//! What the programme wants and what it does for it: goals, inspanningen, roles and findings.
//!
//! `grpc` takes requests and gives answers, `app` has a function for each of them, `domain` the
//! rules, `store` the database.

mod app;
mod domain;
mod grpc;
mod migration;
mod store;

use platform::clock::Clock;
use tonic::service::Routes;

pub use app::import::{import_findings, import_goals, import_inspanningen, import_roles};
pub use domain::problem::Problem;
pub use migration::Migrator;
pub use platform::table::{ImportError, Imported};
pub use store::Store;

/// The service on this store, to be put behind the platform's stack.
#[must_use]
pub fn build(store: Store, clock: Clock) -> Routes {
    Routes::new(grpc::server(app::App { store, clock }))
}
