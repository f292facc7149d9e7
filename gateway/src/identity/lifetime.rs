//! How long credentials are believed: a stream does not outlive the token that opened it.

use std::time::Duration;

use async_stream::stream;
use futures_util::{Stream, StreamExt};
use platform::access::credentials_failure;
use platform::clock::Clock;
use platform::token::Error;
use time::OffsetDateTime;
use tonic::Status;

/// Longest sleep between two looks at the clock, which may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Until when credentials are believed; without credentials there is no end.
#[derive(Clone, Debug)]
pub(crate) struct Lifetime {
    end: Option<OffsetDateTime>,
    clock: Clock,
}

impl Lifetime {
    /// Without an end.
    pub(crate) fn endless(clock: Clock) -> Self {
        Self { end: None, clock }
    }

    /// Until `end`.
    pub(crate) fn until(end: OffsetDateTime, clock: Clock) -> Self {
        Self { end: Some(end), clock }
    }

    /// Waits for the end, and gives UNAUTHENTICATED.
    pub(crate) async fn over(self) -> Status {
        let Some(end) = self.end else {
            return std::future::pending().await;
        };
        loop {
            let left = end - self.clock.now();
            if !left.is_positive() {
                return credentials_failure(Error::Expired).into();
            }
            tokio::time::sleep(left.unsigned_abs().min(LONGEST_SLEEP)).await;
        }
    }

    /// The messages until the end; then UNAUTHENTICATED as the last item.
    pub(crate) fn bound<T: Send + 'static>(
        self,
        messages: impl Stream<Item = Result<T, Status>> + Send + 'static,
    ) -> impl Stream<Item = Result<T, Status>> + Send + 'static {
        stream! {
            let mut messages = std::pin::pin!(messages);
            let mut over = std::pin::pin!(self.over());
            loop {
                tokio::select! {
                    biased;
                    expired = &mut over => {
                        yield Err(expired);
                        return;
                    }
                    message = messages.next() => match message {
                        Some(message) => yield message,
                        None => return,
                    },
                }
            }
        }
    }
}
