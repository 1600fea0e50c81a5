//! Step 5 and 6 of a renewal: refresh where there is something to refresh with; a failure of any kind leads to one login.

use serde_json::json;
use tokenkeep::error::Code;
use tokenkeep::manager::Demand;
use tokenkeep::transport::LostReason;

use crate::stage::answer::Answer;
use crate::stage::jwt::minted;
use crate::stage::server::{LOGIN, Pair, REFRESH};
use crate::stage::{Stage, secs};

const INTO_THE_MARGIN: u64 = 540;

/// A stage whose token has just become stale.
fn with_a_stale_token() -> (Stage, Pair) {
    let stage = Stage::new();
    let pair = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(INTO_THE_MARGIN));
    (stage, pair)
}

#[test]
fn a_stale_token_is_renewed_with_the_refresh_token_and_without_the_password() {
    let (stage, pair) = with_a_stale_token();
    let refreshed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), refreshed);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH]);
    assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
}

#[test]
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let (stage, pair) = with_a_stale_token();
    for _ in 0..5 {
        let refreshed = stage.server.will_refresh(600);
        assert_eq!(stage.token(), refreshed);
        assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }));
        stage.advance(secs(INTO_THE_MARGIN));
    }
}

#[test]
fn an_answer_with_a_refresh_token_replaces_the_old_one() {
    let (stage, _) = with_a_stale_token();
    let rotated = stage.server.mint_pair(600);
    stage.server.will_answer(REFRESH, Answer::session(&rotated.access, &rotated.refresh));
    assert_eq!(stage.token(), rotated.access);
    stage.advance(secs(INTO_THE_MARGIN));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": rotated.refresh }));
}

#[test]
fn a_refresh_that_fails_in_any_way_leads_to_one_login() {
    let ways = [
        ("refused", Answer::refused_refresh_token()),
        ("bad request", Answer::json(400, &json!({ "refresh_token": ["This field may not be null."] }))),
        ("forbidden", Answer::text(403, "forbidden")),
        ("not found", Answer::text(404, "no such page")),
        ("told to wait", Answer::text(429, "slow down").retry_after("30")),
        ("server error", Answer::server_error()),
        ("bad gateway", Answer::text(502, "")),
        ("redirect", Answer::text(302, "")),
        ("no token in it", Answer::json(200, &json!({}))),
        ("no JSON", Answer::text(200, "<html>")),
        ("born expired", Answer::refreshed(&minted("access", 1_767_225_600, 0))),
        ("second factor", Answer::json(200, &json!({ "two_factor_auth": "totp", "token": "ticket" }))),
        ("network", Answer::connection_refused()),
        ("timeout", Answer::lost(LostReason::Timeout, "timed out")),
        ("too large", Answer::lost(LostReason::TooLarge, "more than 1 MiB")),
    ];
    for (way, answer) in ways {
        let (stage, _) = with_a_stale_token();
        stage.server.will_answer(REFRESH, answer);
        let second = stage.server.will_log_in(600);
        assert_eq!(stage.get(Demand::Fresh).expect(way), second.access, "{way}");
        assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN], "{way}");
        assert_eq!(stage.log.warnings().len(), 1, "{way}: {:#?}", stage.log.warnings());
    }
}

#[test]
fn when_the_login_fails_too_the_login_is_what_the_caller_is_told_of() {
    let (stage, _) = with_a_stale_token();
    stage.advance(secs(60));
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let failure = stage.failure();
    assert_eq!((failure.code, failure.status), (Code::ServerError, 500));
    assert!(failure.message.contains("login returned 500"), "{failure}");
}

#[test]
fn a_refused_refresh_token_is_not_tried_again() {
    let (stage, _) = with_a_stale_token();
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    stage.server.will_answer(LOGIN, Answer::server_error());
    stage.token();
    let second = stage.server.will_log_in(600);
    assert_eq!(stage.token(), second.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN, LOGIN]);
}

#[test]
fn the_refresh_token_of_the_login_after_a_refusal_is_used() {
    let (stage, _) = with_a_stale_token();
    stage.server.will_answer(REFRESH, Answer::refused_refresh_token());
    let second = stage.server.will_log_in(600);
    stage.token();
    stage.advance(secs(INTO_THE_MARGIN));
    stage.server.will_refresh(600);
    stage.token();
    assert_eq!(stage.server.last().body, json!({ "refresh_token": second.refresh }));
}

#[test]
fn a_refresh_token_that_met_anything_but_a_refusal_is_tried_again() {
    let ways = [
        ("server error", Answer::server_error()),
        ("told to wait", Answer::text(429, "")),
        ("not found", Answer::text(404, "")),
        ("no token in it", Answer::json(200, &json!({}))),
        ("network", Answer::connection_refused()),
    ];
    for (way, answer) in ways {
        let (stage, pair) = with_a_stale_token();
        stage.server.will_answer(REFRESH, answer);
        stage.server.will_answer(LOGIN, Answer::connection_refused());
        assert_eq!(stage.token(), pair.access, "{way}");
        let refreshed = stage.server.will_refresh(600);
        assert_eq!(stage.token(), refreshed, "{way}");
        assert_eq!(stage.server.last().body, json!({ "refresh_token": pair.refresh }), "{way}");
    }
}

#[test]
fn a_refusal_is_remembered_even_if_the_access_token_was_invalidated_meanwhile() {
    let (stage, _) = with_a_stale_token();
    let gate = stage.server.will_hold(REFRESH, Answer::refused_refresh_token());
    stage.server.will_answer(LOGIN, Answer::server_error());
    let call = stage.ask(Demand::Fresh);
    stage.manager.invalidate(None);
    stage.open(&gate);
    call.answer().unwrap_err();
    let second = stage.server.will_log_in(600);
    assert_eq!(stage.token(), second.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN, LOGIN]);
}

#[test]
fn a_refresh_token_that_has_expired_is_skipped() {
    let stage = Stage::new();
    let access = stage.server.mint("access", 600);
    let refresh = stage.server.mint("refresh", 3600);
    stage.server.will_answer(LOGIN, Answer::session(&access, &refresh));
    stage.token();
    stage.advance(secs(3599));
    stage.server.will_refresh(600);
    stage.token();
    // Refreshing did not extend the refresh token.
    stage.advance(secs(INTO_THE_MARGIN));
    let second = stage.server.will_log_in(600);
    assert_eq!(stage.token(), second.access);
    assert_eq!(stage.server.asked(), [LOGIN, REFRESH, LOGIN]);
    assert!(stage.log.warnings().is_empty(), "that a week has passed is nothing odd");
}

#[test]
fn a_refresh_token_that_names_no_expiry_is_always_worth_a_try() {
    let stage = Stage::new();
    let access = stage.server.mint("access", 600);
    stage.server.will_answer(LOGIN, Answer::session(&access, "an-opaque-refresh-token"));
    stage.token();
    stage.advance(secs(365 * 24 * 3600));
    let refreshed = stage.server.will_refresh(600);
    assert_eq!(stage.token(), refreshed);
}
