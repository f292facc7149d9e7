//! The key with which the ledger signs its checkpoints.

use std::path::Path;

use anyhow::{Context, Result, bail};
use consent::{Config, Signing};
use platform::keys::{PrivateKey, PublicKey};

use crate::keygen;

/// Its file in the folder of the whole platform in one process.
const FILE: &str = "ledger.pem";

/// Reads the key from the file that the settings name.
pub(crate) fn read(config: Config) -> Result<Signing> {
    let file = config.ledger_key_file.as_deref();
    let file = file.context("het logboek ondertekent zijn standen; geef --ledger-key-file")?;
    let text =
        std::fs::read_to_string(file).with_context(|| format!("{} is niet te lezen", file.display()))?;
    let key =
        PrivateKey::from_pem(&text).with_context(|| format!("{} is niet te gebruiken", file.display()))?;
    if matches!(key.public(), PublicKey::P256(_)) {
        bail!(
            "in {} staat een P-256-sleutel; het logboek ondertekent met een Ed25519-sleutel, zoals alliantie keygen die maakt",
            file.display()
        );
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_key_is_made_once_and_is_no_p256_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = read_or_make(Config::default(), folder.path()).expect("a key");
        let again = read_or_make(Config::default(), folder.path()).expect("a key");
        assert_eq!(made.key.to_pem(), again.key.to_pem());
        let file = folder.path().join("p256.pem");
        keygen::write_secret(&file, &PrivateKey::generate_p256().expect("a key")).expect("written");
        let config = Config { ledger_key_file: Some(file), ..Config::default() };
        let error = read(config).expect_err("not a key for a ledger").to_string();
        assert!(error.contains("p256.pem") && error.contains("Ed25519"), "{error}");
    }
}
