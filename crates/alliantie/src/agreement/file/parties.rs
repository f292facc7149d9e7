//! The parties in a file, with the keys that they registered.

use anyhow::{Context, Result, ensure};
use consent::offline::agreement::PartyKey;
use platform::keys::PublicKey;
use proto::consent::v1::AgreementContent;
use proto::stakeholders::v1::{ListSigningKeysResponse, SigningKey, Stakeholder};
use serde_json::Value;

use super::{KEYS, STAKEHOLDER, moment, oin, part};
use crate::contract::from_json;

/// A party to an agreement, as the file has it.
pub(super) struct Party {
    /// The keys that it registered for its OIN.
    pub(super) keys: Vec<PartyKey>,
    /// What is to be said when it has another name now than in the agreement.
    pub(super) renamed: Option<String>,
}

/// Reads a party to the agreement with this content.
///
/// # Errors
/// When it is no party, or a key has the name of another one.
pub(super) fn read(party: &Value, content: &AgreementContent) -> Result<Party> {
    let stakeholder: Stakeholder = from_json(STAKEHOLDER, part(party, "stakeholder")?)?;
    let listed: ListSigningKeysResponse = from_json(KEYS, part(party, "keys")?)?;
    let mut parties = content.provider.iter().chain(&content.recipients);
    let agreed = parties.find(|agreed| agreed.oin == stakeholder.oin).with_context(|| {
        format!("{} (OIN {}) is geen partij bij de afspraak", stakeholder.name, stakeholder.oin)
    })?;
    let renamed = (agreed.display_name != stakeholder.display_name).then(|| {
        format!(
            "let op: {} heet volgens het bestand nu \"{}\"; in de afspraak staat \"{}\"",
            stakeholder.oin, stakeholder.display_name, agreed.display_name
        )
    });
    // A key that was registered for an earlier OIN counts for nothing here.
    let own = listed.signing_keys.iter().filter(|key| key.oin == stakeholder.oin);
    let keys = own.map(|key| read_key(key, &stakeholder.name)).collect::<Result<_>>()?;
    Ok(Party { keys, renamed })
}

fn read_key(key: &SigningKey, of: &str) -> Result<PartyKey> {
    let public = PublicKey::from_pem(&key.public_key_pem)?;
    let name = format!("{of}/signing-keys/{}", public.thumbprint());
    ensure!(key.name == name, "de sleutel {} is die van een ander: haar naam hoort {name} te zijn", key.name);
    let algorithm = public.algorithm_name();
    ensure!(
        key.algorithm == algorithm,
        "{name} is een sleutel voor {algorithm}, niet voor {}",
        key.algorithm
    );
    Ok(PartyKey {
        oin: oin(&key.oin)?,
        key: public,
        create_time: moment(key.create_time.as_ref())?,
        withdraw_time: key.withdraw_time.as_ref().map(|at| moment(Some(at))).transpose()?,
    })
}
