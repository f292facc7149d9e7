//! A consent service with organisations that have keys, and the things that parties do in it.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use consent::offline::{self, SignatureKind};
use consent::{
    Config, Migrator, Organisation, Organisations, OrganisationsError, RegisteredKey, Seams, Signing, Store,
    Verified, VerifyError,
};
use platform::clock::Clock;
use platform::db::Database;
use platform::identity::Oin;
use platform::keys::PrivateKey;
use platform::shutdown::Shutdown;
use platform::upstream::Vouched;
use proto::consent::v1::agreement_preview_service_client::AgreementPreviewServiceClient;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::explanation_service_client::ExplanationServiceClient;
use proto::consent::v1::ledger_service_client::LedgerServiceClient;
use proto::consent::v1::log_service_client::LogServiceClient;
use proto::consent::v1::purpose_service_client::PurposeServiceClient;
use proto::consent::v1::*;
use sea_orm::ConnectionTrait;
use testkit::{InProcess, Party as Caller, TestDatabase};
use time::OffsetDateTime;
use time::macros::datetime;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::seams::{FakeFigures, FakeProgramme};

pub(crate) const PURPOSE: &str = "purposes/vroegsignalering-schulden";
pub(crate) const DATASET: &str = "datasets/weller-huurachterstand-fictief";
/// Written into the database, so that the first entry of a ledger is what a test does first.
const PURPOSES: &str = "INSERT INTO purpose (position, code, display_name, serves) VALUES \
    (0, 'vroegsignalering-schulden', 'Vroegsignalering van betalingsachterstanden', 'inspanningen/7A'), \
    (1, 'wijkplannen', 'Wijkplannen maken en bijstellen', 'inspanningen/8B')";

/// The organisations of the tests, instead of the stakeholders service.
#[derive(Debug, Default)]
pub(crate) struct FakeOrganisations {
    organisations: HashMap<String, Organisation>,
    /// Whether looking up fails.
    pub(crate) down: AtomicBool,
    /// How often names were asked for.
    pub(crate) named: AtomicUsize,
}

impl Organisations for FakeOrganisations {
    fn look_up<'a>(
        &'a self,
        oin: &'a Oin,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Organisation>, OrganisationsError>> + Send + 'a>> {
        let found = if self.down.load(Ordering::SeqCst) {
            Err(OrganisationsError::new("the stakeholders do not answer"))
        } else {
            Ok(self.organisations.get(oin.as_str()).cloned())
        };
        Box::pin(async move { found })
    }

    fn names<'a>(
        &'a self,
        oins: &'a [Oin],
    ) -> Pin<Box<dyn Future<Output = Result<BTreeMap<String, String>, OrganisationsError>> + Send + 'a>> {
        self.named.fetch_add(1, Ordering::SeqCst);
        let known = oins.iter().filter_map(|oin| self.organisations.get(oin.as_str()));
        let names = known.map(|known| (known.oin.to_string(), known.display_name.clone())).collect();
        let found = if self.down.load(Ordering::SeqCst) {
            Err(OrganisationsError::new("the stakeholders do not answer"))
        } else {
            Ok(names)
        };
        Box::pin(async move { found })
    }
}

pub(crate) struct World {
    pub(crate) kind: &'static str,
    pub(crate) service: InProcess,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) shutdown: Shutdown,
    pub(crate) test: TestDatabase,
    pub(crate) organisations: Arc<FakeOrganisations>,
    pub(crate) signing: Signing,
    pub(crate) figures: Arc<FakeFigures>,
    pub(crate) programme: Arc<FakeProgramme>,
    keys: HashMap<&'static str, PrivateKey>,
}

/// A world on each database.
pub(crate) async fn worlds() -> Vec<World> {
    worlds_with(Config::default()).await
}

/// The same with other settings.
pub(crate) async fn worlds_with(config: Config) -> Vec<World> {
    let mut worlds = Vec::new();
    for test in testkit::both().await {
        test.database.migrate::<Migrator>().await.unwrap();
        let store = Store::new(test.database.clone());
        let clock = testkit::clock();
        test.database.pool().execute_unprepared(PURPOSES).await.unwrap();
        let mut keys = HashMap::new();
        let mut organisations = FakeOrganisations::default();
        for (party, name) in
            [(Caller::Weller, "Weller"), (Caller::WonenZuid, "Wonen Zuid"), (Caller::Ggd, "GGD Zuid-Limburg")]
        {
            let key = PrivateKey::generate().unwrap();
            let registered = RegisteredKey {
                thumbprint: key.public().thumbprint(),
                key: key.public().clone(),
                create_time: datetime!(2026-01-01 0:00 UTC),
                withdraw_time: None,
            };
            let organisation = Organisation {
                oin: party.oin().parse().unwrap(),
                display_name: name.to_owned(),
                keys: vec![registered],
            };
            organisations.organisations.insert(party.oin().to_owned(), organisation);
            keys.insert(party.oin(), key);
        }
        let (organisations, shutdown) = (Arc::new(organisations), Shutdown::new());
        let signing = Signing { config: config.clone(), key: PrivateKey::generate().unwrap() };
        let (figures, programme) = (Arc::new(FakeFigures::default()), Arc::new(FakeProgramme::default()));
        let seams = Seams {
            organisations: organisations.clone(),
            figures: figures.clone(),
            programme: programme.clone(),
        };
        let routes = consent::build_with(&signing, store.clone(), clock.clone(), seams, shutdown.clone());
        let service = InProcess::new("consent", routes.unwrap(), &clock);
        let kind = test.kind;
        worlds.push(World {
            kind,
            service,
            clock,
            store,
            shutdown,
            test,
            organisations,
            figures,
            programme,
            signing,
            keys,
        });
    }
    worlds
}

pub(crate) fn content() -> AgreementContent {
    AgreementContent {
        provider: None,
        recipients: vec![Party { oin: Caller::Ggd.oin().to_owned(), display_name: String::new() }],
        purpose: PURPOSE.to_owned(),
        legal_basis: LegalBasis::PublicTask.into(),
        scope: Some(Scope {
            dataset: DATASET.to_owned(),
            indicators: vec!["indicators/huurachterstand".to_owned()],
            area_level: "NEIGHBOURHOOD".to_owned(),
            areas: Vec::new(),
            periods: vec!["2025Q1".to_owned(), "2025Q2".to_owned()],
            dimensions: vec!["leeftijdsgroep".to_owned()],
        }),
        protection: Some(Protection { minimum_count: 10, protect_zeros: false, ..Default::default() }),
        deliveries: vec![Delivery::Pull.into()],
        valid_from: "2026-11-01".to_owned(),
        valid_until: "2026-11-30".to_owned(),
        retention_months: 12,
        onward_sharing: OnwardSharing::None.into(),
        contact: "Team gegevens, gegevens@weller.example".to_owned(),
        replaces: String::new(),
    }
}

impl World {
    pub(crate) fn agreements(&self, as_party: Caller) -> AgreementServiceClient<Vouched> {
        AgreementServiceClient::new(self.service.called_as(as_party))
    }

    pub(crate) fn purposes(&self, as_party: Caller) -> PurposeServiceClient<Vouched> {
        PurposeServiceClient::new(self.service.called_as(as_party))
    }

    pub(crate) fn previews(&self, as_party: Caller) -> AgreementPreviewServiceClient<Vouched> {
        AgreementPreviewServiceClient::new(self.service.called_as(as_party))
    }

    pub(crate) fn explanations(&self, as_party: Caller) -> ExplanationServiceClient<Vouched> {
        ExplanationServiceClient::new(self.service.called_as(as_party))
    }

    pub(crate) fn decisions(&self) -> DecisionServiceClient<Vouched> {
        DecisionServiceClient::new(self.service.called_as(Caller::Service("indicators")))
    }

    pub(crate) fn ledger(&self, as_party: Caller) -> LedgerServiceClient<Vouched> {
        LedgerServiceClient::new(self.service.called_as(as_party))
    }

    pub(crate) fn log(&self, as_party: Caller) -> LogServiceClient<Vouched> {
        LogServiceClient::new(self.service.called_as(as_party))
    }

    pub(crate) fn key(&self, party: Caller) -> &PrivateKey {
        &self.keys[party.oin()]
    }

    pub(crate) async fn create(&self, content: AgreementContent) -> Agreement {
        let request = CreateAgreementRequest { content: Some(content), request_id: String::new() };
        self.agreements(Caller::Weller).create_agreement(request).await.unwrap().into_inner()
    }

    pub(crate) async fn proposed(&self) -> Agreement {
        self.propose(&self.create(content()).await).await
    }

    pub(crate) async fn active(&self) -> Agreement {
        let proposed = self.proposed().await;
        self.accept(&proposed, Caller::Weller).await.unwrap();
        self.accept(&proposed, Caller::Ggd).await.unwrap()
    }

    pub(crate) fn jws(&self, agreement: &Agreement, kind: SignatureKind, by: Caller) -> String {
        self.jws_at(agreement, kind, by, self.clock.now())
    }

    pub(crate) fn jws_at(
        &self,
        agreement: &Agreement,
        kind: SignatureKind,
        by: Caller,
        at: OffsetDateTime,
    ) -> String {
        offline::sign(&agreement.content_json, &agreement.content_hash, kind, self.key(by), at).unwrap()
    }

    pub(crate) async fn accept(&self, agreement: &Agreement, by: Caller) -> Result<Agreement, Status> {
        self.accept_with(agreement, by, self.jws(agreement, SignatureKind::Accept, by)).await
    }

    pub(crate) async fn accept_with(
        &self,
        agreement: &Agreement,
        by: Caller,
        jws: String,
    ) -> Result<Agreement, Status> {
        let request = SignAgreementRequest { name: agreement.name.clone(), jws, request_id: String::new() };
        Ok(self.agreements(by).sign_agreement(request).await?.into_inner())
    }

    pub(crate) async fn revoke(&self, agreement: &Agreement, by: Caller) -> Result<Agreement, Status> {
        let jws = self.jws(agreement, SignatureKind::Revoke, by);
        let request = RevokeAgreementRequest { name: agreement.name.clone(), jws, request_id: String::new() };
        Ok(self.agreements(by).revoke_agreement(request).await?.into_inner())
    }

    pub(crate) async fn suspend(&self, agreement: &Agreement, by: Caller) -> Result<Agreement, Status> {
        self.suspend_with(agreement, by, self.jws(agreement, SignatureKind::Suspend, by)).await
    }

    pub(crate) async fn suspend_with(
        &self,
        agreement: &Agreement,
        by: Caller,
        jws: String,
    ) -> Result<Agreement, Status> {
        let request =
            SuspendAgreementRequest { name: agreement.name.clone(), jws, request_id: String::new() };
        Ok(self.agreements(by).suspend_agreement(request).await?.into_inner())
    }

    pub(crate) async fn resume(&self, agreement: &Agreement, by: Caller) -> Result<Agreement, Status> {
        let jws = self.jws(agreement, SignatureKind::Resume, by);
        let request = ResumeAgreementRequest { name: agreement.name.clone(), jws, request_id: String::new() };
        Ok(self.agreements(by).resume_agreement(request).await?.into_inner())
    }

    pub(crate) async fn propose(&self, draft: &Agreement) -> Agreement {
        let request = ProposeAgreementRequest { name: draft.name.clone(), ..Default::default() };
        self.agreements(Caller::Weller).propose_agreement(request).await.unwrap().into_inner()
    }

    pub(crate) async fn get(&self, agreement: &str, by: Caller) -> Result<Agreement, Status> {
        let request = GetAgreementRequest { name: agreement.to_owned() };
        Ok(self.agreements(by).get_agreement(request).await?.into_inner())
    }

    /// What the other services tell this one.
    pub(crate) fn seams(&self) -> Seams {
        Seams {
            organisations: self.organisations.clone(),
            figures: self.figures.clone(),
            programme: self.programme.clone(),
        }
    }

    /// Verifies the ledger and what is kept beside it, without the purposes that no entry added.
    pub(crate) async fn verify(&self) -> Result<Verified, VerifyError> {
        let pool = self.test.database.pool();
        let deleted = pool.execute_unprepared("DELETE FROM purpose WHERE create_time = 0").await.unwrap();
        let verified = consent::verify_ledger(&self.store).await;
        if deleted.rows_affected() > 0 {
            pool.execute_unprepared(PURPOSES).await.unwrap();
        }
        verified
    }

    /// The service once more, as another process with its own connections to the same database.
    pub(crate) async fn another_process(&self) -> (InProcess, Shutdown) {
        let store = Store::new(Database::connect(&self.test.url).await.unwrap());
        let shutdown = Shutdown::new();
        let routes =
            consent::build_with(&self.signing, store, self.clock.clone(), self.seams(), shutdown.clone());
        (InProcess::new("consent", routes.unwrap(), &self.clock), shutdown)
    }

    /// A request of GGD for all that the agreement allows.
    pub(crate) fn request(&self, agreement: &str) -> DecideRequest {
        DecideRequest {
            recipient_oin: Caller::Ggd.oin().to_owned(),
            agreement: agreement.to_owned(),
            purpose: PURPOSE.to_owned(),
            dataset: DATASET.to_owned(),
            dataset_owner_oin: Caller::Weller.oin().to_owned(),
            delivery: Delivery::Pull.into(),
            transaction_id: self.clock.uuid().to_string(),
            release: format!("{DATASET}/releases/1"),
            system: "ggd-systeem".to_owned(),
            enforceable: vec![ProtectionTerm::MinimumCount.into(), ProtectionTerm::Zeros.into()],
            ..Default::default()
        }
    }

    pub(crate) async fn decide(&self, request: DecideRequest) -> DecideResponse {
        self.decisions().decide(request).await.unwrap().into_inner()
    }

    /// How many changes of agreements a party reads of in the ledger: the receipt of a stop comes by
    /// itself, some time later.
    pub(crate) async fn changes(&self, by: Caller) -> usize {
        let entries = self.entries(by).await.into_iter();
        entries.filter(|entry| entry.kind() == LedgerEntryKind::AgreementChanged).count()
    }

    /// The entries of the ledger that a party reads, a page at a time.
    pub(crate) async fn entries(&self, by: Caller) -> Vec<LedgerEntry> {
        let (mut entries, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListLedgerEntriesRequest { page_token, ..Default::default() };
            let page = self.ledger(by).list_ledger_entries(request).await.unwrap().into_inner();
            entries.extend(page.ledger_entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return entries;
            }
        }
    }
}

/// The reasons of a decision by the agreement, by name.
pub(crate) fn reasons(response: &DecideResponse) -> Vec<&'static str> {
    reasons_of(response, Side::Provider)
}

/// The reasons of a decision by one side, by name.
pub(crate) fn reasons_of(response: &DecideResponse, side: Side) -> Vec<&'static str> {
    let reasons = response.reasons.iter().filter(|reason| reason.side() == side);
    let reasons = reasons.map(|reason| reason.reason().as_str_name());
    reasons.map(|name| name.strip_prefix("DECISION_REASON_").unwrap()).collect()
}

/// Code and reason of a refusal.
pub(crate) fn refusal(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no reason in {status:?}"));
    assert!(details.localized_message().is_some(), "no Dutch sentence in {status:?}");
    (status.code(), info.reason.clone())
}

/// The fields that a refusal names.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let bad = details.bad_request().unwrap_or_else(|| panic!("no fields in {status:?}"));
    bad.field_violations.iter().map(|violation| violation.field.clone()).collect()
}
