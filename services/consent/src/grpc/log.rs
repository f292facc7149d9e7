//! LogService.

use platform::identity::caller;
use proto::consent::v1 as wire;
use proto::consent::v1::log_service_server::LogService;
use proto::google::api::HttpBody;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status};

use super::status;
use crate::app::log::Log;

/// The media type of notes and keys.
const TEXT: &str = "text/plain; charset=utf-8";
/// The media type of tiles.
const TILE: &str = "application/octet-stream";
/// What a path of a tile holds never changes.
const FOREVER: &str = "public, max-age=604800, immutable";

/// Serves the log.
#[derive(Debug)]
pub(crate) struct LogApi {
    log: Log,
}

impl LogApi {
    /// Over these use cases.
    pub(crate) fn new(log: Log) -> Self {
        Self { log }
    }
}

fn file(content_type: &str, data: Vec<u8>) -> Response<HttpBody> {
    Response::new(HttpBody { content_type: content_type.to_owned(), data, extensions: Vec::new() })
}

#[tonic::async_trait]
impl LogService for LogApi {
    async fn get_checkpoint(
        &self,
        _: Request<wire::GetCheckpointRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        Ok(file(TEXT, self.log.checkpoint().await.map_err(status::of)?.into_bytes()))
    }

    async fn get_witnessed_checkpoint(
        &self,
        _: Request<wire::GetWitnessedCheckpointRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        Ok(file(TEXT, self.log.witnessed().await.map_err(status::of)?.into_bytes()))
    }

    async fn get_tile(&self, request: Request<wire::GetTileRequest>) -> Result<Response<HttpBody>, Status> {
        let path = request.into_inner().path;
        let mut response = file(TILE, self.log.tile(&path).await.map_err(status::of)?);
        response.metadata_mut().insert("cache-control", MetadataValue::from_static(FOREVER));
        Ok(response)
    }

    async fn get_verifier_key(
        &self,
        _: Request<wire::GetVerifierKeyRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        Ok(file(TEXT, self.log.verifier_key().into_bytes()))
    }

    async fn get_ledger_statement(
        &self,
        request: Request<wire::GetLedgerStatementRequest>,
    ) -> Result<Response<wire::LedgerStatement>, Status> {
        let note = self.log.statement(&caller(&request)).await.map_err(status::of)?;
        Ok(Response::new(wire::LedgerStatement { note }))
    }

    async fn cosign_checkpoint(
        &self,
        request: Request<wire::CosignCheckpointRequest>,
    ) -> Result<Response<wire::CosignCheckpointResponse>, Status> {
        let (caller, note) = (caller(&request), request.into_inner().note);
        let count = self.log.cosign(&caller, &note).await.map_err(status::of)?;
        let cosignature_count = i32::try_from(count).unwrap_or(i32::MAX);
        Ok(Response::new(wire::CosignCheckpointResponse { cosignature_count }))
    }
}
