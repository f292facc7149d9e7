//! The arguments of `alliantie key`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::{PartnerAccess, PlatformAddress, SigningKey};

/// What can be done with a signing key.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Makes a key and prints its public half. An existing file is kept.
    New {
        /// File for the private key, PKCS#8 PEM. Keep it secret.
        file: PathBuf,
        /// The algorithm with which it signs.
        #[arg(long, value_enum, default_value_t = Algorithm::Eddsa)]
        algorithm: Algorithm,
    },
    /// Registers the public half of a key for your organisation, with a proof that you hold the
    /// private half. Takes a token with the role administrator.
    Register {
        /// Your organisation, "stakeholders/{id}"; needed unless you give --as.
        stakeholder: Option<String>,
        #[command(flatten)]
        access: PartnerAccess,
        #[command(flatten)]
        key: SigningKey,
    },
    /// Lists the keys of an organisation, withdrawn ones too. Everybody may.
    List {
        /// "stakeholders/{id}".
        stakeholder: String,
        /// Where it is.
        #[command(flatten)]
        address: PlatformAddress,
    },
    /// Withdraws a key of your organisation, for good: nothing that it signs is accepted from then
    /// on. What it signed before stays valid.
    Withdraw {
        /// "stakeholders/{id}/signing-keys/{thumbprint}".
        name: String,
        #[command(flatten)]
        access: PartnerAccess,
    },
}

/// A JWS algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Algorithm {
    /// Ed25519.
    Eddsa,
    /// P-256.
    Es256,
}
