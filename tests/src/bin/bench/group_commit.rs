//! The least that a durable ledger can do: one writer takes all texts that wait, keeps them in one
//! commit, and answers. Into a file, or into one table through the driver of the ledger.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use platform::db::Database;
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::{mpsc, oneshot};

use crate::load::Seen;

/// Most texts in one commit: as many as the ledger takes.
const BATCH: usize = 256;
/// Texts that may wait, as many as with the ledger.
const QUEUE: usize = 1024;

type Waiting = (Vec<u8>, oneshot::Sender<()>);

/// The way to a writer.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    waiting: mpsc::Sender<Waiting>,
    batches: Arc<AtomicUsize>,
}

impl Queue {
    /// To a file in this folder, which the disk is asked to keep after every batch.
    pub(crate) fn to_file(folder: &Path) -> Self {
        let path = folder.join("appended");
        let file = OpenOptions::new().create(true).append(true).open(&path).expect("a file");
        let (queue, waiting) = Self::new();
        let batches = queue.batches.clone();
        std::thread::spawn(move || write(file, waiting, &batches));
        queue
    }

    /// To a table of its own in this database, one transaction a batch.
    pub(crate) async fn to_table(database: &Database) -> Self {
        let table = "CREATE TABLE appended (position INTEGER PRIMARY KEY, text TEXT NOT NULL)";
        database.writing().execute_unprepared(table).await.expect("a table");
        let (queue, waiting) = Self::new();
        tokio::spawn(insert(database.clone(), waiting, queue.batches.clone()));
        queue
    }

    fn new() -> (Self, mpsc::Receiver<Waiting>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        (Self { waiting: queue, batches: Arc::default() }, waiting)
    }

    /// Keeps a text, durably.
    pub(crate) async fn keep(&self, text: Vec<u8>) {
        let (answer, answered) = oneshot::channel();
        self.waiting.send((text, answer)).await.expect("a writer");
        answered.await.expect("an answer");
    }

    /// With the number of writes during this.
    pub(crate) async fn counting(&self, asking: impl Future<Output = Seen>) -> Seen {
        let before = self.batches.load(Ordering::SeqCst);
        let mut seen = asking.await;
        seen.batches = self.batches.load(Ordering::SeqCst) - before;
        seen
    }
}

/// Appends `text` over and over, for `askers` at the same time.
pub(crate) async fn append(queue: &Queue, text: &str, askers: usize, during: Duration) -> Seen {
    let start = Instant::now();
    let tasks: Vec<_> = (0..askers)
        .map(|_| {
            let (queue, text) = (queue.clone(), text.as_bytes().to_vec());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while start.elapsed() < during {
                    let asked = Instant::now();
                    queue.keep(text.clone()).await;
                    times.push(asked.elapsed());
                }
                times
            })
        })
        .collect();
    let mut seen = Seen::default();
    for task in tasks {
        seen.times.extend(task.await.expect("an asker"));
    }
    seen.elapsed = start.elapsed();
    seen
}

fn write(mut file: File, mut waiting: mpsc::Receiver<Waiting>, batches: &AtomicUsize) {
    let (mut taken, mut bytes) = (Vec::with_capacity(BATCH), Vec::new());
    while waiting.blocking_recv_many(&mut taken, BATCH) > 0 {
        bytes.clear();
        taken.iter().for_each(|(text, _)| bytes.extend_from_slice(text));
        file.write_all(&bytes).expect("room on the disk");
        file.sync_data().expect("a disk that keeps it");
        batches.fetch_add(1, Ordering::SeqCst);
        answer(&mut taken);
    }
}

async fn insert(database: Database, mut waiting: mpsc::Receiver<Waiting>, batches: Arc<AtomicUsize>) {
    let (mut taken, mut position) = (Vec::with_capacity(BATCH), 0_i32);
    let postgres = database.is_postgres();
    while waiting.recv_many(&mut taken, BATCH).await > 0 {
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        for (text, _) in &taken {
            let place = values.len();
            rows.push(if postgres { format!("(${},${})", place + 1, place + 2) } else { "(?,?)".to_owned() });
            values.push(position.into());
            values.push(String::from_utf8(text.clone()).expect("a text").into());
            position += 1;
        }
        let sql = format!("INSERT INTO appended (position,text) VALUES {}", rows.join(","));
        let backend = database.pool().get_database_backend();
        let tx = database.begin_write().await.expect("a transaction");
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.expect("rows");
        tx.commit().await.expect("a commit");
        batches.fetch_add(1, Ordering::SeqCst);
        answer(&mut taken);
    }
}

fn answer(taken: &mut Vec<Waiting>) {
    for (_, answer) in taken.drain(..) {
        answer.send(()).expect("an asker that waits");
    }
}
