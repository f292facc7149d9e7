//! A file as the body of a request: it goes to the service in pieces as it comes in, and is never
//! whole in memory.

use axum::body::Body;
use bytes::{Buf, Bytes, BytesMut};
use futures_util::Stream;
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, ReflectMessage, Value};
use tokio::sync::oneshot;
use tonic::Status;

use super::body::piece;
use super::codec::Outgoing;
use super::problem::Problem;
use crate::whole::Ended;

/// Most bytes of the file in one message.
const LARGEST: usize = 256 * 1024;
/// Fewer bytes than this wait for more, so that a file in crumbs does not become a million messages.
const SMALLEST: usize = 64 * 1024;

/// The messages of an upload: `first` with the first piece of the file in `field`, then the other
/// pieces. There is always one message, also for an empty file.
///
/// When the body breaks off the last item is an error, since an end would say that the file is
/// complete, and `broken` is told why. `ended` is told of a good end.
pub(crate) fn messages(
    first: DynamicMessage,
    field: FieldDescriptor,
    media_type: String,
    mut body: Body,
    broken: oneshot::Sender<Problem>,
    ended: Ended,
) -> impl Stream<Item = Outgoing> + Send + 'static {
    async_stream::stream! {
        let kind = first.descriptor();
        let mut message = Some((first, media_type));
        let mut waiting = BytesMut::new();
        loop {
            let piece = match piece(&mut body).await {
                Ok(piece) => piece,
                Err(problem) => {
                    // Nobody listens when the call is over already.
                    drop(broken.send(problem));
                    yield Err(Status::aborted("the file broke off"));
                    return;
                }
            };
            let end = piece.is_none();
            waiting.extend_from_slice(&piece.unwrap_or_default());
            while waiting.len() >= SMALLEST || (end && (waiting.has_remaining() || message.is_some())) {
                let data = waiting.split_to(waiting.len().min(LARGEST)).freeze();
                let (message, media_type) = message.take().unwrap_or_else(|| (DynamicMessage::new(kind.clone()), String::new()));
                yield Ok(with_piece(message, &field, media_type, data));
            }
            if end {
                ended.tell();
                break;
            }
        }
    }
}

fn with_piece(
    mut message: DynamicMessage,
    field: &FieldDescriptor,
    media_type: String,
    data: Bytes,
) -> DynamicMessage {
    if let Some(kind) = field.kind().as_message() {
        message.set_field(field, Value::Message(http_body(kind, media_type, data)));
    }
    message
}

/// A google.api.HttpBody.
fn http_body(kind: &MessageDescriptor, media_type: String, data: Bytes) -> DynamicMessage {
    let mut body = DynamicMessage::new(kind.clone());
    if !media_type.is_empty() {
        body.set_field_by_name("content_type", Value::String(media_type));
    }
    body.set_field_by_name("data", Value::Bytes(data));
    body
}
