//! The service with the programme's own data and the fictitious data, and who calls it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use indicators::{CatalogFiles, Config, ImportError, Loader, Migrator, Service, Store, Upstreams};
use platform::clock::Clock;
use platform::db::Database;
use platform::shutdown::Shutdown;
use platform::upstream::Vouched;
use proto::consent::v1 as consent_pb;
use proto::consent::v1::decision_service_server::DecisionServiceServer;
use proto::google::api::HttpBody;
use proto::indicators::v1 as pb;
use proto::indicators::v1::catalog_service_client::CatalogServiceClient;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::protection_service_client::ProtectionServiceClient;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use proto::indicators::v1::sharing_service_client::SharingServiceClient;
use sea_orm::DatabaseConnection;
use testkit::{InProcess, Party, TestDatabase};
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::consent::{Consent, Verdict};

pub(crate) const WELLER: &str = "weller-huurachterstand-fictief";
pub(crate) const AGREEMENT: &str = "agreements/a";
pub(crate) const PURPOSE: &str = "purposes/vroegsignalering-schulden";
/// The columns of a file of indicators.
pub(crate) const INDICATORS: &str = "code,thema,naam,eenheid,populatie,polariteit,herkomst_polariteit,optelbaar,optelbaar_in_de_tijd,verdeling\n";
pub(crate) const HEADER: &str = "indicator,gebied,periode,leeftijdsgroep,waarde,status,bron,opmerking";

macro_rules! data {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/", $path)).as_slice()
    };
}

pub(crate) const PROGRAMME: CatalogFiles<'_> = CatalogFiles {
    themes: data!("programma/themas.csv"),
    areas: data!("programma/gebieden.csv"),
    indicators: data!("programma/indicatoren.csv"),
    datasets: data!("programma/datasets.csv"),
    dimensions: data!("programma/dimensies.csv"),
    dataset_indicators: data!("programma/datasetindicatoren.csv"),
};
pub(crate) const DEMO: CatalogFiles<'_> = CatalogFiles {
    themes: b"",
    areas: b"",
    indicators: data!("demo/indicatoren-fictief.csv"),
    datasets: data!("demo/datasets-fictief.csv"),
    dimensions: data!("demo/dimensies-fictief.csv"),
    dataset_indicators: data!("demo/datasetindicatoren-fictief.csv"),
};
pub(crate) const DELIVERIES: [(&str, &[u8]); 4] = [
    ("stabiliteitsdriehoek", data!("programma/leveringen/stabiliteitsdriehoek.csv")),
    ("stapeling", data!("programma/leveringen/stapeling.csv")),
    ("brede-welvaart", data!("programma/leveringen/brede-welvaart.csv")),
    (WELLER, data!("demo/leveringen/weller-huurachterstand-fictief.csv")),
];

pub(crate) struct World {
    pub kind: &'static str,
    pub consent: Consent,
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub loader: Loader,
    /// What is served.
    pub indicators: Service,
    service: InProcess,
    database: Arc<TestDatabase>,
}

/// Settings with short waits.
pub(crate) fn config() -> Config {
    Config {
        silence_limit: Duration::from_millis(600),
        release_poll: Duration::from_millis(200),
        ..Config::default()
    }
}

impl World {
    /// Only the vocabulary.
    pub(crate) async fn with_config(database: TestDatabase, config: Config) -> Self {
        database.database.migrate::<Migrator>().await.expect("the schema");
        database.database.require_schema::<Migrator>().await.expect("the whole schema");
        let (clock, consent) = (testkit::clock(), Consent::new());
        let pool = database.database.clone();
        let world = Self::on(Arc::new(database), pool, config, consent, clock);
        world.loader.import_catalog(&PROGRAMME).await.expect("the vocabulary");
        world.loader.import_catalog(&DEMO).await.expect("the fictitious vocabulary");
        world
    }

    /// Another process on the same database, with the same decision point.
    pub(crate) async fn replica(&self) -> Self {
        let pool = Database::connect(&self.database.url).await.expect("connections of its own");
        Self::on(Arc::clone(&self.database), pool, config(), self.consent.clone(), self.clock.clone())
    }

    fn on(
        database: Arc<TestDatabase>,
        pool: Database,
        config: Config,
        consent: Consent,
        clock: Clock,
    ) -> Self {
        let shutdown = Shutdown::new();
        let routes = Routes::new(DecisionServiceServer::new(consent.clone()));
        let upstream = InProcess::new("consent", routes, &clock);
        let upstreams = Upstreams { consent: upstream.called_as(Party::Service("indicators")) };
        let indicators = Service::new(config, Store::new(pool), clock.clone(), upstreams, shutdown.clone());
        let loader = indicators.loader();
        let service = InProcess::new("indicators", indicators.routes(), &clock);
        Self { kind: database.kind, consent, clock, shutdown, loader, indicators, service, database }
    }

    /// The database itself, past the service.
    pub(crate) fn pool(&self) -> &DatabaseConnection {
        self.database.database.pool()
    }

    pub(crate) async fn empty(database: TestDatabase) -> Self {
        Self::with_config(database, config()).await
    }

    /// With the deliveries of the programme and the fictitious one of Weller.
    pub(crate) async fn filled(database: TestDatabase) -> Self {
        let world = Self::empty(database).await;
        for (dataset, file) in DELIVERIES {
            assert!(world.loader.deliver_and_publish(dataset, file).await.expect(dataset), "{dataset}");
        }
        world
    }

    /// Has it declared of an indicator that is there whether it adds up over time and is a distribution.
    pub(crate) async fn declare(
        &self,
        indicator: &str,
        over_time: &str,
        distribution: &str,
    ) -> Result<(), ImportError> {
        let file = format!(
            "{INDICATORS}{indicator},wonen,I,aantal,huishoudens,neutraal,aanname,nee,{over_time},{distribution}\n"
        );
        let files = CatalogFiles { indicators: file.as_bytes(), ..Default::default() };
        self.loader.import_catalog(&files).await
    }

    pub(crate) fn catalogue(&self, party: Party) -> CatalogServiceClient<Vouched> {
        CatalogServiceClient::new(self.service.called_as(party))
    }

    pub(crate) fn releases(&self, party: Party) -> ReleaseServiceClient<Vouched> {
        ReleaseServiceClient::new(self.service.called_as(party))
    }

    pub(crate) fn observations(&self, party: Party) -> ObservationServiceClient<Vouched> {
        ObservationServiceClient::new(self.service.called_as(party))
    }

    pub(crate) fn sharing(&self, party: Party) -> SharingServiceClient<Vouched> {
        SharingServiceClient::new(self.service.called_as(party))
    }

    /// The decision point permits the buurten of the first two quarters, with a minimum of 10.
    pub(crate) fn permit(&self) {
        self.permit_scope(scope());
    }

    pub(crate) fn permit_scope(&self, scope: consent_pb::Scope) {
        self.permit_with(scope, consent_pb::Protection { minimum_count: 10, ..Default::default() });
    }

    pub(crate) fn permit_with(&self, scope: consent_pb::Scope, protection: consent_pb::Protection) {
        self.consent.set(|state| state.verdict = Verdict::Permit(scope, protection));
    }

    pub(crate) fn protections(&self, party: Party) -> ProtectionServiceClient<Vouched> {
        ProtectionServiceClient::new(self.service.called_as(party))
    }

    /// Uploads a file in pieces of `size` bytes, as Weller.
    pub(crate) async fn upload(&self, file: &[u8], size: usize) -> Result<pb::UploadReleaseResponse, Status> {
        self.upload_as(Party::Weller, upload_messages(file, size)).await
    }

    pub(crate) async fn upload_as(
        &self,
        party: Party,
        messages: Vec<pb::UploadReleaseRequest>,
    ) -> Result<pb::UploadReleaseResponse, Status> {
        let mut client = self.releases(party);
        Ok(client.upload_release(tokio_stream::iter(messages)).await?.into_inner())
    }

    pub(crate) async fn publish(&self, name: &str) -> Result<pb::Release, Status> {
        let request = pb::PublishReleaseRequest { name: name.to_owned(), ..Default::default() };
        Ok(self.releases(Party::Weller).publish_release(request).await?.into_inner())
    }

    pub(crate) async fn list(
        &self,
        party: Party,
        request: pb::ListObservationsRequest,
    ) -> Result<pb::ListObservationsResponse, Status> {
        Ok(self.observations(party).list_observations(request).await?.into_inner())
    }

    pub(crate) async fn release_count(&self, dataset: &str, party: Party) -> usize {
        let request = pb::ListReleasesRequest { parent: format!("datasets/{dataset}"), ..Default::default() };
        self.releases(party).list_releases(request).await.unwrap().into_inner().releases.len()
    }
}

pub(crate) fn scope() -> consent_pb::Scope {
    consent_pb::Scope {
        dataset: format!("datasets/{WELLER}"),
        indicators: vec!["indicators/huurachterstand".to_owned()],
        area_level: "NEIGHBOURHOOD".to_owned(),
        areas: Vec::new(),
        periods: vec!["2025Q1".to_owned(), "2025Q2".to_owned()],
        dimensions: vec!["leeftijdsgroep".to_owned()],
    }
}

/// What a partner asks under the agreement.
pub(crate) fn asked() -> pb::ListObservationsRequest {
    pb::ListObservationsRequest {
        parent: format!("datasets/{WELLER}"),
        agreement: AGREEMENT.to_owned(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn upload_messages(file: &[u8], size: usize) -> Vec<pb::UploadReleaseRequest> {
    let mut messages: Vec<pb::UploadReleaseRequest> = file
        .chunks(size)
        .map(|piece| pb::UploadReleaseRequest {
            file: Some(HttpBody { data: piece.to_vec(), ..Default::default() }),
            ..Default::default()
        })
        .collect();
    if messages.is_empty() {
        messages.push(pb::UploadReleaseRequest::default());
    }
    messages[0].parent = format!("datasets/{WELLER}");
    messages[0].file.get_or_insert_default().content_type = "text/csv".to_owned();
    messages
}

/// A delivery of Weller with these lines under its header.
pub(crate) fn file(lines: &[&str]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", lines.join("\n")).into_bytes()
}

/// Code, reason and metadata of an error; it must have a Dutch sentence.
pub(crate) fn info(status: &Status) -> (Code, String, HashMap<String, String>) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no error info: {status:?}"));
    assert!(details.localized_message().is_some_and(|text| !text.message.is_empty()), "{status:?}");
    (status.code(), info.reason.clone(), info.metadata.clone())
}

/// Where the decision was entered, as the metadata of an error say: index, hash of the leaf and exchange.
pub(crate) fn receipt(status: &Status) -> [String; 3] {
    ["alliantie-ledger-index", "alliantie-leaf-hash", "alliantie-transaction-id"].map(|name| {
        let value = status.metadata().get(name).unwrap_or_else(|| panic!("no {name}: {status:?}"));
        value.to_str().unwrap().to_owned()
    })
}

pub(crate) fn code_and_reason(status: &Status) -> (Code, String) {
    let (code, reason, _) = info(status);
    (code, reason)
}

/// The fields that are named as wrong.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let request = details.bad_request().unwrap_or_else(|| panic!("no bad request: {status:?}"));
    request.field_violations.iter().map(|violation| violation.field.clone()).collect()
}

/// The bytes of lower-case hexadecimal.
pub(crate) fn of_hex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2).unwrap(), 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}
