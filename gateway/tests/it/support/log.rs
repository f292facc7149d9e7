//! A log whose tiles are their own paths.

use platform::status::Failure;
use proto::consent::v1::log_service_server::LogService;
use proto::consent::v1::*;
use proto::google::api::HttpBody;
use tonic::{Request, Response, Status};

pub(crate) struct Fake;

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl LogService for Fake {
    async fn get_checkpoint(&self, _: Request<GetCheckpointRequest>) -> Answer<HttpBody> {
        let content_type = "text/plain; charset=utf-8".to_owned();
        Ok(Response::new(HttpBody { content_type, data: "één\n".into(), ..Default::default() }))
    }

    async fn get_witnessed_checkpoint(&self, _: Request<GetWitnessedCheckpointRequest>) -> Answer<HttpBody> {
        Err(Failure::not_found("checkpoint").into())
    }

    /// The tile holds its path; what is not text.
    async fn get_tile(&self, request: Request<GetTileRequest>) -> Answer<HttpBody> {
        let data = [&[0, 0xff][..], request.into_inner().path.as_bytes()].concat();
        let mut response = Response::new(HttpBody { data, ..Default::default() });
        response.metadata_mut().insert("cache-control", "public, max-age=60".parse().unwrap());
        Ok(response)
    }

    async fn get_verifier_key(&self, _: Request<GetVerifierKeyRequest>) -> Answer<HttpBody> {
        Ok(Response::new(HttpBody { content_type: "a\nb".to_owned(), ..Default::default() }))
    }

    async fn get_ledger_statement(&self, _: Request<GetLedgerStatementRequest>) -> Answer<LedgerStatement> {
        Ok(Response::new(LedgerStatement { note: "note".to_owned() }))
    }

    async fn cosign_checkpoint(
        &self,
        request: Request<CosignCheckpointRequest>,
    ) -> Answer<CosignCheckpointResponse> {
        let cosignature_count = i32::try_from(request.into_inner().note.len()).unwrap();
        Ok(Response::new(CosignCheckpointResponse { cosignature_count }))
    }
}
