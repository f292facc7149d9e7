//! A whole agreement in a file: the agreement, its parties and their keys, as REST gives them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use consent::offline::SignatureKind;
use consent::offline::agreement::{Download, PartyKey, Placed};
use platform::identity::Oin;
use platform::keys::PublicKey;
use prost_reflect::prost::Message;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage};
use proto::consent::v1 as pb;
use proto::stakeholders::v1 as stakeholders;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::client::{Partner, told};

const AGREEMENT: &str = "alliantie.consent.v1.Agreement";
const STAKEHOLDER: &str = "alliantie.stakeholders.v1.Stakeholder";
const KEYS: &str = "alliantie.stakeholders.v1.ListSigningKeysResponse";

/// Writes an agreement with the keys of its parties.
pub(super) async fn save(file: &Path, partner: &Partner, agreement: &pb::Agreement) -> Result<()> {
    let content = agreement.content.as_ref().context("the platform shows no terms")?;
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
        .with_context(|| format!("cannot write {}", file.display()))
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

/// Reads what `save` wrote: the agreement as the platform showed it, and what there is to check.
pub(super) fn read(file: &Path) -> Result<(pb::Agreement, Download)> {
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&text).with_context(|| {
        format!("{} is not a whole agreement, as `agreement show --save-all` writes it", file.display())
    })
}

fn parse(text: &[u8]) -> Result<(pb::Agreement, Download)> {
    let whole: Value = serde_json::from_slice(text)?;
    let part =
        |value: &Value, name: &str| value.get(name).cloned().ok_or_else(|| anyhow!("it has no {name}"));
    let agreement: pb::Agreement = from_json(AGREEMENT, part(&whole, "agreement")?)?;
    let mut keys = Vec::new();
    for party in part(&whole, "parties")?.as_array().context("the parties are no list")? {
        let listed: stakeholders::ListSigningKeysResponse = from_json(KEYS, part(party, "keys")?)?;
        keys.extend(listed.signing_keys.iter().map(key).collect::<Result<Vec<_>>>()?);
    }
    let signatures = agreement.signatures.iter().map(placed).collect::<Result<_>>()?;
    let download = Download {
        content_json: agreement.content_json.clone(),
        content_hash: agreement.content_hash.clone(),
        text_nl: agreement.text_nl.clone(),
        state: agreement.state().as_str_name().trim_start_matches("AGREEMENT_STATE_").to_owned(),
        drafted: moment(agreement.create_time.as_ref().map(|at| (at.seconds, at.nanos)))?,
        signatures,
        keys,
        known: Vec::new(),
    };
    ensure!(!download.content_json.is_empty(), "it has no content");
    Ok((agreement, download))
}

fn key(key: &stakeholders::SigningKey) -> Result<PartyKey> {
    let withdraw_time = key.withdraw_time.as_ref().map(|at| moment(Some((at.seconds, at.nanos))));
    Ok(PartyKey {
        oin: oin(&key.oin)?,
        key: PublicKey::from_pem(&key.public_key_pem)?,
        create_time: moment(key.create_time.as_ref().map(|at| (at.seconds, at.nanos)))?,
        withdraw_time: withdraw_time.transpose()?,
    })
}

fn placed(signature: &pb::AgreementSignature) -> Result<Placed> {
    Ok(Placed {
        oin: oin(&signature.oin)?,
        kind: kind(signature.kind())?,
        jws: signature.jws.clone(),
        placed: moment(signature.create_time.as_ref().map(|at| (at.seconds, at.nanos)))?,
    })
}

/// The kind as it stands in what is signed.
pub(super) fn kind(kind: pb::SignatureKind) -> Result<SignatureKind> {
    let name = kind.as_str_name().trim_start_matches("SIGNATURE_KIND_").to_ascii_lowercase();
    SignatureKind::named(&name).ok_or_else(|| anyhow!("{name} is no kind of signature"))
}

/// The kind as it stands in the contract.
pub(super) fn wire_kind(kind: SignatureKind) -> Result<pb::SignatureKind> {
    let name = format!("SIGNATURE_KIND_{}", kind.name().to_ascii_uppercase());
    pb::SignatureKind::from_str_name(&name).ok_or_else(|| anyhow!("{name} is not in the contract"))
}

fn oin(text: &str) -> Result<Oin> {
    text.parse().with_context(|| format!("\"{text}\" is no OIN"))
}

fn moment(at: Option<(i64, i32)>) -> Result<OffsetDateTime> {
    let (seconds, nanos) = at.context("a moment is missing")?;
    let whole = OffsetDateTime::from_unix_timestamp(seconds)?;
    whole.checked_add(Duration::nanoseconds(nanos.into())).context("a moment is out of range")
}

fn to_json(name: &str, message: &impl Message) -> Result<Value> {
    let mut dynamic = DynamicMessage::new(descriptor(name)?);
    dynamic.transcode_from(message)?;
    Ok(serde_json::to_value(dynamic)?)
}

/// Reads a message; a field that a newer platform added is passed over.
fn from_json<M: Message + Default>(name: &str, value: Value) -> Result<M> {
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let read = DynamicMessage::deserialize_with_options(descriptor(name)?, value, &options)?;
    Ok(read.transcode_to()?)
}

fn descriptor(name: &str) -> Result<prost_reflect::MessageDescriptor> {
    let contract = DescriptorPool::decode(proto::DESCRIPTORS)?;
    contract.get_message_by_name(name).with_context(|| format!("the contract has no {name}"))
}
