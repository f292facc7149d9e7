//! What every long-running process does around its services: telemetry, the two ports, the end.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use platform::admin::{self, Check};
use platform::serve::{bind, serve};
use platform::settings::Common;
use platform::shutdown::Shutdown;
use platform::telemetry::Telemetry;
use tokio::net::TcpListener;

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

    /// Serves `router` until the order to stop.
    pub(crate) async fn serve(self, router: Router, checks: Vec<(String, Check)>) -> Result<()> {
        let admin = admin::router(self.telemetry, self.shutdown.clone(), checks);
        // The admin port answers until the end, so that probes see "stopping".
        let admin = tokio::spawn(serve(self.admin, admin, Shutdown::new()));
        let served = serve(self.listener, router, self.shutdown).await.context("serving failed");
        admin.abort();
        served
    }
}

async fn take(address: SocketAddr, flag: &str) -> Result<TcpListener> {
    bind(address).await.with_context(|| format!("cannot listen on {address} ({flag})"))
}
