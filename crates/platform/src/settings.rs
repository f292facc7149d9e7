//! Settings that every process takes, as flags or `ALLIANTIE_*` variables.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::telemetry::LogFormat;

/// Where to listen and how to log.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Address and port for everything that users reach; port 0 picks a free one.
    #[arg(long, env = "ALLIANTIE_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address and port for /livez, /readyz and /metrics; port 0 picks a free one.
    #[arg(long, env = "ALLIANTIE_ADMIN_LISTEN", default_value = "127.0.0.1:9090")]
    pub admin_listen: SocketAddr,
    /// What to log, for example "info" or "warn,consent=debug".
    #[arg(long, env = "ALLIANTIE_LOG", default_value = "warn")]
    pub log: String,
    /// How log lines look.
    #[arg(long, env = "ALLIANTIE_LOG_FORMAT", default_value = "text", value_enum)]
    pub log_format: LogFormat,
    /// Where traces go (OTLP over gRPC), for example "http://collector:4317".
    #[arg(long, env = "ALLIANTIE_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
}

/// The database of one service.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// URL of the database: "sqlite://file.db" or "postgres://user@host/name".
    #[arg(long, env = "ALLIANTIE_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A file with that URL in it, so that its password stays out of the environment; it goes
    /// before the URL.
    #[arg(long, env = "ALLIANTIE_DATABASE_URL_FILE")]
    pub database_url_file: Option<PathBuf>,
}

impl DatabaseSettings {
    /// The URL, from the flag or from the file.
    ///
    /// # Errors
    /// A sentence for the user when there is none, or the file cannot be read.
    pub fn url(&self) -> Result<String, String> {
        match (&self.database_url_file, &self.database_url) {
            (None, Some(url)) => Ok(url.clone()),
            (Some(file), _) => std::fs::read_to_string(file)
                .map(|text| text.trim().to_owned())
                .map_err(|error| format!("{} is niet te lezen: {error}", file.display())),
            (None, None) => Err("geef --database-url of --database-url-file".to_owned()),
        }
    }
}

/// Reads a silence limit: milliseconds, from 500 to 30000. Signs of life come every 250 ms, so less
/// would cut for nothing; who was silent for a minute is no longer asked to confirm.
///
/// # Errors
/// A sentence for the user.
pub fn silence_limit(text: &str) -> Result<Duration, String> {
    let millis = text.parse().map_err(|_| "verwacht wordt een aantal milliseconden".to_owned())?;
    if (500..=30_000).contains(&millis) {
        Ok(Duration::from_millis(millis))
    } else {
        Err("verwacht wordt een aantal milliseconden van 500 tot en met 30000".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_limit_is_half_a_second_to_half_a_minute() {
        assert_eq!(silence_limit("2000"), Ok(Duration::from_secs(2)));
        for wrong in ["499", "30001", "2s", ""] {
            assert!(silence_limit(wrong).is_err(), "{wrong}");
        }
    }
}
