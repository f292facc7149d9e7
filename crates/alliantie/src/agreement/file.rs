//! A whole agreement in a file: the agreement, its parties and their keys, as REST gives them.

mod parties;
mod shown;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use consent::offline::agreement::{Download, Placed};
use consent::offline::{self, SignatureKind};
use platform::identity::Oin;
use proto::consent::v1 as pb;
use proto::stakeholders::v1 as stakeholders;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::client::{Partner, told};
use crate::contract::{from_json, to_json};

const AGREEMENT: &str = "alliantie.consent.v1.Agreement";
const CONTENT: &str = "alliantie.consent.v1.AgreementContent";
const STAKEHOLDER: &str = "alliantie.stakeholders.v1.Stakeholder";
const KEYS: &str = "alliantie.stakeholders.v1.ListSigningKeysResponse";

/// Writes an agreement with the keys of its parties.
pub(super) async fn save(file: &Path, partner: &Partner, agreement: &pb::Agreement) -> Result<()> {
    let content = agreement.content.as_ref().context("het platform toont geen voorwaarden")?;
    let mut oins: BTreeSet<&str> = content.recipients.iter().map(|party| party.oin.as_str()).collect();
    oins.extend(content.provider.as_ref().map(|party| party.oin.as_str()));
    let mut parties = Vec::new();
    for stakeholder in with_oins(partner, &oins).await? {
        let request = stakeholders::ListSigningKeysRequest { parent: stakeholder.name.clone() };
        let listed = partner.stakeholders().list_signing_keys(request).await.map_err(told)?.into_inner();
        parties.push(json!({
            "stakeholder": to_json(STAKEHOLDER, &stakeholder)?,
            "keys": to_json(KEYS, &listed)?,
        }));
    }
    let whole = json!({ "agreement": to_json(AGREEMENT, agreement)?, "parties": parties });
    fs::write(file, serde_json::to_string_pretty(&whole)?)
        .with_context(|| format!("{} is niet te schrijven", file.display()))
}

/// The stakeholders with these OINs.
async fn with_oins(partner: &Partner, oins: &BTreeSet<&str>) -> Result<Vec<stakeholders::Stakeholder>> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = stakeholders::ListStakeholdersRequest { page_size: 1000, page_token };
        let page = partner.stakeholders().list_stakeholders(request).await.map_err(told)?.into_inner();
        found.extend(page.stakeholders.into_iter().filter(|known| oins.contains(known.oin.as_str())));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(found);
        }
    }
}

/// A whole agreement that was read.
pub(super) struct Whole {
    /// The agreement as the platform showed it.
    pub(super) shown: pb::Agreement,
    /// What there is to check.
    pub(super) download: Download,
    /// The parties that have another name now than in the agreement: what is to be said of it.
    pub(super) renamed: Vec<String>,
}

/// Reads what `save` wrote, and checks that what is there to read is what is signed.
pub(super) fn read(file: &Path) -> Result<Whole> {
    let text = fs::read(file).with_context(|| format!("{} is niet te lezen", file.display()))?;
    parse(&text).with_context(|| {
        format!("{} is geen hele afspraak, zoals `agreement show --save-all` die bewaart", file.display())
    })
}

fn parse(text: &[u8]) -> Result<Whole> {
    let whole: Value = serde_json::from_slice(text)?;
    let shown: pb::Agreement = from_json(AGREEMENT, part(&whole, "agreement")?)?;
    ensure!(!shown.damaged, "het platform zegt dat de afspraak beschadigd is (damaged)");
    ensure!(!shown.content_json.is_empty(), "er staat geen inhoud in (contentJson)");
    let signed = offline::shown_content(&shown.content_json)?;
    shown::check(
        &to_json(CONTENT, &shown.content.clone().unwrap_or_default())?,
        &to_json(CONTENT, &signed)?,
    )?;
    let parties = part(&whole, "parties")?;
    let parties = parties.as_array().context("de partijen zijn geen lijst")?;
    let parties = parties.iter().map(|party| parties::read(party, &signed)).collect::<Result<Vec<_>>>()?;
    let renamed = parties.iter().filter_map(|party| party.renamed.clone()).collect();
    let signatures = shown.signatures.iter().map(placed).collect::<Result<_>>()?;
    let download = Download {
        content_json: shown.content_json.clone(),
        content_hash: shown.content_hash.clone(),
        text_nl: shown.text_nl.clone(),
        state: shown.state().as_str_name().trim_start_matches("AGREEMENT_STATE_").to_owned(),
        drafted: moment(shown.create_time.as_ref())?,
        changed: moment(shown.update_time.as_ref())?,
        replaced_by: Some(shown.replaced_by.clone()).filter(|name| !name.is_empty()),
        signatures,
        keys: parties.into_iter().flat_map(|party| party.keys).collect(),
        known: Vec::new(),
    };
    Ok(Whole { shown, download, renamed })
}

/// A part of the file by name.
fn part(value: &Value, name: &str) -> Result<Value> {
    value.get(name).cloned().ok_or_else(|| anyhow!("er is geen {name}"))
}

fn placed(signature: &pb::AgreementSignature) -> Result<Placed> {
    Ok(Placed {
        oin: oin(&signature.oin)?,
        kind: kind(signature.kind())?,
        jws: signature.jws.clone(),
        placed: moment(signature.create_time.as_ref())?,
    })
}

/// The kind as it stands in what is signed.
pub(super) fn kind(kind: pb::SignatureKind) -> Result<SignatureKind> {
    let name = kind.as_str_name().trim_start_matches("SIGNATURE_KIND_").to_ascii_lowercase();
    SignatureKind::named(&name).ok_or_else(|| anyhow!("{name} is geen soort handtekening"))
}

/// The kind as it stands in the contract.
pub(super) fn wire_kind(kind: SignatureKind) -> Result<pb::SignatureKind> {
    let name = format!("SIGNATURE_KIND_{}", kind.name().to_ascii_uppercase());
    pb::SignatureKind::from_str_name(&name).ok_or_else(|| anyhow!("{name} staat niet in het contract"))
}

fn oin(text: &str) -> Result<Oin> {
    text.parse().with_context(|| format!("\"{text}\" is geen OIN"))
}

fn moment(at: Option<&prost_types::Timestamp>) -> Result<OffsetDateTime> {
    let at = at.context("er ontbreekt een tijdstip")?;
    let whole = OffsetDateTime::from_unix_timestamp(at.seconds)?;
    whole.checked_add(Duration::nanoseconds(at.nanos.into())).context("een tijdstip is te groot of te klein")
}
