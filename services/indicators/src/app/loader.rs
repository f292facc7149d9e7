//! Fills an empty platform: the vocabulary, and deliveries along the way of every partner's.

use std::sync::Arc;

use futures_util::stream;
use platform::idempotency::Key;
use platform::identity::Caller;
use proto::api::v1::Role;
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::deliver::{Head, MAX_PIECE};
use super::error::Error;
use super::import::{CatalogFiles, ImportError};
use super::{App, Done};

/// Loads data that comes with the program.
#[derive(Clone, Debug)]
pub struct Loader {
    app: Arc<App>,
}

/// Why a delivery cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[error("the delivery to {dataset} cannot be loaded: {problem}")]
pub struct LoadError {
    /// Code of the dataset.
    pub dataset: String,
    /// What is wrong.
    pub problem: String,
}

impl Loader {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    /// Adds the themes, areas, indicators and datasets that are not there yet. What is there is kept as it
    /// is, but what is declared of indicators is taken over.
    ///
    /// # Errors
    /// When a file is wrong or takes back a declaration that published figures are protected by, and then
    /// nothing is added, or the database fails.
    pub async fn import_catalog(&self, files: &CatalogFiles<'_>) -> Result<(), ImportError> {
        self.app.import(files).await
    }

    /// Delivers a file to a dataset in the name of its owner, and publishes it. Does nothing when
    /// the dataset has a published release. Gives whether it published one.
    ///
    /// # Errors
    /// When the file is wrong, or the ledger or the database does not answer; it can be tried again.
    pub async fn deliver_and_publish(&self, dataset: &str, file: &[u8]) -> Result<bool, LoadError> {
        self.load(dataset, file)
            .await
            .map_err(|error| LoadError { dataset: dataset.to_owned(), problem: explain(&error) })
    }

    async fn load(&self, code: &str, file: &[u8]) -> Result<bool, Error> {
        let dataset = self.app.dataset(code).await?;
        if dataset.latest_release.is_some() {
            return Ok(false);
        }
        let caller = Caller {
            subject: "alliantie".to_owned(),
            organisation: dataset.owner.parse().ok(),
            roles: vec![Role::Partner],
            service: None,
        };
        // The same file has the same request id, so that a load that broke off is taken up again.
        let request_id = request_id(code, file);
        let head = Head {
            dataset: code.to_owned(),
            request_id: request_id.clone(),
            note: "Eerste levering, geladen bij het starten van het platform.".to_owned(),
        };
        let pieces = stream::iter(file.chunks(MAX_PIECE).map(|piece| Ok(piece.to_vec())));
        let id = match self.app.upload(&caller, head, pieces).await? {
            Done::Now(upload) => upload.release.id,
            // A load that broke off: its own draft, whatever else was delivered since.
            Done::Before(answer) => (self.app.wire.uploaded)(&answer)
                .ok_or_else(|| Error::NotFound(format!("datasets/{code}/releases")))?,
        };
        let key = Key::of_bytes(&caller, "PublishRelease", &request_id, id.resource_name().as_bytes())?;
        self.app.publish(&caller, &id, "", key).await?;
        Ok(true)
    }
}

/// A UUID made from what is loaded.
fn request_id(dataset: &str, file: &[u8]) -> String {
    let hash = Sha256::new().chain_update(dataset).chain_update(b"\n").chain_update(file).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// An error with what the report of a delivery says first.
fn explain(error: &Error) -> String {
    if let Error::Delivery(report) = error
        && let Some(first) = report.errors.first()
    {
        return format!("{error}; line {} {} {}", first.line, first.column, first.message_en);
    }
    error.to_string()
}
