//! A client with credentials of its own: each renewal is a login.

use serde_json::Value;
use tokenkeep::error::Code;
use tokenkeep::session::Source;

use super::play::{REVOKE, TOKEN, clients, will_grant, will_refuse};
use super::row::shows;
use crate::stage::answer::Answer;
use crate::stage::secs;

#[test]
fn a_renewal_is_a_login() {
    let stage = clients(|_| {});
    let first = will_grant(&stage);
    assert_eq!(stage.token(), first);
    assert_eq!(stage.manager.status().source, Some(Source::Login));
    stage.advance(secs(600));
    let second = will_grant(&stage);
    assert_eq!(stage.token(), second);
    for heard in stage.server.heard() {
        assert_eq!(heard.body["grant_type"], "client_credentials");
        assert_eq!(heard.body["refresh_token"], Value::Null);
    }
}

#[test]
fn a_refused_client_is_told_what_to_check() {
    let stage = clients(|_| {});
    will_refuse(&stage, "invalid_client");
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::InvalidCredentials, 400));
    shows(&failure, &["login returned 400 (invalid_client: so it is)", "Check clientId, clientSecret and clientAuth"]);
}

#[test]
fn a_logout_revokes_the_access_token_while_it_lives() {
    let stage = clients(|_| {});
    let token = will_grant(&stage);
    stage.token();
    stage.server.will_answer(REVOKE, Answer::text(200, ""));
    stage.logout().answer().unwrap();
    let heard = stage.server.last();
    assert_eq!(heard.body["token"], token);
    assert_eq!(heard.body["token_type_hint"], "access_token");
    will_grant(&stage);
    stage.token();
    stage.advance(secs(600));
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.asked(), [TOKEN, REVOKE, TOKEN], "a dead token needs no revocation");
}

#[test]
fn without_a_place_to_revoke_a_logout_only_forgets() {
    let stage = clients(|options| options.revocation_url = None);
    will_grant(&stage);
    stage.token();
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.asked(), [TOKEN]);
    assert!(stage.disk.record().is_none());
}
