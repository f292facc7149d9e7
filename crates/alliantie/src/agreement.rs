//! `alliantie agreement`: what a party does with an agreement, from its own machine and with its
//! own key. What is signed is checked here, not taken on trust from the platform.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use consent::offline;
use platform::clock::Clock;
use platform::keys::{PrivateKey, PublicKey};
use proto::consent::v1 as pb;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::Status;

use crate::cli::{Agreement, PartnerAccess, SigningKey};
use crate::client::{Partner, dutch, reason};
use crate::output::say;

/// Does what the command says.
pub(crate) async fn run(command: Agreement) -> Result<()> {
    match command {
        Agreement::Show { name, access, save } => show(&name, &access, save.as_deref()).await,
        Agreement::Sign { name, access, key } => {
            change(&name, &access, &key, pb::SignatureKind::Accept).await
        }
        Agreement::Reject { name, access, key } => {
            change(&name, &access, &key, pb::SignatureKind::Reject).await
        }
        Agreement::Revoke { name, access, key } => {
            change(&name, &access, &key, pb::SignatureKind::Revoke).await
        }
        Agreement::Verify { content, signature, public_key } => verify(&content, &signature, &public_key),
    }
}

async fn show(name: &str, access: &PartnerAccess, save: Option<&Path>) -> Result<()> {
    let agreement = get(&Partner::of(access).await?, name).await?;
    say(&agreement.text_nl);
    say(format!("staat: {}", state(&agreement)));
    say(format!("vingerafdruk: {}", agreement.content_hash));
    for signature in &agreement.signatures {
        say(format!("handtekening van {}: {}", signature.oin, signature.jws));
    }
    if let Some(file) = save {
        fs::write(file, &agreement.content_json)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

async fn change(name: &str, access: &PartnerAccess, key: &SigningKey, kind: pb::SignatureKind) -> Result<()> {
    let partner = Partner::of(access).await?;
    let agreement = get(&partner, name).await?;
    offline::check_content(&agreement.content_json, &agreement.content_hash)
        .and_then(|()| offline::check_text(&agreement.content_json, &agreement.text_nl))
        .context("what the platform shows is not what would be signed; nothing was signed")?;
    let key = match (&key.key, access.demo_as) {
        (Some(file), _) => read_key(file)?,
        (None, Some(party)) => party.key()?,
        (None, None) => return Err(anyhow!("give --key, or --as for the demo")),
    };
    let changed = place(&partner, &agreement, &key, kind).await.map_err(told)?;
    say(format!("{name}: {}", state(&changed)));
    Ok(())
}

/// Signs the content of an agreement and places the signature.
pub(crate) async fn place(
    partner: &Partner,
    agreement: &pb::Agreement,
    key: &PrivateKey,
    kind: pb::SignatureKind,
) -> Result<pb::Agreement, Status> {
    let name = agreement.name.clone();
    let request_id = String::new();
    let jws = |kind| {
        let now = Clock::system().now();
        offline::sign(&agreement.content_json, &agreement.content_hash, kind, key, now)
            .map_err(|error| Status::internal(error.to_string()))
    };
    let mut client = partner.agreements();
    let answer = match kind {
        pb::SignatureKind::Unspecified => return Err(Status::invalid_argument("no kind of signature")),
        pb::SignatureKind::Accept => {
            let jws = jws(offline::SignatureKind::Accept)?;
            client.sign_agreement(pb::SignAgreementRequest { name, jws, request_id }).await
        }
        pb::SignatureKind::Reject => {
            let jws = jws(offline::SignatureKind::Reject)?;
            client.reject_agreement(pb::RejectAgreementRequest { name, jws, request_id }).await
        }
        pb::SignatureKind::Revoke => {
            let jws = jws(offline::SignatureKind::Revoke)?;
            client.revoke_agreement(pb::RevokeAgreementRequest { name, jws, request_id }).await
        }
    };
    answer.map(tonic::Response::into_inner)
}

fn verify(content: &Path, signature: &str, public_key: &Path) -> Result<()> {
    let content =
        fs::read_to_string(content).with_context(|| format!("cannot read {}", content.display()))?;
    let jws =
        if Path::new(signature).is_file() { fs::read_to_string(signature)? } else { signature.to_owned() };
    let pem =
        fs::read_to_string(public_key).with_context(|| format!("cannot read {}", public_key.display()))?;
    let key = PublicKey::from_pem(&pem).with_context(|| format!("cannot use {}", public_key.display()))?;
    let hash = offline::content_hash(&content)?;
    let signed = offline::verify(jws.trim(), &hash, &key)?;
    let at = OffsetDateTime::from_unix_timestamp(signed.signed_at)?.format(&Rfc3339)?;
    say(format!("good: \"{}\" over {hash}, signed at {at}", signed.kind));
    Ok(())
}

async fn get(partner: &Partner, name: &str) -> Result<pb::Agreement> {
    let request = pb::GetAgreementRequest { name: name.to_owned() };
    let answer = partner.agreements().get_agreement(request).await.map_err(told)?.into_inner();
    ensure!(!answer.content_json.is_empty(), "the platform shows no content");
    Ok(answer)
}

fn read_key(file: &Path) -> Result<PrivateKey> {
    let pem = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    PrivateKey::from_pem(&pem).with_context(|| format!("cannot use {}", file.display()))
}

/// Where an agreement stands, in Dutch.
pub(crate) fn state(agreement: &pb::Agreement) -> &'static str {
    match agreement.state() {
        pb::AgreementState::Unspecified => "de staat is onbekend",
        pb::AgreementState::Draft => "de afspraak is een concept",
        pb::AgreementState::Proposed => "de afspraak wacht op handtekeningen",
        pb::AgreementState::Active => "de afspraak is actief",
        pb::AgreementState::Rejected => "de afspraak is afgewezen",
        pb::AgreementState::Revoked => "de afspraak is ingetrokken",
        pb::AgreementState::Expired => "de afspraak is verlopen",
        pb::AgreementState::Suspended => "de afspraak is opgeschort",
        pb::AgreementState::Replaced => "de afspraak is vervangen",
    }
}

fn told(status: Status) -> anyhow::Error {
    anyhow!("{} ({})", dutch(&status), reason(&status))
}
