//! What a script says that the server answers, as the stage's server takes it.

use serde::Deserialize;
use serde_json::{Map, Value};
use tokenkeep::transport::LostReason;

use super::actors::Names;
use super::services::Service;
use crate::stage::answer::{Answer, http_date};
use crate::stage::clock::ManualClock;

/// An answer that is more than one word.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Given {
    /// The name of the token that it brings.
    token: Option<String>,
    /// That of the refresh token; null for none. A login brings one where nothing is said, a refresh does not.
    #[serde(deserialize_with = "or_null")]
    refresh: Option<Option<String>>,
    /// How long the token lives by its own claims.
    lives: i64,
    /// It was minted so long ago.
    minted_seconds_ago: i64,
    /// It is no JWT.
    opaque: bool,
    /// What the answer itself says of the token's life.
    expires_in: Option<i64>,
    /// The server's clock is so far ahead of true time, and the answer has a Date header.
    date_ahead_seconds: Option<i64>,
    /// The answer comes from a cache.
    age: Option<String>,
    status: Option<u16>,
    retry_after: Option<String>,
    /// It is not given before this is released.
    held: Option<String>,
    /// One of the words.
    is: Option<String>,
}

/// Tells what is null from what is not there.
fn or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// An answer, and the gate that holds it.
pub struct Due {
    pub answer: Answer,
    pub held: Option<String>,
    /// It never comes.
    pub is_silence: bool,
}

pub fn due(script: &Value, endpoint: &str, service: &Service, names: &Names, clock: &ManualClock) -> Due {
    let given: Given = match script {
        Value::String(word) => Given { is: Some(word.clone()), ..Given::default() },
        _ => serde_json::from_value(script.clone()).unwrap_or_else(|why| panic!("{why} in {script}")),
    };
    let answer = match (&given.token, given.is.as_deref(), given.status) {
        (Some(token), None, None) => granted(&given, token, endpoint, service, names, clock),
        (None, Some(word), None) => in_one_word(word, endpoint, service),
        (None, None, Some(status)) => Answer::text(status, "{}"),
        _ => panic!("{script} is no answer"),
    };
    let answer = answer.with(|headers| {
        headers.retry_after = given.retry_after.clone();
        headers.age = given.age.clone();
        headers.date = given.date_ahead_seconds.map(|ahead| http_date(clock.server_seconds() + ahead));
    });
    Due { answer, held: given.held, is_silence: given.is.as_deref() == Some("silent") }
}

fn granted(
    given: &Given,
    token: &str,
    endpoint: &str,
    service: &Service,
    names: &Names,
    clock: &ManualClock,
) -> Answer {
    let mut values = Map::new();
    let issued_at = clock.server_seconds() - given.minted_seconds_ago;
    let text = if given.opaque { names.opaque(token) } else { names.minted("access", token, issued_at, given.lives) };
    values.insert("token".to_owned(), text.into());
    let refresh = match &given.refresh {
        Some(named) => named.clone(),
        None => (endpoint == "login" && service.has_refresh_tokens).then(|| format!("{token}'s refresh token")),
    };
    if let Some(name) = refresh {
        let text = names.minted("refresh", &name, clock.server_seconds(), 7 * 24 * 3600);
        values.insert("refresh".to_owned(), text.into());
    }
    if let Some(seconds) = given.expires_in {
        values.insert("expiresIn".to_owned(), seconds.into());
    }
    Answer::json(200, &service.granted(endpoint, &values))
}

fn in_one_word(word: &str, endpoint: &str, service: &Service) -> Answer {
    match word {
        "refused" => {
            let refusal = service.refused(endpoint);
            Answer::json(refusal.status, &refusal.body)
        }
        "done" => Answer::json(200, &service.granted(endpoint, &Map::new())),
        "unreachable" => Answer::connection_refused(),
        "broken" => Answer::server_error(),
        "nonsense" => Answer::text(200, "<!doctype html><title>Welcome</title>"),
        "missing" => Answer::text(404, "<!doctype html><title>Not Found</title>"),
        "needs a second factor" => {
            let body = serde_json::json!({ "two_factor_auth": "totp", "token": "a ticket" });
            Answer::json(200, &body)
        }
        // Nobody ever sees it.
        "silent" => Answer::lost(LostReason::Network, "silence"),
        _ => panic!("no server answers {word:?}"),
    }
}
