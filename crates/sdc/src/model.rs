//! The cell model: which cells there are and which sums bind them.
//!
//! A [`Universe`] is closed: it holds every cell that can be published or derived (all totals,
//! residuals, slivers), and its relations span every linear dependency between them. Protector and
//! auditor share this model and nothing else. Values are scaled integers.
//!
//! Source: reference "disclosure control" 3.1; Handbook on Statistical Disclosure Control (2nd
//! ed.), chapter 4, on linked and hierarchical tables.

mod boxes;
mod cube;
mod dimension;
mod error;
mod frame;
mod linked;
mod lowest;
mod needs;
mod table;

pub use cube::{Cube, Given, MoreThanParts, Only, Shares};
pub use dimension::{Dimension, Group, Node};
pub use error::ModelError;
pub use linked::Linked;
pub use needs::{Certificate, Floor, Insider, Need};
pub use table::Table;

pub(crate) use boxes::{Boxes, Extent};
pub(crate) use frame::Frame;

use crate::arr::{Arr, Lists};
use crate::mask::Mask;

/// The id of a cell in its universe: `0..Universe::len()`.
pub type CellId = usize;

/// Where a cell comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Given by the supplier; can be published.
    Given,
    /// What is left of a total when its parts are taken off ("onbekend"), and in a [`Cube`] what was
    /// not given and follows from what was. Never published.
    Residual,
    /// What two areas that do not nest have in common, or what one has that the other has not.
    /// Never published.
    Sliver,
    /// Not given and not to be derived, but bound to other cells by relations. It has one of the
    /// values that are possible, which says nothing. Never published, and it needs no protection.
    Unknown,
}

/// A total and its parts: the parts add up to the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation<'a> {
    /// The cell that is the sum.
    pub total: CellId,
    /// The cells that are added, each once.
    pub parts: &'a [CellId],
}

impl<'a> Relation<'a> {
    /// The cells with their coefficients: +1 for a part, -1 for the total.
    pub fn terms(self) -> impl Iterator<Item = (CellId, i64)> + 'a {
        self.parts.iter().map(|part| (*part, 1)).chain(std::iter::once((self.total, -1)))
    }
}

/// All cells and all relations between them.
#[derive(Clone, Debug)]
pub struct Universe {
    values: Arr<i64>,
    kinds: Arr<Kind>,
    heights: Arr<u32>,
    totals: Arr<CellId>,
    parts: Lists<CellId>,
    relations_of: Lists<usize>,
    frame: Option<Frame>,
    /// For each cell its node along the first dimension, where there is one.
    areas: Arr<Option<usize>>,
    extent: Extent,
    /// The relations of a total and its two shares.
    shares: Vec<usize>,
    /// Whether all values agree with all relations, those of unknown cells included, and unknown
    /// cells are zero or more.
    filled: bool,
}

/// What a universe is made of: cells by id, and relations by cell ids.
pub(crate) struct Parts {
    pub(crate) values: Vec<i64>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) heights: Vec<u32>,
    pub(crate) relations: Vec<(CellId, Vec<CellId>)>,
}

impl Universe {
    /// Checks that every relation between known cells holds on the values and stores all relations.
    /// `name` names a cell.
    pub(crate) fn assemble(parts: Parts, name: impl Fn(CellId) -> String) -> Result<Self, ModelError> {
        let Parts { values, kinds, heights, relations } = parts;
        let values = Arr::from(values);
        let kinds = Arr::from(kinds);
        let unknown = |cell: &CellId| kinds[*cell] == Kind::Unknown;
        for (total, members) in &relations {
            if unknown(total) || members.iter().any(unknown) {
                continue;
            }
            let sum: i128 = members.iter().map(|part| i128::from(values[*part])).sum();
            if sum != i128::from(values[*total]) {
                return Err(ModelError::NotAdditive {
                    total: name(*total),
                    value: i128::from(values[*total]),
                    parts: sum,
                });
            }
        }
        let pairs = relations.iter().enumerate();
        let members = pairs.clone().flat_map(|(id, (_, parts))| parts.iter().map(move |part| (id, *part)));
        let owners = pairs.flat_map(|(id, (total, parts))| {
            parts.iter().chain(std::iter::once(total)).map(move |cell| (*cell, id))
        });
        Ok(Self {
            parts: Lists::gather(relations.len(), members, 0),
            relations_of: Lists::gather(values.len(), owners, 0),
            totals: relations.iter().map(|(total, _)| *total).collect(),
            kinds,
            heights: heights.into(),
            frame: None,
            areas: Arr::default(),
            extent: Extent::Sums,
            shares: Vec::new(),
            filled: false,
            values,
        })
    }

    /// Takes over values for unknown cells, if they agree with all relations and are zero or more.
    fn fill(&mut self, values: Option<Vec<i64>>) {
        let Some(values) = values.map(Arr::from).filter(|values| values.len() == self.len()) else { return };
        let fits = |cell: CellId| {
            let unknown = self.kinds[cell] == Kind::Unknown;
            if unknown { values[cell] >= 0 } else { values[cell] == self.values[cell] }
        };
        let adds_up = |relation: Relation<'_>| {
            let terms = relation.terms();
            terms.map(|(cell, sign)| i128::from(sign) * i128::from(values[cell])).sum::<i128>() == 0
        };
        if (0..self.len()).all(fits) && self.relations().all(adds_up) {
            self.values = values;
            self.filled = true;
        }
    }

    /// How the cells lie in dimensions, when they come from a table.
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.frame.as_ref()
    }

    /// What a cell is about along the first dimension, which is that of areas: its place there, the same for the cells
    /// of all editions. None of what is left of several, and of cells that lie in no dimensions.
    pub(crate) fn area(&self, cell: CellId) -> Option<usize> {
        self.areas.find(cell).copied().flatten()
    }

    /// What is known of where the cells lie.
    pub(crate) fn extent(&self) -> &Extent {
        &self.extent
    }

    /// The relations of a total and its two shares by number, the lowest first, when the cells are shares.
    pub(crate) fn shares(&self) -> &[usize] {
        &self.shares
    }

    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The true value of a cell, in the scale of the universe; 0 for a cell that is not there.
    #[must_use]
    pub fn value(&self, cell: CellId) -> i64 {
        self.values.find(cell).copied().unwrap_or(0)
    }

    /// Where a cell comes from.
    #[must_use]
    pub fn kind(&self, cell: CellId) -> Kind {
        self.kinds.find(cell).copied().unwrap_or(Kind::Given)
    }

    /// Whether this is a cell that nobody knows, in a universe of which no values were found that all such
    /// cells can have. Nothing tells how far it can go then, so no alternative moves it: whatever it is, one
    /// that leaves it as it is is as possible as the truth.
    pub(crate) fn is_still(&self, cell: CellId) -> bool {
        !self.filled && self.kind(cell) == Kind::Unknown
    }

    /// How many levels lie under a cell: 0 for a cell that is not the total of others.
    #[must_use]
    pub fn height(&self, cell: CellId) -> u32 {
        self.heights.find(cell).copied().unwrap_or(0)
    }

    /// How many relations there are.
    #[must_use]
    pub fn relation_count(&self) -> usize {
        self.totals.len()
    }

    /// The relation with this number, under [`Universe::relation_count`].
    pub(crate) fn relation(&self, id: usize) -> Relation<'_> {
        Relation { total: self.totals[id], parts: self.parts.of(id) }
    }

    /// All relations.
    pub fn relations(&self) -> impl Iterator<Item = Relation<'_>> {
        (0..self.totals.len()).map(|id| self.relation(id))
    }

    /// The numbers of the relations in which a cell takes part.
    pub(crate) fn relations_of(&self, cell: CellId) -> &[usize] {
        self.relations_of.of(cell)
    }

    /// A mask that hides the cells that are never published: residuals and slivers.
    #[must_use]
    pub fn never_published(&self) -> Mask {
        let mut mask = Mask::none(self.len());
        for (cell, kind) in self.kinds.iter().enumerate() {
            if *kind != Kind::Given {
                mask.hide(cell);
            }
        }
        mask
    }
}
