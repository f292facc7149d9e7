//! A PostgreSQL server of one test, which the test may restart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use platform::db::Database;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

/// A server that is gone with the test.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    folder: TempDir,
    port: u16,
}

/// The newest `initdb` and `pg_ctl` of this machine.
fn bin() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let major = |bin: &PathBuf| {
        bin.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok())
    };
    let newest = versions
        .map(|one| one.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max_by_key(major);
    newest.expect("PostgreSQL is not on this machine; run: sudo apt-get install postgresql")
}

impl Cluster {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let cluster = Self { bin: bin(), folder, port };
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(cluster.folder.path()).status();
            assert!(given.expect("chown runs").success(), "the folder is given to postgres");
        }
        let data = cluster.data();
        // Everybody on this machine may connect, as to any server that a test starts for a minute.
        cluster
            .run("initdb", &["--pgdata", &data, "--username", "alliantie", "--auth", "trust", "--no-sync"]);
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nmax_connections = 200\n"
        );
        let file = Path::new(&data).join("postgresql.conf");
        let before = fs::read_to_string(&file).expect("the settings");
        fs::write(&file, before + &settings).expect("the settings are written");
        cluster.control(&["start"]);
        cluster
    }

    /// A new database, by name; gives its URL.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn database(&self, name: &str) -> String {
        let admin = Database::connect(&self.url("postgres")).await.expect("the server");
        admin.pool().execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        admin.close().await.expect("the end");
        self.url(name)
    }

    /// The URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://alliantie@127.0.0.1:{}/{database}", self.port)
    }

    /// Stops it at once, as after a crash, and starts it again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&self) {
        self.control(&["--mode", "immediate", "restart"]);
    }

    /// Which start of the server this is: another one after a restart.
    ///
    /// # Panics
    /// When there is no server.
    #[must_use]
    pub fn process(&self) -> String {
        let file = fs::read_to_string(Path::new(&self.data()).join("postmaster.pid")).expect("a server");
        file.lines().next().expect("its id").to_owned()
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn control(&self, arguments: &[&str]) {
        let data = self.data();
        let log = format!("{data}.log");
        let mut all = vec!["--pgdata", data.as_str(), "--log", &log, "--silent", "--wait"];
        all.extend(arguments);
        self.run("pg_ctl", &all);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status().expect("it runs");
        assert!(status.success(), "{program} {arguments:?}: {status}");
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.bin.join(program);
        let mut command = if is_root() {
            // The server refuses to run as root.
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        drop(
            self.command("pg_ctl", &["--pgdata", &data, "--mode", "immediate", "--silent", "stop"]).status(),
        );
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    String::from_utf8_lossy(&id.stdout).trim() == "0"
}
