//! Tokens that the user's own functions bring: when they were made, nobody knows.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::json;
use tokenkeep::provider::host::{HostLogin, HostLoginOptions};

use crate::stage::answer::Answer;
use crate::stage::jwt::minted;
use crate::stage::{Setting, Stage};

const CALLBACK: &str = "host:1";

#[test]
fn such_a_token_dies_when_it_says_however_long_ago_it_was_made() {
    let options = HostLoginOptions {
        callbacks: 1,
        home: "1".to_owned(),
        account: "alice".to_owned(),
        credential: SecretString::from("k"),
        ..HostLoginOptions::default()
    };
    let stage = Stage::of(Setting { provider: Some(Arc::new(HostLogin::new(options))), ..Setting::default() });
    let token = stage.server.keep(minted("access", stage.clock.server_seconds() - 300, 900));
    stage.server.will_answer(CALLBACK, Answer::json(200, &json!({ "token": token })));
    assert_eq!(stage.token(), token);
    assert_eq!(stage.manager.status().expires_at, Some(stage.clock.wall() + 600_000));
}
