//! The access rules of the contract, enforced in one place: who may call what. An RPC without a
//! rule is refused, and does not build in the first place.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage, Value};
use proto::api::v1::{ErrorReason, Role};
use tonic::{Code, Status};

use crate::identity::{Caller, role_name};
use crate::status::Failure;
use crate::token::{Error as TokenError, Verifier};

/// Paths that carry no data of ours and are open to everybody who reaches the port.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// Who may call one method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Roles of which the caller needs one.
    pub roles: Vec<Role>,
    /// Services that may call on their own account.
    pub services: Vec<String>,
    /// Whether the caller has to act for an organisation.
    pub own_organisation: bool,
}

/// The rules of every method of the contract, by path ("/package.Service/Method").
#[derive(Clone, Debug)]
pub struct Rules(Arc<BTreeMap<String, Rule>>);

/// The contract cannot be read: a fault of the build.
#[derive(Debug, thiserror::Error)]
#[error("the contract in this program cannot be read")]
pub struct Unreadable;

impl Rules {
    /// Reads the rules from the contract.
    ///
    /// # Errors
    /// When the descriptors in the program are damaged.
    pub fn of_contract() -> Result<Self, Unreadable> {
        let pool = DescriptorPool::decode(proto::DESCRIPTORS).map_err(|_| Unreadable)?;
        let access = pool.get_extension_by_name("alliantie.api.v1.access").ok_or(Unreadable)?;
        let mut rules = BTreeMap::new();
        for service in pool.services() {
            for method in service.methods() {
                let path = format!("/{}/{}", service.full_name(), method.name());
                let options = method.options();
                let value = options.get_extension(&access);
                rules.insert(path, read_rule(value.as_message().ok_or(Unreadable)?));
            }
        }
        Ok(Self(Arc::new(rules)))
    }

    /// The rule of one method.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Rule> {
        self.0.get(path)
    }

    /// All rules, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.0.iter().map(|(path, rule)| (path.as_str(), rule))
    }

    /// The matrix of methods and who may call them, a line each.
    #[must_use]
    pub fn matrix(&self) -> String {
        let line = |(path, rule): (&str, &Rule)| {
            let mut who: Vec<String> = rule.roles.iter().map(|role| role_name(*role).to_owned()).collect();
            who.extend(rule.services.iter().map(|service| format!("service:{service}")));
            let own = if rule.own_organisation { " (own organisation)" } else { "" };
            format!("{path}: {}{own}\n", who.join(", "))
        };
        self.iter().map(line).collect()
    }
}

fn read_rule(message: &DynamicMessage) -> Rule {
    let numbers = |value: Option<std::borrow::Cow<'_, Value>>| -> Vec<i32> {
        let list = value.and_then(|value| value.as_list().map(<[Value]>::to_vec)).unwrap_or_default();
        list.iter().filter_map(Value::as_enum_number).collect()
    };
    let names = message.get_field_by_name("services");
    let names = names.and_then(|value| value.as_list().map(<[Value]>::to_vec)).unwrap_or_default();
    debug_assert_eq!(message.descriptor().name(), "AccessRule");
    Rule {
        roles: numbers(message.get_field_by_name("roles"))
            .into_iter()
            .filter_map(|number| Role::try_from(number).ok())
            .collect(),
        services: names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        own_organisation: message
            .get_field_by_name("own_organisation")
            .and_then(|value| value.as_bool())
            .unwrap_or(false),
    }
}

impl Rule {
    /// Lets the caller in, or says why not.
    ///
    /// # Errors
    /// UNAUTHENTICATED without credentials where some are needed, else PERMISSION_DENIED.
    pub fn admit(&self, caller: &Caller) -> Result<(), Failure> {
        if let Some(service) = &caller.service
            && self.services.contains(service)
        {
            return Ok(());
        }
        let admitted = self.roles.iter().any(|role| caller.has(*role));
        let at_home = !self.own_organisation || caller.organisation.is_some();
        if admitted && at_home {
            return Ok(());
        }
        if caller.is_anonymous() {
            return Err(Failure::new(
                Code::Unauthenticated,
                ErrorReason::CredentialsMissing,
                "this needs credentials: send `authorization: Bearer <token>`",
                "hiervoor is een inlogbewijs nodig: stuur `authorization: Bearer <token>` mee",
            ));
        }
        let needed: Vec<&str> = self.roles.iter().map(|role| role_name(*role)).collect();
        let needed = if needed.is_empty() { "service".to_owned() } else { needed.join(", ") };
        Err(Failure::new(
            Code::PermissionDenied,
            ErrorReason::RoleMissing,
            format!("your credentials do not admit you to this; it takes: {needed}"),
            format!("met dit inlogbewijs mag dit niet; nodig is: {needed}"),
        )
        .with("needed", needed))
    }
}

/// What the access layer of one service works with.
#[derive(Clone, Debug)]
pub struct Access {
    /// The rules of the contract.
    pub rules: Rules,
    /// Checks the tokens that come in.
    pub verifier: Verifier,
}

/// The layer: verifies the token, applies the rule, and puts the `Caller` into the request.
pub async fn layer(State(access): State<Access>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if OPEN.iter().any(|open| path.starts_with(open)) {
        return next.run(request).await;
    }
    match access.decide(path, request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(failure) => Status::from(failure).into_http(),
    }
}

impl Access {
    fn decide(&self, path: &str, headers: &HeaderMap) -> Result<Caller, Failure> {
        let rule = self.rules.get(path).ok_or_else(|| unknown_method(path))?;
        let caller = match bearer(headers) {
            None => Caller::anonymous(),
            Some(token) => self.verifier.verify(token).map_err(credentials_failure)?,
        };
        rule.admit(&caller)?;
        Ok(caller)
    }
}

/// The token of the `authorization` header.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(http::header::AUTHORIZATION)?;
    // What cannot be read as text is passed on as a token that no verifier accepts.
    let text = value.to_str().unwrap_or_default();
    Some(text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("bearer ")).unwrap_or_default())
}

/// UNAUTHENTICATED for a token that does not verify.
#[must_use]
pub fn credentials_failure(error: TokenError) -> Failure {
    match error {
        TokenError::Expired => Failure::new(
            Code::Unauthenticated,
            ErrorReason::CredentialsExpired,
            "the token has expired; get a new one",
            "het inlogbewijs is verlopen; vraag een nieuw aan",
        ),
        TokenError::Invalid | TokenError::Sign => Failure::new(
            Code::Unauthenticated,
            ErrorReason::CredentialsInvalid,
            "the token is not valid here: its signature, issuer or audience is not accepted",
            "het inlogbewijs is hier niet geldig: handtekening, uitgever of doel klopt niet",
        ),
    }
}

fn unknown_method(path: &str) -> Failure {
    Failure::new(
        Code::Unimplemented,
        ErrorReason::UnknownMethod,
        format!("there is no method {path}"),
        format!("de methode {path} bestaat niet"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_contract_has_a_rule_that_admits_somebody() {
        let rules = Rules::of_contract().expect("the contract");
        assert!(rules.iter().count() > 30);
        for (path, rule) in rules.iter() {
            assert!(!rule.roles.is_empty() || !rule.services.is_empty(), "{path}");
            assert!(!rule.roles.contains(&Role::Unspecified), "{path}");
        }
    }

    #[test]
    fn the_matrix_in_the_documentation_is_that_of_the_contract() {
        let matrix = Rules::of_contract().expect("the contract").matrix();
        let written = include_str!("../../../docs/access.txt");
        assert_eq!(written, matrix, "docs/access.txt must hold:\n{matrix}");
    }

    #[test]
    fn a_method_for_services_refuses_people_and_partners() {
        let rules = Rules::of_contract().expect("the contract");
        let rule = rules.get("/alliantie.consent.v1.DecisionService/Decide").expect("a rule");
        assert!(rule.admit(&Caller::service("indicators")).is_ok());
        assert!(rule.admit(&Caller::service("gateway")).is_err());
        let partner = Caller { roles: vec![Role::Partner], ..Caller::anonymous() };
        let refused = rule.admit(&partner).expect_err("no service");
        assert_eq!((refused.code(), refused.reason()), (Code::PermissionDenied, "ROLE_MISSING"));
        let refused = rule.admit(&Caller::anonymous()).expect_err("nobody");
        assert_eq!(refused.code(), Code::Unauthenticated);
    }

    #[test]
    fn a_partner_without_an_organisation_cannot_deliver() {
        let rules = Rules::of_contract().expect("the contract");
        let rule = rules.get("/alliantie.indicators.v1.ReleaseService/UploadRelease").expect("a rule");
        let homeless = Caller { roles: vec![Role::Partner], ..Caller::anonymous() };
        assert!(rule.admit(&homeless).is_err());
        let oin = "00000099000000002000".parse().expect("an OIN");
        assert!(rule.admit(&Caller { organisation: Some(oin), ..homeless }).is_ok());
    }
}
