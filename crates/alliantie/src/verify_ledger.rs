//! `alliantie verify-ledger`: checks the ledger in the database of the consent service.

use anyhow::{Context, Result};
use platform::db::Database;
use platform::settings::DatabaseSettings;

use crate::cli::ServiceName;
use crate::migrate;
use crate::output::say;

/// Checks the ledger in the database that the settings name.
pub(crate) async fn run(settings: &DatabaseSettings) -> Result<()> {
    let database = Database::connect(&settings.url().map_err(anyhow::Error::msg)?).await?;
    migrate::require(ServiceName::Consent, &database).await?;
    let verified = consent::verify_ledger(&consent::Store::new(database)).await;
    let verified = verified.context("het logboek is niet zoals het is geschreven")?;
    say(format!(
        "het logboek is zoals het is geschreven: {} regels, wortel {}",
        verified.size, verified.root
    ));
    Ok(())
}
