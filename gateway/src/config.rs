//! The settings of the gateway.

use std::path::PathBuf;

use clap::Args;

/// What a user can set about the gateway.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// JSON file with the issuers whose tokens are accepted:
    /// `[{"issuer": "...", "audience": "...", "jwks": {"keys": [...]}}]`. Optional for each issuer:
    /// `"organisations": ["<OIN>", ...]`, the organisations that it may name (without: all), and
    /// `"roles": ["partner", ...]`, the roles that it may give (without: all; but with
    /// organisations only partner and administrator, and then every token must have an OIN of that
    /// list).
    #[arg(long, env = "ALLIANTIE_TOKEN_ISSUERS_FILE")]
    pub token_issuers_file: Option<PathBuf>,
    /// Requests per second that one organisation, or one address without credentials, may make on
    /// average; 0 is no limit.
    #[arg(long, env = "ALLIANTIE_REQUESTS_PER_SECOND", default_value_t = 1000)]
    pub requests_per_second: u32,
    /// Requests that it may make at once on top of that average.
    #[arg(long, env = "ALLIANTIE_REQUEST_BURST", default_value_t = 2000)]
    pub request_burst: u32,
    /// Calls that one organisation, or one subject without an organisation, may have open at once;
    /// 0 is no limit.
    #[arg(long, env = "ALLIANTIE_OPEN_CALLS", default_value_t = 256)]
    pub open_calls: u32,
    /// Calls that one address without credentials may have open at once; 0 is no limit.
    #[arg(long, env = "ALLIANTIE_OPEN_CALLS_PER_ADDRESS", default_value_t = 64)]
    pub open_calls_per_address: u32,
    /// Origins of web applications that may call with gRPC-Web, for example
    /// `https://app.gemeente.example`; separated by commas.
    #[arg(long, env = "ALLIANTIE_WEB_ORIGINS", value_delimiter = ',')]
    pub web_origins: Vec<String>,
    /// Where users reach the gateway, for example `https://alliantie.example`; stands in the
    /// OpenAPI document, and with https tells browsers to stay on it.
    #[arg(long, env = "ALLIANTIE_PUBLIC_URL")]
    pub public_url: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token_issuers_file: None,
            requests_per_second: 1000,
            request_burst: 2000,
            open_calls: 256,
            open_calls_per_address: 64,
            web_origins: Vec::new(),
            public_url: None,
        }
    }
}
