//! What this service needs to know of the organisations that take part.

use std::collections::BTreeMap;
use std::error::Error as Cause;
use std::fmt;

use futures_util::future::BoxFuture;
use platform::identity::Oin;
use platform::keys::PublicKey;
use time::OffsetDateTime;

/// An organisation that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its OIN.
    pub oin: Oin,
    /// Its Dutch name.
    pub display_name: String,
    /// The keys with which it signs.
    pub keys: Vec<RegisteredKey>,
}

/// A key with which an organisation signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredKey {
    /// Its thumbprint (RFC 7638).
    pub thumbprint: String,
    /// The key.
    pub key: PublicKey,
    /// When it was registered; signatures are valid from then on.
    pub create_time: OffsetDateTime,
    /// When it was withdrawn: nothing that is placed from then on counts. None while it is in use.
    pub withdraw_time: Option<OffsetDateTime>,
}

/// Organisations cannot be looked up now.
#[derive(Debug, thiserror::Error)]
#[error("organisations cannot be looked up")]
pub struct Error(#[source] Box<dyn Cause + Send + Sync>);

impl Error {
    /// Because of this.
    pub fn new(cause: impl Into<Box<dyn Cause + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Looks up organisations.
pub trait Organisations: fmt::Debug + Send + Sync {
    /// The organisation with this OIN, when there is one.
    fn look_up<'a>(&'a self, oin: &'a Oin) -> BoxFuture<'a, Result<Option<Organisation>, Error>>;

    /// The Dutch names of the organisations with these OINs, by OIN, in one question; who does not
    /// exist is not in it.
    fn names<'a>(&'a self, oins: &'a [Oin]) -> BoxFuture<'a, Result<BTreeMap<String, String>, Error>>;
}
