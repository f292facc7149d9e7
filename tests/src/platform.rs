//! The platform as its users run it: one process on SQLite, or five on PostgreSQL.

use std::net::SocketAddr;
use std::path::Path;

use tempfile::TempDir;
use tokio::net::TcpSocket;

use crate::parties::Issuer;
use crate::process::{Running, run};

/// A running platform without demo, which accepts the tokens of the tests.
#[derive(Debug)]
pub struct Platform {
    /// Who issues tokens for it.
    pub issuer: Issuer,
    /// Its gateway, in a process of its own or not.
    pub gateway: Running,
    /// The other processes, in the order stakeholders, inspanningen, consent, indicators.
    pub others: Vec<Running>,
    /// URLs of the databases of those.
    pub databases: Vec<String>,
    folder: TempDir,
}

impl Platform {
    /// Everything in one process, on SQLite.
    #[must_use]
    pub fn one_process() -> Self {
        Self::one_process_with(&[])
    }

    /// The same with more arguments.
    #[must_use]
    pub fn one_process_with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = Issuer::new();
        let issuers = write_issuers(&issuer, folder.path());
        let data = folder.path().join("data").display().to_string();
        let mut arguments = vec!["--data-dir", &data, "--no-demo", "--token-issuers-file", &issuers];
        arguments.extend(more);
        let gateway = Running::start(&arguments);
        Self { issuer, gateway, others: Vec::new(), databases: Vec::new(), folder }
    }

    /// Four services and the gateway, each in its own process, on PostgreSQL.
    pub async fn five_processes() -> Self {
        Self::five_processes_with(&[]).await
    }

    /// The same with more arguments for the consent service.
    pub async fn five_processes_with(consent: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = Issuer::new();
        let issuers = write_issuers(&issuer, folder.path());
        let keys = folder.path().join("keys");
        let made = run(&["keygen", &keys.display().to_string()]);
        assert_eq!(made.code, 0, "{}", made.err);
        let trusted = keys.join("public").display().to_string();
        let private =
            |service: &str| keys.join("private").join(format!("{service}.pem")).display().to_string();

        let (mut others, mut databases): (Vec<Running>, Vec<String>) = Default::default();
        let mut serve = async |service: &str, upstream: &[&str], address: SocketAddr| {
            let database = testkit::postgres().await;
            let migrated = run(&["migrate", service, "--database-url", &database.url]);
            assert_eq!(migrated.code, 0, "{}", migrated.err);
            let key = private(service);
            let mut arguments = vec!["serve", service, "--database-url", &database.url];
            arguments.extend(["--token-key-file", &key, "--trusted-keys-dir", &trusted, "--load-programme"]);
            arguments.extend(upstream);
            let running = Running::start_at(address, &arguments);
            let url = running.url();
            others.push(running);
            databases.push(database.url);
            url
        };
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let stakeholders = serve("stakeholders", &[], any).await;
        let inspanningen = serve("inspanningen", &[], any).await;
        // Consent and indicators call each other, so one address has to be known before.
        let reserved = Reserved::new();
        let ledger_key = private("ledger");
        let upstreams = [
            "--ledger-key-file",
            &ledger_key,
            "--stakeholders-url",
            &stakeholders,
            "--inspanningen-url",
            &inspanningen,
            "--indicators-url",
            &format!("http://{}", reserved.address),
        ];
        let consent = serve("consent", &[&upstreams[..], consent].concat(), any).await;
        let indicators = serve("indicators", &["--consent-url", &consent], reserved.address).await;
        drop(reserved);
        let gateway = Running::start(&[
            "serve",
            "gateway",
            "--token-key-file",
            &private("gateway"),
            "--token-issuers-file",
            &issuers,
            "--consent-url",
            &consent,
            "--indicators-url",
            &indicators,
            "--inspanningen-url",
            &inspanningen,
            "--stakeholders-url",
            &stakeholders,
        ]);
        Self { issuer, gateway, others, databases, folder }
    }

    /// A folder that is gone with the platform.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the platform is.
    #[must_use]
    pub fn url(&self) -> String {
        self.gateway.url()
    }
}

/// An address that nobody else gets, and on which a process can be started.
#[derive(Debug)]
pub(crate) struct Reserved {
    pub(crate) address: SocketAddr,
    _socket: TcpSocket,
}

impl Reserved {
    pub(crate) fn new() -> Self {
        // Bound without listening: who then listens on it is not in its way, and port 0 never becomes
        // this one.
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("a socket that can be shared");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        Self { address: socket.local_addr().expect("its address"), _socket: socket }
    }
}

pub(crate) fn write_issuers(issuer: &Issuer, folder: &Path) -> String {
    let path = folder.join("issuers.json");
    std::fs::write(&path, issuer.issuers_json()).expect("the issuers are written");
    path.display().to_string()
}
