//! A public key with which an organisation signs.

use platform::identity::Oin;
use platform::problem::Common;
use time::OffsetDateTime;

use super::problem::Problem;
use super::stakeholder::StakeholderId;

/// A registered key. It is bound to the OIN for which it was registered: when the stakeholder gets
/// another OIN, the key does not sign for that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningKey {
    /// Thumbprint of RFC 7638, base64url: no two keys have the same.
    pub(crate) thumbprint: String,
    /// Whose key it is.
    pub(crate) stakeholder: StakeholderId,
    /// The OIN for which it signs.
    pub(crate) oin: Oin,
    /// The key as SPKI in PEM.
    pub(crate) public_key_pem: String,
    /// JWS algorithm, "EdDSA" or "ES256".
    pub(crate) algorithm: String,
    /// When it was registered; signatures are valid from then on.
    pub(crate) create_time: OffsetDateTime,
    /// The private key is public: only good for the demo.
    pub(crate) demo: bool,
    /// When it was withdrawn: nothing that is placed from then on counts.
    pub(crate) withdraw_time: Option<OffsetDateTime>,
}

/// What a key is called: its stakeholder and its thumbprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningKeyName {
    /// Whose key it is.
    pub(crate) stakeholder: StakeholderId,
    /// Its thumbprint.
    pub(crate) thumbprint: String,
}

impl SigningKeyName {
    /// Reads a resource name.
    pub(crate) fn from_resource_name(name: &str) -> Result<Self, Problem> {
        if name.is_empty() {
            return Err(Common::Missing.into());
        }
        let (stakeholder, thumbprint) = name.split_once("/signing-keys/").ok_or(Problem::NotAKeyName)?;
        let stakeholder = StakeholderId::from_resource_name(stakeholder).map_err(|_| Problem::NotAKeyName)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        // SHA-256 in base64url.
        if thumbprint.len() == 43 && thumbprint.bytes().all(allowed) {
            Ok(Self { stakeholder, thumbprint: thumbprint.to_owned() })
        } else {
            Err(Problem::NotAKeyName)
        }
    }

    /// The resource name.
    pub(crate) fn resource_name(&self) -> String {
        format!("{}/signing-keys/{}", self.stakeholder.resource_name(), self.thumbprint)
    }
}

impl SigningKey {
    /// The resource name, "stakeholders/{id}/signing-keys/{thumbprint}".
    pub(crate) fn resource_name(&self) -> String {
        format!("{}/signing-keys/{}", self.stakeholder.resource_name(), self.thumbprint)
    }

    /// The key after it was withdrawn at `now`; a withdrawal before stays as it is.
    #[must_use]
    pub(crate) fn withdrawn(self, now: OffsetDateTime) -> Self {
        Self { withdraw_time: self.withdraw_time.or(Some(now)), ..self }
    }

    /// Whether it was registered by this stakeholder for this OIN.
    pub(crate) fn belongs_to(&self, stakeholder: &StakeholderId, oin: &Oin) -> bool {
        self.stakeholder == *stakeholder && self.oin == *oin
    }
}
