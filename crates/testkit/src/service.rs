//! One service in this process, behind its real stack, called as whoever the test wants to be.

use std::collections::HashMap;
use std::sync::OnceLock;

use platform::access::{Access, Rules};
use platform::clock::Clock;
use platform::identity::Caller;
use platform::keys::{PrivateKey, PublicKey};
use platform::serve::{Limits, stack};
use platform::token::{Signer, Verifier};
use platform::upstream::{Upstream, Vouched, local};
use proto::api::v1::Role;
use tonic::service::Routes;

/// Who calls in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// Nobody in particular.
    Anonymous,
    /// Provider in most scenarios; it may register keys, like the other partners.
    Weller,
    /// Somebody at Weller who administers nothing.
    WellerEmployee,
    /// Another provider; a third party in most scenarios.
    WonenZuid,
    /// Recipient in most scenarios.
    Ggd,
    /// Somebody of the programme, at the municipality.
    Programme,
    /// The privacy officer, at the municipality.
    PrivacyOfficer,
    /// A service of the platform on its own account.
    Service(&'static str),
}

impl Party {
    /// The fictitious OIN of the party; empty when it has none.
    #[must_use]
    pub fn oin(self) -> &'static str {
        match self {
            Self::Anonymous | Self::Service(_) => "",
            Self::Programme | Self::PrivacyOfficer => "00000099000000001000",
            Self::Weller | Self::WellerEmployee => "00000099000000002000",
            Self::WonenZuid => "00000099000000003000",
            Self::Ggd => "00000099000000004000",
        }
    }

    /// What its verified credentials say.
    #[must_use]
    pub fn caller(self) -> Caller {
        let (subject, roles) = match self {
            Self::Anonymous => return Caller::anonymous(),
            Self::Service(name) => return Caller::service(name),
            Self::Weller => ("weller-systeem", vec![Role::Partner, Role::Administrator]),
            Self::WonenZuid => ("wonen-zuid-systeem", vec![Role::Partner, Role::Administrator]),
            Self::Ggd => ("ggd-systeem", vec![Role::Partner, Role::Administrator]),
            Self::WellerEmployee => ("weller-medewerker", vec![Role::Partner]),
            Self::Programme => ("programmamanager", vec![Role::Programme]),
            Self::PrivacyOfficer => ("fg", vec![Role::PrivacyOfficer]),
        };
        let organisation = Some(self.oin().parse().expect("an OIN"));
        Caller { subject: subject.to_owned(), organisation, roles, service: None }
    }
}

/// The key with which callers are vouched for in tests.
fn key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate().expect("a key"))
}

/// The public half of the key that vouches for callers in tests.
#[must_use]
pub fn trusted_key() -> PublicKey {
    key().public().clone()
}

/// A service in this process.
#[derive(Clone, Debug)]
pub struct InProcess {
    name: &'static str,
    upstream: Upstream,
    clock: Clock,
}

impl InProcess {
    /// Puts the service `name` behind its stack. It trusts the gateway and every service that a
    /// test calls as.
    #[must_use]
    pub fn new(name: &'static str, routes: Routes, clock: &Clock) -> Self {
        let issuers = ["gateway", "indicators", "inspanningen", "stakeholders", "consent"];
        let trusted: HashMap<String, PublicKey> =
            issuers.into_iter().map(|issuer| (issuer.to_owned(), trusted_key())).collect();
        let access = Access {
            rules: Rules::of_contract().expect("the contract"),
            verifier: Verifier::new(name, trusted, clock.clone()),
        };
        let router = stack(routes, access, Limits::default()).expect("a stack");
        Self { name, upstream: local(router), clock: clock.clone() }
    }

    /// The service, called as `party`: give it to a generated client's `new`.
    #[must_use]
    pub fn called_as(&self, party: Party) -> Vouched {
        let issuer = if let Party::Service(name) = party { name } else { "gateway" };
        let signer = Signer::new(issuer, key().clone(), self.clock.clone());
        Vouched::on_behalf_of(self.upstream.clone(), signer, self.name, party.caller())
    }

    /// The service without any vouching, as it stands behind a socket.
    #[must_use]
    pub fn upstream(&self) -> Upstream {
        self.upstream.clone()
    }
}
