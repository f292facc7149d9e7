//! Releases that count what is uploaded.

use std::sync::{Arc, Mutex};

use platform::status::Failure;
use proto::indicators::v1::release_service_server::ReleaseService;
use proto::indicators::v1::*;
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status, Streaming};

/// What became of an upload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ended {
    Complete,
    Broken,
}

/// How every upload ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uploads(Arc<Mutex<Vec<Ended>>>);

impl Uploads {
    /// How the first upload ended, once it has.
    pub(crate) async fn first_end(&self) -> Ended {
        for _ in 0..1000 {
            if let Some(ended) = self.0.lock().unwrap().first() {
                return ended.clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the upload goes on")
    }
}

pub(crate) struct Fake(pub(crate) Uploads);

/// Notes the end of an upload, also when the call is dropped.
struct Note(Uploads, Ended);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().push(self.1.clone());
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ReleaseService for Fake {
    /// The answer has: in `digest` that of the file, in `cell_count` its length, in the report the
    /// number of messages and the size of the largest.
    async fn upload_release(
        &self,
        request: Request<Streaming<UploadReleaseRequest>>,
    ) -> Answer<UploadReleaseResponse> {
        let mut end = Note(self.0.clone(), Ended::Broken);
        let mut stream = request.into_inner();
        let (mut digest, mut length, mut messages, mut largest) = (Sha256::new(), 0, 0, 0);
        let mut release = Release::default();
        let mut media_type = String::new();
        while let Some(message) = stream.message().await? {
            let file = message.file.unwrap_or_default();
            if messages == 0 {
                release.name = message.parent;
                release.note = message.note;
                release.etag = message.request_id;
                media_type = file.content_type;
            }
            messages += 1;
            length += i64::try_from(file.data.len()).unwrap();
            largest = largest.max(i64::try_from(file.data.len()).unwrap());
            digest.update(&file.data);
            if file.data.starts_with(b"stop") {
                return Err(Failure::already_exists("datasets/stop").into());
            }
        }
        end.1 = Ended::Complete;
        release.cell_count = length;
        release.digest = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let report = ValidationReport {
            line_count: messages,
            cell_count: largest,
            periods: vec![media_type],
            ..ValidationReport::default()
        };
        Ok(Response::new(UploadReleaseResponse { release: Some(release), report: Some(report) }))
    }

    async fn validate_release(
        &self,
        _: Request<Streaming<ValidateReleaseRequest>>,
    ) -> Answer<ValidationReport> {
        Err(Status::unimplemented("not played"))
    }

    /// The answer has in `digest` how long the call may take.
    async fn publish_release(&self, request: Request<PublishReleaseRequest>) -> Answer<Release> {
        let time = request.metadata().get("grpc-timeout").map(|time| time.to_str().unwrap().to_owned());
        let PublishReleaseRequest { name, etag, request_id } = request.into_inner();
        let digest = time.unwrap_or_default();
        Ok(Response::new(Release { name, etag, digest, note: request_id, ..Release::default() }))
    }

    async fn get_release(&self, request: Request<GetReleaseRequest>) -> Answer<Release> {
        let create_time = prost_types::Timestamp { seconds: 0, nanos: 0 };
        let name = request.into_inner().name;
        Ok(Response::new(Release {
            name,
            cell_count: i64::MAX,
            state: ReleaseState::Draft.into(),
            create_time: Some(create_time),
            ..Release::default()
        }))
    }

    async fn list_releases(&self, _: Request<ListReleasesRequest>) -> Answer<ListReleasesResponse> {
        Ok(Response::new(ListReleasesResponse::default()))
    }
}
