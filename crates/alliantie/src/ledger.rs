//! `alliantie ledger`: what a partner checks of the ledger, on its own machine. Nothing is taken
//! on trust from the platform but, the first time, its key.

mod answer;
mod audit;
mod cosigned;
mod folder;
mod sentence;
mod served;
mod verify;
mod witness;

use anyhow::{Result, bail, ensure};
use ledger::NoteVerifier;

use crate::cli::Ledger;
use folder::Folder;
use served::Log;

/// Does what the command says.
pub(crate) async fn run(command: Ledger) -> Result<()> {
    match command {
        Ledger::Verify { receipt, access, folder, log_key } => {
            verify::run(&receipt, &access, folder.as_deref(), log_key).await
        }
        Ledger::Audit(arguments) => audit::run(arguments).await,
        Ledger::Witness { folder, access, key, oin, log_key } => {
            witness::run(&folder, &access, &key, oin, log_key).await
        }
    }
}

/// The key that the folder holds on to: the one that it has; else the one that is given; else the
/// one that the platform shows now, which is kept from then on.
async fn pinned(folder: &Folder, given: Option<NoteVerifier>, log: &mut Log) -> Result<NoteVerifier> {
    let shown = log.verifier_key().await?;
    let key = match (folder.log_key()?, given) {
        (Some(kept), given) => {
            ensure!(given.is_none_or(|given| given == kept), other_key(&kept, folder));
            kept
        }
        (None, Some(given)) => given,
        (None, None) => shown.clone(),
    };
    if shown != key {
        bail!("het platform toont een andere sleutel dan eerder: {shown} in plaats van {key}");
    }
    folder.keep_log_key(&key)?;
    Ok(key)
}

fn other_key(kept: &NoteVerifier, folder: &Folder) -> String {
    format!("in {} hoort de sleutel {kept}; geef die op, of kies een andere map", folder.path().display())
}

#[cfg(test)]
mod tests;
