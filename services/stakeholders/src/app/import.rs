//! Loading the programme's own data, and the demo's, at the first start. Loading again changes
//! nothing, and keeps what people changed.

use platform::clock::Clock;
use platform::keys::PublicKey;
use platform::table::{ImportError, Imported, Row, read};
use platform::text::optional;
use sea_orm::DbErr;
use serde::Deserialize;

use super::error::Error;
use super::signing_key::register;
use super::stakeholder::{require, require_free};
use crate::domain::problem::Problem;
use crate::domain::stakeholder::{
    AmbassadorGroup, Profile, ProfileChange, Stakeholder, StakeholderId, read_oin,
};
use crate::store::{self, Store};

/// A line of `stakeholders.csv`.
#[derive(Debug, Deserialize)]
struct StakeholderRow {
    id: String,
    naam: String,
    soort: String,
    ambassadeursgroep: String,
    oin: String,
    volgorde: u32,
}

/// A line of `organisaties-fictief.csv`.
#[derive(Debug, Deserialize)]
struct DemoOrganisationRow {
    stakeholder: String,
    oin: String,
}

/// Loads `stakeholders.csv` (id, naam, soort, ambassadeursgroep, oin, volgorde). A stakeholder that
/// is there already stays as it is; new ones come at the end, in the order of `volgorde`.
///
/// # Errors
/// When the file is not such a table, a value is wrong, an OIN is taken, or the database fails.
pub async fn import_stakeholders(store: &Store, clock: &Clock, file: &[u8]) -> Result<Imported, ImportError> {
    let mut rows: Vec<Row<StakeholderRow>> = read(file)?;
    rows.sort_by_key(|row| row.values.volgorde);
    let tx = store.begin_write().await?;
    let mut imported = Imported::default();
    for row in &rows {
        let id = row.at("id", row.values.id.parse())?;
        if store::stakeholder::find(&tx, &id).await?.is_some() {
            imported.kept += 1;
            continue;
        }
        let profile = profile(row)?;
        require_free(&tx, profile.oin.as_ref(), &id).await.map_err(|error| row.conflict(error))?;
        store::stakeholder::insert(&tx, &Stakeholder::new(id, profile, clock.now())).await?;
        imported.added += 1;
    }
    tx.commit().await?;
    Ok(imported)
}

fn profile(row: &Row<StakeholderRow>) -> Result<Profile, ImportError> {
    let values = &row.values;
    let group = match values.ambassadeursgroep.as_str() {
        "" => Ok(None),
        "inwoners" => Ok(Some(AmbassadorGroup::Residents)),
        "medewerkers_gemeente" => Ok(Some(AmbassadorGroup::MunicipalStaff)),
        "externe_partijen" => Ok(Some(AmbassadorGroup::ExternalParties)),
        _ => Err(Problem::NotAGroup),
    };
    Ok(Profile {
        display_name: row.at("naam", values.naam.parse())?,
        kind: row.at("soort", optional(&values.soort, str::parse))?,
        ambassador_group: row.at("ambassadeursgroep", group)?,
        oin: row.at("oin", optional(&values.oin, read_oin))?,
    })
}

/// Loads `organisaties-fictief.csv` (stakeholder, oin): gives stakeholders a fictitious OIN, which
/// makes them fictitious. A stakeholder whose OIN was ever set stays as it is, and so does one
/// whose OIN somebody gave to another.
///
/// # Errors
/// When the file is not such a table, a value is wrong, an OIN is not of the fictitious series, a
/// stakeholder does not exist, or the database fails.
pub async fn import_demo_organisations(
    store: &Store,
    clock: &Clock,
    file: &[u8],
) -> Result<Imported, ImportError> {
    let rows: Vec<Row<DemoOrganisationRow>> = read(file)?;
    let tx = store.begin_write().await?;
    let mut imported = Imported::default();
    for row in &rows {
        let id: StakeholderId = row.at("stakeholder", row.values.stakeholder.parse())?;
        let fictitious = read_oin(&row.values.oin)
            .and_then(|oin| if oin.is_fictitious() { Ok(oin) } else { Err(Problem::NotFictitious) });
        let oin = row.at("oin", fictitious)?;
        let found = store::stakeholder::find(&tx, &id).await?;
        let stakeholder = found.ok_or_else(|| row.conflict(Error::NotFound(id.resource_name())))?;
        let taken = store::stakeholder::find_by_oin(&tx, &oin).await?.is_some();
        if taken || stakeholder.oin_update_time.is_some() {
            imported.kept += 1;
            continue;
        }
        let change = ProfileChange { oin: Some(Some(oin)), ..ProfileChange::default() };
        store::stakeholder::update(&tx, &stakeholder.changed(change, clock.now())).await?;
        imported.added += 1;
    }
    tx.commit().await?;
    Ok(imported)
}

/// Why a demo key was not registered.
#[derive(Debug, thiserror::Error)]
pub enum DemoKeyError {
    /// The id or the key is wrong.
    #[error("{field} {problem}")]
    Value {
        /// Which of the two.
        field: &'static str,
        /// What is wrong.
        problem: Problem,
    },
    /// The stakeholder does not exist, or the key is somebody else's.
    #[error("{0}")]
    Conflict(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
}

/// Registers the public half of a demo key for a fictitious stakeholder. A stakeholder that is not
/// fictitious (any more) gets none: anybody can sign with a demo key. One that was withdrawn stays so. Tells whether the stakeholder
/// has the key now.
///
/// # Errors
/// When the id or the key cannot be read, the stakeholder does not exist, somebody else has the
/// key, or the database fails.
pub async fn import_demo_key(
    store: &Store,
    clock: &Clock,
    stakeholder_id: &str,
    public_key_pem: &str,
) -> Result<bool, DemoKeyError> {
    let wrong = |field, problem| DemoKeyError::Value { field, problem };
    let id = stakeholder_id.parse().map_err(|problem| wrong("stakeholder", problem))?;
    let public_key =
        PublicKey::from_pem(public_key_pem).map_err(|_| wrong("public key", Problem::NotAKey))?;
    let tx = store.begin_write().await?;
    let stakeholder = require(&tx, &id).await.map_err(conflict)?;
    let Some(oin) = stakeholder.profile.oin.as_ref().filter(|oin| oin.is_fictitious()) else {
        return Ok(false);
    };
    match register(&tx, &stakeholder, oin, &public_key, true, clock.now()).await {
        Ok(_) => tx.commit().await?,
        // Withdrawn keys stay withdrawn.
        Err(Error::Withdrawn(_)) => return Ok(false),
        Err(error) => return Err(conflict(error)),
    }
    Ok(true)
}

fn conflict(error: Error) -> DemoKeyError {
    match error {
        Error::Database(cause) => DemoKeyError::Database(cause),
        Error::NotFound(_)
        | Error::AlreadyExists(_)
        | Error::Changed(_)
        | Error::OinTaken { .. }
        | Error::Withdrawn(_)
        | Error::WrongProof(_)
        | Error::OtherOrganisation(_)
        | Error::Request(_) => DemoKeyError::Conflict(error.to_string()),
    }
}
