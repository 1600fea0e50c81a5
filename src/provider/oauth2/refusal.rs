//! What a refusal means (RFC 6749 §5.2), and what to do about it.

use secrecy::ExposeSecret;

use super::OAuth2;
use super::answer::{PROVISION, text};
use crate::error::{Code, Failure};
use crate::provider::{Answer, Provider, Step, without_query};

/// One meaning.
struct Meaning {
    code: Code,
    /// Where the server's own says something else.
    status: Option<u16>,
    /// It is the token that was refused, and not the client or the way in which it asked.
    of_token: bool,
    advice: String,
}

impl Meaning {
    fn of(code: Code, advice: impl Into<String>) -> Self {
        Self { code, status: None, of_token: false, advice: advice.into() }
    }
}

pub(super) fn refusal(provider: &OAuth2, answer: &Answer<'_>) -> Failure {
    let (status, step) = (answer.response.status, answer.step);
    let body = answer.response.body.expose_secret();
    let error = text(body, "error");
    let word = error.as_ref().map(|error| error.expose_secret()).unwrap_or_default();
    let meaning = match status {
        // With these the status says more than any word.
        300..=399 | 407 | 429 | 500..=599 => None,
        _ => of_word(provider, step, word),
    };
    let meaning = meaning.unwrap_or_else(|| of_status(provider, step, status));
    let said = match (&answer.response.headers.location, text(body, "error_description")) {
        (Some(location), _) if (300..=399).contains(&status) => format!("to {}", without_query(location)),
        (_, Some(description)) if !word.is_empty() => format!("{word}: {}", description.expose_secret()),
        _ if !word.is_empty() => word.to_owned(),
        _ => body.to_owned(),
    };
    let said = answer.excerpt(&said);
    let detail = if said.is_empty() { said } else { format!(" ({said})") };
    let refused = status >= 400 && meaning.code != Code::BadResponse;
    let passed_on = meaning.status.unwrap_or(if refused { status } else { meaning.code.default_status() });
    let failure = provider
        .failure(meaning.code, step, &format!("returned {status}{detail}"), &meaning.advice)
        .with_status(passed_on)
        .with_retry_after(answer.response.headers.retry_after(answer.received_at));
    if meaning.of_token { failure } else { failure.sparing_the_token() }
}

/// The codes of the standard, of its extensions, and of servers that have their own for the same things.
fn of_word(provider: &OAuth2, step: Step, word: &str) -> Option<Meaning> {
    let address = provider.address(step);
    let grant = provider.options.grant.as_str();
    let meaning = match word {
        "invalid_grant" | "invalid_token" | "expired_token" | "bad_refresh_token" if step == Step::Refresh => {
            let advice = format!("The refresh token was refused or has been used up. {PROVISION}");
            Meaning { of_token: true, ..Meaning::of(Code::InvalidCredentials, advice) }
        }
        "invalid_grant" => Meaning::of(Code::InvalidCredentials, ""),
        "invalid_client" | "incorrect_client_credentials" => {
            Meaning::of(Code::InvalidCredentials, "Check clientId, clientSecret and clientAuth")
        }
        "unauthorized_client" => {
            let advice = format!("Is this client registered for the grant {grant}?");
            Meaning::of(Code::InvalidCredentials, advice)
        }
        "access_denied" => Meaning::of(Code::InvalidCredentials, "May this client have what scope and audience name?"),
        "interaction_required" | "login_required" | "consent_required" => {
            Meaning::of(Code::InvalidCredentials, format!("The server wants a person to sign in. {PROVISION}"))
        }
        "invalid_scope" => Meaning::of(Code::InvalidCredentials, "Check the option scope"),
        "invalid_target" => Meaning::of(Code::InvalidCredentials, "Check the option audience"),
        "unsupported_grant_type" => {
            let advice = format!("Does the server know the grant {grant}, and is the {address} right?");
            Meaning::of(Code::UnexpectedStatus, advice)
        }
        "invalid_request" => Meaning::of(
            Code::UnexpectedStatus,
            format!("Is something missing from the options, or the {address} wrong?"),
        ),
        "temporarily_unavailable" => Meaning { status: Some(503), ..Meaning::of(Code::ServerError, "") },
        "server_error" => {
            Meaning { status: Some(Code::ServerError.default_status()), ..Meaning::of(Code::ServerError, "") }
        }
        "slow_down" | "too_many_requests" | "rate_limit_exceeded" => {
            Meaning { status: Some(Code::RateLimited.default_status()), ..Meaning::of(Code::RateLimited, "") }
        }
        _ => return None,
    };
    Some(meaning)
}

fn of_status(provider: &OAuth2, step: Step, status: u16) -> Meaning {
    let address = provider.address(step);
    match status {
        200..=299 => Meaning::of(Code::BadResponse, ""),
        300..=399 => Meaning::of(Code::BadResponse, format!("Redirects are not followed: is the {address} right?")),
        401 | 403 => Meaning::of(Code::InvalidCredentials, "Check clientId, clientSecret and clientAuth"),
        407 => {
            let advice = "The proxy wants a user and a password: put them into the proxy's URL";
            Meaning::of(Code::UnexpectedStatus, advice)
        }
        429 => Meaning::of(Code::RateLimited, ""),
        500..=599 => Meaning::of(Code::ServerError, ""),
        _ => Meaning::of(Code::UnexpectedStatus, format!("Usually the {address} is wrong")),
    }
}
