//! A session that could not be saved, and what the store has meanwhile. Each of these was found by the simulator first.

use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::server::{Pair, REFRESH};
use crate::stage::{Setting, Stage, secs};

fn rotating() -> Setting {
    Setting { rotates: true, ..Setting::default() }
}

/// The answer to a refresh whose token works once.
fn will_rotate(stage: &Stage) -> Pair {
    let pair = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&pair.access, &pair.refresh));
    pair
}

/// A process with a session that the disk has not taken, which came of the one that lies there.
fn unsaved() -> (Stage, Pair) {
    let (stage, _) = Stage::logged_in(rotating());
    stage.advance(secs(540));
    let pair = will_rotate(&stage);
    stage.disk.cannot_be_written(true);
    assert_eq!(stage.token(), pair.access);
    stage.disk.cannot_be_written(false);
    (stage, pair)
}

fn refreshes_with(stage: &Stage, refresh: &str) {
    stage.advance(secs(540));
    let next = will_rotate(stage);
    assert_eq!(stage.token(), next.access);
    assert_eq!(stage.server.last().body["refresh_token"], refresh);
}

#[test]
fn a_siblings_note_in_the_old_record_does_not_bring_back_the_token_that_was_spent() {
    let (stage, unsaved) = unsaved();
    stage.disk.overtake(|record| record.tokens.as_mut().unwrap().access = None);
    refreshes_with(&stage, &unsaved.refresh);
}

#[test]
fn a_clock_that_was_set_back_does_not_bring_back_the_token_that_was_spent() {
    let (stage, unsaved) = unsaved();
    stage.clock.step_wall(-3_600_000);
    stage.disk.overtake(|_| {});
    refreshes_with(&stage, &unsaved.refresh);
}

#[test]
fn a_session_that_came_of_another_unsaved_one_is_not_given_up_for_either() {
    let (stage, _) = unsaved();
    stage.disk.cannot_be_written(true);
    stage.advance(secs(540));
    let second = will_rotate(&stage);
    assert_eq!(stage.token(), second.access);
    stage.disk.cannot_be_written(false);
    stage.disk.overtake(|record| record.tokens.as_mut().unwrap().access = None);
    refreshes_with(&stage, &second.refresh);
}

#[test]
fn what_lay_unread_in_the_store_is_not_adopted_once_its_token_was_spent() {
    let (stage, _) = Stage::logged_in(rotating());
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(REFRESH, Answer::session(&pair.access, &pair.refresh));
    stage.disk.cannot_be_read(true);
    let call = stage.ask(Demand::Renewed);
    stage.disk.cannot_be_read(false);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
}
