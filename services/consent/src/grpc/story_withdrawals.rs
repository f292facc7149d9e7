//! What a system of a partner hears that uses stories.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::Stream;
use platform::shutdown::Shutdown;
use proto::consent::v1 as wire;
use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;
use tonic::Status;

use super::convert;
use super::listening::cut;
use crate::app::revocations::Signal;
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

/// The withdrawals of consent for these stories, of `recent` and from `signals`, and signs of life.
pub(super) fn watch(
    stories: Vec<String>,
    (recent, mut signals): (Vec<WithdrawnConsent>, Receiver<Signal>),
    shutdown: Shutdown,
) -> impl Stream<Item = Result<wire::StoryWithdrawal, Status>> + Send {
    let stories: HashSet<String> = stories.into_iter().collect();
    async_stream::stream! {
        for withdrawn in recent.iter().filter(|withdrawn| stories.contains(&withdrawn.story)) {
            yield Ok(told(withdrawn));
        }
        let mut alive: Option<Instant> = None;
        loop {
            let signal = tokio::select! {
                signal = signals.recv() => signal,
                () = shutdown.wait() => break,
            };
            match signal {
                Ok(Signal::Stopped(news)) => {
                    for withdrawn in news.withdrawn.iter().filter(|one| stories.contains(&one.story)) {
                        yield Ok(told(withdrawn));
                    }
                }
                Ok(Signal::Looked(_)) => {
                    if alive.is_none_or(|at| at.elapsed() >= ALIVE) {
                        alive = Some(Instant::now());
                        yield Ok(wire::StoryWithdrawal::default());
                    }
                }
                // Too far behind, or nobody looks any more.
                Err(_) => break,
            }
        }
        yield Err(cut());
    }
}
