//! How managers and pools are doing, as it goes out to JavaScript.

#[cfg(feature = "binding")]
use napi_derive::napi;

use super::answers::whole_millis;
use crate::manager::Status;
use crate::pool::Census;
use crate::telemetry::Counters;

#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeStatus {
    pub state: String,
    pub source: Option<String>,
    pub expires_at: Option<f64>,
    pub refresh_at: Option<f64>,
    pub saved_at: Option<f64>,
    pub location: Option<String>,
    pub renewing: bool,
    pub scopes: Vec<String>,
    pub clock_skew_ms: Option<f64>,
    pub recent: Vec<NativeRenewal>,
    pub last_error: Option<NativeLastError>,
    pub counters: NativeCounters,
}

#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeRenewal {
    pub at: f64,
    pub how: String,
    pub duration_ms: f64,
    pub error: Option<String>,
}

#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeLastError {
    pub code: String,
    pub message: String,
    pub at: f64,
}

/// How the accounts of a pool are doing.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeCensus {
    pub accounts: u32,
    pub empty: u32,
    pub valid: u32,
    pub expiring: u32,
    pub expired: u32,
    pub counters: NativeCounters,
}

/// How often what has happened.
#[cfg_attr(feature = "binding", napi(object, object_from_js = false))]
#[cfg_attr(feature = "wasm", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct NativeCounters {
    pub logins: f64,
    pub refreshes: f64,
    pub failures: f64,
    pub store_hits: f64,
    pub invalidations: f64,
}

impl From<Status> for NativeStatus {
    fn from(status: Status) -> Self {
        let telemetry = status.telemetry;
        Self {
            state: status.state.as_str().to_owned(),
            source: status.source.map(|source| source.as_str().to_owned()),
            expires_at: status.expires_at.map(|at| at as f64),
            refresh_at: status.refresh_at.map(|at| at as f64),
            saved_at: status.saved_at.map(|at| at as f64),
            location: status.location,
            renewing: status.renewing,
            scopes: status.scopes,
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
            counters: (&telemetry.counters).into(),
        }
    }
}

impl NativeCensus {
    pub(crate) fn of(accounts: usize, census: &Census, counters: &Counters) -> Self {
        let count = |accounts: usize| u32::try_from(accounts).unwrap_or(u32::MAX);
        Self {
            accounts: count(accounts),
            empty: count(census.empty),
            valid: count(census.valid),
            expiring: count(census.expiring),
            expired: count(census.expired),
            counters: counters.into(),
        }
    }
}

impl From<&Counters> for NativeCounters {
    fn from(counters: &Counters) -> Self {
        Self {
            logins: counters.logins as f64,
            refreshes: counters.refreshes as f64,
            failures: counters.failures as f64,
            store_hits: counters.store_hits as f64,
            invalidations: counters.invalidations as f64,
        }
    }
}
