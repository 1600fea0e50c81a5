//! "The last failure forbids another try yet: answer at once with `COOLING_DOWN` (cause = that failure, `retryAfterMs`), or with
//! the live token where the zone allows it." These need no store.

use std::time::Duration;

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

fn stage() -> Stage {
    Stage::with_policy(patient())
}

#[test]
fn the_next_caller_is_answered_at_once_and_told_why_and_for_how_long() {
    let stage = stage();
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    assert_eq!(stage.failure().code, Code::InvalidCredentials);
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::CoolingDown, 503));
    let cause = failure.after.as_deref().unwrap();
    assert_eq!((cause.code, cause.status), (Code::InvalidCredentials, 401));
    let left = failure.retry_after.unwrap();
    assert!(left >= secs(4) && left <= secs(5), "{left:?}");
    assert_eq!(stage.server.asked(), [LOGIN]);
    stage.advance(secs(1));
    assert_eq!(stage.cooling(), left - secs(1));
    stage.advance(left - secs(1));
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn a_live_token_is_served_where_the_zone_allows_it() {
    let stage = Stage::with_policy(patient());
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(550));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    let _tried = stage.get(Demand::Fresh);
    let warnings = stage.log.warnings().len();
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.log.warnings().len(), warnings, "one warning per try, not per call");
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn whoever_will_not_be_served_a_stale_token_may_try_again_at_once() {
    let stage = Stage::with_policy(Policy { serve_stale: false, ..patient() });
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(550));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    assert_eq!(stage.failure().code, Code::Network);
    let refreshed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), refreshed);
}

#[test]
fn an_expired_token_is_not_served() {
    let stage = stage();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(600));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.failure();
    stage.cooling();
}

#[test]
fn a_retry_after_is_obeyed_as_told_and_at_most_for_an_hour() {
    for (told, obeyed) in [("7", 7), ("600", 600), ("86400", 3600)] {
        for answer in [Answer::text(429, ""), Answer::text(503, "")] {
            let stage = stage();
            stage.server.will_answer(LOGIN, answer.retry_after(told));
            stage.failure();
            assert_eq!(stage.cooling(), secs(obeyed));
        }
    }
}

#[test]
fn without_a_token_transient_failures_wait_a_second_and_twice_as_long_each_time_up_to_a_minute() {
    let stage = stage();
    for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
        stage.server.will_answer(LOGIN, Answer::connection_refused());
        assert_eq!(stage.failure().code, Code::Network);
        assert_eq!(stage.cooling(), secs(expected));
        stage.advance(secs(expected));
    }
}

#[test]
fn whatever_is_not_known_to_be_something_else_is_transient() {
    for answer in [Answer::server_error(), Answer::text(404, ""), Answer::text(200, ""), Answer::text(429, "")] {
        let stage = stage();
        stage.server.will_answer(LOGIN, answer);
        stage.failure();
        assert_eq!(stage.cooling(), secs(1));
    }
}

#[test]
fn with_a_fresh_token_a_failed_renewal_is_no_hurry() {
    for (lifetime, least, most) in [(36_000, 300, 600), (1200, 299, 301), (150, 36, 38)] {
        let stage = Stage::of(Setting { stored: true, policy: patient(), ..Setting::default() });
        stage.server.will_log_in(lifetime);
        stage.token();
        stage.server.will_answer(REFRESH, Answer::connection_refused());
        stage.server.will_answer(LOGIN, Answer::connection_refused());
        stage.get(Demand::Renewed).unwrap_err();
        // Nobody asks before the token is stale; how long it is remembered is what siblings are told.
        let shared = stage.disk.record().unwrap().failure.unwrap();
        let left = Duration::from_millis(u64::try_from(shared.until - shared.at).unwrap());
        assert!(left >= secs(least) && left <= secs(most), "{lifetime}: {left:?}");
    }
}

#[test]
fn while_the_token_may_be_served_a_failure_is_remembered_also_where_no_stale_one_is_served() {
    let policy = Policy { serve_stale: false, ..patient() };
    let stage = Stage::of(Setting { stored: true, policy, ..Setting::default() });
    stage.server.will_log_in(1200);
    stage.token();
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.get(Demand::Renewed).unwrap_err();
    let shared = stage.disk.record().unwrap().failure.unwrap();
    assert_eq!(shared.until - shared.at, 300_000);
}

#[test]
fn once_the_fresh_token_is_refused_it_is_a_hurry_again_for_siblings_too() {
    let stage = Stage::of(Setting { stored: true, policy: patient(), ..Setting::default() });
    stage.server.will_log_in(36_000);
    stage.token();
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.get(Demand::Renewed).unwrap_err();
    stage.invalidate(None);
    assert!(stage.disk.record().unwrap().failure.is_none());
    assert!(stage.cooling() <= secs(1));
}

#[test]
fn never_past_the_hard_border() {
    let stage = stage();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(530));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.get(Demand::Renewed).unwrap_err();
    stage.advance(secs(10));
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
}

#[test]
fn a_forced_caller_ignores_a_transient_failure_and_a_rejection() {
    for answer in [Answer::connection_refused(), Answer::wrong_password()] {
        let stage = stage();
        stage.server.will_answer(LOGIN, answer);
        stage.failure();
        let pair = stage.server.will_log_in(600);
        assert_eq!(stage.get(Demand::Renewed).unwrap(), pair.access);
    }
}

#[test]
fn a_forced_caller_obeys_a_retry_after() {
    let stage = stage();
    stage.server.will_answer(LOGIN, Answer::text(503, "").retry_after("60"));
    stage.failure();
    for demand in [Demand::Renewed, Demand::LoggedIn] {
        assert_eq!(stage.get(demand).unwrap_err().code, Code::CoolingDown);
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_success_forgets_every_failure_before_it() {
    let stage = stage();
    for _ in 0..2 {
        stage.server.will_answer(LOGIN, Answer::connection_refused());
        stage.get(Demand::Renewed).unwrap_err();
    }
    stage.server.will_log_in(600);
    stage.get(Demand::Renewed).unwrap();
    stage.manager.invalidate(None);
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.failure();
    assert_eq!(stage.cooling(), secs(1));
}

#[test]
fn the_drop_in_remembers_nothing() {
    let stage = Stage::new();
    for answer in [Answer::wrong_password(), Answer::text(429, "").retry_after("60"), Answer::connection_refused()] {
        stage.server.will_answer(LOGIN, answer);
        assert_ne!(stage.failure().code, Code::CoolingDown);
    }
    assert_eq!(stage.server.asked().len(), 3);
}
