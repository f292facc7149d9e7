//! Who may call what: every RPC of the service, with every kind of credentials.

use testkit::{Party, assert_admits};

use crate::service::both;

const SERVICE: &str = "alliantie.stakeholders.v1.StakeholdersService";

const PARTIES: [Party; 7] = [
    Party::Anonymous,
    Party::Weller,
    Party::WellerEmployee,
    Party::Programme,
    Party::PrivacyOfficer,
    Party::Service("consent"),
    Party::Service("indicators"),
];

/// Who is let in.
fn admits(method: &str, party: Party) -> bool {
    match method {
        "GetStakeholder" | "ListStakeholders" | "ListSigningKeys" => true,
        "CreateStakeholder" | "UpdateStakeholder" => party == Party::Programme,
        "CreateSigningKey" | "WithdrawSigningKey" => party == Party::Weller,
        "LookUpOrganisation" | "NameOrganisations" => party == Party::Service("consent"),
        other => panic!("{other} has no line here"),
    }
}

#[tokio::test]
async fn every_rpc_lets_in_only_who_may_call_it() {
    for service in both().await {
        let count = assert_admits(&service.process, SERVICE, &PARTIES, service.kind, admits).await;
        assert_eq!(count, 9);
    }
}
