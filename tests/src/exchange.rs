//! The exchange as its parties play it: joining, delivering, agreeing, asking.

use platform::keys::PrivateKey;
use proto::consent::v1 as consent;
use proto::consent::v1::agreement_service_client::AgreementServiceClient;
use proto::consent::v1::ledger_service_client::LedgerServiceClient;
use proto::google::api::HttpBody;
use proto::indicators::v1 as indicators;
use proto::indicators::v1::catalog_service_client::CatalogServiceClient;
use proto::indicators::v1::observation_service_client::ObservationServiceClient;
use proto::indicators::v1::release_service_client::ReleaseServiceClient;
use proto::stakeholders::v1 as stakeholders;
use proto::stakeholders::v1::stakeholders_service_client::StakeholdersServiceClient;

use crate::parties::{Connection, GGD, Issuer, PROGRAMME, Party, connect};
use crate::platform::Platform;

/// Dataset of the scenarios.
pub const DATASET: &str = "datasets/weller-betalingsachterstand";
/// Its indicator: a count that adds up.
pub const INDICATOR: &str = "indicators/huishoudens-met-voorziening";
/// What the data is for.
pub const PURPOSE: &str = "purposes/vroegsignalering-schulden";

/// A delivery: one wijk with its 11 buurten, three categories, two quarters; counts from 3 to 60.
pub fn delivery() -> String {
    let buurten = ["01", "02", "03", "04", "05", "07", "08", "09", "25", "42", "43"];
    let mut lines = "indicator,gebied,periode,leeftijd,waarde,status\n".to_owned();
    for period in ["2025Q1", "2025Q2"] {
        let mut wijk = [0; 2];
        for (place, buurt) in buurten.iter().enumerate() {
            let (young, old) = (3 + place, 10 + 4 * place);
            wijk[0] += young;
            wijk[1] += old;
            for (category, count) in [("jong", young), ("oud", old), ("totaal", young + old)] {
                lines.push_str(&format!(
                    "huishoudens-met-voorziening,BU089902{buurt},{period},{category},{count},definitief\n"
                ));
            }
        }
        for (category, count) in [("jong", wijk[0]), ("oud", wijk[1]), ("totaal", wijk[0] + wijk[1])] {
            lines.push_str(&format!(
                "huishoudens-met-voorziening,WK089902,{period},{category},{count},definitief\n"
            ));
        }
    }
    lines
}

/// What GGD and Weller agree on in the scenarios.
pub fn content() -> consent::AgreementContent {
    let party = |oin: &str| consent::Party { oin: oin.to_owned(), display_name: String::new() };
    consent::AgreementContent {
        provider: None,
        recipients: vec![party(GGD.oin)],
        purpose: PURPOSE.to_owned(),
        legal_basis: consent::LegalBasis::PublicTask.into(),
        scope: Some(consent::Scope {
            dataset: DATASET.to_owned(),
            indicators: vec![INDICATOR.to_owned()],
            area_level: "NEIGHBOURHOOD".to_owned(),
            areas: vec![],
            periods: vec!["2025Q1".to_owned()],
            dimensions: vec!["leeftijd".to_owned()],
        }),
        protection: Some(consent::Protection {
            minimum_count: 10,
            protect_zeros: false,
            ..Default::default()
        }),
        deliveries: vec![consent::Delivery::Pull.into(), consent::Delivery::Stream.into()],
        valid_from: "2026-01-01".to_owned(),
        valid_until: "2099-12-31".to_owned(),
        retention_months: 12,
        onward_sharing: consent::OnwardSharing::None.into(),
        contact: "gegevensteam van Weller".to_owned(),
        replaces: String::new(),
    }
}

/// A party with its connection and its signing key.
#[derive(Debug)]
pub struct Member {
    /// Who it is.
    pub party: Party,
    /// Its connection, with its token.
    pub connection: Connection,
    /// Its registered key.
    pub key: PrivateKey,
}

impl Member {
    /// Joins: the programme enters the OIN, the party registers its key.
    pub async fn join(platform: &Platform, party: Party) -> Self {
        Self::join_at(&platform.url(), &platform.issuer, party).await
    }

    /// The same on any platform that accepts the tokens of `issuer`.
    pub async fn join_at(url: &str, issuer: &Issuer, party: Party) -> Self {
        let programme = connect(url, &issuer.token(PROGRAMME)).await;
        let mut programme = StakeholdersServiceClient::new(programme);
        let name = format!("stakeholders/{}", party.id);
        let get = stakeholders::GetStakeholderRequest { name: name.clone() };
        let mut stakeholder = programme.get_stakeholder(get).await.expect("the stakeholder").into_inner();
        stakeholder.oin = party.oin.to_owned();
        let update = stakeholders::UpdateStakeholderRequest {
            stakeholder: Some(stakeholder),
            update_mask: Some(prost_types::FieldMask { paths: vec!["oin".to_owned()] }),
            request_id: String::new(),
        };
        programme.update_stakeholder(update).await.expect("its OIN is entered");

        let connection = connect(url, &issuer.token(party)).await;
        let key = PrivateKey::generate().expect("a key");
        let register = stakeholders::CreateSigningKeyRequest {
            parent: name,
            signing_key: Some(stakeholders::SigningKey {
                public_key_pem: key.public().to_pem(),
                proof: proof(&key, party.oin),
                ..Default::default()
            }),
            request_id: String::new(),
        };
        StakeholdersServiceClient::new(connection.clone())
            .create_signing_key(register)
            .await
            .expect("its key is registered");
        Self { party, connection, key }
    }

    /// Client of the agreements.
    #[must_use]
    pub fn agreements(&self) -> AgreementServiceClient<Connection> {
        AgreementServiceClient::new(self.connection.clone())
    }

    /// Client of the figures.
    #[must_use]
    pub fn observations(&self) -> ObservationServiceClient<Connection> {
        ObservationServiceClient::new(self.connection.clone())
    }

    /// A signature of this party over the content of an agreement.
    pub fn sign(&self, agreement: &consent::Agreement, kind: &str) -> String {
        sign_with(&self.key, &agreement.content_hash, kind)
    }

    /// All entries that it may read.
    pub async fn ledger(&self) -> Vec<consent::LedgerEntry> {
        ledger_of(&self.connection).await
    }
}

/// A compact JWS in the form of FSC.
pub fn sign_with(key: &PrivateKey, hash: &str, kind: &str) -> String {
    signed(key, &serde_json::json!({ "contract_content_hash": hash, "type": kind, "signed_at": now() }))
}

/// The proof that comes with a key that is registered.
pub fn proof(key: &PrivateKey, oin: &str) -> String {
    let thumbprint = key.public().thumbprint();
    signed(
        key,
        &serde_json::json!({ "type": "register", "oin": oin, "thumbprint": thumbprint, "signed_at": now() }),
    )
}

fn now() -> i64 {
    platform::clock::Clock::system().now().unix_timestamp()
}

fn signed(key: &PrivateKey, claims: &serde_json::Value) -> String {
    let mut header = jsonwebtoken::Header::new(key.public().algorithm());
    header.typ = None;
    header.kid = Some(key.public().thumbprint());
    jsonwebtoken::encode(&header, claims, key.encoding_key()).expect("a signature")
}

/// All entries that the owner of a connection may read.
pub async fn ledger_of(connection: &Connection) -> Vec<consent::LedgerEntry> {
    let mut client = LedgerServiceClient::new(connection.clone());
    let mut entries = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = consent::ListLedgerEntriesRequest { page_token, page_size: 50, ..Default::default() };
        let page = client.list_ledger_entries(request).await.expect("the ledger").into_inner();
        entries.extend(page.ledger_entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return entries;
        }
    }
}

/// Announces the dataset of the scenarios.
pub async fn announce(weller: &Member) {
    let dataset = indicators::Dataset {
        display_name: "Betalingsachterstand per buurt".to_owned(),
        description: "Voor de test".to_owned(),
        visibility: indicators::Visibility::Shared.into(),
        indicators: vec![INDICATOR.to_owned()],
        dimensions: vec![indicators::Dimension {
            code: "leeftijd".to_owned(),
            display_name: "Leeftijd".to_owned(),
            total: "totaal".to_owned(),
            categories: ["jong", "oud", "totaal"].map(str::to_owned).to_vec(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let request = indicators::CreateDatasetRequest {
        dataset: Some(dataset),
        dataset_id: "weller-betalingsachterstand".to_owned(),
        request_id: String::new(),
    };
    CatalogServiceClient::new(weller.connection.clone()).create_dataset(request).await.expect("announced");
}

/// The messages of an upload, in pieces of 1000 bytes.
pub fn upload_messages(csv: &str) -> Vec<indicators::UploadReleaseRequest> {
    let mut messages: Vec<_> = csv
        .as_bytes()
        .chunks(1000)
        .map(|piece| indicators::UploadReleaseRequest {
            file: Some(HttpBody { data: piece.to_vec(), ..Default::default() }),
            ..Default::default()
        })
        .collect();
    messages[0].parent = DATASET.to_owned();
    if let Some(file) = &mut messages[0].file {
        file.content_type = "text/csv".to_owned();
    }
    messages
}

/// Step 1: uploads and publishes.
pub async fn deliver(weller: &Member) -> indicators::Release {
    let mut releases = ReleaseServiceClient::new(weller.connection.clone());
    let upload = tokio_stream::iter(upload_messages(&delivery()));
    let uploaded = releases.upload_release(upload).await.expect("an upload").into_inner();
    let report = uploaded.report.expect("a report");
    assert_eq!((report.line_count, report.cell_count, report.error_count), (72, 72, 0));
    assert_eq!(report.periods, ["2025Q1", "2025Q2"]);
    assert!(report.sums_checked > 0, "sums are checked");
    let draft = uploaded.release.expect("a release");
    assert_eq!(draft.state(), indicators::ReleaseState::Draft);
    let publish = indicators::PublishReleaseRequest { name: draft.name, ..Default::default() };
    let published = releases.publish_release(publish).await.expect("published").into_inner();
    assert_eq!(published.state(), indicators::ReleaseState::Published);
    published
}

/// Step 2: drafts, proposes and signs.
pub async fn agree(weller: &Member, ggd: &Member) -> consent::Agreement {
    let draft = consent::CreateAgreementRequest { content: Some(content()), request_id: String::new() };
    let draft = weller.agreements().create_agreement(draft).await.expect("a draft").into_inner();
    let name = draft.name.clone();
    let propose = consent::ProposeAgreementRequest { name: name.clone(), ..Default::default() };
    let proposed = weller.agreements().propose_agreement(propose).await.expect("a proposal").into_inner();
    assert_eq!(proposed.state(), consent::AgreementState::Proposed);
    assert!(proposed.text_nl.contains("Weller") && proposed.text_nl.contains("GGD"), "{}", proposed.text_nl);
    for member in [weller, ggd] {
        let sign = consent::SignAgreementRequest {
            name: name.clone(),
            jws: member.sign(&proposed, "accept"),
            request_id: String::new(),
        };
        member.agreements().sign_agreement(sign).await.expect("a signature");
    }
    let get = consent::GetAgreementRequest { name };
    let active = ggd.agreements().get_agreement(get).await.expect("the agreement").into_inner();
    assert_eq!(active.state(), consent::AgreementState::Active);
    active
}

/// What GGD asks under the agreement.
pub fn query(agreement: &str) -> indicators::ListObservationsRequest {
    indicators::ListObservationsRequest {
        parent: DATASET.to_owned(),
        agreement: agreement.to_owned(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    }
}
