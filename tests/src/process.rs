//! The program `alliantie` as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a process may take to start, on a busy machine.
const START: Duration = Duration::from_secs(60);
/// How long a process may take to stop: what the platform promises.
pub const STOP: Duration = Duration::from_secs(10);

/// The program that was built with the tests.
///
/// # Panics
/// When it was not built.
#[must_use]
pub fn program() -> PathBuf {
    if let Ok(path) = std::env::var("ALLIANTIE_TEST_PROGRAM") {
        return path.into();
    }
    let test = std::env::current_exe().expect("the path of this test");
    // target/<profile>/deps/<test> or target/<profile>/<binary>
    let found =
        test.ancestors().skip(1).take(2).map(|folder| folder.join("alliantie")).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("`alliantie` is not built; run `cargo build -p alliantie` first"))
}

/// A running process; it is stopped when it goes out of scope.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Where users reach it.
    pub address: SocketAddr,
    /// Its admin port.
    pub admin: SocketAddr,
    /// What it printed until it listened.
    pub greeting: String,
}

impl Running {
    /// Starts the program with these arguments on free ports and waits until it listens.
    ///
    /// # Panics
    /// When it ends, or does not listen in time.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(arguments, &[])
    }

    /// The same, for users on this address.
    ///
    /// # Panics
    /// When it ends, or does not listen in time.
    #[must_use]
    pub fn start_at(address: SocketAddr, arguments: &[&str]) -> Self {
        Self::start_with(address, arguments, &[])
    }

    /// The same on a free address, with more variables in its environment.
    ///
    /// # Panics
    /// When it ends, or does not listen in time.
    #[must_use]
    pub fn start_in(arguments: &[&str], environment: &[(&str, String)]) -> Self {
        Self::start_with(SocketAddr::from(([127, 0, 0, 1], 0)), arguments, environment)
    }

    fn start_with(address: SocketAddr, arguments: &[&str], environment: &[(&str, String)]) -> Self {
        let mut child = command(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .args(["--listen", &address.to_string(), "--admin-listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("its output");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // The test may have heard enough.
                drop(sender.send(line));
            }
        });
        let mut greeting = String::new();
        loop {
            let Ok(line) = lines.recv_timeout(START) else {
                drop(child.kill());
                let status = child.wait().expect("its status");
                panic!("{arguments:?} does not listen ({status}); it said:\n{greeting}");
            };
            greeting.push_str(&line);
            greeting.push('\n');
            if let Some((address, admin)) = listening(&line) {
                // The rest of the greeting follows at once.
                while let Ok(line) = lines.recv_timeout(Duration::from_millis(200)) {
                    greeting.push_str(&line);
                    greeting.push('\n');
                }
                return Self { child, address, admin, greeting };
            }
        }
    }

    /// "http://address".
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, for example "TERM" or "KILL".
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs");
        assert!(sent.success(), "kill -{name} {id}");
    }

    /// Whether it has not ended.
    ///
    /// # Panics
    /// When its status cannot be read.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its status").is_none()
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let start = std::time::Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status;
            }
            assert!(start.elapsed() < limit, "the process goes on after {limit:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// "listening on 127.0.0.1:1, admin on 127.0.0.1:2"
fn listening(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let (address, admin) = line.strip_prefix("listening on ")?.split_once(", admin on ")?;
    Some((address.parse().ok()?, admin.parse().ok()?))
}

/// What a finished run of the program said.
#[derive(Debug)]
pub struct Finished {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the program to its end.
///
/// # Panics
/// When it does not end within two minutes.
#[must_use]
pub fn run(arguments: &[&str]) -> Finished {
    let mut child =
        command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let read = |mut pipe: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut text = String::new();
            pipe.read_to_string(&mut text).expect("text");
            text
        })
    };
    let out = read(Box::new(child.stdout.take().expect("a pipe")));
    let err = read(Box::new(child.stderr.take().expect("a pipe")));
    let start = std::time::Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        if start.elapsed() > Duration::from_secs(120) {
            drop(child.kill());
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    Finished {
        code: status.code().unwrap_or(-1),
        out: out.join().expect("text"),
        err: err.join().expect("text"),
    }
}

/// The program with these arguments, and no setting of whoever runs the tests.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ALLIANTIE_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}
