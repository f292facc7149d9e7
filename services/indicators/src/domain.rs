//! The types and rules of area-level figures. Pure and total: what is now is given, never asked.

pub(crate) mod area;
pub(crate) mod contributions;
pub(crate) mod dataset;
pub(crate) mod decimal;
pub(crate) mod declaration;
pub(crate) mod delivery;
pub(crate) mod indicator;
pub(crate) mod masking;
pub(crate) mod observation;
pub(crate) mod period;
pub(crate) mod permit;
pub(crate) mod preview;
pub(crate) mod protection;
pub(crate) mod ratio;
pub(crate) mod release;
pub(crate) mod selection;
pub(crate) mod subtotal;
pub(crate) mod table;
pub(crate) mod triangle;
