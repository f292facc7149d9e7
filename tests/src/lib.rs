//! What the scenarios share: a platform that runs as it does for its users, and the parties who
//! use it.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "only tests use this crate")]

pub mod cluster;
pub mod exchange;
pub mod http;
pub mod parties;
pub mod platform;
pub mod process;
pub mod proxy;
pub mod replicas;
