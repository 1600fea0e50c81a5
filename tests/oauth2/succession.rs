//! What outlives a manager and its provider: that a token was spent, and that one was refused.

use std::sync::Arc;

use tokenkeep::provider::oauth2::Ledger;

use super::play::{is_used_up, sent, stored, will_refuse, will_rotate};
use super::row::{SEED, runner};
use crate::stage::{Setting, Stage};

#[test]
fn another_manager_of_the_same_process_does_not_send_it_even_once_the_first_is_closed() {
    let ledger = Arc::new(Ledger::default());
    let setting = || {
        let provider = runner(|options| options.ledger = Arc::clone(&ledger));
        Setting { stored: false, ..stored(provider) }
    };
    let stage = Stage::of(setting());
    will_rotate(&stage);
    stage.token();
    stage.close().answer();
    // Of the same process: with the same ledger.
    let next = stage.beside(setting());
    is_used_up(&next.failure());
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn a_provider_that_is_replaced_by_its_like_does_not_send_it_again() {
    let ledger = Arc::new(Ledger::default());
    let like = || stored(runner(|options| options.ledger = Arc::clone(&ledger)));
    let stage = Stage::of(like());
    will_rotate(&stage);
    stage.token();
    stage.replace(&like()).answer().unwrap();
    is_used_up(&stage.failure());
    assert_eq!(sent(&stage), [SEED]);
    let other = runner(|options| options.refresh_token = Some("anoth3r-refresh-token".into()));
    stage.replace(&stored(other)).answer().unwrap();
    let issued = will_rotate(&stage);
    assert_eq!(stage.token(), issued.access);
}

#[test]
fn who_stays_when_another_moves_on_does_not_send_what_was_refused() {
    let stage = Stage::of(Setting { stored: false, ..stored(runner(|_| {})) });
    let stays = stage.thread(Setting { stored: false, ..stored(runner(|_| {})) });
    will_refuse(&stage, "invalid_grant");
    stage.failure();
    let other = runner(|options| options.refresh_token = Some("anoth3r-refresh-token".into()));
    stage.replace(&stored(other)).answer().unwrap();
    is_used_up(&stays.failure());
    let issued = will_rotate(&stage);
    assert_eq!(stage.token(), issued.access);
    assert_eq!(sent(&stage), [SEED, "anoth3r-refresh-token"]);
}

#[test]
fn to_replace_a_provider_by_its_like_does_not_unsay_a_refusal() {
    let stage = Stage::of(Setting { stored: false, ..stored(runner(|_| {})) });
    will_refuse(&stage, "invalid_grant");
    stage.failure();
    stage.replace(&stored(runner(|_| {}))).answer().unwrap();
    is_used_up(&stage.failure());
    assert_eq!(sent(&stage), [SEED]);
}
