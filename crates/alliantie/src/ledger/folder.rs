//! What a partner keeps of the ledger. A folder has:
//!
//! - `log-key`: the verifier key of the log, from the first time on;
//! - `checkpoints/{size}-{hash}.note`: every checkpoint that was seen;
//! - `statements/{size}-{hash}.note`: every statement that was seen;
//! - `entries/{index}.json`: the entries, in the JSON of the contract;
//! - `tile/{level}/{number}`: the hashes that they are proved with, with the paths of tlog-tiles;
//! - `contradictions/{index}-{changed or gone}.json`: entries that the platform showed otherwise
//!   or not at all, later.
//!
//! Sizes and indexes have 20 digits, so that the names sort; of the hash of a
//! note's text stand the first 16. What is there is never overwritten by something else, so the folder is evidence.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, ensure};
use ledger::audit::{Entry, Evidence, Fault, What};
use ledger::{Checkpoint, Hash, NoteVerifier, SignedNote, Statement, TileId, TilePath, leaf_hash};

const LOG_KEY: &str = "log-key";
const CHECKPOINTS: &str = "checkpoints";
const STATEMENTS: &str = "statements";
const ENTRIES: &str = "entries";
const CONTRADICTIONS: &str = "contradictions";

/// A folder with what a partner has seen of the log.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A folder that may be made.
    pub(super) fn make(path: &Path) -> Result<Self> {
        let folder = Self(path.to_owned());
        for part in [CHECKPOINTS, STATEMENTS, ENTRIES] {
            let part = path.join(part);
            fs::create_dir_all(&part).with_context(|| format!("cannot make {}", part.display()))?;
        }
        Ok(folder)
    }

    /// A folder that somebody audited into before.
    pub(super) fn existing(path: &Path) -> Result<Self> {
        ensure!(
            path.join(LOG_KEY).is_file(),
            "{} is geen map van een eerdere controle; doe eerst alliantie ledger audit met een platform",
            path.display()
        );
        Ok(Self(path.to_owned()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The key of the log, from the first time on.
    pub(super) fn log_key(&self) -> Result<Option<NoteVerifier>> {
        let file = self.0.join(LOG_KEY);
        if file.exists() { read(&file).map(Some) } else { Ok(None) }
    }

    pub(super) fn keep_log_key(&self, key: &NoteVerifier) -> Result<()> {
        keep(&self.0.join(LOG_KEY), format!("{key}\n").as_bytes())
    }

    pub(super) fn keep_checkpoint(&self, note: &SignedNote, log: &Checkpoint) -> Result<()> {
        keep(&self.note(CHECKPOINTS, note, log), note.to_string().as_bytes())
    }

    pub(super) fn keep_statement(&self, note: &SignedNote, log: &Checkpoint) -> Result<()> {
        keep(&self.note(STATEMENTS, note, log), note.to_string().as_bytes())
    }

    fn note(&self, kind: &str, note: &SignedNote, log: &Checkpoint) -> PathBuf {
        let hash: String = leaf_hash(note.text.as_bytes()).to_string().chars().take(16).collect();
        self.0.join(kind).join(format!("{:020}-{hash}.note", log.size))
    }

    /// The OIN of the organisation whose folder this is, once it has a statement.
    pub(super) fn oin(&self) -> Result<Option<String>> {
        let first = self.notes(STATEMENTS)?.into_iter().next();
        first.map(|note| Ok(note.text.parse::<Statement>()?.oin)).transpose()
    }

    /// The newest checkpoint that was seen.
    pub(super) fn newest(&self) -> Result<Option<Checkpoint>> {
        let mut newest: Option<Checkpoint> = None;
        for note in self.notes(CHECKPOINTS)? {
            let log: Checkpoint = note.text.parse()?;
            newest = Some(newest.take().filter(|newest| newest.size >= log.size).unwrap_or(log));
        }
        Ok(newest)
    }

    fn notes(&self, kind: &str) -> Result<Vec<SignedNote>> {
        files(&self.0.join(kind), "note")?.iter().map(|file| read_note(file)).collect()
    }

    /// The entry of this index, when it was seen before.
    pub(super) fn entry(&self, index: u64) -> Result<Option<Entry>> {
        let file = self.entry_file(index);
        if file.exists() { read_entry(&file).map(Some) } else { Ok(None) }
    }

    pub(super) fn keep_entry(&self, index: u64, json: &str) -> Result<()> {
        replace(&self.entry_file(index), json.as_bytes())
    }

    fn entry_file(&self, index: u64) -> PathBuf {
        self.0.join(ENTRIES).join(format!("{index:020}.json"))
    }

    pub(super) fn entries(&self) -> Result<Vec<Entry>> {
        files(&self.0.join(ENTRIES), "json")?.iter().map(|file| read_entry(file)).collect()
    }

    /// Keeps that the platform shows an entry otherwise than before: what it shows now.
    pub(super) fn keep_changed(&self, index: u64, json: &str) -> Result<()> {
        self.keep_contradiction(&format!("{index:020}-changed.json"), json.as_bytes())
    }

    /// Keeps that the platform does not show an entry any more: what it showed.
    pub(super) fn keep_gone(&self, index: u64) -> Result<()> {
        let shown = fs::read(self.entry_file(index))?;
        self.keep_contradiction(&format!("{index:020}-gone.json"), &shown)
    }

    fn keep_contradiction(&self, name: &str, json: &[u8]) -> Result<()> {
        let folder = self.0.join(CONTRADICTIONS);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        replace(&folder.join(name), json)
    }

    /// Where the platform contradicted itself.
    pub(super) fn contradictions(&self) -> Result<Vec<Fault>> {
        let folder = self.0.join(CONTRADICTIONS);
        let files = if folder.exists() { files(&folder, "json")? } else { Vec::new() };
        let fault = |file: &PathBuf| {
            let name = file.file_stem().and_then(|name| name.to_str())?;
            let (index, what) = name.split_once('-')?;
            let what = if what == "gone" { What::Gone } else { What::Changed };
            Some(Fault { at: Entry::name_of(index.parse().ok()?), what })
        };
        Ok(files.iter().filter_map(fault).collect())
    }

    fn tile_file(&self, tile: TileId) -> PathBuf {
        self.0.join(TilePath::Hashes(tile).to_string())
    }

    pub(super) fn has_tile(&self, tile: TileId) -> bool {
        self.tile_file(tile).exists()
    }

    pub(super) fn keep_tile(&self, tile: TileId, hashes: &[Hash]) -> Result<()> {
        let file = self.tile_file(tile);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        keep(&file, &bytes)
    }

    /// The hashes of a tile; what is missing in words when it is not there.
    pub(super) fn tile(&self, tile: TileId) -> Result<Vec<Hash>, String> {
        let bytes = fs::read(self.tile_file(tile)).unwrap_or_default();
        hashes(&bytes, tile).ok_or_else(|| TilePath::Hashes(tile).to_string())
    }

    /// Everything that was seen.
    pub(super) fn evidence(&self, log_key: NoteVerifier) -> Result<Evidence> {
        Ok(Evidence {
            log_key,
            checkpoints: self.notes(CHECKPOINTS)?,
            statements: self.notes(STATEMENTS)?,
            entries: self.entries()?,
        })
    }
}

/// The hashes of a tile; nothing when there are more or fewer bytes than it has.
pub(super) fn hashes(bytes: &[u8], tile: TileId) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    let whole = rest.is_empty() && hashes.len() == usize::from(tile.width);
    whole.then(|| hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect())
}

/// The files of a kind, by name.
fn files(folder: &Path, kind: &str) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut files = read().with_context(|| format!("cannot read {}", folder.display()))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == kind));
    files.sort();
    Ok(files)
}

fn read_text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn read<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(file: &Path) -> Result<T> {
    read_text(file)?.trim().parse().with_context(|| format!("cannot use {}", file.display()))
}

fn read_note(file: &Path) -> Result<SignedNote> {
    read_text(file)?.parse().with_context(|| format!("cannot use {}", file.display()))
}

fn read_entry(file: &Path) -> Result<Entry> {
    serde_json::from_str(&read_text(file)?).with_context(|| format!("cannot use {}", file.display()))
}

/// Writes a file that is not there yet; one that is there stays.
fn keep(file: &Path, bytes: &[u8]) -> Result<()> {
    if file.exists() { Ok(()) } else { replace(file, bytes) }
}

/// Writes a file whole or not at all.
fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.parent().ok_or_else(|| anyhow!("{} is in no folder", file.display()))?;
    let write = || -> std::io::Result<()> {
        let mut part = tempfile::NamedTempFile::new_in(folder)?;
        part.write_all(bytes)?;
        part.as_file().sync_all()?;
        part.persist(file).map_err(|error| error.error)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}
