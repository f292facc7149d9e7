//! Pages of a list (AIP-158): an opaque token that is bound to the filters it was made with and
//! carries no rights.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proto::api::v1::ErrorReason;

use crate::etag;
use crate::status::{Failure, FieldViolation};

/// Page size when none is asked for.
pub const DEFAULT_SIZE: u32 = 100;
/// Largest page; a larger one that is asked for becomes this.
pub const MAX_SIZE: u32 = 1000;

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many items.
    pub size: u32,
    /// The key of the last item of the page before; none for the first page.
    pub after: Option<String>,
    filter: String,
}

impl Page {
    /// Reads `page_size` and `page_token` of a request with these filters.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when the size is negative, or the token is not one of this list with these
    /// filters.
    pub fn parse(page_size: i32, page_token: &str, filters: &[&str]) -> Result<Self, Failure> {
        let size = match u32::try_from(page_size) {
            Ok(0) => DEFAULT_SIZE,
            Ok(size) => size.min(MAX_SIZE),
            Err(_) => {
                return Err(Failure::invalid_field(FieldViolation::new(
                    "page_size",
                    format!("is {page_size}; expected 0 or more"),
                    format!("is {page_size}; verwacht wordt 0 of meer"),
                )));
            }
        };
        let filter = etag::of(filters);
        let after = if page_token.is_empty() { None } else { Some(read_token(page_token, &filter)?) };
        Ok(Self { size, after, filter })
    }

    /// The key of the last item of the page before, as what it is a key of; none for the first page.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when the token, which anybody can make up, holds no such key.
    pub fn after_as<T: FromStr>(&self) -> Result<Option<T>, Failure> {
        self.after.as_deref().map(|key| key.parse().map_err(|_| not_a_token())).transpose()
    }

    /// The token of the page after the item with this key.
    #[must_use]
    pub fn token_after(&self, key: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}{key}", self.filter))
    }

    /// Cuts a list of one item too many down to the page, and tells the token of the next page:
    /// empty when there is none. Stores read `size + 1` items.
    pub fn cut<T>(&self, items: &mut Vec<T>, key: impl Fn(&T) -> String) -> String {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if items.len() <= size {
            return String::new();
        }
        items.truncate(size);
        items.last().map(|last| self.token_after(&key(last))).unwrap_or_default()
    }
}

fn read_token(token: &str, filter: &str) -> Result<String, Failure> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix(filter).map(str::to_owned))
        .ok_or_else(not_a_token)
}

fn not_a_token() -> Failure {
    Failure::violations(
        ErrorReason::InvalidPageToken,
        "The request",
        "Het verzoek",
        vec![FieldViolation::new(
            "page_token",
            "is not a token of this list with these filters; start again without it",
            "is geen token van deze lijst met deze filters; begin opnieuw zonder",
        )],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let first = Page::parse(2, "", &["areas"]).expect("a page");
        let mut items = vec!["a", "b", "c"];
        let token = first.cut(&mut items, |item| (*item).to_owned());
        assert_eq!(items, ["a", "b"]);
        let second = Page::parse(2, &token, &["areas"]).expect("the next page");
        assert_eq!(second.after.as_deref(), Some("b"));
        assert_eq!(second.cut(&mut vec!["c"], |item| (*item).to_owned()), "");
    }

    #[test]
    fn a_token_is_bound_to_its_filters() {
        let page = Page::parse(2, "", &["areas", "buurt"]).expect("a page");
        let token = page.token_after("b");
        let failure = Page::parse(2, &token, &["areas", "wijk"]).expect_err("another filter");
        assert_eq!(failure.reason(), "INVALID_PAGE_TOKEN");
        assert!(Page::parse(2, "%%%", &["areas"]).is_err());
    }

    #[test]
    fn a_made_up_key_is_refused() {
        let token = Page::parse(2, "", &["areas"]).expect("a page").token_after("7\0");
        let page = Page::parse(2, &token, &["areas"]).expect("a token of the list");
        assert_eq!(page.after_as::<i64>().expect_err("no number").reason(), "INVALID_PAGE_TOKEN");
    }

    #[test]
    fn a_negative_size_is_refused_and_a_large_one_cut() {
        assert_eq!(Page::parse(-1, "", &[]).expect_err("negative").reason(), "INVALID_FIELD");
        assert_eq!(Page::parse(5000, "", &[]).expect("a page").size, MAX_SIZE);
        assert_eq!(Page::parse(0, "", &[]).expect("a page").size, DEFAULT_SIZE);
    }
}
