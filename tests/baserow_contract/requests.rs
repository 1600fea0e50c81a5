//! What we send (sections 0, 1, 2, 3, 7 and 8).

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokenkeep::provider::baserow::Baserow;
use tokenkeep::provider::{Currency, Provider};
use tokenkeep::transport::Request;

use super::row::baserow;
use crate::stage::{EMAIL, HOST, PASSWORD};

fn body(request: &Request) -> Value {
    serde_json::from_str(request.body.text()).expect("JSON")
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// One request of each kind.
fn requests(baserow: &Baserow) -> Vec<Request> {
    vec![
        baserow.login().expect("a login"),
        baserow.second_factor(&secret("ticket"), &secret("123456")),
        baserow.refresh(Currency::RefreshToken(&secret("R"))).expect("a refresh"),
        baserow.refresh(Currency::AccessToken(&secret("A"))).expect("a refresh"),
        baserow.revoke(Currency::RefreshToken(&secret("R"))).expect("a revocation"),
    ]
}

#[test]
fn a_login_sends_the_email_under_both_of_its_names() {
    let login = baserow().login().expect("a login");
    assert_eq!(body(&login), json!({ "email": EMAIL, "username": EMAIL, "password": PASSWORD }));
    assert_eq!(login.url, "https://baserow.example.com/api/user/token-auth/");
}

#[test]
fn a_refresh_sends_the_currency_under_its_own_name() {
    let refresh = |currency: Currency<'_>| baserow().refresh(currency).expect("a refresh");
    let by_refresh_token = refresh(Currency::RefreshToken(&secret("R")));
    assert_eq!(body(&by_refresh_token), json!({ "refresh_token": "R" }));
    let by_access_token = refresh(Currency::AccessToken(&secret("A")));
    assert_eq!(body(&by_access_token), json!({ "token": "A" }));
    assert_eq!(by_refresh_token.url, "https://baserow.example.com/api/user/token-refresh/");
    assert_eq!(by_access_token.url, by_refresh_token.url);
}

#[test]
fn the_second_factor_goes_with_its_ticket_as_bearer() {
    let verify = baserow().second_factor(&secret("ticket"), &secret("123456"));
    assert_eq!(body(&verify), json!({ "type": "totp", "email": EMAIL, "code": "123456" }));
    assert_eq!(verify.url, "https://baserow.example.com/api/two-factor-auth/verify/");
    assert_eq!(verify.authorization.as_ref().map(ExposeSecret::expose_secret), Some("Bearer ticket"));
}

#[test]
fn a_revocation_sends_the_refresh_token() {
    let revocation = baserow().revoke(Currency::RefreshToken(&secret("R"))).expect("a revocation");
    assert_eq!(body(&revocation), json!({ "refresh_token": "R" }));
    assert_eq!(revocation.url, "https://baserow.example.com/api/user/token-blacklist/");
}

#[test]
fn nothing_but_the_second_factor_needs_an_authorization() {
    let with_one: Vec<_> = requests(&baserow()).into_iter().filter(|it| it.authorization.is_some()).collect();
    assert_eq!(with_one.len(), 1);
    assert!(with_one[0].url.contains("two-factor-auth"));
}

#[test]
fn every_path_ends_in_exactly_one_slash_whether_or_not_the_base_url_does() {
    for base_url in ["https://baserow.example.com/api", "https://baserow.example.com/api/"] {
        for request in requests(&Baserow::new(base_url, EMAIL, secret(PASSWORD))) {
            assert!(request.url.starts_with("https://baserow.example.com/api/"), "{}", request.url);
            assert!(request.url.ends_with('/'), "{}", request.url);
            assert!(!request.url["https://".len()..].contains("//"), "{}", request.url);
        }
    }
}

#[test]
fn the_base_url_may_have_a_port_and_a_path() {
    let login =
        Baserow::new("http://localhost:8000/tools/baserow/api", EMAIL, secret(PASSWORD)).login().expect("a login");
    assert_eq!(login.url, "http://localhost:8000/tools/baserow/api/user/token-auth/");
}

#[test]
fn the_host_is_named_as_a_person_would() {
    let host = |base_url| Baserow::new(base_url, EMAIL, secret(PASSWORD)).host().to_owned();
    assert_eq!(host("https://baserow.example.com/api"), HOST);
    assert_eq!(host("https://baserow.example.com/"), HOST);
    assert_eq!(host("http://localhost:8000/api"), "localhost:8000");
    assert_eq!(host("http://[::1]:8000/api"), "[::1]:8000");
}

#[test]
fn every_request_names_what_no_message_may_show() {
    for request in requests(&baserow()) {
        let named: Vec<&str> = request.secrets.iter().map(ExposeSecret::expose_secret).collect();
        assert!(named.contains(&PASSWORD), "{}", request.url);
        let body = body(&request);
        for field in ["password", "refresh_token", "token", "code"] {
            if let Some(value) = body.get(field).and_then(Value::as_str) {
                assert!(named.contains(&value), "{field} of {}", request.url);
            }
        }
        if let Some(authorization) = &request.authorization {
            let ticket = authorization.expose_secret().trim_start_matches("Bearer ");
            assert!(named.contains(&ticket), "{}", request.url);
        }
    }
}

#[test]
fn the_account_is_the_email_as_it_was_given() {
    assert_eq!(
        Baserow::new("https://b.example.com/api", "Alice@Example.COM", secret("p")).account(),
        "Alice@Example.COM"
    );
}
