//! "What is worth retrying is retried within `retry`; a Retry-After of at most `maxDelayMs` is slept, a longer one fails at once
//! with `retryAfterMs`." These need no store.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::Boxed;
use secrecy::SecretString;
use serde_json::json;
use tokenkeep::error::{Code, Unanswered};
use tokenkeep::manager::{Demand, SecondFactor};
use tokenkeep::policy::{Policy, Retry};
use tokenkeep::session::Source;

use crate::stage::answer::{Answer, http_date};
use crate::stage::server::{LOGIN, REFRESH, VERIFY};
use crate::stage::{Setting, Stage, secs};

fn persistent() -> Policy {
    Policy { retry: Retry::default(), ..Policy::default() }
}

fn worth_retrying() -> Vec<Answer> {
    let statuses = [429, 500, 502, 503, 504].map(|status| Answer::text(status, ""));
    statuses.into_iter().chain([Answer::connection_refused()]).collect()
}

#[test]
fn what_may_be_over_in_a_moment_is_tried_three_times() {
    for answer in worth_retrying() {
        let stage = Stage::with_policy(persistent());
        stage.server.will_answer(LOGIN, answer.clone());
        stage.server.will_answer(LOGIN, answer);
        let pair = stage.server.will_log_in(600);
        let call = stage.ask(Demand::Fresh);
        stage.advance(secs(1));
        assert_eq!(call.answer().unwrap(), pair.access);
        assert_eq!(stage.server.asked(), [LOGIN, LOGIN, LOGIN]);
    }
}

#[test]
fn the_third_failure_is_the_answer() {
    let stage = Stage::with_policy(persistent());
    (0..3).for_each(|_| stage.server.will_answer(LOGIN, Answer::text(503, "")));
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    assert_eq!(call.answer().unwrap_err().code, Code::ServerError);
    assert_eq!(stage.server.asked().len(), 3);
}

#[test]
fn what_will_be_refused_again_is_not_tried_again() {
    for answer in [Answer::wrong_password(), Answer::text(404, ""), Answer::text(501, ""), Answer::text(200, "")] {
        let stage = Stage::with_policy(persistent());
        stage.server.will_answer(LOGIN, answer);
        stage.failure();
        assert_eq!(stage.server.asked(), [LOGIN]);
    }
}

#[test]
fn the_waits_double_and_half_of_each_is_left_to_chance() {
    let stage = Stage::with_policy(Policy {
        retry: Retry { attempts: 4, base: Duration::from_secs(1), longest: secs(60) },
        ..Policy::default()
    });
    (0..4).for_each(|_| stage.server.will_answer(LOGIN, Answer::connection_refused()));
    let call = stage.ask(Demand::Fresh);
    for (tries, most) in [(1, 1000), (2, 2000), (3, 4000)] {
        let mut waited = 0;
        while stage.server.asked().len() == tries {
            stage.advance(Duration::from_millis(1));
            waited += 1;
        }
        assert!(waited >= most / 2 && waited <= most, "{waited} ms after {tries}");
    }
    call.answer().unwrap_err();
}

#[test]
fn a_refresh_is_retried_before_it_is_given_up() {
    let stage = Stage::with_policy(persistent());
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    let next = stage.server.will_refresh(600);
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    assert_eq!(call.answer().unwrap(), next);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH]);
}

#[test]
fn the_repetitions_of_one_request_are_one_attempt() {
    let stage = Stage::with_policy(persistent());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.server.will_log_in(600);
    let manager = stage.manager.clone();
    let call = stage.start(async move { manager.renew(Demand::Fresh).await });
    stage.advance(secs(1));
    let attempts = call.answer().attempts;
    assert_eq!(attempts.len(), 1, "{attempts:?}");
    assert_eq!((attempts[0].how, attempts[0].error), (Source::Login, None));
}

#[test]
fn a_short_retry_after_is_slept_in_either_form() {
    let seconds = |_: &Stage| "4".to_owned();
    let date = |stage: &Stage| http_date(stage.clock.server_seconds() + 4);
    for told in [seconds as fn(&Stage) -> String, date] {
        let stage = Stage::with_policy(persistent());
        let told = told(&stage);
        stage.server.will_answer(LOGIN, Answer::text(429, "").retry_after(&told));
        let pair = stage.server.will_log_in(600);
        let call = stage.ask(Demand::Fresh);
        stage.advance(secs(3));
        assert_eq!(stage.server.asked(), [LOGIN], "{told}");
        stage.advance(secs(1));
        assert_eq!(call.answer().unwrap(), pair.access);
    }
}

#[test]
fn a_long_retry_after_fails_at_once_and_says_how_long() {
    let seconds = |_: &Stage| "6".to_owned();
    let date = |stage: &Stage| http_date(stage.clock.server_seconds() + 6);
    for told in [seconds as fn(&Stage) -> String, date] {
        let stage = Stage::with_policy(persistent());
        stage.server.will_answer(LOGIN, Answer::text(503, "").retry_after(&told(&stage)));
        let failure = stage.failure();
        assert_eq!((failure.code, failure.retry_after), (Code::ServerError, Some(secs(6))));
        assert_eq!(stage.server.asked(), [LOGIN]);
    }
}

#[test]
fn the_deadline_ends_it_all() {
    let stage = Stage::with_policy(Policy {
        deadline: secs(7),
        retry: Retry { attempts: 10, base: secs(4), longest: secs(60) },
        ..Policy::default()
    });
    (0..10).for_each(|_| stage.server.will_answer(LOGIN, Answer::connection_refused()));
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(6));
    assert!(call.is_waiting());
    stage.advance(secs(1));
    let failure = call.answer().unwrap_err();
    assert_eq!(failure.code, Code::Timeout);
    assert!(failure.message.contains("deadlineMs"), "{failure}");
}

struct Code111;

impl SecondFactor for Code111 {
    fn code(&self) -> Boxed<Result<SecretString, Unanswered>> {
        Box::pin(async { Ok("111111".into()) })
    }
}

#[test]
fn a_second_factor_is_never_sent_twice() {
    let stage =
        Stage::of(Setting { policy: persistent(), second_factor: Some(Arc::new(Code111)), ..Setting::default() });
    let ticket = stage.server.mint("2fa", 120);
    stage.server.will_answer(LOGIN, Answer::json(200, &json!({ "two_factor_auth": "totp", "token": ticket })));
    stage.server.will_answer(VERIFY, Answer::connection_refused());
    assert_eq!(stage.failure().code, Code::Network);
    assert_eq!(stage.server.asked(), [LOGIN, VERIFY]);
}
