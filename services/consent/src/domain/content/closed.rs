//! Fields with a closed list of values, as the contract names these.

use super::{AreaLevel, Delivery, LegalBasis, OnwardSharing};
use crate::domain::preset::Preset;

/// What has a closed list of values.
pub(super) trait Closed {
    /// The names of all of them in the contract, with commas between.
    fn names() -> String;
}

impl Closed for LegalBasis {
    fn names() -> String {
        "LEGAL_BASIS_LEGAL_OBLIGATION, LEGAL_BASIS_PUBLIC_TASK, LEGAL_BASIS_LEGITIMATE_INTEREST".to_owned()
    }
}

impl Closed for AreaLevel {
    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl Closed for Delivery {
    fn names() -> String {
        "DELIVERY_PULL, DELIVERY_STREAM".to_owned()
    }
}

impl Closed for OnwardSharing {
    fn names() -> String {
        "ONWARD_SHARING_NONE, ONWARD_SHARING_PUBLICATIONS".to_owned()
    }
}

impl Closed for Preset {
    fn names() -> String {
        Self::ALL.map(|preset| format!("PRESET_{}", preset.name().to_ascii_uppercase())).join(", ")
    }
}
