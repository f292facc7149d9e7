//! Who takes part in the programme, and with which keys its organisations sign.
//!
//! `grpc` takes requests and gives answers, `app` has a function for each of them, `domain` the
//! rules, `store` the database.

mod app;
mod domain;
mod grpc;
mod migration;
pub mod offline;
mod store;

use platform::clock::Clock;
use tonic::service::Routes;

pub use app::import::{DemoKeyError, import_demo_key, import_demo_organisations, import_stakeholders};
pub use domain::problem::Problem;
pub use migration::Migrator;
pub use platform::table::{ImportError, Imported};
pub use store::Store;

/// The service on this store, to be put behind the platform's stack.
#[must_use]
pub fn build(store: Store, clock: Clock) -> Routes {
    Routes::new(grpc::server(app::App { store, clock }))
}
