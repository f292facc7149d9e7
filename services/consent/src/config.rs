//! Settings of the service.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// The ledger as a log and who has to keep an eye on it, and how revocation is enforced.
#[derive(Args, Clone, Debug)]
#[group(id = "consent")]
pub struct Config {
    /// Name of the ledger in its checkpoints: a host name and a path, without spaces.
    #[arg(long, env = "ALLIANTIE_LEDGER_ORIGIN", default_value = Self::ORIGIN)]
    pub ledger_origin: String,
    /// PKCS#8 PEM with the Ed25519 key with which the ledger signs its checkpoints.
    #[arg(long, env = "ALLIANTIE_LEDGER_KEY_FILE")]
    pub ledger_key_file: Option<PathBuf>,
    /// How many organisations must have co-signed a recent checkpoint before data is shared under
    /// an agreement.
    #[arg(long, env = "ALLIANTIE_WITNESSES_NEEDED", default_value_t = 0)]
    pub witnesses_needed: u32,
    /// How many seconds old a co-signature may be to count. A checkpoint may be co-signed for as long
    /// after the next entry came, so that the oldest state that is covered can be twice as old. When
    /// too few count, open streams end within the silence limit. From 1: no co-signature is younger than 0.
    #[arg(long, env = "ALLIANTIE_WITNESS_MAX_AGE_SECONDS", default_value_t = Self::MAX_AGE,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub witness_max_age_seconds: u32,
    /// After how many milliseconds of silence an enforcement point has cut by itself; no point may
    /// have a longer limit of its own. From 500 to 30000.
    #[arg(long = "silence-limit-ms", env = "ALLIANTIE_SILENCE_LIMIT_MS", default_value = "2000",
          value_parser = platform::settings::silence_limit)]
    pub silence_limit: Duration,
    /// After how many seconds of silence of an enforcement point the ledger says of each delivery through it
    /// that nobody told how it ended. From 5, as signs of life are kept every
    /// second. A point that is only cut off goes on telling for one to two minutes.
    #[arg(long, env = "ALLIANTIE_UNACCOUNTED_AFTER_SECONDS", default_value_t = Self::UNACCOUNTED_AFTER,
          value_parser = clap::value_parser!(u32).range(5..))]
    pub unaccounted_after_seconds: u32,
}

impl Config {
    const ORIGIN: &str = "alliantie.nl/brunssum-noord-en-oost";
    const MAX_AGE: u32 = 24 * 60 * 60;
    const UNACCOUNTED_AFTER: u32 = 5 * 60;

    /// Whose co-signatures are needed.
    pub(crate) fn witnesses(&self) -> Witnesses {
        Witnesses {
            origin: self.ledger_origin.clone(),
            needed: self.witnesses_needed,
            max_age: time::Duration::seconds(self.witness_max_age_seconds.into()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ledger_origin: Self::ORIGIN.to_owned(),
            ledger_key_file: None,
            witnesses_needed: 0,
            witness_max_age_seconds: Self::MAX_AGE,
            silence_limit: Duration::from_secs(2),
            unaccounted_after_seconds: Self::UNACCOUNTED_AFTER,
        }
    }
}

/// Whose co-signatures are needed.
#[derive(Clone, Debug)]
pub(crate) struct Witnesses {
    /// The name of the log.
    pub(crate) origin: String,
    /// How many organisations must have co-signed.
    pub(crate) needed: u32,
    /// How long ago at most.
    pub(crate) max_age: time::Duration,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn a_cosignature_may_be_a_second_old_at_least() {
        let read = |seconds: &str| Alone::try_parse_from(["consent", "--witness-max-age-seconds", seconds]);
        assert!(read("0").is_err());
        assert_eq!(read("1").expect("a setting").config.witness_max_age_seconds, 1);
    }
}
