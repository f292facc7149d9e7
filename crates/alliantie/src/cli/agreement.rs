//! The arguments of `alliantie agreement`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use consent::offline::SignatureKind;
use platform::identity::Oin;

use super::{PartnerAccess, SigningKey};

/// What can be done with an agreement.
#[derive(Debug, Subcommand)]
pub(crate) enum Agreement {
    /// Prints the text, the state and the hash of an agreement.
    Show {
        /// "agreements/{id}".
        name: String,
        #[command(flatten)]
        access: PartnerAccess,
        /// Also write the content that is signed to this file.
        #[arg(long)]
        save: Option<PathBuf>,
        /// Also write the whole agreement to this file, with its signatures and the keys of its
        /// parties, for `verify`.
        #[arg(long)]
        save_all: Option<PathBuf>,
    },
    /// Checks the content against its hash and its text, signs it and places the signature, which does
    /// what it says. With --content it signs a saved content without a platform: it says on standard error
    /// what is signed, and prints the signature.
    Sign(Sign),
    /// Refuses a proposal.
    Reject(Change),
    /// Ends an active agreement at once.
    Revoke(Change),
    /// Pauses an active agreement at once.
    Suspend(Change),
    /// Ends the pause by your organisation.
    Resume(Change),
    /// Checks without a platform: a whole agreement as `show --save-all` writes it, or, with
    /// --signature and --public-key, one signature over a content as `show --save` writes it.
    Verify {
        /// The file.
        file: PathBuf,
        /// The signature: a compact JWS, or a file with one.
        #[arg(long, requires = "public_key")]
        signature: Option<String>,
        /// Public key of who signed, in PEM.
        #[arg(long, requires = "signature")]
        public_key: Option<PathBuf>,
        /// A key that you know to be of a party, as OIN=THUMBPRINT: then it signs with no other. The
        /// party has the thumbprint from `key new`. Can be given more than once.
        #[arg(long, value_name = "OIN=THUMBPRINT", conflicts_with = "signature")]
        known_key: Vec<KnownKey>,
    },
}

/// A key that is known to be of a party.
#[derive(Clone, Debug)]
pub(crate) struct KnownKey {
    /// The party.
    pub oin: Oin,
    /// RFC 7638 thumbprint of its key.
    pub thumbprint: String,
}

impl FromStr for KnownKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = text.split_once('=').filter(|(_, thumbprint)| !thumbprint.is_empty());
        let (oin, thumbprint) = known.ok_or("verwacht wordt OIN=THUMBPRINT")?;
        let oin = oin.parse().map_err(|_| format!("{oin} is geen OIN"))?;
        Ok(Self { oin, thumbprint: thumbprint.to_owned() })
    }
}

/// The arguments of `sign`.
#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// "agreements/{id}".
    #[arg(required_unless_present = "content")]
    pub name: Option<String>,
    #[command(flatten)]
    pub access: PartnerAccess,
    #[command(flatten)]
    pub key: SigningKey,
    /// File with the content, as `show --save` writes it: sign it here, without a platform.
    #[arg(long, conflicts_with_all = ["name", "signature"])]
    pub content: Option<PathBuf>,
    /// What the signature says, and so what is done: accept, reject, revoke, suspend or resume. Without it:
    /// accept.
    #[arg(long = "type", value_parser = kind, conflicts_with = "signature")]
    pub kind: Option<SignatureKind>,
    /// Place this signature, made before: a compact JWS, or a file with one. What it says is done.
    #[arg(long, conflicts_with = "key")]
    pub signature: Option<String>,
}

fn kind(name: &str) -> Result<SignatureKind, String> {
    SignatureKind::named(name).ok_or_else(|| {
        let kinds = SignatureKind::ALL.map(SignatureKind::name).join(", ");
        format!("dat is geen soort handtekening; kies uit {kinds}")
    })
}

/// The arguments of a change by signature.
#[derive(Args, Debug)]
pub(crate) struct Change {
    /// "agreements/{id}".
    pub name: String,
    #[command(flatten)]
    pub access: PartnerAccess,
    #[command(flatten)]
    pub key: SigningKey,
}
