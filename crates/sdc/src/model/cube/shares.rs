//! Parts that are shares of their totals.

/// How parts along a dimension are shares of their totals: as much as the one is more the others are less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The dimension along which they are.
    pub along: usize,
    /// Another dimension along which only one share adds up; none where all of them do along every dimension.
    pub only: Option<Only>,
}

/// Along a dimension only one share adds up: who move in each quarter are together those who move in the year,
/// while those who stay are mostly the same people in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only {
    /// The dimension.
    pub dimension: usize,
    /// The share: its node along the dimension of the shares.
    pub share: usize,
}

impl Shares {
    /// Shares along a dimension that add up along every other one.
    #[must_use]
    pub fn along(dimension: usize) -> Self {
        Self { along: dimension, only: None }
    }
}
