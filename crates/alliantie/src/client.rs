//! The platform as a partner's system sees it: gRPC through the gateway, with a token.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use platform::clock::Clock;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::ledger_service_client::LedgerServiceClient;
use proto::consent::v1::log_service_client::LogServiceClient;
use proto::consent::v1::revocation_service_client::RevocationServiceClient;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use proto::stakeholders::v1::stakeholders_service_client::StakeholdersServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Uri};
use tonic::{Request, Status};

use crate::cli::{PartnerAccess, PlatformAddress};
use crate::output::tell;

/// Adds the token to every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A connection with a token.
pub(crate) type Authorised = InterceptedService<Channel, Bearer>;

/// Somebody's connection to the platform.
#[derive(Clone)]
pub(crate) struct Partner {
    connection: Authorised,
}

impl Partner {
    /// Uses an open connection with somebody's token.
    pub(crate) fn new(channel: Channel, token: &str) -> Result<Self> {
        let value = format!("Bearer {}", token.trim());
        let mut value: MetadataValue<Ascii> = value.parse().context("in het token staan vreemde tekens")?;
        value.set_sensitive(true);
        Ok(Self { connection: InterceptedService::new(channel, Bearer(value)) })
    }

    /// Connects as the arguments say.
    pub(crate) async fn of(access: &PartnerAccess) -> Result<Self> {
        let url = &access.address.platform;
        if access.demo_as.is_none() && is_overheard(url) {
            tell(format!(
                "let op: uw token gaat onversleuteld naar {url}, en wie meeluistert kan het gebruiken; neem een adres \
                 met https://"
            ));
        }
        let token = match (&access.demo_as, &access.token_file) {
            (Some(party), _) => party.token(&Clock::system())?,
            (None, Some(file)) => {
                fs::read_to_string(file).with_context(|| format!("{} is niet te lezen", file.display()))?
            }
            (None, None) => bail!("geef --token-file, of voor de demo --as"),
        };
        Self::new(connect(&access.address).await?, &token)
    }

    pub(crate) fn agreements(&self) -> AgreementServiceClient<Authorised> {
        AgreementServiceClient::new(self.connection.clone())
    }

    pub(crate) fn ledger(&self) -> LedgerServiceClient<Authorised> {
        LedgerServiceClient::new(self.connection.clone())
    }

    pub(crate) fn log(&self) -> LogServiceClient<Authorised> {
        LogServiceClient::new(self.connection.clone())
    }

    pub(crate) fn revocations(&self) -> RevocationServiceClient<Authorised> {
        RevocationServiceClient::new(self.connection.clone())
    }

    pub(crate) fn releases(&self) -> ReleaseServiceClient<Authorised> {
        ReleaseServiceClient::new(self.connection.clone())
    }

    pub(crate) fn stakeholders(&self) -> StakeholdersServiceClient<Authorised> {
        StakeholdersServiceClient::new(self.connection.clone())
    }

    pub(crate) fn observations(&self) -> ObservationServiceClient<Authorised> {
        ObservationServiceClient::new(self.connection.clone())
    }
}

/// Connects to the platform. Over https:// its certificate has to come from the given ones, or from one that
/// browsers trust.
pub(crate) async fn connect(to: &PlatformAddress) -> Result<Channel> {
    let PlatformAddress { platform: url, ca } = to;
    let endpoint =
        Endpoint::from_shared(url.clone())?.connect_timeout(Duration::from_secs(5)).tcp_nodelay(true);
    let endpoint = match url.split_once("://") {
        Some(("https", _)) => endpoint.tls_config(tls(ca.as_deref())?)?,
        Some(("http", _)) => {
            ensure!(ca.is_none(), "--ca hoort bij een adres dat met https:// begint, en {url} doet dat niet");
            endpoint
        }
        _ => bail!(
            "{url} is geen adres van een platform; verwacht wordt https://alliantie.example of http://127.0.0.1:8080"
        ),
    };
    endpoint.connect().await.with_context(|| format!("op {url} antwoordt geen platform"))
}

/// Whether what is sent to an address passes others, as it was sent.
fn is_overheard(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let stays_here = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    url.scheme_str() == Some("http") && !stays_here
}

fn tls(ca: Option<&Path>) -> Result<ClientTlsConfig> {
    let Some(file) = ca else { return Ok(ClientTlsConfig::new().with_webpki_roots()) };
    let pem = fs::read(file).with_context(|| format!("{} is niet te lezen", file.display()))?;
    Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))
}

/// The Dutch sentence of an error, or its message when it has none.
pub(crate) fn dutch(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_localized_message().map_or_else(|| status.message().to_owned(), |text| text.message)
}

/// The reason of an error, as in `ErrorInfo`; empty when it has none.
pub(crate) fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_error_info().map_or_else(String::new, |info| info.reason)
}

/// An error of the platform as the user is told, with the cells that are in the way as far as the platform names them.
pub(crate) fn told(status: Status) -> anyhow::Error {
    anyhow!("{} ({}){}", dutch(&status), reason(&status), in_the_way(&status))
}

/// The cells that cannot be protected, which only their owner hears, and how many more there are; nothing of other
/// errors.
fn in_the_way(status: &Status) -> String {
    use tonic_types::StatusExt;
    let details = status.get_error_details();
    let all = details.error_info().and_then(|info| info.metadata.get("cells")?.parse::<usize>().ok());
    let named: Vec<&str> = details
        .bad_request()
        .into_iter()
        .flat_map(|request| request.field_violations.iter().map(|cell| cell.field.as_str()))
        .collect();
    match all {
        Some(all) if !named.is_empty() => {
            let more = match all.saturating_sub(named.len()) {
                0 => String::new(),
                more => format!(" en nog {more}"),
            };
            format!("; het gaat om {}{more}", named.join(", "))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use platform::status::{Failure, FieldViolation};
    use proto::api::v1::ErrorReason;
    use tonic::Code;

    use super::*;

    /// A refusal as the platform gives it to the owner: of so many cells these are named.
    fn refusal(all: usize, named: &[String]) -> Status {
        let place = |cell: &String| FieldViolation::new(cell, "cannot be protected", "is niet te beschermen");
        let nl = "agreements/1 gaat niet in. Wel te beschermen is een levering zonder buurten.";
        Failure::new(Code::FailedPrecondition, ErrorReason::ProtectionFailed, "No.", nl)
            .with("cells", all.to_string())
            .about(named.iter().map(place).collect())
            .into()
    }

    #[test]
    fn an_owner_is_told_which_cells_cannot_be_protected_and_how_many_more_there_are() {
        let cells: Vec<String> = (0..40).map(|cell| format!("huur 2025 BU{cell}|jong")).collect();
        let several = told(refusal(41, &cells)).to_string();
        assert!(
            several.contains("een levering zonder buurten. (PROTECTION_FAILED); het gaat om "),
            "{several}"
        );
        assert!(several.ends_with("huur 2025 BU18|jong, huur 2025 BU19|jong en nog 21"), "{several}");
        let one = told(refusal(1, cells.get(..1).unwrap())).to_string();
        assert!(one.ends_with("; het gaat om huur 2025 BU0|jong"), "{one}");
        let other_party = told(refusal(3, &[])).to_string();
        assert!(other_party.ends_with("(PROTECTION_FAILED)"), "{other_party}");
    }

    #[test]
    fn what_goes_without_tls_to_another_machine_is_overheard() {
        for (url, overheard) in [
            ("http://alliantie.example", true),
            ("http://10.0.0.3:8080", true),
            ("http://[2001:db8::1]:8080", true),
            ("http://localhost.example:8080", true),
            ("https://alliantie.example", false),
            ("http://127.0.0.1:8080", false),
            ("http://127.0.0.2:8080", false),
            ("http://[::1]:8080", false),
            ("http://localhost:8080", false),
        ] {
            assert_eq!(is_overheard(url), overheard, "{url}");
        }
    }
}
