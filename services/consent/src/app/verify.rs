//! Checking the whole ledger as it is kept, from its first entry to its last one, and what is kept beside it.

mod agreement;
mod standing;
mod stopped;
mod witnessed;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ledger::audit::Misstep;
use ledger::{
    Frontier, Hash, Salt, TILE_WIDTH, TileId, TilePath, commitment, leaf_data, leaf_hash, subtree_root,
};

use self::standing::Left;
use crate::domain::entry::{Entry, Event, Header, InAgreement};
use crate::store::{self, Beside, Kept, KeptAgreement, KeptMask, Store};

/// A ledger of which every entry is as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub size: u64,
    /// The root of its Merkle tree.
    pub root: Hash,
}

/// Why the ledger is not as it was written. Written in Dutch, for who runs the platform.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// An entry is wrong.
    #[error("ledger-entries/{index}: {fault}")]
    Broken {
        /// The first wrong entry.
        index: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The ledger is another one than organisations co-signed.
    #[error("het logboek is een ander dan organisaties hebben medeondertekend toen het {size} regels had")]
    Cosigned {
        /// The size at which they co-signed it.
        size: i64,
    },
    /// When an organisation co-signed is not what its co-signature says.
    #[error("de medeondertekening van {oin} onder het logboek {origin}: {what}")]
    Witness {
        /// OIN of the organisation.
        oin: String,
        /// The name of the log.
        origin: String,
        /// What is wrong.
        what: String,
    },
    /// What is kept beside an agreement is not the number of its last entry.
    #[error("bij {agreement} staat dat er {kept} regels over zijn; in het logboek zijn het er {found}")]
    Agreement {
        /// Name of the agreement.
        agreement: String,
        /// The number beside it.
        kept: i64,
        /// The number of its last entry.
        found: u64,
    },
    /// What is kept beside an agreement is not the hash of its last entry.
    #[error("bij {agreement} staat een andere laatste regel dan ledger-entries/{last}")]
    AgreementLast {
        /// Name of the agreement.
        agreement: String,
        /// The index of its last entry.
        last: u64,
    },
    /// What is decided on is not as the entries about it leave it.
    #[error("{row} is niet zoals ledger-entries/{index} die achterliet: {what}")]
    Row {
        /// Name of the agreement, the own rule, the consent or the purpose, or which stop.
        row: String,
        /// The index of the last entry that says how it is.
        index: u64,
        /// What differs.
        what: String,
    },
    /// What is decided on was never entered.
    #[error("{row} is er, en geen regel van het logboek heeft die gemaakt")]
    Unentered {
        /// Name of the agreement, the own rule, the consent or the purpose, or which stop.
        row: String,
    },
    /// Deliveries are held against a mask that was not entered.
    #[error(
        "een masker van {release} met vingerafdruk {digest} staat als vastgelegd bewaard; geen regel van het logboek heeft het"
    )]
    Mask {
        /// "datasets/{code}/releases/{number}".
        release: String,
        /// SHA-256 of the mask, in lower-case hexadecimal.
        digest: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What is wrong with an entry. Written in Dutch, as the above.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not there.
    #[error("de regel ontbreekt")]
    Missing,
    /// Its header, its body or one of their salts was changed.
    #[error("de kop, de inhoud of een salt daarvan is niet wat is vastgelegd")]
    Texts,
    /// Its texts are right, but the hash beside them is another one.
    #[error("de vingerafdruk van de regel is niet die van de kop en de inhoud")]
    LeafHash,
    /// Its texts are right, but a commitment beside them is another one.
    #[error("een vingerafdruk naast de kop en de inhoud is niet die daarvan")]
    Commitments,
    /// Its header says that it is another entry.
    #[error("volgens de kop is dit ledger-entries/{0}")]
    Place(u64),
    /// Its texts cannot be read.
    #[error("de kop of de inhoud is niet te lezen")]
    Unreadable,
    /// What it is found by is not what its texts say.
    #[error(
        "de soort, de afspraak of de transactie waarop de regel wordt gezocht, is niet wat in de regel staat"
    )]
    FoundBy,
    /// It has another place among the entries of its agreement than the next one.
    #[error("heeft nummer {found} bij de afspraak, waar nummer {expected} moest komen")]
    Number {
        /// The number that it has.
        found: u64,
        /// The number that it should have.
        expected: u64,
    },
    /// Its header says that another entry comes before it among those of its agreement.
    #[error("volgt volgens de kop op een andere regel over de afspraak dan de regel ervoor")]
    Previous,
    /// It cannot have happened after the entries before it about its agreement.
    #[error(transparent)]
    Life(Misstep),
    /// Others may read it than its texts say.
    #[error("anderen mogen de regel lezen dan de partijen ervan en de partijen bij de afspraak")]
    Readers,
    /// Its mask is not kept.
    #[error("het masker is niet een van die waar leveringen tegen worden gehouden")]
    Mask,
    /// The full tile with its hash is gone.
    #[error("{0}, waar de vingerafdruk van de regel in staat, ontbreekt")]
    TileMissing(TilePath),
    /// The tile has another hash for it.
    #[error("{0} heeft op deze plaats een andere vingerafdruk")]
    Tile(TilePath),
    /// The root beside a tile is not that of its hashes.
    #[error(
        "de wortel van {0}, waar de vingerafdruk van de regel in staat, is niet die van de vingerafdrukken daarin"
    )]
    TileRoot(TilePath),
    /// The head of the ledger has another hash for a part of it.
    #[error(
        "de stand van het logboek heeft een andere vingerafdruk voor de regels vanaf hier tot en met ledger-entries/{0}"
    )]
    Head(u64),
    /// It comes after the last entry that the head knows.
    #[error("komt na het einde van het logboek")]
    Beyond,
    /// Somebody may read an entry that is not there.
    #[error("iemand mag een regel lezen van voor de eerste of van na de laatste")]
    ReadBeyond,
}

fn broken<T>(index: u64, fault: Fault) -> Result<T, VerifyError> {
    Err(VerifyError::Broken { index, fault })
}

/// Checks the whole ledger: the hash of every entry from its texts and salts, what it is found by
/// and who may read it, its number among the entries of its agreement and the one that it follows, every
/// tile, the head, the roots that organisations co-signed, and what is kept beside the ledger: of each
/// agreement its last entry, how the entries about it leave it, with its content, text, parties and signatures,
/// as they leave own rules, consents for stories, purposes and stops, the masks, and when organisations
/// co-signed. What is entered meanwhile is not checked.
///
/// # Errors
/// The first entry that is wrong, or when the store fails.
pub async fn verify_ledger(store: &Store) -> Result<Verified, VerifyError> {
    let cosigned = store.cosigned().await?.into();
    let beside = store.beside().await?;
    let Beside { frontier: head, masks, .. } = &beside;
    let mut pass = Pass {
        store,
        oins: store.readers().await?,
        frontier: Frontier::empty(),
        above: Vec::new(),
        cosigned,
        numbers: BTreeMap::new(),
        left: Left::default(),
        masks: BTreeMap::new(),
    };
    pass.compare_cosigned()?;
    while pass.frontier.size() < head.size() {
        pass.block(head.size()).await?;
    }
    compare_head(&pass.frontier, head)?;
    if let Some((size, _)) = pass.cosigned.front() {
        return Err(VerifyError::Cosigned { size: *size });
    }
    compare_counts(pass.numbers, &beside.agreements)?;
    compare_masks(pass.masks, masks)?;
    pass.left.compare(&beside)?;
    let last = store.last_kept().await?;
    let beyond = last.is_some_and(|last| u64::try_from(last).is_ok_and(|last| last >= head.size()));
    let read = store.read_beyond(head.size()).await?;
    // Only when nothing was entered meanwhile.
    if (beyond || read) && store.frontier().await? == *head {
        return if beyond {
            broken(head.size(), Fault::Beyond)
        } else {
            broken(head.size(), Fault::ReadBeyond)
        };
    }
    Ok(Verified { size: head.size(), root: head.root() })
}

/// One pass over the ledger.
struct Pass<'a> {
    store: &'a Store,
    /// Who may read entries.
    oins: Vec<String>,
    frontier: Frontier,
    /// The roots of the full tiles of each level that are in no full tile of the next level yet.
    above: Vec<Vec<Hash>>,
    /// Sizes and roots that are still to come, in order.
    cosigned: VecDeque<(i64, String)>,
    /// The last entry about each agreement, by its id.
    numbers: BTreeMap<String, Numbered>,
    /// How the entries leave what is decided on.
    left: Left,
    /// The masks, each with its first entry.
    masks: BTreeMap<KeptMask, u64>,
}

/// The last entry about an agreement so far.
#[derive(Default)]
struct Numbered {
    number: u64,
    index: u64,
    /// The hash of its leaf, in lower-case hexadecimal.
    leaf: Option<String>,
}

impl Pass<'_> {
    /// Checks the entries of the next tile, as far as there are any in a ledger of `size` entries.
    async fn block(&mut self, size: u64) -> Result<(), VerifyError> {
        let first = self.frontier.size();
        let end = size.min(first.saturating_add(TILE_WIDTH));
        let rows = self.store.kept(first, &self.oins).await?;
        let number = first / TILE_WIDTH;
        let full = end - first == TILE_WIDTH;
        let tile = if full { self.store.kept_tile(0, number).await? } else { None };
        let hashes = tile.as_ref().map(|tile| tile.hashes.clone().unwrap_or_default());
        let mut leaves = Vec::new();
        let mut rows = rows.iter();
        for index in first..end {
            let row = rows.next().filter(|row| u64::try_from(row.position) == Ok(index));
            let Some(row) = row else {
                return broken(index, Fault::Missing);
            };
            let in_tile = hashes.as_ref().map(|hashes| hashes.get(leaves.len()).copied());
            let leaf = match check_leaf(row, in_tile) {
                Ok(leaf) => leaf,
                Err(Wrong::Row(fault)) => return broken(index, fault),
                Err(Wrong::Tile) => return broken(index, Fault::Tile(path(0, number))),
            };
            let entry = check_texts(row, index)?;
            self.check_number(row, &entry, leaf)?;
            self.left.follow(row, &entry)?;
            if let Event::MaskComputed(mask) = &entry.event {
                self.masks.entry(KeptMask::of(&mask.used())?).or_insert(index);
            }
            leaves.push(leaf);
            self.frontier.append(leaf);
            self.compare_cosigned()?;
        }
        if !full {
            return Ok(());
        }
        let Some(tile) = tile else {
            return broken(first, Fault::TileMissing(path(0, number)));
        };
        let root = subtree_root(&leaves);
        if tile.root != Some(root) {
            return broken(first, Fault::TileRoot(path(0, number)));
        }
        self.tiles_above(root, first).await
    }

    /// Checks the tiles of higher levels that become full with the root of another tile below.
    async fn tiles_above(&mut self, root: Hash, first: u64) -> Result<(), VerifyError> {
        let mut root = root;
        for level in 1_u8.. {
            let depth = usize::from(level);
            if self.above.len() < depth {
                self.above.push(Vec::new());
            }
            let Some(nodes) = self.above.get_mut(depth - 1) else { return Ok(()) };
            nodes.push(root);
            if nodes.len() < usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX) {
                return Ok(());
            }
            let nodes = std::mem::take(nodes);
            root = subtree_root(&nodes);
            let number = first >> (8 * (u32::from(level) + 1));
            let start = number << (8 * (u32::from(level) + 1));
            let Some(tile) = self.store.kept_tile(level, number).await? else {
                return broken(start, Fault::TileMissing(path(level, number)));
            };
            let kept = tile.hashes.unwrap_or_default();
            let same = kept.iter().zip(&nodes).take_while(|(one, other)| one == other).count();
            if same < nodes.len() || kept.len() != nodes.len() {
                let place = u64::try_from(same).unwrap_or(u64::MAX) << (8 * u32::from(level));
                return broken(start.saturating_add(place), Fault::Tile(path(level, number)));
            }
            if tile.root != Some(root) {
                return broken(start, Fault::TileRoot(path(level, number)));
            }
        }
        Ok(())
    }

    /// Checks that the entries of an agreement are numbered from 1, without gaps, and that each follows
    /// the one before; only those about its draft, and those about no agreement, have no number.
    fn check_number(&mut self, row: &Kept, entry: &Entry, leaf: Hash) -> Result<(), VerifyError> {
        let (expected, previous) = match &row.agreement {
            Some(agreement) if !entry.event.is_about_a_draft() => {
                let last = self.numbers.entry(agreement.clone()).or_default();
                (last.number, last.index) = (last.number + 1, entry.index);
                (last.number, last.leaf.replace(leaf.to_string()))
            }
            Some(_) | None => (0, None),
        };
        let InAgreement { sequence: found, previous: said, state: _ } = &entry.in_agreement;
        if *found != expected {
            return broken(entry.index, Fault::Number { found: *found, expected });
        }
        if *said == previous { Ok(()) } else { broken(entry.index, Fault::Previous) }
    }

    /// Compares the root with what organisations co-signed at this size.
    fn compare_cosigned(&mut self) -> Result<(), VerifyError> {
        while let Some((size, root)) = self.cosigned.front() {
            if u64::try_from(*size) != Ok(self.frontier.size()) {
                return Ok(());
            }
            if *root != self.frontier.root().to_string() {
                return Err(VerifyError::Cosigned { size: *size });
            }
            self.cosigned.pop_front();
        }
        Ok(())
    }
}

fn path(level: u8, number: u64) -> TilePath {
    TilePath::Hashes(TileId { level, number, width: 256 })
}

enum Wrong {
    Row(Fault),
    Tile,
}

/// The hash of the leaf that the texts and salts of a row make, if the row and the tile have the
/// same one. Of three that do not agree, the one that is alone is wrong.
fn check_leaf(row: &Kept, in_tile: Option<Option<Hash>>) -> Result<Hash, Wrong> {
    let salts = (row.header_salt.parse::<Salt>(), row.body_salt.parse::<Salt>());
    let (Ok(header_salt), Ok(body_salt)) = salts else {
        return Err(Wrong::Row(Fault::Texts));
    };
    let header = commitment(&header_salt, row.header_json.as_bytes());
    let body = commitment(&body_salt, row.body_json.as_bytes());
    let leaf = leaf_hash(&leaf_data(&header, &body));
    let beside = row.leaf_hash.parse() == Ok(leaf);
    let committed = row.header_commitment.parse() == Ok(header) && row.body_commitment.parse() == Ok(body);
    match (beside, in_tile) {
        (true, None) if !committed => Err(Wrong::Row(Fault::Commitments)),
        (true, Some(hash)) if hash == Some(leaf) && !committed => Err(Wrong::Row(Fault::Commitments)),
        (true, None) => Ok(leaf),
        (true, Some(hash)) if hash == Some(leaf) => Ok(leaf),
        (true, Some(_)) => Err(Wrong::Tile),
        (false, Some(hash)) if hash == Some(leaf) => Err(Wrong::Row(Fault::LeafHash)),
        (false, _) => Err(Wrong::Row(Fault::Texts)),
    }
}

/// Checks what the texts of a row say against what stands beside them.
fn check_texts(row: &Kept, index: u64) -> Result<Entry, VerifyError> {
    let Some(header) = Header::read(&row.header_json) else {
        return broken(index, Fault::Unreadable);
    };
    if header.index != index {
        return broken(index, Fault::Place(header.index));
    }
    let Some(entry) = Entry::of(header, &row.body_json) else {
        return broken(index, Fault::Unreadable);
    };
    let agreement = row.agreement.as_ref().map(|id| format!("agreements/{id}"));
    if (row.kind.as_str(), &agreement, &row.transaction_id)
        != (entry.event.kind().name(), &entry.agreement, &entry.transaction_id)
    {
        return broken(index, Fault::FoundBy);
    }
    let mut readers: BTreeMap<String, bool> = BTreeMap::new();
    if entry.in_agreement.sequence > 0 {
        readers.extend(row.agreement_parties.iter().map(|party| (party.clone(), false)));
    }
    readers.extend(entry.parties.iter().map(|party| (party.to_string(), true)));
    if readers != row.readers {
        return broken(index, Fault::Readers);
    }
    Ok(entry)
}

/// Compares the last entries with what is kept beside the agreements. Without an agreement to go with
/// them, nothing is kept.
fn compare_counts(
    mut numbers: BTreeMap<String, Numbered>,
    kept: &BTreeMap<String, KeptAgreement>,
) -> Result<(), VerifyError> {
    for id in kept.keys() {
        numbers.entry(id.clone()).or_default();
    }
    for (id, Numbered { number: found, index: last, leaf }) in numbers {
        let (agreement, kept) = (format!("agreements/{id}"), kept.get(&id));
        let (kept, kept_leaf) = kept.map_or((0, &None), |kept| (kept.entries, &kept.last_leaf));
        if u64::try_from(kept) != Ok(found) {
            return Err(VerifyError::Agreement { agreement, kept, found });
        }
        if *kept_leaf != leaf {
            return Err(VerifyError::AgreementLast { agreement, last });
        }
    }
    Ok(())
}

/// Compares the masks of the entries with those that deliveries are held against.
fn compare_masks(mut entered: BTreeMap<KeptMask, u64>, kept: &BTreeSet<KeptMask>) -> Result<(), VerifyError> {
    let unknown = kept.iter().filter(|mask| entered.remove(*mask).is_none()).min();
    if let Some(index) = entered.into_values().min() {
        return broken(index, Fault::Mask);
    }
    match unknown {
        Some(KeptMask { release, digest, .. }) => {
            Err(VerifyError::Mask { release: release.clone(), digest: digest.clone() })
        }
        None => Ok(()),
    }
}

/// Compares what the entries lead to with what the head says.
fn compare_head(found: &Frontier, head: &Frontier) -> Result<(), VerifyError> {
    let mut first = 0;
    for (height, (one, other)) in heights(head.size()).zip(found.hashes().iter().zip(head.hashes())) {
        let next = first + (1 << height);
        if one != other {
            return broken(first, Fault::Head(next - 1));
        }
        first = next;
    }
    Ok(())
}

/// The heights of the full subtrees that a ledger of `size` entries consists of, the highest first.
fn heights(size: u64) -> impl Iterator<Item = u32> {
    (0..u64::BITS).rev().filter(move |height| (size >> height) & 1 == 1)
}
