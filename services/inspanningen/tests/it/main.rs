//! The service behind its real stack, on SQLite and on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "that is how a test fails; helper functions are not seen as tests"
)]

mod api;
mod authz;
mod goals;
mod import;
mod requests;
mod service;
mod tree;
mod updates;
