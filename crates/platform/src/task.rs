//! Tasks without which a service only refuses.

use std::future::Future;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::shutdown::Shutdown;

/// Runs a task. When it fails, this process is of no use any more: the order to stop is given, so
/// that another one takes its place. A task that ends by itself is done.
pub fn keep_running(name: &'static str, shutdown: Shutdown, task: impl Future<Output = ()> + Send + 'static) {
    let running = tokio::spawn(task);
    tokio::spawn(async move {
        if let Err(error) = running.await {
            tracing::error!(task = name, %error, "a task failed that the service cannot do without; it stops");
            shutdown.tell();
        }
    });
}

/// Runs a task on a thread and a runtime of its own, which it may hold up, and where it waits for no
/// other task. So it ends by itself, also after the runtime that started it. It is made there by `task`,
/// and what it spawns runs only while it waits. A failure is as in [`keep_running`].
pub fn keep_running_apart<F: Future<Output = ()>>(
    name: &'static str,
    shutdown: Shutdown,
    task: impl FnOnce() -> F + Send + 'static,
) {
    let (done, ended) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_time().build();
    let started = runtime.and_then(|runtime| {
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(task());
            done.send(()).ok();
        })
    });
    tokio::spawn(async move {
        if started.is_err() || ended.await.is_err() {
            tracing::error!(task = name, "a task failed that the service cannot do without; it stops");
            shutdown.tell();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_task_that_fails_stops_the_service_and_one_that_is_done_does_not() {
        let shutdown = Shutdown::new();
        keep_running("done", shutdown.clone(), async {});
        assert!(timeout(Duration::from_millis(50), shutdown.wait()).await.is_err());
        keep_running("failed", shutdown.clone(), async { panic!("a fault") });
        timeout(Duration::from_secs(5), shutdown.wait()).await.expect("the order to stop");
    }

    #[tokio::test]
    async fn so_it_is_for_a_task_apart() {
        let shutdown = Shutdown::new();
        keep_running_apart("done", shutdown.clone(), async || {});
        assert!(timeout(Duration::from_millis(50), shutdown.wait()).await.is_err());
        keep_running_apart("failed", shutdown.clone(), async || panic!("a fault"));
        timeout(Duration::from_secs(5), shutdown.wait()).await.expect("the order to stop");
    }

    #[test]
    fn a_task_apart_ends_by_itself_after_the_runtime_that_started_it() {
        let (done, ended) = std::sync::mpsc::channel();
        let (begun, begins) = std::sync::mpsc::channel();
        let runtime = Builder::new_multi_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            keep_running_apart("apart", Shutdown::new(), async move || {
                begun.send(()).expect("a test");
                tokio::time::sleep(Duration::from_millis(100)).await;
                done.send(()).expect("a test");
            });
        });
        begins.recv_timeout(Duration::from_secs(5)).expect("a task");
        drop(runtime);
        ended.recv_timeout(Duration::from_secs(5)).expect("a task that is done");
    }
}
