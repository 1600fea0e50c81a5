//! One account behind the user's own functions, and what those say.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokenkeep::error::Failure;
use tokenkeep::provider::host::{HostLogin, HostLoginOptions, Thrown};
use tokenkeep::provider::{Answer, Grant, Provider, Reply, Step};
use tokenkeep::transport::{Request, Response};

pub(super) const ACCOUNT: &str = "relay@kosmi";
pub(super) const CREDENTIAL: &str = "cr3dential-of-relay";
/// 2026-11-20T21:40:20Z.
pub(super) const RECEIVED_AT: i64 = 1_795_210_820_000;

pub(super) fn options() -> HostLoginOptions {
    HostLoginOptions {
        callbacks: 7,
        home: "1".to_owned(),
        account: ACCOUNT.to_owned(),
        credential: CREDENTIAL.into(),
        refreshes: true,
        revokes: true,
        ..HostLoginOptions::default()
    }
}

pub(super) fn login() -> HostLogin {
    HostLogin::new(options())
}

/// What the callback gave, as the host passes it on.
pub(super) fn gave(body: &str) -> Response {
    Response { status: 200, body: body.into(), ..Response::default() }
}

pub(super) fn threw(message: &str) -> Thrown {
    Thrown { number: 41, messages: vec![message.to_owned()], ..Thrown::default() }
}

/// As the manager reads it: with the secrets of the request.
pub(super) fn read(step: Step, response: &Response) -> Result<Reply, Failure> {
    let login = login();
    let secrets: Vec<SecretString> = login.login().expect("a login").secrets;
    login.read(&Answer { step, response, received_at: RECEIVED_AT, secrets: &secrets })
}

#[track_caller]
pub(super) fn granted(body: &str) -> Grant {
    match read(Step::Login, &gave(body)) {
        Ok(Reply::Granted(grant)) => grant,
        other => panic!("no grant: {other:?}"),
    }
}

#[track_caller]
pub(super) fn refused(body: &str) -> Failure {
    read(Step::Login, &gave(body)).expect_err("no failure")
}

/// What JavaScript is asked.
pub(super) fn errand(request: &Request) -> Value {
    serde_json::from_str(request.body.text()).expect("JSON")
}

pub(super) fn text(secret: &SecretString) -> &str {
    secret.expose_secret()
}
