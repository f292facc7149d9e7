//! Settings of this service.

use std::time::Duration;

use clap::Args;

/// Settings of this service. Every one has a default that fits.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Bytes of decoded releases that stay in memory.
    #[arg(long, env = "ALLIANTIE_CACHE_BYTES", default_value_t = 256 * 1024 * 1024)]
    pub cache_bytes: u64,
    /// Most bytes of a delivery.
    #[arg(long, env = "ALLIANTIE_MAX_DELIVERY_BYTES", default_value_t = 64 * 1024 * 1024)]
    pub max_delivery_bytes: u64,
    /// Most cells of a delivery.
    #[arg(long, env = "ALLIANTIE_MAX_DELIVERY_CELLS", default_value_t = 1_000_000)]
    pub max_delivery_cells: u32,
    /// Name of this process towards the service that decides; unique among the replicas.
    #[arg(long, env = "ALLIANTIE_ENFORCEMENT_POINT", default_value = "indicators/0")]
    pub enforcement_point: String,
    /// After how many milliseconds of silence of the service that decides open streams under an
    /// agreement end and nothing more is delivered; from 500 to 30000, and not more than that
    /// service allows.
    #[arg(long = "silence-limit-ms", env = "ALLIANTIE_SILENCE_LIMIT_MS", default_value = "2000",
          value_parser = platform::settings::silence_limit)]
    pub silence_limit: Duration,
    /// How many decisions are asked for at a time for streams, which all want one when a release
    /// is published.
    #[arg(skip = 32_usize)]
    pub stream_decisions_at_once: usize,
    /// How long a decision or an entry in the ledger may take.
    #[arg(skip = Duration::from_secs(5))]
    pub decision_timeout: Duration,
    /// How often an open stream looks for releases that another process published.
    #[arg(skip = Duration::from_secs(2))]
    pub release_poll: Duration,
    /// How many deliveries are checked at a time; each takes memory.
    #[arg(skip = 4_usize)]
    pub checks_at_once: usize,
    /// How long a delivery may wait for its check.
    #[arg(skip = Duration::from_secs(30))]
    pub check_wait: Duration,
    /// How many previews of agreements are worked out at a time.
    #[arg(skip = 2_usize)]
    pub previews_at_once: usize,
    /// How long a preview may wait for its turn.
    #[arg(skip = Duration::from_secs(3))]
    pub preview_wait: Duration,
    /// Of how many datasets masks are made at a time; each takes memory.
    #[arg(skip = 2_usize)]
    pub masks_at_once: usize,
    /// How long a query waits for a mask that is being made: less than callers wait, so that they hear it.
    #[arg(skip = Duration::from_secs(20))]
    pub mask_wait: Duration,
    /// Code of the dataset that the stabiliteitsdriehoek is made from.
    #[arg(skip = "stabiliteitsdriehoek".to_owned())]
    pub triangle_dataset: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cache_bytes: 256 * 1024 * 1024,
            max_delivery_bytes: 64 * 1024 * 1024,
            max_delivery_cells: 1_000_000,
            enforcement_point: "indicators/0".to_owned(),
            silence_limit: Duration::from_secs(2),
            stream_decisions_at_once: 32,
            decision_timeout: Duration::from_secs(5),
            release_poll: Duration::from_secs(2),
            checks_at_once: 4,
            check_wait: Duration::from_secs(30),
            previews_at_once: 2,
            preview_wait: Duration::from_secs(3),
            masks_at_once: 2,
            mask_wait: Duration::from_secs(20),
            triangle_dataset: "stabiliteitsdriehoek".to_owned(),
        }
    }
}
