//! "`forceRefresh`: skips 3, and at 4 adopts only a generation beyond the one that the store held at the call; joins a flight
//! unless that flight was answered by adoption; clears nothing."

use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};

#[test]
fn it_does_not_take_what_lies_in_the_store() {
    let (first, pair) = Stage::logged_in(Setting::default());
    let newcomer = first.sibling();
    let next = first.server.will_refresh(600);
    assert_eq!(newcomer.get(Demand::Renewed).unwrap(), next);
    assert_eq!(first.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(first.server.last().body["refresh_token"], pair.refresh);
}

#[test]
fn it_takes_what_a_sibling_renewed_after_the_call() {
    let (first, _) = Stage::logged_in(Setting::default());
    let second = first.sibling();
    second.token();
    let next = first.server.mint("access", 600);
    let gate = first.server.will_hold(REFRESH, Answer::refreshed(&next));
    let calls = [first.ask(Demand::Renewed), second.ask(Demand::Renewed)];
    first.open(&gate);
    for call in calls {
        assert_eq!(call.answer().unwrap(), next);
    }
    assert_eq!(first.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn a_newer_generation_of_the_very_token_is_not_a_renewal() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let held = stage.disk.seize();
    let call = stage.ask(Demand::Renewed);
    stage.disk.overtake(|_| {});
    let next = stage.server.will_refresh(600);
    drop(held);
    stage.advance(secs(0));
    assert_eq!(call.answer().unwrap(), next);
    assert_ne!(next, pair.access);
}

#[test]
fn who_joins_a_flight_that_was_answered_by_adoption_gets_a_renewal_of_its_own() {
    let (first, pair) = Stage::logged_in(Setting::default());
    let newcomer = first.sibling();
    let gate = first.disk.will_hold_a_read();
    let plain = newcomer.ask(Demand::Fresh);
    let forced = newcomer.ask(Demand::Renewed);
    let next = first.server.will_refresh(600);
    first.open(&gate);
    assert_eq!(plain.answer().unwrap(), pair.access);
    assert_eq!(forced.answer().unwrap(), next);
    assert_eq!(first.server.asked(), [LOGIN, REFRESH]);
}

#[test]
fn it_does_not_take_the_backup_of_a_record_that_cannot_be_read() {
    let (stage, first) = Stage::logged_in(Setting::default());
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    stage.disk.corrupt();
    let newcomer = stage.sibling();
    let next = stage.server.will_refresh(600);
    assert_eq!(newcomer.get(Demand::Renewed).unwrap(), next);
    assert_ne!(next, first.access);
}

#[test]
fn when_it_fails_the_session_on_disk_stays() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.get(Demand::Renewed).unwrap_err();
    assert_eq!(stage.disk.access().unwrap(), pair.access);
    assert_eq!(stage.disk.refresh().unwrap(), pair.refresh);
    assert_eq!(stage.sibling().token(), pair.access);
}
