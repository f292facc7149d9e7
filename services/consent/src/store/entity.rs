//! The tables.

pub(super) mod agreement;
pub(super) mod agreement_content;
pub(super) mod agreement_party;
pub(super) mod agreement_signature;
pub(super) mod agreement_stop;
pub(super) mod enforcement_point;
pub(super) mod ledger_cosignature;
pub(super) mod ledger_entry;
pub(super) mod ledger_head;
pub(super) mod ledger_party;
pub(super) mod ledger_tile;
pub(super) mod ledger_witness;
pub(super) mod purpose;
pub(super) mod stop_confirmation;
pub(super) mod story_consent;
pub(super) mod use_rule;
