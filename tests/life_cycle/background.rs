//! `refresh: 'background'`: a timer renews ahead of time, whether or not anybody wants a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokenkeep::manager::{Demand, Manager, State};
use tokenkeep::policy::{Background, Margin, Policy};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

const LIFETIME: i64 = 3600;
const DAY: u64 = 24 * 3600;
/// When an hour's token is due, as the dice fall, and what a timer may be late by.
const DUE: u64 = 3600 - 868;
const LATE: u64 = 10;

fn background() -> Policy {
    Policy { margin: Margin::Auto, background: Some(Background::default()), ..patient() }
}

/// A process with a timer, which has not been asked for a token yet.
fn idle(policy: Policy) -> Stage {
    tended(Stage::with_policy(policy))
}

fn tended(stage: Stage) -> Stage {
    stage.manager.tend(Manager::renew_aside);
    stage.advance(secs(0));
    stage
}

/// The same with an hour's token.
fn logged_in(policy: Policy) -> (Stage, Pair) {
    let stage = idle(policy);
    let pair = stage.server.will_log_in(LIFETIME);
    stage.token();
    (stage, pair)
}

fn down(stage: &Stage) {
    for _ in 0..1000 {
        stage.server.will_answer(REFRESH, Answer::connection_refused());
        stage.server.will_answer(LOGIN, Answer::connection_refused());
    }
}

fn asked(stage: &Stage) -> usize {
    stage.server.asked().len()
}

#[test]
fn nothing_is_sent_before_the_first_caller_asks() {
    let stage = idle(background());
    stage.advance(secs(DAY));
    assert_eq!(asked(&stage), 0);
}

#[test]
fn the_session_is_renewed_when_the_soft_zone_begins_and_nobody_has_to_ask() {
    let (stage, pair) = logged_in(background());
    stage.advance(secs(DUE - 1));
    assert_eq!(stage.server.asked(), [LOGIN]);
    let fresh = stage.server.will_refresh(LIFETIME);
    stage.advance(secs(2));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_ne!(fresh, pair.access);
    assert_eq!((stage.token(), stage.manager.status().state), (fresh, State::Valid));
}

#[test]
fn it_goes_on_for_as_long_as_the_manager_lives_and_no_caller_ever_waits() {
    let (stage, _) = logged_in(background());
    for _ in 0..50 {
        stage.server.will_refresh(LIFETIME);
    }
    for _ in 0..DAY / 10 {
        stage.advance(secs(10));
        assert!(!stage.manager.look().fresh_for.is_zero());
    }
    let renewals = asked(&stage) - 1;
    assert!((30..=32).contains(&renewals), "{renewals} renewals in a day");
}

#[test]
fn with_a_number_for_a_margin_it_renews_there_and_callers_wait_in_the_last_minute_only() {
    let (stage, pair) = logged_in(Policy { margin: secs(600).into(), ..background() });
    let fresh = stage.server.mint("access", LIFETIME);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&fresh));
    stage.advance(secs(3000));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.token(), pair.access);
    stage.open(&gate);
    assert_eq!(stage.token(), fresh);
}

#[test]
fn a_token_that_lives_for_two_months_is_renewed_once_and_in_time() {
    let rare = Background { look_every: secs(3600), ..Background::default() };
    let stage = idle(Policy { background: Some(rare), ..background() });
    stage.server.will_log_in(60 * DAY as i64);
    stage.token();
    stage.advance(secs(60 * DAY - 3600));
    assert_eq!(stage.server.asked(), [LOGIN]);
    // Its refresh token is long dead.
    stage.server.will_log_in(60 * DAY as i64);
    stage.advance(secs(600));
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn a_suspend_is_noticed_soon_after_the_machine_wakes() {
    let (stage, _) = logged_in(background());
    stage.advance(secs(60));
    stage.clock.suspend(secs(DUE));
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(LATE));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn a_wall_clock_that_is_set_ahead_is_noticed_soon() {
    let (stage, _) = logged_in(background());
    stage.advance(secs(60));
    stage.clock.step_wall(3_000_000);
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(LATE));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn a_wall_clock_that_is_set_back_delays_nothing() {
    let (stage, _) = logged_in(background());
    stage.advance(secs(60));
    stage.clock.step_wall(-100 * DAY as i64 * 1000);
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(DUE - 60 + 1));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn a_clock_that_goes_to_and_fro_leads_to_no_renewal_too_many() {
    let (stage, _) = logged_in(background());
    stage.clock.step_wall(3_000_000);
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(LATE));
    stage.clock.step_wall(-3_000_000);
    stage.advance(secs(DUE - 10));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn while_the_server_is_down_it_tries_at_leisure_then_in_a_hurry_and_never_gives_up() {
    let (stage, _) = logged_in(background());
    down(&stage);
    stage.advance(secs(DUE + 1));
    // Each try is a refresh and a login.
    let tries = |stage: &Stage| (asked(stage) - 1) / 2;
    assert_eq!(tries(&stage), 1);
    stage.advance(secs(3540 - DUE));
    assert!((4..=12).contains(&tries(&stage)), "{} tries in the soft zone", tries(&stage));
    let before = tries(&stage);
    stage.advance(secs(60));
    assert!(tries(&stage) - before <= 30, "{} tries in the last minute", tries(&stage) - before);
    let before = tries(&stage);
    stage.advance(secs(3600));
    let hour = tries(&stage) - before;
    assert!((55..=66).contains(&hour), "{hour} tries in an hour without a token");
}

#[test]
fn once_the_server_is_back_there_is_a_token_within_a_minute_and_nobody_asked() {
    let (stage, _) = logged_in(background());
    for _ in 0..2 {
        stage.server.will_answer(REFRESH, Answer::connection_refused());
        stage.server.will_answer(LOGIN, Answer::connection_refused());
    }
    stage.advance(secs(DUE + 1));
    stage.clock.suspend(secs(2 * 3600));
    stage.advance(secs(LATE));
    assert_eq!(stage.manager.status().state, State::Expired);
    let fresh = stage.server.will_refresh(LIFETIME);
    stage.advance(secs(60));
    assert_eq!(stage.manager.status().state, State::Valid);
    assert_eq!(stage.token(), fresh);
}

#[test]
fn a_wrong_password_is_tried_every_few_minutes_and_not_every_few_seconds() {
    let (stage, _) = logged_in(background());
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    for _ in 0..100 {
        stage.server.will_answer(LOGIN, Answer::wrong_password());
    }
    stage.advance(secs(DUE + DAY / 4));
    let logins = stage.server.asked().iter().filter(|endpoint| *endpoint == LOGIN).count() - 1;
    assert!((36..=90).contains(&logins), "{logins} logins in six hours");
}

#[test]
fn those_who_remember_no_failures_have_a_timer_that_does() {
    let (stage, _) = logged_in(Policy { cool_down: None, serve_stale: false, ..background() });
    down(&stage);
    stage.advance(secs(3540));
    let tries = (asked(&stage) - 1) / 2;
    assert!((4..=12).contains(&tries), "{tries} tries");
}

#[test]
fn a_retry_after_holds_the_timer_back() {
    let (stage, _) = logged_in(background());
    stage.server.will_answer(REFRESH, Answer::text(503, "").retry_after("200"));
    stage.server.will_answer(LOGIN, Answer::text(503, "").retry_after("200"));
    stage.advance(secs(DUE + 190));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(12));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN, REFRESH]);
}

#[test]
fn an_invalidated_token_is_the_next_callers_business() {
    let (stage, pair) = logged_in(background());
    stage.manager.invalidate(Some(&pair.access));
    stage.advance(secs(DAY));
    assert_eq!(stage.server.asked(), [LOGIN]);
    stage.server.will_refresh(LIFETIME);
    stage.token();
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(DUE + 1));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH]);
}

#[test]
fn a_renewal_by_somebody_else_puts_it_off() {
    let (stage, _) = logged_in(background());
    let other = stage.thread(Setting { policy: patient(), ..Setting::default() });
    stage.advance(secs(1000));
    stage.server.will_refresh(LIFETIME);
    other.get(Demand::Renewed).unwrap();
    stage.advance(secs(DUE - 1));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(2));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH]);
}

#[test]
fn two_timers_of_one_session_cause_one_renewal() {
    let (stage, _) = logged_in(background());
    let other = tended(stage.thread(Setting { policy: background(), ..Setting::default() }));
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(DUE + 1));
    assert_eq!(other.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn it_ends_with_its_manager_and_with_no_other() {
    let (stage, _) = logged_in(background());
    let other = tended(stage.thread(Setting { policy: background(), ..Setting::default() }));
    drop(stage.close());
    other.server.will_refresh(LIFETIME);
    other.advance(secs(DUE + 1));
    assert_eq!(other.server.asked(), [LOGIN, REFRESH]);
    drop(other.close());
    other.advance(secs(DAY));
    assert_eq!(other.server.asked(), [LOGIN, REFRESH]);
}

/// A timer's own mark, which is gone when the timer is.
fn marked(stage: &Stage) -> Arc<()> {
    let mark = Arc::new(());
    let held = Arc::clone(&mark);
    stage.manager.tend(move |manager| {
        let _held = &held;
        manager.renew_aside();
    });
    stage.advance(secs(0));
    mark
}

#[test]
fn nothing_of_it_is_left_once_the_manager_is_closed_or_dropped() {
    for has_session in [false, true] {
        for is_closed in [false, true] {
            let stage = Stage::with_policy(background());
            let mark = marked(&stage);
            if has_session {
                stage.server.will_log_in(LIFETIME);
                stage.token();
            }
            assert_eq!(Arc::strong_count(&mark), 2);
            let other = stage.thread(Setting::default());
            if is_closed {
                drop(stage.close());
            }
            drop(stage);
            other.advance(secs(0));
            assert_eq!(Arc::strong_count(&mark), 1, "session: {has_session}, closed: {is_closed}");
        }
    }
}

#[test]
fn without_the_option_there_is_no_timer() {
    let stage = Stage::with_policy(Policy { background: None, ..background() });
    assert_eq!(Arc::strong_count(&marked(&stage)), 1);
}

#[test]
fn whoever_does_not_begin_is_asked_again_but_not_all_the_time() {
    let stage = Stage::with_policy(background());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    stage.manager.tend(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    stage.server.will_log_in(LIFETIME);
    stage.token();
    stage.advance(secs(DUE + 60));
    let asked = asked.load(Ordering::Relaxed);
    assert!((50..=61).contains(&asked), "{asked} times in a minute");
}

#[test]
fn other_credentials_are_looked_after_like_the_ones_before() {
    let (stage, _) = logged_in(background());
    let setting = Setting { policy: background(), password: Some("another password"), ..Setting::default() };
    stage.replace(&setting).answer().unwrap();
    stage.advance(secs(DAY));
    assert_eq!(stage.server.asked(), [LOGIN]);
    stage.server.will_log_in(LIFETIME);
    stage.token();
    stage.server.will_refresh(LIFETIME);
    stage.advance(secs(DUE + 1));
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN, REFRESH]);
}

#[test]
fn an_api_that_refuses_every_token_blows_the_fuse_for_the_timer_too() {
    let stage = idle(Policy { margin: secs(1).into(), ..background() });
    for _ in 0..5 {
        stage.server.will_log_in(3);
        stage.get(Demand::LoggedIn).unwrap();
        stage.manager.invalidate(None);
    }
    stage.advance(secs(29));
    assert_eq!(asked(&stage), 5);
}

#[test]
fn a_token_that_lives_for_seconds_is_looked_after_like_any() {
    let stage = idle(background());
    stage.server.will_log_in(4);
    stage.token();
    for _ in 0..40 {
        stage.server.will_refresh(4);
    }
    for _ in 0..600 {
        stage.advance(std::time::Duration::from_millis(100));
        assert!(!stage.manager.look().fresh_for.is_zero());
    }
}
