//! What was planted is in no message and no `Debug`, however a server spells it.

use std::fmt::Debug;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokenkeep::provider::oauth2::{ClientAuth, Ledger};
use tokenkeep::provider::{Currency, Provider, Step};

use super::row::{CLIENT_ID, CLIENT_SECRET, SEED, came, options, runner};

#[test]
fn whatever_a_server_echoes_the_message_shows_no_secret() {
    let provider = runner(|options| {
        options.token_url = Some("https://auth.example.com/oauth2/token?code=qu3ry-key".to_owned());
    });
    let encoded = "s3cret+of%2Fthe%2Bclient";
    let pair = format!("{CLIENT_ID}:{encoded}");
    let spellings = [
        SEED.to_owned(),
        CLIENT_SECRET.to_owned(),
        encoded.to_owned(),
        STANDARD.encode(&pair),
        pair,
        "qu3ry-key".to_owned(),
        provider
            .refresh(Currency::RefreshToken(&SEED.into()))
            .unwrap()
            .authorization
            .unwrap()
            .expose_secret()
            .to_owned(),
    ];
    for secret in spellings {
        for body in [
            format!("<html>{secret}</html>"),
            serde_json::json!({ "error": "invalid_grant", "error_description": format!("not {secret}") }).to_string(),
            serde_json::json!({ "error": secret }).to_string(),
        ] {
            for status in [200, 400, 401, 500] {
                let failure = came(status, &body).to(Step::Refresh).failure(&provider);
                assert!(!failure.message.contains(&secret), "{failure}");
                assert!(!failure.message.contains("s3cret") && !failure.message.contains("r3fresh"), "{failure}");
            }
        }
    }
}

#[test]
fn a_ledger_says_how_much_it_knows_and_not_what() {
    let ledger = Arc::new(Ledger::default());
    let provider = runner(|options| options.ledger = Arc::clone(&ledger));
    provider.note_spent(&SEED.into());
    assert!(provider.has_spent(&SEED.into()) && !provider.has_spent(&"another".into()));
    assert_eq!(format!("{ledger:?}"), "Ledger { spent: 1, .. }");
}

#[test]
fn debug_shows_nothing() {
    let planted = |options: &mut tokenkeep::provider::oauth2::OAuth2Options| {
        options.client_secret = Some(SecretString::from("client-pl4nted"));
        options.refresh_token = Some(SecretString::from("refresh-pl4nted"));
        options.token_url = Some("https://auth.example.com/token?key=pl4nted".to_owned());
    };
    for auth in [ClientAuth::Basic, ClientAuth::Post] {
        let provider = runner(|options| {
            planted(options);
            options.client_auth = auth;
        });
        let mut plain = options();
        planted(&mut plain);
        let refresh = provider.refresh(Currency::RefreshToken(&"token-pl4nted".into()));
        let revocation = provider.revoke(Currency::AccessToken(&"token-pl4nted".into()));
        let things: [&dyn Debug; 5] =
            [&provider, &plain, &revocation, &provider.start(), &revocation.clone().unwrap().body];
        for thing in things {
            let text = format!("{thing:?} {thing:#?}");
            assert!(!text.contains("pl4nted"), "{text}");
        }
        // The token's URL is the user's own words, and goes into no message; what is posted there is nobody's.
        assert!(!format!("{:?}", refresh.unwrap().body).contains("pl4nted"));
    }
}
