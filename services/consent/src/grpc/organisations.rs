//! Organisations, as the stakeholders service knows them.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use platform::identity::Oin;
use platform::keys::PublicKey;
use platform::upstream::Vouched;
use proto::stakeholders::v1 as wire;
use proto::stakeholders::v1::stakeholders_service_client::StakeholdersServiceClient;
use time::{Duration, OffsetDateTime};
use tonic::{Code, Request};

use crate::app::organisations::{Error, Organisation, Organisations, RegisteredKey};

/// How long the stakeholders service may take.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Asks the stakeholders service.
#[derive(Clone, Debug)]
pub(crate) struct StakeholdersClient {
    client: StakeholdersServiceClient<Vouched>,
}

impl StakeholdersClient {
    /// Over this upstream.
    pub(crate) fn new(stakeholders: Vouched) -> Self {
        Self { client: StakeholdersServiceClient::new(stakeholders) }
    }
}

impl Organisations for StakeholdersClient {
    fn look_up<'a>(&'a self, oin: &'a Oin) -> BoxFuture<'a, Result<Option<Organisation>, Error>> {
        let mut client = self.client.clone();
        Box::pin(async move {
            let mut request = Request::new(wire::LookUpOrganisationRequest { oin: oin.to_string() });
            request.set_timeout(TIMEOUT);
            match tokio::time::timeout(TIMEOUT, client.look_up_organisation(request)).await {
                Ok(Ok(found)) => Ok(Some(organisation(oin, found.into_inner()))),
                Ok(Err(status)) if status.code() == Code::NotFound => Ok(None),
                Ok(Err(status)) => Err(Error::new(status)),
                Err(elapsed) => Err(Error::new(elapsed)),
            }
        })
    }

    fn names<'a>(&'a self, oins: &'a [Oin]) -> BoxFuture<'a, Result<BTreeMap<String, String>, Error>> {
        let mut client = self.client.clone();
        Box::pin(async move {
            let oins = oins.iter().map(Oin::to_string).collect();
            let mut request = Request::new(wire::NameOrganisationsRequest { oins });
            request.set_timeout(TIMEOUT);
            match tokio::time::timeout(TIMEOUT, client.name_organisations(request)).await {
                Ok(Ok(found)) => Ok(found.into_inner().display_names.into_iter().collect()),
                Ok(Err(status)) => Err(Error::new(status)),
                Err(elapsed) => Err(Error::new(elapsed)),
            }
        })
    }
}

fn organisation(oin: &Oin, found: wire::Organisation) -> Organisation {
    // A key that cannot be read signs nothing.
    let keys = found.signing_keys.iter().filter_map(registered_key).collect();
    Organisation { oin: oin.clone(), display_name: found.display_name, keys }
}

fn registered_key(found: &wire::SigningKey) -> Option<RegisteredKey> {
    let key = PublicKey::from_pem(&found.public_key_pem).ok()?;
    let create_time = found.create_time.and_then(|at| moment(at.seconds, at.nanos))?;
    let withdraw_time = match found.withdraw_time {
        Some(at) => Some(moment(at.seconds, at.nanos)?),
        None => None,
    };
    Some(RegisteredKey { thumbprint: key.thumbprint(), key, create_time, withdraw_time })
}

fn moment(seconds: i64, nanos: i32) -> Option<OffsetDateTime> {
    let whole = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    whole.checked_add(Duration::nanoseconds(nanos.into()))
}
