//! `alliantie key`: the keys with which an organisation signs.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use platform::clock::Clock;
use platform::keys::PrivateKey;
use proto::stakeholders::v1 as pb;
use proto::stakeholders::v1::stakeholders_service_client::StakeholdersServiceClient;

use crate::agreement::signing_key;
use crate::cli::{Algorithm, Key, PartnerAccess, PlatformAddress, SigningKey};
use crate::client::{Partner, connect, told};
use crate::moment;
use crate::output::say;

/// Does what the command says.
pub(crate) async fn run(command: Key) -> Result<()> {
    match command {
        Key::New { file, algorithm } => new(&file, algorithm),
        Key::Register { stakeholder, access, key } => register(stakeholder, &access, &key).await,
        Key::List { stakeholder, address } => list(stakeholder, &address).await,
        Key::Withdraw { name, access } => withdraw(name, &access).await,
    }
}

fn new(file: &Path, algorithm: Algorithm) -> Result<()> {
    let key = match algorithm {
        Algorithm::Eddsa => PrivateKey::generate()?,
        Algorithm::Es256 => PrivateKey::generate_p256()?,
    };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut opened| opened.write_all(key.to_pem().as_bytes()))
        .with_context(|| format!("{} is niet te maken", file.display()))?;
    say(key.public().to_pem().trim_end());
    say(format!("thumbprint: {}", key.public().thumbprint()));
    Ok(())
}

async fn register(stakeholder: Option<String>, access: &PartnerAccess, key: &SigningKey) -> Result<()> {
    let parent = stakeholder
        .or_else(|| access.demo_as.map(|party| format!("stakeholders/{}", party.stakeholder())))
        .ok_or_else(|| anyhow!("zeg welke organisatie u bent: stakeholders/{{id}}"))?;
    let key = signing_key(access, key)?;
    let mut client = Partner::of(access).await?.stakeholders();
    let request = pb::GetStakeholderRequest { name: parent.clone() };
    let known = client.get_stakeholder(request).await.map_err(told)?.into_inner();
    let oin = known.oin.parse().with_context(|| {
        format!(
            "{parent} heeft op het platform geen OIN; vraag het programma om de OIN van uw organisatie in te voeren"
        )
    })?;
    let request = pb::CreateSigningKeyRequest {
        parent,
        signing_key: Some(pb::SigningKey {
            public_key_pem: key.public().to_pem(),
            proof: stakeholders::offline::registration_proof(&key, &oin, Clock::system().now())?,
            ..Default::default()
        }),
        request_id: String::new(),
    };
    say(line(&client.create_signing_key(request).await.map_err(told)?.into_inner()));
    Ok(())
}

async fn list(stakeholder: String, address: &PlatformAddress) -> Result<()> {
    let mut client = StakeholdersServiceClient::new(connect(address).await?);
    let request = pb::ListSigningKeysRequest { parent: stakeholder };
    let listed = client.list_signing_keys(request).await.map_err(told)?.into_inner();
    for key in &listed.signing_keys {
        say(line(key));
    }
    Ok(())
}

async fn withdraw(name: String, access: &PartnerAccess) -> Result<()> {
    let request = pb::WithdrawSigningKeyRequest { name, request_id: String::new() };
    let mut client = Partner::of(access).await?.stakeholders();
    say(line(&client.withdraw_signing_key(request).await.map_err(told)?.into_inner()));
    Ok(())
}

/// A key on one line: its name, algorithm, OIN, and from when to when it is in use.
fn line(key: &pb::SigningKey) -> String {
    let from = moment::of_timestamp(key.create_time);
    let until = key.withdraw_time.map_or_else(
        || "in gebruik".to_owned(),
        |at| format!("ingetrokken op {}", moment::of_timestamp(Some(at))),
    );
    let demo = if key.demo { ", alleen voor de demo" } else { "" };
    format!("{} {} oin {} sinds {from}, {until}{demo}", key.name, key.algorithm, key.oin)
}
