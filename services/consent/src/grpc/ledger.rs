//! LedgerService.

use platform::identity::caller;
use platform::page::Page;
use proto::consent::v1 as wire;
use proto::consent::v1::ledger_service_server::LedgerService;
use tonic::{Request, Response, Status};

use super::pages::{self, Batch};
use super::{convert, status};
use crate::app::ledger::{EntriesQuery, Ledger};

/// Serves the ledger.
#[derive(Debug)]
pub(crate) struct LedgerApi {
    ledger: Ledger,
}

impl LedgerApi {
    /// Over these use cases.
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }
}

#[tonic::async_trait]
impl LedgerService for LedgerApi {
    async fn get_ledger_entry(
        &self,
        request: Request<wire::GetLedgerEntryRequest>,
    ) -> Result<Response<wire::LedgerEntry>, Status> {
        let (caller, name) = (caller(&request), request.into_inner().name);
        let entry = self.ledger.get(&caller, &name).await.map_err(status::of)?;
        Ok(Response::new(convert::entry(entry)))
    }

    async fn list_ledger_entries(
        &self,
        request: Request<wire::ListLedgerEntriesRequest>,
    ) -> Result<Response<wire::ListLedgerEntriesResponse>, Status> {
        let (caller, asked) = (caller(&request), request.into_inner());
        let kind = convert::kind_filter(asked.kind)?;
        let filters = ["ledger-entries", &asked.agreement, &asked.kind.to_string()];
        let page = Page::parse(asked.page_size, &asked.page_token, &filters)?;
        let (caller, agreement) = (&caller, &asked.agreement);
        let some = |after: Option<i64>, limit| async move {
            let query = EntriesQuery { agreement: agreement.clone(), kind, after, limit };
            let found = self.ledger.list(caller, query).await.map_err(status::of)?;
            let entries = found.into_iter().map(convert::entry);
            let entries = entries.map(|entry: wire::LedgerEntry| (entry.index, entry));
            Ok(Batch::of_all(entries.collect(), limit))
        };
        let (ledger_entries, next_page_token) = pages::read(&page, page.after_as()?, some).await?;
        Ok(Response::new(wire::ListLedgerEntriesResponse { ledger_entries, next_page_token }))
    }
}
