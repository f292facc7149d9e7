//! The service under test.

use inspanningen::{Migrator, Store};
use platform::clock::Clock;
use platform::upstream::Vouched;
use proto::inspanningen::v1::inspanningen_service_client::InspanningenServiceClient;
use proto::inspanningen::v1::{CreateInspanningRequest, Inspanning};
use testkit::{InProcess, Party, TestDatabase};

/// The service on one empty database.
pub(crate) struct Service {
    /// Which database, to name in messages.
    pub(crate) kind: &'static str,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) process: InProcess,
    _database: TestDatabase,
}

/// The service on each of the two databases.
pub(crate) async fn both() -> Vec<Service> {
    let mut services = Vec::new();
    for database in testkit::both().await {
        database.database.migrate::<Migrator>().await.unwrap();
        database.database.require_schema::<Migrator>().await.unwrap();
        let clock = testkit::clock();
        let store = Store::new(database.database.clone());
        let routes = inspanningen::build(store.clone(), clock.clone());
        let process = InProcess::new("inspanningen", routes, &clock);
        services.push(Service { kind: database.kind, clock, store, process, _database: database });
    }
    services
}

impl Service {
    /// A client of the service.
    pub(crate) fn called_as(&self, party: Party) -> InspanningenServiceClient<Vouched> {
        InspanningenServiceClient::new(self.process.called_as(party))
    }

    /// Adds an inspanning with this code, under the one with the code `parent` unless it is empty.
    pub(crate) async fn add(&self, code: &str, parent: &str) -> Inspanning {
        let created = self.called_as(Party::Programme).create_inspanning(create(code, parent)).await;
        created.unwrap().into_inner()
    }
}

/// A request that adds an inspanning.
pub(crate) fn create(code: &str, parent: &str) -> CreateInspanningRequest {
    let parent = if parent.is_empty() { String::new() } else { format!("inspanningen/{parent}") };
    CreateInspanningRequest {
        inspanning: Some(Inspanning {
            display_name: format!("Inspanning {code}"),
            parent,
            ..Inspanning::default()
        }),
        inspanning_id: code.to_owned(),
        request_id: String::new(),
    }
}
