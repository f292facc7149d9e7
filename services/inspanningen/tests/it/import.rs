//! Loading the programme's data at the first start, and again at the next.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use inspanningen::{Imported, import_findings, import_goals, import_inspanningen, import_roles};
use proto::inspanningen::v1::{
    Finding, FindingKind, Goal, GoalKind, Inspanning, ListFindingsRequest, ListGoalsRequest,
    ListInspanningenRequest, ListRolesRequest, ProgrammeRole, UpdateGoalRequest, UpdateInspanningRequest,
};
use testkit::{Party, wrong_fields};

use crate::service::{Service, both};

fn data(file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/programma");
    fs::read(folder.join(file)).unwrap()
}

async fn load(service: &Service) -> [Imported; 4] {
    let (store, clock) = (&service.store, &service.clock);
    [
        import_inspanningen(store, clock, &data("inspanningen.csv")).await.unwrap(),
        import_goals(store, clock, &data("doelen.csv")).await.unwrap(),
        import_roles(store, &data("rollen.csv")).await.unwrap(),
        import_findings(store, &data("bevindingen.csv")).await.unwrap(),
    ]
}

async fn findings(service: &Service, kind: FindingKind) -> Vec<Finding> {
    let request = ListFindingsRequest { kind: kind.into() };
    service.called_as(Party::Anonymous).list_findings(request).await.unwrap().into_inner().findings
}

/// Everything that the service shows.
async fn all(service: &Service) -> (Vec<Inspanning>, Vec<Goal>, Vec<ProgrammeRole>, Vec<Finding>) {
    let mut anonymous = service.called_as(Party::Anonymous);
    let inspanningen = anonymous.list_inspanningen(ListInspanningenRequest::default()).await.unwrap();
    let goals = anonymous.list_goals(ListGoalsRequest::default()).await.unwrap();
    let roles = anonymous.list_roles(ListRolesRequest {}).await.unwrap();
    (
        inspanningen.into_inner().inspanningen,
        goals.into_inner().goals,
        roles.into_inner().roles,
        findings(service, FindingKind::Unspecified).await,
    )
}

#[tokio::test]
async fn the_programmes_own_data_is_shown_as_the_plan_has_it() {
    for service in both().await {
        let added = load(&service).await.map(|imported| imported.added);
        assert_eq!(added, [29, 4, 5, 9], "{}", service.kind);
        let (inspanningen, goals, roles, all_findings) = all(&service).await;

        let main: Vec<&str> = inspanningen.iter().map(|inspanning| inspanning.code.as_str()).collect();
        assert_eq!(main, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        let parts: Vec<&str> = inspanningen[6].parts.iter().map(|part| part.code.as_str()).collect();
        assert_eq!(parts, ["7A", "7B", "7C", "7D", "7E"]);
        assert_eq!(inspanningen[6].parts[0].display_name, "Bestaanszekerheid en preventie");

        let codes: Vec<&str> = goals.iter().map(|goal| goal.code.as_str()).collect();
        assert_eq!(codes, ["A", "S1", "S2", "S3"]);
        assert_eq!((goals[0].kind(), goals[0].theme.as_str()), (GoalKind::Ambition, ""));
        assert_eq!(
            (goals[2].kind(), goals[2].theme.as_str()),
            (GoalKind::Strategic, "themes/continuiteit-zorg")
        );

        assert_eq!((roles[0].name.as_str(), roles[0].holders.len()), ("roles/bestuurlijk-eigenaar", 2));
        assert!(roles[2].holders.is_empty());
        assert_eq!(roles[3].holders[3], "Weller (aangeboden)");

        let codes: Vec<&str> = all_findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["P1", "P2", "P3", "P4", "P5", "K1", "K2", "K3", "K4"]);
        assert_eq!(findings(&service, FindingKind::Opportunity).await, all_findings[5..]);
        assert_eq!(findings(&service, FindingKind::ProblemCluster).await, all_findings[..5]);
        let unknown =
            service.called_as(Party::Anonymous).list_findings(ListFindingsRequest { kind: 7 }).await;
        assert_eq!(wrong_fields(unknown), ["kind"]);
    }
}

#[tokio::test]
async fn loading_again_keeps_what_people_changed() {
    for service in both().await {
        load(&service).await;
        service.clock.advance(Duration::from_secs(60));
        let mut programme = service.called_as(Party::Programme);
        let inspanning = Inspanning {
            name: "inspanningen/1A".to_owned(),
            display_name: "Anders".to_owned(),
            ..Inspanning::default()
        };
        let request = UpdateInspanningRequest { inspanning: Some(inspanning), ..Default::default() };
        programme.update_inspanning(request).await.unwrap();
        let goal = Goal { name: "goals/S1".to_owned(), display_name: "Anders".to_owned(), ..Goal::default() };
        programme.update_goal(UpdateGoalRequest { goal: Some(goal), ..Default::default() }).await.unwrap();
        service.add("7F", "7").await;

        let before = all(&service).await;
        let again = load(&service).await;
        assert!(again.iter().all(|imported| imported.added == 0), "{} {again:?}", service.kind);
        assert_eq!(again.map(|imported| imported.kept), [29, 4, 5, 9]);
        assert_eq!(all(&service).await, before);
    }
}

#[tokio::test]
async fn a_wrong_file_names_line_and_column_and_changes_nothing() {
    for service in both().await {
        let (store, clock) = (&service.store, &service.clock);
        for (line, expected) in [
            ("1 A,,A", "line 3: code is not a code"),
            ("1A,1,", "line 3: naam is required"),
            ("1A,2,A", "line 3: ouder does not exist"),
            ("1A,1A,A", "line 3: ouder does not exist"),
            ("1A", "line: 3"),
        ] {
            let file = format!("code,ouder,naam\n1,,Een\n{line}\n");
            let error = import_inspanningen(store, clock, file.as_bytes()).await.unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        let goals = b"code,soort,naam,element\nS1,wens,Meer,\n";
        let error = import_goals(store, clock, goals).await.unwrap_err();
        assert!(error.to_string().contains("line 2: soort is not one of the kinds"), "{error}");
        let roles = b"code,naam,taak,bezetting\nr,R,T,een; twee\n";
        let error = import_roles(store, roles).await.unwrap_err();
        assert!(error.to_string().contains("line 2: bezetting starts or ends with a space"), "{error}");
        let findings = b"code,soort,naam\nP1,kans,Een\nP2,pech,Twee\n";
        let error = import_findings(store, findings).await.unwrap_err();
        assert!(error.to_string().contains("line 3: soort"), "{error}");
        let (inspanningen, goals, roles, findings) = all(&service).await;
        let stored = (inspanningen.len(), goals.len(), roles.len(), findings.len());
        assert_eq!(stored, (0, 0, 0, 0), "{}", service.kind);
    }
}
