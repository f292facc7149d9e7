//! What is bound to what, with the same sign or the opposite: union with parity.

use crate::arr::Arr;

/// Members in groups; each is its root or the opposite of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Signs {
    parents: Arr<usize>,
    flipped: Arr<bool>,
}

impl Signs {
    /// So many members, each by itself.
    pub(super) fn of(count: usize) -> Self {
        Self { parents: (0..count).collect(), flipped: Arr::of(false, count) }
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        self.parents.len()
    }

    /// One more, by itself.
    pub(super) fn add(&mut self) -> usize {
        let member = self.len();
        self.parents.push(member);
        self.flipped.push(false);
        member
    }

    /// The root of a member, and whether its sign is the opposite of the root's.
    pub(super) fn root(&mut self, member: usize) -> (usize, bool) {
        let (mut root, mut flip) = (member, false);
        while self.parents[root] != root {
            flip ^= self.flipped[root];
            root = self.parents[root];
        }
        let (mut at, mut rest) = (member, flip);
        while self.parents[at] != root && at != root {
            let (next, own) = (self.parents[at], self.flipped[at]);
            self.parents[at] = root;
            self.flipped[at] = rest;
            rest ^= own;
            at = next;
        }
        (root, flip)
    }

    /// Puts the group of a root under another root, with the same sign or the opposite.
    pub(super) fn join(&mut self, root: usize, under: usize, opposite: bool) {
        self.parents[root] = under;
        self.flipped[root] = opposite;
    }

    /// Puts the groups of two members together: these have the same sign, or the opposite. Of one group
    /// nothing changes.
    pub(super) fn bind(&mut self, one: usize, other: usize, opposite: bool) {
        let ((one, flip), (other, its)) = (self.root(one), self.root(other));
        if one != other {
            self.join(one.max(other), one.min(other), opposite ^ flip ^ its);
        }
    }
}
