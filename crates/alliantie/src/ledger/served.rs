//! The log as the platform serves it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use anyhow::{Context, Result, anyhow, ensure};
use ledger::audit::{Delivered, Entry};
use ledger::{Checkpoint, Hash, NoteVerifier, Receipt, SignedNote, TileId, TilePath, wrong_tiles};
use proto::consent::v1 as pb;
use proto::consent::v1::log_service_client::LogServiceClient;
use proto::google::api::HttpBody;
use serde_json::Value;
use tonic::transport::Channel;
use tonic::{Code, Response, Status};

use super::folder::{Folder, hashes};
use crate::cli::PlatformAddress;
use crate::client::{Partner, connect, dutch, reason};
use crate::contract::to_json;

/// The reason for who may not ask for this.
const NO_ROLE: &str = "ROLE_MISSING";
/// How many entries are asked for at once.
const PAGE: i32 = 200;
/// How many entries are asked for at once when only few of them are kept: the most that is given.
const MOST: i32 = 1000;

/// The public part of the log.
pub(super) struct Log {
    client: LogServiceClient<Channel>,
}

impl Log {
    /// Connects to the platform. Nobody needs a token for the log.
    pub(super) async fn at(address: &PlatformAddress) -> Result<Self> {
        Ok(Self { client: LogServiceClient::new(connect(address).await?) })
    }

    /// The key of the log, as the platform shows it now.
    pub(super) async fn verifier_key(&mut self) -> Result<NoteVerifier> {
        let key = text(self.client.get_verifier_key(pb::GetVerifierKeyRequest {}).await)?;
        key.trim().parse().with_context(|| format!("het platform toont geen sleutel van het logboek: {key}"))
    }

    /// The checkpoint of now.
    pub(super) async fn checkpoint(&mut self) -> Result<SignedNote> {
        let note = text(self.client.get_checkpoint(pb::GetCheckpointRequest {}).await)?;
        note.parse().context("het platform toont geen ondertekende stand")
    }

    /// The hashes of a tile.
    pub(super) async fn tile(&mut self, tile: TileId) -> Result<Vec<Hash>> {
        let path = TilePath::Hashes(tile).to_string();
        let body = self.client.get_tile(pb::GetTileRequest { path: path.clone() }).await.map_err(told)?;
        hashes(&body.into_inner().data, tile)
            .ok_or_else(|| anyhow!("{path} van het platform is niet dat deel van het logboek"))
    }

    /// The newest checkpoint that was cosigned, when there is one.
    pub(super) async fn witnessed(&mut self) -> Result<Option<SignedNote>> {
        match self.client.get_witnessed_checkpoint(pb::GetWitnessedCheckpointRequest {}).await {
            Err(status) if status.code() == Code::NotFound => Ok(None),
            answer => {
                text(answer)?.parse().map(Some).context("het platform toont geen medeondertekende stand")
            }
        }
    }

    /// Puts these tiles of a log into the folder. What does not lead to the signed root is kept as
    /// evidence and not as a tile, so that it is asked for again the next time.
    pub(super) async fn fetch(
        &mut self,
        log: &Checkpoint,
        tiles: &BTreeSet<TileId>,
        to: &Folder,
    ) -> Result<()> {
        let mut held: BTreeMap<TileId, Vec<Hash>> =
            tiles.iter().filter_map(|tile| Some((*tile, to.tile(*tile).ok()?))).collect();
        for tile in wrong(log, tiles, &held) {
            if let Some(hashes) = held.remove(&tile) {
                to.remove_tile(tile, &hashes)?;
            }
        }
        let mut fetched = BTreeSet::new();
        for tile in tiles {
            if !held.contains_key(tile) {
                held.insert(*tile, self.tile(*tile).await?);
                fetched.insert(*tile);
            }
        }
        let wrong = wrong(log, tiles, &held);
        for (tile, hashes) in held.iter().filter(|(tile, _)| fetched.contains(tile)) {
            if wrong.contains(tile) {
                to.keep_wrong_tile(*tile, hashes)?;
            } else {
                to.keep_tile(*tile, hashes)?;
            }
        }
        Ok(())
    }
}

fn wrong(log: &Checkpoint, tiles: &BTreeSet<TileId>, held: &BTreeMap<TileId, Vec<Hash>>) -> BTreeSet<TileId> {
    wrong_tiles(log, tiles, |tile| held.get(&tile).cloned().ok_or(()))
}

/// What the log states to the caller's organisation; none for who reads all of it and is no partner, such as
/// the privacy officer: to them it states nothing.
pub(super) async fn statement(partner: &Partner) -> Result<Option<SignedNote>> {
    match partner.log().get_ledger_statement(pb::GetLedgerStatementRequest {}).await {
        Err(status) if status.code() == Code::PermissionDenied && reason(&status) == NO_ROLE => Ok(None),
        answer => {
            let note = answer.map_err(told)?.into_inner().note;
            note.parse().map(Some).context("het platform toont geen ondertekende verklaring")
        }
    }
}

/// All entries of the first `size` of the log that the caller's organisation may see, whole or the
/// header alone.
pub(super) async fn entries(partner: &Partner, size: u64) -> Result<Vec<pb::LedgerEntry>> {
    let mut entries = Vec::new();
    let asked = pb::ListLedgerEntriesRequest { page_size: PAGE, ..Default::default() };
    look_through(partner, asked, size, |entry| {
        entries.push(entry);
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(entries)
}

/// Looks through those of the first `size` entries of the log that are asked for, in order, until it is enough.
async fn look_through(
    partner: &Partner,
    asked: pb::ListLedgerEntriesRequest,
    size: u64,
    mut look: impl FnMut(pb::LedgerEntry) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let (mut before, mut page_token) = (-1, String::new());
    loop {
        let request = pb::ListLedgerEntriesRequest { page_token, ..asked.clone() };
        let page = partner.ledger().list_ledger_entries(request).await.map_err(told)?.into_inner();
        let empty = page.ledger_entries.is_empty();
        for entry in page.ledger_entries {
            // The order makes that this ends, whatever the platform shows.
            ensure!(
                entry.index > before,
                "fout: het platform toont de regels niet op volgorde: {} na {before}",
                entry.index
            );
            before = entry.index;
            let beyond = u64::try_from(entry.index).is_ok_and(|index| index >= size);
            if beyond || look(entry)?.is_break() {
                return Ok(());
            }
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        ensure!(!empty, "fout: het platform toont een lege bladzijde en zegt dat er nog meer komen");
        page_token = page.next_page_token;
    }
}

/// The entries of what was delivered in the exchange of a receipt, of the first `size` entries of the log, as far
/// as the caller's organisation may see them; up to the one that what came is of.
pub(super) async fn deliveries(
    partner: &Partner,
    agreement: &str,
    size: u64,
    receipt: &Receipt,
    came: &Delivered,
) -> Result<Vec<Entry>> {
    let mut found = Vec::new();
    let asked = pb::ListLedgerEntriesRequest {
        agreement: agreement.to_owned(),
        kind: pb::LedgerEntryKind::Delivered.into(),
        page_size: MOST,
        ..Default::default()
    };
    look_through(partner, asked, size, |shown| {
        let (_, entry) = in_contract(&shown)?;
        let is_it = receipt.verify_delivery(&entry, came).is_ok();
        found.extend(Some(entry).filter(|entry| entry.is_delivery_of(&receipt.transaction_id)));
        Ok(if is_it { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
    .await?;
    Ok(found)
}

/// The entry of the stop that overtook the permit of a receipt, of the first `size` entries of the log.
pub(super) async fn stop(
    partner: &Partner,
    size: u64,
    receipt: &Receipt,
    permit: &Entry,
) -> Result<Option<Entry>> {
    let mut found = None;
    let asked = pb::ListLedgerEntriesRequest {
        agreement: permit.agreement.clone(),
        kind: pb::LedgerEntryKind::AgreementChanged.into(),
        page_size: MOST,
        ..Default::default()
    };
    look_through(partner, asked, size, |shown| {
        let (_, entry) = in_contract(&shown)?;
        found = Some(entry).filter(|entry| receipt.is_stopped_by(permit, entry));
        Ok(if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
    .await?;
    Ok(found)
}

/// One entry, as the caller's organisation may see it.
pub(super) async fn entry(partner: &Partner, index: u64) -> Result<pb::LedgerEntry> {
    let request = pb::GetLedgerEntryRequest { name: Entry::name_of(index) };
    Ok(partner.ledger().get_ledger_entry(request).await.map_err(told)?.into_inner())
}

/// An entry in the JSON of the contract, and as it is checked.
pub(super) fn in_contract(shown: &pb::LedgerEntry) -> Result<(Value, Entry)> {
    let json = to_json("alliantie.consent.v1.LedgerEntry", shown)?;
    let entry = serde_json::from_value(json.clone())?;
    Ok((json, entry))
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
