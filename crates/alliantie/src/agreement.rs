//! `alliantie agreement`: what a party does with an agreement, from its own machine and with its
//! own key. What is signed is checked here, not taken on trust from the platform.

mod file;
mod signing;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use consent::offline;
use consent::offline::SignatureKind;
use consent::offline::agreement::{VerifiedSignature, verify_download};
use platform::clock::Clock;
use platform::keys::{PrivateKey, PublicKey};
use proto::consent::v1 as pb;
use time::{Duration, OffsetDateTime};
use tonic::Status;

use crate::cli::{Agreement, Change, KnownKey, PartnerAccess, Sign, SigningKey};
use crate::client::{Partner, told};
use crate::output::{say, tell};
use crate::{moment, receipt};

const OTHER_WORDING: &str = "let op: de tekst heeft de woorden van een andere versie van dit programma; lees of er staat wat de inhoud zegt";

/// From when on it is said that a signature was placed later than it was made.
const PLACED_LATER: Duration = Duration::minutes(5);

/// Does what the command says.
pub(crate) async fn run(command: Agreement) -> Result<()> {
    match command {
        Agreement::Show { name, access, save, save_all } => {
            show(&name, &access, save.as_deref(), save_all.as_deref()).await
        }
        Agreement::Sign(arguments) => sign(&arguments).await,
        Agreement::Reject(arguments) => change(&arguments, SignatureKind::Reject).await,
        Agreement::Revoke(arguments) => change(&arguments, SignatureKind::Revoke).await,
        Agreement::Suspend(arguments) => change(&arguments, SignatureKind::Suspend).await,
        Agreement::Resume(arguments) => change(&arguments, SignatureKind::Resume).await,
        Agreement::Verify { file, signature: Some(signature), public_key: Some(public_key), .. } => {
            verify_signature(&file, &signature, &public_key)
        }
        Agreement::Verify { file, known_key, .. } => verify_whole(&file, known_key),
    }
}

async fn show(
    name: &str,
    access: &PartnerAccess,
    save: Option<&Path>,
    save_all: Option<&Path>,
) -> Result<()> {
    let partner = Partner::of(access).await?;
    let agreement = get(&partner, name).await?;
    match signing::checked(&agreement, name) {
        Err(offline::Error::Wording) => say(OTHER_WORDING),
        checked => checked.context("wat het platform toont, is niet wat er getekend zou worden")?,
    }
    say(&agreement.text_nl);
    say(format!("staat: {}", state(&agreement)));
    say(format!("vingerafdruk: {}", agreement.content_hash));
    for signature in &agreement.signatures {
        say(format!("handtekening van {}: {}", signature.oin, signature.jws));
    }
    if let Some(file) = save {
        fs::write(file, &agreement.content_json)
            .with_context(|| format!("{} is niet te schrijven", file.display()))?;
    }
    match save_all {
        Some(file) => file::save(file, &partner, &agreement).await,
        None => Ok(()),
    }
}

async fn sign(arguments: &Sign) -> Result<()> {
    let Sign { name, access, key, content, kind, signature } = arguments;
    let kind = kind.unwrap_or(SignatureKind::Accept);
    match (content, name, signature) {
        (Some(content), _, _) => sign_offline(content, access, key, kind),
        (None, Some(name), Some(signature)) => place_made(name, access, signature).await,
        (None, Some(name), None) => sign_on(name, access, key, kind).await,
        (None, None, _) => {
            Err(anyhow!("zeg om welke afspraak het gaat, agreements/{{id}}, of geef --content"))
        }
    }
}

async fn change(arguments: &Change, kind: SignatureKind) -> Result<()> {
    sign_on(&arguments.name, &arguments.access, &arguments.key, kind).await
}

/// Signs what the platform shows, when that is what would be signed, and places the signature.
async fn sign_on(name: &str, access: &PartnerAccess, key: &SigningKey, kind: SignatureKind) -> Result<()> {
    let key = signing_key(access, key)?;
    let partner = Partner::of(access).await?;
    let agreement = get(&partner, name).await?;
    signing::check(&agreement, name, kind)?.into_iter().for_each(tell);
    let kind = file::wire_kind(kind)?;
    let changed = place(&partner, &agreement, &key, kind).await.map_err(told)?;
    told_after(&partner, &changed, kind).await
}

/// Says where the agreement stands after a signature, and of a revocation where it is in force.
async fn told_after(partner: &Partner, changed: &pb::Agreement, kind: pb::SignatureKind) -> Result<()> {
    say(format!("{}: {}", changed.name, state(changed)));
    if kind == pb::SignatureKind::Revoke { receipt::show(partner, &changed.name).await } else { Ok(()) }
}

fn sign_offline(content: &Path, access: &PartnerAccess, key: &SigningKey, kind: SignatureKind) -> Result<()> {
    let content = read_text(content)?;
    let (what, hash) = signing::in_words(&content, kind)?;
    let key = signing_key(access, key)?;
    tell(format!("{what}\nU tekent hiervoor: \"{}\"\nvingerafdruk: {hash}", kind.name()));
    say(offline::sign(&content, &hash, kind, &key, Clock::system().now())?);
    Ok(())
}

/// Places a signature that was made before, and does what it says.
async fn place_made(name: &str, access: &PartnerAccess, signature: &str) -> Result<()> {
    let jws = read_signature(signature)?;
    let kind = file::wire_kind(offline::kind_of(&jws)?)?;
    let partner = Partner::of(access).await?;
    let changed = send(&partner, name, jws, kind).await.map_err(told)?;
    told_after(&partner, &changed, kind).await
}

/// Signs the content of an agreement and places the signature.
pub(crate) async fn place(
    partner: &Partner,
    agreement: &pb::Agreement,
    key: &PrivateKey,
    kind: pb::SignatureKind,
) -> Result<pb::Agreement, Status> {
    let not_signed = |error: String| Status::internal(error);
    let says = file::kind(kind).map_err(|error| not_signed(error.to_string()))?;
    let now = Clock::system().now();
    let jws = offline::sign(&agreement.content_json, &agreement.content_hash, says, key, now)
        .map_err(|error| not_signed(error.to_string()))?;
    send(partner, &agreement.name, jws, kind).await
}

/// Sends a signature with the request that does what it says.
async fn send(
    partner: &Partner,
    name: &str,
    jws: String,
    kind: pb::SignatureKind,
) -> Result<pb::Agreement, Status> {
    let (name, request_id) = (name.to_owned(), String::new());
    let mut client = partner.agreements();
    let answer = match kind {
        pb::SignatureKind::Unspecified => {
            return Err(Status::invalid_argument("dat is geen soort handtekening"));
        }
        pb::SignatureKind::Accept => {
            client.sign_agreement(pb::SignAgreementRequest { name, jws, request_id }).await
        }
        pb::SignatureKind::Reject => {
            client.reject_agreement(pb::RejectAgreementRequest { name, jws, request_id }).await
        }
        pb::SignatureKind::Revoke => {
            client.revoke_agreement(pb::RevokeAgreementRequest { name, jws, request_id }).await
        }
        pb::SignatureKind::Suspend => {
            client.suspend_agreement(pb::SuspendAgreementRequest { name, jws, request_id }).await
        }
        pb::SignatureKind::Resume => {
            client.resume_agreement(pb::ResumeAgreementRequest { name, jws, request_id }).await
        }
    };
    answer.map(tonic::Response::into_inner)
}

fn verify_signature(content: &Path, signature: &str, public_key: &Path) -> Result<()> {
    let content = read_text(content)?;
    let jws = read_signature(signature)?;
    let key = PublicKey::from_pem(&read_text(public_key)?)
        .with_context(|| format!("{} is niet te gebruiken", public_key.display()))?;
    let hash = offline::content_hash(&content)?;
    let signed = offline::verify(&jws, &hash, &key)?;
    let at = moment::of_seconds(Some(signed.signed_at));
    say(format!("goed: \"{}\" over {hash}, getekend op {at}", signed.kind));
    Ok(())
}

fn verify_whole(path: &Path, known: Vec<KnownKey>) -> Result<()> {
    let file::Whole { shown, mut download, renamed } = file::read(path)?;
    download.known = known.into_iter().map(|known| (known.oin, known.thumbprint)).collect();
    let verified = verify_download(&download, Clock::system().now())?;
    ensure!(
        shown.name == verified.agreement,
        "volgens het bestand is dit {}, maar de inhoud die is getekend is van {}",
        shown.name,
        verified.agreement
    );
    say(format!("goed: de tekst hoort bij de inhoud, en de inhoud bij {}", shown.content_hash));
    if !verified.own_wording {
        say(OTHER_WORDING);
    }
    renamed.into_iter().for_each(say);
    for good in &verified.signatures {
        signature_lines(good)?.into_iter().for_each(say);
    }
    for (oin, name) in &verified.without_signature {
        say(format!("geen handtekening \"accept\" van {name} ({oin})"));
    }
    say(format!("{}: {}", shown.name, state(&shown)));
    if verified.ended_since {
        let last = shown.content.map(|content| content.valid_until).unwrap_or_default();
        say(format!("let op: zo stond het toen dit bestand werd gemaakt; op {last} is de afspraak verlopen"));
    }
    Ok(())
}

/// What is said of a good signature.
fn signature_lines(good: &VerifiedSignature) -> Result<Vec<String>> {
    let signed = OffsetDateTime::from_unix_timestamp(good.signed_at)?;
    let at = moment::of(signed);
    let known = if good.is_known { "zoals u die kent" } else { "van wie die is zegt alleen het bestand" };
    let mut lines = vec![
        format!("goed: \"{}\" van {} ({}), getekend op {at}", good.kind.name(), good.display_name, good.oin),
        format!("      met sleutel {}, {known}", good.key),
    ];
    if good.placed - signed > PLACED_LATER {
        let placed = moment::of(good.placed);
        lines.push(format!(
            "      volgens het bestand pas later geplaatst, op {placed}; dat is niet getekend"
        ));
    }
    if let Some(withdrawn) = good.key_withdrawn {
        lines.push(format!("      de sleutel is daarna ingetrokken, op {}", moment::of(withdrawn)));
    }
    Ok(lines)
}

async fn get(partner: &Partner, name: &str) -> Result<pb::Agreement> {
    let request = pb::GetAgreementRequest { name: name.to_owned() };
    let answer = partner.agreements().get_agreement(request).await.map_err(told)?.into_inner();
    sound(answer)
}

/// The agreement, when the platform can still read it. Of one that it cannot read only a signature that was made
/// from a copy of the content can be placed.
fn sound(agreement: pb::Agreement) -> Result<pb::Agreement> {
    let pb::Agreement { name, text_nl, .. } = &agreement;
    ensure!(
        !agreement.damaged,
        "{text_nl}\nIntrekken kan nog wel, met een bewaard bestand van de inhoud (show --save):\n  alliantie \
         agreement sign --content BESTAND --type revoke --key SLEUTEL > handtekening\n  alliantie agreement sign \
         {name} --signature handtekening"
    );
    ensure!(!agreement.content_json.is_empty(), "het platform toont geen inhoud");
    Ok(agreement)
}

/// The key to sign with: the one that is given, or that of the fictitious organisation.
pub(crate) fn signing_key(access: &PartnerAccess, key: &SigningKey) -> Result<PrivateKey> {
    match (&key.key, access.demo_as) {
        (Some(file), _) => PrivateKey::from_pem(&read_text(file)?)
            .with_context(|| format!("{} is niet te gebruiken", file.display())),
        (None, Some(party)) => party.key(),
        (None, None) => Err(anyhow!("geef --key, of voor de demo --as")),
    }
}

/// A signature that is given as such, or in a file.
fn read_signature(given: &str) -> Result<String> {
    let file = Path::new(given);
    let jws = if file.is_file() { read_text(file)? } else { given.to_owned() };
    Ok(jws.trim().to_owned())
}

fn read_text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} is niet te lezen", file.display()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_damaged_agreement_it_is_said_how_it_is_still_revoked() {
        let name = "agreements/a".to_owned();
        let damaged =
            pb::Agreement { name, text_nl: "Beschadigd.".to_owned(), damaged: true, ..Default::default() };
        let said = sound(damaged).unwrap_err().to_string();
        for part in ["Beschadigd.", "sign --content BESTAND --type revoke", "sign agreements/a --signature"] {
            assert!(said.contains(part), "{said}");
        }
        let said = sound(pb::Agreement::default()).unwrap_err().to_string();
        assert_eq!(said, "het platform toont geen inhoud");
    }
}
