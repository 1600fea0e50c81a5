//! A lease lapses while its holder is paused: a virtual machine is moved, a laptop sleeps, a container is frozen. Whoever wakes between
//! its look and its request looks again, because a sibling may have spent the refresh token that works once.

use std::time::Duration;

use tokenkeep::manager::Demand;
use tokenkeep::policy::{Policy, Retry};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{Setting, Stage, secs};

pub fn stale(rotates: bool) -> (Stage, Pair) {
    let (stage, pair) = Stage::logged_in(Setting { rotates, ..Setting::default() });
    stage.advance(secs(600));
    stage.disk.forget_log();
    (stage, pair)
}

#[test]
fn who_wakes_after_its_look_takes_what_a_sibling_has_renewed_and_sends_no_token_that_is_spent() {
    let (stage, _) = stale(true);
    for demand in [Demand::Fresh, Demand::Renewed] {
        let gate = stage.disk.will_pause_its_holder();
        let call = stage.ask(demand);
        stage.advance(secs(1));
        let theirs = stage.server.mint_pair(600);
        stage.disk.renewed_to(&theirs, 600);
        stage.open(&gate);
        assert_eq!(call.answer().unwrap(), theirs.access);
        stage.advance(secs(600));
    }
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn who_waits_for_a_connection_meanwhile_sends_no_token_that_is_spent_either() {
    // That it may not leave is no failure that another attempt might mend.
    let policy = Policy { retry: Retry::default(), ..Policy::default() };
    let (stage, _) = Stage::logged_in(Setting { rotates: true, policy, ..Setting::default() });
    stage.advance(secs(600));
    let connection = stage.server.will_be_hard_to_reach();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 600);
    stage.open(&connection);
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
    assert_eq!(stage.log.warnings(), [""; 0]);
}

#[test]
fn what_was_found_there_counts_although_the_store_goes_away_in_that_moment() {
    let (stage, _) = stale(true);
    let connection = stage.server.will_be_hard_to_reach();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 600);
    let look = stage.disk.will_pause_its_holder();
    stage.open(&connection);
    stage.disk.cannot_be_read(true);
    stage.open(&look);
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn who_waits_for_a_connection_twice_looks_again_each_time() {
    let (stage, _) = stale(true);
    let (first, theirs) = (stage.server.will_be_hard_to_reach(), stage.server.mint_pair(600));
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    stage.disk.renewed_to(&theirs, 1);
    stage.advance(secs(2));
    let second = stage.server.will_be_hard_to_reach();
    stage.open(&first);
    let newest = stage.server.mint_pair(600);
    stage.advance(secs(1));
    stage.disk.renewed_to(&newest, 600);
    stage.open(&second);
    assert_eq!(call.answer().unwrap(), newest.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn who_wakes_after_its_look_spends_the_refresh_token_that_a_sibling_has_left() {
    let (stage, _) = stale(true);
    let gate = stage.disk.will_pause_its_holder();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 1);
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    stage.advance(secs(2));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.server.heard()[1].body["refresh_token"], theirs.refresh);
    assert_eq!(stage.disk.refresh().unwrap(), next.refresh);
}

#[test]
fn who_wakes_and_finds_everything_as_it_was_goes_on() {
    let (stage, pair) = stale(true);
    let gate = stage.disk.will_pause_its_holder();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), next.access);
    assert_eq!(stage.server.heard()[1].body["refresh_token"], pair.refresh);
    assert_eq!(looks(&stage), 3, "before the lock, under it, and once more");
}

#[test]
fn nobody_looks_again_who_was_not_paused_or_whose_refresh_token_works_again_and_again() {
    for (rotates, pause) in [(true, 400), (false, 1000)] {
        let (stage, _) = stale(rotates);
        let gate = stage.disk.will_pause_its_holder();
        let call = stage.ask(Demand::Fresh);
        stage.advance(Duration::from_millis(pause));
        let next = stage.server.mint_pair(600);
        stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
        stage.open(&gate);
        assert_eq!(call.answer().unwrap(), next.access);
        assert_eq!(looks(&stage), 2);
    }
}

#[test]
fn a_request_that_ends_while_it_may_not_leave_costs_no_login() {
    let policy = Policy { attempt: secs(2), ..Policy::default() };
    let (stage, pair) = Stage::logged_in(Setting { rotates: true, policy, ..Setting::default() });
    stage.advance(secs(600));
    stage.disk.forget_log();
    let connection = stage.server.will_be_hard_to_reach();
    let manager = stage.manager.clone();
    let call = stage.start(async move { manager.renew(Demand::Fresh).await });
    stage.advance(secs(1));
    let look = stage.disk.will_hold_a_read();
    stage.open(&connection);
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    stage.advance(secs(2));
    stage.open(&look);
    let attempts = call.answer().attempts;
    assert_eq!(attempts.len(), 1, "what was not sent is none: {attempts:?}");
    assert_eq!(stage.token(), next.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.server.heard()[1].body["refresh_token"], pair.refresh);
    assert_eq!(looks(&stage), 4, "before the lock, under it, at the gate, and after that");
}

#[test]
fn a_request_that_is_hung_up_on_each_time_before_it_may_leave_is_a_failed_refresh_in_the_end() {
    let (stage, _) = stale(true);
    let mut connection = stage.server.will_be_hard_to_reach();
    let call = stage.ask(Demand::Fresh);
    let pair = stage.server.will_log_in(600);
    for _ in 0..2 {
        stage.advance(secs(1));
        stage.server.will_not_wait_for_the_body();
        stage.server.will_answer(REFRESH, Answer::connection_refused());
        let (asked_at_the_gate, looked) = (stage.disk.will_hold_a_read(), stage.disk.will_hold_a_read());
        let before = std::mem::replace(&mut connection, stage.server.will_be_hard_to_reach());
        assert!(call.is_waiting());
        stage.open(&before);
        drop(asked_at_the_gate);
        stage.open(&looked);
    }
    stage.open(&connection);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH, LOGIN]);
    assert!(stage.log.warnings()[0].contains("refresh failed"), "{:?}", stage.log.warnings());
}

#[test]
fn a_server_that_answers_before_the_request_may_leave_is_heard() {
    let (stage, _) = stale(true);
    let connection = stage.server.will_be_hard_to_reach();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    stage.server.will_not_wait_for_the_body();
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    let _asked_at_the_gate = stage.disk.will_hold_a_read();
    let pair = stage.server.will_log_in(600);
    stage.open(&connection);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
}

#[test]
fn who_has_slept_through_a_reply_takes_what_a_sibling_has_renewed_and_does_not_log_in() {
    let (stage, _) = stale(true);
    let _never = stage.server.will_hold(REFRESH, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 600);
    stage.advance(secs(10));
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}

pub fn looks(stage: &Stage) -> usize {
    stage.disk.log().iter().filter(|what| **what == "load").count()
}
