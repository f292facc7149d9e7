//! `alliantie ledger verify`: whether the decision behind an answer stands in the log.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use ledger::audit::{What, signed};
use ledger::{Checkpoint, Hash, NoteVerifier, Receipt, Statement, TileId, tiles_for};

use super::folder::Folder;
use super::served::{self, Log};
use crate::cli::{PartnerAccess, PlatformAddress};
use crate::client::Partner;
use crate::output::say;

pub(super) async fn run(
    receipt: &Path,
    access: &PartnerAccess,
    folder: Option<&Path>,
    log_key: Option<NoteVerifier>,
) -> Result<()> {
    let text =
        std::fs::read_to_string(receipt).with_context(|| format!("cannot read {}", receipt.display()))?;
    let receipt = Receipt::from_json(&text).with_context(|| format!("cannot use {}", receipt.display()))?;
    let (log, bound) = match folder {
        Some(folder) => in_folder(&receipt, &Folder::existing(folder)?, log_key)?,
        None => {
            let log = on_platform(&receipt, &access.address, log_key).await?;
            (log, entry_shown(&receipt, access).await?)
        }
    };
    let Receipt { index, leaf_hash, transaction_id } = receipt;
    say(format!(
        "goed: ledger-entries/{index} met vingerafdruk {leaf_hash} staat in het logboek, in de ondertekende \
         stand van {} regels",
        log.size
    ));
    say(if bound {
        format!("goed: in die regel ligt transactie {transaction_id} vast")
    } else {
        ONLY_THE_PLACE.to_owned()
    });
    Ok(())
}

/// What is said when the entry itself was not there to look at.
const ONLY_THE_PLACE: &str = "let op: alleen de plaats in het logboek is gecontroleerd, niet of de regel over \
    deze transactie gaat; geef daarvoor --token-file op, of de map van alliantie ledger audit met --folder";

/// Checks against the entry that the platform shows to who asks; says whether it could be asked for.
async fn entry_shown(receipt: &Receipt, access: &PartnerAccess) -> Result<bool> {
    if access.token_file.is_none() && access.demo_as.is_none() {
        return Ok(false);
    }
    let shown = served::entry(&Partner::of(access).await?, receipt.index).await?;
    let (_, entry) = served::in_contract(&shown)?;
    receipt.verify_entry(&entry).map_err(|error| anyhow!("fout: {error}"))?;
    Ok(true)
}

/// Checks against the newest state of a folder that proves it, and against the entry that it has; also whether
/// that entry was there to look at.
fn in_folder(receipt: &Receipt, folder: &Folder, given: Option<NoteVerifier>) -> Result<(Checkpoint, bool)> {
    let key = folder.log_key()?.context("the folder has no key of the log")?;
    ensure!(given.is_none_or(|given| given == key), super::other_key(&key, folder));
    let evidence = folder.evidence(key.clone())?;
    for note in &evidence.checkpoints {
        signed::<Checkpoint>(note, &key).map_err(|what| anyhow!("fout: de stand in de map: {what}"))?;
    }
    let stated = evidence.statements.iter().map(|note| signed::<Statement>(note, &key));
    let stated = stated.map(|stated| stated.map(|statement| statement.log.size));
    let stated = stated.collect::<Result<Vec<u64>, _>>();
    let stated = stated.map_err(|what| anyhow!("fout: de verklaring in de map: {what}"))?;
    // A state that a witness saw has no tiles of entries: the newest that proves it will do.
    let states = evidence.signed_states();
    let proved = |log: &&Checkpoint| receipt.verify(log, |tile| folder.tile(tile)).is_ok();
    let newest = states.iter().find(proved).or(states.first()).context("the folder has no signed state")?;
    receipt.verify(newest, |tile| folder.tile(tile)).map_err(|error| anyhow!("fout: {error}"))?;
    match folder.entry(receipt.index)? {
        Some(entry) => {
            receipt.verify_entry(&entry).map_err(|error| anyhow!("fout: {error}"))?;
            Ok((newest.clone(), true))
        }
        // What came after the last audit may still be shown.
        None if stated.iter().all(|size| *size <= receipt.index) => Ok((newest.clone(), false)),
        None => bail!("fout: {}", receipt.wrong(What::NotSeen)),
    }
}

/// Checks against the checkpoint of now.
async fn on_platform(
    receipt: &Receipt,
    address: &PlatformAddress,
    given: Option<NoteVerifier>,
) -> Result<Checkpoint> {
    let mut platform = Log::at(address).await?;
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
