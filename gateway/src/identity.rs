//! Who calls from outside: what the gateway makes of the credentials of a request.

pub mod demo_token;
pub mod issuers;
pub(crate) mod lifetime;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use platform::access::credentials_failure;
use platform::clock::Clock;
use platform::identity::Caller;
use platform::status::Failure;
use platform::token::Error;

use issuers::Issuers;
use lifetime::Lifetime;

/// Who calls, and for how long that may be believed.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    /// Who says so; nobody without credentials.
    pub(crate) issuer: Option<String>,
    pub(crate) lifetime: Lifetime,
}

impl Visitor {
    /// What sets it apart from other visitors with credentials: the organisation, else the subject
    /// of its issuer.
    pub(crate) fn name(&self) -> Option<String> {
        if let Some(oin) = &self.caller.organisation {
            return Some(oin.resource_name());
        }
        self.issuer.as_ref().map(|issuer| format!("subject {} of {issuer}", self.caller.subject))
    }
}

/// Tells who calls.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    issuers: Issuers,
    clock: Clock,
}

impl Identity {
    /// Accepts the tokens of `issuers`.
    pub(crate) fn new(issuers: Issuers, clock: Clock) -> Self {
        Self { issuers, clock }
    }

    /// The caller of a request: nobody in particular without credentials.
    ///
    /// # Errors
    /// UNAUTHENTICATED when there are credentials and they are not good.
    pub(crate) fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Failure> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            let lifetime = Lifetime::endless(self.clock.clone());
            return Ok(Visitor { caller: Caller::anonymous(), issuer: None, lifetime });
        };
        // With two of them, it is anybody's guess which one another reader would take.
        if values.next().is_some() {
            return Err(credentials_failure(Error::Invalid));
        }
        let token = value.to_str().ok().and_then(bearer).ok_or(credentials_failure(Error::Invalid))?;
        let known = self.issuers.verify(token, self.clock.now()).map_err(credentials_failure)?;
        let lifetime = Lifetime::until(known.end, self.clock.clone());
        Ok(Visitor { caller: known.caller, issuer: Some(known.issuer), lifetime })
    }
}

/// The token in "Bearer {token}"; the name of the scheme is case-insensitive (RFC 9110, 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_scheme_is_read_in_any_case() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bEARER  abc"), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer "), None);
        assert_eq!(bearer("abc"), None);
    }
}
