//! Sends requests through the user's own fetch: their agent, their mocks.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Host, Kind, NoAnswer};
use crate::face::time::within;
use crate::json::shape;
use crate::redaction::excerpt;
use crate::transport::{
    BODY_LIMIT, ERROR_BODY_LIMIT, Headers, Lost, LostReason, Request, Response, Transport, USER_AGENT, too_large,
};

/// The `fetch` option of one manager.
#[derive(Debug)]
pub(crate) struct FetchTransport {
    manager: u32,
    host: Arc<Host>,
}

/// What fetch is called with, and how much of an answer is read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    url: &'a str,
    method: &'static str,
    headers: Vec<(&'a str, &'a str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    /// Bytes of a good answer.
    limit: usize,
    /// Bytes of any other.
    error_limit: usize,
    /// Milliseconds for the page of an error: less than there are for the whole, so that its status still gets here.
    error_ms: u64,
}

/// What came back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Came {
    status: u16,
    date: Option<String>,
    age: Option<String>,
    retry_after: Option<String>,
    location: Option<String>,
    /// Absent when it was too large.
    body: Option<SecretString>,
}

impl FetchTransport {
    pub(crate) fn new(manager: u32, host: Arc<Host>) -> Self {
        Self { manager, host }
    }
}

impl Transport for FetchTransport {
    fn send(&self, request: Request, timeout: Duration) -> Boxed<Result<Response, Lost>> {
        let (manager, host) = (self.manager, Arc::clone(&self.host));
        Box::pin(async move {
            request.leave().await?;
            let asking = host.ask(manager, Kind::Fetch, call(&request, timeout));
            match within(timeout, asking).await {
                Some(Ok(text)) => response(text.unwrap_or_default()),
                Some(Err(NoAnswer::Thrown(number, thrown))) => {
                    let causes: Vec<String> =
                        thrown.messages.iter().map(|message| excerpt(message, &request.secrets)).collect();
                    Err(lost(LostReason::Network, causes.last().cloned().unwrap_or_default(), causes, Some(number)))
                }
                Some(Err(NoAnswer::Gone)) => {
                    Err(lost(LostReason::Gone, "the thread of its fetch has ended".to_owned(), Vec::new(), None))
                }
                None => {
                    let summary = format!("no complete answer within {} ms", timeout.as_millis());
                    Err(lost(LostReason::Timeout, summary, Vec::new(), None))
                }
            }
        })
    }
}

fn call(request: &Request, timeout: Duration) -> SecretString {
    let body = request.body.parts();
    let mut headers = vec![("accept", "application/json"), ("user-agent", USER_AGENT)];
    headers.extend(body.map(|(media_type, _)| ("content-type", media_type)));
    headers.extend(request.authorization.as_ref().map(|value| ("authorization", value.expose_secret())));
    headers.extend(request.headers.iter().map(|(name, value)| (name.as_str(), value.expose_secret())));
    let call = Call {
        url: &request.url,
        method: if body.is_some() { "POST" } else { "GET" },
        headers,
        body: body.map(|(_, text)| text.expose_secret()),
        limit: BODY_LIMIT,
        error_limit: ERROR_BODY_LIMIT,
        error_ms: u64::try_from((timeout / 2).as_millis()).unwrap_or(u64::MAX),
    };
    // Strings and numbers are always JSON.
    serde_json::to_string(&call).unwrap_or_default().into()
}

fn response(text: SecretString) -> Result<Response, Lost> {
    let unreadable =
        |_| lost(LostReason::Network, "its fetch gave no answer that can be read".to_owned(), Vec::new(), None);
    let came: Came = shape::read(text.expose_secret()).map_err(unreadable)?;
    let Came { status, date, age, retry_after, location, body } = came;
    let body = body.ok_or_else(too_large)?;
    Ok(Response { status, headers: Headers { date, age, retry_after, location }, body })
}

fn lost(reason: LostReason, summary: String, causes: Vec<String>, thrown: Option<u32>) -> Lost {
    Lost { reason, summary, hint: None, causes, thrown }
}
