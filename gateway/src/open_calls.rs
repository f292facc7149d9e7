//! How many calls one caller may have open at once. A call is open until the last byte of its
//! answer has gone out, so that nobody can hold all the room there is with calls that never end.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;

use crate::limiter::{Key, overloaded};

/// The calls under way, by caller.
#[derive(Clone, Debug, Default)]
struct Open(Arc<Mutex<HashMap<String, u32>>>);

/// Counts the calls under way.
#[derive(Debug)]
pub(crate) struct OpenCalls {
    per_caller: u32,
    per_address: u32,
    open: Open,
}

/// One call under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    key: String,
    open: Open,
}

impl OpenCalls {
    /// At most `per_caller` for a caller with credentials and `per_address` for an address
    /// without; no limit when 0.
    pub(crate) fn new(per_caller: u32, per_address: u32) -> Self {
        Self { per_caller, per_address, open: Open::default() }
    }

    /// Counts a call until the permit is dropped. Callers that cannot be told apart are not counted.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED when the caller has too many open.
    pub(crate) fn enter(&self, key: Option<&Key>) -> Result<Option<Permit>, Status> {
        let Some(key) = key else {
            return Ok(None);
        };
        let most = if key.is_address { self.per_address } else { self.per_caller };
        if most == 0 {
            return Ok(None);
        }
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(key.name.clone()).or_insert(0);
        if *count >= most {
            return Err(overloaded(
                std::time::Duration::from_secs(1),
                "you have too many calls open; let some of them end and try again",
                "u heeft te veel verzoeken tegelijk open; laat er eerst een paar klaar zijn",
            ));
        }
        *count += 1;
        Ok(Some(Permit { key: key.name.clone(), open: self.open.clone() }))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}

/// The answer, which holds the permit until its end.
pub(crate) fn held(response: Response, permit: Option<Permit>) -> Response {
    match permit {
        None => response,
        Some(permit) => response.map(|body| Body::new(Held { body, _permit: permit })),
    }
}

struct Held {
    body: Body,
    _permit: Permit,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, is_address: bool) -> Key {
        Key { name: name.to_owned(), is_address }
    }

    #[test]
    fn a_caller_has_so_many_calls_open_and_others_are_not_in_its_way() {
        let calls = OpenCalls::new(2, 1);
        let (weller, address) = (key("weller", false), key("192.0.2.1", true));
        let first = calls.enter(Some(&weller)).expect("room");
        let _second = calls.enter(Some(&weller)).expect("room");
        calls.enter(Some(&weller)).expect_err("a third");
        let _one = calls.enter(Some(&address)).expect("room");
        calls.enter(Some(&address)).expect_err("a second without credentials");
        drop(first);
        calls.enter(Some(&weller)).expect("room again");
        assert!(calls.enter(None).expect("not counted").is_none());
    }

    #[test]
    fn callers_without_open_calls_take_no_memory() {
        let calls = OpenCalls::new(2, 2);
        for number in 0..1000 {
            calls.enter(Some(&key(&number.to_string(), true))).expect("room");
        }
        assert!(calls.open.0.lock().expect("the calls").is_empty());
    }
}
