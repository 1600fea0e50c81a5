//! `logout`: revoke where the server can, then forget.

use serde_json::json;
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::server::{BLACKLIST, LOGIN, Pair, REFRESH};
use crate::stage::{Stage, secs};

fn logged_in() -> (Stage, Pair) {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    stage.token();
    (stage, pair)
}

fn revoked() -> Answer {
    Answer::text(204, "")
}

#[test]
fn the_refresh_token_is_blacklisted_and_everything_forgotten() {
    let (stage, pair) = logged_in();
    stage.server.will_answer(BLACKLIST, revoked());
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.asked(), [LOGIN, BLACKLIST]);
    assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
    assert!(stage.manager.look().token.is_none());
    let second = stage.server.will_log_in(600);
    assert_eq!(stage.token(), second.access);
    assert_eq!(stage.server.asked(), [LOGIN, BLACKLIST, LOGIN], "the refresh token is gone too");
}

#[test]
fn it_is_one_line_in_the_log() {
    let (stage, _) = logged_in();
    stage.server.will_answer(BLACKLIST, revoked());
    stage.logout().answer().unwrap();
    assert_eq!(stage.log.infos().last().unwrap(), "logged out");
    assert!(stage.log.warnings().is_empty());
}

#[test]
fn a_session_without_an_access_token_is_revoked_as_well() {
    let (stage, pair) = logged_in();
    stage.manager.invalidate(None);
    stage.server.will_answer(BLACKLIST, revoked());
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
}

#[test]
fn where_there_is_no_session_nothing_is_sent() {
    let stage = Stage::new();
    stage.logout().answer().unwrap();
    assert!(stage.server.asked().is_empty());
}

#[test]
fn a_refresh_token_that_was_dead_already_is_a_success() {
    let dead = [
        Answer::json(400, &json!({ "error": "ERROR_REFRESH_TOKEN_ALREADY_BLACKLISTED", "detail": "…" })),
        Answer::refused_refresh_token(),
        Answer::text(404, "older than 1.21"),
    ];
    for answer in dead {
        let (stage, _) = logged_in();
        stage.server.will_answer(BLACKLIST, answer);
        stage.logout().answer().unwrap();
        assert!(stage.manager.look().token.is_none());
    }
}

#[test]
fn a_failure_is_reported_and_the_session_forgotten_all_the_same() {
    let failures = [
        (Answer::server_error(), Code::ServerError, 500),
        (Answer::connection_refused(), Code::Network, 502),
        (Answer::text(429, "").retry_after("7"), Code::RateLimited, 429),
    ];
    for (answer, code, status) in failures {
        let (stage, _) = logged_in();
        stage.server.will_answer(BLACKLIST, answer);
        let failure = stage.logout().answer().unwrap_err();
        assert_eq!((failure.code, failure.status), (code, status));
        assert!(failure.message.starts_with("BRIDGE_BASEROW_AUTH_FAILED: logout "), "{failure}");
        assert!(stage.manager.look().token.is_none());
        assert_eq!(stage.log.warnings().len(), 1);
        stage.server.will_log_in(600);
        stage.token();
        assert_eq!(stage.server.asked(), [LOGIN, BLACKLIST, LOGIN]);
    }
}

#[test]
fn it_ends_within_its_limits() {
    let (stage, _) = logged_in();
    stage.server.will_hold(BLACKLIST, revoked());
    let logout = stage.logout();
    stage.advance(secs(10));
    assert_eq!(logout.answer().unwrap_err().code, Code::Timeout);
    assert!(stage.manager.look().token.is_none());
}

#[test]
fn it_waits_for_the_flight_and_revokes_what_that_brings() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let call = stage.ask(Demand::Fresh);
    let logout = stage.logout();
    assert!(logout.is_waiting());
    assert_eq!(stage.server.asked(), [LOGIN]);
    stage.server.will_answer(BLACKLIST, revoked());
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    logout.answer().unwrap();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
    assert!(stage.manager.look().token.is_none());
}

#[test]
fn a_flight_that_fails_does_not_keep_it_from_revoking_the_session_of_before() {
    let (stage, pair) = logged_in();
    stage.advance(secs(540));
    let gate = stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.ask(Demand::Fresh).leave();
    let logout = stage.logout();
    stage.server.will_answer(BLACKLIST, revoked());
    stage.open(&gate);
    logout.answer().unwrap();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
    assert!(stage.manager.look().token.is_none());
}

#[test]
fn who_asks_during_it_waits_and_logs_in_afresh() {
    let (stage, _) = logged_in();
    let gate = stage.server.will_hold(BLACKLIST, revoked());
    let logout = stage.logout();
    let later = stage.server.will_log_in(600);
    stage.manager.invalidate(None);
    let call = stage.ask(Demand::Fresh);
    assert!(call.is_waiting());
    stage.open(&gate);
    logout.answer().unwrap();
    assert_eq!(call.answer().unwrap(), later.access);
    assert_eq!(stage.server.asked(), [LOGIN, BLACKLIST, LOGIN], "no refresh: the session is gone");
}

#[test]
fn a_session_that_is_invalidated_while_the_server_is_told_is_forgotten_all_the_same() {
    for answer in [revoked(), Answer::server_error()] {
        let (stage, _) = logged_in();
        let gate = stage.server.will_hold(BLACKLIST, answer);
        let logout = stage.logout();
        assert!(stage.manager.invalidate(None));
        stage.open(&gate);
        let _told_or_not = logout.answer();
        let second = stage.server.will_log_in(600);
        assert_eq!(stage.token(), second.access);
        assert_eq!(stage.server.asked(), [LOGIN, BLACKLIST, LOGIN], "no refresh: the session is gone");
    }
}
