//! Loads what the platform starts with: the programme's own data and, in demo mode, the fictitious
//! data. What is there already stays as it is.

use std::time::Duration;

use anyhow::Result;
use indicators::Service as Indicators;
use platform::clock::Clock;
use platform::db::Database;

use crate::data::{demo, programme};
use crate::demo_parties::DemoParty;

/// How often loading is tried again, and the pause before that.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_secs(1);

/// Tries again while another process loads the same, or a service that it needs is still starting.
pub(crate) async fn patiently(load: impl AsyncFn() -> Result<()>) -> Result<()> {
    let mut left = TRIES;
    loop {
        match load().await {
            Ok(()) => return Ok(()),
            Err(error) if left == 0 => return Err(error),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "loading failed; it is tried again"),
        }
        left -= 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Stakeholders; in demo mode their fictitious OINs and public keys too.
pub(crate) async fn stakeholders(database: Database, clock: &Clock, demo_mode: bool) -> Result<()> {
    let store = stakeholders::Store::new(database);
    stakeholders::import_stakeholders(&store, clock, programme::STAKEHOLDERS).await?;
    if demo_mode {
        stakeholders::import_demo_organisations(&store, clock, demo::ORGANISATIONS).await?;
        for party in DemoParty::SIGNING {
            let key = party.key()?.public().to_pem();
            stakeholders::import_demo_key(&store, clock, party.stakeholder(), &key).await?;
        }
    }
    Ok(())
}

/// Goals, inspanningen, roles and findings.
pub(crate) async fn inspanningen(database: Database, clock: &Clock) -> Result<()> {
    let store = inspanningen::Store::new(database);
    inspanningen::import_goals(&store, clock, programme::GOALS).await?;
    inspanningen::import_inspanningen(&store, clock, programme::INSPANNINGEN).await?;
    inspanningen::import_roles(&store, programme::ROLES).await?;
    inspanningen::import_findings(&store, programme::FINDINGS).await?;
    Ok(())
}

/// The purposes under which data may be asked for.
pub(crate) async fn purposes(database: Database, clock: &Clock) -> Result<()> {
    consent::import_purposes(&consent::Store::new(database), clock, programme::PURPOSES).await?;
    Ok(())
}

/// Areas, themes, indicators and datasets, and a first release of each dataset, delivered and
/// published as its owner would.
pub(crate) async fn indicators(service: &Indicators, demo_mode: bool) -> Result<()> {
    let loader = service.loader();
    loader
        .import_catalog(&indicators::CatalogFiles {
            themes: programme::THEMES,
            areas: programme::AREAS,
            indicators: programme::INDICATORS,
            datasets: programme::DATASETS,
            dimensions: programme::DIMENSIONS,
            dataset_indicators: programme::DATASET_INDICATORS,
        })
        .await?;
    let mut deliveries = programme::DELIVERIES.to_vec();
    if demo_mode {
        loader
            .import_catalog(&indicators::CatalogFiles {
                themes: b"",
                areas: b"",
                indicators: demo::INDICATORS,
                datasets: demo::DATASETS,
                dimensions: demo::DIMENSIONS,
                dataset_indicators: demo::DATASET_INDICATORS,
            })
            .await?;
        deliveries.extend(demo::DELIVERIES);
    }
    for (dataset, file) in deliveries {
        loader.deliver_and_publish(dataset, file).await?;
    }
    Ok(())
}
