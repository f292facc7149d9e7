//! Loading the programme's own data at the first start. Loading again changes nothing, and keeps
//! what people changed: what is there stays as it is.

use platform::clock::Clock;
use platform::table::{ImportError, Imported, Row, read};
use platform::text::optional;
use serde::Deserialize;

use super::error::Error;
use super::inspanning::place;
use crate::domain::code::Code;
use crate::domain::finding::{Finding, FindingKind};
use crate::domain::goal::{self, Goal, GoalKind};
use crate::domain::inspanning::{Content, Inspanning};
use crate::domain::problem::Problem;
use crate::domain::role::Role;
use crate::store::{self, Store};

/// A line of `inspanningen.csv`.
#[derive(Debug, Deserialize)]
struct InspanningRow {
    code: String,
    ouder: String,
    naam: String,
}

/// A line of `doelen.csv`.
#[derive(Debug, Deserialize)]
struct GoalRow {
    code: String,
    soort: String,
    naam: String,
    element: String,
}

/// A line of `rollen.csv`.
#[derive(Debug, Deserialize)]
struct RoleRow {
    code: String,
    naam: String,
    taak: String,
    /// A list with semicolons.
    bezetting: String,
}

/// A line of `bevindingen.csv`.
#[derive(Debug, Deserialize)]
struct FindingRow {
    code: String,
    soort: String,
    naam: String,
}

/// Loads `inspanningen.csv` (code, ouder, naam), in which a parent comes before its parts.
///
/// # Errors
/// When the file is not such a table, a value is wrong, a parent does not exist, or the database
/// fails.
pub async fn import_inspanningen(store: &Store, clock: &Clock, file: &[u8]) -> Result<Imported, ImportError> {
    let rows: Vec<Row<InspanningRow>> = read(file)?;
    let tx = store.begin_write().await?;
    let mut imported = Imported::default();
    for row in &rows {
        let code: Code = row.at("code", row.values.code.parse())?;
        if store::inspanning::find(&tx, &code).await?.is_some() {
            imported.kept += 1;
            continue;
        }
        let display_name = row.at("naam", row.values.naam.parse())?;
        let parent: Option<Code> = row.at("ouder", optional(&row.values.ouder, str::parse))?;
        let place = match place(&tx, &code, parent.as_ref()).await {
            Err(Error::Parent(problem)) => row.at("ouder", Err(problem))?,
            other => other.map_err(|error| row.conflict(error))?,
        };
        let content = Content { display_name, description: None };
        store::inspanning::insert(&tx, &Inspanning::new(code, place, content, clock.now())).await?;
        imported.added += 1;
    }
    tx.commit().await?;
    Ok(imported)
}

/// Loads `doelen.csv` (code, soort, naam, element).
///
/// # Errors
/// When the file is not such a table, a value is wrong, or the database fails.
pub async fn import_goals(store: &Store, clock: &Clock, file: &[u8]) -> Result<Imported, ImportError> {
    let rows: Vec<Row<GoalRow>> = read(file)?;
    let tx = store.begin_write().await?;
    let mut imported = Imported::default();
    for row in &rows {
        let code: Code = row.at("code", row.values.code.parse())?;
        if store::goal::find(&tx, &code).await?.is_some() {
            imported.kept += 1;
            continue;
        }
        let kind = match row.values.soort.as_str() {
            "ambitie" => Ok(GoalKind::Ambition),
            "strategisch doel" => Ok(GoalKind::Strategic),
            "operationeel doel" => Ok(GoalKind::Operational),
            _ => Err(Problem::NotAKind),
        };
        let content = goal::Content {
            display_name: row.at("naam", row.values.naam.parse())?,
            kind: row.at("soort", kind)?,
            theme: row.at("element", optional(&row.values.element, str::parse))?,
        };
        store::goal::insert(&tx, &Goal::new(code, content, clock.now())).await?;
        imported.added += 1;
    }
    tx.commit().await?;
    Ok(imported)
}

/// Loads `rollen.csv` (code, naam, taak, bezetting).
///
/// # Errors
/// When the file is not such a table, a value is wrong, or the database fails.
pub async fn import_roles(store: &Store, file: &[u8]) -> Result<Imported, ImportError> {
    let rows: Vec<Row<RoleRow>> = read(file)?;
    let tx = store.begin_write().await?;
    let mut imported = Imported::default();
    for row in &rows {
        let code = row.at("code", row.values.code.parse())?;
        if store::role::exists(&tx, &code).await? {
            imported.kept += 1;
            continue;
        }
        let holders = row.values.bezetting.split(';').filter(|holder| !holder.is_empty());
        let holders = holders.map(str::parse).collect();
        let role = Role {
            code,
            display_name: row.at("naam", row.values.naam.parse())?,
            task: row.at("taak", optional(&row.values.taak, str::parse))?,
            holders: row.at("bezetting", holders)?,
        };
        store::role::insert(&tx, &role).await?;
        imported.added += 1;
    }
    tx.commit().await?;
    Ok(imported)
}

/// Loads `bevindingen.csv` (code, soort, naam).
///
/// # Errors
/// When the file is not such a table, a value is wrong, or the database fails.
pub async fn import_findings(store: &Store, file: &[u8]) -> Result<Imported, ImportError> {
    let rows: Vec<Row<FindingRow>> = read(file)?;
    let tx = store.begin_write().await?;
    let mut imported = Imported::default();
    for row in &rows {
        let code = row.at("code", row.values.code.parse())?;
        if store::finding::exists(&tx, &code).await? {
            imported.kept += 1;
            continue;
        }
        let kind = match row.values.soort.as_str() {
            "probleemcluster" => Ok(FindingKind::ProblemCluster),
            "kans" => Ok(FindingKind::Opportunity),
            _ => Err(Problem::NotAKind),
        };
        let finding = Finding {
            code,
            display_name: row.at("naam", row.values.naam.parse())?,
            kind: row.at("soort", kind)?,
        };
        store::finding::insert(&tx, &finding).await?;
        imported.added += 1;
    }
    tx.commit().await?;
    Ok(imported)
}
