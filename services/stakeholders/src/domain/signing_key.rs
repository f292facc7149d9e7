//! A public key with which an organisation signs.

use platform::identity::Oin;
use time::OffsetDateTime;

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
}

impl SigningKey {
    /// The resource name, "stakeholders/{id}/signing-keys/{thumbprint}".
    pub(crate) fn resource_name(&self) -> String {
        format!("{}/signing-keys/{}", self.stakeholder.resource_name(), self.thumbprint)
    }

    /// Whether it was registered by this stakeholder for this OIN.
    pub(crate) fn belongs_to(&self, stakeholder: &StakeholderId, oin: &Oin) -> bool {
        self.stakeholder == *stakeholder && self.oin == *oin
    }
}
