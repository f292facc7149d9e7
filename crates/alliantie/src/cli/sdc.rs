//! What the command line can do with a file of linked tables.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What can be done with a file of linked tables.
#[derive(Debug, Subcommand)]
pub(crate) enum Sdc {
    /// Prints as JSON, for each case in the file, which hidden cells can be computed, between which
    /// values the others lie, and whether what is protected is safe.
    Audit {
        /// JSON with cells, relations and cases.
        file: PathBuf,
    },
    /// Prints as JSON which cells to hide so that small groups are protected, and what that costs.
    Protect {
        /// JSON with cells and relations.
        file: PathBuf,
        #[command(flatten)]
        policy: SdcPolicy,
    },
    /// Shows on the fictitious delivery of Weller which small cells a minimum count by itself gives
    /// away, and that a mask gives none.
    Demo,
}

/// The rules to protect by. Rules can only be made stricter than those of the policy.
#[derive(Args, Clone, Debug)]
pub(crate) struct SdcPolicy {
    /// Name of a policy, for example persons_sensitive.
    #[arg(long)]
    pub policy: ::sdc::rules::Preset,
    /// Hide counts under this.
    #[arg(long)]
    pub minimum_frequency: Option<u64>,
    /// Leave at least this between the lowest and the highest possible value.
    #[arg(long)]
    pub interval_width: Option<u64>,
    /// Hide zeros too.
    #[arg(long)]
    pub protect_zeros: bool,
}
