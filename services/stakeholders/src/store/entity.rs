//! The tables as SeaORM sees them; they stay within the store.

pub(super) mod signing_key;
pub(super) mod stakeholder;
