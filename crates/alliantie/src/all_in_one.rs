//! The whole platform in one process, on SQLite: what `alliantie` without a command runs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use gateway::{Issuers, Upstreams};
use platform::clock::Clock;
use platform::db::Database;
use platform::settings::Common;
use platform::shutdown::Shutdown;
use platform::upstream::{Later, Upstream, Vouched, local};

use crate::cli::AllInOne;
use crate::compose::{ProcessKeys, behind_stack};
use crate::load;
use crate::output::say;
use crate::process::{Databases, Process};
use crate::{data, ledger_key, serve_one};

/// A platform that is ready to be served.
pub(crate) struct Parts {
    /// Everything that users reach.
    pub router: Router,
    /// Where its services keep what they know.
    pub databases: Databases,
    /// The service that delivers, and is not done before what it delivered is in the ledger.
    pub indicators: indicators::Service,
}

/// Runs it until the order to stop.
pub(crate) async fn run(common: Common, settings: AllInOne) -> Result<()> {
    let demo = !settings.no_demo;
    ensure!(
        !demo || common.listen.ip().is_loopback(),
        "de sleutels van de demo zijn openbaar, dus luistert die alleen op 127.0.0.1; geef --no-demo om te luisteren op {}",
        common.listen
    );
    let process = Process::start(&common).await?;
    let folder = &settings.data_dir;
    fs::create_dir_all(folder)
        .with_context(|| format!("de map {} (--data-dir) is niet te maken", folder.display()))?;
    let _lock = lock(folder)?;
    let parts = assemble(folder, demo, settings.gateway, settings.ledger, &process.shutdown)
        .await
        .with_context(|| format!("starten op de map {} (--data-dir) lukt niet", folder.display()))?;
    say(format!("listening on {}, admin on {}", process.address()?, process.admin_address()?));
    greet(&process, folder, demo)?;
    process.serve(parts.router, parts.databases, parts.indicators.entered()).await
}

/// Keeps the folder for this process; another one that wants it is told.
fn lock(folder: &Path) -> Result<fs::File> {
    let path = folder.join("lock");
    let file = fs::File::create(&path).with_context(|| format!("{} is niet te schrijven", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            bail!("op de map {} (--data-dir) draait al een ander proces", folder.display())
        }
        Err(fs::TryLockError::Error(error)) => Err(error).context("de map is niet vast te houden"),
    }
}

/// A folder is for the demo, with its public keys, or not, from its first start on.
fn keep_demo_apart(folder: &Path, demo: bool) -> Result<()> {
    let mark = folder.join("demo");
    let used = folder.join("consent.db").exists();
    if demo && (mark.exists() || !used) {
        return fs::write(&mark, "fictief\n")
            .with_context(|| format!("{} is niet te schrijven", mark.display()));
    }
    ensure!(!demo, "de map is gemaakt met --no-demo; geef --no-demo, of een andere --data-dir");
    ensure!(!mark.exists(), "in de map staan de fictieve gegevens van de demo; geef een andere --data-dir");
    Ok(())
}

/// Opens the databases, loads what is not there yet and fits the services together.
pub(crate) async fn assemble(
    folder: &Path,
    demo: bool,
    config: gateway::Config,
    ledger: consent::Config,
    shutdown: &Shutdown,
) -> Result<Parts> {
    keep_demo_apart(folder, demo)?;
    let clock = Clock::system();
    let signing = ledger_key::read_or_make(ledger, folder)?;
    let keys = ProcessKeys::new()?;
    let mut databases = Databases::new();
    let file = |service: &str| folder.join(format!("{service}.db"));
    let using = |service: &str| format!("{} is niet te gebruiken", file(service).display());
    let mut open = async |service: &str| {
        let url = format!("sqlite://{}", file(service).display());
        let database = Database::connect(&url).await.with_context(|| using(service))?;
        crate::migrate::require_migratable(service, &database).await.with_context(|| using(service))?;
        databases.push((service.to_owned(), database.clone()));
        anyhow::Ok(database)
    };
    let stakeholders_database = open("stakeholders").await?;
    let inspanningen_database = open("inspanningen").await?;
    let consent_database = open("consent").await?;
    let indicators_database = open("indicators").await?;
    // None is changed before all can be: else the version that made them could not use them either.
    for (service, database) in &databases {
        crate::migrate::migrate(service, database).await.with_context(|| using(service))?;
    }

    let own = |from: &str, to: &str, upstream: &Upstream| -> Result<Vouched> {
        Ok(Vouched::own(upstream.clone(), keys.signer(from, &clock)?, to))
    };
    let place = |name: &str, routes| -> Result<Upstream> {
        Ok(local(behind_stack(name, routes, keys.trusted(name), &clock)?))
    };
    let routes = serve_one::stakeholders(stakeholders_database.clone(), &clock);
    let stakeholders = place("stakeholders", routes)?;
    let routes = serve_one::inspanningen(inspanningen_database.clone(), &clock);
    let inspanningen = place("inspanningen", routes)?;
    load::stakeholders(stakeholders_database, &clock, demo).await?;
    load::inspanningen(inspanningen_database, &clock).await?;

    // Consent and indicators call each other.
    let later = Later::default();
    let upstreams = consent::Upstreams {
        stakeholders: own("consent", "stakeholders", &stakeholders)?,
        indicators: own("consent", "indicators", &later.upstream())?,
        inspanningen: own("consent", "inspanningen", &inspanningen)?,
    };
    load::purposes(consent_database.clone(), &clock).await?;
    let routes = serve_one::consent(consent_database, &clock, upstreams, &signing, shutdown)?;
    let consent = place("consent", routes)?;

    let upstream = own("indicators", "consent", &consent)?;
    let service =
        serve_one::indicators(indicators::Config::default(), indicators_database, &clock, upstream, shutdown);
    load::indicators(&service, demo).await?;
    let indicators = place("indicators", service.routes())?;
    later.is(indicators.clone());

    let mut issuers = serve_one::issuers(&config)?;
    if demo {
        issuers = issuers.and(Issuers::demo(data::demo::ISSUER_PUBLIC_KEY)?)?;
    }
    let upstreams = Upstreams::new()
        .with("consent", consent)
        .with("indicators", indicators)
        .with("inspanningen", inspanningen)
        .with("stakeholders", stakeholders);
    let router = serve_one::gateway(config, issuers, keys.signer("gateway", &clock)?, upstreams, &clock)?;
    Ok(Parts { router, databases, indicators: service })
}

fn greet(process: &Process, folder: &Path, demo: bool) -> Result<()> {
    let url = format!("http://{}", process.address()?);
    let admin = format!("http://{}", process.admin_address()?);
    say(format!(
        "\nAlliantie {} draait: gateway, indicators, inspanningen, stakeholders, consent",
        env!("CARGO_PKG_VERSION")
    ));
    say(format!("  webpagina  {url}/"));
    say(format!("  REST       {url}/v1/openapi.json"));
    say(format!("  gRPC       {} (onversleuteld, met reflectie)", process.address()?));
    say(format!("  beheer     {admin}/readyz en {admin}/metrics"));
    say(format!("  gegevens   {}", folder.display()));
    if demo {
        say("  demo       aan: fictieve organisaties met openbare sleutels; --no-demo laat ze weg");
    }
    say("Probeer nu:");
    if demo {
        say(format!("  cargo run --release -- demo --platform {url}"));
    }
    say(format!("  curl '{url}/v1/areas/BRU-NOORD/stability-triangle?benchmark=areas/BM-STED2&period=2023'"));
    if demo {
        say(format!(
            "  curl -H \"authorization: Bearer $(cargo run --release -- token weller)\" {url}/v1/ledger-entries"
        ));
    }
    Ok(())
}
