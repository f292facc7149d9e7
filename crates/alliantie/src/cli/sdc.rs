//! What the command line can do with a file of linked tables.

use std::path::PathBuf;

use ::sdc::rules::{Dominance, Preset, Share};
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
    #[arg(long, value_parser = preset)]
    pub policy: Preset,
    /// Hide counts under this.
    #[arg(long)]
    pub minimum_frequency: Option<u64>,
    /// Leave at least this between the lowest and the highest possible value.
    #[arg(long)]
    pub interval_width: Option<u64>,
    /// Hide zeros too.
    #[arg(long)]
    pub protect_zeros: bool,
    /// Hide percentages and means of fewer than this.
    #[arg(long)]
    pub minimum_denominator: Option<u64>,
    /// Hide what fewer respondents answered.
    #[arg(long)]
    pub minimum_respondents: Option<u64>,
    /// Hide what is this percentage of its group or more.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub group_percent: Option<u32>,
    /// Hide an amount of which the second largest contributor can estimate the largest within this
    /// percentage.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub p_percent: Option<u32>,
    /// N,K: hide an amount of which the N largest contributors have more than K percent. Can be given more
    /// than once.
    #[arg(long, value_name = "N,K", value_parser = dominance)]
    pub dominance: Vec<Dominance>,
    /// Hide counts: only percentages are shown.
    #[arg(long)]
    pub percentages_only: bool,
    /// Guard against who knows a cell as its only contributor.
    #[arg(long)]
    pub insiders: bool,
}

fn preset(name: &str) -> Result<Preset, String> {
    name.parse().map_err(|_| {
        let known = Preset::ALL.map(Preset::name).join(", ");
        format!("er is geen beleid \"{name}\"; kies uit {known}")
    })
}

fn dominance(text: &str) -> Result<Dominance, String> {
    let expected = || {
        format!(
            "\"{text}\" is geen N,K; verwacht worden een aantal bijdragen van 1 of meer en een percentage van 1 tot en met 100, bijvoorbeeld 2,90"
        )
    };
    let (n, k) = text.split_once(',').ok_or_else(expected)?;
    let (n, k): (usize, u32) = n.trim().parse().ok().zip(k.trim().parse().ok()).ok_or_else(expected)?;
    if n == 0 || !(1..=100).contains(&k) {
        return Err(expected());
    }
    Ok(Dominance { n, k: Share::percent(k) })
}
