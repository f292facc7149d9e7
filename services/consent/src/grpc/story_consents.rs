//! StoryConsentService.

use std::pin::Pin;

use futures_util::Stream;
use platform::clock::timestamp;
use platform::idempotency::Key;
use platform::identity::caller;
use platform::page::Page;
use platform::shutdown::Shutdown;
use proto::consent::v1 as wire;
use proto::consent::v1::story_consent_service_server::StoryConsentService;
use tonic::{Request, Response, Status};

use super::story_withdrawals::{Listener, watch};
use super::{convert, status};
use crate::app::Error;
use crate::app::decisions::Exchange;
use crate::app::story_consents::{Kept, NewConsent, StoryConsents, etag_of};
use crate::domain::story_consent::{StoryConsent, StoryConsentId, StoryUse};
use crate::store::DamagedConsent;

/// Serves consents for stories.
#[derive(Debug)]
pub(crate) struct StoryConsentsApi {
    consents: StoryConsents,
    shutdown: Shutdown,
}

impl StoryConsentsApi {
    /// Over these use cases; open streams end at the order to stop.
    pub(crate) fn new(consents: StoryConsents, shutdown: Shutdown) -> Self {
        Self { consents, shutdown }
    }
}

impl Kept for wire::StoryConsent {
    fn of(consent: &StoryConsent) -> Self {
        Self {
            name: consent.id.name(),
            reference: consent.reference.as_str().to_owned(),
            story: consent.story.clone(),
            uses: consent.uses.iter().map(|known| wire_use(*known).into()).collect(),
            give_time: Some(timestamp(consent.give_time)),
            withdraw_time: consent.withdraw_time.map(timestamp),
            etag: etag_of(consent),
            entered_by_mistake: consent.mistaken,
            damaged: false,
        }
    }
}

fn listed(listed: &Result<StoryConsent, DamagedConsent>) -> wire::StoryConsent {
    match listed {
        Ok(consent) => Kept::of(consent),
        Err(DamagedConsent { id }) => {
            wire::StoryConsent { name: id.name(), damaged: true, ..Default::default() }
        }
    }
}

fn wire_use(known: StoryUse) -> wire::StoryUse {
    match known {
        StoryUse::ReadingInProgramme => wire::StoryUse::ReadingInProgramme,
        StoryUse::Publication => wire::StoryUse::Publication,
        StoryUse::LearningNetwork => wire::StoryUse::LearningNetwork,
        StoryUse::JourneyReport => wire::StoryUse::JourneyReport,
    }
}

fn story_use(number: i32) -> Option<StoryUse> {
    match wire::StoryUse::try_from(number) {
        Ok(wire::StoryUse::ReadingInProgramme) => Some(StoryUse::ReadingInProgramme),
        Ok(wire::StoryUse::Publication) => Some(StoryUse::Publication),
        Ok(wire::StoryUse::LearningNetwork) => Some(StoryUse::LearningNetwork),
        Ok(wire::StoryUse::JourneyReport) => Some(StoryUse::JourneyReport),
        Ok(wire::StoryUse::Unspecified) | Err(_) => None,
    }
}

#[tonic::async_trait]
impl StoryConsentService for StoryConsentsApi {
    type WatchStoryWithdrawalsStream =
        Pin<Box<dyn Stream<Item = Result<wire::StoryWithdrawal, Status>> + Send>>;

    async fn give_story_consent(
        &self,
        request: Request<wire::GiveStoryConsentRequest>,
    ) -> Result<Response<wire::GiveStoryConsentResponse>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "GiveStoryConsent", &asked.request_id, &asked)?;
        let given = asked.story_consent.unwrap_or_default();
        let new = NewConsent {
            reference: given.reference,
            story: given.story,
            uses: given.uses.into_iter().map(story_use).collect(),
        };
        let (consent, code) = self.consents.give(new, key.as_ref()).await.map_err(status::of)?;
        Ok(Response::new(wire::GiveStoryConsentResponse {
            story_consent: Some(consent),
            withdrawal_code: code.map(|code| code.show()).unwrap_or_default(),
        }))
    }

    async fn withdraw_story_consent(
        &self,
        request: Request<wire::WithdrawStoryConsentRequest>,
    ) -> Result<Response<wire::StoryConsent>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "WithdrawStoryConsent", &asked.request_id, &asked)?;
        let (name, by_mistake) = (&asked.name, asked.entered_by_mistake);
        let withdrawn = self.consents.withdraw(name, by_mistake, &asked.etag, key.as_ref()).await;
        Ok(Response::new(withdrawn.map_err(status::of)?))
    }

    async fn withdraw_story_consent_by_code(
        &self,
        request: Request<wire::WithdrawStoryConsentByCodeRequest>,
    ) -> Result<Response<wire::StoryConsent>, Status> {
        let asked = request.into_inner();
        let withdrawn = self.consents.withdraw_by_code(&asked.reference, &asked.code).await;
        Ok(Response::new(Kept::of(&withdrawn.map_err(status::of)?)))
    }

    async fn get_story_consent(
        &self,
        request: Request<wire::GetStoryConsentRequest>,
    ) -> Result<Response<wire::StoryConsent>, Status> {
        let found = self.consents.get(&request.get_ref().name).await.map_err(status::of)?;
        Ok(Response::new(Kept::of(&found)))
    }

    async fn list_story_consents(
        &self,
        request: Request<wire::ListStoryConsentsRequest>,
    ) -> Result<Response<wire::ListStoryConsentsResponse>, Status> {
        let asked = request.into_inner();
        let page = Page::parse(asked.page_size, &asked.page_token, &["story-consents", &asked.story])?;
        let before = page.after_as::<StoryConsentId>()?;
        let found = self.consents.list(&asked.story, before, u64::from(page.size) + 1).await;
        let mut consents = found.map_err(status::of)?;
        let id = |last: &Result<StoryConsent, DamagedConsent>| match last {
            Ok(StoryConsent { id, .. }) | Err(DamagedConsent { id }) => id.to_string(),
        };
        let next_page_token = page.cut(&mut consents, id);
        let story_consents = consents.iter().map(listed).collect();
        Ok(Response::new(wire::ListStoryConsentsResponse { story_consents, next_page_token }))
    }

    async fn check_story_use(
        &self,
        request: Request<wire::CheckStoryUseRequest>,
    ) -> Result<Response<wire::CheckStoryUseResponse>, Status> {
        let (asked_by, asked) = (caller(&request).organisation, request.into_inner());
        let exchange = Exchange { transaction_id: asked.transaction_id, trace_id: asked.trace_id };
        let decided = self.consents.check_use(&asked.story, story_use(asked.r#use), asked_by, exchange).await;
        let decided = decided.map_err(status::of)?;
        Ok(Response::new(wire::CheckStoryUseResponse {
            permitted: decided.permitted_by.is_some(),
            reasons: decided.reasons.into_iter().map(convert::reason).collect(),
            story_consents: decided.permitted_by.iter().flatten().map(StoryConsentId::name).collect(),
            ledger_entry: decided.entry.map(convert::entry_name).unwrap_or_default(),
        }))
    }

    async fn watch_story_withdrawals(
        &self,
        request: Request<wire::WatchStoryWithdrawalsRequest>,
    ) -> Result<Response<Self::WatchStoryWithdrawalsStream>, Status> {
        let (own, stories) = (caller(&request).organisation, request.into_inner().stories);
        let own = own.ok_or_else(|| status::of(Error::OtherOrganisation(stories.join(", "))))?;
        let heard = self.consents.watch_withdrawals(&stories).map_err(status::of)?;
        let listener =
            Listener { consents: self.consents.clone(), own, stories: stories.into_iter().collect() };
        Ok(Response::new(Box::pin(watch(listener, heard, self.shutdown.clone()))))
    }

    async fn confirm_story_withdrawal(
        &self,
        request: Request<wire::ConfirmStoryWithdrawalRequest>,
    ) -> Result<Response<wire::ConfirmStoryWithdrawalResponse>, Status> {
        let (caller, name) = (caller(&request), request.into_inner().name);
        let own = caller.organisation.ok_or_else(|| status::of(Error::OtherOrganisation(name.clone())))?;
        let entry = self.consents.confirm_withdrawal(&name, own).await.map_err(status::of)?;
        Ok(Response::new(wire::ConfirmStoryWithdrawalResponse { ledger_entry: convert::entry_name(entry) }))
    }
}
