//! An enforcement point of the tests.

use std::time::Duration;

use platform::upstream::Vouched;
use proto::consent::v1::decision_service_client::DecisionServiceClient;
use proto::consent::v1::watch_revocations_request::Message;
use proto::consent::v1::*;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use crate::world::World;

/// The process of the point in most tests.
pub(crate) const PROCESS: &str = "019364f0-0000-7000-8000-000000000001";

pub(crate) struct Point {
    says: mpsc::Sender<WatchRevocationsRequest>,
    hears: Streaming<WatchRevocationsResponse>,
    number: i64,
}

pub(crate) fn registration(name: &str) -> RegisterEnforcementPoint {
    RegisterEnforcementPoint {
        enforcement_point: name.to_owned(),
        process: PROCESS.to_owned(),
        silence_limit_ms: 2000,
    }
}

impl Point {
    pub(crate) async fn connect(world: &World, name: &str) -> Self {
        Self::register(world.decisions(), Message::Register(registration(name))).await.unwrap()
    }

    pub(crate) async fn register(
        mut client: DecisionServiceClient<Vouched>,
        first: Message,
    ) -> Result<Self, Status> {
        let (says, messages) = mpsc::channel(16);
        says.send(WatchRevocationsRequest { message: Some(first) }).await.unwrap();
        let hears = client.watch_revocations(ReceiverStream::new(messages)).await?.into_inner();
        let mut point = Self { says, hears, number: 0 };
        point.alive().await;
        Ok(point)
    }

    pub(crate) async fn say(&self, message: Message) {
        self.says.send(WatchRevocationsRequest { message: Some(message) }).await.unwrap();
    }

    /// Says that it is there; gives the number.
    pub(crate) async fn alive(&mut self) -> i64 {
        self.number += 1;
        self.say(Message::Alive(EnforcementPointAlive { number: self.number })).await;
        self.number
    }

    pub(crate) async fn confirm(&self, agreement: &str, stop: i64, streams_cut: i64) {
        let agreement = agreement.to_owned();
        self.say(Message::Confirmation(StopConfirmation { agreement, stop, streams_cut })).await;
    }

    pub(crate) async fn heard(&mut self) -> Result<WatchRevocationsResponse, Status> {
        timeout(Duration::from_secs(3), self.hears.message()).await.unwrap().map(Option::unwrap)
    }

    pub(crate) async fn hear(&mut self) -> WatchRevocationsResponse {
        self.heard().await.unwrap()
    }

    pub(crate) async fn hear_of_an_end(&mut self) -> WatchRevocationsResponse {
        loop {
            let heard = self.hear().await;
            if !heard.agreement.is_empty() {
                return heard;
            }
        }
    }

    /// The next sign of life.
    pub(crate) async fn sign_of_life(&mut self) -> i64 {
        let heard = self.hear().await;
        assert_eq!((heard.agreement.as_str(), heard.reason, heard.stop), ("", None, None));
        heard.answered
    }

    /// Hears nothing any more.
    pub(crate) async fn silence(&mut self) {
        // What was on its way may still arrive.
        let silent =
            async { while timeout(Duration::from_millis(1500), self.hears.message()).await.is_ok() {} };
        timeout(Duration::from_secs(10), silent).await.unwrap();
    }
}
