//! What an enforcement point says and hears over its stream of `WatchRevocations`.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use platform::shutdown::Shutdown;
use platform::status::Failure;
use proto::api::v1::ErrorReason;
use proto::consent::v1 as wire;
use proto::consent::v1::watch_revocations_request::Message;
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;
use tonic::{Code, Status};

use super::{convert, status};
use crate::app::points::Point;
use crate::app::revocations::{Listening, Signal, Stopped, explain, explain_overdue, explain_unfit};
use crate::app::story_withdrawals;
use crate::domain::name::AgreementId;
use crate::domain::oversight::Oversight;
use crate::store::{Ended, OpenStreams, WithdrawnConsent};

/// Who registers has this long to say so.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most different streams that one point may tell of.
const MOST_COUNTS: usize = 100_000;

/// What an enforcement point says.
pub(super) trait Says:
    Stream<Item = Result<wire::WatchRevocationsRequest, Status>> + Send + Unpin
{
}

impl<S: Stream<Item = Result<wire::WatchRevocationsRequest, Status>> + Send + Unpin> Says for S {}

/// The first message, which says who it is.
pub(super) async fn registration(says: &mut impl Says) -> Result<wire::RegisterEnforcementPoint, Status> {
    let first = tokio::time::timeout(PATIENCE, says.next()).await;
    match first.ok().flatten().transpose()?.and_then(|first| first.message) {
        Some(Message::Register(register)) => Ok(register),
        Some(Message::Confirmation(_) | Message::OpenStreams(_) | Message::Alive(_)) | None => {
            let (en, nl) = ("has to be the first message", "moet het eerste bericht zijn");
            Err(convert::wrong_field("register", en, nl).into())
        }
    }
}

/// Takes in what a point says, for as long as its stream lasts.
struct Hearing {
    task: JoinHandle<()>,
    /// Why it ended.
    ended: oneshot::Receiver<Status>,
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hearing {
    fn start(point: Point, mut says: impl Says + 'static) -> Self {
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(async move {
            let why = loop {
                match says.next().await {
                    Some(Ok(said)) => {
                        if let Err(status) = take(&point, said).await {
                            break status;
                        }
                    }
                    Some(Err(status)) => break status,
                    None => break cut(),
                }
            };
            // Fails when the stream has ended already.
            drop(end.send(why));
        });
        Self { task, ended }
    }
}

async fn take(point: &Point, said: wire::WatchRevocationsRequest) -> Result<(), Status> {
    let positive = |number: i64| u64::try_from(number).unwrap_or_default();
    match said.message {
        Some(Message::Alive(alive)) => point.alive(alive.number),
        Some(Message::Confirmation(confirmed)) => {
            let (stop, streams) = (positive(confirmed.stop), positive(confirmed.streams_cut));
            point.confirm(stop, streams).await.map_err(status::of)?;
        }
        Some(Message::OpenStreams(open)) => {
            let open: Vec<OpenStreams> = open
                .counts
                .into_iter()
                .take(MOST_COUNTS)
                .map(|open| OpenStreams {
                    agreement: open.agreement,
                    recipient: open.recipient_oin,
                    count: positive(open.count),
                })
                .collect();
            point.open(&open).await.map_err(status::of)?;
        }
        Some(Message::Register(_)) => {
            let (en, nl) = ("is the first message only", "is alleen het eerste bericht");
            return Err(convert::wrong_field("register", en, nl).into());
        }
        // From a later version.
        None => {}
    }
    Ok(())
}

fn ended(ended: &Ended) -> wire::WatchRevocationsResponse {
    wire::WatchRevocationsResponse {
        agreement: ended.id.map(|id| id.name()).unwrap_or_default(),
        all_agreements: ended.id.is_none(),
        reason: Some(convert::reason(explain(ended))),
        stop: ended.stop.and_then(|stop| i64::try_from(stop).ok()),
        ..Default::default()
    }
}

fn stopped(news: &Stopped) -> impl Iterator<Item = wire::WatchRevocationsResponse> {
    news.ended.iter().map(ended).chain(news.withdrawn.iter().map(story_withdrawn))
}

fn unfit(agreement: AgreementId) -> wire::WatchRevocationsResponse {
    let reason = Some(convert::reason(explain_unfit(agreement)));
    wire::WatchRevocationsResponse { agreement: agreement.name(), reason, ..Default::default() }
}

fn story_withdrawn(withdrawn: &WithdrawnConsent) -> wire::WatchRevocationsResponse {
    wire::WatchRevocationsResponse {
        story_consent: withdrawn.name.clone(),
        reason: Some(convert::reason(story_withdrawals::explain(withdrawn))),
        ..Default::default()
    }
}

fn overdue(oversight: Oversight) -> wire::WatchRevocationsResponse {
    let reason = Some(convert::reason(explain_overdue(oversight)));
    wire::WatchRevocationsResponse { all_agreements: true, reason, ..Default::default() }
}

fn alive(answered: i64) -> wire::WatchRevocationsResponse {
    wire::WatchRevocationsResponse { answered, ..Default::default() }
}

/// The listener has to connect again, and is told again what it may have missed.
pub(super) fn cut() -> Status {
    Status::from(Failure::new(
        Code::Unavailable,
        ErrorReason::Unavailable,
        "the stream ends here; connect again to hear what was missed",
        "de stroom stopt hier; verbind opnieuw om te horen wat er is gemist",
    ))
}

/// What a point hears: what stopped before it came, and then everything.
pub(super) fn listen(
    listening: Listening,
    says: impl Says + 'static,
    shutdown: Shutdown,
) -> impl Stream<Item = Result<wire::WatchRevocationsResponse, Status>> + Send {
    let Listening { point, recent, mut signals } = listening;
    // At once, whether or not the point reads what it hears.
    let mut hearing = Hearing::start(point.clone(), says);
    async_stream::stream! {
        tracing::info!(enforcement_point = point.name(), "listens to stops");
        for one in stopped(&recent) {
            yield Ok(one);
        }
        let why = loop {
            let signal = tokio::select! {
                signal = signals.recv() => signal,
                () = shutdown.wait() => break cut(),
                why = &mut hearing.ended => break why.unwrap_or_else(|_| cut()),
            };
            match signal {
                Ok(Signal::Stopped(news)) => {
                    for one in stopped(&news) {
                        yield Ok(one);
                    }
                }
                Ok(Signal::Looked(looked)) => {
                    for one in looked.unfit.iter().copied().map(unfit).chain(looked.overdue.map(overdue)) {
                        yield Ok(one);
                    }
                    // One from a look that began before it registered says nothing.
                    if let Some(number) = point.answered(&looked.answered) {
                        yield Ok(alive(number));
                    }
                }
                // Too far behind, or nobody looks any more.
                Err(broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed) => break cut(),
            }
        };
        tracing::info!(enforcement_point = point.name(), "no longer listens to stops");
        yield Err(why);
    }
}
