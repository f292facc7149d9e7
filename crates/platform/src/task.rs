//! Tasks without which a service only refuses.

use std::future::Future;

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
}
