//! What goes wrong, and what of it costs the session its refresh token: only a refusal of that very token, and a logout.

use tokenkeep::error::Code;

use super::play::{Issued, REVOKE, TOKEN, is_used_up, sent, stored, under_way, will_refuse, will_rotate};
use super::row::{CLIENT_ID, HOST, SEED, runner, shows};
use crate::stage::answer::Answer;
use crate::stage::{Setting, Stage, secs};

#[test]
fn a_refusal_of_the_client_costs_no_refresh_token() {
    let (stage, first) = under_way();
    for error in ["invalid_client", "unauthorized_client", "invalid_scope", "interaction_required"] {
        stage.advance(secs(600));
        will_refuse(&stage, error);
        let failure = stage.failure();
        assert_eq!(failure.code, Code::InvalidCredentials, "{failure}");
        shows(&failure, &["refresh returned 400", error]);
        assert_eq!(stage.disk.refresh().unwrap(), first.refresh);
    }
    stage.advance(secs(600));
    let second = will_rotate(&stage);
    assert_eq!(stage.token(), second.access);
    assert_eq!(sent(&stage)[1..], vec![first.refresh; 5]);
}

#[test]
fn an_outage_is_the_failure_and_changes_nothing() {
    let (stage, first) = under_way();
    stage.advance(secs(600));
    stage.server.will_answer(TOKEN, Answer::connection_refused());
    let failure = stage.failure();
    assert_eq!(failure.code, Code::Network, "{failure}");
    shows(&failure, &["refresh got no answer (connection refused)"]);
    let second = will_rotate(&stage);
    assert_eq!(stage.token(), second.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh.clone(), first.refresh]);
    let warnings = stage.log.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(!warnings[0].contains("logging in"), "{warnings:#?}");
}

#[test]
fn an_outage_with_a_session_in_memory_alone_does_not_send_it_either() {
    let stage = Stage::of(Setting { stored: false, ..stored(runner(|_| {})) });
    let text = serde_json::json!({ "access_token": "imported-access", "refresh_token": "imported-refresh", "expires_at": stage.clock.server_seconds() + 600 });
    stage.import(&text.to_string()).unwrap();
    stage.advance(secs(600));
    stage.server.will_answer(TOKEN, Answer::server_error());
    assert_eq!(stage.failure().code, Code::ServerError);
    will_refuse(&stage, "invalid_grant");
    let issued = will_rotate(&stage);
    assert_eq!(stage.token(), issued.access);
    assert_eq!(sent(&stage), ["imported-refresh", "imported-refresh", SEED], "nobody has spent it here");
}

#[test]
fn a_bad_answer_leaves_the_session_as_it_was() {
    let (stage, first) = under_way();
    stage.advance(secs(600));
    for body in
        ["<html>", "{}", r#"{"access_token":"a\nb","refresh_token":"newer"}"#, r#"{"access_token":"a","expires_in":0}"#]
    {
        stage.server.will_answer(TOKEN, Answer::text(200, body));
        assert_eq!(stage.failure().code, Code::BadResponse);
        assert_eq!(stage.disk.refresh().unwrap(), first.refresh);
    }
}

#[test]
fn a_logout_ends_it_for_good() {
    let (stage, Issued { refresh, .. }) = under_way();
    stage.server.will_answer(REVOKE, Answer::text(200, ""));
    stage.logout().answer().unwrap();
    let heard = stage.server.last();
    assert_eq!(
        (heard.body["token"].as_str(), heard.body["token_type_hint"].as_str()),
        (Some(refresh.as_str()), Some("refresh_token"))
    );
    assert!(heard.authorization.unwrap().starts_with("Basic "));
    assert!(stage.disk.record().is_none());
    is_used_up(&stage.failure());
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn a_logout_that_the_server_puts_off_says_so_and_forgets_all_the_same() {
    let (stage, _) = under_way();
    stage.server.will_answer(REVOKE, Answer::text(503, "").retry_after("30"));
    let failure = stage.logout().answer().unwrap_err();
    assert_eq!((failure.code, failure.retry_after), (Code::ServerError, Some(secs(30))));
    assert!(failure.message.contains(&format!("logout returned 503 for {CLIENT_ID} at {HOST}")), "{failure}");
    assert!(stage.disk.record().is_none());
}
