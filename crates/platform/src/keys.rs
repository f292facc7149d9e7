//! Ed25519 and P-256 keys in PEM, as the platform and its partners keep them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

/// Why a key was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not PEM with the expected label.
    #[error("expected a PEM block {expected}")]
    Pem {
        /// The label that was expected.
        expected: &'static str,
    },
    /// PEM, but of a kind that the platform does not use.
    #[error("the key is neither Ed25519 nor P-256")]
    Kind,
    /// A private key of another kind.
    #[error("the private key is neither Ed25519 nor P-256")]
    PrivateKind,
    /// Making a key failed.
    #[error("could not make a key")]
    Generate,
}

/// DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// DER of a P-256 SubjectPublicKeyInfo up to the 64 bytes of an uncompressed point (RFC 5480).
const P256_SPKI: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// A public key with which somebody's signatures are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// Ed25519: 32 bytes.
    Ed25519(Vec<u8>),
    /// P-256: x and y, 32 bytes each.
    P256(Vec<u8>),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    /// When the text is not PEM of a public key, or the key is neither Ed25519 nor P-256.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let block = pem::parse(text.trim()).map_err(|_| Error::Pem { expected: "PUBLIC KEY" })?;
        if block.tag() != "PUBLIC KEY" {
            return Err(Error::Pem { expected: "PUBLIC KEY" });
        }
        let der = block.contents();
        match (der.strip_prefix(&ED25519_SPKI), der.strip_prefix(&P256_SPKI)) {
            (Some(key), _) if key.len() == 32 => Ok(Self::Ed25519(key.to_vec())),
            (_, Some(point)) if point.len() == 64 => Ok(Self::P256(point.to_vec())),
            _ => Err(Error::Kind),
        }
    }

    /// The SubjectPublicKeyInfo in PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let der = match self {
            Self::Ed25519(key) => [&ED25519_SPKI[..], key].concat(),
            Self::P256(point) => [&P256_SPKI[..], point].concat(),
        };
        let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("PUBLIC KEY", der), lines)
    }

    /// The JWS algorithm that goes with the key.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDSA,
            Self::P256(_) => Algorithm::ES256,
        }
    }

    /// The name of that algorithm in a JWS header.
    #[must_use]
    pub fn algorithm_name(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
        }
    }

    /// Thumbprint of RFC 7638: SHA-256 of the canonical JWK, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let jwk = match self {
            Self::Ed25519(key) => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(key))
            }
            Self::P256(point) => {
                let (x, y) = point.split_at(point.len() / 2);
                let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(jwk))
    }

    /// The key as the JWT library takes it.
    #[must_use]
    pub fn decoding_key(&self) -> DecodingKey {
        match self {
            Self::Ed25519(key) => DecodingKey::from_ed_der(key),
            Self::P256(point) => DecodingKey::from_ec_der(&[&[4u8][..], point].concat()),
        }
    }
}

/// A private key that signs: Ed25519 (EdDSA) or P-256 (ES256).
#[derive(Clone)]
pub struct PrivateKey {
    encoding: EncodingKey,
    public: PublicKey,
    pem: String,
    der: Vec<u8>,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateKey").field("thumbprint", &self.public.thumbprint()).finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// A new Ed25519 key.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn generate() -> Result<Self, Error> {
        let pair = Ed25519KeyPair::generate().map_err(|_| Error::Generate)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| Error::Generate)?;
        Self::of_new(der.as_ref())
    }

    /// A new P-256 key.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn generate_p256() -> Result<Self, Error> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| Error::Generate)?;
        let der = pair.to_pkcs8v1().map_err(|_| Error::Generate)?;
        Self::of_new(der.as_ref())
    }

    fn of_new(der: &[u8]) -> Result<Self, Error> {
        let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        Self::from_pem(&pem::encode_config(&pem::Pem::new("PRIVATE KEY", der), lines))
    }

    /// Reads an Ed25519 or P-256 key as PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` and
    /// `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` write it.
    ///
    /// # Errors
    /// When the text is not PEM of a private key, or the key is neither Ed25519 nor P-256.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let block = pem::parse(text.trim()).map_err(|_| Error::Pem { expected: "PRIVATE KEY" })?;
        if block.tag() != "PRIVATE KEY" {
            return Err(Error::Pem { expected: "PRIVATE KEY" });
        }
        let der = block.contents();
        let (encoding, public) = if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            (EncodingKey::from_ed_der(der), PublicKey::Ed25519(pair.public_key().as_ref().to_vec()))
        } else {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                .map_err(|_| Error::PrivateKind)?;
            // An uncompressed point: 4, x, y (SEC 1, 2.3.3).
            let point = pair.public_key().as_ref().strip_prefix(&[4]).ok_or(Error::PrivateKind)?;
            (EncodingKey::from_ec_der(der), PublicKey::P256(point.to_vec()))
        };
        Ok(Self { encoding, public, pem: text.to_owned(), der: block.into_contents() })
    }

    /// The key as PKCS#8 in DER. A secret.
    #[must_use]
    pub fn pkcs8(&self) -> &[u8] {
        &self.der
    }

    /// The key as PKCS#8 in PEM. A secret.
    #[must_use]
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key as the JWT library takes it.
    #[must_use]
    pub fn encoding_key(&self) -> &EncodingKey {
        &self.encoding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P384: &str = concat!(
        "-----BEGIN PRIVATE KEY-----\n",
        "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDA5g2JQH31aZKOJXmyK\n",
        "v6ELCjCZDqQNMPdOe7HcLFEgKsJBxxAbLOadTPdQFxuE23+hZANiAAS1fgy2pAP7\n",
        "P9zHOaR+7K6Mi42iyhpPYPWWjfBvPWx5OGWz28yJbZwudifeWS95qt+kSFilLYQW\n",
        "UXudV4+tfgJ+Tk/TmBKCcxskskBl6P3A8sI1SRG5QU72jG23BoKjXKc=\n",
        "-----END PRIVATE KEY-----\n",
    );

    #[test]
    fn a_key_survives_pem() {
        for (key, algorithm) in
            [(PrivateKey::generate(), Algorithm::EdDSA), (PrivateKey::generate_p256(), Algorithm::ES256)]
        {
            let key = key.expect("a key");
            let again = PrivateKey::from_pem(key.to_pem()).expect("its PEM");
            assert_eq!(key.public(), again.public());
            assert_eq!(again.pkcs8(), key.pkcs8());
            assert_eq!(key.public().algorithm(), algorithm);
            assert_eq!(&PublicKey::from_pem(&key.public().to_pem()).expect("PEM"), key.public());
        }
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // RFC 8037, appendix A.2 and A.3.
        let key = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("base64");
        assert_eq!(PublicKey::Ed25519(key).thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(PublicKey::from_pem("hello").is_err());
        assert!(
            PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").is_err()
        );
        // The form of `openssl ecparam -genkey`, which is not PKCS#8.
        let sec1 = PrivateKey::generate_p256().expect("a key").to_pem().replace("PRIVATE", "EC PRIVATE");
        assert!(matches!(PrivateKey::from_pem(&sec1), Err(Error::Pem { expected: "PRIVATE KEY" })));
        // P-384, from `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384`.
        assert!(matches!(PrivateKey::from_pem(P384), Err(Error::PrivateKind)));
    }
}
