//! What a stakeholder is and which rules hold for it. Pure: takes the time, never asks for it.

pub(crate) mod problem;
pub(crate) mod registration;
pub(crate) mod signing_key;
pub(crate) mod stakeholder;
