//! How an account is doing: `status()` without I/O.

use tokenkeep::error::Code;
use tokenkeep::manager::{Demand, State};
use tokenkeep::session::Source;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, secs};

#[test]
fn before_the_first_call_there_is_nothing_to_say() {
    let status = Stage::new().manager.status();
    assert_eq!(status.state, State::Empty);
    assert_eq!((status.source, status.expires_at, status.refresh_at), (None, None, None));
    assert!(!status.renewing);
    assert!(status.telemetry.recent.is_empty());
    assert!(status.telemetry.last_error.is_none());
    assert_eq!(status.telemetry.clock_skew, None);
    assert_eq!(status.telemetry.counters, Default::default());
}

#[test]
fn after_a_login_it_says_where_the_token_came_from_and_when_it_goes() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    let status = stage.manager.status();
    let now = stage.clock.wall();
    assert_eq!((status.state, status.source), (State::Valid, Some(Source::Login)));
    assert_eq!(status.expires_at, Some(now + 600_000));
    assert_eq!(status.refresh_at, Some(now + 540_000));
}

#[test]
fn after_a_refresh_the_source_is_the_refresh() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(540));
    stage.server.will_refresh(300);
    stage.token();
    let status = stage.manager.status();
    assert_eq!(status.source, Some(Source::Refresh));
    assert_eq!(status.expires_at, Some(stage.clock.wall() + 300_000));
}

#[test]
fn after_an_invalidation_there_is_no_token_to_speak_of() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.manager.invalidate(None);
    let status = stage.manager.status();
    assert_eq!((status.state, status.source, status.expires_at), (State::Empty, None, None));
}

#[test]
fn while_a_flight_is_under_way_it_says_so() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    stage.ask(Demand::Fresh).leave();
    assert!(stage.manager.status().renewing);
    stage.open(&gate);
    assert!(!stage.manager.status().renewing);
}

#[test]
fn the_counters_count() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    // A refresh that fails and the login after it are one renewal, and it succeeded.
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_log_in(600);
    stage.get(Demand::Renewed).unwrap();
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.get(Demand::Renewed).unwrap_err();
    stage.manager.invalidate(None);
    let counters = stage.manager.status().telemetry.counters;
    assert_eq!((counters.logins, counters.refreshes, counters.failures, counters.invalidations), (2, 2, 1, 1));
}

#[test]
fn a_call_that_is_served_from_memory_counts_nothing() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    let before = stage.manager.status().telemetry.counters;
    stage.token();
    assert_eq!(stage.manager.status().telemetry.counters, before);
    assert_eq!(stage.manager.status().telemetry.recent.len(), 1);
}

#[test]
fn recent_renewals_come_newest_first_with_how_and_how_long() {
    let stage = Stage::new();
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&pair.access, &pair.refresh));
    stage.ask(Demand::Fresh).leave();
    stage.advance(secs(2));
    stage.open(&gate);
    let logged_in_at = stage.clock.wall();
    stage.advance(secs(540));
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    stage.token();
    stage.server.will_refresh(600);
    stage.token();

    let recent = stage.manager.status().telemetry.recent;
    let seen: Vec<_> = recent.iter().map(|renewal| (renewal.how, renewal.error)).collect();
    assert_eq!(seen, [(Source::Refresh, None), (Source::Login, Some(Code::Network)), (Source::Login, None)]);
    assert_eq!(recent[2].duration, secs(2));
    assert_eq!(recent[2].at, logged_in_at);
    assert_eq!(recent[0].at, stage.clock.wall());
}

#[test]
fn at_most_ten_recent_renewals_are_remembered() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    for _ in 0..14 {
        stage.advance(secs(1));
        stage.server.will_refresh(600);
        stage.get(Demand::Renewed).unwrap();
    }
    let recent = stage.manager.status().telemetry.recent;
    assert_eq!(recent.len(), 10);
    assert_eq!(recent[0].at, stage.clock.wall());
    assert_eq!(recent[9].at, stage.clock.wall() - 9_000);
    assert_eq!(stage.manager.status().telemetry.counters.refreshes, 14);
}

#[test]
fn the_last_error_stays_known_after_things_are_well_again() {
    let stage = Stage::new();
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    let failed_at = stage.clock.wall();
    stage.advance(secs(5));
    stage.server.will_log_in(600);
    stage.token();
    let (failure, at) = stage.manager.status().telemetry.last_error.expect("an error");
    assert_eq!((failure.code, at), (Code::InvalidCredentials, failed_at));
}
