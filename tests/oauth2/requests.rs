//! What is sent (RFC 6749 §2.3.1, §4.4.2, §6 and appendix B; RFC 7009 §2.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::provider::oauth2::{ClientAuth, GrantType};
use tokenkeep::provider::{Currency, Provider, Start, Step};
use tokenkeep::transport::{Body, Request};

use super::row::{REVOCATION_URL, SEED, TOKEN_URL, client, runner, some};

fn form(request: &Request) -> &str {
    assert!(matches!(request.body, Body::Form(_)), "{request:?}");
    request.body.text()
}

/// What the Authorization header says in plain text.
fn basic(request: &Request) -> String {
    let value = request.authorization.as_ref().expect("a header").expose_secret();
    let credentials = value.strip_prefix("Basic ").expect("Basic");
    String::from_utf8(STANDARD.decode(credentials).expect("base64")).expect("text")
}

fn token(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn client_credentials_are_a_form_with_the_client_in_the_header() {
    let request = client(|_| {}).login().expect("a login");
    assert_eq!(request.url, TOKEN_URL);
    assert_eq!(form(&request), "grant_type=client_credentials");
    assert_eq!(basic(&request), "runner-1:s3cret+of%2Fthe%2Bclient");
    assert!(request.headers.is_empty());
}

#[test]
fn id_and_secret_are_encoded_before_they_meet_so_that_a_colon_is_no_border() {
    let provider = client(|options| {
        options.client_id = "a:b c".to_owned();
        options.client_secret = Some(token("ü:%&*~"));
    });
    assert_eq!(basic(&provider.login().expect("a login")), "a%3Ab+c:%C3%BC%3A%25%26*%7E");
}

#[test]
fn post_puts_the_client_into_the_body_and_nothing_into_a_header() {
    let request = client(|options| options.client_auth = ClientAuth::Post).login().expect("a login");
    assert!(request.authorization.is_none());
    assert_eq!(
        form(&request),
        "grant_type=client_credentials&client_id=runner-1&client_secret=s3cret+of%2Fthe%2Bclient"
    );
}

#[test]
fn a_public_client_says_its_id_alone() {
    for auth in [ClientAuth::Post, ClientAuth::Basic] {
        let provider = runner(|options| {
            options.client_secret = None;
            options.client_auth = auth;
        });
        let request = provider.refresh(Currency::RefreshToken(&token("R&1"))).expect("a refresh");
        assert!(request.authorization.is_none());
        assert_eq!(form(&request), "grant_type=refresh_token&refresh_token=R%261&client_id=runner-1");
    }
}

#[test]
fn scope_and_audience_go_with_every_request_for_a_token() {
    let provider = runner(|options| {
        options.scope = some("files.read offline_access");
        options.audience = some("https://api.example.com/");
        options.client_auth = ClientAuth::Post;
    });
    let request = provider.refresh(Currency::RefreshToken(&token("R"))).expect("a refresh");
    assert_eq!(
        form(&request),
        "grant_type=refresh_token&refresh_token=R&scope=files.read+offline_access&audience=https%3A%2F%2Fapi.example.com%2F\
         &client_id=runner-1&client_secret=s3cret+of%2Fthe%2Bclient"
    );
}

#[test]
fn each_grant_has_its_own_start_and_no_other() {
    let by_credentials = client(|_| {});
    assert!(matches!(by_credentials.start(), Start::Login));
    assert!(!by_credentials.rotates());
    assert!(by_credentials.refresh(Currency::RefreshToken(&token("R"))).is_none());
    let by_refresh_token = runner(|_| {});
    assert!(matches!(by_refresh_token.start(), Start::Seed(Some(seed)) if seed.expose_secret() == SEED));
    assert!(by_refresh_token.rotates());
    assert!(by_refresh_token.login().is_none());
    assert!(by_refresh_token.refresh(Currency::AccessToken(&token("A"))).is_none());
    assert!(!by_refresh_token.takes(Currency::AccessToken(&token("A"))));
    let unprovisioned = client(|options| options.grant = GrantType::RefreshToken);
    assert!(matches!(unprovisioned.start(), Start::Seed(None)));
}

#[test]
fn a_revocation_names_the_kind_of_token_and_the_client() {
    let provider = runner(|_| {});
    let request = provider.revoke(Currency::RefreshToken(&token("R/1"))).expect("a revocation");
    assert_eq!(request.url, REVOCATION_URL);
    assert_eq!(form(&request), "token=R%2F1&token_type_hint=refresh_token");
    assert_eq!(basic(&request), "runner-1:s3cret+of%2Fthe%2Bclient");
    let request = client(|_| {}).revoke(Currency::AccessToken(&token("A"))).expect("a revocation");
    assert_eq!(form(&request), "token=A&token_type_hint=access_token");
    assert!(client(|options| options.revocation_url = None).revoke(Currency::AccessToken(&token("A"))).is_none());
}

#[test]
fn with_a_token_url_there_is_nothing_to_discover() {
    for step in [Step::Login, Step::Refresh, Step::Revoke] {
        assert!(client(|_| {}).discovery(step).is_none());
    }
}
