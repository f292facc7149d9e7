//! The call itself: from an HTTP request that found its route to the answer.

use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use http::request::Parts;
use platform::upstream::Vouched;
use prost_reflect::DynamicMessage;
use tokio::sync::oneshot;
use tonic::Status;
use tonic::client::Grpc;
use tonic::metadata::MetadataValue;

use super::answer::{self, EVENTS, JSON, LINES};
use super::body;
use super::codec::{Dynamic, Outgoing};
use super::file;
use super::message;
use super::negotiate::{self, Language};
use super::problem::Problem;
use super::receipt;
use super::route::{Body, Exchange, Route};
use crate::identity::lifetime::Lifetime;
use crate::request_id::REQUEST_ID;
use crate::whole::{Ended, Lingering};

/// How long a stream may wait for its first message before its head goes out. A refusal within
/// this time has its own HTTP status.
const FIRST: Duration = Duration::from_secs(1);
/// Largest answer of a service, in bytes.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// Calls the RPC of `route` at `service`.
pub(crate) async fn call(
    service: Vouched,
    route: &Route,
    values: Vec<String>,
    lifetime: Lifetime,
    request: Request,
) -> Result<Response, Problem> {
    let offers: &[&'static str] = match &route.exchange {
        Exchange::Unary | Exchange::File(_) => &[JSON],
        Exchange::Answers => &[LINES, EVENTS],
        // A file has the type that it has.
        Exchange::Download => &[],
    };
    let media_type = match negotiate::media_type(request.headers(), offers) {
        None if !offers.is_empty() => return Err(Problem::not_acceptable(offers)),
        chosen => chosen,
    };
    let (head, incoming) = request.into_parts();
    let query = head.uri.query().unwrap_or_default();
    if let Exchange::File(field) = &route.exchange {
        let kind =
            body::media_type(&head.headers).ok_or_else(|| Problem::unsupported_media_type(&["text/csv"]))?;
        let first = message::build(route, values, query, None)?;
        let (tell, broken) = oneshot::channel();
        let ended = Ended::default();
        let messages = file::messages(first, field.clone(), kind, incoming, tell, ended.clone());
        return upload(service, route, &head, messages, broken, ended).await;
    }
    let json = match route.body {
        Body::None => None,
        Body::Whole | Body::Field(_) => body::json(&head.headers, incoming).await?,
    };
    let message = message::build(route, values, query, json)?;
    let mut request = tonic::Request::new(Ok(message));
    take_along(&head.headers, request.metadata_mut());
    if let (Exchange::Answers, Some(media_type)) = (&route.exchange, media_type) {
        return stream(service, route, request, media_type, Language::of(&head.headers), lifetime).await;
    }
    request.set_timeout(route.shape.limit());
    let mut client = client(service);
    let answer = tokio::time::timeout(route.shape.limit(), async {
        client.ready().await.map_err(unreachable)?;
        client
            .unary(request, route.path.clone(), Dynamic::new(route.rpc.output()))
            .await
            .map_err(Problem::from)
    });
    let answer = answer.await.map_err(|_| Problem::deadline())??;
    if route.exchange == Exchange::Download {
        return answer::file(&answer);
    }
    Ok(with_receipt(answer::one(answer.get_ref())?, receipt::of(answer.metadata())))
}

fn with_receipt(mut response: Response, receipt: HeaderMap) -> Response {
    response.headers_mut().extend(receipt);
    response
}

async fn upload(
    service: Vouched,
    route: &Route,
    head: &Parts,
    messages: impl Stream<Item = Outgoing> + Send + 'static,
    mut broken: oneshot::Receiver<Problem>,
    ended: Ended,
) -> Result<Response, Problem> {
    let mut request = tonic::Request::new(messages);
    take_along(&head.headers, request.metadata_mut());
    request.set_timeout(route.shape.limit());
    let mut client = client(service);
    let (path, codec) = (route.path.clone(), Dynamic::new(route.rpc.output()));
    let call = async move {
        client.ready().await.map_err(unreachable)?;
        client.client_streaming(request, path, codec).await.map_err(Problem::from)
    };
    let answer = tokio::time::timeout(route.shape.limit(), Lingering::new(call, ended)).await;
    // What became of the file says more than what the service made of that.
    if let Ok(problem) = broken.try_recv() {
        return Err(problem);
    }
    answer::one(answer.map_err(|_| Problem::deadline())??.get_ref())
}

async fn stream(
    service: Vouched,
    route: &Route,
    request: tonic::Request<Outgoing>,
    media_type: &'static str,
    language: Language,
    lifetime: Lifetime,
) -> Result<Response, Problem> {
    let mut client = client(service);
    let codec = Dynamic::new(route.rpc.output());
    let answer = tokio::time::timeout(route.shape.limit(), async {
        client.ready().await.map_err(unreachable)?;
        client.server_streaming(request, route.path.clone(), codec).await.map_err(Problem::from)
    });
    let answer = answer.await.map_err(|_| Problem::deadline())??;
    let receipt = receipt::of(answer.metadata());
    let mut messages = answer.into_inner();
    let first: Option<Result<DynamicMessage, Status>> =
        match tokio::time::timeout(FIRST, messages.next()).await {
            Ok(Some(Err(refusal))) => return Err(refusal.into()),
            Ok(first) => first,
            Err(_) => None,
        };
    let messages = lifetime.bound(futures_util::stream::iter(first).chain(messages));
    let response = if media_type == EVENTS {
        answer::events(messages, language)
    } else {
        answer::lines(messages, language)
    };
    Ok(with_receipt(response, receipt))
}

fn client(service: Vouched) -> Grpc<Vouched> {
    Grpc::new(service).max_decoding_message_size(LARGEST_ANSWER)
}

/// The service is not there.
fn unreachable(error: tower::BoxError) -> Problem {
    platform::status::Failure::unavailable(&*error).into()
}

fn take_along(headers: &HeaderMap, metadata: &mut tonic::metadata::MetadataMap) {
    let id = headers.get(REQUEST_ID).and_then(|id| MetadataValue::try_from(id.as_bytes()).ok());
    if let Some(id) = id {
        metadata.insert("x-request-id", id);
    }
}
