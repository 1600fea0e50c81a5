//! Imports where refresh tokens work once: what becomes of the provisioned one, and of the session's own.

use serde_json::json;

use super::play::{is_used_up, runners, sent, stored, under_way, will_refuse, will_rotate};
use super::row::{SEED, runner};
use crate::stage::{Setting, Stage, secs};

#[test]
fn tokens_that_were_imported_come_first() {
    let stage = runners(|_| {});
    let text = json!({ "access_token": "imported-access", "refresh_token": "imported-refresh", "expires_at": stage.clock.server_seconds() + 600 });
    stage.import(&text.to_string()).unwrap();
    assert_eq!(stage.token(), "imported-access");
    stage.advance(secs(600));
    will_refuse(&stage, "invalid_grant");
    is_used_up(&stage.failure());
    assert_eq!(sent(&stage), ["imported-refresh"], "the record is ours by now, and whose successor it is nobody knows");
}

#[test]
fn an_import_without_a_refresh_token_leaves_the_provisioned_one_for_afterwards() {
    for stored_too in [true, false] {
        let stage = Stage::of(Setting { stored: stored_too, ..stored(runner(|_| {})) });
        import_access_only(&stage);
        assert_eq!(stage.token(), "imported-access");
        stage.advance(secs(600));
        let issued = will_rotate(&stage);
        assert_eq!(stage.token(), issued.access);
        assert_eq!(sent(&stage), [SEED]);
    }
}

#[test]
fn an_import_without_a_refresh_token_keeps_the_one_that_the_session_has() {
    let (stage, first) = under_way();
    import_access_only(&stage);
    assert_eq!(stage.token(), "imported-access");
    stage.advance(secs(600));
    let second = will_rotate(&stage);
    assert_eq!(stage.token(), second.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh]);
}

#[test]
fn after_a_restart_too_such_an_import_keeps_what_is_stored() {
    let (stage, first) = under_way();
    let restarted = stage.beside(stored(runner(|_| {})));
    import_access_only(&restarted);
    stage.advance(secs(600));
    let second = will_rotate(&stage);
    assert_eq!(restarted.token(), second.access);
    assert_eq!(sent(&stage), [SEED.to_owned(), first.refresh]);
}

#[test]
fn an_import_does_not_revive_a_provisioned_one_that_was_refused() {
    let stage = Stage::of(Setting { stored: false, ..stored(runner(|_| {})) });
    will_refuse(&stage, "invalid_grant");
    stage.failure();
    import_access_only(&stage);
    stage.advance(secs(600));
    is_used_up(&stage.failure());
    assert_eq!(sent(&stage), [SEED]);
}

#[test]
fn an_import_brings_back_what_it_brings_itself() {
    let stage = runners(|_| {});
    let text = json!({ "access_token": "imported-access", "refresh_token": "imported-refresh", "expires_at": stage.clock.server_seconds() + 600 });
    stage.import(&text.to_string()).unwrap();
    stage.invalidate(None);
    will_refuse(&stage, "invalid_grant");
    stage.failure();
    stage.import(&text.to_string()).unwrap();
    assert_eq!(stage.token(), "imported-access");
    stage.advance(secs(600));
    let next = will_rotate(&stage);
    assert_eq!(stage.token(), next.access);
}

fn import_access_only(stage: &Stage) {
    let expires_at = stage.clock.server_seconds() + 600;
    stage.import(&json!({ "access_token": "imported-access", "expires_at": expires_at }).to_string()).unwrap();
}
