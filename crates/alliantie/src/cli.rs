//! The command line.

mod agreement;
mod in_dutch;
mod key;
mod ledger;
mod sdc;

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::settings::{Common, DatabaseSettings};

pub(crate) use self::in_dutch::{parse, refused};
pub(crate) use self::ledger::{Audit, Ledger};
pub(crate) use self::sdc::{Sdc, SdcPolicy};
pub(crate) use agreement::{Agreement, Change, KnownKey, Sign};
pub(crate) use key::{Algorithm, Key};

use crate::demo_parties::DemoParty;

/// The platform on which the alliance around Brunssum Noord en Oost exchanges area-level data.
///
/// Without a command it runs the whole platform in one process, on SQLite.
#[derive(Debug, Parser)]
#[command(name = "alliantie", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub all_in_one: AllInOne,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Settings of the whole platform in one process.
#[derive(Args, Clone, Debug)]
pub(crate) struct AllInOne {
    /// Folder for the databases; made when it is not there.
    #[arg(long, env = "ALLIANTIE_DATA_DIR", default_value = "alliantie-data")]
    pub data_dir: PathBuf,
    /// Without the fictitious organisations, their public demo keys and their made-up figures.
    #[arg(long, env = "ALLIANTIE_NO_DEMO", value_parser = BoolishValueParser::new())]
    pub no_demo: bool,
    #[command(flatten)]
    pub gateway: gateway::Config,
    #[command(flatten)]
    pub ledger: consent::Config,
}

/// What else the program does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs one service.
    Serve {
        #[command(subcommand)]
        service: Box<Serve>,
    },
    /// Brings the database of one service up to date.
    Migrate {
        /// Whose database.
        service: ServiceName,
        #[command(flatten)]
        database: DatabaseSettings,
    },
    /// Checks the whole ledger in its database, and names the first entry that was changed.
    VerifyLedger {
        #[command(flatten)]
        database: DatabaseSettings,
    },
    /// Makes the keys with which the services know each other, and the one of the ledger.
    Keygen {
        /// Folder to write them to; existing keys are kept.
        folder: PathBuf,
    },
    /// Prints a token of a fictitious organisation, for a platform in demo mode.
    Token {
        /// Whose token.
        party: DemoParty,
    },
    /// Shows, signs, rejects, revokes and verifies agreements.
    #[command(subcommand)]
    Agreement(Agreement),
    /// Makes, registers, lists and withdraws the keys with which an organisation signs.
    #[command(subcommand)]
    Key(Key),
    /// Checks receipts and the ledger, and cosigns its checkpoints.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Judges and makes masks that protect small groups in linked tables, from a file.
    #[command(subcommand)]
    Sdc(Sdc),
    /// Plays a delivery, an agreement, a query, a refusal and a revocation, and says what happens.
    Demo {
        /// The platform to play on, for example http://127.0.0.1:8080. Without it: the one on that
        /// address when it runs, else one of its own.
        #[arg(long, conflicts_with = "own")]
        platform: Option<String>,
        /// PEM file with the certificates that the platform's own has to come from, instead of those that
        /// browsers trust.
        #[arg(long, requires = "platform")]
        ca: Option<PathBuf>,
        /// Play on a platform of its own, in a temporary folder.
        #[arg(long)]
        own: bool,
    },
}

/// The services with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceName {
    /// Agreements, decisions and the ledger.
    Consent,
    /// Areas, indicators, datasets and their figures.
    Indicators,
    /// Goals and inspanningen.
    Inspanningen,
    /// Partners and their keys.
    Stakeholders,
}

impl Serve {
    /// Where to listen and how to log.
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Consent { own, .. }
            | Self::Indicators { own, .. }
            | Self::Inspanningen { own }
            | Self::Stakeholders { own } => &own.common,
            Self::Gateway { common, .. } => common,
        }
    }
}

/// One service and what it needs.
#[derive(Debug, Subcommand)]
pub(crate) enum Serve {
    /// Agreements, decisions and the ledger.
    Consent {
        #[command(flatten)]
        own: OwnService,
        #[command(flatten)]
        ledger: consent::Config,
        /// Where the stakeholders service is.
        #[arg(long, env = "ALLIANTIE_STAKEHOLDERS_URL")]
        stakeholders_url: String,
        /// Where the indicators service is.
        #[arg(long, env = "ALLIANTIE_INDICATORS_URL")]
        indicators_url: String,
        /// Where the inspanningen service is.
        #[arg(long, env = "ALLIANTIE_INSPANNINGEN_URL")]
        inspanningen_url: String,
    },
    /// Areas, indicators, datasets and their figures.
    Indicators {
        #[command(flatten)]
        own: OwnService,
        #[command(flatten)]
        config: indicators::Config,
        /// Where the consent service is.
        #[arg(long, env = "ALLIANTIE_CONSENT_URL")]
        consent_url: String,
    },
    /// Goals and inspanningen.
    Inspanningen {
        #[command(flatten)]
        own: OwnService,
    },
    /// Partners and their keys.
    Stakeholders {
        #[command(flatten)]
        own: OwnService,
    },
    /// The edge: REST, gRPC, gRPC-Web and the web pages.
    Gateway {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        key: GatewayKey,
        #[command(flatten)]
        config: gateway::Config,
        /// Where the consent service is.
        #[arg(long, env = "ALLIANTIE_CONSENT_URL")]
        consent_url: String,
        /// Where the indicators service is.
        #[arg(long, env = "ALLIANTIE_INDICATORS_URL")]
        indicators_url: String,
        /// Where the inspanningen service is.
        #[arg(long, env = "ALLIANTIE_INSPANNINGEN_URL")]
        inspanningen_url: String,
        /// Where the stakeholders service is.
        #[arg(long, env = "ALLIANTIE_STAKEHOLDERS_URL")]
        stakeholders_url: String,
    },
}

/// What every service with a database needs.
#[derive(Args, Clone, Debug)]
pub(crate) struct OwnService {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub database: DatabaseSettings,
    /// PKCS#8 PEM with the Ed25519 key with which this service signs its internal tokens; for
    /// services that call another one.
    #[arg(long, env = "ALLIANTIE_TOKEN_KEY_FILE")]
    pub token_key_file: Option<PathBuf>,
    /// Folder with `{service}.pem` for each service that may call this one: its public key.
    #[arg(long, env = "ALLIANTIE_TRUSTED_KEYS_DIR")]
    pub trusted_keys_dir: PathBuf,
    /// Load the programme's own data when the database does not have it yet.
    #[arg(long, env = "ALLIANTIE_LOAD_PROGRAMME", value_parser = BoolishValueParser::new())]
    pub load_programme: bool,
}

/// The key of the gateway.
#[derive(Args, Clone, Debug)]
pub(crate) struct GatewayKey {
    /// PKCS#8 PEM with the Ed25519 key with which the gateway signs its internal tokens.
    #[arg(long, env = "ALLIANTIE_TOKEN_KEY_FILE")]
    pub token_key_file: PathBuf,
}

/// Where the platform is.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlatformAddress {
    /// Address of the platform, https:// or http://.
    #[arg(long, env = "ALLIANTIE_PLATFORM", default_value = "http://127.0.0.1:8080")]
    pub platform: String,
    /// PEM file with the certificates that the platform's own has to come from, instead of those that
    /// browsers trust.
    #[arg(long, env = "ALLIANTIE_CA_FILE")]
    pub ca: Option<PathBuf>,
}

impl PlatformAddress {
    /// This address, as browsers would trust it.
    pub(crate) fn at(url: &str) -> Self {
        Self { platform: url.to_owned(), ca: None }
    }
}

/// Where the platform is and who asks.
#[derive(Args, Clone, Debug)]
pub(crate) struct PartnerAccess {
    /// Where it is.
    #[command(flatten)]
    pub address: PlatformAddress,
    /// File with the access token of your organisation; needed unless you give --as.
    #[arg(long, env = "ALLIANTIE_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
    /// Be a fictitious organisation, on a platform in demo mode: its token and its key are used.
    #[arg(long = "as")]
    pub demo_as: Option<DemoParty>,
}

/// The key to sign with.
#[derive(Args, Clone, Debug)]
pub(crate) struct SigningKey {
    /// PKCS#8 PEM file with the Ed25519 or P-256 key of your organisation; needed unless you give
    /// --as.
    #[arg(long, env = "ALLIANTIE_SIGNING_KEY_FILE")]
    pub key: Option<PathBuf>,
}
