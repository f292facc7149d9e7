//! What an agreement is, what it allows, and what the ledger says about it. Pure: everything that
//! changes, the time included, is handed in.

pub(crate) mod agreement;
pub(crate) mod calendar;
pub(crate) mod canonical;
pub(crate) mod content;
pub(crate) mod decision;
pub(crate) mod entry;
pub(crate) mod followed;
pub(crate) mod hash;
pub(crate) mod mask;
pub(crate) mod name;
pub(crate) mod oversight;
pub(crate) mod predecessors;
pub(crate) mod preset;
pub(crate) mod problem;
pub(crate) mod protection;
pub(crate) mod purpose;
pub(crate) mod reason;
pub(crate) mod replacement;
pub(crate) mod request;
pub(crate) mod signature;
pub(crate) mod stop;
pub(crate) mod story_consent;
pub(crate) mod summary;
pub(crate) mod template;
pub(crate) mod text;
pub(crate) mod transition;
pub(crate) mod unaccounted;
pub(crate) mod use_rule;
