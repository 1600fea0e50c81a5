//! A session that could not be saved, and what the store has meanwhile. Each of these was found by the simulator first.

use secrecy::SecretString;
use tokenkeep::manager::Demand;
use tokenkeep::store::Record;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, Pair, REFRESH};
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
    keeps_what_came_of_an_unread_session(rotating());
}

#[test]
fn nor_is_it_for_those_who_wanted_another_where_refresh_tokens_work_again() {
    keeps_what_came_of_an_unread_session(Setting::default());
}

fn keeps_what_came_of_an_unread_session(setting: Setting) {
    let (stage, _) = Stage::logged_in(setting);
    let pair = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(REFRESH, Answer::session(&pair.access, &pair.refresh));
    stage.disk.cannot_be_read(true);
    let call = stage.ask(Demand::Renewed);
    stage.disk.cannot_be_read(false);
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
}

#[test]
fn a_token_that_was_had_without_the_store_outlives_what_siblings_note_about_an_older_session() {
    let (stage, _) = Stage::logged_in(rotating());
    stage.advance(secs(60));
    let newcomer = stage.sibling();
    newcomer.disk.cannot_be_read(true);
    newcomer.disk.cannot_be_written(true);
    let pair = newcomer.server.will_log_in(600);
    assert_eq!(newcomer.token(), pair.access);
    newcomer.disk.cannot_be_read(false);
    newcomer.disk.cannot_be_written(false);
    newcomer.disk.overtake(|record| record.tokens.as_mut().unwrap().access = None);
    newcomer.advance(secs(550));
    for _ in 0..3 {
        newcomer.server.will_answer(REFRESH, Answer::server_error());
        newcomer.server.will_answer(LOGIN, Answer::server_error());
        assert_eq!(newcomer.token(), pair.access);
        // Somebody has tried, too, and says so in the record.
        newcomer.disk.overtake(|_| {});
        newcomer.advance(secs(10));
    }
}

/// What somebody else has written over the old record, with a life of its own.
#[test]
fn a_siblings_newer_session_takes_the_place_of_one_that_could_not_be_saved() {
    let (stage, _) = unsaved();
    stage.advance(secs(545));
    let theirs = stage.server.mint_pair(3600);
    stage.disk.renewed_to(&theirs, 3600);
    assert_eq!(stage.token(), theirs.access);
}

#[test]
fn a_spent_token_is_not_brought_back_by_another_access_token_beside_it() {
    let (stage, first) = Stage::logged_in(rotating());
    let ours = will_rotate(&stage);
    stage.disk.cannot_be_written(true);
    assert_eq!(stage.get(Demand::Renewed).unwrap(), ours.access);
    stage.disk.cannot_be_written(false);
    stage.advance(secs(545));
    let access = stage.server.mint("access", 3600);
    stage.disk.renewed_by_a_sibling(Some(&access), Some(&first.refresh), 3600);
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access);
    assert_eq!(stage.server.last().body["refresh_token"], ours.refresh);
}

#[test]
fn the_token_that_ours_came_of_is_not_brought_back_by_a_sibling_who_took_its_refresh_token_away() {
    let (stage, first) = Stage::logged_in(rotating());
    let ours = will_rotate(&stage);
    stage.disk.cannot_be_written(true);
    assert_eq!(stage.get(Demand::Renewed).unwrap(), ours.access);
    stage.disk.cannot_be_written(false);
    stage.disk.renewed_by_a_sibling(Some(&first.access), None, 3600);
    refreshes_with(&stage, &ours.refresh);
}

#[test]
fn a_record_that_nobody_can_be_served_from_does_not_take_the_place_of_what_could_not_be_saved() {
    let (stage, unsaved) = unsaved();
    stage.disk.overtake(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        tokens.access = Some(SecretString::from("somebody's, and long dead"));
        tokens.refresh = None;
    });
    refreshes_with(&stage, &unsaved.refresh);
}

#[test]
fn a_siblings_refresh_token_is_taken_and_our_token_is_served_until_it_has_brought_another() {
    let (stage, unsaved) = unsaved();
    let theirs = stage.server.mint_pair(3600);
    stage.disk.renewed_by_a_sibling(None, Some(&theirs.refresh), 3600);
    stage.advance(secs(545));
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    assert_eq!(stage.token(), unsaved.access);
    assert_eq!(stage.server.last_to(REFRESH).body["refresh_token"], theirs.refresh);
}

#[test]
fn one_that_is_read_at_the_last_moment_leaves_our_token_with_its_callers_too() {
    let (stage, unsaved) = unsaved();
    let theirs = stage.server.mint_pair(3600);
    stage.disk.renewed_by_a_sibling(None, Some(&theirs.refresh), 3600);
    stage.advance(secs(545));
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let _never = stage.disk.will_pause_its_holder();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(5));
    assert_eq!(call.answer().unwrap(), unsaved.access);
    assert_eq!(stage.server.last_to(REFRESH).body["refresh_token"], theirs.refresh);
}

#[test]
fn what_we_have_exchanged_is_not_sent_again_when_a_sibling_who_could_not_save_it_puts_it_back() {
    let (stage, first) = Stage::logged_in(rotating());
    stage.advance(secs(540));
    let second = will_rotate(&stage);
    assert_eq!(stage.token(), second.access);
    let before = stage.disk.record().unwrap();
    stage.disk.remove();
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.advance(secs(600));
    stage.failure();
    // Newer than whatever lay there before.
    let generation = stage.disk.generation() + 1;
    stage.disk.put(&Record { generation, ..before });
    stage.disk.renewed_by_a_sibling(None, Some(&first.refresh), 3600);
    stage.advance(secs(60));
    let third = stage.server.will_log_in(600);
    assert_eq!(stage.token(), third.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN, LOGIN]);
}

#[test]
fn ours_beside_a_refresh_token_that_a_sibling_has_gone_on_to_is_saved_later_if_it_cannot_be_saved_now() {
    let (stage, unsaved) = unsaved();
    stage.advance(secs(540));
    let first = stage.disk.will_hold_a_save();
    let call = stage.ask(Demand::Fresh);
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_by_a_sibling(None, Some(&theirs.refresh), 600);
    let second = stage.disk.will_hold_a_save();
    stage.open(&first);
    stage.disk.cannot_be_written(true);
    stage.server.always_answers(Some(Answer::server_error()));
    stage.open(&second);
    stage.advance(secs(5));
    assert_eq!(call.answer().unwrap(), unsaved.access);
    assert_eq!(stage.disk.access(), None);
    stage.disk.cannot_be_written(false);
    stage.advance(secs(30));
    assert_eq!(stage.token(), unsaved.access);
    assert_eq!((stage.disk.access(), stage.disk.refresh()), (Some(unsaved.access), Some(theirs.refresh)));
}
