//! What is logged of each thing once in a while, and not with every decision that comes upon it.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// How long after it was said it is said again.
const WHILE: Duration = Duration::from_secs(600);

/// What was said in the last ten minutes.
#[derive(Debug)]
pub(crate) struct Seldom<K> {
    said: HashMap<K, Instant>,
}

impl<K: Eq + Hash> Seldom<K> {
    /// Nothing was said yet.
    pub(crate) fn new() -> Self {
        Self { said: HashMap::new() }
    }

    /// Whether to say it now.
    pub(super) fn is_due(&mut self, what: K) -> bool {
        let now = Instant::now();
        self.said.retain(|_, at| now.saturating_duration_since(*at) < WHILE);
        let due = !self.said.contains_key(&what);
        if due {
            self.said.insert(what, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_said_once_in_a_while_and_what_was_said_long_ago_is_forgotten() {
        let mut seldom = Seldom::new();
        assert!(seldom.is_due(1) && seldom.is_due(2));
        assert!(!seldom.is_due(1) && !seldom.is_due(2));
        let long_ago = Instant::now().checked_sub(WHILE).expect("a moment");
        for at in seldom.said.values_mut() {
            *at = long_ago;
        }
        assert!(seldom.is_due(1) && !seldom.is_due(1));
        assert_eq!(seldom.said.len(), 1);
    }
}
