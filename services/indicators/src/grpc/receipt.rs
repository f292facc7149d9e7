//! Where a decision was entered, in the metadata of an answer and of a refusal alike, for who logs that.

use tonic::metadata::MetadataMap;

use crate::domain::permit::Place;

/// Puts the exchange in the metadata, and the place of its decision in the ledger, where it has one.
pub(super) fn tell(metadata: &mut MetadataMap, transaction_id: impl ToString, place: Option<&Place>) {
    let place = place.map(|Place { index, leaf_hash }| {
        [("alliantie-ledger-index", index.to_string()), ("alliantie-leaf-hash", leaf_hash.clone())]
    });
    let exchange = ("alliantie-transaction-id", transaction_id.to_string());
    for (name, value) in std::iter::once(exchange).chain(place.into_iter().flatten()) {
        // What cannot stand in metadata is in the answer all the same.
        if let Ok(value) = value.parse() {
            metadata.insert(name, value);
        }
    }
}
