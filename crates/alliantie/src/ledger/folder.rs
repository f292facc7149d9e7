//! What a partner keeps of the ledger. A folder has:
//!
//! - `log-key`: the verifier key of the log, from the first time on;
//! - `all-entries`, empty: it is of somebody who sees all entries, and gets no statements;
//! - `checkpoints/{size}-{hash}.note`: every checkpoint that was seen, and with the lines of its
//!   witnesses under a name of its own;
//! - `statements/{size}-{hash}.note`: every statement that was seen;
//! - `entries/{index}.json`: the entries, in the JSON of the contract;
//! - `tile/{level}/{number}`: the hashes that they are proved with, with the paths of tlog-tiles;
//! - `contradictions/{index}-{changed or gone}.json`: entries that the platform showed otherwise
//!   or not at all, later;
//! - `contradictions/{index}-sentence-{hash}.json`: entries as they were, with another sentence beside them than
//!   they come to. What the sentence should say does not depend on the platform, so that this is no fault of
//!   the log;
//! - `contradictions/tile-{level}-{number}-{hash}.tile`: hashes that do not lead to the signed root,
//!   by themselves or with the other last tiles of their levels.
//!
//! Sizes and indexes have 20 digits, so that the names sort; of the hash of a note's text, or of the
//! whole note when witnesses signed it, stand the first 16. The key, checkpoints and statements are
//! never overwritten. A header alone is replaced by the whole entry once that is shown; a tile that
//! proves wrong is replaced by the right one, and kept as a contradiction. Of an entry that is shown
//! otherwise again and again, the first and the last are kept.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, ensure};
use ledger::audit::{Entry, Evidence, Fault, What};
use ledger::{Checkpoint, Hash, NoteVerifier, SignedNote, Statement, TileId, TilePath, leaf_hash};

use super::sentence;

const LOG_KEY: &str = "log-key";
const CHECKPOINTS: &str = "checkpoints";
const STATEMENTS: &str = "statements";
const ENTRIES: &str = "entries";
const CONTRADICTIONS: &str = "contradictions";
const WHOLE: &str = "all-entries";

/// A folder with what a partner has seen of the log.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A folder that may be made.
    pub(super) fn make(path: &Path) -> Result<Self> {
        let folder = Self(path.to_owned());
        for part in [CHECKPOINTS, STATEMENTS, ENTRIES] {
            let part = path.join(part);
            fs::create_dir_all(&part).with_context(|| format!("{} is niet te maken", part.display()))?;
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

    /// Keeps a checkpoint with the lines of its witnesses, beside the one without.
    pub(super) fn keep_witnessed(&self, note: &SignedNote, log: &Checkpoint) -> Result<()> {
        let whole = note.to_string();
        let name = format!("{:020}-{}.note", log.size, short_hash(whole.as_bytes()));
        keep(&self.0.join(CHECKPOINTS).join(name), whole.as_bytes())
    }

    fn note(&self, kind: &str, note: &SignedNote, log: &Checkpoint) -> PathBuf {
        let hash = short_hash(note.text.as_bytes());
        self.0.join(kind).join(format!("{:020}-{hash}.note", log.size))
    }

    /// The OIN of the organisation whose folder this is, once it has a statement.
    pub(super) fn oin(&self) -> Result<Option<String>> {
        let first = self.notes(STATEMENTS)?.into_iter().next();
        first.map(|note| Ok(note.text.parse::<Statement>()?.oin)).transpose()
    }

    /// Whether it is of somebody who sees all entries.
    pub(super) fn is_whole(&self) -> bool {
        self.0.join(WHOLE).is_file()
    }

    /// Keeps that it is.
    pub(super) fn keep_whole(&self) -> Result<()> {
        keep(&self.0.join(WHOLE), b"")
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

    /// Puts beside each entry the sentence that it comes to; the answer is where another one stood.
    pub(super) fn renew_sentences(&self) -> Result<Vec<u64>> {
        let mut renewed = Vec::new();
        for file in files(&self.0.join(ENTRIES), "json")? {
            let (entry, text) = (read_entry(&file)?, read_text(&file)?);
            if let Some(json) = sentence::renewed(&serde_json::from_str(&text)?, &entry)? {
                self.keep_sentence(entry.index, &text)?;
                replace(&file, serde_json::to_string_pretty(&json)?.as_bytes())?;
                renewed.push(entry.index);
            }
        }
        Ok(renewed)
    }

    /// Keeps that the platform shows an entry otherwise than before: what it shows now.
    pub(super) fn keep_changed(&self, index: u64, json: &str) -> Result<()> {
        self.keep_contradiction(&format!("{index:020}-changed.json"), json.as_bytes())
    }

    /// Keeps an entry as it was, with another sentence beside it than it comes to.
    fn keep_sentence(&self, index: u64, json: &str) -> Result<()> {
        let name = format!("{index:020}-sentence-{}.json", short_hash(json.as_bytes()));
        self.keep_contradiction(&name, json.as_bytes())
    }

    /// Keeps that the platform does not show an entry any more: what it showed.
    pub(super) fn keep_gone(&self, index: u64) -> Result<()> {
        let shown = fs::read(self.entry_file(index))?;
        self.keep_contradiction(&format!("{index:020}-gone.json"), &shown)
    }

    fn keep_contradiction(&self, name: &str, json: &[u8]) -> Result<()> {
        let folder = self.0.join(CONTRADICTIONS);
        fs::create_dir_all(&folder).with_context(|| format!("{} is niet te maken", folder.display()))?;
        replace(&folder.join(name), json)
    }

    /// Where the platform contradicted itself.
    pub(super) fn contradictions(&self) -> Result<Vec<Fault>> {
        let folder = self.0.join(CONTRADICTIONS);
        let files = if folder.exists() { files(&folder, "json")? } else { Vec::new() };
        let fault = |file: &PathBuf| {
            let name = file.file_stem().and_then(|name| name.to_str())?;
            let (index, what) = name.split_once('-')?;
            let what = match what {
                "gone" => What::Gone,
                "changed" => What::Changed,
                _ => return None,
            };
            Some(Fault { at: Entry::name_of(index.parse().ok()?), what })
        };
        Ok(files.iter().filter_map(fault).collect())
    }

    fn tile_file(&self, tile: TileId) -> PathBuf {
        self.0.join(TilePath::Hashes(tile).to_string())
    }

    /// Keeps that these hashes do not lead to the root that the log signed.
    pub(super) fn keep_wrong_tile(&self, tile: TileId, hashes: &[Hash]) -> Result<()> {
        let bytes = bytes_of(hashes);
        let path = TilePath::Hashes(tile).to_string().replace('/', "-");
        self.keep_contradiction(&format!("{path}-{}.tile", short_hash(&bytes)), &bytes)
    }

    /// Makes room for the right hashes of a tile, and keeps the wrong ones as evidence.
    pub(super) fn remove_tile(&self, tile: TileId, hashes: &[Hash]) -> Result<()> {
        self.keep_wrong_tile(tile, hashes)?;
        let file = self.tile_file(tile);
        fs::remove_file(&file).with_context(|| format!("{} is niet weg te halen", file.display()))
    }

    pub(super) fn keep_tile(&self, tile: TileId, hashes: &[Hash]) -> Result<()> {
        let file = self.tile_file(tile);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} is niet te maken", folder.display()))?;
        }
        replace(&file, &bytes_of(hashes))
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
            whole: self.is_whole(),
        })
    }
}

fn bytes_of(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The first digits of a hash, which tell files apart.
fn short_hash(bytes: &[u8]) -> String {
    leaf_hash(bytes).to_string().chars().take(16).collect()
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
    let mut files = read().with_context(|| format!("{} is niet te lezen", folder.display()))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == kind));
    files.sort();
    Ok(files)
}

fn read_text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} is niet te lezen", file.display()))
}

fn read<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(file: &Path) -> Result<T> {
    read_text(file)?.trim().parse().with_context(|| format!("{} is niet te gebruiken", file.display()))
}

fn read_note(file: &Path) -> Result<SignedNote> {
    read_text(file)?.parse().with_context(|| format!("{} is niet te gebruiken", file.display()))
}

fn read_entry(file: &Path) -> Result<Entry> {
    serde_json::from_str(&read_text(file)?)
        .with_context(|| format!("{} is niet te gebruiken", file.display()))
}

/// Writes a file that is not there yet; one that is there stays.
fn keep(file: &Path, bytes: &[u8]) -> Result<()> {
    if file.exists() { Ok(()) } else { replace(file, bytes) }
}

/// Writes a file whole or not at all.
fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.parent().ok_or_else(|| anyhow!("{} staat in geen map", file.display()))?;
    let write = || -> std::io::Result<()> {
        let mut part = tempfile::NamedTempFile::new_in(folder)?;
        part.write_all(bytes)?;
        part.as_file().sync_all()?;
        part.persist(file).map_err(|error| error.error)?;
        Ok(())
    };
    write().with_context(|| format!("{} is niet te schrijven", file.display()))
}
