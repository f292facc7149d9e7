//! PurposeService.

use platform::clock::timestamp;
use platform::idempotency::Key;
use platform::identity::caller;
use platform::mask::Mask;
use platform::page::Page;
use platform::status::{Failure, FieldViolation};
use proto::consent::v1 as wire;
use proto::consent::v1::purpose_service_server::PurposeService;
use tonic::{Request, Response, Status};

use super::{convert, status};
use crate::app::purposes::{Purposes, etag_of};
use crate::domain::name::is_code;
use crate::domain::purpose::{Purpose, PurposeChange};

/// The fields that a mask can name.
const FIELDS: [&str; 6] = ["name", "display_name", "serves", "create_time", "update_time", "etag"];

/// Serves purposes.
#[derive(Debug)]
pub(crate) struct PurposesApi {
    purposes: Purposes,
}

impl PurposesApi {
    /// Over these use cases.
    pub(crate) fn new(purposes: Purposes) -> Self {
        Self { purposes }
    }
}

impl From<Purpose> for wire::Purpose {
    fn from(purpose: Purpose) -> Self {
        Self {
            name: purpose.name(),
            etag: etag_of(&purpose),
            create_time: Some(timestamp(purpose.create_time)),
            update_time: Some(timestamp(purpose.update_time)),
            display_name: purpose.display_name,
            serves: purpose.serves,
        }
    }
}

/// The code in "purposes/{code}".
fn code_of<'a>(field: &str, name: &'a str) -> Result<&'a str, Failure> {
    name.strip_prefix("purposes/")
        .filter(|code| is_code(code))
        .ok_or_else(|| convert::wrong_field(field, "is not purposes/{code}", "is geen purposes/{code}"))
}

fn given(purpose: Option<wire::Purpose>) -> Result<wire::Purpose, Failure> {
    purpose.ok_or_else(|| Failure::invalid_field(FieldViolation::required("purpose")))
}

#[tonic::async_trait]
impl PurposeService for PurposesApi {
    async fn get_purpose(
        &self,
        request: Request<wire::GetPurposeRequest>,
    ) -> Result<Response<wire::Purpose>, Status> {
        let purpose = self.purposes.get(code_of("name", &request.get_ref().name)?).await;
        Ok(Response::new(purpose.map_err(status::of)?.into()))
    }

    async fn list_purposes(
        &self,
        request: Request<wire::ListPurposesRequest>,
    ) -> Result<Response<wire::ListPurposesResponse>, Status> {
        let asked = request.into_inner();
        let page = Page::parse(asked.page_size, &asked.page_token, &["purposes"])?;
        // By their place: a code that cannot be read is after none.
        let (before, size) = (page.after_as::<u32>()?.unwrap_or_default(), page.size);
        let listed = self.purposes.list(before.into(), u64::from(size) + 1).await;
        let mut purposes = listed.map_err(status::of)?;
        let next_page_token = page.cut(&mut purposes, |_| before.saturating_add(size).to_string());
        let purposes = purposes.into_iter().map(wire::Purpose::from).collect();
        Ok(Response::new(wire::ListPurposesResponse { purposes, next_page_token }))
    }

    async fn create_purpose(
        &self,
        request: Request<wire::CreatePurposeRequest>,
    ) -> Result<Response<wire::Purpose>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "CreatePurpose", &asked.request_id, &asked)?;
        let purpose = given(asked.purpose)?;
        let created =
            self.purposes.create(asked.purpose_id, purpose.display_name, purpose.serves, key.as_ref()).await;
        Ok(Response::new(created.map_err(status::of)?))
    }

    async fn update_purpose(
        &self,
        request: Request<wire::UpdatePurposeRequest>,
    ) -> Result<Response<wire::Purpose>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let key = Key::of(&caller, "UpdatePurpose", &asked.request_id, &asked)?;
        let mask = Mask::parse(asked.update_mask, &FIELDS).map_err(Failure::invalid_field)?;
        let purpose = given(asked.purpose)?;
        let code = code_of("purpose.name", &purpose.name)?;
        let is_text = |text: &String| !text.is_empty();
        let change = PurposeChange {
            display_name: mask.pick("display_name", purpose.display_name, is_text),
            serves: mask.pick("serves", purpose.serves, is_text),
        };
        let updated = self.purposes.update(code, change, &purpose.etag, key.as_ref()).await;
        Ok(Response::new(updated.map_err(status::of)?))
    }
}
