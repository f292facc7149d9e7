//! The service over an in-process channel, on SQLite and on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod advice;
mod authz;
mod catalogue;
mod concurrency;
mod consent;
mod contributions;
mod declared;
mod deliveries;
mod exchange;
mod history;
mod import;
mod long_making;
mod mask_reports;
mod overtaken;
mod protection;
mod rates;
mod refusals;
mod registered;
mod releases;
mod replicas;
mod retired;
mod shape;
mod sharing;
mod shields;
mod subtotals;
mod triangle;
mod watch;
mod world;
