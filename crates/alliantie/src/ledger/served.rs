//! The log as the platform serves it.

use anyhow::{Context, Result, anyhow};
use ledger::{Hash, NoteVerifier, SignedNote, TileId, TilePath};
use proto::consent::v1 as pb;
use proto::consent::v1::log_service_client::LogServiceClient;
use proto::google::api::HttpBody;
use tonic::transport::Channel;
use tonic::{Response, Status};

use super::folder::{Folder, hashes};
use crate::client::{Partner, connect, dutch};

/// How many entries are asked for at once.
const PAGE: i32 = 200;

/// The public part of the log.
pub(super) struct Log {
    client: LogServiceClient<Channel>,
}

impl Log {
    /// Connects to the platform at `url`. Nobody needs a token for the log.
    pub(super) async fn at(url: &str) -> Result<Self> {
        Ok(Self { client: LogServiceClient::new(connect(url).await?) })
    }

    /// The key of the log, as the platform shows it now.
    pub(super) async fn verifier_key(&mut self) -> Result<NoteVerifier> {
        let key = text(self.client.get_verifier_key(pb::GetVerifierKeyRequest {}).await)?;
        key.trim().parse().with_context(|| format!("the platform shows no verifier key: {key}"))
    }

    /// The checkpoint of now.
    pub(super) async fn checkpoint(&mut self) -> Result<SignedNote> {
        let note = text(self.client.get_checkpoint(pb::GetCheckpointRequest {}).await)?;
        note.parse().context("the platform shows no signed checkpoint")
    }

    /// The hashes of a tile.
    pub(super) async fn tile(&mut self, tile: TileId) -> Result<Vec<Hash>> {
        let path = TilePath::Hashes(tile).to_string();
        let body = self.client.get_tile(pb::GetTileRequest { path: path.clone() }).await.map_err(told)?;
        hashes(&body.into_inner().data, tile).ok_or_else(|| anyhow!("the platform's {path} is not that tile"))
    }

    /// Puts the tiles that the folder does not have into it.
    pub(super) async fn fetch(&mut self, tiles: impl IntoIterator<Item = TileId>, to: &Folder) -> Result<()> {
        for tile in tiles {
            if !to.has_tile(tile) {
                to.keep_tile(tile, &self.tile(tile).await?)?;
            }
        }
        Ok(())
    }
}

/// What the log states to the caller's organisation.
pub(super) async fn statement(partner: &Partner) -> Result<SignedNote> {
    let answer = partner.log().get_ledger_statement(pb::GetLedgerStatementRequest {}).await.map_err(told)?;
    answer.into_inner().note.parse().context("the platform shows no signed statement")
}

/// All entries that the caller's organisation may see, whole or the header alone.
pub(super) async fn entries(partner: &Partner) -> Result<Vec<pb::LedgerEntry>> {
    let mut entries = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListLedgerEntriesRequest { page_size: PAGE, page_token, ..Default::default() };
        let page = partner.ledger().list_ledger_entries(request).await.map_err(told)?.into_inner();
        entries.extend(page.ledger_entries);
        if page.next_page_token.is_empty() {
            return Ok(entries);
        }
        page_token = page.next_page_token;
    }
}

/// Places a cosigned checkpoint; the answer is how many organisations have cosigned it.
pub(super) async fn cosign(partner: &Partner, note: &SignedNote) -> Result<i32> {
    let request = pb::CosignCheckpointRequest { note: note.to_string() };
    Ok(partner.log().cosign_checkpoint(request).await.map_err(told)?.into_inner().cosignature_count)
}

fn text(answer: Result<Response<HttpBody>, Status>) -> Result<String> {
    Ok(String::from_utf8(answer.map_err(told)?.into_inner().data)?)
}

fn told(status: Status) -> anyhow::Error {
    anyhow!("{}", dutch(&status))
}
