//! What the answers mean, row by row in `tests/json_login.rs`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::JsonLogin;
use super::places::{Clockwork, Place};
use crate::error::{Code, Failure};
use crate::json::{Pointer, Scalar, Time};
use crate::provider::{Answer, Grant, Provider, Reply, Step, usable_token, without_query};

pub(super) fn success(login: &JsonLogin, answer: &Answer<'_>) -> Result<Reply, Failure> {
    let body = answer.response.body.expose_secret();
    let whole = Pointer::parse("").and_then(|everything| everything.find(body));
    if whole.is_none() {
        let advice = format!("Is the {} right?", login.address(answer.step));
        return Err(login.no_token(answer, "the answer is no JSON", &advice));
    }
    let token =
        token(login, body).map_err(|why| login.no_token(answer, &why, "Set tokenPointer to where the token is"))?;
    let refresh_token = login.places.refresh_token.iter().find_map(|place| text(place.find(body)));
    let lifetime = lifetime(login, answer, body).map_err(|why| {
        let what = format!("returned {}, but {why}", answer.response.status);
        login.failure(Code::BadResponse, answer.step, &what, "")
    })?;
    Ok(Reply::Granted(Grant { token, refresh_token, lifetime, scoped: None }))
}

fn text(scalar: Scalar) -> Option<SecretString> {
    match scalar {
        Scalar::Text(text) => Some(text),
        _ => None,
    }
}

/// The token, or why there is none.
fn token(login: &JsonLogin, body: &str) -> Result<SecretString, String> {
    let mut unusable = None;
    for place in &login.places.token {
        match text(place.find(body)) {
            Some(token) => match usable_token(token.expose_secret()) {
                Some(token) => return Ok(token),
                None => unusable = Some(&place.name),
            },
            None => continue,
        }
    }
    if let Some(name) = unusable {
        return Err(format!("what is at {name} cannot be sent in a header"));
    }
    let names: Vec<&str> = login.places.token.iter().map(|place| place.name.as_str()).collect();
    Err(format!("there is no non-empty string at {}", names.join(" or ")))
}

/// What the answer says about the token's life, from receipt.
fn lifetime(login: &JsonLogin, answer: &Answer<'_>, body: &str) -> Result<Option<Duration>, String> {
    let headers = &answer.response.headers;
    let now = headers.server_time().unwrap_or(answer.received_at);
    for (meaning, place) in &login.places.lifetime {
        let said = place.find(body);
        let seconds = match meaning {
            Clockwork::Left => match (said.number(), said) {
                (Some(seconds), _) => Ok(Some(seconds)),
                (None, Scalar::Absent) => Ok(None),
                (None, _) => Err("no number of seconds"),
            },
            Clockwork::Until => match said.time() {
                Time::At(millis) => Ok(Some(millis.saturating_sub(now) as f64 / 1000.0)),
                Time::Unsaid => Ok(None),
                Time::Unreadable => Err("neither a number of seconds nor an RFC 3339 time"),
            },
        };
        match seconds {
            Ok(Some(seconds)) => return left(*meaning, place, seconds).map(Some),
            // A usual name may be used for something else; what the user points at may not.
            Err(why) if place.chosen => return Err(format!("what is at {} is {why}", place.name)),
            Ok(None) | Err(_) => {}
        }
    }
    Ok(None)
}

fn left(meaning: Clockwork, place: &Place, seconds: f64) -> Result<Duration, String> {
    if seconds > 0.0 {
        return Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let name = &place.name;
    Err(match meaning {
        Clockwork::Left => format!("by {name} the token has no time to live"),
        Clockwork::Until => format!("by {name} the token had already expired when it arrived"),
    })
}

pub(super) fn failure(login: &JsonLogin, answer: &Answer<'_>) -> Failure {
    let (status, step) = (answer.response.status, answer.step);
    let address = login.address(step);
    let (code, advice) = match status {
        300..=399 => (Code::BadResponse, format!("Redirects are not followed: is the {address} right?")),
        // 400 is how OAuth's kin reject: `invalid_grant`, `invalid_client` (RFC 6749 §5.2); and a body that lacks what the
        // server wants is not mended by asking again.
        400 | 401 | 403 if step == Step::Login => {
            (Code::InvalidCredentials, "Check the body and the headers that jsonLogin sends".to_owned())
        }
        400 | 401 | 403 => (Code::InvalidCredentials, String::new()),
        407 => {
            (Code::UnexpectedStatus, "The proxy wants a user and a password: put them into the proxy's URL".to_owned())
        }
        429 => (Code::RateLimited, String::new()),
        500..=599 => (Code::ServerError, String::new()),
        _ => (Code::UnexpectedStatus, format!("Usually the {address} is wrong")),
    };
    let body = answer.response.body.expose_secret();
    let words = match &answer.response.headers.location {
        Some(location) if code == Code::BadResponse => format!("to {}", answer.excerpt(without_query(location))),
        _ => answer.excerpt(body),
    };
    let detail = if words.is_empty() { words } else { format!(" ({words})") };
    let passed_on = if code == Code::BadResponse { code.default_status() } else { status };
    login
        .failure(code, step, &format!("returned {status}{detail}"), &advice)
        .with_status(passed_on)
        .with_retry_after(answer.response.headers.retry_after(answer.received_at))
}
