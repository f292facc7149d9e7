//! Who calls: what verified credentials say, and nothing else.

use std::fmt;

use proto::api::v1::Role;
use serde::{Deserialize, Serialize};

/// OINs of this series belong to nobody; they are for tests and demos.
const FICTITIOUS_SERIES: &str = "00000099";

/// Organisatie-identificatienummer: 20 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Oin(String);

/// The text is not an OIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an OIN has 20 digits")]
pub struct NotAnOin;

impl Oin {
    /// The 20 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource name, "organisations/{oin}".
    #[must_use]
    pub fn resource_name(&self) -> String {
        format!("organisations/{}", self.0)
    }

    /// Whether it belongs to nobody: it is of the series for tests and demos.
    #[must_use]
    pub fn is_fictitious(&self) -> bool {
        self.0.starts_with(FICTITIOUS_SERIES)
    }
}

impl fmt::Display for Oin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Oin {
    type Error = NotAnOin;

    fn try_from(text: String) -> Result<Self, NotAnOin> {
        if text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(NotAnOin)
        }
    }
}

impl std::str::FromStr for Oin {
    type Err = NotAnOin;

    fn from_str(text: &str) -> Result<Self, NotAnOin> {
        Self::try_from(text.to_owned())
    }
}

impl From<Oin> for String {
    fn from(oin: Oin) -> Self {
        oin.0
    }
}

/// The caller of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who, as the issuer of the credentials names it; "anonymous" without credentials, and
    /// "service:{name}" for a service of the platform on its own account.
    pub subject: String,
    /// The organisation that it acts for.
    pub organisation: Option<Oin>,
    /// What it may be. ROLE_PUBLIC is everybody's and is not listed.
    pub roles: Vec<Role>,
    /// The service of the platform that calls on its own account.
    pub service: Option<String>,
}

impl Caller {
    /// Nobody in particular.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { subject: "anonymous".to_owned(), organisation: None, roles: Vec::new(), service: None }
    }

    /// A service of the platform on its own account.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self {
            subject: format!("service:{name}"),
            organisation: None,
            roles: Vec::new(),
            service: Some(name.to_owned()),
        }
    }

    /// Whether it has no credentials.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.roles.is_empty() && self.service.is_none() && self.organisation.is_none()
    }

    /// Whether it has `role`.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        role == Role::Public || self.roles.contains(&role)
    }

    /// Whether it acts for the organisation with this OIN.
    #[must_use]
    pub fn acts_for(&self, oin: &str) -> bool {
        self.organisation.as_ref().is_some_and(|own| own.as_str() == oin)
    }

    /// Who asked, for keeping requests apart: organisation and subject.
    #[must_use]
    pub fn key(&self) -> String {
        match &self.organisation {
            Some(oin) => format!("{oin}/{}", self.subject),
            None => self.subject.clone(),
        }
    }
}

/// The caller that the access layer verified; nobody when the layer did not run.
#[must_use]
pub fn caller<T>(request: &tonic::Request<T>) -> Caller {
    request.extensions().get().cloned().unwrap_or_else(Caller::anonymous)
}

/// The name of a role in a token: "partner", "programme", "privacy_officer", "administrator".
#[must_use]
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Unspecified => "unspecified",
        Role::Public => "public",
        Role::Partner => "partner",
        Role::Programme => "programme",
        Role::PrivacyOfficer => "privacy_officer",
        Role::Administrator => "administrator",
    }
}

/// The role with that name, for the roles that a token can give.
#[must_use]
pub fn role_named(name: &str) -> Option<Role> {
    [Role::Partner, Role::Programme, Role::PrivacyOfficer, Role::Administrator]
        .into_iter()
        .find(|role| role_name(*role) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_oins_of_the_test_series_are_fictitious() {
        let is_fictitious = |text: &str| text.parse::<Oin>().expect("an OIN").is_fictitious();
        assert!(is_fictitious("00000099000000002000"));
        assert!(!is_fictitious("00000001000000002000"));
        assert!(!is_fictitious("00000009900000002000"));
    }
}
