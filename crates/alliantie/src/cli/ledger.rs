//! What the command line can do with the ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ledger::NoteVerifier;

use super::{PartnerAccess, PlatformAddress, SigningKey};
use crate::demo_parties::DemoParty;
use crate::in_dutch::verifier_key;

/// What can be done with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Checks that the decision behind an answer or a refusal stands in the ledger, and that the observations
    /// in the answer are what was delivered.
    Verify {
        /// File with an answer over REST, with its decision alone, or with a refusal.
        receipt: PathBuf,
        /// Nobody needs a token to check the place in the ledger; with one, the entry itself is looked
        /// at too.
        #[command(flatten)]
        access: PartnerAccess,
        /// Check against the folder of an earlier audit, without a platform.
        #[arg(long)]
        folder: Option<PathBuf>,
        /// Verifier key of the ledger, as you know it; without it the one that the platform shows.
        #[arg(long, value_parser = verifier_key)]
        log_key: Option<NoteVerifier>,
    },
    /// Downloads what you may see of the ledger, as an organisation or as privacy officer, and checks all of
    /// it.
    Audit(Audit),
    /// Cosigns the checkpoint of the ledger, when it follows from the one that was seen before.
    Witness {
        /// Folder with the checkpoints that were seen before; made when it is not there.
        folder: PathBuf,
        #[command(flatten)]
        access: PartnerAccess,
        #[command(flatten)]
        key: SigningKey,
        /// OIN of your organisation.
        #[arg(long, required_unless_present = "demo_as")]
        oin: Option<String>,
        /// Verifier key of the ledger, as you know it; without it the one that the platform shows
        /// the first time.
        #[arg(long, value_parser = verifier_key)]
        log_key: Option<NoteVerifier>,
    },
}

/// What to audit.
#[derive(Args, Clone, Debug)]
pub(crate) struct Audit {
    /// Folder to keep everything in; made when it is not there.
    pub folder: PathBuf,
    /// Check what the folder has, without a platform.
    #[arg(long)]
    pub offline: bool,
    /// Where the platform is.
    #[command(flatten)]
    pub address: PlatformAddress,
    /// File with the access token of your organisation.
    #[arg(long, env = "ALLIANTIE_TOKEN_FILE", required_unless_present_any = ["demo_as", "offline"])]
    pub token_file: Option<PathBuf>,
    /// Be a fictitious organisation, on a platform in demo mode.
    #[arg(long = "as")]
    pub demo_as: Option<DemoParty>,
    /// Verifier key of the ledger, as you know it; without it the one that the platform shows the
    /// first time.
    #[arg(long, value_parser = verifier_key)]
    pub log_key: Option<NoteVerifier>,
    /// Verifier key of a witness, as its organisation gave it to you; may be given more than once. At
    /// least one of them must have cosigned a state.
    #[arg(long, value_parser = verifier_key)]
    pub witness_key: Vec<NoteVerifier>,
}
