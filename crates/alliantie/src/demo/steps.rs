//! The five steps of the main job.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use prost_reflect::{DescriptorPool, DynamicMessage};
use proto::consent::v1 as consent;
use proto::google::api::HttpBody;
use proto::indicators::v1 as indicators;
use proto::indicators::v1::ObservationStatus;
use tonic::{Code, Status, Streaming};

use super::script::Step;
use crate::agreement::{place, state};
use crate::client::{Partner, dutch, reason};
use crate::data;
use crate::demo_parties::DemoParty;

const DATASET: &str = "datasets/weller-huurachterstand-fictief";
const PURPOSE: &str = "purposes/vroegsignalering-schulden";
/// How long a revocation may take to end an open stream.
const CUT: Duration = Duration::from_secs(5);

/// Who plays, and where.
pub(crate) struct Cast {
    pub url: String,
    pub weller: Partner,
    pub ggd: Partner,
    pub wonen_zuid: Partner,
}

/// Plays all steps.
pub(crate) async fn play(cast: &Cast) -> Result<()> {
    deliver(cast).await?;
    let agreement = agree(cast).await?;
    fetch(cast, &agreement).await?;
    read_ledger(cast, &agreement).await?;
    revoke(cast, &agreement).await
}

async fn deliver(cast: &Cast) -> Result<()> {
    let step = Step::begin(1, "Weller levert cijfers aan en publiceert ze");
    let url = &cast.url;
    step.command(&format!(
        "curl -X POST -H \"authorization: Bearer $WELLER\" -H 'content-type: text/csv' \
         --data-binary @data/demo/leveringen/weller-huurachterstand-fictief.csv {url}/v1/{DATASET}/releases"
    ));
    let mut releases = cast.weller.releases();
    let upload = tokio_stream::iter(messages(data::demo::WELLER_DELIVERY));
    let uploaded = releases.upload_release(upload).await.map_err(failed)?.into_inner();
    let report = uploaded.report.context("the answer has no report")?;
    step.must(report.error_count == 0, "de levering had fouten")?;
    step.result(&format!(
        "gecontroleerd: {} regels, {} gebieden, {} sommen kloppen",
        report.line_count, report.area_count, report.sums_checked
    ));
    let name = uploaded.release.context("the answer has no release")?.name;
    step.command(&format!(
        "curl -X POST -H \"authorization: Bearer $WELLER\" -H 'content-type: application/json' -d '{{}}' \
         {url}/v1/{name}/_publish"
    ));
    let publish = indicators::PublishReleaseRequest { name, ..Default::default() };
    let release = releases.publish_release(publish).await.map_err(failed)?.into_inner();
    step.must(release.state() == indicators::ReleaseState::Published, "de levering is niet gepubliceerd")?;
    step.result(&format!("{} is gepubliceerd, vingerafdruk {}", release.name, short(&release.digest)));
    Ok(())
}

/// The messages of an upload, in pieces of 64 KiB.
fn messages(file: &'static [u8]) -> impl Iterator<Item = indicators::UploadReleaseRequest> + Send + 'static {
    file.chunks(64 * 1024).enumerate().map(|(place, piece)| indicators::UploadReleaseRequest {
        parent: if place == 0 { DATASET.to_owned() } else { String::new() },
        file: Some(HttpBody {
            content_type: "text/csv".to_owned(),
            data: piece.to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    })
}

async fn agree(cast: &Cast) -> Result<consent::Agreement> {
    let step = Step::begin(2, "Weller en GGD sluiten een afspraak");
    step.command(&format!(
        "curl -X POST -H \"authorization: Bearer $WELLER\" -H 'content-type: application/json' \
         --data-binary @data/demo/afspraak-fictief.json {}/v1/agreements",
        cast.url
    ));
    let mut weller = cast.weller.agreements();
    let draft = weller.create_agreement(draft()?).await.map_err(failed)?.into_inner();
    let name = draft.name.clone();
    step.command(&format!(
        "curl -X POST -H \"authorization: Bearer $WELLER\" -H 'content-type: application/json' -d '{{}}' \
         {}/v1/{name}/_propose",
        cast.url
    ));
    let propose = consent::ProposeAgreementRequest { name: name.clone(), ..Default::default() };
    let proposed = weller.propose_agreement(propose).await.map_err(failed)?.into_inner();
    step.result(&format!(
        "{name} is voorgesteld; wat getekend wordt heeft vingerafdruk {}",
        proposed.content_hash
    ));

    step.command(&format!("alliantie agreement sign {name} --as wonen-zuid --platform {}", cast.url));
    let key = DemoParty::WonenZuid.key()?;
    match place(&cast.wonen_zuid, &proposed, &key, consent::SignatureKind::Accept).await {
        Ok(_) => bail!("stap 2: een derde kon tekenen"),
        Err(refused) => {
            step.must(reason(&refused) == "OTHER_ORGANISATION", "de derde kreeg een andere reden")?;
            step.result(&format!("geweigerd: {}", dutch(&refused)));
        }
    }
    for party in [DemoParty::Weller, DemoParty::Ggd] {
        let id = party.id();
        step.command(&format!("alliantie agreement sign {name} --as {id} --platform {}", cast.url));
        let partner = if party == DemoParty::Weller { &cast.weller } else { &cast.ggd };
        let signed =
            place(partner, &proposed, &party.key()?, consent::SignatureKind::Accept).await.map_err(failed)?;
        step.result(&format!("{id} heeft getekend; {}", state(&signed)));
    }
    let get = consent::GetAgreementRequest { name };
    let active = cast.ggd.agreements().get_agreement(get).await.map_err(failed)?.into_inner();
    step.must(active.state() == consent::AgreementState::Active, "de afspraak is niet actief")?;
    Ok(active)
}

/// The draft, from the file that the command beside it names.
fn draft() -> Result<consent::CreateAgreementRequest> {
    let contract = DescriptorPool::decode(proto::DESCRIPTORS)?;
    let content = contract
        .get_message_by_name("alliantie.consent.v1.AgreementContent")
        .context("the contract has no AgreementContent")?;
    let mut file = serde_json::Deserializer::from_slice(data::demo::AGREEMENT);
    let content = DynamicMessage::deserialize(content, &mut file)?.transcode_to()?;
    Ok(consent::CreateAgreementRequest { content: Some(content), request_id: String::new() })
}

fn query(agreement: &str) -> indicators::ListObservationsRequest {
    indicators::ListObservationsRequest {
        parent: DATASET.to_owned(),
        agreement: agreement.to_owned(),
        purpose: PURPOSE.to_owned(),
        page_size: 1000,
        ..Default::default()
    }
}

async fn fetch(cast: &Cast, agreement: &consent::Agreement) -> Result<()> {
    let step = Step::begin(3, "GGD haalt het afgesproken deel op; wat verder gaat wordt geweigerd");
    let name = &agreement.name;
    let path =
        format!("{}/v1/{DATASET}/observations?pageSize=1000&agreement={name}&purpose={PURPOSE}", cast.url);
    step.command(&format!("curl -H \"authorization: Bearer $GGD\" '{path}'"));
    let answer = cast.ggd.observations().list_observations(query(name)).await.map_err(failed)?.into_inner();
    let withheld =
        answer.observations.iter().filter(|row| row.status() == ObservationStatus::Withheld).count();
    step.must(answer.observations.len() == 45 * 6 * 2, "dat is niet het afgesproken deel")?;
    step.must(withheld > 0, "er is niets afgeschermd")?;
    step.must(answer.fictitious, "het antwoord zegt niet dat het fictief is")?;
    let small =
        |row: &indicators::Observation| row.value.parse::<u32>().is_ok_and(|count| (1..10).contains(&count));
    step.must(!answer.observations.iter().any(small), "een klein aantal kwam mee")?;
    let decision = answer.decision.context("the answer has no decision")?;
    step.result(&format!(
        "{} cijfers, waarvan {withheld} afgeschermd (code withheld); vastgelegd als {}",
        answer.observations.len(),
        decision.ledger_entry
    ));

    let wider = indicators::ListObservationsRequest { periods: vec!["2025Q1".to_owned()], ..query(name) };
    let other =
        indicators::ListObservationsRequest { purpose: "purposes/wijkplannen".to_owned(), ..query(name) };
    for (partner, who, request, path, expected) in [
        (&cast.ggd, "GGD", wider, format!("{path}&periods=2025Q1"), "PERIOD_BEYOND_SCOPE"),
        (&cast.ggd, "GGD", other, path.replace(PURPOSE, "purposes/wijkplannen"), "OTHER_PURPOSE"),
        (&cast.wonen_zuid, "WZ", query(name), path.clone(), "NOT_A_RECIPIENT"),
    ] {
        step.command(&format!("curl -H \"authorization: Bearer ${who}\" '{path}'"));
        let refused = refusal(partner.observations().list_observations(request).await)?;
        step.must(reason(&refused) == expected, &format!("verwacht {expected}, kreeg {}", reason(&refused)))?;
        step.result(&format!("geweigerd ({expected}): {}", dutch(&refused)));
    }
    Ok(())
}

async fn read_ledger(cast: &Cast, agreement: &consent::Agreement) -> Result<()> {
    let step = Step::begin(4, "Elke partij leest haar eigen deel van het logboek");
    // Wonen Zuid is no party to the agreement, so it asks for everything that concerns it.
    for (partner, who, name, filter) in [
        (&cast.weller, "WELLER", "Weller", agreement.name.as_str()),
        (&cast.ggd, "GGD", "GGD", agreement.name.as_str()),
        (&cast.wonen_zuid, "WZ", "Wonen Zuid", ""),
    ] {
        let path = format!("{}/v1/ledger-entries?pageSize=1000&agreement={filter}", cast.url);
        let path = path.trim_end_matches("&agreement=");
        step.command(&format!("curl -H \"authorization: Bearer ${who}\" '{path}'"));
        let request = consent::ListLedgerEntriesRequest {
            agreement: filter.to_owned(),
            page_size: 1000,
            ..Default::default()
        };
        let entries =
            partner.ledger().list_ledger_entries(request).await.map_err(failed)?.into_inner().ledger_entries;
        let about_this = entries.iter().filter(|entry| entry.agreement == agreement.name).count();
        if filter.is_empty() {
            step.must(about_this == 0, "Wonen Zuid ziet regels van een afspraak van anderen")?;
        } else {
            step.must(about_this > 5, "er ontbreken regels")?;
        }
        step.result(&format!("{name} ziet {} regels", entries.len()));
        if let Some(last) = entries.last() {
            step.result(&format!("de laatste: {}", last.summary_nl));
        }
    }
    Ok(())
}

async fn revoke(cast: &Cast, agreement: &consent::Agreement) -> Result<()> {
    let step = Step::begin(5, "Weller trekt de afspraak in, terwijl GGD live meekijkt");
    let name = &agreement.name;
    let watch = indicators::WatchObservationsRequest {
        parent: DATASET.to_owned(),
        agreement: name.clone(),
        purpose: PURPOSE.to_owned(),
        ..Default::default()
    };
    step.command(&format!(
        "curl -N -H \"authorization: Bearer $GGD\" -H 'accept: text/event-stream' \
         '{}/v1/{DATASET}/observations/_watch?agreement={name}&purpose={PURPOSE}'",
        cast.url
    ));
    let mut stream = cast.ggd.observations().watch_observations(watch).await.map_err(failed)?.into_inner();
    let rows = whole_release(&mut stream).await?;
    step.result(&format!("GGD kijkt mee: {rows} cijfers, en wacht op de volgende levering"));

    step.command(&format!("alliantie agreement revoke {name} --as weller --platform {}", cast.url));
    let key = DemoParty::Weller.key()?;
    let revoked =
        place(&cast.weller, agreement, &key, consent::SignatureKind::Revoke).await.map_err(failed)?;
    step.result(&format!("weller heeft ingetrokken; {}", state(&revoked)));
    let ended = tokio::time::timeout(CUT, stream.message()).await.context("stap 5: de stroom loopt door")?;
    let ended = match ended {
        Ok(_) => bail!("stap 5: de stroom loopt door"),
        Err(status) => status,
    };
    step.must(reason(&ended) == "AGREEMENT_REVOKED", "de stroom eindigde met een andere reden")?;
    step.result(&format!("de stroom is afgebroken: {}", dutch(&ended)));

    let refused = refusal(cast.ggd.observations().list_observations(query(name)).await)?;
    step.must(reason(&refused) == "AGREEMENT_REVOKED", "de vraag daarna kreeg een andere reden")?;
    step.result(&format!("de vraag daarna is geweigerd: {}", dutch(&refused)));
    Ok(())
}

async fn whole_release(stream: &mut Streaming<indicators::WatchObservationsResponse>) -> Result<usize> {
    let mut rows = 0;
    while let Some(part) = stream.message().await.map_err(failed)? {
        rows += part.observations.len();
        if part.release_complete {
            return Ok(rows);
        }
    }
    bail!("stap 5: de stroom eindigde te vroeg")
}

/// The refusal, where one is due.
fn refusal<T>(answer: Result<T, Status>) -> Result<Status> {
    match answer {
        Err(status) if status.code() == Code::PermissionDenied => Ok(status),
        Err(status) => Err(failed(status)),
        Ok(_) => bail!("dit had geweigerd moeten worden"),
    }
}

fn failed(status: Status) -> anyhow::Error {
    anyhow::anyhow!("{} ({:?} {})", dutch(&status), status.code(), reason(&status))
}

fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}
