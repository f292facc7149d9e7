//! Scenarios that a partner, a municipal app or an ops engineer would run.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access;
mod agreement_file;
mod agreements_rest;
mod bad_input;
mod contributions;
mod demo;
mod exchange;
mod exchange_rest;
mod faults;
mod keys;
mod ledger;
mod ledger_tools;
mod mask_reports;
mod outside_tools;
mod presets;
mod preview;
mod python;
mod rates;
mod reading;
mod receipts;
mod retirement;
mod revocation_faults;
mod revocation_frozen;
mod running;
mod signing;
mod stories;
mod unaccounted;
