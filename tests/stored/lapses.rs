//! A lock lapses under its holder, and somebody else has it: what is read then is their work under way. It may be adopted, but no
//! refresh token of it is sent.

use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::Demand;

use super::pauses::{looks, stale};
use crate::stage::answer::Answer;
use crate::stage::executor::Call;
use crate::stage::server::{Gate, LOGIN, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

#[test]
fn what_is_read_after_the_lock_has_lapsed_is_taken_over_if_it_will_do() {
    let (stage, _) = stale(true);
    let gate = stage.disk.will_hold_a_read();
    let call = stage.ask(Demand::Renewed);
    stage.disk.lock_has_lapsed_for(1);
    let look = stage.disk.will_hold_a_read();
    stage.open(&gate);
    let theirs = stage.server.mint_pair(600);
    stage.disk.renewed_to(&theirs, 600);
    stage.open(&look);
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn nothing_that_is_read_after_the_lock_has_lapsed_is_spent() {
    let (stage, pair) = stale(true);
    stage.disk.lock_has_lapsed_for(2);
    let next = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&next.access, &next.refresh));
    let call = stage.ask(Demand::Fresh);
    assert_eq!(call.answer().unwrap(), next.access);
    assert_eq!(stage.server.heard()[1].body["refresh_token"], pair.refresh);
    assert_eq!(looks(&stage), 4, "before the lock, twice in passing, and under it");
}

#[test]
fn nothing_that_is_read_after_the_lock_has_lapsed_is_spent_by_those_who_were_paused_either() {
    let (stage, _) = stale(true);
    let first = stage.disk.will_pause_its_holder();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    stage.disk.lock_has_lapsed_for(1);
    stage.disk.renewed_to(&stage.server.mint_pair(600), 1);
    stage.advance(secs(2));
    let second = stage.disk.will_pause_its_holder();
    stage.open(&first);
    let newest = stage.server.mint_pair(600);
    stage.disk.renewed_to(&newest, 600);
    stage.open(&second);
    assert_eq!(call.answer().unwrap(), newest.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_lock_that_never_comes_back_is_not_waited_for_for_ever() {
    let (stage, _) = stale(true);
    stage.disk.lock_has_lapsed_for(usize::MAX);
    let reads = [(); 12].map(|()| stage.disk.will_hold_a_read());
    let call = stage.ask(Demand::Fresh);
    for read in reads {
        stage.advance(secs(4));
        stage.open(&read);
    }
    let failure = call.answer().unwrap_err();
    assert_eq!(failure.code, Code::Timeout);
    assert!(failure.message.contains("waited 35 s for another process"), "{}", failure.message);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

/// The next look finds that the lock has lapsed, and those after it find nothing: the store is away.
fn lapses_and_is_away(stage: &Stage, last_look: &Gate) {
    stage.disk.lock_has_lapsed_for(1);
    let in_passing = stage.disk.will_hold_a_read();
    let away = stage.disk.will_hold_a_read();
    stage.open(last_look);
    stage.open(&in_passing);
    stage.disk.cannot_be_read(true);
    stage.open(&away);
}

/// The caller has waited without a request, and is served what a sibling has saved once the store is back.
fn waits_for_what_a_sibling_saves(stage: &Stage, call: &Call<Result<String, Failure>>) {
    assert!(call.is_waiting());
    let theirs = stage.server.mint_pair(600);
    stage.disk.cannot_be_read(false);
    stage.disk.renewed_to(&theirs, 600);
    stage.advance(secs(1));
    assert_eq!(call.answer().unwrap(), theirs.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn nothing_is_spent_while_the_store_cannot_say_what_has_come_of_a_lock_that_has_lapsed() {
    let (stage, _) = stale(true);
    let before_the_lock = stage.disk.will_hold_a_read();
    let call = stage.ask(Demand::Fresh);
    lapses_and_is_away(&stage, &before_the_lock);
    stage.advance(secs(10));
    waits_for_what_a_sibling_saves(&stage, &call);
}

#[test]
fn nor_by_those_who_were_paused_before_their_request_left() {
    let (stage, _) = stale(true);
    let paused = stage.disk.will_pause_its_holder();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    lapses_and_is_away(&stage, &paused);
    stage.advance(secs(5));
    waits_for_what_a_sibling_saves(&stage, &call);
}

#[test]
fn nor_when_their_request_ends_meanwhile() {
    let (stage, _) = stale(true);
    let connection = stage.server.will_be_hard_to_reach();
    let call = stage.ask(Demand::Fresh);
    stage.advance(secs(1));
    lapses_and_is_away(&stage, &connection);
    // Longer than an attempt may take.
    stage.advance(secs(12));
    waits_for_what_a_sibling_saves(&stage, &call);
}

/// Somebody asks, finds its lock lapsed for longer than anybody's turn may last, and is answered.
fn gives_up_waiting(stage: &Stage) -> Result<String, Failure> {
    stage.disk.lock_has_lapsed_for(10);
    let reads = [(); 10].map(|()| stage.disk.will_hold_a_read());
    let call = stage.ask(Demand::Fresh);
    for read in reads {
        stage.advance(secs(4));
        stage.open(&read);
    }
    call.answer()
}

#[test]
fn whose_refresh_token_works_again_and_again_goes_ahead_without_a_lock_in_the_end() {
    let (stage, _) = stale(false);
    let next = stage.server.will_refresh(600);
    assert_eq!(gives_up_waiting(&stage).unwrap(), next);
    assert!(stage.log.warnings()[0].contains("going ahead without its lock"), "{:?}", stage.log.warnings());
}

#[test]
fn whose_refresh_token_works_once_has_failed_and_the_next_caller_does_not_wait_as_long_again() {
    let (stage, _) = Stage::logged_in(Setting { rotates: true, policy: patient(), ..Setting::default() });
    stage.advance(secs(600));
    assert_eq!(gives_up_waiting(&stage).unwrap_err().code, Code::Timeout);
    assert_eq!(stage.failure().code, Code::CoolingDown);
    assert_eq!(stage.server.asked(), [LOGIN]);
}
