//! What is sent.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokenkeep::provider::{Currency, Provider};
use tokenkeep::transport::Request;

use super::row::{HEADER, KEY, REFRESH_TOKEN, REFRESH_URL, URL, with};

fn headers(request: &Request) -> Vec<(&str, &str)> {
    request.headers.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect()
}

#[test]
fn a_login_sends_the_body_as_it_was_given_with_the_headers() {
    let body = r#"{ "b": [1, "ü"], "a": "key" }"#;
    let login = with(|options| options.body = body.into()).login().expect("a login");
    assert_eq!((login.url.as_str(), login.body.text()), (URL, body));
    assert_eq!(headers(&login), [("X-Client", HEADER)]);
    assert!(login.authorization.is_none());
}

#[test]
fn a_refresh_sends_the_refresh_token_with_the_same_headers() {
    let token = SecretString::from("R \"1\"");
    let refresh = with(|_| {}).refresh(Currency::RefreshToken(&token)).expect("a refresh");
    assert_eq!((refresh.url.as_str(), refresh.body.text()), (REFRESH_URL, r#"{"refresh_token":"R \"1\""}"#));
    assert_eq!(headers(&refresh), [("X-Client", HEADER)]);
}

#[test]
fn without_a_refresh_url_or_a_refresh_token_there_is_no_refresh() {
    let token = SecretString::from(REFRESH_TOKEN);
    assert!(with(|options| options.refresh_url = None).refresh(Currency::RefreshToken(&token)).is_none());
    assert!(with(|_| {}).refresh(Currency::AccessToken(&token)).is_none());
}

#[test]
fn refresh_tokens_are_taken_for_one_time_tokens() {
    assert!(with(|_| {}).rotates());
    assert!(!with(|options| options.refresh_url = None).rotates());
}

#[test]
fn nothing_is_revoked() {
    assert!(with(|_| {}).revoke(Currency::RefreshToken(&SecretString::from(REFRESH_TOKEN))).is_none());
}

#[test]
fn every_request_names_what_no_message_may_show() {
    let login = with(|options| {
        options.body = r#"{"user":"alice","pin":123456,"deep":[{"key":"k3y-in-the-deep"}],"on":true,"n":7}"#.into();
        options.url = "https://u:hunt%40er2@api.example/token?api_key=query%2Dk3y#x".to_owned();
        let header = |name: &str, value: &str| (name.to_owned(), SecretString::from(value));
        options.headers = vec![
            header("Authorization", "Bearer b3arer-key"),
            header("X-Basic", "Basic YWxpY2U6YmFzaWMtcDRzcw=="),
            header("Cookie", "theme=dark; sid=s3ssion-id"),
        ];
    });
    let token = SecretString::from(REFRESH_TOKEN);
    let refresh = login.refresh(Currency::RefreshToken(&token)).expect("a refresh");
    let parts = ["alice", "123456", "k3y-in-the-deep", "Bearer b3arer-key", "b3arer-key", "basic-p4ss", "s3ssion-id"];
    for request in [&login.login().expect("a login"), &refresh] {
        let named: Vec<&str> = request.secrets.iter().map(ExposeSecret::expose_secret).collect();
        for secret in parts.iter().chain(&["query-k3y", "query%2Dk3y", "hunt@er2"]) {
            assert!(named.contains(secret), "{secret} is not in {named:?}");
        }
        assert!(!named.contains(&"7"), "a text of one letter is in every sentence");
    }
    assert!(refresh.secrets.iter().any(|secret| secret.expose_secret() == REFRESH_TOKEN));
}

#[test]
fn what_is_no_json_is_a_secret_as_a_whole() {
    let login = with(|options| options.body = KEY.into()).login().expect("a login");
    assert!(login.secrets.iter().any(|secret| secret.expose_secret() == KEY));
}

#[test]
fn its_words_are_its_own() {
    let login = with(|_| {});
    assert_eq!(login.failure_prefix(), "TOKEN_LOGIN_FAILED");
    assert_eq!(login.default_lifetime(), Duration::from_secs(3300));
}
