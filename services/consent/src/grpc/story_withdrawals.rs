//! What a system of a partner hears that uses stories.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use platform::identity::Oin;
use platform::shutdown::Shutdown;
use proto::consent::v1 as wire;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;
use tonic::Status;

use super::listening::cut;
use super::{convert, status};
use crate::app::revocations::Signal;
use crate::app::story_consents::StoryConsents;
use crate::app::story_withdrawals::explain;
use crate::store::WithdrawnConsent;

/// How often a sign of life is given.
const ALIVE: Duration = Duration::from_secs(1);

fn told(withdrawn: &WithdrawnConsent) -> wire::StoryWithdrawal {
    wire::StoryWithdrawal {
        story_consent: withdrawn.name.clone(),
        story: withdrawn.story.clone(),
        reason: Some(convert::reason(explain(withdrawn))),
    }
}

/// A system that listens.
pub(super) struct Listener {
    pub(super) consents: StoryConsents,
    /// Its organisation.
    pub(super) own: Oin,
    /// The stories that it names.
    pub(super) stories: BTreeSet<String>,
}

impl Listener {
    /// Those of these withdrawals that it is told: by the ledger as it is now, as it may have begun to use a
    /// story after it began to listen.
    async fn heard(&self, withdrawn: &[WithdrawnConsent]) -> Result<Vec<WithdrawnConsent>, Status> {
        let named = withdrawn.iter().filter(|one| self.stories.contains(&one.story)).cloned().collect();
        self.consents.heard_by(&self.own, named).await.map_err(status::of)
    }
}

/// The withdrawals that a listener may not have heard yet, those that follow from `signals`, and signs of life.
pub(super) fn watch(
    listener: Listener,
    mut signals: Receiver<Signal>,
    shutdown: Shutdown,
) -> impl Stream<Item = Result<wire::StoryWithdrawal, Status>> + Send {
    async_stream::try_stream! {
        let anew = listener.consents.told_anew(&listener.own, &listener.stories);
        for await withdrawn in anew.take_until(shutdown.wait()) {
            yield told(&withdrawn.map_err(status::of)?);
        }
        let mut alive: Option<Instant> = None;
        loop {
            let signal = tokio::select! {
                biased;
                () = shutdown.wait() => break,
                signal = signals.recv() => signal,
            };
            match signal {
                Ok(Signal::Stopped(news)) => {
                    for withdrawn in listener.heard(&news.withdrawn).await? {
                        yield told(&withdrawn);
                    }
                }
                Ok(Signal::Looked(_)) => {
                    if alive.is_none_or(|at| at.elapsed() >= ALIVE) {
                        alive = Some(Instant::now());
                        yield wire::StoryWithdrawal::default();
                    }
                }
                // Too far behind, or nobody looks any more.
                Err(_) => break,
            }
        }
        Err(cut())?;
    }
}
