//! What a callback gave: a `TokenSet`, or something that is none.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::HostLogin;
use crate::error::{Code, Failure};
use crate::json::shape::{self, Object};
use crate::json::{LAST_TIME, Scalar};
use crate::provider::{Answer, Grant, Provider, Reply, usable_token};
use crate::session::Scoped;
use crate::store::record::from_rfc3339;

/// A number below it counts seconds, whatever its name says.
const FIRST_MILLISECOND: f64 = 1e11;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenSet {
    #[serde(default)]
    token: Scalar,
    #[serde(default)]
    refresh_token: Scalar,
    #[serde(default)]
    expires_at: Scalar,
}

#[derive(Deserialize)]
struct Narrow<'a> {
    #[serde(borrow)]
    scoped: Option<Object<'a>>,
}

pub(super) fn granted(login: &HostLogin, answer: &Answer<'_>) -> Result<Reply, Failure> {
    let body = answer.response.body.expose_secret();
    let grant = grant(body, answer.received_at).map_err(|Garbage { field, why }| {
        let what = format!("gave no usable TokenSet: {field} {why},");
        login.failure(Code::BadResponse, answer.step, &what, "It is { token, refreshToken?, expiresAt?, scoped? }")
    })?;
    Ok(Reply::Granted(grant))
}

/// What is wrong, without a word of what was there.
struct Garbage {
    field: String,
    why: &'static str,
}

fn garbage(field: &str, why: &'static str) -> Garbage {
    Garbage { field: field.to_owned(), why }
}

fn grant(body: &str, received_at: i64) -> Result<Grant, Garbage> {
    // An array would be read as if its elements were the fields.
    let is_object = body.trim_start().starts_with('{');
    let set: TokenSet =
        shape::read(body).ok().filter(|_| is_object).ok_or_else(|| garbage("what it returned", "is not an object"))?;
    Ok(Grant {
        token: token("token", set.token)?.ok_or_else(|| garbage("token", "is missing"))?,
        refresh_token: refresh_token(set.refresh_token)?,
        lifetime: lifetime(&set.expires_at, received_at)?,
        scoped: scoped(body)?,
    })
}

fn token(field: &str, said: Scalar) -> Result<Option<SecretString>, Garbage> {
    match said {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) => {
            let usable = usable_token(text.expose_secret());
            usable.map(Some).ok_or_else(|| garbage(field, "cannot be sent in a header"))
        }
        Scalar::Number(_) | Scalar::Other => Err(garbage(field, "is not a string")),
    }
}

/// It is for the callbacks alone, so anything goes that is a text.
fn refresh_token(said: Scalar) -> Result<Option<SecretString>, Garbage> {
    match said {
        Scalar::Absent => Ok(None),
        Scalar::Text(text) => Ok(Some(text)),
        Scalar::Number(_) | Scalar::Other => Err(garbage("refreshToken", "is not a string")),
    }
}

fn lifetime(said: &Scalar, received_at: i64) -> Result<Option<Duration>, Garbage> {
    let at = match said {
        Scalar::Absent => return Ok(None),
        Scalar::Number(number) if number.abs() < FIRST_MILLISECOND => {
            return Err(garbage("expiresAt", "counts seconds, and has to count milliseconds"));
        }
        // `as` saturates.
        Scalar::Number(number) => (number.round() as i64).min(LAST_TIME),
        Scalar::Text(text) => {
            from_rfc3339(text.expose_secret()).ok_or_else(|| garbage("expiresAt", "is not an RFC 3339 time"))?
        }
        Scalar::Other => return Err(garbage("expiresAt", "is neither a number, nor a Date, nor a string")),
    };
    match u64::try_from(at.saturating_sub(received_at)) {
        Ok(left @ 1..) => Ok(Some(Duration::from_millis(left))),
        _ => Err(garbage("expiresAt", "has passed already")),
    }
}

fn scoped(body: &str) -> Result<Option<Scoped>, Garbage> {
    const NO_TABLE: &str = "is not an object of strings";
    let Narrow { scoped } = shape::read(body).map_err(|_| garbage("scoped", NO_TABLE))?;
    let Some(scoped) = scoped else { return Ok(None) };
    let mut tokens = Scoped::new();
    for (scope, said) in scoped.0 {
        let field = format!("scoped[{scope:?}]");
        let said = shape::read(said.get()).map_err(|_| garbage("scoped", NO_TABLE))?;
        tokens.insert(scope, token(&field, said)?.ok_or_else(|| garbage(&field, "is empty"))?);
    }
    Ok(Some(tokens))
}
