//! The tables, one file each. They never leave the store.

pub(super) mod area;
pub(super) mod dataset;
pub(super) mod indicator;
pub(super) mod protection;
pub(super) mod release;
pub(super) mod release_part;
pub(super) mod rounding_seed;
pub(super) mod shield;
pub(super) mod theme;
