//! The least that a durable ledger can do: one writer takes all texts that wait, appends them to a
//! file, asks the disk to keep them, and answers.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::load::Seen;

/// Most texts in one write: as many as the ledger takes.
const BATCH: usize = 256;

type Waiting = (Vec<u8>, oneshot::Sender<()>);

/// Appends `text` over and over to a file in this folder, for `askers` at the same time.
pub(crate) async fn append(folder: &Path, text: &str, askers: usize, during: Duration) -> Seen {
    let path = folder.join("appended");
    let file = OpenOptions::new().create(true).append(true).open(&path).expect("a file");
    let (queue, waiting) = mpsc::channel(1024);
    let batches = Arc::new(AtomicUsize::new(0));
    let counted = batches.clone();
    let writer = std::thread::spawn(move || write(file, waiting, &counted));
    let start = Instant::now();
    let tasks: Vec<_> = (0..askers)
        .map(|_| {
            let (queue, text) = (queue.clone(), text.as_bytes().to_vec());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while start.elapsed() < during {
                    let asked = Instant::now();
                    let (answer, answered) = oneshot::channel();
                    queue.send((text.clone(), answer)).await.expect("a writer");
                    answered.await.expect("an answer");
                    times.push(asked.elapsed());
                }
                times
            })
        })
        .collect();
    drop(queue);
    let mut seen = Seen::default();
    for task in tasks {
        seen.times.extend(task.await.expect("an asker"));
    }
    seen.elapsed = start.elapsed();
    writer.join().expect("the writer");
    seen.batches = batches.load(Ordering::SeqCst);
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
        for (_, answer) in taken.drain(..) {
            answer.send(()).expect("an asker that waits");
        }
    }
}
