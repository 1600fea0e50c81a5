//! Many processes with one store: one login, one refresh, one wrong password.

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::{Margin, Policy};
use tokenkeep::store::record::SharedFailure;

use crate::stage::answer::Answer;
use crate::stage::executor::Call;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

const MANY: usize = 24;

fn siblings(of: &Stage) -> Vec<Stage> {
    (0..MANY).map(|_| of.beside(Setting { policy: patient(), ..Setting::default() })).collect()
}

fn all_ask(siblings: &[Stage]) -> Vec<Call<Result<String, tokenkeep::error::Failure>>> {
    siblings.iter().map(|sibling| sibling.ask(Demand::Fresh)).collect()
}

#[test]
fn started_at_once_on_a_cold_cache_they_make_one_login() {
    let stage = Stage::stored();
    let siblings = siblings(&stage);
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    let calls = all_ask(&siblings);
    stage.open(&gate);
    assert!(calls.iter().all(|call| call.answer().unwrap() == pair.access));
    assert_eq!(stage.server.asked(), [LOGIN]);
    assert!(!stage.disk.is_locked());
}

#[test]
fn started_at_once_with_a_stale_token_they_make_one_refresh() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    let siblings = siblings(&stage);
    let next = stage.server.mint("access", 600);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&next));
    let calls = all_ask(&siblings);
    stage.open(&gate);
    assert!(calls.iter().all(|call| call.answer().unwrap() == next));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn with_a_wrong_password_they_make_one_request_and_each_gets_the_original_failure() {
    let stage = Stage::stored();
    let siblings = siblings(&stage);
    let gate = stage.server.will_hold(LOGIN, Answer::wrong_password());
    let calls = all_ask(&siblings);
    stage.advance(secs(1));
    stage.open(&gate);
    for call in calls {
        let failure = call.answer().unwrap_err();
        assert_eq!((failure.code, failure.status), (Code::InvalidCredentials, 401), "{failure}");
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn after_the_cool_down_they_try_again_and_again_it_is_one_request() {
    let stage = Stage::stored();
    let siblings = siblings(&stage);
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    let calls = all_ask(&siblings);
    calls.iter().for_each(|call| drop(call.answer().unwrap_err()));
    for sibling in &siblings {
        assert_eq!(sibling.failure().code, Code::CoolingDown);
    }
    assert_eq!(stage.server.asked(), [LOGIN]);

    stage.advance(secs(5));
    let pair = stage.server.will_log_in(600);
    let calls = all_ask(&siblings);
    assert!(calls.iter().all(|call| call.answer().unwrap() == pair.access));
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn those_who_remember_nothing_share_the_failure_of_the_one_they_waited_for_and_no_later() {
    let stage = Stage::stored();
    let sibling = stage.sibling();
    let gate = stage.server.will_hold(LOGIN, Answer::wrong_password());
    let calls = [stage.ask(Demand::Fresh), sibling.ask(Demand::Fresh)];
    stage.advance(secs(1));
    stage.open(&gate);
    for call in calls {
        assert_eq!(call.answer().unwrap_err().code, Code::InvalidCredentials);
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
    let pair = stage.server.will_log_in(600);
    assert_eq!(sibling.token(), pair.access);
}

#[test]
fn a_siblings_failure_says_that_it_is_one_and_how_long_to_wait() {
    let (stage, sibling) = both_patient();
    stage.server.will_answer(LOGIN, Answer::text(429, "").retry_after("120"));
    assert_eq!(stage.failure().code, Code::RateLimited);
    let failure = sibling.failure();
    assert_eq!((failure.code, failure.status, failure.retry_after), (Code::RateLimited, 429, Some(secs(120))));
    assert!(failure.message.contains("another process"), "{failure}");
    assert!(failure.message.contains("2 minutes"), "{failure}");
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_forced_caller_obeys_what_a_sibling_was_told_and_ignores_that_it_merely_failed() {
    for (answer, forced_may_try) in [
        (Answer::text(429, "").retry_after("120"), false),
        (Answer::connection_refused(), true),
        (Answer::server_error(), true),
        (Answer::wrong_password(), true),
    ] {
        let (stage, sibling) = both_patient();
        stage.server.will_answer(LOGIN, answer);
        stage.failure();
        sibling.failure();
        if forced_may_try {
            let pair = stage.server.will_log_in(600);
            assert_eq!(sibling.get(Demand::Renewed).unwrap(), pair.access);
        } else {
            sibling.get(Demand::Renewed).unwrap_err();
            assert_eq!(stage.server.asked(), [LOGIN]);
        }
    }
}

#[test]
fn a_forced_caller_who_finds_in_the_record_what_a_sibling_was_told_obeys_it_too() {
    let (stage, sibling) = both_patient();
    stage.server.will_answer(LOGIN, Answer::text(429, "").retry_after("120"));
    stage.failure();
    assert_eq!(sibling.get(Demand::Renewed).unwrap_err().code, Code::RateLimited);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_forced_caller_who_finds_in_the_record_that_a_sibling_merely_failed_tries_itself() {
    let (stage, sibling) = both_patient();
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    let pair = stage.server.will_log_in(600);
    assert_eq!(sibling.get(Demand::Renewed).unwrap(), pair.access);
}

#[test]
fn a_failure_that_was_recorded_for_another_credential_is_ignored() {
    let stage = Stage::of(Setting { stored: true, policy: patient(), password: Some("wrong"), ..Setting::default() });
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    assert!(stage.disk.record().unwrap().failure.is_some());
    let right = stage.beside(Setting { policy: patient(), ..Setting::default() });
    let pair = stage.server.will_log_in(600);
    assert_eq!(right.token(), pair.access);
}

#[test]
fn a_wrong_password_does_not_displace_the_session_of_the_right_one() {
    let (right, pair) = Stage::logged_in(Setting::default());
    let wrong = right.beside(Setting { password: Some("wrong"), ..Setting::default() });
    wrong.server.will_answer(LOGIN, Answer::wrong_password());
    assert_eq!(wrong.failure().code, Code::InvalidCredentials);
    assert_eq!(right.disk.access().unwrap(), pair.access);
    assert_eq!(right.disk.refresh().unwrap(), pair.refresh);
    assert_eq!(right.sibling().token(), pair.access, "nor make it anybody else's");
    right.advance(secs(540));
    right.server.will_refresh(600);
    right.token();
    assert_eq!(right.server.last().body["refresh_token"], pair.refresh);
}

#[test]
fn a_success_takes_the_failure_out_of_the_record() {
    let (stage, _) = both_patient();
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.failure();
    stage.advance(secs(1));
    stage.server.will_log_in(600);
    stage.token();
    assert_eq!(stage.disk.record().unwrap().failure, None);
}

#[test]
fn a_failure_from_a_clock_that_is_days_ahead_holds_nobody_back_for_days() {
    let (stage, sibling) = both_patient();
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    stage.disk.tamper(|record| {
        let failure = record.failure.take().unwrap();
        record.failure = Some(SharedFailure { until: failure.until + 90 * 24 * 3_600_000, ..failure });
    });
    sibling.failure();
    stage.advance(secs(3600));
    stage.disk.remove();
    let pair = stage.server.will_log_in(600);
    assert_eq!(sibling.token(), pair.access);
}

fn both_patient() -> (Stage, Stage) {
    let stage = Stage::of(Setting { stored: true, policy: patient(), ..Setting::default() });
    let sibling = stage.beside(Setting { policy: patient(), ..Setting::default() });
    (stage, sibling)
}

#[test]
fn how_long_a_sibling_waits_who_has_a_token_holds_nobody_back_who_has_none() {
    let auto = || Setting { policy: Policy { margin: Margin::Auto, ..patient() }, ..Setting::default() };
    let (one, _) = Stage::logged_in(auto());
    one.server.will_refresh(36_000);
    let token = one.get(Demand::Renewed).unwrap();
    let other = one.beside(auto());
    assert_eq!(other.token(), token);
    one.advance(secs(34_000));
    one.server.will_answer(REFRESH, Answer::server_error());
    one.server.will_answer(LOGIN, Answer::server_error());
    assert_eq!(one.token(), token);
    // Aside, it finds that its sibling has failed and takes that over, with the minutes for which the sibling lets things rest.
    assert_eq!(other.token(), token);
    assert_eq!(other.server.asked(), [LOGIN, REFRESH, REFRESH, LOGIN]);
    assert!(!other.manager.look().due);
    other.invalidate(Some(&token));
    let failure = other.failure();
    assert_eq!(failure.code, Code::CoolingDown);
    assert!(failure.retry_after.unwrap() <= secs(1), "{failure}");
}

#[test]
fn a_renewal_aside_obeys_what_a_sibling_was_told_and_lets_it_be_callers_who_wait() {
    let auto = || Setting { policy: Policy { margin: Margin::Auto, ..patient() }, ..Setting::default() };
    let (one, pair) = Stage::logged_in(auto());
    let other = one.beside(auto());
    assert_eq!(other.token(), pair.access);
    one.advance(secs(350));
    one.server.will_answer(REFRESH, Answer::text(503, "").retry_after("100"));
    one.server.will_answer(LOGIN, Answer::text(503, "").retry_after("100"));
    for stage in [&one, &other] {
        for _ in 0..3 {
            assert_eq!(stage.token(), pair.access);
        }
    }
    assert_eq!(one.server.asked(), [LOGIN, REFRESH, LOGIN]);
    one.advance(secs(100));
    let fresh = one.server.will_refresh(600);
    assert_eq!(other.token(), pair.access);
    assert_eq!(other.token(), fresh);
}

#[test]
fn a_token_that_is_read_again_after_the_clock_was_set_back_is_no_younger_for_it() {
    let (stage, _) = Stage::logged_in(Setting { policy: patient(), ..Setting::default() });
    stage.advance(secs(400));
    stage.clock.step_wall(-50_000);
    assert_eq!(stage.manager.look().fresh_for, secs(140));
    let sibling = stage.beside(Setting { policy: patient(), ..Setting::default() });
    sibling.server.will_answer(REFRESH, Answer::connection_refused());
    sibling.server.will_answer(LOGIN, Answer::connection_refused());
    sibling.get(Demand::Renewed).unwrap_err();
    // What the sibling noted about the session is another generation of it.
    stage.restore();
    assert_eq!(stage.manager.look().fresh_for, secs(140));
}
