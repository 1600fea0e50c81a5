//! Fresh, hard, expired: with a number for a margin there is no soft zone.

use secrecy::ExposeSecret;
use tokenkeep::manager::State;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, secs};

#[test]
fn nothing_is_sent_before_the_first_caller_asks() {
    let stage = Stage::new();
    stage.advance(secs(3600));
    assert!(stage.server.asked().is_empty());
    assert!(stage.manager.look().token.is_none());
    assert_eq!(stage.manager.look().fresh_for, secs(0));
}

#[test]
fn a_token_is_served_from_memory_until_the_margin_before_its_expiry() {
    let stage = Stage::with_margin(60);
    let first = stage.server.will_log_in(600);
    for _ in 0..3 {
        assert_eq!(stage.token(), first.access);
    }
    assert_eq!(stage.manager.look().fresh_for, secs(540));
    stage.advance(secs(539));
    assert_eq!(stage.token(), first.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
    stage.advance(secs(1));
    let second = stage.server.will_refresh(600);
    assert_eq!(stage.token(), second);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn a_margin_as_long_as_the_token_lives_is_capped_at_half_its_life() {
    for margin in [301, 600, 100_000] {
        let stage = Stage::with_margin(margin);
        let first = stage.server.will_log_in(600);
        stage.token();
        assert_eq!(stage.manager.look().fresh_for, secs(300), "margin {margin}");
        stage.advance(secs(299));
        assert_eq!(stage.token(), first.access, "margin {margin}");
        stage.advance(secs(1));
        let second = stage.server.will_refresh(600);
        assert_eq!(stage.token(), second, "margin {margin}");
    }
}

#[test]
fn with_a_margin_of_zero_a_token_is_fresh_to_its_last_moment() {
    let stage = Stage::with_margin(0);
    let first = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(599));
    assert_eq!(stage.manager.status().state, State::Valid);
    assert_eq!(stage.token(), first.access);
    stage.advance(secs(1));
    assert_eq!(stage.manager.status().state, State::Expired);
}

#[test]
fn with_a_margin_of_zero_there_is_no_zone_in_which_a_stale_token_could_be_served() {
    let stage = Stage::with_margin(0);
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(600));
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.failure();
}

#[test]
fn the_state_follows_the_zones() {
    let stage = Stage::with_margin(60);
    let state = || stage.manager.status().state;
    assert_eq!(state(), State::Empty);
    stage.server.will_log_in(600);
    stage.token();
    assert_eq!(state(), State::Valid);
    stage.advance(secs(540));
    assert_eq!(state(), State::Expiring);
    stage.advance(secs(60));
    assert_eq!(state(), State::Expired);
}

#[test]
fn a_look_gives_the_token_whatever_its_age_and_sends_nothing() {
    let stage = Stage::new();
    let first = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(10_000));
    let look = stage.manager.look();
    assert_eq!(look.token.unwrap().expose_secret(), first.access);
    assert_eq!(look.fresh_for, secs(0));
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn whoever_watches_is_told_of_every_new_generation() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.token();
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    stage.manager.invalidate(None);
    let generations = stage.watch.generations();
    assert_eq!(generations.len(), 3);
    assert!(generations.is_sorted_by(|earlier, later| earlier < later), "{generations:?}");
    assert_eq!(generations.last(), Some(&stage.manager.look().generation));
}
