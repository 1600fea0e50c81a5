//! What a callback threw. A `TokenError` says what kind of failure it is; anything else may be over in a moment.

use std::fmt;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::HostLogin;
use crate::error::{Code, Failure};
use crate::json::shape;
use crate::provider::{Answer, Provider};
use crate::transport::Response;

/// What was thrown, in words. The thing itself stays with the host.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Thrown {
    /// The number under which the host keeps it.
    pub number: u32,
    /// Its message and those of its causes, outermost first.
    pub messages: Vec<String>,
    /// The code of a `TokenError`.
    pub code: Option<String>,
    /// And its HTTP status.
    pub status: Option<u16>,
    /// And for how long it says to stay away, in milliseconds.
    pub retry_after_ms: Option<f64>,
}

impl Thrown {
    /// As an answer to an errand.
    pub fn response(&self) -> Response {
        let body = serde_json::to_string(self).unwrap_or_default().into();
        Response { status: 500, body, ..Response::default() }
    }
}

/// Without its words, which may say anything: only a failure has them, clean. A code that is none of ours is words, too.
impl fmt::Debug for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thrown")
            .field("number", &self.number)
            .field("messages", &self.messages.len())
            .field("code", &self.code.as_deref().map(|code| Code::of(code).map_or("[redacted]", Code::as_str)))
            .field("status", &self.status)
            .field("retry_after_ms", &self.retry_after_ms)
            .finish()
    }
}

pub(super) fn failure(login: &HostLogin, answer: &Answer<'_>) -> Failure {
    let thrown: Thrown = shape::read(answer.response.body.expose_secret()).unwrap_or_default();
    let told = thrown.code.as_deref().and_then(Code::of);
    let code = told.unwrap_or(Code::ServerError);
    let words = answer.excerpt(&thrown.messages.join(": "));
    let detail = if words.is_empty() { words } else { format!(" ({words})") };
    let failure = login.failure(code, answer.step, &format!("threw{detail}"), "");
    let failure = match (told, thrown.status) {
        (Some(_), Some(status)) => failure.with_status(status),
        _ => failure,
    };
    let wait = thrown.retry_after_ms.and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok());
    failure
        .with_retry_after(wait.filter(|_| told.is_some()))
        .caused_by(thrown.messages.iter().map(|message| answer.excerpt(message)).collect())
        .thrown_as(Some(thrown.number))
}
