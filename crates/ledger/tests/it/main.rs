//! The ledger as a Merkle log, against the vectors that are published for its formats and against
//! the definitions of the RFC.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helper functions of tests")]

mod audit;
mod naive;
mod notes;
mod paths;
mod tree;
mod vectors;
