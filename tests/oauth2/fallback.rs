//! Tokens from the environment, where spending the wrong one costs the right one.

use serde_json::{Value, json};
use tokenkeep::error::Code;

use super::play::{TOKEN, VARIABLE, sent, stored, unprovisioned, will_refuse, will_rotate, with_environment};
use super::row::{SEED, runner};
use crate::stage::answer::Answer;
use crate::stage::{Stage, secs};

fn tokens(stage: &Stage, refresh: Option<&str>, left: i64) -> Value {
    let expires_at = stage.clock.server_seconds() + left;
    json!({ "access_token": "environments-access", "refresh_token": refresh, "expires_at": expires_at })
}

#[test]
fn a_runner_without_tokens_begins_with_those_of_the_environment() {
    let (stage, environment) = with_environment(unprovisioned());
    environment.set(&tokens(&stage, Some("environments-refresh"), 600));
    assert_eq!(stage.token(), "environments-access");
    assert_eq!(stage.disk.refresh().unwrap(), "environments-refresh");
    stage.advance(secs(600));
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access);
    assert_eq!(sent(&stage), ["environments-refresh"]);
}

#[test]
fn an_expired_token_there_is_refreshed_once() {
    let (stage, environment) = with_environment(unprovisioned());
    environment.set(&tokens(&stage, Some("environments-refresh"), -1));
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access);
    assert_eq!(sent(&stage), ["environments-refresh"]);
}

#[test]
fn an_outage_does_not_spend_the_ancestor_of_the_sessions_refresh_token() {
    let (stage, environment) = with_environment(unprovisioned());
    environment.set(&tokens(&stage, Some("environments-refresh"), -1));
    let ours = will_rotate(&stage);
    stage.token();
    stage.advance(secs(600));
    stage.server.will_answer(TOKEN, Answer::server_error());
    assert_eq!(stage.failure().code, Code::ServerError);
    assert_eq!(sent(&stage), ["environments-refresh".to_owned(), ours.refresh.clone()]);
    let warnings = stage.log.warnings().concat();
    assert!(
        warnings.contains(VARIABLE) && warnings.contains("not needed before the session's own is refused"),
        "{warnings}"
    );
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access, "ours still works");
}

#[test]
fn after_a_refusal_a_new_one_there_is_the_way_on() {
    let (stage, environment) = with_environment(stored(runner(|_| {})));
    will_rotate(&stage);
    stage.token();
    stage.advance(secs(600));
    environment.set(&tokens(&stage, Some("environments-refresh"), -1));
    will_refuse(&stage, "invalid_grant");
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access);
    assert_eq!(sent(&stage).last().unwrap(), "environments-refresh");
}

#[test]
fn it_is_used_up_once_the_session_that_took_it_over_has_exchanged_it() {
    let (stage, environment) = with_environment(unprovisioned());
    environment.set(&tokens(&stage, Some("environments-refresh"), 600));
    stage.token();
    environment.set(&tokens(&stage, Some("environments-refresh"), -1));
    stage.advance(secs(600));
    let ours = will_rotate(&stage);
    stage.token();
    stage.advance(secs(600));
    will_refuse(&stage, "invalid_grant");
    assert_eq!(stage.failure().code, Code::InvalidCredentials);
    assert_eq!(sent(&stage), ["environments-refresh".to_owned(), ours.refresh]);
}

#[test]
fn the_provisioned_token_is_not_sent_again_because_it_lies_there_too() {
    let (stage, environment) = with_environment(stored(runner(|_| {})));
    environment.set(&tokens(&stage, Some(SEED), -1));
    let ours = will_rotate(&stage);
    stage.token();
    stage.advance(secs(600));
    will_refuse(&stage, "invalid_grant");
    assert_eq!(stage.failure().code, Code::InvalidCredentials);
    assert_eq!(sent(&stage), [SEED.to_owned(), ours.refresh]);
    assert!(stage.log.warnings().concat().contains("its refresh token has been used up"));
}

#[test]
fn a_lent_access_token_does_not_make_the_provisioned_one_spent() {
    let (stage, environment) = with_environment(stored(runner(|_| {})));
    environment.set(&tokens(&stage, None, 600));
    stage.server.will_answer(TOKEN, Answer::connection_refused());
    assert_eq!(stage.token(), "environments-access");
    stage.advance(secs(600));
    let next = will_rotate(&stage);
    assert_eq!(stage.beside(stored(runner(|_| {}))).token(), next.access);
    assert_eq!(sent(&stage), [SEED, SEED], "the first was never answered");
}

#[test]
fn a_refused_client_does_not_bury_what_lies_there() {
    let (stage, environment) = with_environment(unprovisioned());
    environment.set(&tokens(&stage, Some("environments-refresh"), -1));
    will_refuse(&stage, "invalid_client");
    assert_eq!(stage.failure().code, Code::InvalidCredentials);
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access);
    assert_eq!(sent(&stage), ["environments-refresh"; 2]);
}

#[test]
fn a_refresh_token_of_the_environment_is_the_way_on_although_the_provisioned_one_is_not_spent() {
    let (stage, environment) = with_environment(stored(runner(|_| {})));
    environment.set(&tokens(&stage, Some("environments-refresh"), 600));
    stage.server.will_answer(TOKEN, Answer::server_error());
    assert_eq!(stage.token(), "environments-access");
    assert_eq!(stage.disk.refresh().unwrap(), "environments-refresh");
}

#[test]
fn where_nobody_said_whose_the_account_is_tokens_of_any_account_are_taken() {
    let (stage, environment) = with_environment(unprovisioned());
    let mut named = tokens(&stage, None, 600);
    named["account"] = Value::from("somebody@example.com");
    environment.set(&named);
    assert_eq!(stage.token(), "environments-access");
}
