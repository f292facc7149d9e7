//! Which counts come first, in turn, where counts that were shown do not fit together: each of them can be the one
//! that is not true any more.
//!
//! All ways in which as many as can be fit are found from what each of the others leaves out: a way that is not found
//! yet has something in it of what each of them leaves out. So what these leave out comes first, one place of each
//! (R. Reiter, "A theory of diagnosis from first principles", Artificial Intelligence 32, 1987).

use std::collections::{BTreeSet, VecDeque};

use super::block::Place;

/// Most ways that are looked for. A reader is taken to know of no more which is the true one.
const MOST_WAYS: usize = 64;

/// Most sets of places that wait for their turn, found and not.
const MOST_TURNS: usize = 1024;

/// How many places that were shown can be outdated where it does not show which. Where more do not fit, more has
/// changed than a reader is taken to know of.
const MOST_OUTDATED: usize = 8;

/// Places, of rates with all of their sides.
pub(super) type Places<'a> = BTreeSet<Place<'a>>;

/// The places that come first in turn.
pub(super) struct Turns<'a> {
    /// What each way that was found leaves out.
    left_out: Vec<Places<'a>>,
    waiting: VecDeque<Places<'a>>,
    /// All that were ever waiting.
    seen: BTreeSet<Places<'a>>,
}

impl<'a> Turns<'a> {
    /// Where nothing comes first this is left out.
    pub(super) fn new(left_out: Places<'a>) -> Self {
        Self { left_out: vec![left_out], waiting: VecDeque::from([Places::new()]), seen: BTreeSet::new() }
    }

    /// The next places that are to come first; none when all ways are found, or as many as are looked for.
    pub(super) fn next(&mut self) -> Option<Places<'a>> {
        while let Some(first) = self.waiting.pop_front() {
            match self.left_out.iter().find(|own| own.is_disjoint(&first)).cloned() {
                // These are all in one that was found.
                Some(left_out) => self.wait(&first, &left_out),
                None if self.left_out.len() > MOST_WAYS => return None,
                None => return Some(first),
            }
        }
        None
    }

    /// Takes note of what is left out when these come first.
    pub(super) fn found(&mut self, first: &Places<'a>, left_out: Places<'a>) {
        self.wait(first, &left_out);
        self.left_out.push(left_out);
    }

    /// One more place that is left out comes first with these, if they fit by themselves.
    fn wait(&mut self, first: &Places<'a>, left_out: &Places<'a>) {
        if left_out.len() > MOST_OUTDATED || !left_out.is_disjoint(first) {
            return;
        }
        for place in left_out {
            let more: Places<'a> = first.iter().chain([place]).copied().collect();
            if self.seen.len() < MOST_TURNS && self.seen.insert(more.clone()) {
                self.waiting.push_back(more);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Period;

    const AREAS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

    fn places(of: &[usize]) -> Places<'static> {
        of.iter().map(|at| (AREAS[*at], Period::Year(2025), &[][..], None)).collect()
    }

    /// Which ways are found to take as many of six places as can be, where these do not go together.
    fn ways(at_odds: &[Places<'static>]) -> BTreeSet<Places<'static>> {
        let fits = |of: &Places<'_>| !at_odds.iter().any(|own| own.is_subset(of));
        let left_out = |first: &Places<'static>| {
            let mut kept = Places::new();
            let all = places(&[0, 1, 2, 3, 4, 5]);
            for place in first.iter().chain(&all) {
                kept.insert(*place);
                if !fits(&kept) {
                    kept.remove(place);
                }
            }
            all.difference(&kept).copied().collect::<Places<'_>>()
        };
        let mut turns = Turns::new(left_out(&Places::new()));
        while let Some(first) = turns.next() {
            turns.found(&first, left_out(&first));
        }
        turns.left_out.into_iter().collect()
    }

    #[test]
    fn every_smallest_set_of_places_is_left_out_once_of_a_total_its_parts_and_the_parts_of_one() {
        // A total that was corrected: A and B, or what they are made of.
        let found = ways(&[places(&[0, 1]), places(&[0, 2, 3]), places(&[1, 4]), places(&[2, 3, 4])]);
        let expected = [&[0, 4][..], &[1, 2], &[1, 3], &[0, 1, 2], &[0, 1, 3]];
        let smallest = |own: &Places<'_>| !found.iter().any(|other| other != own && other.is_subset(own));
        assert!(found.iter().all(smallest), "{found:?}");
        for own in &expected[..3] {
            assert!(found.contains(&places(own)), "{own:?} {found:?}");
        }
        assert_eq!(ways(&[places(&[0, 1, 2, 3, 4, 5])]).len(), 6, "any of six");
        assert_eq!(ways(&[]), BTreeSet::from([Places::new()]));
    }

    #[test]
    fn where_more_is_left_out_than_a_reader_is_taken_to_know_of_nothing_comes_first() {
        let many: Vec<String> = (0..9).map(|number| number.to_string()).collect();
        let left_out = many.iter().map(|area| (area.as_str(), Period::Year(2025), &[][..], None));
        let left_out: Places<'_> = left_out.collect();
        assert_eq!(Turns::new(left_out.clone()).next(), None);
        assert!(Turns::new(left_out.into_iter().skip(1).collect()).next().is_some());
    }
}
