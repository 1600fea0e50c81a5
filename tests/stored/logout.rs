//! "`logout()`: revoke where the provider can, then clear the record if its generation is still the one revoked, backup
//! included."

use crate::stage::answer::Answer;
use crate::stage::server::{BLACKLIST, LOGIN, REFRESH};
use crate::stage::{Setting, Stage, secs};
use tokenkeep::manager::Demand;

fn revoked() -> Answer {
    Answer::text(204, "")
}

#[test]
fn the_record_and_its_backup_are_cleared() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert!(stage.disk.backup_record().is_some());
    stage.server.will_answer(BLACKLIST, revoked());
    stage.logout().answer().unwrap();
    assert!(stage.disk.record().is_none() && stage.disk.backup_record().is_none());
    stage.server.will_log_in(600);
    stage.token();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, BLACKLIST, LOGIN]);
}

#[test]
fn the_stored_session_is_loaded_first_and_is_the_one_that_is_revoked() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    let newcomer = stage.sibling();
    newcomer.server.will_answer(BLACKLIST, revoked());
    newcomer.logout().answer().unwrap();
    assert_eq!(stage.server.last().body["refresh_token"], pair.refresh);
    assert!(stage.disk.record().is_none());
}

#[test]
fn a_session_that_a_sibling_wrote_while_the_server_was_told_stays() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let gate = stage.server.will_hold(BLACKLIST, revoked());
    let logout = stage.logout();
    stage.disk.overtake(|_| {});
    stage.open(&gate);
    logout.answer().unwrap();
    assert!(stage.disk.record().is_some());
}

#[test]
fn who_asks_during_it_waits_and_gets_a_session_of_his_own() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let gate = stage.server.will_hold(BLACKLIST, revoked());
    let logout = stage.logout();
    stage.invalidate(None);
    let later = stage.server.will_log_in(600);
    let call = stage.ask(Demand::Fresh);
    assert!(call.is_waiting());
    stage.open(&gate);
    logout.answer().unwrap();
    assert_eq!(call.answer().unwrap(), later.access);
    assert_eq!(stage.disk.access().unwrap(), later.access);
    assert!(stage.manager.status().saved_at.is_some());
}

#[test]
fn a_revocation_that_fails_clears_the_record_all_the_same() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.server.will_answer(BLACKLIST, Answer::server_error());
    stage.logout().answer().unwrap_err();
    assert!(stage.disk.record().is_none());
}

#[test]
fn a_session_that_the_store_would_not_let_go_does_not_come_back() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.cannot_be_written(true);
    stage.server.will_answer(BLACKLIST, revoked());
    stage.logout().answer().unwrap();
    stage.disk.cannot_be_written(false);
    stage.disk.overtake(|_| {});
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, BLACKLIST, LOGIN]);
}

#[test]
fn where_nothing_is_stored_nothing_is_sent() {
    let stage = Stage::stored();
    stage.logout().answer().unwrap();
    assert!(stage.server.asked().is_empty());
}
