//! Deliveries: checked while they come in, stored as a draft when nothing is wrong.

use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use platform::idempotency::Key;
use platform::identity::Caller;
use platform::status::FieldViolation;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::error::Error;
use super::{App, Done};
use crate::domain::dataset::Dataset;
use crate::domain::declaration::Declarations;
use crate::domain::delivery::{Limits, Report, Shape, Validator};
use crate::domain::release::{Release, ReleaseId, ReleaseState};
use crate::domain::table::{IndicatorEntry, Table};
use crate::store;

const METHOD: &str = "UploadRelease";
/// Most bytes of one piece of a file.
pub(crate) const MAX_PIECE: usize = 1024 * 1024;
/// Most characters of a note.
const MAX_NOTE: usize = 1000;

/// What a delivery says besides its file.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// Code of the dataset.
    pub dataset: String,
    pub request_id: String,
    pub note: String,
}

/// A draft and what the check of it found.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub release: Release,
    pub report: Report,
}

/// A file that was read whole.
struct Checked {
    table: Option<Table>,
    report: Report,
    /// SHA-256 of the file.
    file: Vec<u8>,
    /// SHA-256 of the cells in canonical form, hexadecimal.
    digest: String,
}

/// Room for one check.
type Room = Arc<OwnedSemaphorePermit>;

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl App {
    /// Checks a delivery and stores it as a draft; nothing is stored when one line is wrong.
    pub(crate) async fn upload(
        &self,
        caller: &Caller,
        head: Head,
        file: impl Stream<Item = Result<Vec<u8>, Error>> + Send + Unpin,
    ) -> Result<Done<Upload>, Error> {
        let dataset = self.own_dataset(&head.dataset, caller).await?;
        // A wrong id shows before the file is read.
        Key::of_bytes(caller, METHOD, &head.request_id, b"")?;
        check_note(&head.note)?;
        let room = self.room().await?;
        let checked = self.check(&dataset, file, &room).await?;
        let Some(table) = checked.table else {
            return Err(Error::Delivery(Box::new(checked.report)));
        };
        let cell_count = u32::try_from(table.len()).unwrap_or(u32::MAX);
        // Before the transaction: a database may have room for one writer only.
        let parts = aside(&room, move || Ok(store::release::parts(&table))).await?;
        let content = [head.dataset.as_bytes(), b"\n", head.note.as_bytes(), b"\n", &checked.file].concat();
        let key = Key::of_bytes(caller, METHOD, &head.request_id, &content)?;

        let tx = self.store.database().begin_write().await?;
        if let Some(key) = &key
            && let Some(before) = key.recall(&tx).await?
        {
            return Ok(Done::Before(before));
        }
        store::dataset::lock(&tx, &dataset.code).await?;
        let (number, _) = store::release::highest(&tx, &dataset.code).await?;
        let release = Release {
            id: ReleaseId { dataset: dataset.code, number: number + 1 },
            state: ReleaseState::Draft,
            cell_count,
            digest: checked.digest,
            create_time: self.clock.now(),
            publish_time: None,
            publish_order: None,
            note: head.note,
            transaction_id: None,
            digest_salt: None,
        };
        store::release::add(&tx, &release, parts).await?;
        let upload = Upload { release, report: checked.report };
        if let Some(key) = &key {
            key.remember(&tx, (self.wire.upload)(&upload), self.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(Done::Now(upload))
    }

    /// Checks a delivery and stores nothing.
    pub(crate) async fn validate(
        &self,
        caller: &Caller,
        dataset: &str,
        file: impl Stream<Item = Result<Vec<u8>, Error>> + Send + Unpin,
    ) -> Result<Report, Error> {
        let dataset = self.own_dataset(dataset, caller).await?;
        let room = self.room().await?;
        Ok(self.check(&dataset, file, &room).await?.report)
    }

    /// Waits for room to check one more delivery.
    async fn room(&self) -> Result<Room, Error> {
        let room = timeout(self.config.check_wait, Arc::clone(&self.checks).acquire_owned()).await;
        let room = room.map_err(|_| Error::Overloaded)?.map_err(|_| Error::Stopping)?;
        Ok(Arc::new(room))
    }

    /// Reads a file piece by piece: the next one is asked for when this one is done with.
    async fn check(
        &self,
        dataset: &Dataset,
        mut file: impl Stream<Item = Result<Vec<u8>, Error>> + Send + Unpin,
        room: &Room,
    ) -> Result<Checked, Error> {
        let limits = Limits { bytes: self.config.max_delivery_bytes, cells: self.config.max_delivery_cells };
        let mut validator = Validator::new(self.shape(dataset).await?, limits);
        let mut hash = Sha256::new();
        while let Some(piece) = file.next().await {
            let piece = piece?;
            hash.update(&piece);
            validator.feed(&piece)?;
        }
        let file = hash.finalize().to_vec();
        // Sorting a million cells takes a while; other requests go on meanwhile.
        let finish = move || {
            let (table, report) = validator.finish()?;
            let mut hash = Sha256::new();
            if let Some(table) = &table {
                table.write_canonical(|piece| hash.update(piece));
            }
            Ok(Checked { table, report, file, digest: hex(hash.finalize()) })
        };
        aside(room, finish).await
    }

    async fn shape(&self, dataset: &Dataset) -> Result<Shape, Error> {
        let pool = self.store.database().pool();
        let indicators = store::catalogue::indicators_named(pool, &dataset.indicators).await?;
        let areas = store::catalogue::all_areas(pool).await?;
        Ok(Shape {
            declared: Declarations::of(&indicators),
            indicators: indicators
                .into_iter()
                .map(|indicator| {
                    let (additive, per) = (indicator.additive, indicator.per());
                    (indicator.code.clone(), IndicatorEntry { code: indicator.code, additive, per })
                })
                .collect(),
            areas: areas.into_iter().map(|area| (area.code.clone(), area)).collect(),
            dimensions: dataset.dimensions.clone(),
        })
    }
}

/// Does long work where it holds up no other request. It keeps its room until it is done, also when
/// nobody waits for it any more.
async fn aside<T: Send + 'static>(
    room: &Room,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let room = Arc::clone(room);
    let work = move || {
        let done = work();
        drop(room);
        done
    };
    tokio::task::spawn_blocking(work).await?
}

fn check_note(note: &str) -> Result<(), Error> {
    let odd = |character: char| character.is_control() && character != '\n';
    if note.chars().count() > MAX_NOTE || note.chars().any(odd) {
        return Err(Error::Invalid(vec![FieldViolation::new(
            "note",
            format!("is not a text of at most {MAX_NOTE} characters"),
            format!("is geen tekst van hooguit {MAX_NOTE} tekens"),
        )]));
    }
    Ok(())
}
