//! A vector that is indexed by ids that its own owner gave out.

use std::ops::{Index, IndexMut};

/// A list that the algorithms index by cell, relation, node or edge. All of these ids are made by
/// the structure that owns the list, never by who calls the crate, so an id outside it is a defect
/// of this crate. Everything that callers index by is checked where it comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arr<T>(Vec<T>);

impl<T> Default for Arr<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Arr<T> {
    pub(crate) fn of(value: T, len: usize) -> Self {
        Self(vec![value; len])
    }
}

impl<T> From<Vec<T>> for Arr<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T> FromIterator<T> for Arr<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> Arr<T> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, item: T) {
        self.0.push(item);
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// The item of an id that a caller of the crate gave.
    pub(crate) fn find(&self, id: usize) -> Option<&T> {
        self.0.get(id)
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.0
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> Index<usize> for Arr<T> {
    type Output = T;

    #[expect(clippy::indexing_slicing, reason = "ids come from the structure that owns the list")]
    fn index(&self, id: usize) -> &T {
        &self.0[id]
    }
}

impl<T> IndexMut<usize> for Arr<T> {
    #[expect(clippy::indexing_slicing, reason = "ids come from the structure that owns the list")]
    fn index_mut(&mut self, id: usize) -> &mut T {
        &mut self.0[id]
    }
}

/// For every id a list, all in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists<T> {
    starts: Arr<usize>,
    items: Arr<T>,
}

impl<T: Clone> Lists<T> {
    /// From pairs of an id under `len` and an item; the items of an id stay in the order given.
    pub(crate) fn gather(len: usize, pairs: impl Iterator<Item = (usize, T)> + Clone, filler: T) -> Self {
        let mut starts = Arr::of(0, len + 1);
        for (id, _) in pairs.clone() {
            starts[id + 1] += 1;
        }
        for id in 0..len {
            starts[id + 1] += starts[id];
        }
        let mut next = starts.clone();
        let mut items = Arr::of(filler, starts[len]);
        for (id, item) in pairs {
            items[next[id]] = item;
            next[id] += 1;
        }
        Self { starts, items }
    }

    /// How many items there are of all ids.
    pub(crate) fn count(&self) -> usize {
        self.items.len()
    }

    /// The items of `id`.
    pub(crate) fn of(&self, id: usize) -> &[T] {
        self.items.as_slice().get(self.starts[id]..self.starts[id + 1]).unwrap_or_default()
    }
}
