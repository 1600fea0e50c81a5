//! "A key that is rotated at run time (`replaceProvider`): the old key's session is gone from memory and disk before the new key
//! is used."

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::Policy;

use crate::stage::answer::Answer;
use crate::stage::server::LOGIN;
use crate::stage::{Setting, Stage, patient, secs};

fn new_key() -> Setting {
    Setting { password: Some("the new key"), ..Setting::default() }
}

#[test]
fn the_old_session_is_gone_from_memory_and_disk_before_the_new_credential_is_used() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    stage.replace(&new_key()).answer().unwrap();
    assert!(stage.manager.look().token.is_none());
    assert!(stage.disk.record().is_none() && stage.disk.backup_record().is_none());
    let asked = stage.server.asked().len();
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked()[asked..], [LOGIN]);
    assert_eq!(stage.server.last().body["password"], "the new key");
}

#[test]
fn without_a_store_memory_is_all_there_is_to_forget() {
    let stage = Stage::new();
    stage.server.will_log_in(600);
    stage.token();
    stage.replace(&new_key()).answer().unwrap();
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.last().body["password"], "the new key");
}

#[test]
fn callers_during_it_get_the_new_providers_token() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let gate = stage.disk.will_hold_a_read();
    let replacing = stage.replace(&new_key());
    assert!(replacing.is_waiting());
    let call = stage.ask(Demand::Fresh);
    let pair = stage.server.will_log_in(600);
    stage.open(&gate);
    replacing.answer().unwrap();
    assert_eq!(call.answer().unwrap(), pair.access);
    assert_eq!(stage.server.last().body["password"], "the new key");
}

#[test]
fn a_flight_that_is_under_way_ends_first_and_its_session_goes_too() {
    let stage = Stage::stored();
    let old = stage.server.mint_pair(600);
    let gate = stage.server.will_hold(LOGIN, Answer::session(&old.access, &old.refresh));
    let call = stage.ask(Demand::Fresh);
    let replacing = stage.replace(&new_key());
    assert!(replacing.is_waiting());
    stage.open(&gate);
    assert_eq!(call.answer().unwrap(), old.access);
    replacing.answer().unwrap();
    assert!(stage.manager.look().token.is_none());
    assert!(stage.disk.record().is_none());
}

#[test]
fn a_siblings_renewal_with_the_old_key_at_the_same_moment_goes_too() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.will_hold_a_read().open();
    let gate = stage.disk.will_hold_a_clear();
    let replacing = stage.replace(&new_key());
    stage.disk.overtake(|_| {});
    stage.open(&gate);
    replacing.answer().unwrap();
    assert!(stage.disk.record().is_none());
}

#[test]
fn a_record_that_only_remembers_what_was_refused_goes_with_its_backup() {
    let (stage, first) = Stage::logged_in(Setting::default());
    stage.server.will_refresh(600);
    stage.get(Demand::Renewed).unwrap();
    stage.disk.tamper(|record| record.tokens = None);
    assert_eq!(stage.disk.backup_access().unwrap(), first.access);
    stage.replace(&new_key()).answer().unwrap();
    assert!(stage.disk.backup_record().is_none());
}

#[test]
fn somebody_elses_session_on_disk_stays() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let other = stage.beside(Setting { password: Some("somebody else's"), ..Setting::default() });
    other.replace(&new_key()).answer().unwrap();
    assert!(stage.disk.record().is_some());
}

#[test]
fn a_store_that_cannot_be_written_does_not_keep_it_from_happening() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.cannot_be_written(true);
    stage.replace(&new_key()).answer().unwrap();
    assert_eq!(stage.log.warnings().len(), 1);
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access, "the old session on disk is a miss");
}

#[test]
fn the_old_credentials_failure_is_forgotten() {
    let stage = Stage::of(Setting { stored: true, policy: patient(), ..Setting::default() });
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    stage.replace(&new_key()).answer().unwrap();
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.token(), pair.access);
}

#[test]
fn what_lies_there_of_the_new_credential_is_adopted_however_old_its_generation() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let newcomer = stage.beside(new_key());
    let pair = stage.server.will_log_in(600);
    newcomer.token();
    stage.disk.tamper(|record| record.generation = 7);
    stage.replace(&new_key()).answer().unwrap();
    assert_eq!(stage.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn a_token_that_an_api_refused_does_not_come_back_from_a_store_that_could_not_be_cleared() {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.cannot_be_written(true);
    stage.invalidate(Some(&pair.access));
    let stays = stage.thread(Setting { stored: true, ..Setting::default() });
    stage.replace(&new_key()).answer().unwrap();
    let next = stage.server.will_refresh(600);
    assert_eq!(stays.token(), next);
}

#[test]
fn of_a_closed_manager_nothing_is_replaced() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.close().answer();
    assert_eq!(stage.replace(&new_key()).answer().unwrap_err().code, Code::Closed);
    assert!(stage.disk.record().is_some());
}

#[test]
fn who_gives_up_waiting_for_it_leaves_the_old_credentials_in_place() {
    let (stage, _) = Stage::logged_in(Setting::default());
    stage.disk.will_hold_a_read();
    stage.replace(&new_key()).leave();
    stage.advance(secs(0));
    stage.server.will_log_in(600);
    stage.get(Demand::LoggedIn).unwrap();
    assert_ne!(stage.server.last().body["password"], "the new key");
}

#[test]
fn from_then_on_the_new_policy_counts() {
    let (stage, _) = Stage::logged_in(Setting::default());
    let policy = Policy { margin: secs(200).into(), ..Policy::default() };
    stage.replace(&Setting { password: Some("a new one"), policy, ..Setting::default() }).answer().unwrap();
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(450));
    let renewed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), renewed);
}
