//! The platform in five processes on PostgreSQL, with a second replica of the consent service that
//! the enforcement point hangs on, through a proxy. The gateway calls the first one.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::parties::Issuer;
use crate::platform::{Reserved, write_issuers};
use crate::process::{Running, run};
use crate::proxy::Proxy;

/// A running platform whose second consent replica may fail.
#[derive(Debug)]
pub struct Replicas {
    /// Who issues tokens for it.
    pub issuer: Issuer,
    /// Its gateway.
    pub gateway: Running,
    /// The replica that the enforcement point hangs on.
    pub faulty: Running,
    /// Between the two.
    pub proxy: Proxy,
    /// The enforcement point.
    pub indicators: Running,
    /// The others.
    pub others: Vec<Running>,
    /// Its database server; stopped last.
    pub cluster: Cluster,
    start: StartConsent,
    folder: TempDir,
}

/// How the second replica is started.
#[derive(Debug)]
struct StartConsent {
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

impl StartConsent {
    fn start(&self) -> Running {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        Running::start_in(&arguments, &self.environment)
    }
}

/// The library that gives a process another clock.
fn libfaketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = folders.map(|one| one.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    found.expect("libfaketime is not on this machine; run: sudo apt-get install faketime")
}

impl Replicas {
    /// Starts all of it. The gateway has no limits per caller.
    ///
    /// # Panics
    /// When a part does not start, or PostgreSQL or libfaketime is missing.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let cluster = Cluster::start();
        let issuer = Issuer::new();
        let issuers = write_issuers(&issuer, folder.path());
        let keys = folder.path().join("keys");
        let made = run(&["keygen", &keys.display().to_string()]);
        assert_eq!(made.code, 0, "{}", made.err);
        let offset = offset_file(folder.path());
        std::fs::write(&offset, "+0").expect("the offset of the clock");

        let serve = async |service: &str, upstream: &[&str]| {
            let url = cluster.database(service).await;
            let migrated = run(&["migrate", service, "--database-url", &url]);
            assert_eq!(migrated.code, 0, "{}", migrated.err);
            arguments(service, &url, &keys, upstream)
        };
        let start = |arguments: Vec<String>| {
            Running::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let stakeholders = start(serve("stakeholders", &[]).await);
        let inspanningen = start(serve("inspanningen", &[]).await);
        // Consent and indicators call each other, so one address has to be known before.
        let reserved = Reserved::new();
        let (ledger_key, of_indicators) =
            (keys.join("private/ledger.pem").display().to_string(), format!("http://{}", reserved.address));
        let upstreams = [
            "--ledger-key-file",
            &ledger_key,
            "--stakeholders-url",
            &stakeholders.url(),
            "--inspanningen-url",
            &inspanningen.url(),
            "--indicators-url",
            &of_indicators,
        ];
        let of_consent = serve("consent", &upstreams).await;
        let healthy = start(of_consent.clone());
        let start_consent = StartConsent {
            arguments: of_consent,
            environment: vec![
                ("LD_PRELOAD", libfaketime().display().to_string()),
                ("FAKETIME_TIMESTAMP_FILE", offset.display().to_string()),
                ("FAKETIME_NO_CACHE", "1".to_owned()),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ],
        };
        let faulty = start_consent.start();
        let proxy = Proxy::to(faulty.address).await;
        let of_indicators = serve("indicators", &["--consent-url", &proxy.url()]).await;
        let of_indicators: Vec<&str> = of_indicators.iter().map(String::as_str).collect();
        let indicators = Running::start_at(reserved.address, &of_indicators);
        drop(reserved);
        let (consent, indicators_url) = (healthy.url(), indicators.url());
        let (inspanningen_url, stakeholders_url) = (inspanningen.url(), stakeholders.url());
        let key = keys.join("private/gateway.pem").display().to_string();
        let gateway = Running::start(&[
            "serve",
            "gateway",
            "--token-key-file",
            &key,
            "--token-issuers-file",
            &issuers,
            "--consent-url",
            &consent,
            "--indicators-url",
            &indicators_url,
            "--inspanningen-url",
            &inspanningen_url,
            "--stakeholders-url",
            &stakeholders_url,
            "--open-calls",
            "0",
            "--requests-per-second",
            "0",
        ]);
        let others = vec![stakeholders, inspanningen, healthy];
        Self { issuer, gateway, faulty, proxy, indicators, others, cluster, start: start_consent, folder }
    }

    /// Where the platform is.
    #[must_use]
    pub fn url(&self) -> String {
        self.gateway.url()
    }

    /// Shifts the clock of the second replica, for example by "+5m".
    ///
    /// # Panics
    /// When it cannot be told.
    pub fn shift_clock(&self, offset: &str) {
        std::fs::write(offset_file(self.folder.path()), offset).expect("the offset of the clock");
    }

    /// Starts the second replica again after it was killed.
    pub fn start_faulty_again(&mut self) {
        self.faulty = self.start.start();
        self.proxy.aim(self.faulty.address);
    }
}

fn offset_file(folder: &Path) -> PathBuf {
    folder.join("clock")
}

fn arguments(service: &str, database: &str, keys: &Path, upstream: &[&str]) -> Vec<String> {
    let key = keys.join("private").join(format!("{service}.pem")).display().to_string();
    let trusted = keys.join("public").display().to_string();
    let mut arguments = vec!["serve", service, "--database-url", database, "--token-key-file", &key];
    arguments.extend(["--trusted-keys-dir", &trusted, "--load-programme", "--log", "off"]);
    arguments.extend(upstream);
    arguments.into_iter().map(str::to_owned).collect()
}
