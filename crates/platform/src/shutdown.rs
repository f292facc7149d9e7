//! The order to stop, seen by everything that runs.

use tokio_util::sync::CancellationToken;

/// Told once, heard by all clones.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A new one, not yet told.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells everybody to stop.
    pub fn tell(&self) {
        self.0.cancel();
    }

    /// Whether it was told.
    #[must_use]
    pub fn told(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it is told.
    pub async fn wait(&self) {
        self.0.cancelled().await;
    }

    /// Tells it at SIGTERM and at SIGINT.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn on_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            shutdown.tell();
        });
        Ok(())
    }
}
