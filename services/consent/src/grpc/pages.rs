//! Pages that clients can take.

use std::fmt::Display;
use std::future::Future;

use platform::page::Page;
use prost::Message;
use tonic::Status;

/// Most bytes of the items of a page: clients take messages of 4 MiB.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Most items that are read at once: what is read beyond the page is thrown away.
const AT_ONCE: usize = 50;
/// Most items that a list leaves out on the way to the ones of a page, before it goes on on the next page.
const MOST_LEFT_OUT: usize = 200;

/// What was read at once.
pub(super) struct Batch<K, T> {
    /// The items, each with its key.
    pub(super) items: Vec<(K, T)>,
    /// The last key that was looked at, when others may follow.
    pub(super) more_after: Option<K>,
}

impl<K: Copy, T> Batch<K, T> {
    /// Of a list that leaves nothing out: it is at its end when there are fewer items than were asked for.
    pub(super) fn of_all(items: Vec<(K, T)>, limit: u64) -> Self {
        let full = u64::try_from(items.len()).is_ok_and(|there| there >= limit);
        let more_after = items.last().filter(|_| full).map(|(key, _)| *key);
        Self { items, more_after }
    }
}

/// Reads the items after a key, a few at a time, until there is one too many for the page or they
/// are large enough, or too many were left out, and tells the token of the next page: empty when there is none.
/// `some` reads at most so many items after a key, each with its own key.
pub(super) async fn read<K, T, F>(
    page: &Page,
    mut after: Option<K>,
    some: impl Fn(Option<K>, u64) -> F,
) -> Result<(Vec<T>, String), Status>
where
    K: Copy + Display,
    T: Message,
    F: Future<Output = Result<Batch<K, T>, Status>>,
{
    let wanted = usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1);
    let (mut items, mut bytes, mut left_out) = (Vec::new(), 0, 0);
    while items.len() < wanted && bytes <= MOST_BYTES && left_out < MOST_LEFT_OUT {
        let limit = AT_ONCE.min(wanted - items.len());
        let Batch { items: found, more_after } =
            some(after, u64::try_from(limit).unwrap_or(u64::MAX)).await?;
        bytes += found.iter().map(|(_, item)| item.encoded_len()).sum::<usize>();
        left_out += limit.saturating_sub(found.len());
        items.extend(found);
        after = more_after;
        if after.is_none() {
            break;
        }
    }
    let mut next_page_token = cut(page, &mut items);
    if let Some(after) = after.filter(|_| next_page_token.is_empty()) {
        next_page_token = page.token_after(&after.to_string());
    }
    Ok((items.into_iter().map(|(_, item)| item).collect(), next_page_token))
}

/// Cuts a list of one item too many down to the page, or to fewer items when they are large.
fn cut<K: Display, T: Message>(page: &Page, items: &mut Vec<(K, T)>) -> String {
    let mut bytes = 0;
    let fitting = items.iter().take_while(|(_, item)| {
        bytes += item.encoded_len();
        bytes <= MOST_BYTES
    });
    // One item always goes, or the list would not get past it.
    let fitting = fitting.count().max(1);
    if fitting < items.len().min(usize::try_from(page.size).unwrap_or(usize::MAX)) {
        items.truncate(fitting);
        return items.last().map(|(key, _)| page.token_after(&key.to_string())).unwrap_or_default();
    }
    page.cut(items, |(key, _)| key.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::consent::v1::LedgerEntry;
    use std::cell::Cell;

    /// How many items each page has, and the most that were read for one.
    async fn pages(count: usize, bytes: usize, size: i32) -> (Vec<usize>, usize) {
        let entry = |number: usize| {
            let body_json = "x".repeat(bytes);
            (number, LedgerEntry { body_json, ..Default::default() })
        };
        let (mut lengths, mut token, mut most) = (Vec::new(), String::new(), 0);
        loop {
            let page = Page::parse(size, &token, &["x"]).expect("a page");
            let items_read = Cell::new(0);
            let some = |after: Option<usize>, limit: u64| {
                let start = after.map_or(0, |after| after + 1);
                let limit = usize::try_from(limit).expect("few");
                let items: Vec<_> = (start..count).take(limit).map(entry).collect();
                items_read.set(items_read.get() + items.len());
                async move { Ok(Batch::of_all(items, u64::try_from(limit).expect("few"))) }
            };
            let after = page.after_as().expect("a number");
            let (items, next) = read(&page, after, some).await.expect("a page");
            lengths.push(items.len());
            most = most.max(items_read.get());
            token = next;
            if token.is_empty() {
                return (lengths, most);
            }
        }
    }

    #[tokio::test]
    async fn small_items_fill_the_page_and_large_ones_make_it_shorter() {
        assert_eq!(pages(5, 10, 2).await.0, [2, 2, 1]);
        assert_eq!(pages(2, 10, 2).await.0, [2]);
        assert_eq!(pages(0, 10, 2).await.0, [0]);
        assert_eq!(pages(5, 1_000_000, 100).await.0, [2, 2, 1]);
        assert_eq!(pages(3, 3_000_000, 100).await.0, [1, 1, 1]);
        assert_eq!(pages(3, 1_000_000, 1).await.0, [1, 1, 1]);
        for count in [49, 50, 51, 100, 120] {
            assert_eq!(pages(count, 10, 1000).await.0, [count]);
        }
        assert_eq!(pages(120, 10, 60).await, (vec![60, 60], 61));
    }

    #[tokio::test]
    async fn a_list_that_leaves_much_out_goes_on_on_the_next_page() {
        let looked = Cell::new(0);
        let (mut found, mut token, mut most) = (Vec::new(), String::new(), 0);
        loop {
            let page = Page::parse(10, &token, &["x"]).expect("a page");
            looked.set(0);
            // One in a hundred.
            let some = |after: Option<usize>, limit: u64| {
                let start = after.map_or(0, |after| after + 1);
                let end = (start + usize::try_from(limit).expect("few")).min(2000);
                looked.set(looked.get() + end - start);
                let items = (start..end).filter(|number| number % 100 == 99);
                let items = items.map(|number| (number, LedgerEntry::default())).collect();
                let more_after = (end < 2000).then(|| end - 1);
                async move { Ok(Batch { items, more_after }) }
            };
            let (items, next) = read(&page, page.after_as().expect("a number"), some).await.expect("a page");
            found.push(items.len());
            most = most.max(looked.get());
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(found.iter().sum::<usize>(), 20, "{found:?}");
        assert!(found.len() > 5 && most <= MOST_LEFT_OUT + AT_ONCE, "{found:?} {most}");
    }

    #[tokio::test]
    async fn large_items_are_not_all_read_for_a_page_that_they_do_not_fit_on() {
        let (lengths, most) = pages(300, 40_000, 1000).await;
        assert_eq!(lengths, [52, 52, 52, 52, 52, 40]);
        assert_eq!(most, 100);
    }
}
