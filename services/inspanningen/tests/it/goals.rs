//! Goals.

use std::time::Duration;

use proto::inspanningen::v1::{
    CreateGoalRequest, GetGoalRequest, Goal, GoalKind, ListGoalsRequest, UpdateGoalRequest,
};
use testkit::{Party, refusal, wrong_fields};
use tonic::Code;

use crate::service::{Service, both};

const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad90";

fn create(code: &str, kind: GoalKind) -> CreateGoalRequest {
    CreateGoalRequest {
        goal: Some(Goal {
            display_name: format!("Doel {code}"),
            kind: kind.into(),
            theme: "themes/meedoen".to_owned(),
            ..Goal::default()
        }),
        goal_id: code.to_owned(),
        request_id: String::new(),
    }
}

fn update(goal: Goal, paths: &[&str]) -> UpdateGoalRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateGoalRequest {
        goal: Some(goal),
        update_mask: Some(prost_types::FieldMask { paths }),
        request_id: String::new(),
    }
}

async fn add(service: &Service, code: &str, kind: GoalKind) -> Goal {
    service.called_as(Party::Programme).create_goal(create(code, kind)).await.unwrap().into_inner()
}

async fn change(service: &Service, request: UpdateGoalRequest) -> Goal {
    service.clock.advance(Duration::from_secs(1));
    service.called_as(Party::Programme).update_goal(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_goal_is_read_as_it_was_added() {
    for service in both().await {
        let created = add(&service, "S1", GoalKind::Strategic).await;
        assert_eq!((created.name.as_str(), created.code.as_str()), ("goals/S1", "S1"), "{}", service.kind);
        assert_eq!((created.kind(), created.theme.as_str()), (GoalKind::Strategic, "themes/meedoen"));
        let mut anonymous = service.called_as(Party::Anonymous);
        let named = |name: &str| GetGoalRequest { name: name.to_owned() };
        assert_eq!(anonymous.get_goal(named("goals/S1")).await.unwrap().into_inner(), created);
        let missing = refusal(anonymous.get_goal(named("goals/S2")).await);
        assert_eq!(missing, (Code::NotFound, "NOT_FOUND".to_owned()));
        assert_eq!(wrong_fields(anonymous.get_goal(named("S1")).await), ["name"]);
        let mut programme = service.called_as(Party::Programme);
        let again = refusal(programme.create_goal(create("S1", GoalKind::Ambition)).await);
        assert_eq!(again, (Code::AlreadyExists, "ALREADY_EXISTS".to_owned()));
    }
}

#[tokio::test]
async fn goals_are_listed_by_kind_and_then_by_code() {
    for service in both().await {
        for (code, kind) in [
            ("O1", GoalKind::Operational),
            ("S10", GoalKind::Strategic),
            ("S2", GoalKind::Strategic),
            ("Z", GoalKind::Ambition),
        ] {
            add(&service, code, kind).await;
        }
        let mut anonymous = service.called_as(Party::Anonymous);
        let mut seen = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListGoalsRequest { page_size: 1, page_token };
            let page = anonymous.list_goals(request).await.unwrap().into_inner();
            seen.extend(page.goals.into_iter().map(|goal| goal.code));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, ["Z", "S2", "S10", "O1"], "{}", service.kind);
        let negative = ListGoalsRequest { page_size: -1, page_token: String::new() };
        assert_eq!(wrong_fields(anonymous.list_goals(negative).await), ["page_size"]);
        let forged = platform::page::Page::parse(1, "", &["goals"]).unwrap().token_after("S\0");
        let request = ListGoalsRequest { page_size: 1, page_token: forged };
        assert_eq!(refusal(anonymous.list_goals(request).await).1, "INVALID_PAGE_TOKEN");
        // Another kind is another place.
        let moved = Goal { name: "goals/O1".to_owned(), kind: GoalKind::Ambition.into(), ..Goal::default() };
        change(&service, update(moved, &["kind"])).await;
        let listed = anonymous.list_goals(ListGoalsRequest::default()).await.unwrap().into_inner().goals;
        assert_eq!(listed.into_iter().map(|goal| goal.code).collect::<Vec<_>>(), ["O1", "Z", "S2", "S10"]);
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_goal_is_named() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let goal =
            Goal { display_name: "a".repeat(401), kind: 9, theme: "meedoen".to_owned(), ..Goal::default() };
        let request =
            CreateGoalRequest { goal: Some(goal), goal_id: "S_1".to_owned(), request_id: String::new() };
        let fields = wrong_fields(programme.create_goal(request).await);
        let expected = ["goal_id", "goal.display_name", "goal.kind", "goal.theme"];
        assert_eq!(fields, expected, "{}", service.kind);
        let kindless = create("S1", GoalKind::Unspecified);
        assert_eq!(wrong_fields(programme.create_goal(kindless).await), ["goal.kind"]);
        let empty = CreateGoalRequest::default();
        assert_eq!(wrong_fields(programme.create_goal(empty).await), ["goal_id", "goal"]);
        assert_eq!(wrong_fields(programme.update_goal(UpdateGoalRequest::default()).await), ["goal"]);
        let goal = Goal { name: "goals/S1".to_owned(), ..Goal::default() };
        let fields = wrong_fields(programme.update_goal(update(goal, &["kind", "colour"])).await);
        assert_eq!(fields, ["update_mask"]);
    }
}

#[tokio::test]
async fn a_goal_changes_by_mask_and_etag() {
    for service in both().await {
        let before = add(&service, "S1", GoalKind::Strategic).await;
        let given =
            Goal { display_name: "Meer meedoen".to_owned(), theme: String::new(), kind: 9, ..before.clone() };
        let after = change(&service, update(given.clone(), &["display_name", "theme"])).await;
        assert_eq!((after.display_name.as_str(), after.theme.as_str()), ("Meer meedoen", ""));
        assert_eq!(after.kind(), GoalKind::Strategic, "{}", service.kind);
        assert_ne!(after.etag, before.etag);
        let mut programme = service.called_as(Party::Programme);
        let refused = refusal(programme.update_goal(update(given, &["display_name"])).await);
        assert_eq!(refused, (Code::Aborted, "ETAG_MISMATCH".to_owned()));
        let set = Goal { name: before.name.clone(), theme: "themes/stress".to_owned(), ..Goal::default() };
        let request = UpdateGoalRequest { goal: Some(set), ..Default::default() };
        let after = change(&service, request).await;
        assert_eq!((after.display_name.as_str(), after.theme.as_str()), ("Meer meedoen", "themes/stress"));
        let kindless = Goal { kind: 0, ..after.clone() };
        assert_eq!(wrong_fields(programme.update_goal(update(kindless, &["kind"])).await), ["goal.kind"]);
        let same = change(&service, update(after.clone(), &["*"])).await;
        assert_eq!(same, after, "nothing changed, so the etag stands");
        let nobody = Goal { name: "goals/S9".to_owned(), ..Goal::default() };
        assert_eq!(refusal(programme.update_goal(update(nobody, &["theme"])).await).0, Code::NotFound);
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer_and_has_its_effect_once() {
    for service in both().await {
        let mut programme = service.called_as(Party::Programme);
        let request = CreateGoalRequest { request_id: ID.to_owned(), ..create("S1", GoalKind::Strategic) };
        let first = programme.create_goal(request.clone()).await.unwrap().into_inner();
        let changed = Goal { display_name: "Anders".to_owned(), ..first.clone() };
        let change = UpdateGoalRequest { request_id: ID.to_owned(), ..update(changed, &["display_name"]) };
        let second = programme.update_goal(change.clone()).await.unwrap().into_inner();
        assert_eq!(programme.update_goal(change.clone()).await.unwrap().into_inner(), second);
        assert_eq!(programme.create_goal(request.clone()).await.unwrap().into_inner(), first);
        let other = CreateGoalRequest { goal_id: "S2".to_owned(), ..request };
        assert_eq!(refusal(programme.create_goal(other).await).1, "REQUEST_ID_REUSED", "{}", service.kind);
        let other = UpdateGoalRequest { update_mask: None, ..change };
        assert_eq!(refusal(programme.update_goal(other).await).1, "REQUEST_ID_REUSED");
    }
}
