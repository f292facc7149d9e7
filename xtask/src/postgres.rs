//! A PostgreSQL server of our own, for as long as the tests run.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context as _, bail};

use crate::{shell, tools};

/// Starts the server, says so, waits until its input ends and removes everything again. The input
/// is a pipe from us that ends with us, however we end: with an error, ctrl-c or a kill.
/// The bin folder is $1, the port $2; the first line of the input is the password.
const SCRIPT: &str = r#"
set -eu
trap '' INT TERM HUP
read -r password
umask 077
folder=$(mktemp -d)
stop() {
    "$1/pg_ctl" --pgdata "$folder/data" --mode immediate --silent stop 2>/dev/null || true
    rm -rf "$folder"
}
trap 'stop "$1"' EXIT
cd "$folder"
printf '%s\n' "$password" > password
"$1/initdb" --pgdata data --username alliantie --pwfile password --auth scram-sha-256 \
    --encoding UTF8 --locale C.UTF-8 --no-sync > log 2>&1 || { cat log >&2; exit 1; }
cat >> data/postgresql.conf <<END
listen_addresses = '127.0.0.1'
port = $2
unix_socket_directories = ''
max_connections = 400
fsync = on
END
"$1/pg_ctl" --pgdata data --log log --silent --wait start > /dev/null || { cat log >&2; exit 1; }
echo ready
cat > /dev/null
"#;

pub(crate) struct Postgres {
    url: String,
    keeper: Child,
    input: Option<ChildStdin>,
}

impl Postgres {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let bin = tools::postgres()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let password = password()?;
        let mut keeper = if tools::is_root()? {
            // The server refuses to run as root.
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        keeper.args(["-c", SCRIPT, "sh"]).arg(bin).arg(port.to_string()).current_dir("/");
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().context("cannot start a shell for PostgreSQL")?;
        let mut input = keeper.stdin.take().context("the shell has no input")?;
        let output = keeper.stdout.take().context("the shell has no output")?;
        let url = format!("postgres://alliantie:{password}@127.0.0.1:{port}/postgres");
        std::io::Write::write_all(&mut input, format!("{password}\n").as_bytes())?;
        let server = Self { url, keeper, input: Some(input) };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        if line.trim() != "ready" {
            bail!("PostgreSQL does not start");
        }
        shell::say(format!("PostgreSQL runs on port {port}"));
        Ok(server)
    }

    /// Of a database in which others can be made.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.input.take());
        drop(self.keeper.wait());
    }
}

/// Everybody on this machine can reach the port.
fn password() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_passwords_are_the_same() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
