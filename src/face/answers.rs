//! The shapes that go out to JavaScript.

use std::time::Duration;

#[cfg(feature = "binding")]
use napi_derive::napi;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Failure;
use crate::manager::{Attempt, Demand, Look, Outcome};
use crate::session::AccessToken;

/// What came of an operation.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct Settled {
    pub operation: u32,
    /// The token for whoever takes any live one.
    pub token: Option<String>,
    /// Set when the operation failed; a token beside it is for those who take a live one instead.
    pub failure: Option<NativeFailure>,
    pub generation: u32,
    /// Where the token came from or what was tried last; absent when nothing was.
    pub how: Option<String>,
    /// Why the flight began; absent when it was not this operation that began it.
    pub cause: Option<String>,
    /// It answers those who want a new token whatever there is.
    pub renewed: bool,
    pub at: f64,
    pub duration_ms: f64,
    pub expires_at: Option<f64>,
    /// Absent when nothing was tried.
    pub attempts: Option<Vec<NativeAttempt>>,
    pub dropped_lines: u32,
}

/// How a call for a renewal began.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeDeparture {
    /// It has brought a token already.
    pub brought: bool,
    /// Why a flight was begun, if one was.
    pub cause: Option<String>,
}

/// Whose tokens they are, and from where.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeWhose {
    pub account: String,
    pub host: String,
    pub provider: String,
}

/// One try within a renewal.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeAttempt {
    pub how: String,
    pub duration_ms: f64,
    pub error: Option<String>,
}

#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeFailure {
    pub code: String,
    pub status: u32,
    pub message: String,
    pub retry_after_ms: Option<f64>,
    pub causes: Vec<String>,
    /// The number of the question that was answered by throwing, where that is what went wrong underneath.
    pub thrown: Option<u32>,
    /// The failure that this one follows from, if any.
    pub after: Option<Vec<NativeFailure>>,
}

/// A log line on its way to a logger.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeLine {
    pub level: String,
    pub message: String,
    /// A JSON object.
    pub fields: String,
}

/// By which number letters name a manager, and where its cell lies.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativePlace {
    pub manager: u32,
    pub block: u32,
    pub slot: u32,
}

#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeLook {
    pub generation: u32,
    /// For how long the token may be served; 0 once callers have to wait.
    pub fresh_for_ms: f64,
    /// How long until there may be something else to do than to serve it.
    pub look_in_ms: f64,
    /// It is time to renew it aside.
    pub due: bool,
    pub token: Option<String>,
}

/// What the session has for a narrower audience: its token, a failure where a renewal has just not brought one, or nothing.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[derive(Default)]
pub struct NativeScoped {
    pub token: Option<String>,
    pub failure: Option<NativeFailure>,
}

impl Settled {
    pub(crate) fn of_flight(operation: u32, outcome: Outcome) -> Self {
        let failure = outcome.result.as_ref().err().map(NativeFailure::from);
        let (generation, how, at, duration) = (outcome.generation, outcome.how, outcome.at, outcome.duration);
        let attempts: Vec<_> = outcome.attempts.iter().map(NativeAttempt::from).collect();
        let (renewed, cause) = (outcome.renewed, outcome.cause);
        let token = outcome.for_demand(Demand::Fresh).ok();
        Self {
            operation,
            token: token.as_deref().map(plain),
            failure,
            generation,
            how: how.map(|how| how.as_str().to_owned()),
            cause: cause.map(|cause| cause.as_str().to_owned()),
            renewed,
            at: at as f64,
            duration_ms: whole_millis(duration),
            expires_at: token.map(|token| token.life.expires_at() as f64),
            attempts: (!attempts.is_empty()).then_some(attempts),
            dropped_lines: 0,
        }
    }

    /// Of an operation that brings a text, such as an export.
    pub(crate) fn with_text(operation: u32, text: Result<SecretString, Failure>) -> Self {
        let settled = Self::of(operation, text.as_ref().err());
        Self { token: text.ok().map(|text| text.expose_secret().to_owned()), ..settled }
    }

    /// Of an operation that brings no token.
    pub(crate) fn of(operation: u32, failure: Option<&Failure>) -> Self {
        Self {
            operation,
            token: None,
            failure: failure.map(NativeFailure::from),
            generation: 0,
            how: None,
            cause: None,
            renewed: false,
            at: 0.0,
            duration_ms: 0.0,
            expires_at: None,
            attempts: None,
            dropped_lines: 0,
        }
    }
}

impl From<&Attempt> for NativeAttempt {
    fn from(attempt: &Attempt) -> Self {
        Self {
            how: attempt.how.as_str().to_owned(),
            duration_ms: whole_millis(attempt.duration),
            error: attempt.error.map(|error| error.as_str().to_owned()),
        }
    }
}

impl From<&Failure> for NativeFailure {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code.as_str().to_owned(),
            status: failure.status.into(),
            message: failure.message.clone(),
            retry_after_ms: failure.retry_after.map(whole_millis),
            causes: failure.causes.to_vec(),
            thrown: failure.thrown,
            // In a list, because a shape cannot hold itself.
            after: failure.after.as_deref().map(|after| vec![after.into()]),
        }
    }
}

impl NativeLook {
    /// Without the token, if it is the one of the generation that the caller knows already.
    pub(crate) fn unless_known(Look { generation, token, fresh_for, look_in, due }: Look, known: i32) -> Self {
        let news = i64::from(generation) != i64::from(known);
        let token = token.filter(|_| news).map(|token| token.expose_secret().to_owned());
        Self { generation, fresh_for_ms: millis(fresh_for), look_in_ms: millis(look_in), due, token }
    }
}

impl NativeScoped {
    pub(crate) fn granted(token: &SecretString) -> Self {
        Self { token: Some(token.expose_secret().to_owned()), failure: None }
    }

    pub(crate) fn refused(failure: &Failure) -> Self {
        Self { token: None, failure: Some(failure.into()) }
    }
}

/// The guarantee of `secrecy` ends here: V8 keeps strings as it likes.
fn plain(token: &AccessToken) -> String {
    token.secret.expose_secret().to_owned()
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// For people and dashboards: a millisecond is fine enough.
pub(super) fn whole_millis(duration: Duration) -> f64 {
    duration.as_millis() as f64
}
