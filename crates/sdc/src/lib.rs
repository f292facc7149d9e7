//! Statistical disclosure control for area-level tables: pure integer algorithms, no I/O.
//!
//! What it does: [`primary()`] hides every cell that a [`Policy`] calls too small, and gives the
//! answer as a [`Mask`] over the cells of one release, by their index. The same cells and policy
//! always give the same mask, and the mask of a stricter policy contains that of a looser one.
//!
//! What it does not do: secondary suppression. A hidden cell can come back by subtraction when the
//! other cells of its row and their total are shown. A primary mask alone does not prevent that.

mod mask;
mod primary;

pub use mask::{Mask, NotAMask};
pub use primary::{BILLION, Cell, Policy, primary};
