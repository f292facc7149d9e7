//! The consent service behind its real stack, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helper functions of tests")]

mod agreements;
mod authz;
mod decisions;
mod keys;
mod ledger;
mod repeats;
mod revocations;
mod signatures;
mod stakeholders;
mod store;
mod world;
