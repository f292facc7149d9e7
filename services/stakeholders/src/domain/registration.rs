//! The proof that who registers a key holds its private half.

use platform::identity::Oin;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::problem::Problem;

/// How old a proof may be, and how far the clock of its maker may be ahead.
const TOLERANCE: Duration = Duration::minutes(5);
/// What a proof says.
const REGISTER: &str = "register";

/// The payload of a proof. It names the OIN, so that nobody else can use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proof {
    /// "register".
    #[serde(rename = "type")]
    kind: String,
    /// For whom the key is to sign.
    oin: String,
    /// Thumbprint of the key.
    thumbprint: String,
    /// Seconds since 1970.
    signed_at: i64,
}

impl Proof {
    /// A proof for the key with this thumbprint, made now.
    pub(crate) fn new(oin: &Oin, thumbprint: &str, now: OffsetDateTime) -> Self {
        Self {
            kind: REGISTER.to_owned(),
            oin: oin.to_string(),
            thumbprint: thumbprint.to_owned(),
            signed_at: now.unix_timestamp(),
        }
    }

    /// Whether it is about this key, for this OIN, and of now.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn check(&self, oin: &Oin, thumbprint: &str, now: OffsetDateTime) -> Result<(), Problem> {
        let off = i128::from(now.unix_timestamp()) - i128::from(self.signed_at);
        if self.kind != REGISTER {
            Err(Problem::ProofOfSomethingElse)
        } else if self.oin != oin.as_str() {
            Err(Problem::ProofForAnother(oin.to_string()))
        } else if self.thumbprint != thumbprint {
            Err(Problem::ProofOfAnotherKey(thumbprint.to_owned()))
        } else if off.unsigned_abs() > u128::from(TOLERANCE.unsigned_abs().as_secs()) {
            Err(Problem::ProofNotOfNow)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_proof_is_about_one_key_for_one_oin_and_five_minutes_good() {
        let now = datetime!(2026-11-24 12:00 UTC);
        let oin = |last: u8| format!("0000009900000000{last}000").parse::<Oin>().expect("an OIN");
        let proof = Proof::new(&oin(2), "kid", now);
        let minutes = |count| now + Duration::minutes(count);
        assert_eq!(proof.check(&oin(2), "kid", now), Ok(()));
        assert_eq!(proof.check(&oin(3), "kid", now), Err(Problem::ProofForAnother(oin(3).to_string())));
        assert_eq!(proof.check(&oin(2), "other", now), Err(Problem::ProofOfAnotherKey("other".to_owned())));
        let accept = Proof { kind: "accept".to_owned(), ..proof.clone() };
        assert_eq!(accept.check(&oin(2), "kid", now), Err(Problem::ProofOfSomethingElse));
        assert_eq!(proof.check(&oin(2), "kid", minutes(5)), Ok(()));
        assert_eq!(proof.check(&oin(2), "kid", minutes(-5)), Ok(()));
        let second = Duration::seconds(1);
        assert_eq!(proof.check(&oin(2), "kid", minutes(5) + second), Err(Problem::ProofNotOfNow));
        assert_eq!(proof.check(&oin(2), "kid", minutes(-5) - second), Err(Problem::ProofNotOfNow));
        for signed_at in [i64::MIN, i64::MAX] {
            let odd = Proof { signed_at, ..proof.clone() };
            assert_eq!(odd.check(&oin(2), "kid", now), Err(Problem::ProofNotOfNow));
        }
    }
}
