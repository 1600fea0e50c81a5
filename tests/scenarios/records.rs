//! What somebody else leaves in the store.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tokenkeep::error::Code;
use tokenkeep::identity::Check;
use tokenkeep::provider::Provider;
use tokenkeep::store::Record;
use tokenkeep::store::record::{SharedFailure, Tokens};

use super::actors::Names;
use super::script::{Kept, Tokens as Provisioned};
use crate::stage::Dice;
use crate::stage::clock::ManualClock;

/// The record that `kept` describes, after one of `generation`.
pub fn record(
    kept: &Kept,
    generation: Option<u64>,
    provider: &dyn Provider,
    names: &Names,
    clock: &ManualClock,
) -> Record {
    let now = clock.wall();
    let expires_at = now + millis(kept.expires_in_seconds);
    let secret =
        |kind: &str, name: &String, lives: f64| SecretString::from(names.minted(kind, name, now / 1000, lives as i64));
    let access = kept.token.as_ref().map(|name| secret("access", name, kept.expires_in_seconds));
    let refresh = kept.refresh.as_ref().map(|name| secret("refresh", name, 7.0 * 24.0 * 3600.0));
    let check = |whose: &str| match whose {
        "ours" => Some(Check::new(provider.credential(), &Dice)),
        "another" => Some(Check::new(&SecretString::from("what it was before"), &Dice)),
        "unknown" => None,
        _ => panic!("whose is {whose:?}?"),
    };
    let next = i64::try_from(generation.unwrap_or(now as u64 - 1)).unwrap() + kept.newer;
    Record {
        generation: u64::try_from(next).unwrap(),
        tokens: (access.is_some() || refresh.is_some()).then(|| Tokens {
            access,
            refresh,
            scoped: Default::default(),
            expires_at,
            saved_at: now - millis(kept.saved_seconds_ago),
        }),
        check: check(&kept.credential),
        failure: kept.failure.as_ref().map(|failure| SharedFailure {
            code: Code::of(&failure.code).expect("a code that a renewal fails with"),
            status: failure.status,
            at: now,
            until: now + millis(failure.for_seconds),
            told: failure.told,
            check: check(&kept.credential),
        }),
    }
}

/// What a scenario may say about the store.
pub fn described(
    record: Option<&Record>,
    backup: Option<&Record>,
    before: Option<u64>,
    highest: u64,
    names: &Names,
) -> Value {
    let name = |secret: Option<&SecretString>| secret.map(|secret| names.name(secret.expose_secret()));
    let access = |record: Option<&Record>| name(record.and_then(|record| record.tokens.as_ref()?.access.as_ref()));
    let refresh = |record: Option<&Record>| name(record.and_then(|record| record.tokens.as_ref()?.refresh.as_ref()));
    let mut said = Map::new();
    said.insert("there".to_owned(), record.is_some().into());
    said.insert("token".to_owned(), json!(access(record)));
    said.insert("refresh".to_owned(), json!(refresh(record)));
    said.insert("backup".to_owned(), json!(access(backup)));
    said.insert("backupRefresh".to_owned(), json!(refresh(backup)));
    let failure = record.and_then(|record| record.failure.as_ref());
    said.insert("failure".to_owned(), json!(failure.map(|failure| failure.code.as_str())));
    let grown = record.map(|record| record.generation).zip(before).map(|(now, before)| now as i64 - before as i64);
    said.insert("grewBy".to_owned(), json!(grown));
    said.insert("isNewest".to_owned(), json!(record.is_some_and(|record| record.generation > highest)));
    Value::Object(said)
}

/// The text of a variable with these tokens, in the form of use-case 3.
pub fn provisioned(tokens: &Provisioned, names: &Names, clock: &ManualClock) -> String {
    let now = clock.wall() / 1000;
    let expires_at = now + tokens.expires_in_seconds as i64;
    let mut text = Map::new();
    if let Some(name) = &tokens.token {
        let token = names.minted("access", name, expires_at - 600, 600);
        text.insert("access_token".to_owned(), token.into());
        text.insert("expires_at".to_owned(), expires_at.into());
    }
    if let Some(name) = &tokens.refresh {
        text.insert("refresh_token".to_owned(), names.minted("refresh", name, now, 7 * 24 * 3600).into());
    }
    if let Some(account) = &tokens.account {
        text.insert("account".to_owned(), account.clone().into());
    }
    Value::Object(text).to_string()
}

fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
