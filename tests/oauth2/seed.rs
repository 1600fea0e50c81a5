//! The provisioned refresh token: when it is sent, and above all when it is not. A server that detects the reuse of a token that
//! works once kills every token that came of it.

use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::session::Source;
use tokenkeep::transport::LostReason;

use super::play::{
    TOKEN, is_used_up, runners, sent, stored, trying, under_way, unprovisioned, will_grant, will_refuse, will_rotate,
};
use super::row::{SEED, runner, shows};
use crate::stage::answer::Answer;
use crate::stage::{Setting, Stage, patient, secs};

#[test]
fn the_first_caller_exchanges_it_and_from_then_on_the_rotated_one_counts() {
    let (stage, first) = under_way();
    assert_eq!(stage.manager.status().source, Some(Source::Refresh));
    assert_eq!(stage.disk.refresh().unwrap(), first.refresh);
    stage.advance(secs(600));
    let second = will_rotate(&stage);
    assert_eq!(stage.token(), second.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh]);
    assert_eq!(stage.disk.refresh().unwrap(), second.refresh);
}

#[test]
fn a_restart_goes_on_with_what_is_stored() {
    let (stage, first) = under_way();
    stage.advance(secs(600));
    let restarted = stage.beside(stored(runner(|_| {})));
    let second = will_rotate(&stage);
    assert_eq!(restarted.token(), second.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh]);
}

#[test]
fn a_session_that_was_refused_does_not_bring_it_back_here_or_in_another_process() {
    let (stage, first) = under_way();
    stage.advance(secs(600));
    will_refuse(&stage, "invalid_grant");
    let failure = stage.failure();
    is_used_up(&failure);
    shows(&failure, &["refresh returned 400 (invalid_grant: so it is)"]);
    stage.advance(secs(60));
    is_used_up(&stage.failure());
    let restarted = stage.beside(stored(runner(|_| {})));
    is_used_up(&restarted.failure());
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh], "each once");
}

#[test]
fn an_invalidated_session_is_renewed_by_its_own() {
    let (stage, first) = under_way();
    stage.invalidate(None);
    let second = will_rotate(&stage);
    assert_eq!(stage.beside(stored(runner(|_| {}))).token(), second.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh]);
}

#[test]
fn without_a_store_the_process_itself_remembers_that_it_is_spent() {
    let stage = Stage::of(Setting { stored: false, ..stored(runner(|_| {})) });
    let first = will_rotate(&stage);
    stage.token();
    // More dead tokens than are remembered one by one.
    for _ in 0..10 {
        // A token that had only just been made would be one of a storm.
        stage.advance(secs(10));
        stage.invalidate(None);
        will_rotate(&stage);
        stage.token();
    }
    stage.advance(secs(600));
    will_refuse(&stage, "invalid_grant");
    is_used_up(&stage.failure());
    is_used_up(&stage.failure());
    let sent = sent(&stage);
    assert_eq!((sent.len(), &sent[1]), (12, &first.refresh));
    assert_eq!(sent.iter().filter(|token| *token == SEED).count(), 1);
}

#[test]
fn a_lost_reply_is_asked_for_again_with_the_same_token() {
    let stage = Stage::of(Setting { policy: trying(2), ..stored(runner(|_| {})) });
    for _ in 0..2 {
        stage.server.will_answer(TOKEN, Answer::lost(LostReason::Network, "connection reset"));
    }
    assert_eq!(stage.failure().code, Code::Network);
    stage.server.will_answer(TOKEN, Answer::lost(LostReason::Timeout, "no answer"));
    let issued = will_rotate(&stage);
    assert_eq!(stage.token(), issued.access);
    assert_eq!(sent(&stage), [SEED; 4]);
    // Another process had seen the failure and nothing else.
    assert_eq!(stage.disk.refresh().unwrap(), issued.refresh);
}

#[test]
fn a_failure_that_a_sibling_noted_does_not_make_it_spent() {
    let stage = Stage::of(Setting { policy: patient(), ..stored(runner(|_| {})) });
    stage.server.will_answer(TOKEN, Answer::server_error());
    stage.failure();
    assert!(stage.disk.record().unwrap().failure.is_some());
    stage.advance(secs(600));
    let issued = will_rotate(&stage);
    assert_eq!(stage.beside(stored(runner(|_| {}))).token(), issued.access);
}

#[test]
fn once_refused_it_is_not_sent_again() {
    let stage = runners(|_| {});
    will_refuse(&stage, "invalid_grant");
    is_used_up(&stage.failure());
    is_used_up(&stage.failure());
    is_used_up(&stage.get(Demand::Renewed).unwrap_err());
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn where_the_server_does_not_rotate_it_stays_the_sessions_refresh_token() {
    let stage = runners(|_| {});
    let first = will_grant(&stage);
    assert_eq!(stage.token(), first);
    assert_eq!(stage.disk.refresh().unwrap(), SEED);
    stage.advance(secs(600));
    let second = will_grant(&stage);
    assert_eq!(stage.beside(stored(runner(|_| {}))).token(), second);
    stage.advance(secs(600));
    let third = will_grant(&stage);
    assert_eq!(stage.token(), third);
    assert_eq!(sent(&stage), [SEED; 3]);
}

#[test]
fn without_one_the_failure_says_what_is_missing() {
    let stage = Stage::of(unprovisioned());
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::InvalidCredentials, 401));
    shows(&failure, &["there is no refresh token", "Provision a new one", "refreshToken", "tokenkeep import"]);
    assert!(stage.server.asked().is_empty());
    assert_eq!(stage.log.warnings().len(), 1, "{:#?}", stage.log.warnings());
}

#[test]
fn deleting_the_record_does_not_make_it_new() {
    let (stage, _) = under_way();
    stage.disk.remove();
    stage.advance(secs(600));
    is_used_up(&stage.failure());
    assert_eq!(sent(&stage), [SEED]);
    // Another process cannot know, and learns it from the server.
    let restarted = stage.beside(stored(runner(|_| {})));
    will_refuse(&stage, "invalid_grant");
    is_used_up(&restarted.failure());
    assert_eq!(sent(&stage), [SEED, SEED]);
}

#[test]
fn another_one_is_another_credential_and_begins_anew() {
    let (stage, _) = under_way();
    let other = || runner(|options| options.refresh_token = Some("anoth3r-refresh-token".into()));
    let provisioned = stage.beside(stored(other()));
    let issued = will_rotate(&stage);
    assert_eq!(provisioned.token(), issued.access);
    assert_eq!(sent(&stage), [SEED, "anoth3r-refresh-token"]);
}

#[test]
fn a_sibling_that_held_no_lock_may_have_spent_it_and_then_its_session_is_the_answer() {
    let stage = runners(|_| {});
    let gate = stage.server.will_hold(TOKEN, Answer::json(400, &serde_json::json!({ "error": "invalid_grant" })));
    stage.disk.has_no_locks(true);
    let slow = stage.ask(Demand::Fresh);
    let issued = will_rotate(&stage);
    assert_eq!(stage.beside(stored(runner(|_| {}))).token(), issued.access);
    stage.open(&gate);
    assert_eq!(slow.answer().unwrap(), issued.access);
    assert_eq!(sent(&stage), [SEED, SEED]);
}

#[test]
fn a_full_login_is_a_refresh_where_there_is_no_login() {
    let (stage, first) = under_way();
    let second = will_rotate(&stage);
    assert_eq!(stage.get(Demand::LoggedIn).unwrap(), second.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh]);
}
