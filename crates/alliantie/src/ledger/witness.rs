//! `alliantie ledger witness`: a party cosigns the checkpoint of now, when it follows from the one
//! that it saw before.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use ledger::audit::{check_growth, signed};
use ledger::{Checkpoint, NoteSigner, NoteVerifier, SignedNote, tiles_for};
use platform::clock::Clock;

use super::folder::Folder;
use super::served::{self, Log};
use crate::agreement::signing_key;
use crate::cli::{PartnerAccess, SigningKey};
use crate::client::Partner;
use crate::output::say;

pub(super) async fn run(
    folder: &Path,
    access: &PartnerAccess,
    key: &SigningKey,
    oin: Option<String>,
    log_key: Option<NoteVerifier>,
) -> Result<()> {
    let signer = signer(access, key, oin)?;
    let partner = Partner::of(access).await?;
    let folder = Folder::make(folder)?;
    let mut log = Log::at(&access.address).await?;
    let log_key = super::pinned(&folder, log_key, &mut log).await?;

    let note = log.checkpoint().await?;
    let now: Checkpoint =
        signed(&note, &log_key).map_err(|what| anyhow!("fout: de stand van het platform: {what}"))?;
    // All that this folder holds the log to, whoever put it there.
    let states = folder.evidence(log_key.clone())?.signed_states();
    let before = states.first().map(|newest| newest.size);
    let last = states.iter().filter_map(|state| state.size.min(now.size).checked_sub(1));
    if before.is_some() {
        log.fetch(&now, &tiles_for(now.size, last), &folder).await?;
    }
    for state in &states {
        check_growth(state, &now, |tile| folder.tile(tile))
            .map_err(|what| anyhow!("fout: van stand {} naar stand {}: {what}", state.size, now.size))?;
    }
    // Kept before it is signed: a witness never signs what it would not hold the log to.
    folder.keep_checkpoint(&note, &now)?;
    let seconds = u64::try_from(Clock::system().now().unix_timestamp())?;
    let signature = signer.cosign(&note.text, seconds);
    let mut signatures: Vec<_> = note.signatures.into_iter().filter(|one| log_key.names(one)).collect();
    signatures.push(signature);
    let count = served::cosign(&partner, &SignedNote::new(note.text, signatures)?).await?;
    say(match before {
        Some(before) => {
            format!("stand {} volgt uit stand {before}, die hier het laatst was gezien", now.size)
        }
        None => format!("stand {} is de eerste die hier is gezien", now.size),
    });
    say(format!("sleutel van deze getuige, voor --witness-key: {}", signer.cosignature_verifier()));
    say(format!(
        "medeondertekend als {}; aantal organisaties dat deze stand meetekende: {count}",
        signer.name()
    ));
    Ok(())
}

/// The key to cosign with, under the OIN of its organisation.
fn signer(access: &PartnerAccess, key: &SigningKey, oin: Option<String>) -> Result<NoteSigner> {
    let private = signing_key(access, key)?;
    let oin = oin.or_else(|| access.demo_as.map(|party| party.oin().to_owned()));
    let oin = oin.context("geef --oin, het nummer van uw organisatie, of voor de demo --as")?;
    Ok(NoteSigner::from_pkcs8(&oin, private.pkcs8())?)
}
