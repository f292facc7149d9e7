//! `alliantie ledger verify`: whether the decision behind an answer stands in the log.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use ledger::audit::signed;
use ledger::{Checkpoint, Hash, NoteVerifier, Receipt, TileId, tiles_for};

use super::folder::Folder;
use super::served::Log;
use crate::output::say;

pub(super) async fn run(
    receipt: &Path,
    platform: &str,
    folder: Option<&Path>,
    log_key: Option<NoteVerifier>,
) -> Result<()> {
    let text =
        std::fs::read_to_string(receipt).with_context(|| format!("cannot read {}", receipt.display()))?;
    let receipt = Receipt::from_json(&text).with_context(|| format!("cannot use {}", receipt.display()))?;
    let log = match folder {
        Some(folder) => in_folder(&receipt, &Folder::existing(folder)?, log_key)?,
        None => on_platform(&receipt, platform, log_key).await?,
    };
    let Receipt { index, leaf_hash, .. } = receipt;
    say(format!(
        "goed: ledger-entries/{index} met vingerafdruk {leaf_hash} staat in het logboek, in de ondertekende \
         stand van {} regels",
        log.size
    ));
    Ok(())
}

/// Checks against the newest checkpoint of a folder; of an entry that it has, the transaction too.
fn in_folder(receipt: &Receipt, folder: &Folder, given: Option<NoteVerifier>) -> Result<Checkpoint> {
    let key = folder.log_key()?.context("the folder has no key of the log")?;
    ensure!(given.is_none_or(|given| given == key), super::other_key(&key, folder));
    let mut newest: Option<Checkpoint> = None;
    for note in &folder.evidence(key.clone())?.checkpoints {
        let log: Checkpoint =
            signed(note, &key).map_err(|what| anyhow!("fout: de stand in de map: {what}"))?;
        newest = Some(newest.take().filter(|newest| newest.size >= log.size).unwrap_or(log));
    }
    let newest = newest.context("the folder has no checkpoint")?;
    receipt.verify(&newest, |tile| folder.tile(tile)).map_err(|error| anyhow!("fout: {error}"))?;
    if let Some(entry) = folder.entry(receipt.index)? {
        ensure!(
            [&entry.transaction_id, &receipt.transaction_id].iter().any(|id| id.is_empty())
                || entry.transaction_id == receipt.transaction_id,
            "fout: {} hoort bij transactie {}, niet bij {}",
            entry.name,
            entry.transaction_id,
            receipt.transaction_id
        );
    }
    Ok(newest)
}

/// Checks against the checkpoint of now.
async fn on_platform(receipt: &Receipt, url: &str, given: Option<NoteVerifier>) -> Result<Checkpoint> {
    let mut platform = Log::at(url).await?;
    let key = match given {
        Some(key) => key,
        None => {
            let key = platform.verifier_key().await?;
            say(format!("sleutel van het logboek, zoals het platform die nu toont: {key}"));
            key
        }
    };
    let note = platform.checkpoint().await?;
    let log: Checkpoint =
        signed(&note, &key).map_err(|what| anyhow!("fout: de stand van het platform: {what}"))?;
    let mut tiles: HashMap<TileId, Vec<Hash>> = HashMap::new();
    for tile in tiles_for(log.size, [receipt.index]) {
        tiles.insert(tile, platform.tile(tile).await?);
    }
    let source = |tile: TileId| tiles.get(&tile).cloned().ok_or("een deel van het logboek ontbreekt");
    receipt.verify(&log, source).map_err(|error| anyhow!("fout: {error}"))?;
    Ok(log)
}
