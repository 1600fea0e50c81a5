//! A refresh token that works once is sent by one session of a process at a time, and by none once it is spent, whatever else the
//! sessions differ in: their stores, their scopes, their accounts.

use std::sync::Arc;

use serde_json::json;
use tokenkeep::error::{Code, Failure};
use tokenkeep::manager::Demand;
use tokenkeep::provider::oauth2::{Ledger, OAuth2Options};
use tokenkeep::transport::LostReason;

use super::play::{
    TOKEN, body, is_used_up, sent, stored, trying, will_grant, will_refuse, will_rotate, with_environment,
    with_environment_beside,
};
use super::row::{SEED, runner, shows, some};
use crate::stage::answer::Answer;
use crate::stage::server::Gate;
use crate::stage::{Setting, Stage, secs};

/// One process: its sessions have this ledger in common.
#[derive(Default)]
struct Process(Arc<Ledger>);

impl Process {
    fn runner(&self, change: impl FnOnce(&mut OAuth2Options)) -> Setting {
        stored(runner(|options| {
            options.ledger = Arc::clone(&self.0);
            change(options);
        }))
    }

    /// One session in memory, and another one on disk.
    fn sessions(&self) -> (Stage, Stage) {
        let stage = Stage::of(Setting { stored: false, policy: trying(2), ..self.runner(|_| {}) });
        let other = stage.beside(self.runner(|_| {}));
        (stage, other)
    }
}

/// The next request is granted once the gate is opened.
fn will_rotate_later(stage: &Stage) -> Gate {
    stage.server.will_hold(TOKEN, Answer::json(200, &body("access-l8er", Some("refresh-l8er"))))
}

#[track_caller]
fn is_claimed(failure: &Failure) {
    assert_eq!(failure.code, Code::Timeout, "{failure}");
    assert!(failure.is_transient());
    shows(failure, &["another manager of this process", "the same refresh token"]);
}

#[test]
fn of_two_sessions_that_start_together_one_sends_it_and_the_other_says_so() {
    let (stage, other) = Process::default().sessions();
    let gate = will_rotate_later(&stage);
    let first = stage.ask(Demand::Fresh);
    is_claimed(&other.failure());
    stage.open(&gate);
    assert_eq!(first.answer().unwrap(), "access-l8er");
    is_used_up(&other.failure());
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn while_a_lost_reply_is_asked_for_again_nobody_else_sends_it() {
    let (stage, other) = Process::default().sessions();
    stage.server.will_answer(TOKEN, Answer::lost(LostReason::Network, "connection reset"));
    let gate = will_rotate_later(&stage);
    let first = stage.ask(Demand::Fresh);
    is_claimed(&other.failure());
    stage.open(&gate);
    assert_eq!(first.answer().unwrap(), "access-l8er");
    assert_eq!(sent(&stage), [SEED; 2], "both by the first");
}

#[test]
fn whoever_gives_up_leaves_it_to_the_next() {
    for [one, two] in [
        [Answer::lost(LostReason::Network, "reset"), Answer::lost(LostReason::Timeout, "no answer")],
        [Answer::server_error(), Answer::server_error()],
    ] {
        let (stage, other) = Process::default().sessions();
        stage.server.will_answer(TOKEN, one);
        stage.server.will_answer(TOKEN, two);
        stage.failure();
        let issued = will_rotate(&stage);
        assert_eq!(other.token(), issued.access);
        is_used_up(&stage.failure());
    }
}

#[test]
fn a_refused_client_has_spent_nothing() {
    let (stage, other) = Process::default().sessions();
    will_refuse(&stage, "invalid_client");
    assert_eq!(stage.failure().code, Code::InvalidCredentials);
    let issued = will_rotate(&stage);
    assert_eq!(other.token(), issued.access);
}

#[test]
fn a_renewal_that_the_deadline_ends_leaves_it_to_the_next() {
    let (stage, other) = Process::default().sessions();
    let gates = [will_rotate_later(&stage), will_rotate_later(&stage), will_rotate_later(&stage)];
    let first = stage.ask(Demand::Fresh);
    stage.advance(secs(30));
    assert_eq!(first.answer().unwrap_err().code, Code::Timeout);
    gates[2].open();
    assert_eq!(other.token(), "access-l8er");
}

#[test]
fn what_is_spent_is_spent_under_every_scope_and_account() {
    let process = Process::default();
    let stage = Stage::of(process.runner(|_| {}));
    will_rotate(&stage);
    stage.token();
    let table: [fn(&mut OAuth2Options); 4] = [
        |options| options.scope = some("files.read"),
        |options| options.audience = some("https://api.example.com"),
        |options| options.account = some("somebody else"),
        |options| options.client_secret = None,
    ];
    for change in table {
        assert_eq!(stage.beside(process.runner(change)).failure().code, Code::InvalidCredentials);
    }
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn of_another_server_nothing_is_known() {
    let process = Process::default();
    let stage = Stage::of(process.runner(|_| {}));
    will_rotate(&stage);
    stage.token();
    let elsewhere = process.runner(|options| options.token_url = some("https://elsewhere.example.com/token"));
    let elsewhere = stage.beside(elsewhere);
    let issued = will_rotate(&stage);
    assert_eq!(elsewhere.token(), issued.access);
}

#[test]
fn where_the_server_begins_to_rotate_the_others_do_not_send_what_was_theirs_too() {
    let (stage, other) = Process::default().sessions();
    for session in [&stage, &other] {
        let access = will_grant(&stage);
        assert_eq!(session.token(), access, "it works for both");
    }
    stage.advance(secs(600));
    will_rotate(&stage);
    stage.token();
    is_used_up(&other.failure());
    is_used_up(&other.failure());
    assert_eq!(sent(&stage), [SEED; 3]);
}

#[test]
fn the_environments_is_sent_by_one_at_a_time_too() {
    let process = Process::default();
    let bare = || process.runner(|options| options.refresh_token = None);
    let (stage, environment) = with_environment(Setting { stored: false, ..bare() });
    let (other, others) = with_environment_beside(&stage, bare());
    let expired = stage.clock.server_seconds() - 1;
    for environment in [environment, others] {
        environment
            .set(&json!({ "refresh_token": "environments-refresh", "access_token": "old", "expires_at": expired }));
    }
    let gate = will_rotate_later(&stage);
    let first = stage.ask(Demand::Fresh);
    other.failure();
    assert!(stage.log.warnings().concat().contains("another manager of this process"));
    stage.open(&gate);
    assert_eq!(first.answer().unwrap(), "access-l8er");
    other.failure();
    assert_eq!(sent(&stage), ["environments-refresh"]);
}
