//! Baserow up to 1.12: one token, which renews itself while it has not expired (contract, section 8).

use serde_json::json;

use crate::stage::answer::Answer;
use crate::stage::server::{LOGIN, REFRESH};
use crate::stage::{Stage, secs};

fn logged_in(lifetime: i64) -> (Stage, String) {
    let stage = Stage::new();
    let token = stage.server.mint("access", lifetime);
    stage.server.will_answer(LOGIN, Answer::legacy(&token));
    assert_eq!(stage.token(), token);
    (stage, token)
}

#[test]
fn a_token_without_a_refresh_token_refreshes_itself() {
    let (stage, mut token) = logged_in(3600);
    for _ in 0..3 {
        stage.advance(secs(3540));
        let next = stage.server.mint("access", 3600);
        stage.server.will_answer(REFRESH, Answer::legacy(&next));
        assert_eq!(stage.token(), next);
        assert_eq!(stage.server.last().body, json!({ "token": token }));
        token = next;
    }
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, REFRESH, REFRESH]);
}

#[test]
fn an_expired_one_goes_straight_to_the_login() {
    let (stage, _) = logged_in(3600);
    stage.advance(secs(3600));
    let next = stage.server.mint("access", 3600);
    stage.server.will_answer(LOGIN, Answer::legacy(&next));
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn an_invalidated_one_goes_straight_to_the_login() {
    let (stage, token) = logged_in(3600);
    assert!(stage.manager.invalidate(Some(&token)));
    let next = stage.server.mint("access", 3600);
    stage.server.will_answer(LOGIN, Answer::legacy(&next));
    assert_eq!(stage.token(), next);
    assert_eq!(stage.server.asked(), [LOGIN, LOGIN]);
}

#[test]
fn one_that_is_refused_a_week_after_its_login_leads_to_a_login() {
    let (stage, _) = logged_in(3600);
    stage.advance(secs(3540));
    stage.server.will_answer(REFRESH, Answer::json(400, &json!({ "non_field_errors": ["Refresh has expired."] })));
    let next = stage.server.mint("access", 3600);
    stage.server.will_answer(LOGIN, Answer::legacy(&next));
    assert_eq!(stage.token(), next);
}

#[test]
fn after_an_update_of_the_server_its_refresh_token_is_used() {
    let (stage, token) = logged_in(3600);
    stage.advance(secs(3540));
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    let modern = stage.server.will_log_in(600);
    assert_eq!(stage.token(), modern.access);
    assert_eq!(stage.server.heard()[1].body, json!({ "token": token }));
    stage.advance(secs(540));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": modern.refresh }));
}

#[test]
fn logging_out_sends_nothing_where_there_is_nothing_to_revoke() {
    let (stage, _) = logged_in(3600);
    stage.logout().answer().unwrap();
    assert_eq!(stage.server.asked(), [LOGIN]);
    assert!(stage.manager.look().token.is_none());
}
