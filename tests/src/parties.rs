//! The parties of the scenarios: their tokens, their keys, their connections.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use platform::clock::Clock;
use platform::keys::{PrivateKey, PublicKey};
use serde_json::json;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Name of the issuer of the tests.
pub const ISSUER: &str = "https://issuer.test";
/// The audience of the platform.
pub const AUDIENCE: &str = "alliantie";

/// Somebody outside the platform who issues tokens that it accepts.
#[derive(Debug)]
pub struct Issuer {
    key: PrivateKey,
}

impl Default for Issuer {
    fn default() -> Self {
        Self::new()
    }
}

impl Issuer {
    /// An issuer with a new key.
    #[must_use]
    pub fn new() -> Self {
        Self { key: PrivateKey::generate().expect("a key") }
    }

    /// The file that makes a platform accept its tokens.
    #[must_use]
    pub fn issuers_json(&self) -> String {
        let PublicKey::Ed25519(bytes) = self.key.public() else { panic!("an Ed25519 key") };
        let jwk = json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": self.key.public().thumbprint(), "x": URL_SAFE_NO_PAD.encode(bytes),
        });
        json!([{ "issuer": ISSUER, "audience": AUDIENCE, "jwks": { "keys": [jwk] } }]).to_string()
    }

    /// A token for `party`, good for an hour.
    #[must_use]
    pub fn token(&self, party: Party) -> String {
        self.token_with(party, 3600, AUDIENCE)
    }

    /// A token for `party` that ends `seconds` from now, which may be in the past.
    #[must_use]
    pub fn token_with(&self, party: Party, seconds: i64, audience: &str) -> String {
        let now = Clock::system().now().unix_timestamp();
        let claims = json!({
            "iss": ISSUER, "aud": audience, "sub": party.id, "oin": party.oin, "roles": party.roles,
            "iat": now.min(now + seconds) - 1, "exp": now + seconds,
        });
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key.public().thumbprint());
        jsonwebtoken::encode(&header, &claims, self.key.encoding_key()).expect("a token")
    }
}

/// Somebody in a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Party {
    /// Id of the stakeholder, or of the person.
    pub id: &'static str,
    /// OIN, fictitious.
    pub oin: &'static str,
    /// Roles in the token.
    pub roles: &'static [&'static str],
}

/// The provider.
pub const WELLER: Party =
    Party { id: "weller", oin: "00000099000000002000", roles: &["partner", "administrator"] };
/// A third party.
pub const WONEN_ZUID: Party =
    Party { id: "wonen-zuid", oin: "00000099000000003000", roles: &["partner", "administrator"] };
/// The recipient.
pub const GGD: Party = Party { id: "ggd", oin: "00000099000000004000", roles: &["partner", "administrator"] };
/// The programme manager.
pub const PROGRAMME: Party =
    Party { id: "programmamanager", oin: "00000099000000001000", roles: &["programme"] };
/// The privacy officer.
pub const PRIVACY_OFFICER: Party =
    Party { id: "fg", oin: "00000099000000001000", roles: &["privacy_officer"] };

/// Adds a token to every call.
#[derive(Clone, Debug)]
pub struct Bearer(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A connection with a token; generated clients take it.
pub type Connection = InterceptedService<Channel, Bearer>;

/// Connects to a platform with a token.
///
/// # Panics
/// When nobody answers.
pub async fn connect(url: &str, token: &str) -> Connection {
    InterceptedService::new(channel(url).await, bearer(token))
}

/// What adds `token` to every call.
///
/// # Panics
/// When the token has odd characters.
#[must_use]
pub fn bearer(token: &str) -> Bearer {
    Bearer(format!("Bearer {token}").parse().expect("a header value"))
}

/// Connects to a platform without credentials.
///
/// # Panics
/// When nobody answers.
pub async fn channel(url: &str) -> Channel {
    Endpoint::from_shared(url.to_owned())
        .expect("a URL")
        .tcp_nodelay(true)
        .connect()
        .await
        .expect("the platform answers")
}

/// The reason of a refusal, as in `ErrorInfo`.
#[must_use]
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// The Dutch sentence of a refusal.
#[must_use]
pub fn dutch(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_localized_message().map(|text| text.message).unwrap_or_default()
}
