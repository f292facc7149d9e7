//! `alliantie migrate`: brings the database of one service up to date.

use anyhow::{Result, bail};
use clap::ValueEnum;
use platform::db::{Database, Error};
use platform::settings::DatabaseSettings;

use crate::cli::ServiceName;
use crate::output::say;

/// Migrates the database that the settings name.
pub(crate) async fn run(service: ServiceName, settings: &DatabaseSettings) -> Result<()> {
    let database = Database::connect(&settings.url().map_err(anyhow::Error::msg)?).await?;
    let name = service.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    migrate(&name, &database).await?;
    say(format!("de database van {name} is bijgewerkt"));
    Ok(())
}

/// Brings the schema of a service up to date.
pub(crate) async fn migrate(service: &str, database: &Database) -> Result<(), anyhow::Error> {
    match service {
        "consent" => database.migrate::<consent::Migrator>().await?,
        "indicators" => database.migrate::<indicators::Migrator>().await?,
        "inspanningen" => database.migrate::<inspanningen::Migrator>().await?,
        "stakeholders" => database.migrate::<stakeholders::Migrator>().await?,
        other => bail!("{other} heeft geen database"),
    }
    Ok(())
}

/// Refuses a schema that cannot be brought up to date.
pub(crate) async fn require_migratable(service: &str, database: &Database) -> Result<(), anyhow::Error> {
    match service {
        "consent" => database.require_migratable::<consent::Migrator>().await?,
        "indicators" => database.require_migratable::<indicators::Migrator>().await?,
        "inspanningen" => database.require_migratable::<inspanningen::Migrator>().await?,
        "stakeholders" => database.require_migratable::<stakeholders::Migrator>().await?,
        other => bail!("{other} heeft geen database"),
    }
    Ok(())
}

/// Refuses a schema that is not the one of this program.
pub(crate) async fn require(service: ServiceName, database: &Database) -> Result<(), Error> {
    match service {
        ServiceName::Consent => database.require_schema::<consent::Migrator>().await,
        ServiceName::Indicators => database.require_schema::<indicators::Migrator>().await,
        ServiceName::Inspanningen => database.require_schema::<inspanningen::Migrator>().await,
        ServiceName::Stakeholders => database.require_schema::<stakeholders::Migrator>().await,
    }
}
