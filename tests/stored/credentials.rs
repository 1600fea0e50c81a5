//! "A record holds a check of the credential, and one that differs is a miss. A record without a check (imported) is adopted
//! once."

use secrecy::SecretString;
use tokenkeep::manager::Demand;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{PASSWORD, Setting, Stage, secs};

fn other() -> Setting {
    Setting { password: Some("another password"), ..Setting::default() }
}

/// A disk on which lies a session that somebody imported.
fn imported() -> (Stage, String) {
    let (stage, pair) = Stage::logged_in(Setting::default());
    stage.disk.tamper(|record| record.check = None);
    (stage, pair.access)
}

fn matches(stage: &Stage, password: &str) -> bool {
    let record = stage.disk.record().expect("a record");
    record.check.is_some_and(|check| check.matches(&SecretString::from(password)))
}

#[test]
fn a_record_that_another_credential_made_is_a_miss() {
    let (stage, first) = Stage::logged_in(Setting::default());
    assert!(matches(&stage, PASSWORD));
    let changed = stage.beside(other());
    let second = stage.server.will_log_in(600);
    assert_eq!(changed.token(), second.access);
    assert_ne!(first.access, second.access);
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN], "and its refresh token is not ours");
    assert!(matches(&stage, "another password"));
    assert!(stage.log.warnings().is_empty(), "{:#?}", stage.log.warnings());
}

#[test]
fn an_imported_one_is_adopted_and_has_our_check_from_then_on() {
    let (stage, token) = imported();
    let before = stage.disk.generation();
    let process = stage.sibling();
    assert_eq!(process.token(), token);
    assert!(matches(&stage, PASSWORD));
    assert_eq!(stage.disk.generation(), before + 1);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn an_imported_one_is_adopted_once() {
    let (stage, _) = imported();
    stage.sibling().token();
    let pair = stage.server.will_log_in(600);
    assert_eq!(stage.beside(other()).token(), pair.access);
}

#[test]
fn of_two_who_come_at_once_one_adopts_it() {
    let (stage, token) = imported();
    let (first, second) = (stage.sibling(), stage.beside(other()));
    let gates = [stage.disk.will_hold_a_save(), stage.disk.will_hold_a_save()];
    let calls = [first.ask(Demand::Fresh), second.ask(Demand::Fresh)];
    let pair = stage.server.will_log_in(600);
    gates.iter().for_each(|gate| stage.open(gate));
    let answers = calls.map(|call| call.answer().unwrap());
    assert_eq!(answers, [token, pair.access]);
}

#[test]
fn a_stale_imported_one_is_claimed_before_it_is_spent() {
    let (stage, _) = imported();
    stage.advance(secs(540));
    let process = stage.sibling();
    let gate = stage.server.will_hold(REFRESH, Answer::connection_refused());
    let call = process.ask(Demand::Fresh);
    assert!(matches(&stage, PASSWORD));
    stage.server.will_log_in(600);
    stage.open(&gate);
    call.answer().unwrap();
    let backup = stage.disk.backup_record().unwrap();
    assert!(backup.check.unwrap().matches(&SecretString::from(PASSWORD)));
}

#[test]
fn who_only_looks_claims_nothing_and_may_have_mistyped_the_password() {
    let (stage, token) = imported();
    let typo = stage.beside(Setting { password: Some("a typo"), ..Setting::default() });
    typo.restore();
    assert!(stage.disk.record().unwrap().check.is_none());
    assert_eq!(stage.sibling().token(), token);
    assert!(matches(&stage, PASSWORD));
}

#[test]
fn where_it_cannot_be_claimed_it_is_adopted_all_the_same() {
    let (stage, token) = imported();
    stage.disk.cannot_be_written(true);
    assert_eq!(stage.sibling().token(), token);
    assert_eq!(stage.log.warnings().len(), 1);
}

#[test]
fn a_failure_that_ends_a_spell_of_trouble_leaves_no_session_without_its_check() {
    let stage = Stage::stored();
    stage.disk.cannot_be_written(true);
    stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(550));
    // The session cannot be saved again, the failure after it can.
    let gate = stage.server.will_hold(REFRESH, Answer::connection_refused());
    stage.server.will_answer(LOGIN, Answer::connection_refused());
    let call = stage.ask(Demand::Fresh);
    stage.disk.cannot_be_written(false);
    stage.open(&gate);
    call.answer().unwrap();
    let record = stage.disk.record().unwrap();
    assert!(record.failure.is_some() && record.tokens.is_some());
    assert!(matches(&stage, PASSWORD));
}
