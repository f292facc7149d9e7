//! What can be wrong with the cells that come in.

use std::fmt;

/// Why cells do not form a universe. Nothing was computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelError {
    /// A code or cell id occurs twice.
    Duplicate {
        /// The code.
        code: String,
    },
    /// A node, group or relation names a code that is not there.
    Unknown {
        /// The code.
        code: String,
        /// Who names it.
        named_by: String,
    },
    /// A node is its own ancestor, or a total is part of itself.
    Cycle {
        /// A code on the cycle.
        code: String,
    },
    /// The parts do not add up to the total where they must.
    NotAdditive {
        /// The total.
        total: String,
        /// What it is, in the scale of the values.
        value: i128,
        /// What its parts are together.
        parts: i128,
    },
    /// Two cells with the same units in them have different values.
    Unequal {
        /// The first cell.
        one: String,
        /// The second cell.
        other: String,
    },
    /// A total has two parts that hold the same units.
    CountedTwice {
        /// The total.
        total: String,
        /// The first of these parts.
        one: String,
        /// The other one.
        other: String,
    },
    /// A value is under zero.
    Negative {
        /// The cell.
        cell: String,
    },
    /// A number does not fit in 64 bits, or there are too many cells.
    TooLarge {
        /// What is too large.
        what: String,
    },
    /// What is crossed two by two and not all together has more cells in common than can be protected.
    TooManyCrossed {
        /// How many cells that are.
        cells: usize,
        /// How many they may be.
        most: usize,
    },
    /// The number of values is not the number of cells.
    WrongLength {
        /// How many values there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A dimension has no nodes, or a relation no parts.
    Empty {
        /// What is empty.
        what: String,
    },
    /// It was not found out which totals are more than their parts: the search was ended.
    Stopped,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { code } => write!(f, "\"{code}\" occurs twice; give every cell once"),
            Self::Unknown { code, named_by } => {
                write!(f, "\"{named_by}\" names \"{code}\", which is not there; add it or correct the name")
            }
            Self::Cycle { code } => {
                write!(f, "\"{code}\" is part of itself; a total must be above all of its parts")
            }
            Self::NotAdditive { total, value, parts } => write!(
                f,
                "\"{total}\" is {value} and its parts together are {parts}; parts must add up to their total, \
                 or leave a part over that is not under zero"
            ),
            Self::Unequal { one, other } => {
                write!(f, "\"{one}\" and \"{other}\" hold the same units and must have the same value")
            }
            Self::CountedTwice { total, one, other } => write!(
                f,
                "\"{one}\" and \"{other}\" hold the same units, and \"{total}\" has both as its parts; leave out \
                 \"{total}\", or give it parts that hold each unit once"
            ),
            Self::Negative { cell } => write!(f, "\"{cell}\" is under zero; values must be zero or more"),
            Self::TooLarge { what } => write!(f, "{what} does not fit in 64 bits; use a coarser scale"),
            Self::TooManyCrossed { cells, most } => write!(
                f,
                "breakdowns that are crossed two by two have {cells} cells in common and at most {most} can be \
                 protected; leave one of these crossings out, or give all of them crossed together"
            ),
            Self::WrongLength { expected, found } => {
                write!(f, "{found} values for {expected} cells; give one value per cell")
            }
            Self::Empty { what } => write!(f, "{what} is empty; give at least one"),
            Self::Stopped => {
                f.write_str("it was not found out which totals are more than their parts; allow more work")
            }
        }
    }
}

impl std::error::Error for ModelError {}
