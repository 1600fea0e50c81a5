//! `invalidate`: the access token is dropped if it is the one that is meant; the refresh token stays.

use serde_json::json;
use tokenkeep::manager::{Demand, State};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{Stage, secs};

fn logged_in() -> (Stage, Pair) {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    stage.token();
    (stage, pair)
}

#[test]
fn the_current_token_is_dropped_and_the_next_caller_renews_with_the_refresh_token() {
    let (stage, pair) = logged_in();
    assert!(stage.manager.invalidate(Some(&pair.access)));
    assert!(stage.manager.look().token.is_none());
    assert_eq!(stage.manager.status().state, State::Empty);
    let next = stage.server.will_refresh(600);
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn without_a_token_it_drops_whatever_is_current() {
    let (stage, _) = logged_in();
    assert!(stage.manager.invalidate(None));
    assert!(stage.manager.look().token.is_none());
}

#[test]
fn ten_callers_with_the_same_dead_token_cause_one_renewal() {
    let (stage, pair) = logged_in();
    let next = stage.server.will_refresh(600);
    for _ in 0..10 {
        stage.manager.invalidate(Some(&pair.access));
        assert_eq!(stage.token(), next);
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.manager.status().telemetry.counters.invalidations, 1);
}

#[test]
fn a_token_that_is_not_the_current_one_changes_nothing() {
    let (stage, pair) = logged_in();
    let before = stage.manager.look().generation;
    for other in ["", "another-token", &pair.refresh, &pair.access[1..]] {
        assert!(!stage.manager.invalidate(Some(other)), "{other}");
    }
    assert_eq!(stage.manager.look().generation, before);
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn where_there_is_no_token_nothing_happens() {
    let stage = Stage::new();
    assert!(!stage.manager.invalidate(None));
    assert!(!stage.manager.invalidate(Some("a-token")));
    assert_eq!(stage.manager.status().telemetry.counters.invalidations, 0);
    assert!(stage.watch.generations().is_empty());
}

#[test]
fn a_second_time_there_is_nothing_left_to_drop() {
    let (stage, pair) = logged_in();
    assert!(stage.manager.invalidate(Some(&pair.access)));
    assert!(!stage.manager.invalidate(Some(&pair.access)));
    assert!(!stage.manager.invalidate(None));
}

#[test]
fn during_a_flight_it_drops_the_old_token_and_leaves_the_new_one_alone() {
    let (stage, pair) = logged_in();
    stage.advance(secs(540));
    let next = stage.server.mint("access", 600);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&next));
    let call = stage.ask(Demand::Fresh);
    assert!(stage.manager.invalidate(Some(&pair.access)));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next);
    assert!(!stage.manager.invalidate(Some(&pair.access)));
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn during_a_flight_that_fails_the_dropped_token_is_not_served_to_anyone() {
    let (stage, pair) = logged_in();
    stage.advance(secs(540));
    let gate = stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    stage.manager.invalidate(Some(&pair.access));
    stage.open(&gate);
    call.answer().unwrap_err();
}

#[test]
fn the_refresh_token_survives_an_invalidation_during_a_flight() {
    let (stage, pair) = logged_in();
    stage.advance(secs(540));
    let next = stage.server.mint("access", 600);
    let gate = stage.server.will_hold(REFRESH, Answer::refreshed(&next));
    stage.ask(Demand::Fresh).leave();
    stage.manager.invalidate(None);
    stage.open(&gate);
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
}
