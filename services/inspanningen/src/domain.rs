//! Goals, inspanningen, roles and findings, and which rules hold for them. Pure: takes the time,
//! never asks for it.

pub(crate) mod code;
pub(crate) mod finding;
pub(crate) mod goal;
pub(crate) mod inspanning;
pub(crate) mod problem;
pub(crate) mod role;
