//! What crosses what: a sibling's failure and a token that still lives, an import and other credentials, a clock that was set back.

use std::sync::Arc;

use secrecy::SecretString;
use tokenkeep::manager::{Demand, Fallback};

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Setting, Stage, patient, secs};

fn patiently() -> Setting {
    Setting { policy: patient(), ..Setting::default() }
}

fn tokens_of(access: &str) -> String {
    format!(r#"{{"access_token":"{access}","expires_at":4000000000}}"#)
}

#[test]
fn a_newcomer_is_served_the_stored_token_while_it_lives_although_a_sibling_has_failed() {
    let (stage, pair) = Stage::logged_in(patiently());
    stage.advance(secs(545));
    stage.server.will_answer(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    assert_eq!(stage.token(), pair.access);
    let newcomer = stage.beside(patiently());
    assert_eq!(newcomer.token(), pair.access);
    assert_eq!(newcomer.token(), pair.access, "and while it cools down, too");
}

#[test]
fn a_newcomer_who_waits_for_the_lock_in_vain_is_served_the_stored_token_while_it_lives() {
    let rotating = || Setting { rotates: true, ..patiently() };
    let (stage, pair) = Stage::logged_in(rotating());
    stage.advance(secs(545));
    let newcomer = stage.beside(rotating());
    let held = stage.disk.seize();
    let call = newcomer.ask(Demand::Fresh);
    stage.advance(secs(36));
    drop(held);
    assert_eq!(call.answer().unwrap(), pair.access);
}

#[test]
fn a_forced_caller_of_another_process_is_not_answered_with_the_token_that_there_was() {
    let (stage, pair) = Stage::logged_in(patiently());
    let (first, second) = (stage.beside(patiently()), stage.beside(patiently()));
    let gate = stage.server.will_hold(REFRESH, Answer::server_error());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let calls = [first.ask(Demand::Renewed), second.ask(Demand::Renewed)];
    stage.advance(secs(1));
    stage.open(&gate);
    let [first, second] = calls.map(|call| call.answer());
    first.unwrap_err();
    assert_ne!(second.ok(), Some(pair.access));
}

#[test]
fn an_import_that_is_under_way_is_no_session_for_other_credentials() {
    let stage = Stage::stored();
    let old = stage.server.mint_pair(600);
    let gate = stage.disk.will_hold_a_save();
    let manager = stage.manager.clone();
    let text = SecretString::from(tokens_of(&old.access));
    let importing = stage.start(async move { manager.import(text).await });
    let replacing = stage.replace(&Setting { password: Some("the new key"), ..Setting::default() });
    stage.open(&gate);
    importing.answer().unwrap();
    replacing.answer().unwrap();
    let new = stage.server.will_log_in(600);
    assert_eq!(stage.token(), new.access);
}

#[test]
fn a_record_from_the_future_is_renewed_and_not_young_again_for_each_process() {
    let (stage, pair) = Stage::logged_in(patiently());
    stage.disk.tamper(|record| {
        let tokens = record.tokens.as_mut().unwrap();
        tokens.saved_at += 3_600_000;
        tokens.expires_at += 3_600_000;
    });
    let renewed = stage.server.will_refresh(600);
    let token = stage.sibling().token();
    assert_ne!(token, pair.access);
    assert_eq!(token, renewed);
}

#[test]
fn a_time_that_the_server_named_holds_back_forced_callers_of_other_processes_too() {
    let stage = Stage::of(Setting { stored: true, ..patiently() });
    let sibling = stage.beside(patiently());
    stage.server.will_answer(LOGIN, Answer::text(503, "").retry_after("120"));
    stage.failure();
    sibling.get(Demand::Renewed).unwrap_err();
    assert_eq!(stage.server.asked(), [LOGIN]);
}

struct Provisioned(String);

impl Fallback for Provisioned {
    fn tokens(&self) -> Option<(SecretString, String)> {
        Some((SecretString::from(self.0.clone()), "the variable X".to_owned()))
    }
}

#[test]
fn a_siblings_failure_does_not_hide_our_own_last_resort() {
    let stage = Stage::of(Setting { stored: true, ..patiently() });
    stage.server.will_answer(LOGIN, Answer::wrong_password());
    stage.failure();
    let pair = stage.server.mint_pair(600);
    let fallback: Arc<dyn Fallback> = Arc::new(Provisioned(tokens_of(&pair.access)));
    let provisioned = stage.beside(Setting { fallback: Some(fallback), ..patiently() });
    assert_eq!(provisioned.token(), pair.access);
    assert_eq!(stage.server.asked(), [LOGIN]);
}

#[test]
fn a_look_at_a_torn_record_costs_no_sibling_its_session() {
    let rotating = || Setting { rotates: true, ..patiently() };
    let (stage, _) = Stage::logged_in(rotating());
    stage.disk.corrupt();
    let looker = stage.beside(rotating()).manager.clone();
    stage.start(async move { looker.restore().await }).answer().unwrap_err();
    stage.advance(secs(545));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
}
