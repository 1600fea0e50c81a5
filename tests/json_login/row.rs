//! One answer to one login, and what it has to mean.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::error::{Code, Failure};
use tokenkeep::provider::json_login::{JsonLogin, JsonLoginOptions};
use tokenkeep::provider::{Answer, Currency, Grant, Provider, Reply, Step};
use tokenkeep::transport::{Headers, Response};

pub(super) const URL: &str = "https://api.colony.example/auth/token?tenant=blue";
pub(super) const REFRESH_URL: &str = "https://api.colony.example/auth/refresh";
pub(super) const HOST: &str = "api.colony.example";
pub(super) const ACCOUNT: &str = "colony-1";
pub(super) const KEY: &str = "col_live_8f3ab61c";
pub(super) const HEADER: &str = "h3ader-secret";
pub(super) const REFRESH_TOKEN: &str = "old-refresh-t0ken";

/// 2026-11-20T21:40:20Z.
pub(super) const RECEIVED_AT: i64 = 1_795_210_820_000;

pub(super) fn options() -> JsonLoginOptions {
    JsonLoginOptions {
        url: URL.to_owned(),
        body: format!(r#"{{"api_key":"{KEY}"}}"#).into(),
        headers: vec![("X-Client".to_owned(), SecretString::from(HEADER))],
        refresh_url: Some(REFRESH_URL.to_owned()),
        account: Some(ACCOUNT.to_owned()),
        ..JsonLoginOptions::default()
    }
}

/// The options, changed.
pub(super) fn with(change: impl FnOnce(&mut JsonLoginOptions)) -> JsonLogin {
    let mut options = options();
    change(&mut options);
    JsonLogin::new(options)
}

pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What came back.
#[derive(Clone)]
pub(super) struct Came {
    pub(super) step: Step,
    pub(super) response: Response,
}

pub(super) fn came(status: u16, body: &str) -> Came {
    Came { step: Step::Login, response: Response { status, headers: Headers::default(), body: body.into() } }
}

impl Came {
    pub(super) fn to(mut self, step: Step) -> Self {
        self.step = step;
        self
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Headers)) -> Self {
        change(&mut self.response.headers);
        self
    }

    /// As the manager reads it: with the secrets of the request.
    pub(super) fn read_by(&self, login: &JsonLogin) -> Result<Reply, Failure> {
        let request = match self.step {
            Step::Refresh => login.refresh(Currency::RefreshToken(&REFRESH_TOKEN.into())).expect("a refresh"),
            _ => login.login().expect("a login"),
        };
        login.read(&Answer {
            step: self.step,
            response: &self.response,
            received_at: RECEIVED_AT,
            secrets: &request.secrets,
        })
    }

    #[track_caller]
    pub(super) fn grant(&self, login: &JsonLogin) -> Grant {
        match self.read_by(login) {
            Ok(Reply::Granted(grant)) => grant,
            other => panic!("{}: {other:?}", self.response.body.expose_secret()),
        }
    }

    #[track_caller]
    pub(super) fn failure(&self, login: &JsonLogin) -> Failure {
        match self.read_by(login) {
            Err(failure) => failure,
            Ok(reply) => panic!("{}: {reply:?}", self.response.body.expose_secret()),
        }
    }

    /// The failure of an answer that is no token; its message has to show each of `words`.
    #[track_caller]
    pub(super) fn is_bad(&self, login: &JsonLogin, words: &[&str]) {
        let failure = self.failure(login);
        assert_eq!((failure.code, failure.status), (Code::BadResponse, 502), "{failure}");
        shows(&failure, words);
    }
}

/// Every message says who and where.
#[track_caller]
pub(super) fn shows(failure: &Failure, words: &[&str]) {
    let whom = format!("for {ACCOUNT} at {HOST}");
    for words in words.iter().chain([&whom.as_str(), &"TOKEN_LOGIN_FAILED: "]) {
        assert!(failure.message.contains(words), "no {words:?} in: {failure}");
    }
}

pub(super) fn pair(grant: &Grant) -> (&str, Option<&str>) {
    (grant.token.expose_secret(), grant.refresh_token.as_ref().map(ExposeSecret::expose_secret))
}

pub(super) fn secs(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}
