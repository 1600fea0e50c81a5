//! What the answers of the token endpoint mean (RFC 6749 §5.1), and those of the revocation endpoint (RFC 7009 §2.2).

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::refusal::refusal;
use super::{GrantType, OAuth2};
use crate::error::{Code, Failure};
use crate::json::{Pointer, Scalar};
use crate::provider::{Answer, Grant, Provider, Reply, usable_token};

/// What to do where no refresh token is left.
pub(super) const PROVISION: &str = "Provision a new one: as the option refreshToken, or with tokenkeep import";

/// Tokens of these types are no use to whoever merely has them: a key or a proof goes with each call.
const NOT_FOR_THE_BEARER: [&str; 4] = ["mac", "pop", "dpop", "n_a"];

/// A field of a JSON object, wherever its value is a text or a number.
pub(super) fn field(body: &str, name: &str) -> Scalar {
    Pointer::parse(&format!("/{name}")).and_then(|place| place.find(body)).unwrap_or_default()
}

pub(super) fn text(body: &str, name: &str) -> Option<SecretString> {
    match field(body, name) {
        Scalar::Text(text) => Some(text),
        Scalar::Absent | Scalar::Number(_) | Scalar::Other => None,
    }
}

pub(super) fn granted(provider: &OAuth2, answer: &Answer<'_>) -> Result<Reply, Failure> {
    if !(200..=299).contains(&answer.response.status) {
        return Err(refusal(provider, answer));
    }
    let body = answer.response.body.expose_secret();
    let Some(token) = text(body, "access_token") else {
        // Some servers refuse with a success.
        return Err(match text(body, "error") {
            Some(_) => refusal(provider, answer),
            None => provider.no_token(answer, why_there_is_none(body), &advice(provider, answer)),
        });
    };
    let Some(token) = usable_token(token.expose_secret()) else {
        let why = "what is at access_token cannot be sent in a header";
        return Err(provider.no_token(answer, why, &advice(provider, answer)));
    };
    let bad = |why: &str| {
        let what = format!("returned {}, but {why}", answer.response.status);
        provider.failure(Code::BadResponse, answer.step, &what, "")
    };
    if let Some(odd) = text(body, "token_type")
        && NOT_FOR_THE_BEARER.iter().any(|kind| odd.expose_secret().eq_ignore_ascii_case(kind))
    {
        let kind = answer.excerpt(odd.expose_secret());
        return Err(bad(&format!("the token is one of the type {kind}, which takes more than to show it")));
    }
    let lifetime = match field(body, "expires_in").number() {
        Some(seconds) if seconds <= 0.0 => return Err(bad("by expires_in the token has no time to live")),
        Some(seconds) => Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)),
        // Whoever says nothing readable has said nothing: it then counts as for all others.
        None => None,
    };
    // Section 4.4.3: there is none with client credentials, and the login is as good.
    let refreshes = provider.options.grant == GrantType::RefreshToken;
    let refresh_token = text(body, "refresh_token").filter(|_| refreshes);
    Ok(Reply::Granted(Grant { token, refresh_token, lifetime, scoped: None }))
}

fn why_there_is_none(body: &str) -> &'static str {
    match Pointer::parse("").and_then(|everything| everything.find(body)) {
        Some(_) => "there is no non-empty string at access_token",
        None => "the answer is no JSON",
    }
}

fn advice(provider: &OAuth2, answer: &Answer<'_>) -> String {
    format!("Is the {} right?", provider.address(answer.step))
}

/// A token that was dead already is revoked (RFC 7009 §2.2), and one of a type that the server never revokes dies by itself.
pub(super) fn revoked(provider: &OAuth2, answer: &Answer<'_>) -> Result<Reply, Failure> {
    const AS_GOOD: [&str; 3] = ["unsupported_token_type", "invalid_token", "invalid_grant"];
    let error = text(answer.response.body.expose_secret(), "error");
    match answer.response.status {
        200..=299 => Ok(Reply::Done),
        400..=499 if error.is_some_and(|error| AS_GOOD.contains(&error.expose_secret())) => Ok(Reply::Done),
        _ => Err(refusal(provider, answer)),
    }
}
