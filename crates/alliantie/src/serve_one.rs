//! One service, made from its database and the services that it calls; and `alliantie serve`,
//! which runs it in a process of its own.

use anyhow::{Context, Result};
use axum::Router;
use gateway::web::{self, Web};
use gateway::{Issuers, Upstreams};
use indicators::Service as Indicators;
use platform::clock::Clock;
use platform::db::Database;
use platform::identity::Caller;
use platform::shutdown::Shutdown;
use platform::token::Signer;
use platform::upstream::{Vouched, remote};
use tonic::service::Routes;

use crate::cli::{OwnService, Serve, ServiceName};
use crate::compose::{behind_stack, signer, trusted};
use crate::output::say;
use crate::process::{Databases, Process};
use crate::{ledger_key, load, migrate};

pub(crate) fn stakeholders(database: Database, clock: &Clock) -> Routes {
    stakeholders::build(stakeholders::Store::new(database), clock.clone())
}

pub(crate) fn inspanningen(database: Database, clock: &Clock) -> Routes {
    inspanningen::build(inspanningen::Store::new(database), clock.clone())
}

pub(crate) fn consent(
    database: Database,
    clock: &Clock,
    upstreams: consent::Upstreams,
    signing: &consent::Signing,
    shutdown: &Shutdown,
) -> Result<Routes> {
    let store = consent::Store::new(database);
    consent::build(signing, store, clock.clone(), upstreams, shutdown.clone()).with_context(|| {
        format!("de naam {} (--ledger-origin) is niet te gebruiken", signing.config.ledger_origin)
    })
}

pub(crate) fn indicators(
    config: indicators::Config,
    database: Database,
    clock: &Clock,
    consent: Vouched,
    shutdown: &Shutdown,
) -> Indicators {
    let upstreams = indicators::Upstreams { consent };
    Indicators::new(config, indicators::Store::new(database), clock.clone(), upstreams, shutdown.clone())
}

/// The issuers of outside tokens that the settings name.
pub(crate) fn issuers(config: &gateway::Config) -> Result<Issuers> {
    config.token_issuers_file.as_deref().map_or_else(
        || Ok(Issuers::none()),
        |file| Issuers::from_file(file).with_context(|| format!("{} is niet te gebruiken", file.display())),
    )
}

pub(crate) fn gateway(
    config: gateway::Config,
    issuers: Issuers,
    signer: Signer,
    upstreams: Upstreams,
    clock: &Clock,
) -> Result<Router> {
    let indicators = upstreams.get("indicators").context("de gateway heeft de dienst indicators nodig")?;
    let indicators =
        Vouched::on_behalf_of(indicators.clone(), signer.clone(), "indicators", Caller::anonymous());
    let pages = web::router(Web { indicators });
    Ok(gateway::build(config, clock.clone(), issuers, signer, upstreams, pages)?)
}

/// Runs one service until the order to stop.
pub(crate) async fn run(service: Serve) -> Result<()> {
    let process = Process::start(service.common()).await?;
    let clock = Clock::system();
    let shutdown = process.shutdown.clone();
    let mut databases = Databases::new();
    let mut delivering = None;
    let router = match service {
        Serve::Stakeholders { own } => {
            let database = open(ServiceName::Stakeholders, &own).await?;
            if own.load_programme {
                load::patiently(async || load::stakeholders(database.clone(), &clock, false).await).await?;
            }
            databases.push(("database".to_owned(), database.clone()));
            let routes = stakeholders(database, &clock);
            behind_stack("stakeholders", routes, callers("stakeholders", &own)?, &clock)?
        }
        Serve::Inspanningen { own } => {
            let database = open(ServiceName::Inspanningen, &own).await?;
            if own.load_programme {
                load::patiently(async || load::inspanningen(database.clone(), &clock).await).await?;
            }
            databases.push(("database".to_owned(), database.clone()));
            let routes = inspanningen(database, &clock);
            behind_stack("inspanningen", routes, callers("inspanningen", &own)?, &clock)?
        }
        Serve::Consent { own, ledger, stakeholders_url, indicators_url, inspanningen_url } => {
            let signing = ledger_key::read(ledger)?;
            let database = open(ServiceName::Consent, &own).await?;
            if own.load_programme {
                load::patiently(async || load::purposes(database.clone(), &clock).await).await?;
            }
            databases.push(("database".to_owned(), database.clone()));
            let upstream = |url: &str, to: &str| own_account("consent", &own, url, to, &clock);
            let upstreams = consent::Upstreams {
                stakeholders: upstream(&stakeholders_url, "stakeholders")?,
                indicators: upstream(&indicators_url, "indicators")?,
                inspanningen: upstream(&inspanningen_url, "inspanningen")?,
            };
            let routes = consent(database, &clock, upstreams, &signing, &shutdown)?;
            behind_stack("consent", routes, callers("consent", &own)?, &clock)?
        }
        Serve::Indicators { own, config, consent_url } => {
            let database = open(ServiceName::Indicators, &own).await?;
            databases.push(("database".to_owned(), database.clone()));
            let upstream = own_account("indicators", &own, &consent_url, "consent", &clock)?;
            let service = indicators(config, database, &clock, upstream, &shutdown);
            if own.load_programme {
                load::patiently(async || load::indicators(&service, false).await).await?;
            }
            let routes = service.routes();
            delivering = Some(service);
            behind_stack("indicators", routes, callers("indicators", &own)?, &clock)?
        }
        Serve::Gateway {
            common: _,
            key,
            config,
            consent_url,
            indicators_url,
            inspanningen_url,
            stakeholders_url,
        } => {
            let mut upstreams = Upstreams::new();
            for (name, url) in [
                ("consent", consent_url),
                ("indicators", indicators_url),
                ("inspanningen", inspanningen_url),
                ("stakeholders", stakeholders_url),
            ] {
                upstreams = upstreams.with(name, at(&url)?);
            }
            let signer = signer(gateway::NAME, &key.token_key_file, &clock)?;
            let issuers = issuers(&config)?;
            gateway(config, issuers, signer, upstreams, &clock)?
        }
    };
    say(format!("listening on {}, admin on {}", process.address()?, process.admin_address()?));
    let entered = async {
        if let Some(service) = &delivering {
            service.entered().await;
        }
    };
    process.serve(router, databases, entered).await
}

async fn open(service: ServiceName, own: &OwnService) -> Result<Database> {
    let database = Database::connect(&own.database.url().map_err(anyhow::Error::msg)?).await?;
    migrate::require(service, &database).await?;
    Ok(database)
}

fn callers(service: &str, own: &OwnService) -> Result<crate::compose::Trusted> {
    trusted(service, &own.trusted_keys_dir)
}

fn own_account(service: &str, own: &OwnService, url: &str, to: &str, clock: &Clock) -> Result<Vouched> {
    let key = own.token_key_file.as_deref();
    let key = key.with_context(|| format!("{service} roept andere diensten aan; geef --token-key-file"))?;
    Ok(Vouched::own(at(url)?, signer(service, key, clock)?, to))
}

fn at(url: &str) -> Result<platform::upstream::Upstream> {
    remote(url)
        .with_context(|| format!("{url} is geen adres van een dienst; verwacht wordt http://host:poort"))
}
