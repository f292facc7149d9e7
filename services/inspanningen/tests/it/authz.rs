//! Who may call what: every RPC of the service, with every kind of credentials.

use testkit::{Party, assert_admits};

use crate::service::both;

const SERVICE: &str = "alliantie.inspanningen.v1.InspanningenService";

const PARTIES: [Party; 5] =
    [Party::Anonymous, Party::Weller, Party::Programme, Party::PrivacyOfficer, Party::Service("consent")];

/// Who is let in.
fn admits(method: &str, party: Party) -> bool {
    match method {
        "GetInspanning" | "ListInspanningen" | "GetGoal" | "ListGoals" | "ListRoles" | "ListFindings" => true,
        "CreateInspanning" | "UpdateInspanning" | "CreateGoal" | "UpdateGoal" => party == Party::Programme,
        other => panic!("{other} has no line here"),
    }
}

#[tokio::test]
async fn every_rpc_lets_in_only_who_may_call_it() {
    for service in both().await {
        let count = assert_admits(&service.process, SERVICE, &PARTIES, service.kind, admits).await;
        assert_eq!(count, 10);
    }
}
