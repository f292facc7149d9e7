//! What every long-running process does around its services: telemetry, the two ports, the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use platform::admin::{self, database_check};
use platform::db::Database;
use platform::serve::{bind, serve};
use platform::settings::Common;
use platform::shutdown::Shutdown;
use platform::telemetry::Telemetry;
use tokio::net::TcpListener;

/// How long after the order to stop what is left is waited for.
const END: Duration = Duration::from_secs(9);
/// How long closing a database may take.
const CLOSE: Duration = Duration::from_secs(1);

/// Databases by the name of their service.
pub(crate) type Databases = Vec<(String, Database)>;

/// A process that has its ports and does not serve yet.
pub(crate) struct Process {
    telemetry: Arc<Telemetry>,
    listener: TcpListener,
    admin: TcpListener,
    /// The order to stop.
    pub shutdown: Shutdown,
}

impl Process {
    /// Sets up telemetry, hears signals and takes the ports, so that a taken port shows at once.
    pub(crate) async fn start(common: &Common) -> Result<Self> {
        let telemetry = Telemetry::start(&common.log, common.log_format, common.otlp_endpoint.as_deref())?;
        let shutdown = Shutdown::new();
        shutdown.on_signals().context("signalen zijn niet te ontvangen")?;
        let listener = take(common.listen, "--listen").await?;
        let admin = take(common.admin_listen, "--admin-listen").await?;
        Ok(Self { telemetry: Arc::new(telemetry), listener, admin, shutdown })
    }

    /// The address that users reach.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().context("het adres om op te luisteren is onbekend")
    }

    /// The address of the admin port.
    pub(crate) fn admin_address(&self) -> Result<SocketAddr> {
        self.admin.local_addr().context("het beheeradres om op te luisteren is onbekend")
    }

    /// Serves `router` until the order to stop. The process is ready while its databases, by name,
    /// answer; at the end they are closed. Before that, `last` gets time to end what is not done when
    /// the last request is.
    pub(crate) async fn serve(
        self,
        router: Router,
        databases: Databases,
        last: impl Future<Output = ()>,
    ) -> Result<()> {
        let checks =
            databases.iter().map(|(name, database)| (name.clone(), database_check(database.clone())));
        let admin = admin::router(self.telemetry, self.shutdown.clone(), checks.collect());
        // The admin port answers until the end, so that probes see "stopping".
        let admin = tokio::spawn(serve(self.admin, admin, Shutdown::new()));
        let order = self.shutdown.clone();
        let over = tokio::spawn(async move {
            order.wait().await;
            tokio::time::sleep(END).await;
        });
        let served = serve(self.listener, router, self.shutdown).await.context("de dienst is gestopt");
        tokio::select! {
            () = last => {}
            _ = over => tracing::warn!("stopped before everything was done"),
        }
        admin.abort();
        for (name, database) in databases {
            let closed = tokio::time::timeout(CLOSE, database.close()).await;
            if !matches!(closed, Ok(Ok(()))) {
                tracing::warn!(name, "the database was not closed");
            }
        }
        served
    }
}

async fn take(address: SocketAddr, flag: &str) -> Result<TcpListener> {
    bind(address).await.with_context(|| format!("luisteren op {address} ({flag}) lukt niet"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::telemetry::LogFormat;
    use tokio::time::{Instant, sleep, timeout};

    /// One test, as a process sets up its telemetry once.
    #[tokio::test]
    async fn a_process_ends_when_what_is_left_is_done_and_not_before() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let log = "off".to_owned();
        let common =
            Common { listen, admin_listen: listen, log, log_format: LogFormat::Text, otlp_endpoint: None };
        let process = Process::start(&common).await.expect("a process");
        let shutdown = process.shutdown.clone();
        let left = Duration::from_millis(500);
        let serving =
            tokio::spawn(process.serve(Router::new(), Databases::new(), async move { sleep(left).await }));
        sleep(left).await;
        assert!(!serving.is_finished(), "without the order it goes on");
        let order = Instant::now();
        shutdown.tell();
        let served = timeout(END, serving).await.expect("it ends").expect("a task");
        served.expect("it served");
        assert!(order.elapsed() >= left, "{:?}", order.elapsed());
    }
}
