//! The keys with which the services of a platform know each other.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use platform::keys::PrivateKey;

use crate::compose;
use crate::output::say;

/// Writes `private/{service}.pem` and `public/{service}.pem` for every service that calls
/// another one.
pub(crate) fn run(folder: &Path) -> Result<()> {
    let (private, public) = (folder.join("private"), folder.join("public"));
    for part in [&private, &public] {
        fs::create_dir_all(part).with_context(|| format!("cannot make {}", part.display()))?;
    }
    for service in compose::CALLING_SERVICES {
        let secret = private.join(format!("{service}.pem"));
        let key = if secret.exists() {
            say(format!("kept   {}", secret.display()));
            let pem =
                fs::read_to_string(&secret).with_context(|| format!("cannot read {}", secret.display()))?;
            PrivateKey::from_pem(&pem).with_context(|| format!("cannot use {}", secret.display()))?
        } else {
            let key = PrivateKey::generate()?;
            write(&secret, key.to_pem(), 0o600)?;
            say(format!("made   {}", secret.display()));
            key
        };
        write(&public.join(format!("{service}.pem")), &key.public().to_pem(), 0o644)?;
    }
    Ok(())
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
