//! A decision point that does what the test says and keeps what it was told.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use proto::consent::v1 as pb;
use proto::consent::v1::decision_service_server::DecisionService;
use proto::consent::v1::watch_revocations_request::Message;
use tokio::sync::broadcast;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

/// What the decision point says to every question.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// Permits this scope, narrowed to what was asked.
    Permit(pb::Scope, pb::Protection),
    /// Refuses for these reasons.
    Refuse(Vec<pb::DecisionReason>),
    /// Does not answer.
    Down,
}

#[derive(Debug)]
pub(crate) struct State {
    pub verdict: Verdict,
    pub ledger_down: bool,
    /// Whether the ledger does not take that a protection is in force again.
    pub reinstatement_fails: bool,
    /// Says nothing any more to who listens.
    pub silent: bool,
    /// How long an answer is under way.
    pub slow: Duration,
    /// How long an entry of a delivery is under way.
    pub slow_entries: Duration,
    /// How long an entry of a release is under way.
    pub slow_releases: Duration,
    /// How long an entry of masks is under way.
    pub slow_masks: Duration,
    pub expire: prost_types::Timestamp,
    pub questions: Vec<pb::DecideRequest>,
    pub releases: Vec<pb::RecordReleaseRequest>,
    pub masks: Vec<pb::ReleaseMask>,
    pub retired: Vec<pb::RecordRetiredProtectionRequest>,
    pub reinstated: Vec<pb::RecordReinstatedProtectionRequest>,
    pub deliveries: Vec<pb::RecordDeliveryRequest>,
    /// What the enforcement point said, its signs of life aside.
    pub said: Vec<Message>,
}

#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub state: Arc<Mutex<State>>,
    ended: broadcast::Sender<pb::WatchRevocationsResponse>,
}

impl Consent {
    pub(crate) fn new() -> Self {
        let state = State {
            verdict: Verdict::Refuse(vec![pb::DecisionReason::AgreementMissing]),
            ledger_down: false,
            reinstatement_fails: false,
            silent: false,
            slow: Duration::ZERO,
            slow_entries: Duration::ZERO,
            slow_releases: Duration::ZERO,
            slow_masks: Duration::ZERO,
            // 1 January 2028.
            expire: prost_types::Timestamp { seconds: 1_830_297_600, nanos: 0 },
            questions: Vec::new(),
            releases: Vec::new(),
            masks: Vec::new(),
            reinstated: Vec::new(),
            retired: Vec::new(),
            deliveries: Vec::new(),
            said: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), ended: broadcast::channel(16).0 }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    pub(crate) fn get<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.lock().unwrap())
    }

    /// Ends an agreement for everybody who listens, and refuses from now on.
    pub(crate) fn revoke(&self, agreement: &str) -> i64 {
        let reason = pb::DecisionReason::AgreementRevoked;
        self.set(|state| state.verdict = Verdict::Refuse(vec![reason]));
        self.announce(agreement, reason)
    }

    /// Announces a stop, as the newest entry of the ledger; gives its number.
    pub(crate) fn announce(&self, agreement: &str, reason: pb::DecisionReason) -> i64 {
        let stop = self.get(|state| state.questions.len() + 1) as i64;
        let said = pb::WatchRevocationsResponse {
            agreement: agreement.to_owned(),
            reason: Some(explain(reason)),
            stop: Some(stop),
            ..Default::default()
        };
        self.ended.send(said).expect("somebody listens");
        stop
    }

    /// Waits until the enforcement point says something that `is`.
    pub(crate) async fn said(&self, is: impl Fn(&Message) -> bool) {
        let waiting = async {
            while !self.get(|state| state.said.iter().any(&is)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let said = tokio::time::timeout(Duration::from_secs(5), waiting).await;
        said.unwrap_or_else(|_| panic!("not said: {:?}", self.get(|state| state.said.clone())));
    }

    fn answer(&self, request: pb::DecideRequest) -> Result<Response<pb::DecideResponse>, Status> {
        let mut state = self.state.lock().unwrap();
        state.questions.push(request.clone());
        let ledger_entry = format!("ledger-entries/{}", state.questions.len());
        match &state.verdict {
            Verdict::Down => Err(Status::unavailable("down")),
            Verdict::Refuse(reasons) => Ok(Response::new(pb::DecideResponse {
                permitted: false,
                reasons: reasons.iter().map(|reason| explain(*reason)).collect(),
                ledger_entry,
                ledger_index: 5,
                leaf_hash: "cd34".to_owned(),
                ..Default::default()
            })),
            Verdict::Permit(scope, protection) => Ok(Response::new(pb::DecideResponse {
                permitted: true,
                reasons: vec![explain(pb::DecisionReason::WithinAgreement)],
                scope: Some(pb::Scope {
                    indicators: narrowed(&scope.indicators, &request.indicators),
                    periods: narrowed(&scope.periods, &request.periods),
                    ..scope.clone()
                }),
                protection: Some(*protection),
                ledger_entry,
                ledger_index: 7,
                leaf_hash: "ab12".to_owned(),
                content_hash: "$1$1$hash".to_owned(),
                expire_time: Some(state.expire),
                expired: Some(explain(pb::DecisionReason::AgreementExpired)),
            })),
        }
    }
}

/// What each reason about the scope has of it.
fn beyond(reason: pb::DecisionReason) -> Option<&'static str> {
    let scope = [
        (pb::DecisionReason::AreaBeyondScope, "areas/GM0899, areas/GM0917"),
        (pb::DecisionReason::PeriodBeyondScope, "2019"),
    ];
    scope.into_iter().find(|(of, _)| *of == reason).map(|(_, beyond)| beyond)
}

fn explain(reason: pb::DecisionReason) -> pb::Reason {
    let mut metadata = HashMap::from([("since".to_owned(), "2026-11-23".to_owned())]);
    if let Some(beyond) = beyond(reason) {
        let count = beyond.split(", ").count().to_string();
        metadata.extend([("beyond".to_owned(), beyond.to_owned()), ("beyond_count".to_owned(), count)]);
    }
    pb::Reason {
        reason: reason.into(),
        message_nl: format!("Nederlandse zin over {}", reason.as_str_name()),
        message_en: format!("English sentence about {}", reason.as_str_name()),
        metadata,
        side: pb::Side::Provider.into(),
    }
}

fn narrowed(agreed: &[String], asked: &[String]) -> Vec<String> {
    if asked.is_empty() { agreed.to_vec() } else { asked.to_vec() }
}

#[tonic::async_trait]
impl DecisionService for Consent {
    async fn decide(
        &self,
        request: Request<pb::DecideRequest>,
    ) -> Result<Response<pb::DecideResponse>, Status> {
        // Decided at once, answered later.
        let (answer, slow) = (self.answer(request.into_inner()), self.get(|state| state.slow));
        tokio::time::sleep(slow).await;
        answer
    }

    async fn record_release(
        &self,
        request: Request<pb::RecordReleaseRequest>,
    ) -> Result<Response<pb::RecordReleaseResponse>, Status> {
        let (down, slow) = {
            let mut state = self.state.lock().unwrap();
            state.releases.push(request.into_inner());
            (state.ledger_down, state.slow_releases)
        };
        if down {
            return Err(Status::unavailable("the ledger cannot be written"));
        }
        tokio::time::sleep(slow).await;
        Ok(Response::new(pb::RecordReleaseResponse { ledger_entry: "ledger-entries/1".to_owned() }))
    }

    async fn record_masks(
        &self,
        request: Request<pb::RecordMasksRequest>,
    ) -> Result<Response<pb::RecordMasksResponse>, Status> {
        let slow = {
            let mut state = self.state.lock().unwrap();
            if state.ledger_down {
                return Err(Status::unavailable("the ledger cannot be written"));
            }
            state.masks.extend(request.into_inner().masks);
            state.slow_masks
        };
        tokio::time::sleep(slow).await;
        Ok(Response::new(pb::RecordMasksResponse::default()))
    }

    async fn record_retired_protection(
        &self,
        request: Request<pb::RecordRetiredProtectionRequest>,
    ) -> Result<Response<pb::RecordRetiredProtectionResponse>, Status> {
        let mut state = self.state.lock().unwrap();
        if state.ledger_down {
            return Err(Status::unavailable("the ledger cannot be written"));
        }
        state.retired.push(request.into_inner());
        Ok(Response::new(pb::RecordRetiredProtectionResponse::default()))
    }

    async fn record_reinstated_protection(
        &self,
        request: Request<pb::RecordReinstatedProtectionRequest>,
    ) -> Result<Response<pb::RecordReinstatedProtectionResponse>, Status> {
        let mut state = self.state.lock().unwrap();
        if state.reinstatement_fails {
            return Err(Status::unavailable("the ledger cannot be written"));
        }
        state.reinstated.push(request.into_inner());
        Ok(Response::new(pb::RecordReinstatedProtectionResponse::default()))
    }

    async fn record_delivery(
        &self,
        request: Request<pb::RecordDeliveryRequest>,
    ) -> Result<Response<pb::RecordDeliveryResponse>, Status> {
        tokio::time::sleep(self.get(|state| state.slow_entries)).await;
        let mut state = self.state.lock().unwrap();
        if state.ledger_down {
            return Err(Status::unavailable("the ledger cannot be written"));
        }
        state.deliveries.push(request.into_inner());
        Ok(Response::new(pb::RecordDeliveryResponse { ledger_entry: "ledger-entries/2".to_owned() }))
    }

    type WatchRevocationsStream =
        Pin<Box<dyn Stream<Item = Result<pb::WatchRevocationsResponse, Status>> + Send>>;

    async fn watch_revocations(
        &self,
        request: Request<Streaming<pb::WatchRevocationsRequest>>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        let mut ended = self.ended.subscribe();
        let mut says = request.into_inner();
        let state = Arc::clone(&self.state);
        let alive = Arc::new(AtomicI64::new(0));
        let newest = Arc::clone(&alive);
        tokio::spawn(async move {
            while let Ok(Some(said)) = says.message().await {
                match said.message {
                    Some(Message::Alive(said)) => newest.store(said.number, Ordering::SeqCst),
                    other => state.lock().unwrap().said.extend(other),
                }
            }
        });
        let state = Arc::clone(&self.state);
        Ok(Response::new(Box::pin(async_stream::stream! {
            let silent = || state.lock().unwrap().silent;
            loop {
                if !silent() {
                    let answered = alive.load(Ordering::SeqCst);
                    yield Ok(pb::WatchRevocationsResponse { answered, ..Default::default() });
                }
                if let Ok(Ok(said)) = tokio::time::timeout(Duration::from_millis(50), ended.recv()).await
                    && !silent()
                {
                    yield Ok(said);
                }
            }
        })))
    }
}
