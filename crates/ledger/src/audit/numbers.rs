//! Whether entries are missing or are others than the other parties see: the numbers of each
//! agreement, what each entry says of the one before, and the counts that the log stated.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::Entry;
use super::fault::{Fault, What};
use super::lives;
use crate::hash::Hash;
use crate::statement::Statement;

/// Of how many that are missing in one place each is named.
const ENOUGH: usize = 100;

/// Where the entries about an agreement end. It stands for all before it: who has the same end was
/// shown the same entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// "agreements/{id}".
    pub agreement: String,
    /// The number of the last entry about it.
    pub number: u64,
    /// The index of that entry.
    pub index: u64,
    /// The hash of its leaf, as it is shown.
    pub leaf_hash: String,
}

/// An agreement of which it cannot be said what may follow: an entry that is not understood left it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// "agreements/{id}".
    pub agreement: String,
    /// The index of that entry.
    pub index: u64,
}

/// What was found of the agreements.
#[derive(Debug, Default)]
pub(super) struct Agreements {
    /// Where those end of which the numbers were checked.
    pub(super) ends: Vec<End>,
    /// Those of which no numbers were checked.
    pub(super) unchecked: Vec<String>,
    /// Those of which nothing was checked of what can follow, from an entry on.
    pub(super) lost: Vec<Lost>,
}

/// Checks that all entries of a log of this size are there, for who sees them all.
pub(super) fn check_all(entries: &[Entry], size: u64, faults: &mut Vec<Fault>) {
    let there: BTreeSet<u64> = entries.iter().map(|entry| entry.index).collect();
    let gone = (0..size).filter(|index| !there.contains(index)).take(ENOUGH);
    faults.extend(gone.map(|index| Fault::new(Entry::name_of(index), What::NotShown)));
}

/// Checks the numbers, what comes before what, and the counts. Who sees the `whole` log gets no statements.
pub(super) fn check(
    entries: &[Entry],
    statements: &[Statement],
    whole: bool,
    faults: &mut Vec<Fault>,
) -> Agreements {
    let mut in_order: Vec<&Entry> = entries.iter().collect();
    in_order.sort_by_key(|entry| entry.index);
    for (before, after) in in_order.iter().zip(in_order.iter().skip(1)) {
        if before.index == after.index {
            faults.push(Fault::new(Entry::name_of(after.index), What::Twice));
        }
    }
    in_order.dedup_by_key(|entry| entry.index);
    for entry in in_order.iter().filter(|entry| !entry.agreement.is_empty() && !entry.is_about_a_draft()) {
        // What is not understood may be about a draft.
        if entry.agreement_sequence == 0 && entry.is_understood() {
            let what = What::Unnumbered(entry.agreement.clone());
            faults.push(Fault::new(Entry::name_of(entry.index), what));
        }
    }
    let mut agreements: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in in_order.iter().filter(|entry| entry.agreement_sequence > 0) {
        agreements.entry(&entry.agreement).or_default().push(entry);
    }
    for (agreement, entries) in &agreements {
        check_chain(agreement, entries, faults);
    }
    // An organisation sees entries about agreements of others too, when its dataset was asked for
    // under one. Of those it has no numbers.
    let party = statements.first().map(|statement| statement.oin.as_str());
    let mut unchecked = Vec::new();
    agreements.retain(|agreement, entries| {
        let checked = whole || is_party(agreement, entries, statements, party);
        if !checked {
            unchecked.push((*agreement).to_owned());
        }
        checked
    });
    let mut lost = Vec::new();
    for (agreement, entries) in &agreements {
        check_order(agreement, entries, faults);
        let from = lives::check(entries, faults);
        lost.extend(from.map(|index| Lost { agreement: (*agreement).to_owned(), index }));
    }
    if statements.is_empty() && !whole {
        faults.push(Fault::new("het logboek", What::Nothing("ondertekende verklaring")));
    }
    for statement in statements {
        if party != Some(&statement.oin) {
            let what = What::OtherParty { found: statement.oin.clone() };
            faults.push(Fault::new(format!("verklaring {}", statement.log.size), what));
        }
        check_statement(statement, &in_order, &agreements, faults);
    }
    Agreements { ends: agreements.into_iter().filter_map(end).collect(), unchecked, lost }
}

fn end((agreement, entries): (&str, Vec<&Entry>)) -> Option<End> {
    let last = entries.last()?;
    Some(End {
        agreement: agreement.to_owned(),
        number: last.agreement_sequence,
        index: last.index,
        leaf_hash: last.leaf_hash.clone(),
    })
}

/// Checks that each entry says that the one that is shown before it comes before it. Where one is
/// missing, or its hash cannot be read, that is found elsewhere.
fn check_chain(agreement: &str, entries: &[&Entry], faults: &mut Vec<Fault>) {
    for (before, after) in entries.iter().zip(entries.iter().skip(1)) {
        let number = before.agreement_sequence;
        let hashes = (after.previous(), before.leaf_hash.parse::<Hash>());
        if let (Some(said), Ok(shown)) = hashes
            && after.agreement_sequence.checked_sub(1) == Some(number)
            && said != shown
        {
            let (agreement, shown) = (agreement.to_owned(), Entry::name_of(before.index));
            let what = What::OtherPrevious { agreement, number, shown };
            faults.push(Fault::new(Entry::name_of(after.index), what));
        }
    }
}

/// Whether the organisation is a party to an agreement: the log states so, or shows it an entry that
/// only parties see.
fn is_party(agreement: &str, entries: &[&Entry], statements: &[Statement], party: Option<&str>) -> bool {
    statements.iter().any(|statement| statement.agreements.contains_key(agreement))
        || entries.iter().any(|entry| entry.tells_of_a_party(party.unwrap_or_default()))
}

/// Checks that the numbers of an agreement go from 1 without gaps.
fn check_order(agreement: &str, entries: &[&Entry], faults: &mut Vec<Fault>) {
    let mut expected = 1;
    let mut before: Option<&Entry> = None;
    for entry in entries {
        let found = entry.agreement_sequence;
        let after = Entry::name_of(entry.index);
        let place = before.map_or_else(
            || format!("voor {after}"),
            |before| format!("tussen {} en {after}", Entry::name_of(before.index)),
        );
        for number in missing(expected, found) {
            faults.push(Fault::new(agreement, What::MissingNumber { number, place: place.clone() }));
        }
        if found < expected {
            let agreement = agreement.to_owned();
            faults.push(Fault::new(after, What::Number { agreement, found, expected }));
        }
        expected = expected.max(found.saturating_add(1));
        before = Some(entry);
    }
}

/// The numbers that are missing; of a great many, the first.
fn missing(expected: u64, found: u64) -> impl Iterator<Item = u64> {
    (expected..found).take(ENOUGH)
}

/// Checks that there is as much as the log stated.
fn check_statement(
    statement: &Statement,
    entries: &[&Entry],
    agreements: &BTreeMap<&str, Vec<&Entry>>,
    faults: &mut Vec<Fault>,
) {
    let size = statement.log.size;
    let at = format!("verklaring {size}");
    let found = count(entries.iter().filter(|entry| entry.index < size).count());
    if found != statement.entries {
        faults.push(Fault::new(&at, What::Count { stated: statement.entries, found }));
    }
    for (agreement, stated) in &statement.agreements {
        let there = agreements.get(agreement.as_str()).map_or(&[][..], Vec::as_slice);
        let last = there.iter().rev().find(|entry| entry.index < size);
        let place = last.map_or_else(
            || format!("in de eerste {size} regels"),
            |last| format!("na {}", Entry::name_of(last.index)),
        );
        let last = last.map_or(0, |last| last.agreement_sequence);
        for number in missing(last.saturating_add(1), stated.saturating_add(1)) {
            faults.push(Fault::new(agreement, What::MissingNumber { number, place: place.clone() }));
        }
    }
    for (agreement, there) in agreements {
        let stated = statement.agreements.get(*agreement).copied().unwrap_or(0);
        for entry in there.iter().filter(|entry| entry.index < size && entry.agreement_sequence > stated) {
            let what = What::NotStated { agreement: (*agreement).to_owned(), stated };
            faults.push(Fault::new(Entry::name_of(entry.index), what));
        }
    }
}

fn count(entries: usize) -> u64 {
    u64::try_from(entries).unwrap_or(u64::MAX)
}
