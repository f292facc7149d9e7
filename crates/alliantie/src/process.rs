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
        shutdown.on_signals().context("cannot hear signals")?;
        let listener = take(common.listen, "--listen").await?;
        let admin = take(common.admin_listen, "--admin-listen").await?;
        Ok(Self { telemetry: Arc::new(telemetry), listener, admin, shutdown })
    }

    /// The address that users reach.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().context("the listener has no address")
    }

    /// The address of the admin port.
    pub(crate) fn admin_address(&self) -> Result<SocketAddr> {
        self.admin.local_addr().context("the admin listener has no address")
    }

    /// Serves `router` until the order to stop. The process is ready while its databases, by name,
    /// answer; at the end they are closed.
    pub(crate) async fn serve(self, router: Router, databases: Databases) -> Result<()> {
        let checks =
            databases.iter().map(|(name, database)| (name.clone(), database_check(database.clone())));
        let admin = admin::router(self.telemetry, self.shutdown.clone(), checks.collect());
        // The admin port answers until the end, so that probes see "stopping".
        let admin = tokio::spawn(serve(self.admin, admin, Shutdown::new()));
        let served = serve(self.listener, router, self.shutdown).await.context("serving failed");
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
    bind(address).await.with_context(|| format!("cannot listen on {address} ({flag})"))
}
