//! The audit of a partner: everything that it has seen of the log, held against each other. Pure:
//! it asks nobody, so that a folder is audited years later as it is today.

mod delivered;
mod entry;
mod fault;
mod kind;
mod life;
mod lives;
mod numbers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use delivered::Delivered;
pub use entry::Entry;
pub(crate) use entry::number;
pub use fault::{Fault, What};
pub use kind::{Action, Kind};
pub use life::{Life, Misstep, Since, Stands};
use numbers::Agreements;
pub use numbers::{End, Lost};

use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::note::SignedNote;
use crate::proof::{ReadError, TileSource, Tree};
use crate::statement::Statement;
use crate::tile::{TileId, TilePath, tiles_for};
use crate::verifier::NoteVerifier;
use crate::verify::{verify_consistency, verify_inclusion};

/// What a partner has seen of the log.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The key of the log, as the partner first learned it.
    pub log_key: NoteVerifier,
    /// Every checkpoint that it saw.
    pub checkpoints: Vec<SignedNote>,
    /// Every statement that it saw.
    pub statements: Vec<SignedNote>,
    /// The entries that it saw.
    pub entries: Vec<Entry>,
    /// Whether it sees all entries, as the privacy officer does: then there are no statements, and no entry of
    /// the newest state may be missing.
    pub whole: bool,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Everything that is wrong; nothing when all is well.
    pub faults: Vec<Fault>,
    /// How many entries were checked.
    pub entries: usize,
    /// How many of them show the header alone.
    pub headers: usize,
    /// How many states of the log were held against each other.
    pub states: usize,
    /// The newest state of the log.
    pub newest: Option<Checkpoint>,
    /// Of how many entries of the log the list was held against what the log stated: the size of
    /// the newest statement; of who sees all, that of the newest state.
    pub checked: u64,
    /// Where the entries about each agreement of the organisation end.
    pub ends: Vec<End>,
    /// The agreements of which no numbers were checked, because the organisation is no party.
    pub unchecked: Vec<String>,
    /// The permits of which it is not known how the delivery ended, of agreements of the organisation:
    /// the index of each. That is no fault, as it may be under way still, or the service that delivers
    /// may have failed.
    pub undelivered: Vec<u64>,
    /// Those of which the log says that nobody told, and will tell, how the delivery ended.
    pub unaccounted: Vec<u64>,
    /// The entries of which it is not known here what they say, as of a later version of the platform: the index of
    /// each. What any entry has was checked of them: commitments, place and numbers.
    pub unknown: Vec<u64>,
    /// The agreements of which one of those leaves it open what may follow.
    pub lost: Vec<Lost>,
}

/// A state of the log that it signed, and where.
struct State {
    at: String,
    log: Checkpoint,
}

impl Evidence {
    /// The tiles that an audit of this evidence needs.
    pub fn tiles(&self) -> impl Iterator<Item = TileId> + use<> {
        let mut faults = Vec::new();
        let states = self.states(&mut faults);
        let size = newest(&states).map_or(0, |state| state.log.size);
        let older = states.iter().filter_map(|state| state.log.size.checked_sub(1));
        tiles_for(size, self.entries.iter().map(|entry| entry.index).chain(older)).into_iter()
    }

    /// Audits: signatures, that every state of the log is the beginning of the newest, the
    /// commitments and the inclusion of every entry, the numbers of each agreement, that each entry
    /// follows the one that is shown before it and can have happened after it, and the counts that the log
    /// stated.
    pub fn audit<S: TileSource<Error: fmt::Display>>(&self, mut tiles: S) -> Report {
        let mut faults = Vec::new();
        let states = self.states(&mut faults);
        let newest = newest(&states);
        let mut tree = Tree::new(newest.map_or(0, |state| state.log.size), told(&mut tiles));
        match newest {
            None => faults.push(Fault::new("het logboek", What::Nothing("ondertekende stand"))),
            Some(newest) => {
                let sound = check_root(newest, &mut tree, &mut faults);
                // Tiles that do not lead to the newest state prove nothing of those before it.
                for older in states.iter().filter(|older| sound || older.log.size == newest.log.size) {
                    if let Err(what) = grown(&older.log, &newest.log, &mut tree) {
                        faults.push(Fault::new(&older.at, what));
                    }
                }
            }
        }
        for entry in &self.entries {
            let mut wrong = Vec::new();
            if let (Some(leaf), Some(newest)) = (entry.check(&mut wrong), newest) {
                wrong.extend(check_place(entry.index, &leaf, &newest.log, &mut tree).err());
            }
            faults.extend(wrong.into_iter().map(|what| Fault::new(Entry::name_of(entry.index), what)));
        }
        let stated = self.stated();
        let size = newest.map(|state| state.log.size);
        let all = size.filter(|_| self.whole);
        numbers::check_all(&self.entries, all.unwrap_or(0), &mut faults);
        let Agreements { ends, unchecked, lost } =
            numbers::check(&self.entries, &stated, self.whole, &mut faults);
        let checked = stated.iter().map(|statement| statement.log.size).max().max(all);
        if let (Some(checked), Some(newest)) = (checked, newest)
            && checked < newest.log.size
        {
            let what = What::OldStatement { newest: newest.log.size };
            faults.push(Fault::new(format!("verklaring {checked}"), what));
        }
        let (unaccounted, undelivered) = undelivered(&self.entries, &unchecked);
        Report {
            checked: checked.unwrap_or(0),
            ends,
            undelivered,
            unaccounted,
            unchecked,
            unknown: self
                .entries
                .iter()
                .filter(|entry| !entry.is_understood())
                .map(|entry| entry.index)
                .collect(),
            lost,
            entries: self.entries.len(),
            headers: self.entries.iter().filter(|entry| entry.body_json.is_empty()).count(),
            states: states.len(),
            newest: newest.map(|state| state.log.clone()),
            faults,
        }
    }

    /// The states of one log that are signed with its key; what is not is a fault.
    fn states(&self, faults: &mut Vec<Fault>) -> Vec<State> {
        let mut states = Vec::new();
        for note in &self.checkpoints {
            match signed::<Checkpoint>(note, &self.log_key) {
                Ok(log) => states.push(State { at: format!("stand {}", log.size), log }),
                Err(what) => faults.push(Fault::new(named(note, "stand"), what)),
            }
        }
        for note in &self.statements {
            match signed::<Statement>(note, &self.log_key) {
                Ok(Statement { log, .. }) => {
                    states.push(State { at: format!("verklaring {}", log.size), log });
                }
                Err(what) => faults.push(Fault::new(named(note, "verklaring"), what)),
            }
        }
        // The name of the log's key is the name of the log.
        let (states, others): (Vec<_>, Vec<_>) =
            states.into_iter().partition(|state| state.log.origin == self.log_key.name());
        for other in others {
            faults.push(Fault::new(other.at, What::OtherLog { found: other.log.origin }));
        }
        states
    }

    /// The statements that are signed by the log.
    fn stated(&self) -> Vec<Statement> {
        let statements = self.statements.iter().filter_map(|note| signed(note, &self.log_key).ok());
        statements.filter(|statement: &Statement| statement.log.origin == self.log_key.name()).collect()
    }

    /// The states that the log signed, the newest first; of several as large, in the order of the
    /// evidence.
    #[must_use]
    pub fn signed_states(&self) -> Vec<Checkpoint> {
        let mut states: Vec<_> = self.states(&mut Vec::new()).into_iter().map(|state| state.log).collect();
        states.sort_by_key(|log| std::cmp::Reverse(log.size));
        states
    }
}

/// The permits without an entry of their delivery, in order: those of which the log says that nobody will tell,
/// and the others. Of agreements of others the organisation sees no deliveries.
fn undelivered(entries: &[Entry], of_others: &[String]) -> (Vec<u64>, Vec<u64>) {
    let ended: BTreeSet<&str> = entries.iter().filter_map(Entry::delivery).collect();
    let unaccounted: BTreeSet<&str> = entries.iter().filter_map(Entry::unaccounted).collect();
    let own = |agreement: &str| of_others.iter().all(|other| other != agreement);
    let permits = entries.iter().filter_map(|entry| Some((entry.permit()?, entry.index)));
    let open: BTreeMap<u64, &str> = permits
        .filter(|((agreement, transaction), _)| own(agreement) && !ended.contains(transaction))
        .map(|((_, transaction), index)| (index, transaction))
        .collect();
    let told = |(_, transaction): &(u64, &str)| unaccounted.contains(transaction);
    let (told, others): (Vec<_>, Vec<_>) = open.into_iter().partition(told);
    let indices = |permits: Vec<(u64, &str)>| permits.into_iter().map(|(index, _)| index).collect();
    (indices(told), indices(others))
}

/// The tiles of a source, with its errors in words.
pub(crate) fn told<S: TileSource<Error: fmt::Display>>(
    source: &mut S,
) -> impl FnMut(TileId) -> Result<Vec<Hash>, String> {
    |tile| source.hashes(tile).map_err(|error| error.to_string())
}

/// Checks that the leaf is the one in its place of a state of the log, which the tree is of.
pub(crate) fn check_place(
    index: u64,
    hash: &Hash,
    log: &Checkpoint,
    tree: &mut Tree<impl TileSource<Error = String>>,
) -> Result<(), What> {
    if index >= log.size {
        return Err(What::BeyondLog { size: log.size });
    }
    let there = tree.leaf(index).map_err(missing)?;
    if there != *hash {
        return Err(What::OtherLeaf);
    }
    let proof = tree.inclusion_proof(index).map_err(missing)?;
    verify_inclusion(hash, index, log.size, &proof, &log.root).map_err(|_| What::Inclusion)
}

/// Checks that the newer log begins with the older one.
///
/// # Errors
/// When it does not, or a tile is missing.
pub fn check_growth<S: TileSource<Error: fmt::Display>>(
    older: &Checkpoint,
    newer: &Checkpoint,
    mut tiles: S,
) -> Result<(), What> {
    grown(older, newer, &mut Tree::new(newer.size, told(&mut tiles)))
}

fn grown(
    older: &Checkpoint,
    newer: &Checkpoint,
    tree: &mut Tree<impl TileSource<Error = String>>,
) -> Result<(), What> {
    if older.origin != newer.origin {
        return Err(What::OtherLog { found: newer.origin.clone() });
    }
    if older.size > newer.size {
        return Err(What::Rewritten);
    }
    let proof = tree.consistency_proof(older.size).map_err(missing)?;
    verify_consistency(older.size, &older.root, newer.size, &newer.root, &proof).map_err(|_| What::Rewritten)
}

fn missing(error: ReadError<String>) -> What {
    What::Tile(match error {
        ReadError::Source(what) => what,
        ReadError::OutOfRange { wanted, size } => {
            format!("een logboek van {size} regels heeft geen {wanted}")
        }
        ReadError::Width { tile, found } => {
            let path = TilePath::Hashes(tile);
            format!("{path} heeft {found} vingerafdrukken, en hoort er {} te hebben", tile.width)
        }
    })
}

/// The text of a note by the log.
///
/// # Errors
/// When the key did not sign it, or the text is not what was expected.
pub fn signed<T: std::str::FromStr>(note: &SignedNote, key: &NoteVerifier) -> Result<T, What> {
    key.verify(note).map_err(|_| What::Signature)?;
    note.text.parse().map_err(|_| What::Text)
}

/// The largest state; of several as large, the first.
fn newest(states: &[State]) -> Option<&State> {
    states.iter().rev().max_by_key(|state| state.log.size)
}

/// Whether the tiles lead to the newest state.
fn check_root(
    newest: &State,
    tree: &mut Tree<impl TileSource<Error = String>>,
    faults: &mut Vec<Fault>,
) -> bool {
    let what = match tree.root() {
        Ok(root) if root == newest.log.root => return true,
        Ok(_) => What::Tiles,
        Err(error) => missing(error),
    };
    faults.push(Fault::new(&newest.at, what));
    false
}

/// How a note is named that cannot be read: by its third or second line, where the size stands.
fn named(note: &SignedNote, kind: &str) -> String {
    let size = note.text.lines().find(|line| line.len() < 20 && line.parse::<u64>().is_ok());
    format!("{kind} {}", size.unwrap_or("zonder grootte"))
}
