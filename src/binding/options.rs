//! The shapes that cross the boundary. `lib/` validates what a user wrote; these are what is left of it.

use std::time::Duration;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Failure;
use crate::manager::{Demand, Outcome, Status};
use crate::policy::Policy;
use crate::session::AccessToken;
use crate::transport::http::{HttpOptions, Proxying, Roots, Trust};

/// Everything a Baserow manager is made of. Times are milliseconds.
#[napi(object, object_to_js = false)]
pub struct NativeOptions {
    pub base_url: String,
    pub email: String,
    pub password: String,
    pub has_totp: bool,
    pub has_logger: bool,
    pub margin_ms: f64,
    pub ttl_ms: Option<f64>,
    pub timeout_ms: f64,
    pub deadline_ms: f64,
    pub serve_stale: bool,
    pub http: NativeHttp,
}

/// How to reach the server.
#[napi(object, object_to_js = false)]
pub struct NativeHttp {
    pub ca: Option<Vec<Uint8Array>>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub system_roots: bool,
    pub extra_ca_file: Option<String>,
    pub proxy: Option<String>,
    pub proxy_for_http: Option<String>,
    pub proxy_for_https: Option<String>,
    pub no_proxy: Option<String>,
}

/// What came of an operation.
#[napi(object, object_from_js = false)]
pub struct Settled {
    pub operation: u32,
    /// The token for whoever takes any live one.
    pub token: Option<String>,
    /// Set when the operation failed; a token beside it is for those who take a live one instead.
    pub failure: Option<NativeFailure>,
    pub generation: u32,
    /// `login`, `refresh`, or absent when nothing had to be done.
    pub how: Option<String>,
    pub at: f64,
    pub duration_ms: f64,
    pub expires_at: Option<f64>,
    pub dropped_lines: u32,
}

#[napi(object, object_from_js = false)]
pub struct NativeFailure {
    pub code: String,
    pub status: u32,
    pub message: String,
    pub retry_after_ms: Option<f64>,
    pub causes: Vec<String>,
}

/// A log line on its way to a logger.
#[napi(object, object_from_js = false)]
pub struct NativeLine {
    pub level: String,
    pub message: String,
    /// A JSON object.
    pub fields: String,
}

/// By which number letters name a manager, and where its cell lies.
#[napi(object, object_from_js = false)]
pub struct NativePlace {
    pub manager: u32,
    pub block: u32,
    pub slot: u32,
}

#[napi(object, object_from_js = false)]
pub struct NativeLook {
    pub generation: u32,
    pub fresh_for_ms: f64,
    pub token: Option<String>,
}

#[napi(object, object_from_js = false)]
pub struct NativeStatus {
    pub state: String,
    pub source: Option<String>,
    pub expires_at: Option<f64>,
    pub refresh_at: Option<f64>,
    pub renewing: bool,
    pub clock_skew_ms: Option<f64>,
    pub recent: Vec<NativeRenewal>,
    pub last_error: Option<NativeLastError>,
    pub logins: f64,
    pub refreshes: f64,
    pub failures: f64,
    pub invalidations: f64,
}

#[napi(object, object_from_js = false)]
pub struct NativeRenewal {
    pub at: f64,
    pub how: String,
    pub duration_ms: f64,
    pub error: Option<String>,
}

#[napi(object, object_from_js = false)]
pub struct NativeLastError {
    pub code: String,
    pub message: String,
    pub at: f64,
}

impl NativeOptions {
    pub(super) fn policy(&self) -> Policy {
        Policy {
            margin: duration(self.margin_ms),
            ttl: self.ttl_ms.map(duration),
            attempt: duration(self.timeout_ms),
            deadline: duration(self.deadline_ms),
            serve_stale: self.serve_stale,
            ..Policy::default()
        }
    }
}

impl NativeHttp {
    pub(super) fn options(self, base_url: &str) -> HttpOptions {
        let proxy = match (self.proxy, self.proxy_for_http, self.proxy_for_https) {
            (Some(proxy), _, _) => Proxying::Through(proxy),
            (None, None, None) => Proxying::Direct,
            (None, http, https) => Proxying::ByEnvironment { http, https, except: self.no_proxy },
        };
        let trust = Trust {
            ca: self.ca.unwrap_or_default().iter().map(|ca| ca.to_vec()).collect(),
            extra_ca_file: self.extra_ca_file.map(Into::into),
            identity: self.cert.zip(self.key.map(SecretString::from)),
            roots: if self.system_roots { Roots::System } else { Roots::Bundled },
        };
        let tls = base_url.to_ascii_lowercase().starts_with("https:") || proxy.needs_tls();
        HttpOptions { trust, proxy, tls }
    }
}

impl Settled {
    pub(super) fn of_flight(operation: u32, outcome: Outcome) -> Self {
        let failure = outcome.result.as_ref().err().map(NativeFailure::from);
        let (generation, how, at, duration) = (outcome.generation, outcome.how, outcome.at, outcome.duration);
        let token = outcome.for_demand(Demand::Fresh).ok();
        Self {
            operation,
            token: token.as_deref().map(plain),
            failure,
            generation,
            how: how.map(|how| how.as_str().to_owned()),
            at: at as f64,
            duration_ms: whole_millis(duration),
            expires_at: token.map(|token| token.life.expires_at() as f64),
            dropped_lines: 0,
        }
    }

    /// Of an operation that brings no token.
    pub(super) fn of(operation: u32, failure: Option<&Failure>) -> Self {
        Self {
            operation,
            token: None,
            failure: failure.map(NativeFailure::from),
            generation: 0,
            how: None,
            at: 0.0,
            duration_ms: 0.0,
            expires_at: None,
            dropped_lines: 0,
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
        }
    }
}

impl From<Status> for NativeStatus {
    fn from(status: Status) -> Self {
        let telemetry = status.telemetry;
        Self {
            state: status.state.as_str().to_owned(),
            source: status.source.map(|source| source.as_str().to_owned()),
            expires_at: status.expires_at.map(|at| at as f64),
            refresh_at: status.refresh_at.map(|at| at as f64),
            renewing: status.renewing,
            clock_skew_ms: telemetry.clock_skew.map(|skew| skew as f64),
            recent: telemetry
                .recent
                .iter()
                .map(|renewal| NativeRenewal {
                    at: renewal.at as f64,
                    how: renewal.how.as_str().to_owned(),
                    duration_ms: whole_millis(renewal.duration),
                    error: renewal.error.map(|code| code.as_str().to_owned()),
                })
                .collect(),
            last_error: telemetry.last_error.map(|(failure, at)| NativeLastError {
                code: failure.code.as_str().to_owned(),
                message: failure.message,
                at: at as f64,
            }),
            logins: telemetry.counters.logins as f64,
            refreshes: telemetry.counters.refreshes as f64,
            failures: telemetry.counters.failures as f64,
            invalidations: telemetry.counters.invalidations as f64,
        }
    }
}

/// The guarantee of `secrecy` ends here: V8 keeps strings as it likes.
fn plain(token: &AccessToken) -> String {
    token.secret.expose_secret().to_owned()
}

pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// For people and dashboards: a millisecond is fine enough.
fn whole_millis(duration: Duration) -> f64 {
    duration.as_millis() as f64
}

/// `lib/` refuses what is not finite or negative; a number that is too large is as good as for ever.
fn duration(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::from_secs(u64::from(u32::MAX)))
}
