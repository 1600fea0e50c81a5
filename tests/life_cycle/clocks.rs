//! Two clocks, either of which may be wrong: no token gets younger by it.

use tokenkeep::manager::{Demand, State};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, secs};

const YEAR: i64 = 365 * 24 * 3600 * 1000;
const HOUR: i64 = 3600 * 1000;

#[test]
fn a_local_clock_that_is_wrong_by_years_changes_nothing() {
    for years in [-20, -1, 1, 20] {
        let stage = Stage::new();
        stage.clock.step_wall(years * YEAR);
        let first = stage.server.will_log_in(600);
        assert_eq!(stage.token(), first.access);
        stage.advance(secs(539));
        assert_eq!(stage.token(), first.access, "{years} years");
        stage.advance(secs(1));
        let second = stage.server.will_refresh(600);
        assert_eq!(stage.token(), second, "{years} years");
        assert_eq!(stage.server.asked(), [LOGIN, REFRESH], "{years} years");
    }
}

#[test]
fn a_wall_clock_that_steps_back_never_makes_a_token_younger() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(500));
    stage.clock.step_wall(-HOUR);
    assert_eq!(stage.manager.look().fresh_for, secs(40));
    stage.advance(secs(40));
    let second = stage.server.will_refresh(600);
    assert_eq!(stage.token(), second);
}

#[test]
fn a_wall_clock_that_steps_forward_makes_a_token_older() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.clock.step_wall(HOUR);
    assert_eq!(stage.manager.status().state, State::Expired);
    let second = stage.server.will_refresh(600);
    assert_eq!(stage.token(), second);
}

#[test]
fn a_token_ages_while_the_machine_sleeps_even_if_the_steady_clock_does_not_notice() {
    let stage = Stage::new();
    let first = stage.server.will_log_in(600);
    stage.token();
    stage.clock.suspend(secs(300));
    assert_eq!(stage.token(), first.access);
    assert_eq!(stage.manager.look().fresh_for, secs(240));
    stage.clock.suspend(secs(300));
    let second = stage.server.will_refresh(600);
    assert_eq!(stage.token(), second);
}

#[test]
fn a_token_stays_as_old_as_it_was_seen_at_the_end_of_a_renewal_that_failed_after_a_sleep() {
    let stage = Stage::new();
    let first = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(545));
    let gate = stage.server.will_hold(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    let call = stage.ask(Demand::Fresh);
    stage.clock.suspend(secs(20));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), first.access);
    // 565 s of its 600 are over, and from here on only what was seen of that says so.
    stage.clock.step_wall(-HOUR);
    stage.advance(secs(36));
    stage.server.will_answer(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.failure();
}

#[test]
fn a_refresh_token_ages_by_the_same_clocks() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.clock.suspend(secs(7 * 24 * 3600));
    let second = stage.server.will_log_in(600);
    assert_eq!(stage.token(), second.access);
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn clock_skew_is_what_the_date_header_of_the_last_login_shows() {
    for skew in [-7200, 0, 3] {
        let stage = Stage::new();
        let pair = stage.server.mint_pair(600);
        let answer = Answer::session(&pair.access, &pair.refresh).dated(stage.clock.server_seconds() + skew);
        stage.server.will_answer(LOGIN, answer);
        stage.token();
        let measured = stage.manager.status().telemetry.clock_skew.expect("a skew");
        assert!((measured - skew * 1000).abs() <= 1000, "{measured} instead of {skew} s");
    }
}

#[test]
fn clock_skew_is_not_measured_by_a_refresh() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let answer = Answer::session(&pair.access, &pair.refresh).dated(stage.clock.server_seconds());
    stage.server.will_answer(LOGIN, answer);
    stage.token();
    let at_login = stage.manager.status().telemetry.clock_skew;
    stage.advance(secs(540));
    stage.clock.step_wall(HOUR);
    let refreshed = stage.server.mint("access", 600);
    stage.server.will_answer(REFRESH, Answer::refreshed(&refreshed).dated(stage.clock.server_seconds()));
    assert_eq!(stage.token(), refreshed);
    assert_eq!(stage.manager.status().telemetry.clock_skew, at_login);
}

#[test]
fn clock_skew_takes_the_middle_of_the_round_trip() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let answer = Answer::session(&pair.access, &pair.refresh).dated(stage.clock.server_seconds());
    let gate = stage.server.will_hold(LOGIN, answer);
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    stage.open(&gate);
    call.answer().unwrap();
    // The reply left at 0.0 to 1.0 s by the server's clock, and at about 0.5 s by ours.
    assert_eq!(stage.manager.status().telemetry.clock_skew, Some(0));
}

#[test]
fn clock_skew_is_unknown_without_a_date_header_or_with_an_age_header() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    assert_eq!(stage.manager.status().telemetry.clock_skew, None);

    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let answer = Answer::session(&pair.access, &pair.refresh).dated(stage.clock.server_seconds());
    stage.server.will_answer(LOGIN, answer.with(|headers| headers.age = Some("0".to_owned())));
    stage.token();
    assert_eq!(stage.manager.status().telemetry.clock_skew, None);
}

#[test]
fn a_slow_round_trip_says_nothing_about_the_servers_clock() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let answer = Answer::session(&pair.access, &pair.refresh).dated(stage.clock.server_seconds());
    let gate = stage.server.will_hold(LOGIN, answer);
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(5));
    stage.open(&gate);
    call.answer().unwrap();
    assert_eq!(stage.manager.status().telemetry.clock_skew, None);
}
