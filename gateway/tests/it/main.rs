//! The gateway over a real socket, with real clients, before services that this test plays.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

mod download;
mod grpc;
mod grpc_web;
mod limits;
mod openapi;
mod rest;
mod rest_errors;
mod streams;
mod support;
mod tokens;
mod upload;
