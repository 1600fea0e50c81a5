//! What the scripted server answers.

use serde_json::{Value, json};
use tokenkeep::transport::{Headers, Lost, LostReason, Response};

/// One answer, or the lack of one.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) ending: Result<Response, Lost>,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self { ending: Ok(Response { status, headers: Headers::default(), body: body.into() }) }
    }

    pub fn lost(reason: LostReason, summary: &str) -> Self {
        let causes = vec!["tcp connect error".to_owned(), "os error 111".to_owned()];
        Self { ending: Err(Lost { reason, summary: summary.to_owned(), hint: None, causes, thrown: None }) }
    }

    pub fn connection_refused() -> Self {
        Self::lost(LostReason::Network, "connection refused")
    }

    /// PostgreSQL is down (contract, section 6).
    pub fn server_error() -> Self {
        Self::text(500, "<!doctype html><html><head><title>Server Error (500)</title></head></html>")
    }

    pub fn wrong_password() -> Self {
        let detail = "No active account found with the given credentials.";
        Self::json(401, &json!({ "error": "ERROR_INVALID_CREDENTIALS", "detail": detail }))
    }

    pub fn refused_refresh_token() -> Self {
        let detail = "Refresh token is expired or invalid.";
        Self::json(401, &json!({ "error": "ERROR_INVALID_REFRESH_TOKEN", "detail": detail }))
    }

    /// What a login brings since 1.13 (contract, section 1).
    pub fn session(access: &str, refresh: &str) -> Self {
        Self::json(200, &session(access, refresh))
    }

    /// What a refresh brings: no refresh token (contract, section 2).
    pub fn refreshed(access: &str) -> Self {
        Self::json(200, &json!({ "token": access, "access_token": access, "user": user(), "permissions": [] }))
    }

    /// What a login or a refresh brings up to 1.12: one token (contract, section 8).
    pub fn legacy(token: &str) -> Self {
        Self::json(201, &json!({ "token": token, "user": { "first_name": "Alice", "username": "alice@example.com" } }))
    }

    pub fn with(mut self, change: impl FnOnce(&mut Headers)) -> Self {
        if let Ok(response) = &mut self.ending {
            change(&mut response.headers);
        }
        self
    }

    /// With a Date header; `seconds` since the epoch.
    pub fn dated(self, seconds: i64) -> Self {
        self.with(|headers| headers.date = Some(http_date(seconds)))
    }

    pub fn retry_after(self, value: &str) -> Self {
        self.with(|headers| headers.retry_after = Some(value.to_owned()))
    }
}

/// A whole success of token-auth, as 1.35.3 gives it.
pub fn session(access: &str, refresh: &str) -> Value {
    json!({
        "token": access,
        "access_token": access,
        "refresh_token": refresh,
        "user_session": "eyJ1c2VyX2lkIjoyfQ:1vK0aB:5gkz1dQ",
        "user": user(),
        "permissions": [{ "name": "core", "operations": [] }],
        "user_notifications": { "unread_count": 0 },
        "active_licenses": { "instance_wide": {}, "per_workspace": {} },
    })
}

fn user() -> Value {
    json!({ "first_name": "Alice", "username": "alice@example.com", "is_staff": false, "id": 2, "language": "en" })
}

pub fn http_date(seconds: i64) -> String {
    let seconds = std::time::Duration::from_secs(u64::try_from(seconds).unwrap());
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + seconds)
}
