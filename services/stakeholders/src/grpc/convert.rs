//! Messages of the contract to domain types, and back.

use platform::clock::timestamp;
use platform::fields::{Fields, single};
use platform::identity::Oin;
use platform::keys::PublicKey;
use platform::mask::Mask;
use platform::problem::Common;
use platform::status::{Failure, FieldViolation};
use platform::text::optional;
use proto::stakeholders::v1 as pb;

use crate::app::stakeholder::etag_of;
use crate::domain::problem::Problem;
use crate::domain::signing_key::{SigningKey, SigningKeyName};
use crate::domain::stakeholder::{
    AmbassadorGroup, Profile, ProfileChange, Stakeholder, StakeholderId, read_oin,
};

/// Most OINs in one question for names.
const MOST_OINS: usize = 500;
/// The fields of a stakeholder that a mask can name.
const STAKEHOLDER_FIELDS: [&str; 9] = [
    "name",
    "display_name",
    "kind",
    "ambassador_group",
    "oin",
    "fictitious",
    "create_time",
    "update_time",
    "etag",
];

/// The stakeholder that `field` names.
pub(super) fn stakeholder_name(field: &str, name: &str) -> Result<StakeholderId, Failure> {
    single(field, StakeholderId::from_resource_name(name))
}

/// The OIN to look up.
pub(super) fn oin_of_look_up(request: pb::LookUpOrganisationRequest) -> Result<Oin, Failure> {
    single("oin", read_oin(&request.oin))
}

/// The OINs to name.
pub(super) fn oins_to_name(request: pb::NameOrganisationsRequest) -> Result<Vec<Oin>, Failure> {
    let mut fields = Fields::default();
    let given = request.oins.len();
    if given > MOST_OINS {
        fields.refuse(FieldViolation::new(
            "oins",
            format!("has {given} items; at most {MOST_OINS} are allowed"),
            format!("heeft {given} onderdelen; hoogstens {MOST_OINS} zijn toegestaan"),
        ));
        return fields.finish(None);
    }
    let oins = (0..).zip(&request.oins);
    let oins: Vec<Option<Oin>> =
        oins.map(|(place, oin)| fields.read(&format!("oins[{place}]"), read_oin(oin))).collect();
    fields.finish(oins.into_iter().collect())
}

/// What CreateStakeholder is to add.
pub(super) fn new_stakeholder(
    request: pb::CreateStakeholderRequest,
) -> Result<(StakeholderId, Profile), Failure> {
    let mut fields = Fields::default();
    let id = fields.read("stakeholder_id", request.stakeholder_id.parse());
    let Some(given) = request.stakeholder else {
        fields.refuse(FieldViolation::required("stakeholder"));
        return fields.finish(None);
    };
    let change = read_profile(&mut fields, &Mask::All, given);
    let profile = change.display_name.map(|display_name| Profile {
        display_name,
        kind: change.kind.flatten(),
        ambassador_group: change.ambassador_group.flatten(),
        oin: change.oin.flatten(),
    });
    fields.finish(id.zip(profile))
}

/// What UpdateStakeholder is to change, and the etag that the caller read.
pub(super) fn stakeholder_change(
    request: pb::UpdateStakeholderRequest,
) -> Result<(StakeholderId, ProfileChange, String), Failure> {
    let mut fields = Fields::default();
    let mask = fields.mask(request.update_mask, &STAKEHOLDER_FIELDS);
    let Some(mut given) = request.stakeholder else {
        fields.refuse(FieldViolation::required("stakeholder"));
        return fields.finish(None);
    };
    let id = fields.read("stakeholder.name", StakeholderId::from_resource_name(&given.name));
    let etag = std::mem::take(&mut given.etag);
    let change = read_profile(&mut fields, &mask, given);
    fields.finish(id.map(|id| (id, change, etag)))
}

/// The fields that the mask picks, as far as they are right.
fn read_profile(fields: &mut Fields, mask: &Mask, given: pb::Stakeholder) -> ProfileChange {
    let is_text = |text: &String| !text.is_empty();
    ProfileChange {
        display_name: mask
            .pick("display_name", given.display_name, is_text)
            .and_then(|name| fields.read("stakeholder.display_name", name.parse())),
        kind: mask
            .pick("kind", given.kind, is_text)
            .and_then(|kind| fields.read("stakeholder.kind", optional(&kind, str::parse))),
        ambassador_group: mask
            .pick("ambassador_group", given.ambassador_group, |group| *group != 0)
            .and_then(|group| fields.read("stakeholder.ambassador_group", ambassador_group(group))),
        oin: mask
            .pick("oin", given.oin, is_text)
            .and_then(|oin| fields.read("stakeholder.oin", optional(&oin, read_oin))),
    }
}

/// The key that `name` names.
pub(super) fn signing_key_name(name: &str) -> Result<SigningKeyName, Failure> {
    single("name", SigningKeyName::from_resource_name(name))
}

/// What CreateSigningKey is to register, and the proof that comes with it.
pub(super) fn new_signing_key(
    request: pb::CreateSigningKeyRequest,
) -> Result<(StakeholderId, PublicKey, String), Failure> {
    let mut fields = Fields::default();
    let parent = fields.read("parent", StakeholderId::from_resource_name(&request.parent));
    let pb::SigningKey { public_key_pem: pem, proof, .. } = request.signing_key.unwrap_or_default();
    let key = if pem.is_empty() {
        Err(Common::Missing.into())
    } else {
        PublicKey::from_pem(&pem).map_err(|_| Problem::NotAKey)
    };
    let key = fields.read("signing_key.public_key_pem", key);
    if proof.is_empty() {
        fields.refuse(FieldViolation::required("signing_key.proof"));
    }
    fields.finish(parent.zip(key).map(|(parent, key)| (parent, key, proof)))
}

fn ambassador_group(number: i32) -> Result<Option<AmbassadorGroup>, Problem> {
    match pb::AmbassadorGroup::try_from(number) {
        Ok(pb::AmbassadorGroup::Unspecified) => Ok(None),
        Ok(pb::AmbassadorGroup::Residents) => Ok(Some(AmbassadorGroup::Residents)),
        Ok(pb::AmbassadorGroup::MunicipalStaff) => Ok(Some(AmbassadorGroup::MunicipalStaff)),
        Ok(pb::AmbassadorGroup::ExternalParties) => Ok(Some(AmbassadorGroup::ExternalParties)),
        Err(_) => Err(Problem::NotAGroup),
    }
}

impl From<AmbassadorGroup> for pb::AmbassadorGroup {
    fn from(group: AmbassadorGroup) -> Self {
        match group {
            AmbassadorGroup::Residents => Self::Residents,
            AmbassadorGroup::MunicipalStaff => Self::MunicipalStaff,
            AmbassadorGroup::ExternalParties => Self::ExternalParties,
        }
    }
}

impl From<Stakeholder> for pb::Stakeholder {
    fn from(stakeholder: Stakeholder) -> Self {
        let group = stakeholder.profile.ambassador_group;
        Self {
            name: stakeholder.id.resource_name(),
            fictitious: stakeholder.is_fictitious(),
            create_time: Some(timestamp(stakeholder.create_time)),
            update_time: Some(timestamp(stakeholder.update_time)),
            etag: etag_of(&stakeholder),
            display_name: stakeholder.profile.display_name.into(),
            kind: stakeholder.profile.kind.map(String::from).unwrap_or_default(),
            ambassador_group: group.map(pb::AmbassadorGroup::from).unwrap_or_default().into(),
            oin: stakeholder.profile.oin.map(String::from).unwrap_or_default(),
        }
    }
}

impl From<SigningKey> for pb::SigningKey {
    fn from(key: SigningKey) -> Self {
        Self {
            name: key.resource_name(),
            public_key_pem: key.public_key_pem,
            algorithm: key.algorithm,
            create_time: Some(timestamp(key.create_time)),
            demo: key.demo,
            proof: String::new(),
            withdraw_time: key.withdraw_time.map(timestamp),
            oin: key.oin.into(),
        }
    }
}
