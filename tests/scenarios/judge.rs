//! What came of a step, held against what the script says.

use serde_json::{Map, Value, json};
use tokenkeep::error::Failure;
use tokenkeep::manager::Manager;

use super::actors::Names;
use crate::stage::clock::ManualClock;

/// Times are milliseconds at their finest.
const CLOSE_ENOUGH: f64 = 0.0015;

/// Is every member of `wanted` in `got`? A number may be given as the least and the most that it may be.
pub fn compare(wanted: &Map<String, Value>, got: &Value) -> Result<(), String> {
    for (name, wanted) in wanted {
        let Some(got) = got.get(name) else { return Err(format!("nothing is known of {name:?}, only of {got}")) };
        if !is(wanted, got) {
            return Err(format!("{name} is {got}, not {wanted}"));
        }
    }
    Ok(())
}

fn is(wanted: &Value, got: &Value) -> bool {
    match (wanted, got) {
        (Value::Number(wanted), Value::Number(got)) => {
            (wanted.as_f64().unwrap() - got.as_f64().unwrap()).abs() < CLOSE_ENOUGH
        }
        (Value::Array(bounds), Value::Number(got)) => {
            let bound = |index: usize| bounds[index].as_f64().expect("a bound");
            let got = got.as_f64().unwrap();
            bounds.len() == 2 && got >= bound(0) - CLOSE_ENOUGH && got <= bound(1) + CLOSE_ENOUGH
        }
        (Value::Object(wanted), got @ Value::Object(_)) => compare(wanted, got).is_ok(),
        _ => wanted == got,
    }
}

/// The answer to a caller: exactly one of the two is wanted.
pub fn answer(
    token: Option<&String>,
    error: Option<&Value>,
    got: Result<String, Failure>,
    names: &Names,
) -> Result<(), String> {
    match (token, error, got) {
        (Some(wanted), None, Ok(got)) => {
            let got = names.name(&got);
            if got == *wanted { Ok(()) } else { Err(format!("the caller got {got}, not {wanted}")) }
        }
        (None, Some(wanted), Err(failure)) => self::failure(wanted, &failure),
        (Some(wanted), None, Err(failure)) => {
            Err(format!("the caller got {}, not {wanted}: {failure}", failure.code.as_str()))
        }
        (None, Some(wanted), Ok(got)) => Err(format!("the caller got {}, not {wanted}", names.name(&got))),
        _ => Err("say either a token or an error".to_owned()),
    }
}

/// `wanted` is a code alone, or what is known of a failure.
pub fn failure(wanted: &Value, failure: &Failure) -> Result<(), String> {
    let mut members = match wanted {
        Value::String(code) => Map::from_iter([("code".to_owned(), code.clone().into())]),
        Value::Object(members) => members.clone(),
        _ => return Err(format!("{wanted} is no error")),
    };
    if let Some(words) = members.remove("says")
        && !failure.message.contains(words.as_str().unwrap_or_default())
    {
        return Err(format!("{:?} does not say {words}", failure.message));
    }
    let got = json!({
        "code": failure.code.as_str(),
        "status": failure.status,
        "cause": failure.after.as_ref().map(|after| after.code.as_str()),
        "retryAfterSeconds": failure.retry_after.map(|wait| wait.as_secs_f64()),
    });
    compare(&members, &got).map_err(|why| format!("{why}: {failure}"))
}

/// What a scenario may say about a manager's state.
pub fn status(manager: &Manager, clock: &ManualClock) -> Value {
    let status = manager.status();
    let seconds = |millis: i64| millis as f64 / 1000.0;
    let ahead = |at: Option<i64>| at.map(|at| seconds(at - clock.wall()));
    let counters = status.telemetry.counters;
    json!({
        "state": status.state.as_str(),
        "source": status.source.map(|source| source.as_str()),
        "expiresInSeconds": ahead(status.expires_at),
        "refreshInSeconds": ahead(status.refresh_at),
        "isStored": status.saved_at.is_some(),
        "renewing": status.renewing,
        "clockSkewSeconds": status.telemetry.clock_skew.map(seconds),
        "lastError": status.telemetry.last_error.as_ref().map(|(failure, _)| failure.code.as_str()),
        "counters": {
            "logins": counters.logins,
            "refreshes": counters.refreshes,
            "failures": counters.failures,
            "storeHits": counters.store_hits,
            "invalidations": counters.invalidations,
        },
    })
}
