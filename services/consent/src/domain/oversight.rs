//! Whether enough organisations keep an eye on the ledger.

/// How many organisations must have co-signed a recent checkpoint of the ledger, and how many have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oversight {
    /// How many must have.
    pub(crate) needed: u32,
    /// How many have.
    pub(crate) fresh: u32,
}

impl Oversight {
    /// Nobody has to.
    #[must_use]
    pub(crate) fn none() -> Self {
        Self { needed: 0, fresh: 0 }
    }

    /// Whether fewer have than must have.
    #[must_use]
    pub(crate) fn is_overdue(self) -> bool {
        self.fresh < self.needed
    }
}
