//! What Baserow's answers mean: sections 1, 2, 6, 7 and 8 of the contract, row by row in `tests/baserow_contract.rs`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::Baserow;
use crate::error::{Code, Failure};
use crate::json::shape;
use crate::provider::{Answer, Grant, Provider, Reply, Step, without_query};

const IS_IT_RIGHT: &str = "Is the base URL right?";

/// Fields of a success. Deserialised straight into secrets: no token passes through a plain `String`.
#[derive(Deserialize)]
struct Success {
    #[serde(default, deserialize_with = "text")]
    access_token: Option<SecretString>,
    #[serde(default, deserialize_with = "text")]
    token: Option<SecretString>,
    #[serde(default, deserialize_with = "text")]
    refresh_token: Option<SecretString>,
    #[serde(default)]
    two_factor_auth: Option<Value>,
}

/// A field of another type, or an empty one, is a field that is not there.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    deserializer.deserialize_any(TextOrNothing)
}

struct TextOrNothing;

impl<'de> Visitor<'de> for TextOrNothing {
    type Value = Option<SecretString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.trim()).filter(|text| !text.is_empty()).map(SecretString::from))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

pub(super) fn success(baserow: &Baserow, answer: &Answer<'_>) -> Result<Reply, Failure> {
    let body = answer.response.body.expose_secret();
    // serde would read a list as the fields in their order.
    let object = Some(body).filter(|body| body.trim_start().starts_with('{'));
    let Some(success) = object.and_then(|body| shape::read::<Success>(body).ok()) else {
        return Err(baserow.no_token(answer, "the answer is no JSON object", IS_IT_RIGHT));
    };
    // First of all: the ticket of a two-factor login is called `token` too (section 0, item 6).
    if let Some(method) = success.two_factor_auth.filter(|method| !method.is_null()) {
        return match (method.as_str(), success.token) {
            (Some("totp"), Some(ticket)) if answer.step == Step::Login => Ok(Reply::SecondFactor(ticket)),
            _ => {
                let method = answer.excerpt(&method.to_string());
                let what = format!("needs a second factor of a kind that is not supported ({method})");
                Err(baserow.failure(Code::TwoFactorRequired, answer.step, &what, ""))
            }
        };
    }
    match success.access_token.or(success.token) {
        Some(token) => {
            Ok(Reply::Granted(Grant { token, refresh_token: success.refresh_token, lifetime: None, scoped: None }))
        }
        None => Err(baserow.no_token(answer, "neither access_token nor token is a non-empty string", IS_IT_RIGHT)),
    }
}

pub(super) fn failure(baserow: &Baserow, answer: &Answer<'_>) -> Failure {
    let status = answer.response.status;
    let body = Body::read(answer.response.body.expose_secret());
    let code = match status {
        401 | 403 => Code::InvalidCredentials,
        400 if body.is_about_credentials() => Code::InvalidCredentials,
        429 => Code::RateLimited,
        300..=399 => Code::BadResponse,
        500..=599 => Code::ServerError,
        _ => Code::UnexpectedStatus,
    };
    let advice = match code {
        Code::BadResponse => "Redirects are not followed: is the base URL right?",
        Code::InvalidCredentials if answer.step == Step::Login && body.doubts_the_credentials() => {
            "Check the email and the password"
        }
        Code::UnexpectedStatus if status == 407 => {
            "The proxy wants a user and a password: put them into the proxy's URL"
        }
        Code::UnexpectedStatus => "Usually the base URL is wrong: it includes /api",
        _ => "",
    };
    let detail = match &answer.response.headers.location {
        Some(location) if code == Code::BadResponse => format!(" (to {})", answer.excerpt(without_query(location))),
        _ => body.detail().map_or_else(String::new, |detail| format!(" ({})", answer.excerpt(&detail))),
    };
    let passed_on = if code == Code::BadResponse { code.default_status() } else { status };
    baserow
        .failure(code, answer.step, &format!("returned {status}{detail}"), advice)
        .with_status(passed_on)
        .with_retry_after(answer.response.headers.retry_after(answer.received_at))
}

/// Baserow's own 400s of token-blacklist have an `error` code; a bad Host or a malformed body has none (section 3).
pub(super) fn has_code(answer: &Answer<'_>) -> bool {
    matches!(Body::read(answer.response.body.expose_secret()), Body::Json(fields) if fields.contains_key("error"))
}

/// An error's body in any of its shapes (section 6): JSON with `error` and `detail` in either order, `detail` alone or
/// as an object, fields with lists of texts, HTML, or nothing.
enum Body<'a> {
    Json(serde_json::Map<String, Value>),
    Text(&'a str),
}

impl<'a> Body<'a> {
    fn read(body: &'a str) -> Self {
        match serde_json::from_str(body) {
            Ok(Value::Object(fields)) => Body::Json(fields),
            _ => Body::Text(body),
        }
    }

    /// The words for the message.
    fn detail(&self) -> Option<String> {
        match self {
            Body::Text(text) if text.trim().is_empty() => None,
            Body::Text(text) => Some((*text).to_owned()),
            Body::Json(fields) => match (fields.get("error"), fields.get("detail")) {
                (Some(Value::String(error)), Some(Value::String(detail))) => Some(format!("{error}: {detail}")),
                (Some(Value::String(only)), None) | (None, Some(Value::String(only))) => Some(only.clone()),
                _ => Some(Value::Object(fields.clone()).to_string()),
            },
        }
    }

    /// A deactivated user, an address that is not verified, a login that is switched off: those have codes of their own, and
    /// the password was right (section 1).
    fn doubts_the_credentials(&self) -> bool {
        match self {
            Body::Json(fields) => fields.get("error").is_none_or(|error| error == "ERROR_INVALID_CREDENTIALS"),
            Body::Text(_) => true,
        }
    }

    /// Does a 400 speak of what we logged in with? `{"<field>": ["text"]}` names one of our fields, and up to 1.12 a
    /// wrong password is `non_field_errors` (sections 1 and 8). Malformed JSON and a bad Host are 400 in other shapes.
    fn is_about_credentials(&self) -> bool {
        const FIELDS: [&str; 6] = ["email", "username", "password", "refresh_token", "token", "code"];
        let Body::Json(fields) = self else { return false };
        let texts = |name: &str| fields.get(name).and_then(Value::as_array);
        let malformed = |error: &Value| error.as_str().is_some_and(|text| text.starts_with("Invalid data"));
        FIELDS.iter().any(|name| texts(name).is_some())
            || texts("non_field_errors").is_some_and(|errors| !errors.iter().any(malformed))
    }
}
