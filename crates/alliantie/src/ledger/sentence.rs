//! The sentence beside an entry (`summaryNl`). It is not committed to: it is made anew from what is.

use anyhow::{Context, Result};
use consent::offline;
use ledger::audit::Entry;
use serde_json::Value;

/// Where the sentence stands in the JSON of the contract.
const FIELD: &str = "summaryNl";

/// The JSON of an entry with the sentence that its header and its body come to; none when that is there
/// already. Of an entry of a kind that this version does not know it cannot be said, so that it stays as it is. One
/// that the platform cannot read itself has nothing to make it from.
pub(super) fn renewed(json: &Value, entry: &Entry) -> Result<Option<Value>> {
    let shown = json.get(FIELD).and_then(Value::as_str).unwrap_or_default();
    let own = offline::sentence(&entry.header_json, &entry.body_json);
    let is_unknown = own.is_none() && !entry.body_json.is_empty();
    let own = own.unwrap_or_default();
    if entry.damaged || is_unknown || shown == own {
        return Ok(None);
    }
    let mut renewed = json.clone();
    let fields = renewed.as_object_mut().context("de regel is geen object")?;
    if own.is_empty() {
        fields.shift_remove(FIELD);
    } else {
        fields.insert(FIELD.to_owned(), own.into());
    }
    Ok(Some(renewed))
}
