//! The terms of the agreements that were used most and last, in memory.

use std::sync::Arc;

use moka::sync::Cache;

use crate::domain::content::Content;

/// How many bytes of canonical JSON are kept as terms: those of a hundred thousand agreements of usual
/// length, since to read and check terms takes longer than to decide by them. When there are more, those
/// that are used least give way, one by one.
const BUDGET: u64 = 256 * 1024 * 1024;
/// What terms take beside their text, in bytes.
const OVERHEAD: usize = 512;

/// Terms of agreements by the hash of their content. They never change, so they may be kept.
#[derive(Debug)]
pub(crate) struct Contents {
    cache: Cache<String, Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    content: Arc<Content>,
    bytes: u32,
}

impl Contents {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self::within(BUDGET)
    }

    fn within(budget: u64) -> Self {
        let cache = Cache::builder().weigher(|_, kept: &Kept| kept.bytes).max_capacity(budget).build();
        Self { cache }
    }

    /// The terms with this hash, when they are here.
    pub(super) fn get(&self, hash: &str) -> Option<Arc<Content>> {
        self.cache.get(hash).map(|kept| kept.content)
    }

    /// Keeps terms of so many bytes of canonical JSON; they may give way at once.
    pub(super) fn keep(&self, hash: String, content: Arc<Content>, length: usize) {
        let bytes = u32::try_from(length.saturating_add(OVERHEAD)).unwrap_or(u32::MAX);
        self.cache.insert(hash, Kept { content, bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::content::samples;

    #[test]
    fn too_many_terms_do_not_push_out_all_the_others() {
        let contents = Contents::within(20_000);
        let content = Arc::new(samples::content());
        for number in 0..1000 {
            contents.keep(number.to_string(), content.clone(), 1000);
            contents.cache.run_pending_tasks();
        }
        let here = (0..1000).filter(|number| contents.get(&number.to_string()).is_some()).count();
        assert_eq!(here, 20_000 / (1000 + OVERHEAD));
    }
}
