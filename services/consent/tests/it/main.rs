//! The consent service behind its real stack, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helper functions of tests")]

mod agreements;
mod authz;
mod cosigning;
mod damage;
mod decisions;
mod direct;
mod explanation;
mod figures;
mod keys;
mod ledger;
mod lists;
mod log;
mod own_rules;
mod point;
mod preview;
mod protection;
mod purposes;
mod receipts;
mod repeats;
mod replacement;
mod revocations;
mod seams;
mod seed;
mod signatures;
mod stakeholders;
mod standing;
mod store;
mod story_consents;
mod suspension;
mod tampering;
mod templates;
mod terms_check;
mod times;
mod values;
mod world;
