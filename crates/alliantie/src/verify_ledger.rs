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
    let verified = verified.context("the ledger is not as it was written")?;
    say(format!("the ledger is as it was written: {} entries, root {}", verified.size, verified.root));
    Ok(())
}
