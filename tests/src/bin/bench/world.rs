//! A consent service in this process on a database of its own, with active agreements.

use std::collections::BTreeMap;
use std::sync::Arc;

use consent::offline::{self, SignatureKind};
use consent::{
    Config, DatasetFacts, Described, Figures, Migrator, Organisation, Organisations, OrganisationsError,
    PreviewQuery, Previewed, Programme, RegisteredKey, Seams, Signing, Store, Unanswered,
};
use futures_util::future::BoxFuture;
use platform::clock::Clock;
use platform::identity::Oin;
use platform::keys::PrivateKey;
use platform::shutdown::Shutdown;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::{InProcess, Party as Caller, TestDatabase};
use time::{Duration, OffsetDateTime};
use tonic::service::Routes;

use crate::rows;

pub(crate) const PURPOSE: &str = "purposes/vroegsignalering-schulden";
pub(crate) const DATASET: &str = "datasets/weller-huurachterstand-fictief";
const INDICATORS: [&str; 2] = ["indicators/huurachterstand", "indicators/verhuizingen"];
const PURPOSES: &str = "code,naam,dient\nvroegsignalering-schulden,Vroegsignalering,inspanningen/7A\n";

/// The two parties and the dataset of one, instead of the other services.
#[derive(Debug)]
struct Known(Vec<Organisation>);

impl Figures for Known {
    fn describe<'a>(
        &'a self,
        _: &'a str,
        areas: &'a [String],
        _: &'a [String],
    ) -> BoxFuture<'a, Result<Described, Unanswered>> {
        let dataset = DatasetFacts {
            owner: Caller::Weller.oin().parse().expect("an OIN"),
            public: false,
            fictitious: true,
            indicators: INDICATORS.map(str::to_owned).to_vec(),
            rates: Vec::new(),
            dimensions: vec!["leeftijdsgroep".to_owned()],
            enforceable: vec![consent::ProtectionTerm::MinimumCount, consent::ProtectionTerm::Zeros],
        };
        let levels = areas.iter().map(|area| (area.clone(), "NEIGHBOURHOOD".to_owned())).collect();
        Box::pin(
            async move { Ok(Described { dataset: Some(dataset), levels, unknown_indicators: Vec::new() }) },
        )
    }

    fn protect<'a>(
        &'a self,
        _: &'a str,
        _: consent::Protection,
    ) -> BoxFuture<'a, Result<Option<consent::Obstacle>, Unanswered>> {
        Box::pin(async { Ok(None) })
    }

    fn preview(&self, _: PreviewQuery) -> BoxFuture<'_, Result<Previewed, Unanswered>> {
        Box::pin(async { Ok(Previewed::default()) })
    }
}

impl Programme for Known {
    fn exists<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, Unanswered>> {
        Box::pin(async { Ok(true) })
    }
}

impl Organisations for Known {
    fn look_up<'a>(
        &'a self,
        oin: &'a Oin,
    ) -> BoxFuture<'a, Result<Option<Organisation>, OrganisationsError>> {
        let found = self.0.iter().find(|organisation| organisation.oin == *oin).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn names<'a>(
        &'a self,
        oins: &'a [Oin],
    ) -> BoxFuture<'a, Result<BTreeMap<String, String>, OrganisationsError>> {
        let known = self.0.iter().filter(|organisation| oins.contains(&organisation.oin));
        let names = known.map(|known| (known.oin.to_string(), known.display_name.clone())).collect();
        Box::pin(async move { Ok(names) })
    }
}

/// An agreement in the forms in which it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Agreed {
    /// "agreements/{uuid}".
    pub(crate) name: String,
    pub(crate) content_json: String,
    pub(crate) content_hash: String,
    pub(crate) text: String,
}

pub(crate) struct World {
    pub(crate) test: TestDatabase,
    pub(crate) clock: Clock,
    /// Names of the active agreements.
    pub(crate) agreements: Vec<String>,
    /// The first of them, which was made as every agreement is.
    pub(crate) agreed: Agreed,
    routes: Routes,
    shutdown: Shutdown,
}

impl World {
    /// A service on this database, with so many active agreements.
    pub(crate) async fn new(test: TestDatabase, agreements: usize) -> Self {
        test.database.migrate::<Migrator>().await.expect("a schema");
        let store = Store::new(test.database.clone());
        let (clock, shutdown) = (Clock::system(), Shutdown::new());
        consent::import_purposes(&store, &clock, PURPOSES.as_bytes()).await.expect("purposes");
        let parties =
            [Caller::Weller, Caller::Ggd].map(|party| (party, PrivateKey::generate().expect("a key")));
        let known = parties.iter().map(|(party, key)| Organisation {
            oin: party.oin().parse().expect("an OIN"),
            display_name: party.caller().subject,
            keys: vec![RegisteredKey {
                thumbprint: key.public().thumbprint(),
                key: key.public().clone(),
                create_time: clock.now() - Duration::DAY,
                withdraw_time: None,
            }],
        });
        let known = Arc::new(Known(known.collect()));
        let seams = Seams { organisations: known.clone(), figures: known.clone(), programme: known };
        let signing = Signing { config: Config::default(), key: PrivateKey::generate().expect("a key") };
        let routes = consent::build_with(&signing, store, clock.clone(), seams, shutdown.clone());
        let routes = routes.expect("a service");
        let service = InProcess::new("consent", routes.clone(), &clock);
        let agreed = agree(&service, &clock, &parties).await;
        let names = rows::more_agreements(&test.database, &agreed, agreements, &clock).await;
        let routes = routes.prepare();
        Self { test, clock, agreements: names, agreed, routes, shutdown }
    }

    /// Asks the service, without credentials: those are the gateway's work.
    pub(crate) fn asker(&self) -> Asker {
        Asker::new(self.routes.clone())
    }

    /// Ends the service, and removes its database.
    pub(crate) async fn end(self) {
        self.shutdown.tell();
        drop(self.routes);
        remove(self.test).await;
    }
}

/// Removes a database.
pub(crate) async fn remove(test: TestDatabase) {
    test.database.close().await.expect("a database to close");
    if let ("postgres", Some((_, name))) = (test.kind, test.url.rsplit_once('/')) {
        let server = std::env::var(POSTGRES).expect("a PostgreSQL server");
        let admin = platform::db::Database::connect(&server).await.expect("the PostgreSQL server");
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        admin.pool().execute_unprepared(&drop).await.expect("removed");
    }
}

/// Who asks for decisions.
#[derive(Clone, Debug)]
pub(crate) struct Asker(DecisionServiceClient<Routes>);

impl Asker {
    /// Of whoever answers on these routes.
    pub(crate) fn new(routes: Routes) -> Self {
        Self(DecisionServiceClient::new(routes))
    }

    /// The decision.
    pub(crate) fn decide(&self, request: DecideRequest) -> BoxFuture<'static, DecideResponse> {
        let mut client = self.0.clone();
        Box::pin(async move { client.decide(request).await.expect("a decision").into_inner() })
    }
}

/// Where the PostgreSQL server is.
const POSTGRES: &str = "ALLIANTIE_TEST_POSTGRES_URL";

/// Whether there is a PostgreSQL server to measure on.
pub(crate) fn has_postgres() -> bool {
    std::env::var_os(POSTGRES).is_some()
}

fn content(now: OffsetDateTime) -> AgreementContent {
    AgreementContent {
        recipients: vec![Party { oin: Caller::Ggd.oin().to_owned(), display_name: String::new() }],
        purpose: PURPOSE.to_owned(),
        legal_basis: LegalBasis::PublicTask.into(),
        scope: Some(Scope {
            dataset: DATASET.to_owned(),
            indicators: INDICATORS.map(str::to_owned).to_vec(),
            area_level: "NEIGHBOURHOOD".to_owned(),
            areas: (1..=12).map(|number| format!("areas/BU0899{number:04}")).collect(),
            periods: vec!["2025Q1".to_owned(), "2025Q2".to_owned()],
            dimensions: vec!["leeftijdsgroep".to_owned()],
        }),
        protection: Some(Protection { minimum_count: 10, ..Default::default() }),
        deliveries: vec![Delivery::Pull.into()],
        valid_from: now.date().to_string(),
        valid_until: (now.date() + Duration::days(300)).to_string(),
        retention_months: 12,
        onward_sharing: OnwardSharing::None.into(),
        contact: "Team gegevens, gegevens@weller.example".to_owned(),
        ..Default::default()
    }
}

/// An active agreement of the two parties, Weller first.
async fn agree(service: &InProcess, clock: &Clock, parties: &[(Caller, PrivateKey)]) -> Agreed {
    let mut weller = AgreementServiceClient::new(service.called_as(Caller::Weller));
    let request = CreateAgreementRequest { content: Some(content(clock.now())), request_id: String::new() };
    let draft = weller.create_agreement(request).await.expect("a draft").into_inner();
    let name = draft.name;
    let request = ProposeAgreementRequest { name: name.clone(), ..Default::default() };
    weller.propose_agreement(request).await.expect("a proposal");
    let kind = SignatureKind::Accept;
    for (party, key) in parties {
        let jws = offline::sign(&draft.content_json, &draft.content_hash, kind, key, clock.now());
        let jws = jws.expect("a signature");
        let request = SignAgreementRequest { name: name.clone(), jws, request_id: String::new() };
        let mut client = AgreementServiceClient::new(service.called_as(*party));
        client.sign_agreement(request).await.expect("signed");
    }
    Agreed { name, content_json: draft.content_json, content_hash: draft.content_hash, text: draft.text_nl }
}

/// A request of GGD under an agreement for one indicator in three areas.
pub(crate) fn request(agreement: &str, clock: &Clock) -> DecideRequest {
    let area = |number| RequestedArea {
        area: format!("areas/BU0899{number:04}"),
        level: "NEIGHBOURHOOD".to_owned(),
    };
    DecideRequest {
        recipient_oin: Caller::Ggd.oin().to_owned(),
        agreement: agreement.to_owned(),
        purpose: PURPOSE.to_owned(),
        dataset: DATASET.to_owned(),
        dataset_owner_oin: Caller::Weller.oin().to_owned(),
        indicators: vec!["indicators/huurachterstand".to_owned()],
        areas: [1, 2, 3].map(area).to_vec(),
        periods: vec!["2025Q1".to_owned()],
        delivery: Delivery::Pull.into(),
        transaction_id: clock.uuid().to_string(),
        release: format!("{DATASET}/releases/1"),
        system: "ggd-systeem".to_owned(),
        enforceable: vec![ProtectionTerm::MinimumCount.into(), ProtectionTerm::Zeros.into()],
        ..Default::default()
    }
}
