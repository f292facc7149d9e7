//! Who calls from outside: what the gateway makes of the credentials of a request.

pub mod demo_token;
pub mod issuers;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use platform::access::credentials_failure;
use platform::clock::Clock;
use platform::identity::Caller;
use platform::status::Failure;
use platform::token::Error;

use issuers::Issuers;

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
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return Ok(Caller::anonymous());
        };
        // With two of them, it is anybody's guess which one another reader would take.
        if values.next().is_some() {
            return Err(credentials_failure(Error::Invalid));
        }
        let token = value.to_str().ok().and_then(bearer).ok_or(credentials_failure(Error::Invalid))?;
        self.issuers.verify(token, self.clock.now()).map_err(credentials_failure)
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
