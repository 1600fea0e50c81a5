//! One answer to one request, and what it has to mean.

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::error::{Code, Failure};
use tokenkeep::provider::oauth2::{ClientAuth, GrantType, OAuth2, OAuth2Options};
use tokenkeep::provider::{Answer, Currency, Grant, Provider, Reply, Step};
use tokenkeep::transport::{Headers, Response};

pub(super) const TOKEN_URL: &str = "https://auth.example.com/oauth2/token";
pub(super) const REVOCATION_URL: &str = "https://auth.example.com/oauth2/revoke";
pub(super) const HOST: &str = "auth.example.com";
pub(super) const CLIENT_ID: &str = "runner-1";
pub(super) const CLIENT_SECRET: &str = "s3cret of/the+client";
pub(super) const SEED: &str = "provisioned-r3fresh-token";

/// 2026-11-20T21:40:20Z.
pub(super) const RECEIVED_AT: i64 = 1_795_210_820_000;

pub(super) fn options() -> OAuth2Options {
    OAuth2Options {
        token_url: Some(TOKEN_URL.to_owned()),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(SecretString::from(CLIENT_SECRET)),
        client_auth: ClientAuth::Basic,
        revocation_url: Some(REVOCATION_URL.to_owned()),
        ..OAuth2Options::default()
    }
}

/// A client with credentials of its own; the options, changed.
pub(super) fn client(change: impl FnOnce(&mut OAuth2Options)) -> OAuth2 {
    let mut options = options();
    change(&mut options);
    OAuth2::new(options)
}

/// A client with a provisioned refresh token; the options, changed.
pub(super) fn runner(change: impl FnOnce(&mut OAuth2Options)) -> OAuth2 {
    client(|options| {
        options.grant = GrantType::RefreshToken;
        options.refresh_token = Some(SecretString::from(SEED));
        change(options);
    })
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
    pub(super) fn read_by(&self, provider: &OAuth2) -> Result<Reply, Failure> {
        let token = SecretString::from(SEED);
        let request = match self.step {
            Step::Refresh => provider.refresh(Currency::RefreshToken(&token)),
            Step::Revoke => provider.revoke(Currency::RefreshToken(&token)),
            step => provider.discovery(step).or(provider.login()),
        };
        let secrets = request.expect("a request").secrets;
        provider.read(&Answer {
            step: self.step,
            response: &self.response,
            received_at: RECEIVED_AT,
            secrets: &secrets,
        })
    }

    #[track_caller]
    pub(super) fn grant(&self, provider: &OAuth2) -> Grant {
        match self.read_by(provider) {
            Ok(Reply::Granted(grant)) => grant,
            other => panic!("{}: {other:?}", self.response.body.expose_secret()),
        }
    }

    #[track_caller]
    pub(super) fn failure(&self, provider: &OAuth2) -> Failure {
        match self.read_by(provider) {
            Err(failure) => failure,
            Ok(reply) => panic!("{}: {reply:?}", self.response.body.expose_secret()),
        }
    }

    /// The failure of an answer that is no token; its message has to show each of `words`.
    #[track_caller]
    pub(super) fn is_bad(&self, provider: &OAuth2, words: &[&str]) {
        let failure = self.failure(provider);
        assert_eq!((failure.code, failure.status), (Code::BadResponse, 502), "{failure}");
        shows(&failure, words);
    }
}

/// Every message says who and where.
#[track_caller]
pub(super) fn shows(failure: &Failure, words: &[&str]) {
    let whom = format!("for {CLIENT_ID} at {HOST}");
    for words in words.iter().chain([&whom.as_str(), &"TOKEN_LOGIN_FAILED: "]) {
        assert!(failure.message.contains(words), "no {words:?} in: {failure}");
    }
}

pub(super) fn pair(grant: &Grant) -> (&str, Option<&str>) {
    (grant.token.expose_secret(), grant.refresh_token.as_ref().map(ExposeSecret::expose_secret))
}
