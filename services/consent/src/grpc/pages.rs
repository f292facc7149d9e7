//! Pages that clients can take.

use platform::page::Page;
use prost::Message;

/// Most bytes of the items of a page: clients take messages of 4 MiB.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Cuts a list of one item too many down to the page, or to fewer items when they are large, and
/// tells the token of the next page: empty when there is none.
pub(super) fn cut<T: Message>(page: &Page, items: &mut Vec<T>, key: impl Fn(&T) -> String) -> String {
    let mut bytes = 0;
    let fitting = items.iter().take_while(|item| {
        bytes += item.encoded_len();
        bytes <= MOST_BYTES
    });
    // One item always goes, or the list would not get past it.
    let fitting = fitting.count().max(1);
    if fitting < items.len().min(usize::try_from(page.size).unwrap_or(usize::MAX)) {
        items.truncate(fitting);
        return items.last().map(|last| page.token_after(&key(last))).unwrap_or_default();
    }
    page.cut(items, key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::consent::v1::LedgerEntry;

    fn pages(count: usize, bytes: usize, size: i32) -> Vec<usize> {
        let entry = |number: usize| LedgerEntry {
            name: number.to_string(),
            entry_json: "x".repeat(bytes),
            ..Default::default()
        };
        let (mut lengths, mut token) = (Vec::new(), String::new());
        loop {
            let page = Page::parse(size, &token, &["x"]).expect("a page");
            let start =
                page.after.as_deref().map_or(0, |after| after.parse::<usize>().expect("a number") + 1);
            let taken = usize::try_from(page.size).expect("a size") + 1;
            let mut items: Vec<_> = (start..count).take(taken).map(entry).collect();
            token = cut(&page, &mut items, |item| item.name.clone());
            lengths.push(items.len());
            if token.is_empty() {
                return lengths;
            }
        }
    }

    #[test]
    fn small_items_fill_the_page_and_large_ones_make_it_shorter() {
        assert_eq!(pages(5, 10, 2), [2, 2, 1]);
        assert_eq!(pages(2, 10, 2), [2]);
        assert_eq!(pages(0, 10, 2), [0]);
        assert_eq!(pages(5, 1_000_000, 100), [2, 2, 1]);
        assert_eq!(pages(3, 3_000_000, 100), [1, 1, 1]);
        assert_eq!(pages(3, 1_000_000, 1), [1, 1, 1]);
    }
}
