//! The keys with which the services of a platform know each other, and the one of the ledger.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
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
        fs::create_dir_all(part).with_context(|| format!("{} is niet te maken", part.display()))?;
    }
    for service in compose::CALLING_SERVICES {
        let key = keep(&private.join(format!("{service}.pem")))?;
        write_public(&public.join(format!("{service}.pem")), &key.public().to_pem())?;
    }
    keep(&private.join(format!("{LEDGER}.pem"))).map(drop)
}

/// The key in a file, which is made when it is not there.
fn keep(secret: &Path) -> Result<PrivateKey> {
    if secret.exists() {
        say(format!("bewaard  {}", secret.display()));
        let pem =
            fs::read_to_string(secret).with_context(|| format!("{} is niet te lezen", secret.display()))?;
        return PrivateKey::from_pem(&pem)
            .with_context(|| format!("{} is niet te gebruiken", secret.display()));
    }
    let key = PrivateKey::generate()?;
    write_secret(secret, &key)?;
    say(format!("gemaakt  {}", secret.display()));
    Ok(key)
}

/// Writes a private key to a new file that only its owner reads. It is there whole and for good, or
/// not at all.
///
/// # Errors
/// When there is a file of that name, or when it cannot be written.
pub(crate) fn write_secret(path: &Path, key: &PrivateKey) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The thumbprint makes the name one that nobody else writes to.
    let unfinished = folder.join(format!(".{}.unfinished", key.public().thumbprint()));
    let placed = write_whole(&unfinished, key.to_pem()).and_then(|()| {
        // Unlike a rename, this does not take the place of a key that is there.
        fs::hard_link(&unfinished, path)
    });
    let removed = fs::remove_file(&unfinished);
    placed
        .and(removed)
        .and_then(|()| File::open(folder)?.sync_all())
        .with_context(|| format!("{} is niet te schrijven", path.display()))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Writes a public key, which can be made again from the private one.
fn write_public(path: &Path, text: &str) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} is niet te schrijven", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_key_takes_no_place_of_another_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.pem");
        let (first, second) =
            (PrivateKey::generate().expect("a key"), PrivateKey::generate().expect("a key"));
        write_secret(&path, &first).expect("written");
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let error = write_secret(&path, &second).expect_err("there is one");
        assert!(error.to_string().contains("ledger.pem"), "{error:#}");
        assert_eq!(fs::read_to_string(&path).expect("a text"), first.to_pem());
        let left = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 1, "nothing unfinished is left");
    }
}
