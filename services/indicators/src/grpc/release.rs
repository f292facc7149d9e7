//! `ReleaseService`.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use platform::idempotency::Key;
use platform::identity::caller;
use platform::page::Page;
use platform::status::{Failure, FieldViolation};
use proto::google::api::HttpBody;
use proto::indicators::v1 as pb;
use proto::indicators::v1::release_service_server::ReleaseService;
use tonic::{Code, Request, Response, Status, Streaming};

use super::catalog::remembered;
use super::request::Fields;
use super::{convert, status::status};
use crate::app::deliver::{Head, MAX_PIECE};
use crate::app::error::Error;
use crate::app::{App, Done};
use crate::domain::delivery::TooLarge;

#[derive(Debug)]
pub(super) struct Releases(pub(super) Arc<App>);

/// A message with a piece of a file.
trait Piece: Send + 'static {
    fn file(self) -> Option<HttpBody>;
}

impl Piece for pb::UploadReleaseRequest {
    fn file(self) -> Option<HttpBody> {
        self.file
    }
}

impl Piece for pb::ValidateReleaseRequest {
    fn file(self) -> Option<HttpBody> {
        self.file
    }
}

/// The first message, which says what the file is for.
async fn first<M: Piece>(messages: &mut Streaming<M>) -> Result<M, Status> {
    match messages.message().await {
        Ok(Some(message)) => Ok(message),
        Ok(None) => Err(Failure::invalid_field(FieldViolation::required("parent")).into()),
        Err(error) => Err(status(broken(&error))),
    }
}

/// A stream that ends with an error instead of a message. A message over the limit of the
/// transport is one that is too large.
fn broken(error: &Status) -> Error {
    if error.code() == Code::OutOfRange {
        return Error::TooLarge(piece_too_large());
    }
    tracing::info!(%error, "a delivery broke off");
    Error::BrokenOff
}

fn piece_too_large() -> TooLarge {
    TooLarge { limit: u64::try_from(MAX_PIECE).unwrap_or(u64::MAX), unit: "bytes" }
}

fn check_content_type(file: Option<&HttpBody>) -> Result<(), Failure> {
    let given = file.map(|body| body.content_type.as_str()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    if kind.is_empty() || kind.eq_ignore_ascii_case("text/csv") {
        return Ok(());
    }
    Err(Failure::invalid_field(FieldViolation::new(
        "file.content_type",
        "is not text/csv",
        "is niet text/csv",
    )))
}

fn bytes(body: Option<HttpBody>) -> Result<Vec<u8>, Error> {
    let data = body.map(|body| body.data).unwrap_or_default();
    if data.len() > MAX_PIECE { Err(Error::TooLarge(piece_too_large())) } else { Ok(data) }
}

/// The pieces of the file, each read when the one before is done with.
fn pieces<M: Piece>(
    first: Option<HttpBody>,
    rest: Streaming<M>,
) -> impl Stream<Item = Result<Vec<u8>, Error>> + Send + Unpin {
    let rest = rest.map(|message| match message {
        Ok(message) => bytes(message.file()),
        Err(error) => Err(broken(&error)),
    });
    stream::iter([bytes(first)]).chain(rest)
}

#[tonic::async_trait]
impl ReleaseService for Releases {
    async fn upload_release(
        &self,
        request: Request<Streaming<pb::UploadReleaseRequest>>,
    ) -> Result<Response<pb::UploadReleaseResponse>, Status> {
        let caller = caller(&request);
        let mut messages = request.into_inner();
        let first = first(&mut messages).await?;
        let mut fields = Fields::default();
        let dataset = fields.code("parent", &first.parent, "datasets");
        fields.done()?;
        check_content_type(first.file.as_ref())?;
        let head = Head { dataset, request_id: first.request_id, note: first.note };
        match self.0.upload(&caller, head, pieces(first.file, messages)).await.map_err(status)? {
            Done::Now(upload) => Ok(Response::new(convert::upload(&upload))),
            Done::Before(answer) => Ok(Response::new(remembered(&answer)?)),
        }
    }

    async fn validate_release(
        &self,
        request: Request<Streaming<pb::ValidateReleaseRequest>>,
    ) -> Result<Response<pb::ValidationReport>, Status> {
        let caller = caller(&request);
        let mut messages = request.into_inner();
        let first = first(&mut messages).await?;
        let mut fields = Fields::default();
        let dataset = fields.code("parent", &first.parent, "datasets");
        fields.done()?;
        check_content_type(first.file.as_ref())?;
        let file = pieces(first.file, messages);
        let report = self.0.validate(&caller, &dataset, file).await.map_err(status)?;
        Ok(Response::new(convert::report(report)))
    }

    async fn publish_release(
        &self,
        request: Request<pb::PublishReleaseRequest>,
    ) -> Result<Response<pb::Release>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "PublishRelease", &request.request_id, &request)?;
        let mut fields = Fields::default();
        let id = fields.release("name", &request.name);
        fields.done()?;
        match self.0.publish(&caller, &id, &request.etag, key).await.map_err(status)? {
            Done::Now(release) => Ok(Response::new(convert::release(&release))),
            Done::Before(answer) => Ok(Response::new(remembered(&answer)?)),
        }
    }

    async fn get_release(
        &self,
        request: Request<pb::GetReleaseRequest>,
    ) -> Result<Response<pb::Release>, Status> {
        let caller = caller(&request);
        let mut fields = Fields::default();
        let id = fields.release("name", &request.get_ref().name);
        fields.done()?;
        let release = self.0.release(&caller, &id).await.map_err(status)?;
        Ok(Response::new(convert::release(&release)))
    }

    async fn list_releases(
        &self,
        request: Request<pb::ListReleasesRequest>,
    ) -> Result<Response<pb::ListReleasesResponse>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let mut fields = Fields::default();
        let dataset = fields.code("parent", &request.parent, "datasets");
        fields.done()?;
        let page = Page::parse(request.page_size, &request.page_token, &["releases", &request.parent])?;
        let (releases, next_page_token) = self.0.releases(&caller, &dataset, &page).await.map_err(status)?;
        let releases = releases.iter().map(convert::release).collect();
        Ok(Response::new(pb::ListReleasesResponse { releases, next_page_token }))
    }
}
