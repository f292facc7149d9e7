//! The keys with which the services of a platform know each other, and the one of the ledger.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use platform::keys::PrivateKey;

use crate::compose;
use crate::output::say;

/// The key with which the ledger signs its checkpoints.
const LEDGER: &str = "ledger";

/// Writes `private/{service}.pem` and `public/{service}.pem` for every service that calls
/// another one, and `private/ledger.pem` for the ledger, which tells its public half itself.
pub(crate) fn run(folder: &Path) -> Result<()> {
    let (private, public) = (folder.join("private"), folder.join("public"));
    for part in [&private, &public] {
        fs::create_dir_all(part).with_context(|| format!("cannot make {}", part.display()))?;
    }
    for service in compose::CALLING_SERVICES {
        let key = keep(&private.join(format!("{service}.pem")))?;
        write(&public.join(format!("{service}.pem")), &key.public().to_pem(), 0o644)?;
    }
    keep(&private.join(format!("{LEDGER}.pem"))).map(drop)
}

/// The key in a file, which is made when it is not there.
fn keep(secret: &Path) -> Result<PrivateKey> {
    if secret.exists() {
        say(format!("kept   {}", secret.display()));
        let pem = fs::read_to_string(secret).with_context(|| format!("cannot read {}", secret.display()))?;
        return PrivateKey::from_pem(&pem).with_context(|| format!("cannot use {}", secret.display()));
    }
    let key = PrivateKey::generate()?;
    write_secret(secret, &key)?;
    say(format!("made   {}", secret.display()));
    Ok(key)
}

/// Writes a private key to a file that only its owner reads.
pub(crate) fn write_secret(path: &Path, key: &PrivateKey) -> Result<()> {
    write(path, key.to_pem(), 0o600)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}
