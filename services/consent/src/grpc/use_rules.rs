//! UseRuleService.

use platform::clock::timestamp;
use platform::idempotency::Key;
use platform::identity::caller;
use platform::page::Page;
use platform::status::Failure;
use prost::Message;
use proto::consent::v1 as wire;
use proto::consent::v1::use_rule_service_server::UseRuleService;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::pages::{self, Batch};
use super::status;
use crate::app::use_rules::{Answer, UseRules, etag_of};
use crate::domain::use_rule::{UseRule, UseRuleId, UseTerms};
use crate::store::DamagedRule;

/// Serves the organisations' own rules.
#[derive(Debug)]
pub(crate) struct UseRulesApi(UseRules);

impl UseRulesApi {
    /// Over these use cases.
    pub(crate) fn new(use_rules: UseRules) -> Self {
        Self(use_rules)
    }
}

/// What a caller wrote of a rule.
pub(crate) fn terms(rule: wire::UseRule) -> UseTerms {
    UseTerms { system: rule.system, purposes: rule.purposes, note: rule.note }
}

fn told(rule: &UseRule) -> wire::UseRule {
    wire::UseRule {
        name: rule.id.name(),
        system: rule.terms.system.clone(),
        purposes: rule.terms.purposes.clone(),
        note: rule.terms.note.clone(),
        create_time: Some(timestamp(rule.create_time)),
        etag: etag_of(rule),
        damaged: false,
    }
}

/// A rule in a list, by its id.
fn listed(listed: &Result<UseRule, DamagedRule>) -> (UseRuleId, wire::UseRule) {
    match listed {
        Ok(rule) => (rule.id, told(rule)),
        Err(DamagedRule { id }) => {
            (*id, wire::UseRule { name: id.name(), damaged: true, ..Default::default() })
        }
    }
}

#[tonic::async_trait]
impl UseRuleService for UseRulesApi {
    async fn get_use_rule(
        &self,
        request: Request<wire::GetUseRuleRequest>,
    ) -> Result<Response<wire::UseRule>, Status> {
        let (caller, name) = (caller(&request), request.into_inner().name);
        let rule = self.0.get(&caller, &name).await.map_err(status::of)?;
        Ok(Response::new(told(&rule)))
    }

    async fn list_use_rules(
        &self,
        request: Request<wire::ListUseRulesRequest>,
    ) -> Result<Response<wire::ListUseRulesResponse>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let page = Page::parse(asked.page_size, &asked.page_token, &["use-rules"])?;
        let after = page.after_as::<Uuid>()?.map(UseRuleId::new);
        let caller = &caller;
        let some = |after, limit| async move {
            let found = self.0.list(caller, after, limit).await.map_err(status::of)?;
            Ok(Batch::of_all(found.iter().map(listed).collect(), limit))
        };
        let (use_rules, next_page_token) = pages::read(&page, after, some).await?;
        Ok(Response::new(wire::ListUseRulesResponse { use_rules, next_page_token }))
    }

    async fn create_use_rule(
        &self,
        request: Request<wire::CreateUseRuleRequest>,
    ) -> Result<Response<wire::UseRule>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "CreateUseRule", &asked.request_id, &asked)?;
        let terms = terms(asked.use_rule.unwrap_or_default());
        let encode = |rule: &UseRule| told(rule).encode_to_vec();
        match self.0.create(&caller, terms, key.as_ref(), encode).await.map_err(status::of)? {
            Answer::New(rule) => Ok(Response::new(told(&rule))),
            Answer::Kept(bytes) => {
                let kept = wire::UseRule::decode(bytes.as_slice());
                Ok(Response::new(kept.map_err(|error| Failure::internal(&error))?))
            }
        }
    }

    async fn delete_use_rule(
        &self,
        request: Request<wire::DeleteUseRuleRequest>,
    ) -> Result<Response<()>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "DeleteUseRule", &asked.request_id, &asked)?;
        self.0.delete(&caller, &asked.name, &asked.etag, key.as_ref()).await.map_err(status::of)?;
        Ok(Response::new(()))
    }
}
