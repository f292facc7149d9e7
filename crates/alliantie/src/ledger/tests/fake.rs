//! A platform with a log in memory, which can be made to lie.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use ledger::audit::Entry;
use ledger::{
    Checkpoint, Frontier, Hash, NoteSigner, Salt, SignedNote, Statement, TilePath, commitment, leaf_data,
    leaf_hash, subtree_root,
};
use platform::status::Failure;
use proto::api::v1::ErrorReason;
use proto::consent::v1 as pb;
use proto::consent::v1::ledger_service_server::{LedgerService, LedgerServiceServer};
use proto::consent::v1::log_service_server::{LogService, LogServiceServer};
use proto::google::api::HttpBody;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Code, Request, Response, Status};

use crate::demo_parties::DemoParty;

pub(super) const ORIGIN: &str = "alliantie.nl/test";
pub(super) const AGREEMENT: &str = "agreements/a";
const PROPOSED: &str = r#"{"action":"PROPOSED","by":"x","holds":{"ends":"2026-12-01T00:00:00Z","starts":"2026-11-01T00:00:00Z"}}"#;

/// What the platform shows.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) leaves: Vec<Hash>,
    pub(super) entries: Vec<pb::LedgerEntry>,
    pub(super) key: u8,
    pub(super) oin: &'static str,
    pub(super) cosigned: Vec<SignedNote>,
    /// The statement that is shown whatever there is.
    pub(super) frozen: Option<SignedNote>,
    /// The checkpoint with lines of witnesses.
    pub(super) witnessed: Option<SignedNote>,
    /// Whether the hashes of leaves are false.
    pub(super) false_tiles: bool,
    /// Whether the last page is followed by itself, for ever.
    pub(super) endless: bool,
    /// Whether the caller has no role that may see entries.
    pub(super) no_role: bool,
}

impl Shown {
    /// The entries of a log of one agreement, of which every third shows its header alone.
    pub(super) fn of(size: i64) -> Self {
        let mut shown = Self {
            leaves: Vec::new(),
            entries: Vec::new(),
            key: 1,
            oin: DemoParty::Weller.oin(),
            cosigned: Vec::new(),
            frozen: None,
            witnessed: None,
            false_tiles: false,
            endless: false,
            no_role: false,
        };
        shown.grow(size);
        shown
    }

    pub(super) fn grow(&mut self, size: i64) {
        for index in i64::try_from(self.leaves.len()).unwrap()..size {
            let entry = entry(index, self.leaves.last());
            self.leaves.push(entry.leaf_hash.parse().unwrap());
            self.entries.push(if index % 3 == 2 { header_alone(entry) } else { entry });
        }
    }

    /// Shows another entry in a place than the one that the next entry follows.
    pub(super) fn show_another(&mut self, place: usize) {
        let entry = &mut self.entries[place];
        entry.body_json = entry.body_json.replace("\"facts\":{}", "\"facts\":{\"x\":1}");
        commit(entry);
        self.leaves[place] = entry.leaf_hash.parse().unwrap();
    }

    fn signer(&self) -> NoteSigner {
        NoteSigner::from_seed(ORIGIN, &[self.key; 32]).unwrap()
    }

    /// The statement of now.
    pub(super) fn signed_statement(&self) -> SignedNote {
        self.sign(self.statement().to_string())
    }

    /// The checkpoint of now.
    pub(super) fn signed_checkpoint(&self) -> SignedNote {
        self.sign(self.checkpoint().to_string())
    }

    fn sign(&self, text: String) -> SignedNote {
        let signature = self.signer().sign(&text);
        SignedNote::new(text, vec![signature]).unwrap()
    }

    fn checkpoint(&self) -> Checkpoint {
        let mut frontier = Frontier::empty();
        self.leaves.iter().for_each(|leaf| frontier.append(*leaf));
        Checkpoint { origin: ORIGIN.to_owned(), size: frontier.size(), root: frontier.root() }
    }

    fn statement(&self) -> Statement {
        let entries = u64::try_from(self.entries.len()).unwrap();
        let agreements = BTreeMap::from([(AGREEMENT.to_owned(), entries)]);
        Statement { log: self.checkpoint(), oin: self.oin.to_owned(), entries, agreements }
    }
}

fn entry(index: i64, before: Option<&Hash>) -> pb::LedgerEntry {
    let previous = before.map(|leaf| format!(r#""previous":"{leaf}","#)).unwrap_or_default();
    let (sequence, oin) = (index + 1, DemoParty::Weller.oin());
    // It is proposed by the first entry and signed by the second; then everything is permitted.
    let (state, kind, facts) = match index {
        0 => ("PROPOSED", pb::LedgerEntryKind::AgreementChanged, PROPOSED.to_owned()),
        1 => {
            let signed = format!(r#"{{"action":"SIGNED","by":"{oin}"}}"#);
            ("ACTIVE", pb::LedgerEntryKind::AgreementChanged, signed)
        }
        _ => ("ACTIVE", pb::LedgerEntryKind::Permitted, "{}".to_owned()),
    };
    let named = kind.as_str_name().trim_start_matches("LEDGER_ENTRY_KIND_");
    let mut entry = pb::LedgerEntry {
        name: Entry::name_of(index.try_into().unwrap()),
        index,
        create_time: Some("2026-11-23T12:00:00Z".parse().unwrap()),
        kind: kind.into(),
        agreement: AGREEMENT.to_owned(),
        agreement_sequence: sequence,
        parties: vec![oin.to_owned()],
        transaction_id: format!("t{index}"),
        summary_nl: "Toegestaan.".to_owned(),
        header_json: format!(
            r#"{{"agreement":"{AGREEMENT}","agreement_sequence":{sequence},"index":{index},{previous}"state":"{state}","time":"2026-11-23T12:00:00.000000Z"}}"#
        ),
        header_salt: Salt::from_bytes([3; 32]).to_string(),
        body_json: format!(
            r#"{{"engine":"test","facts":{facts},"kind":"{named}","parties":["{oin}"],"trace_id":"","transaction_id":"t{index}"}}"#
        ),
        body_salt: Salt::from_bytes([4; 32]).to_string(),
        ..Default::default()
    };
    commit(&mut entry);
    entry
}

/// Commits anew to what an entry says, as somebody would who changes a row and knows the scheme.
pub(super) fn commit(entry: &mut pb::LedgerEntry) {
    let header = commitment(&entry.header_salt.parse().unwrap(), entry.header_json.as_bytes());
    let body = commitment(&entry.body_salt.parse().unwrap(), entry.body_json.as_bytes());
    entry.header_commitment = header.to_string();
    entry.body_commitment = body.to_string();
    entry.leaf_hash = leaf_hash(&leaf_data(&header, &body)).to_string();
}

pub(super) fn header_alone(entry: pb::LedgerEntry) -> pb::LedgerEntry {
    pb::LedgerEntry {
        kind: 0,
        parties: Vec::new(),
        transaction_id: String::new(),
        summary_nl: String::new(),
        body_json: String::new(),
        body_salt: String::new(),
        ..entry
    }
}

/// The platform.
#[derive(Clone)]
pub(super) struct Fake(Arc<Mutex<Shown>>);

impl Fake {
    /// Serves the log; the answer has the address.
    pub(super) async fn serve(shown: Shown) -> (Self, String) {
        let (fake, address) = Self::serve_by(Server::builder(), shown).await;
        (fake, format!("http://{address}"))
    }

    /// Serves the log over TLS; the answer has the address.
    pub(super) async fn serve_as(identity: Identity, shown: Shown) -> String {
        let tls = ServerTlsConfig::new().identity(identity);
        let (_, address) = Self::serve_by(Server::builder().tls_config(tls).unwrap(), shown).await;
        format!("https://{address}")
    }

    async fn serve_by(mut server: Server, shown: Shown) -> (Self, SocketAddr) {
        let fake = Self(Arc::new(Mutex::new(shown)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = server
            .add_service(LogServiceServer::new(fake.clone()))
            .add_service(LedgerServiceServer::new(fake.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        (fake, address)
    }

    /// Changes what is shown.
    pub(super) fn change(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.0.lock().unwrap());
    }

    pub(super) fn shown(&self) -> Shown {
        self.0.lock().unwrap().clone()
    }
}

fn no_role() -> Status {
    Failure::new(Code::PermissionDenied, ErrorReason::RoleMissing, "no role", "geen rol").into()
}

fn body(text: String) -> Result<Response<HttpBody>, Status> {
    Ok(Response::new(HttpBody { data: text.into_bytes(), ..Default::default() }))
}

#[tonic::async_trait]
impl LogService for Fake {
    async fn get_checkpoint(
        &self,
        _: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        let shown = self.shown();
        body(shown.signed_checkpoint().to_string())
    }

    async fn get_witnessed_checkpoint(
        &self,
        _: Request<pb::GetWitnessedCheckpointRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        match self.shown().witnessed {
            Some(note) => body(note.to_string()),
            None => Err(Status::not_found("nobody cosigned")),
        }
    }

    async fn get_tile(&self, request: Request<pb::GetTileRequest>) -> Result<Response<HttpBody>, Status> {
        let shown = self.shown();
        let Ok(TilePath::Hashes(tile)) = request.into_inner().path.parse() else {
            return Err(Status::invalid_argument("no tile"));
        };
        if !tile.exists_in(shown.leaves.len().try_into().unwrap()) {
            return Err(Status::not_found("no such tile"));
        }
        let span = 256_usize.pow(tile.level.into());
        if shown.false_tiles && tile.level == 0 {
            return Ok(Response::new(HttpBody {
                data: vec![7; usize::from(tile.width) * 32],
                ..Default::default()
            }));
        }
        let nodes = shown.leaves.chunks(span).skip(usize::try_from(tile.number).unwrap() * 256);
        let data = nodes.take(tile.width.into()).flat_map(|node| *subtree_root(node).as_bytes()).collect();
        Ok(Response::new(HttpBody { data, ..Default::default() }))
    }

    async fn get_verifier_key(
        &self,
        _: Request<pb::GetVerifierKeyRequest>,
    ) -> Result<Response<HttpBody>, Status> {
        body(format!("{}\n", self.shown().signer().verifier()))
    }

    async fn get_ledger_statement(
        &self,
        _: Request<pb::GetLedgerStatementRequest>,
    ) -> Result<Response<pb::LedgerStatement>, Status> {
        let shown = self.shown();
        if shown.no_role {
            return Err(no_role());
        }
        let note = shown.frozen.clone().unwrap_or_else(|| shown.signed_statement());
        Ok(Response::new(pb::LedgerStatement { note: note.to_string() }))
    }

    async fn cosign_checkpoint(
        &self,
        request: Request<pb::CosignCheckpointRequest>,
    ) -> Result<Response<pb::CosignCheckpointResponse>, Status> {
        let note = request.into_inner().note.parse().map_err(|_| Status::invalid_argument("no note"))?;
        self.change(|shown| shown.cosigned.push(note));
        Ok(Response::new(pb::CosignCheckpointResponse { cosignature_count: 1 }))
    }
}

#[tonic::async_trait]
impl LedgerService for Fake {
    async fn get_ledger_entry(
        &self,
        request: Request<pb::GetLedgerEntryRequest>,
    ) -> Result<Response<pb::LedgerEntry>, Status> {
        let name = request.into_inner().name;
        let shown = self.shown().entries.into_iter().find(|entry| entry.name == name);
        shown.map(Response::new).ok_or_else(|| Status::permission_denied("not yours"))
    }

    async fn list_ledger_entries(
        &self,
        request: Request<pb::ListLedgerEntriesRequest>,
    ) -> Result<Response<pb::ListLedgerEntriesResponse>, Status> {
        let request = request.into_inner();
        let from: usize = request.page_token.parse().unwrap_or(0);
        let to = from + usize::try_from(request.page_size).unwrap();
        let Shown { entries, endless, no_role: is_refused, .. } = self.shown();
        if is_refused {
            return Err(no_role());
        }
        let next_page_token = if endless {
            "0".to_owned()
        } else if to < entries.len() {
            to.to_string()
        } else {
            String::new()
        };
        let ledger_entries = entries.into_iter().take(to).skip(from).collect();
        Ok(Response::new(pb::ListLedgerEntriesResponse { ledger_entries, next_page_token }))
    }
}
