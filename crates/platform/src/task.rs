//! Tasks without which a service only refuses.

use std::future::Future;

use tokio::runtime::Handle;
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

/// Runs a task on a thread of its own, which it may hold up, and where it waits for no other task.
/// It is made there by `task`. A failure is as in [`keep_running`].
pub fn keep_running_apart<F: Future<Output = ()>>(
    name: &'static str,
    shutdown: Shutdown,
    task: impl FnOnce() -> F + Send + 'static,
) {
    let runtime = Handle::current();
    let (done, ended) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned());
    let started = thread.spawn(move || {
        runtime.block_on(task());
        done.send(()).ok();
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
}
