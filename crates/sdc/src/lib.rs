//! Statistical disclosure control for area-level tables: pure integer algorithms, no I/O.

mod arr;
pub mod audit;
mod mask;
pub mod model;
mod primary;
pub mod protect;
pub mod rules;
mod watch;

pub use mask::{Mask, NotAMask};
pub use primary::{BILLION, Cell, Policy, primary};
pub use watch::{Cancelled, Phase, Unwatched, Watch};
