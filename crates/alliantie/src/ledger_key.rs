//! The key with which the ledger signs its checkpoints.

use std::path::Path;

use anyhow::{Context, Result};
use consent::{Config, Signing};
use platform::keys::PrivateKey;

use crate::keygen;

/// Its file in the folder of the whole platform in one process.
const FILE: &str = "ledger.pem";

/// Reads the key from the file that the settings name.
pub(crate) fn read(config: Config) -> Result<Signing> {
    let file = config.ledger_key_file.as_deref();
    let file = file.context("the ledger signs its checkpoints; give --ledger-key-file")?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let key = PrivateKey::from_pem(&text).with_context(|| format!("cannot use {}", file.display()))?;
    Ok(Signing { config, key })
}

/// The same; without a file in the settings the key is in `folder`, and made when it is not there.
pub(crate) fn read_or_make(mut config: Config, folder: &Path) -> Result<Signing> {
    if config.ledger_key_file.is_none() {
        let file = folder.join(FILE);
        if !file.exists() {
            keygen::write_secret(&file, &PrivateKey::generate()?)?;
        }
        config.ledger_key_file = Some(file);
    }
    read(config)
}
