//! No `{:?}` and no message shows what was planted.

use std::fmt::Debug;

use secrecy::SecretString;
use tokenkeep::provider::json_login::{JsonLogin, JsonLoginOptions};
use tokenkeep::provider::{Currency, Provider, Step};

use super::row::{REFRESH_TOKEN, came, options};

/// Every planted secret contains this.
const PLANTED: &str = "pl4nted";

fn planted() -> JsonLoginOptions {
    let header = |name: &str, value: &str| (name.to_owned(), SecretString::from(value));
    JsonLoginOptions {
        url: "https://user:pl4nted-user@api.example/token?key=pl4nted-query".to_owned(),
        refresh_url: Some("https://api.example/refresh?key=pl4nted-other".to_owned()),
        body: r#"{"user":"alice","password":"pl4nted \"pass\" & <word>","list":[{"pin":"pl4nted-pin"}]}"#.into(),
        headers: vec![
            header("Authorization", "Bearer pl4nted-bearer"),
            // base64 of `alice:pl4nted-basic`
            header("X-Basic", "Basic YWxpY2U6cGw0bnRlZC1iYXNpYw=="),
            header("Cookie", "theme=dark; sid=pl4nted-cookie"),
        ],
        ..options()
    }
}

#[track_caller]
fn shows_nothing(thing: &dyn Debug) {
    for text in [format!("{thing:?}"), format!("{thing:#?}")] {
        assert!(!text.contains(PLANTED) && !text.contains("cGw0bnRlZC1iYXNpYw"), "{text}");
    }
}

#[test]
fn the_options_and_the_provider_show_nothing() {
    shows_nothing(&planted());
    shows_nothing(&JsonLogin::new(planted()));
    shows_nothing(&JsonLogin::new(JsonLoginOptions { account: None, ..planted() }).account());
}

#[test]
fn no_failure_shows_what_a_server_echoes() {
    let login = JsonLogin::new(planted());
    let body = r#"{"user":"alice","password":"pl4nted \"pass\" & <word>","list":[{"pin":"pl4nted-pin"}]}"#;
    let quoted = serde_json::to_string(body).unwrap();
    let echoes = [
        body,
        &quoted,
        "wrong password: pl4nted &quot;pass&quot; &amp; &lt;word&gt;",
        "bad key pl4nted-bearer",
        "Authorization: Bearer pl4nted-bearer",
        "user alice:pl4nted-basic is unknown",
        "Basic YWxpY2U6cGw0bnRlZC1iYXNpYw==",
        "no session pl4nted-cookie",
        "GET /token?key=pl4nted-query",
        "GET /refresh?key=pl4nted-other",
        "who is pl4nted-user?",
        "pin pl4nted-pin",
    ];
    for echo in echoes {
        for status in [400, 401, 404, 429, 500] {
            for step in [Step::Login, Step::Refresh] {
                let failure = came(status, echo).to(step).failure(&login);
                shows_nothing(&failure);
            }
        }
        let location = Some(format!("https://elsewhere.example/{echo}?x=pl4nted"));
        let failure = came(302, "").with(|headers| headers.location = location).to(Step::Refresh).failure(&login);
        shows_nothing(&failure);
    }
}

#[test]
fn no_failure_shows_the_refresh_token_that_was_sent() {
    let login = JsonLogin::new(planted());
    let failure = came(401, &format!("used twice: {REFRESH_TOKEN}")).to(Step::Refresh).failure(&login);
    assert!(failure.message.contains("used twice: [redacted]"), "{failure}");
}

#[test]
fn no_failure_shows_a_token_that_came_too_early_or_too_late() {
    let login = JsonLogin::new(planted());
    for body in [
        r#"{"token":"pl4nted\nA","refresh_token":"pl4nted-R"}"#,
        r#"{"token":"pl4nted-A","expires_in":0}"#,
        r#"{"id_token":"pl4nted-A"}"#,
        r#"{"token":"pl4nted-A""#,
        "pl4nted-A",
    ] {
        shows_nothing(&came(200, body).failure(&login));
        assert!(!came(200, body).failure(&login).to_string().contains(PLANTED));
    }
    shows_nothing(&came(200, r#"{"token":"pl4nted-A","refresh_token":"pl4nted-R"}"#).read_by(&login));
}

#[test]
fn a_request_shows_no_body_and_no_header() {
    // Its URL is shown by the transport's own `Debug`; so here without a query.
    let login = JsonLogin::new(JsonLoginOptions { url: "https://api.example/token".to_owned(), ..planted() });
    shows_nothing(&login.login().expect("a login"));
    let plain = JsonLoginOptions { refresh_url: Some("https://api.example/refresh".to_owned()), ..planted() };
    let token = SecretString::from("pl4nted-refresh");
    shows_nothing(&JsonLogin::new(plain).refresh(Currency::RefreshToken(&token)));
}
