//! A store that cannot be read says nothing about who has spent what. A token that works once is not sent on a guess.

use serde_json::json;
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::policy::Class;

use super::play::{
    VARIABLE, is_used_up, runners, sent, stored, under_way, unprovisioned, will_refuse, will_rotate, with_environment,
    with_environment_beside,
};
use super::row::{SEED, runner, shows};
use crate::stage::disk::PLACE;
use crate::stage::{Stage, secs};

/// A runner that was started anew while its store cannot be read; its record names the next refresh token.
fn restarted() -> (Stage, Stage, String) {
    let (stage, first) = under_way();
    stage.advance(secs(600));
    stage.disk.cannot_be_read(true);
    let restarted = stage.beside(stored(runner(|_| {})));
    (stage, restarted, first.refresh)
}

#[test]
fn the_provisioned_token_is_not_sent_by_who_could_not_read_whether_it_is_spent() {
    let (stage, restarted, _) = restarted();
    let failure = restarted.failure();
    assert_eq!((failure.code, failure.status), (Code::Store, 503), "{failure}");
    assert!(Class::of(&failure) == Class::Transient && failure.is_transient());
    shows(&failure, &["the stored session could not be read", PLACE, "tokenkeep import"]);
    assert_eq!(restarted.get(Demand::Renewed).unwrap_err().code, Code::Store);
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn once_the_store_can_be_read_again_what_lies_there_is_the_way_on() {
    let (stage, restarted, ours) = restarted();
    restarted.failure();
    stage.disk.cannot_be_read(false);
    let next = will_rotate(&stage);
    assert_eq!(restarted.token(), next.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), ours]);
}

#[test]
fn a_record_that_is_torn_does_not_bring_the_provisioned_token_back_either() {
    let (stage, _) = under_way();
    stage.advance(secs(600));
    stage.disk.corrupt();
    let restarted = stage.beside(stored(runner(|_| {})));
    assert_eq!(restarted.failure().code, Code::Store);
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn a_first_start_waits_for_its_store_too() {
    let stage = runners(|_| {});
    stage.disk.cannot_be_read(true);
    assert_eq!(stage.failure().code, Code::Store);
    assert!(stage.server.asked().is_empty());
    stage.disk.cannot_be_read(false);
    let issued = will_rotate(&stage);
    assert_eq!(stage.token(), issued.access);
}

#[test]
fn who_has_nothing_of_its_own_learns_that_its_tokens_may_lie_there() {
    let stage = Stage::of(unprovisioned());
    stage.disk.cannot_be_read(true);
    assert_eq!(stage.failure().code, Code::Store);
}

#[test]
fn what_is_in_memory_goes_on_whatever_the_store_does() {
    let (stage, first) = under_way();
    stage.advance(secs(600));
    stage.disk.cannot_be_read(true);
    let second = will_rotate(&stage);
    assert_eq!(stage.token(), second.access);
    stage.advance(secs(600));
    will_refuse(&stage, "invalid_grant");
    is_used_up(&stage.failure());
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh, second.refresh]);
}

#[test]
fn the_environments_refresh_token_may_be_an_ancestor_of_what_could_not_be_read() {
    let (stage, environment) = with_environment(unprovisioned());
    let expired = stage.clock.server_seconds() - 1;
    environment.set(
        &json!({ "access_token": "environments-access", "refresh_token": "environments-refresh", "expires_at": expired }),
    );
    stage.disk.cannot_be_read(true);
    assert_eq!(stage.failure().code, Code::Store);
    assert!(stage.server.asked().is_empty());
    let warnings = stage.log.warnings().concat();
    assert!(warnings.contains(VARIABLE) && warnings.contains("could not be read"), "{warnings}");
    stage.disk.cannot_be_read(false);
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access);
    assert_eq!(sent(&stage), ["environments-refresh"]);
}

#[test]
fn what_the_environment_lends_meanwhile_neither_replaces_what_lies_there_nor_is_it_renewed() {
    let (stage, first) = under_way();
    stage.advance(secs(600));
    let lasting = stage.clock.server_seconds() + 600;
    let (restarted, environment) = with_environment_beside(&stage, stored(runner(|_| {})));
    environment.set(
        &json!({ "access_token": "environments-access", "refresh_token": "environments-refresh", "expires_at": lasting }),
    );
    // For a moment only: by the time of a save it can be read again.
    stage.disk.cannot_be_read(true);
    assert_eq!(restarted.token(), "environments-access");
    assert_eq!(stage.disk.refresh().unwrap(), first.refresh);
    restarted.advance(secs(600));
    assert_eq!(restarted.failure().code, Code::Store);
    stage.disk.cannot_be_read(false);
    let next = will_rotate(&stage);
    assert_eq!(restarted.token(), next.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh]);
}
