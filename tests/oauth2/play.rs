//! The stage of a runner whose refresh tokens work once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::Fallback;
use tokenkeep::policy::{Policy, Retry};
use tokenkeep::provider::oauth2::{OAuth2, OAuth2Options};

use super::row::{SEED, client, runner, shows};
use crate::stage::answer::Answer;
use crate::stage::{Setting, Stage};

pub(super) const TOKEN: &str = "token";
pub(super) const REVOKE: &str = "revoke";
pub(super) const METADATA: &str = "oauth-authorization-server";
pub(super) const OPENID: &str = "openid-configuration";
pub(super) const VARIABLE: &str = "ONEMOUNT_TOKENS";

/// What a server gave out.
pub(super) struct Issued {
    pub(super) access: String,
    pub(super) refresh: String,
}

/// The setting of a process whose tokens are on disk.
pub(super) fn stored(provider: OAuth2) -> Setting {
    Setting { provider: Some(Arc::new(provider)), stored: true, ..Setting::default() }
}

pub(super) fn runners(change: impl FnOnce(&mut OAuth2Options)) -> Stage {
    Stage::of(stored(runner(change)))
}

/// A runner that lost its provisioned token, or never had one.
pub(super) fn unprovisioned() -> Setting {
    stored(runner(|options| options.refresh_token = None))
}

pub(super) fn clients(change: impl FnOnce(&mut OAuth2Options)) -> Stage {
    Stage::of(stored(client(change)))
}

/// Tries so often within one renewal, with no time between.
pub(super) fn trying(attempts: u32) -> Policy {
    Policy { retry: Retry { attempts, base: Duration::ZERO, longest: Duration::ZERO }, ..Policy::default() }
}

pub(super) fn body(access: &str, refresh: Option<&str>) -> Value {
    let mut body = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 600 });
    if let Some(refresh) = refresh {
        body["refresh_token"] = Value::from(refresh);
    }
    body
}

/// The next request for a token is granted, with another refresh token.
pub(super) fn will_rotate(stage: &Stage) -> Issued {
    let number = stage.server.tokens().len();
    let [access, refresh] = ["access", "refresh"].map(|kind| stage.server.keep(format!("{kind}-t0ken-{number}")));
    stage.server.will_answer(TOKEN, Answer::json(200, &body(&access, Some(&refresh))));
    Issued { access, refresh }
}

/// The next request for a token is granted, and the refresh token stays what it is.
pub(super) fn will_grant(stage: &Stage) -> String {
    let access = stage.server.keep(format!("access-t0ken-{}", stage.server.tokens().len()));
    stage.server.will_answer(TOKEN, Answer::json(200, &body(&access, None)));
    access
}

pub(super) fn will_refuse(stage: &Stage, error: &str) {
    stage.server.will_answer(TOKEN, Answer::json(400, &json!({ "error": error, "error_description": "so it is" })));
}

/// The refresh tokens that were sent, in order.
pub(super) fn sent(stage: &Stage) -> Vec<String> {
    let heard = stage.server.heard().into_iter().filter(|heard| heard.endpoint == TOKEN);
    heard.map(|heard| heard.body["refresh_token"].as_str().expect("a refresh token").to_owned()).collect()
}

/// A runner that has exchanged its provisioned token, and whose access token is on hand.
pub(super) fn under_way() -> (Stage, Issued) {
    let stage = runners(|_| {});
    stage.server.keep(SEED.to_owned());
    let issued = will_rotate(&stage);
    assert_eq!(stage.token(), issued.access);
    (stage, issued)
}

/// An environment variable that a test can set.
#[derive(Debug, Default)]
pub(super) struct Environment(Mutex<Option<String>>);

impl Environment {
    pub(super) fn set(&self, tokens: &Value) {
        *self.0.lock().unwrap() = Some(tokens.to_string());
    }
}

impl Fallback for Environment {
    fn tokens(&self) -> Option<(SecretString, String)> {
        let text = self.0.lock().unwrap().clone()?;
        Some((SecretString::from(text), VARIABLE.to_owned()))
    }
}

pub(super) fn with_environment(setting: Setting) -> (Stage, Arc<Environment>) {
    let environment = Arc::new(Environment::default());
    let fallback = Some(Arc::clone(&environment) as Arc<dyn Fallback>);
    (Stage::of(Setting { fallback, ..setting }), environment)
}

/// A runner that is started anew beside `stage`, with an environment of its own.
pub(super) fn with_environment_beside(stage: &Stage, setting: Setting) -> (Stage, Arc<Environment>) {
    let environment = Arc::new(Environment::default());
    let fallback = Some(Arc::clone(&environment) as Arc<dyn Fallback>);
    (stage.beside(Setting { fallback, ..setting }), environment)
}

/// The failure of who has nothing left to send.
#[track_caller]
pub(super) fn is_used_up(failure: &Failure) {
    assert_eq!(failure.code, Code::InvalidCredentials, "{failure}");
    shows(failure, &["refused or", "used up", "Provision a new one", "refreshToken", "tokenkeep import"]);
}
