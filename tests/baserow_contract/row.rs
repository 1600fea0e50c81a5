//! One row of the contract: an answer of the server to a step of ours, and what it has to mean.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokenkeep::error::{Code, Failure};
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::{Answer, Grant, Provider, Reply, Step};
use tokenkeep::transport::{Headers, Response};

use crate::stage::{BASE_URL, EMAIL, HOST, PASSWORD};

/// 2026-11-20, about when the contract was observed.
const RECEIVED_AT: i64 = 1_795_210_820_000;

pub(super) struct Row {
    name: String,
    step: Step,
    response: Response,
    meaning: Meaning,
}

/// What the answer has to mean.
pub(super) enum Meaning {
    Granted { access: &'static str, refresh: Option<&'static str> },
    Ticket(&'static str),
    Done,
    Failed { code: Code, status: u16, transient: bool, retry_after: Option<u64>, start: String, shows: Vec<String> },
}

pub(super) fn granted(access: &'static str, refresh: Option<&'static str>) -> Meaning {
    Meaning::Granted { access, refresh }
}

/// The server's own status is passed on.
pub(super) fn failed(code: Code, status: u16) -> Meaning {
    Meaning::Failed { code, status, transient: false, retry_after: None, start: String::new(), shows: Vec::new() }
}

pub(super) fn rejected(status: u16) -> Meaning {
    failed(Code::InvalidCredentials, status)
}

/// A success without a token in it.
pub(super) fn no_token() -> Meaning {
    failed(Code::BadResponse, 502).starting("BRIDGE_BASEROW_AUTH_FAILED: response missing token field")
}

impl Meaning {
    /// The same request may succeed in a moment.
    pub(super) fn transient(mut self) -> Self {
        if let Meaning::Failed { transient, .. } = &mut self {
            *transient = true;
        }
        self
    }

    pub(super) fn after(mut self, seconds: u64) -> Self {
        if let Meaning::Failed { retry_after, .. } = &mut self {
            *retry_after = Some(seconds);
        }
        self
    }

    /// How the message begins, where not with the step and the status that was returned.
    pub(super) fn starting(mut self, words: &str) -> Self {
        if let Meaning::Failed { start, .. } = &mut self {
            words.clone_into(start);
        }
        self
    }

    /// What the message has to contain.
    pub(super) fn showing(mut self, words: &str) -> Self {
        if let Meaning::Failed { shows, .. } = &mut self {
            shows.push(words.to_owned());
        }
        self
    }
}

pub(super) fn row(name: &str, step: Step, status: u16, body: &Value, meaning: Meaning) -> Row {
    text_row(name, step, status, &body.to_string(), meaning)
}

pub(super) fn text_row(name: &str, step: Step, status: u16, body: &str, meaning: Meaning) -> Row {
    let response = Response { status, headers: Headers::default(), body: body.into() };
    Row { name: name.to_owned(), step, response, meaning }
}

impl Row {
    pub(super) fn with(mut self, change: impl FnOnce(&mut Headers)) -> Self {
        change(&mut self.response.headers);
        self
    }

    fn check(&self) -> Result<(), String> {
        let baserow = baserow();
        let secrets = [SecretString::from(PASSWORD)];
        let answer = Answer { step: self.step, response: &self.response, received_at: RECEIVED_AT, secrets: &secrets };
        match (baserow.read(&answer), &self.meaning) {
            (Ok(Reply::Granted(grant)), Meaning::Granted { access, refresh }) => same_grant(&grant, access, *refresh),
            (Ok(Reply::SecondFactor(ticket)), Meaning::Ticket(expected)) if ticket.expose_secret() == *expected => {
                Ok(())
            }
            (Ok(Reply::Done), Meaning::Done) => Ok(()),
            (Err(failure), Meaning::Failed { .. }) => self.same_failure(&failure),
            (Ok(reply), _) => Err(format!("read as {reply:?}")),
            (Err(failure), _) => Err(format!("failed: {failure}")),
        }
    }

    fn same_failure(&self, failure: &Failure) -> Result<(), String> {
        let Meaning::Failed { code, status, transient, retry_after, start, shows } = &self.meaning else {
            return Err("a failure".to_owned());
        };
        let found = (failure.code, failure.status, failure.is_transient(), failure.retry_after.map(|it| it.as_secs()));
        let expected = (*code, *status, *transient, *retry_after);
        if found != expected {
            return Err(format!("{found:?} instead of {expected:?}: {failure}"));
        }
        let by_status = format!("BRIDGE_BASEROW_AUTH_FAILED: {} returned {}", self.step.as_str(), self.response.status);
        let start = if start.is_empty() { &by_status } else { start };
        if !failure.message.starts_with(start.as_str()) {
            return Err(format!("does not start with {start:?}: {failure}"));
        }
        let whom = format!("for {EMAIL} at {HOST}");
        match shows.iter().chain([&whom]).find(|words| !failure.message.contains(words.as_str())) {
            Some(words) => Err(format!("does not show {words:?}: {failure}")),
            None => Ok(()),
        }
    }
}

fn same_grant(grant: &Grant, access: &str, refresh: Option<&str>) -> Result<(), String> {
    let found = (grant.token.expose_secret(), grant.refresh_token.as_ref().map(ExposeSecret::expose_secret));
    if found == (access, refresh) { Ok(()) } else { Err(format!("granted {found:?}")) }
}

pub(super) fn baserow() -> Baserow {
    Baserow::new(BASE_URL, EMAIL, SecretString::from(PASSWORD))
}

/// All rows are judged before any is reported, each by its name.
#[track_caller]
pub(super) fn check(rows: &[Row]) {
    let broken: Vec<String> =
        rows.iter().filter_map(|row| row.check().err().map(|why| format!("{}: {why}", row.name))).collect();
    assert!(broken.is_empty(), "{} of {} rows:\n{}", broken.len(), rows.len(), broken.join("\n"));
}

/// The words of the failure that an answer is.
pub(super) fn message(step: Step, status: u16, body: &str) -> String {
    let response = Response { status, headers: Headers::default(), body: body.into() };
    let answer = Answer { step, response: &response, received_at: RECEIVED_AT, secrets: &[] };
    baserow().read(&answer).expect_err("a failure").message
}
