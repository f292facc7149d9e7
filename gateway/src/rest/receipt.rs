//! The receipt of a decision, which a service puts in the metadata of an answer and of a refusal alike, as
//! headers over REST: for who logs where a decision was entered without reading the body.

use http::{HeaderMap, HeaderName, HeaderValue};
use tonic::metadata::{KeyAndValueRef, MetadataMap};

/// What the names of all of it begin with.
const PREFIX: &str = "alliantie-";

/// What of metadata is of a receipt, as headers.
pub(super) fn of(metadata: &MetadataMap) -> HeaderMap {
    let header = |entry: KeyAndValueRef<'_>| match entry {
        KeyAndValueRef::Ascii(name, value) if name.as_str().starts_with(PREFIX) => {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
        }
        KeyAndValueRef::Ascii(..) | KeyAndValueRef::Binary(..) => None,
    };
    metadata.iter().filter_map(header).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_receipt_goes_out() {
        let mut metadata = MetadataMap::new();
        for name in ["alliantie-ledger-index", "server", "x-alliantie-secret"] {
            metadata.insert(name, "7".parse().expect("a value"));
        }
        let headers = of(&metadata);
        assert_eq!((headers.len(), headers["alliantie-ledger-index"].as_bytes()), (1, b"7".as_slice()));
    }
}
