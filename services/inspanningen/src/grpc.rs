//! The service as the contract has it: requests in, answers out.

mod convert;
mod status;

use convert::{goal, inspanning, programme};
use platform::idempotency::Key;
use platform::identity::caller;
use platform::page::Page;
use platform::status::{Failure, answer};
use proto::inspanningen::v1 as pb;
use proto::inspanningen::v1::inspanningen_service_server::{InspanningenService, InspanningenServiceServer};
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::domain::goal::Goal;
use crate::domain::inspanning::Inspanning;

/// The use cases, served.
pub(crate) fn server(app: App) -> InspanningenServiceServer<impl InspanningenService> {
    InspanningenServiceServer::new(Server { app })
}

struct Server {
    app: App,
}

#[tonic::async_trait]
impl InspanningenService for Server {
    async fn get_inspanning(
        &self,
        request: Request<pb::GetInspanningRequest>,
    ) -> Result<Response<pb::Inspanning>, Status> {
        let code = inspanning::code_of_name("name", &request.get_ref().name)?;
        answer(self.app.inspanning(&code).await.map(pb::Inspanning::from))
    }

    async fn list_inspanningen(
        &self,
        request: Request<pb::ListInspanningenRequest>,
    ) -> Result<Response<pb::ListInspanningenResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token, &["inspanningen"])?;
        let main = self.app.main_inspanningen(page.after_as()?.as_ref(), u64::from(page.size) + 1).await;
        let mut main = main.map_err(Failure::from)?;
        let next_page_token = page.cut(&mut main, |last: &Inspanning| last.code.to_string());
        answer(self.app.trees(main).await.map(|trees| {
            let inspanningen = trees.into_iter().map(pb::Inspanning::from).collect();
            pb::ListInspanningenResponse { inspanningen, next_page_token }
        }))
    }

    async fn create_inspanning(
        &self,
        request: Request<pb::CreateInspanningRequest>,
    ) -> Result<Response<pb::Inspanning>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "CreateInspanning", &request.request_id, &request)?;
        let (code, parent, content) = inspanning::new(request)?;
        answer(self.app.create_inspanning(code, parent, content, key.as_ref()).await)
    }

    async fn update_inspanning(
        &self,
        request: Request<pb::UpdateInspanningRequest>,
    ) -> Result<Response<pb::Inspanning>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "UpdateInspanning", &request.request_id, &request)?;
        let (code, change, etag) = inspanning::change(request)?;
        answer(self.app.update_inspanning(&code, change, &etag, key.as_ref()).await)
    }

    async fn get_goal(&self, request: Request<pb::GetGoalRequest>) -> Result<Response<pb::Goal>, Status> {
        let code = goal::code_of_name("name", &request.get_ref().name)?;
        answer(self.app.goal(&code).await.map(pb::Goal::from))
    }

    async fn list_goals(
        &self,
        request: Request<pb::ListGoalsRequest>,
    ) -> Result<Response<pb::ListGoalsResponse>, Status> {
        let request = request.into_inner();
        let page = Page::parse(request.page_size, &request.page_token, &["goals"])?;
        let listed = self.app.goals(page.after_as()?.as_ref(), u64::from(page.size) + 1).await;
        answer(listed.map(|mut goals| {
            let next_page_token = page.cut(&mut goals, |last: &Goal| last.code.to_string());
            let goals = goals.into_iter().map(pb::Goal::from).collect();
            pb::ListGoalsResponse { goals, next_page_token }
        }))
    }

    async fn create_goal(
        &self,
        request: Request<pb::CreateGoalRequest>,
    ) -> Result<Response<pb::Goal>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "CreateGoal", &request.request_id, &request)?;
        let (code, content) = goal::new(request)?;
        answer(self.app.create_goal(code, content, key.as_ref()).await)
    }

    async fn update_goal(
        &self,
        request: Request<pb::UpdateGoalRequest>,
    ) -> Result<Response<pb::Goal>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let key = Key::of(&caller, "UpdateGoal", &request.request_id, &request)?;
        let (code, change, etag) = goal::change(request)?;
        answer(self.app.update_goal(&code, change, &etag, key.as_ref()).await)
    }

    async fn list_roles(
        &self,
        _request: Request<pb::ListRolesRequest>,
    ) -> Result<Response<pb::ListRolesResponse>, Status> {
        answer(self.app.roles().await.map(|roles| pb::ListRolesResponse {
            roles: roles.into_iter().map(pb::ProgrammeRole::from).collect(),
        }))
    }

    async fn list_findings(
        &self,
        request: Request<pb::ListFindingsRequest>,
    ) -> Result<Response<pb::ListFindingsResponse>, Status> {
        let kind = programme::finding_kind(request.get_ref().kind)?;
        answer(self.app.findings(kind).await.map(|findings| pb::ListFindingsResponse {
            findings: findings.into_iter().map(pb::Finding::from).collect(),
        }))
    }
}
