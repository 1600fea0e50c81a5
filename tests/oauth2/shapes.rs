//! The shapes of services that are out there.

use secrecy::ExposeSecret;
use serde_json::json;
use tokenkeep::provider::oauth2::{ClientAuth, GrantType, OAuth2, OAuth2Options};
use tokenkeep::provider::{Provider, Step};

use super::play::{TOKEN, sent, stored};
use super::row::{SEED, came};
use crate::stage::answer::Answer;
use crate::stage::{Stage, secs};

/// A domain of a Cognito user pool: the client in the header, scopes of resource servers, JWTs and no refresh token.
#[test]
fn aws_cognito() {
    let provider = OAuth2::new(OAuth2Options {
        token_url: Some("https://acme.auth.eu-west-1.amazoncognito.com/oauth2/token".to_owned()),
        client_id: "1example23456789".to_owned(),
        client_secret: Some("9example87654321".into()),
        client_auth: ClientAuth::Basic,
        scope: Some("resource-server/read resource-server/write".to_owned()),
        ..OAuth2Options::default()
    });
    let request = provider.login().expect("a login");
    assert_eq!(
        request.authorization.unwrap().expose_secret(),
        "Basic MWV4YW1wbGUyMzQ1Njc4OTo5ZXhhbXBsZTg3NjU0MzIx",
        "as Cognito's own documentation writes such a pair"
    );
    let scope = "resource-server%2Fread+resource-server%2Fwrite";
    assert_eq!(request.body.text(), format!("grant_type=client_credentials&scope={scope}"));
    let grant =
        came(200, r#"{"access_token":"eyJra1example","expires_in":3600,"token_type":"Bearer"}"#).grant(&provider);
    assert_eq!((grant.lifetime, grant.refresh_token.is_none()), (Some(secs(3600)), true));
    let failure = came(400, r#"{"error":"invalid_client"}"#).failure(&provider);
    assert!(failure.message.contains("for 1example23456789 at acme.auth.eu-west-1.amazoncognito.com"), "{failure}");
    let scope = came(400, r#"{"error":"invalid_scope"}"#).failure(&provider);
    assert!(scope.message.contains("Check the option scope"), "{scope}");
}

fn drive() -> OAuth2 {
    OAuth2::new(OAuth2Options {
        token_url: Some("https://login.microsoftonline.com/common/oauth2/v2.0/token".to_owned()),
        client_id: "6731de76-14a6-49ae-97bc-6eba6914391e".to_owned(),
        grant: GrantType::RefreshToken,
        refresh_token: Some(SEED.into()),
        scope: Some("Files.ReadWrite.All offline_access".to_owned()),
        account: Some("backup@example.com".to_owned()),
        ..OAuth2Options::default()
    })
}

/// The Microsoft identity platform for OneDrive: a public client, refresh tokens that grow beyond a kilobyte and rotate, opaque
/// access tokens for personal accounts, and more fields than the standard has.
#[test]
fn one_drive() {
    let stage = Stage::of(stored(drive()));
    let long = |letter: char| stage.server.keep(format!("M.C105_BAY.0.U.-{}", letter.to_string().repeat(1300)));
    let [first, second] = ['C', 'D'].map(long);
    for (number, refresh) in [&first, &second].into_iter().enumerate() {
        let body = json!({
            "token_type": "Bearer",
            "scope": "Files.ReadWrite.All",
            "expires_in": 3600,
            "ext_expires_in": 3600,
            "access_token": stage.server.keep(format!("EwB4A8l6BAAU{number}{}", "x".repeat(1400))),
            "refresh_token": refresh,
        });
        stage.server.will_answer(TOKEN, Answer::json(200, &body));
        assert!(stage.token().starts_with(&format!("EwB4A8l6BAAU{number}")));
        assert_eq!(stage.disk.refresh().unwrap(), *refresh);
        stage.advance(secs(3600));
    }
    assert_eq!(sent(&stage), [SEED.to_owned(), first]);
    let heard = stage.server.last();
    assert_eq!(heard.authorization, None);
    assert_eq!(heard.body["client_id"], "6731de76-14a6-49ae-97bc-6eba6914391e");
    assert_eq!(heard.body["scope"], "Files.ReadWrite.All offline_access");
    assert_eq!(heard.body["client_secret"], serde_json::Value::Null);
}

#[test]
fn one_drive_refuses_in_many_words() {
    let body = json!({
        "error": "invalid_grant",
        "error_description": "AADSTS70000: The provided value for the input parameter 'refresh_token' is not valid. Trace ID: 0d8c. Timestamp: 2026-11-20 21:40:20Z",
        "error_codes": [70000],
        "timestamp": "2026-11-20 21:40:20Z",
        "correlation_id": "7a3b",
    });
    let failure = came(400, &body.to_string()).to(Step::Refresh).failure(&drive());
    assert!(failure.refuses_token());
    let words = [
        "refresh returned 400 (invalid_grant: AADSTS70000: The provided value",
        "for backup@example.com at login.microsoftonline.com",
    ];
    for words in words {
        assert!(failure.message.contains(words), "{failure}");
    }
}
