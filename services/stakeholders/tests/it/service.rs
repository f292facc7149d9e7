//! The service under test.

use platform::clock::Clock;
use platform::upstream::Vouched;
use proto::stakeholders::v1::stakeholders_service_client::StakeholdersServiceClient;
use proto::stakeholders::v1::{CreateStakeholderRequest, Stakeholder};
use stakeholders::{Migrator, Store};
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
        let routes = stakeholders::build(store.clone(), clock.clone());
        let process = InProcess::new("stakeholders", routes, &clock);
        services.push(Service { kind: database.kind, clock, store, process, _database: database });
    }
    services
}

impl Service {
    /// A client of the service.
    pub(crate) fn called_as(&self, party: Party) -> StakeholdersServiceClient<Vouched> {
        StakeholdersServiceClient::new(self.process.called_as(party))
    }

    /// Adds a stakeholder with this id, name and OIN.
    pub(crate) async fn add(&self, id: &str, name: &str, oin: &str) -> Stakeholder {
        let created = self.called_as(Party::Programme).create_stakeholder(create(id, name, oin)).await;
        created.unwrap().into_inner()
    }
}

/// A request that adds a stakeholder.
pub(crate) fn create(id: &str, name: &str, oin: &str) -> CreateStakeholderRequest {
    CreateStakeholderRequest {
        stakeholder: Some(Stakeholder {
            display_name: name.to_owned(),
            oin: oin.to_owned(),
            ..Stakeholder::default()
        }),
        stakeholder_id: id.to_owned(),
        request_id: String::new(),
    }
}
