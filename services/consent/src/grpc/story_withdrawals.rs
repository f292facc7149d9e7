//! What a system of a partner hears that uses stories.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::Stream;
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
    pub(super) stories: HashSet<String>,
}

impl Listener {
    /// Those of these withdrawals that it is told: by the ledger as it is now, as it may have begun to use a
    /// story after it began to listen.
    async fn heard(&self, withdrawn: &[WithdrawnConsent]) -> Result<Vec<wire::StoryWithdrawal>, Status> {
        let mut heard = Vec::new();
        for one in withdrawn.iter().filter(|one| self.stories.contains(&one.story)) {
            if self.consents.may_hear(&self.own, one).await.map_err(status::of)? {
                heard.push(told(one));
            }
        }
        Ok(heard)
    }
}

/// The withdrawals that a listener hears of, of `recent` and from `signals`, and signs of life.
pub(super) fn watch(
    listener: Listener,
    (recent, mut signals): (Vec<WithdrawnConsent>, Receiver<Signal>),
    shutdown: Shutdown,
) -> impl Stream<Item = Result<wire::StoryWithdrawal, Status>> + Send {
    async_stream::try_stream! {
        for told in listener.heard(&recent).await? {
            yield told;
        }
        let mut alive: Option<Instant> = None;
        loop {
            let signal = tokio::select! {
                signal = signals.recv() => signal,
                () = shutdown.wait() => break,
            };
            match signal {
                Ok(Signal::Stopped(news)) => {
                    for told in listener.heard(&news.withdrawn).await? {
                        yield told;
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
