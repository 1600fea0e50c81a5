//! Time limits: one per attempt, one for the whole flight; and how long a server may tell us to stay away.

use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::Demand;
use tokenkeep::policy::Policy;

use crate::stage::answer::{Answer, http_date};
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, secs};

#[test]
fn an_attempt_that_takes_too_long_is_a_timeout() {
    let stage = Stage::new();
    stage.server.will_hold(LOGIN, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(9));
    assert!(call.is_waiting());
    stage.advance(secs(1));
    let failure = call.answer().unwrap_err();
    assert_eq!((failure.code, failure.status), (Code::Timeout, 504));
    assert!(failure.is_transient());
    assert!(failure.message.starts_with("BRIDGE_BASEROW_AUTH_FAILED: login timed out"), "{failure}");
}

#[test]
fn every_attempt_has_the_limit_that_the_user_chose() {
    let stage = Stage::with_policy(Policy { attempt: secs(3), ..Policy::default() });
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert!(stage.server.heard().iter().all(|heard| heard.timeout == secs(3)));
}

#[test]
fn a_refresh_that_takes_too_long_leads_to_the_login() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    stage.server.will_hold(REFRESH, Answer::server_error());
    let second = stage.server.will_log_in(600);
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(10));
    assert_eq!(call.answer().unwrap(), second.access);
}

#[test]
fn one_deadline_bounds_the_whole_flight() {
    let policy = Policy { attempt: secs(20), deadline: secs(30), ..Policy::default() };
    let stage = Stage::with_policy(policy);
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(600));
    stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_hold(LOGIN, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(29));
    assert!(call.is_waiting());
    stage.advance(secs(1));
    let failure = call.answer().unwrap_err();
    assert_eq!((failure.code, failure.status), (Code::Timeout, 504));
    assert!(failure.message.contains("login did not end within deadlineMs (30000 ms)"), "{failure}");
    assert!(!stage.manager.status().renewing);
}

#[test]
fn the_deadlines_message_names_the_step_that_was_under_way() {
    let policy = Policy { attempt: secs(40), deadline: secs(30), ..Policy::default() };
    let stage = Stage::with_policy(policy);
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(600));
    stage.server.will_hold(REFRESH, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(30));
    let failure = call.answer().unwrap_err();
    assert!(failure.message.contains("refresh did not end within deadlineMs"), "{failure}");
}

#[test]
fn after_the_deadline_the_next_call_starts_afresh() {
    let policy = Policy { attempt: secs(40), deadline: secs(30), ..Policy::default() };
    let stage = Stage::with_policy(policy);
    let late = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&late.access, &late.refresh));
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(30));
    call.answer().unwrap_err();
    // What comes too late comes for nobody.
    stage.open(&gate);
    let second = stage.server.will_log_in(600);
    assert_eq!(stage.token(), second.access);
}

#[test]
fn a_deadline_in_the_margin_leaves_the_caller_with_the_live_token() {
    let stage = Stage::with_policy(Policy { deadline: secs(5), ..Policy::default() });
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(545));
    stage.server.will_hold(REFRESH, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(5));
    assert_eq!(call.answer().unwrap(), pair.access);
}

/// What a login says that is told to wait.
fn told_to_wait(value: &str, with_date: bool) -> Failure {
    let stage = Stage::new();
    let now = stage.clock.server_seconds();
    // Our own clock is wrong: where the server's is known, it is the one that counts.
    stage.clock.step_wall(if with_date { 1_000_000 } else { 0 });
    let answer = Answer::text(429, "").retry_after(value);
    stage.server.will_answer(LOGIN, if with_date { answer.dated(now) } else { answer });
    stage.failure()
}

#[test]
fn retry_after_in_seconds_is_passed_on() {
    let failure = told_to_wait("29", false);
    assert_eq!((failure.code, failure.retry_after), (Code::RateLimited, Some(secs(29))));
    assert_eq!(told_to_wait(" 30 ", false).retry_after, Some(secs(30)));
    assert_eq!(told_to_wait("0", false).retry_after, Some(secs(0)));
}

#[test]
fn retry_after_as_a_date_counts_from_the_servers_clock_where_it_is_known() {
    let now = Stage::new().clock.server_seconds();
    assert_eq!(told_to_wait(&http_date(now + 120), true).retry_after, Some(secs(120)));
    assert_eq!(told_to_wait(&http_date(now + 120), false).retry_after, Some(secs(120)));
    assert_eq!(told_to_wait(&http_date(now - 5), true).retry_after, Some(secs(0)));
}

#[test]
fn no_retry_after_beyond_an_hour_is_believed() {
    let now = Stage::new().clock.server_seconds();
    assert_eq!(told_to_wait("86400", false).retry_after, Some(secs(3600)));
    assert_eq!(told_to_wait(&u64::MAX.to_string(), false).retry_after, Some(secs(3600)));
    assert_eq!(told_to_wait(&http_date(now + 86_400), true).retry_after, Some(secs(3600)));
}

#[test]
fn a_retry_after_that_cannot_be_read_is_none() {
    for value in ["", "soon", "-5", "1.5", "Thu, 99 Foo 2026 00:00:00 GMT"] {
        assert_eq!(told_to_wait(value, false).retry_after, None, "{value:?}");
    }
}
