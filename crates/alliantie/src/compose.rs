//! How the services fit together: who may call whom, and how one service becomes something that
//! can be served. The same for one process and for five.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use axum::Router;
use platform::access::{Access, Rules};
use platform::clock::Clock;
use platform::keys::{PrivateKey, PublicKey};
use platform::serve::{Limits, stack};
use platform::token::{Signer, Verifier};
use tonic::service::Routes;

/// The services that call other ones, and so have a key.
pub(crate) const CALLING_SERVICES: [&str; 3] = ["gateway", "consent", "indicators"];

/// Who may call a service.
pub(crate) fn callers_of(service: &str) -> &'static [&'static str] {
    match service {
        "consent" => &["gateway", "indicators"],
        "indicators" | "inspanningen" | "stakeholders" => &["gateway", "consent"],
        _ => &["gateway"],
    }
}

/// The public keys of those who may call a service.
pub(crate) type Trusted = HashMap<String, PublicKey>;

/// Puts `routes` behind the stack of the service `name`.
pub(crate) fn behind_stack(name: &str, routes: Routes, trusted: Trusted, clock: &Clock) -> Result<Router> {
    let access =
        Access { rules: Rules::of_contract()?, verifier: Verifier::new(name, trusted, clock.clone()) };
    Ok(stack(routes, access, Limits::default())?)
}

/// Reads the key of `service` from a file.
pub(crate) fn signer(service: &str, file: &Path, clock: &Clock) -> Result<Signer> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("{} is niet te lezen", file.display()))?;
    let key =
        PrivateKey::from_pem(&text).with_context(|| format!("{} is niet te gebruiken", file.display()))?;
    Ok(Signer::new(service, key, clock.clone()))
}

/// Reads the public keys of those who may call `service` from `{folder}/{caller}.pem`.
pub(crate) fn trusted(service: &str, folder: &Path) -> Result<Trusted> {
    let read = |caller: &&str| {
        let file = folder.join(format!("{caller}.pem"));
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("{} is niet te lezen", file.display()))?;
        let key =
            PublicKey::from_pem(&text).with_context(|| format!("{} is niet te gebruiken", file.display()))?;
        Ok(((*caller).to_owned(), key))
    };
    callers_of(service).iter().map(read).collect()
}

/// Keys for all services of one process, made at its start and known to nobody else.
pub(crate) struct ProcessKeys(HashMap<&'static str, PrivateKey>);

impl ProcessKeys {
    /// New keys.
    pub(crate) fn new() -> Result<Self> {
        let make = |service: &&'static str| Ok((*service, PrivateKey::generate()?));
        Ok(Self(CALLING_SERVICES.iter().map(make).collect::<Result<_>>()?))
    }

    /// The signer of one service.
    pub(crate) fn signer(&self, service: &str, clock: &Clock) -> Result<Signer> {
        let key = self.0.get(service).with_context(|| format!("{service} heeft geen sleutel"))?;
        Ok(Signer::new(service, key.clone(), clock.clone()))
    }

    /// The public keys of those who may call `service`.
    pub(crate) fn trusted(&self, service: &str) -> Trusted {
        let known =
            |caller: &&str| self.0.get(*caller).map(|key| ((*caller).to_owned(), key.public().clone()));
        callers_of(service).iter().filter_map(known).collect()
    }
}
