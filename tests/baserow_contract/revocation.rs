//! Section 3: `POST /api/user/token-blacklist/`.

use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::provider::Step;

use super::row::{Meaning, Row, check, failed, row, text_row};

fn revoke(name: &str, status: u16, body: &Value, meaning: Meaning) -> Row {
    row(name, Step::Revoke, status, body, meaning)
}

#[test]
fn whatever_says_that_the_refresh_token_is_dead_is_a_success() {
    let already = json!({
        "error": "ERROR_REFRESH_TOKEN_ALREADY_BLACKLISTED",
        "detail": "The provided refresh token is already blacklisted.",
    });
    let invalid = json!({ "error": "ERROR_INVALID_REFRESH_TOKEN", "detail": "Refresh token is expired or invalid." });
    let not_found = json!({ "error": "URL_NOT_FOUND", "detail": "URL /api/user/token-blacklist/ not found." });
    check(&[
        text_row("blacklisted", Step::Revoke, 204, "", Meaning::Done),
        revoke("again", 400, &already, Meaning::Done),
        revoke("expired", 401, &invalid, Meaning::Done),
        revoke("older than 1.21", 404, &not_found, Meaning::Done),
    ]);
}

#[test]
fn what_keeps_the_server_from_looking_at_the_refresh_token_is_a_failure() {
    let html = "<title>Server Error (500)</title>";
    check(&[
        text_row("PostgreSQL down", Step::Revoke, 500, html, failed(Code::ServerError, 500).transient()),
        text_row("throttled", Step::Revoke, 429, "", failed(Code::RateLimited, 429).transient()),
        text_row("redirected", Step::Revoke, 302, "", failed(Code::BadResponse, 502)),
        text_row("method not allowed", Step::Revoke, 405, "", failed(Code::UnexpectedStatus, 405)),
    ]);
}

#[test]
fn a_400_that_does_not_speak_of_the_refresh_token_has_revoked_nothing() {
    let html = "<!doctype html><title>Bad Request (400)</title>";
    let malformed = json!({ "detail": "JSON parse error - Expecting value: line 1 column 1 (char 0)" });
    check(&[
        text_row("unknown Host", Step::Revoke, 400, html, failed(Code::UnexpectedStatus, 400)),
        revoke("malformed JSON", 400, &malformed, failed(Code::UnexpectedStatus, 400)),
    ]);
}
