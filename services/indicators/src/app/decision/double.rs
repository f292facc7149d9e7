//! A decision point for tests.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::poll_fn;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{
    DecisionPoint, DeliveryRecord, EnforcementPoint, Heard, Listening, MasksRecord, ProtectionRecord,
    ReleaseRecord, Said, Unreachable,
};
use crate::domain::permit::{Answer, Question};

/// One connection as the decision point has it: what the enforcement point says, and what it is told.
pub(crate) type Connection = (Receiver<Said>, UnboundedSender<Heard>);

/// Decides nothing, keeps what was delivered, and hands every connection to the test.
#[derive(Debug)]
pub(crate) struct Double {
    delivered: Mutex<Vec<DeliveryRecord>>,
    connections: UnboundedSender<Connection>,
}

impl Double {
    /// With the connections that are made to it. Listening panics when the test took those away.
    pub(crate) fn new() -> (Arc<Self>, UnboundedReceiver<Connection>) {
        let (connections, made) = unbounded_channel();
        (Arc::new(Self { delivered: Mutex::default(), connections }), made)
    }

    /// The deliveries that it was told of.
    pub(crate) fn delivered(&self) -> Vec<DeliveryRecord> {
        self.delivered.lock().expect("the records").clone()
    }
}

impl DecisionPoint for Double {
    fn decide<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Answer, Unreachable>> {
        Box::pin(async { Err(Unreachable("it decides nothing".to_owned())) })
    }

    fn record_release(&self, _: ReleaseRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }

    fn record_masks(&self, _: MasksRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }

    fn record_protection(&self, _: ProtectionRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        Box::pin(async { Ok(()) })
    }

    fn record_delivery(&self, record: DeliveryRecord) -> BoxFuture<'_, Result<(), Unreachable>> {
        self.delivered.lock().expect("the records").push(record);
        Box::pin(async { Ok(()) })
    }

    fn listen<'a>(
        &'a self,
        _: &'a EnforcementPoint,
        says: Receiver<Said>,
    ) -> BoxFuture<'a, Result<Listening, Unreachable>> {
        Box::pin(async {
            let (tell, mut told) = unbounded_channel();
            self.connections.send((says, tell)).expect("the test takes connections");
            Ok(poll_fn(move |context| told.poll_recv(context)).map(Ok).boxed())
        })
    }
}
