//! Messages of the contract to domain types, and back.

pub(super) mod goal;
pub(super) mod inspanning;
pub(super) mod programme;
