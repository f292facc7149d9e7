//! The tables as SeaORM sees them; they stay within the store.

pub(super) mod finding;
pub(super) mod goal;
pub(super) mod inspanning;
pub(super) mod role;
