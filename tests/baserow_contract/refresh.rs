//! Section 2: `POST /api/user/token-refresh/`.

use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::provider::Step;

use super::row::{Meaning, Row, check, failed, granted, no_token, rejected, row};

fn refresh(name: &str, status: u16, body: &Value, meaning: Meaning) -> Row {
    row(name, Step::Refresh, status, body, meaning)
}

#[test]
fn a_refresh_that_succeeds_grants_an_access_token_and_no_refresh_token() {
    let body = json!({
        "token": "A2", "access_token": "A2", "user": { "id": 2 }, "permissions": [],
        "user_notifications": { "unread_count": 0 }, "active_licenses": {},
    });
    check(&[refresh("the answer of 1.35.3", 200, &body, granted("A2", None))]);
}

#[test]
fn a_server_that_rotates_its_refresh_tokens_would_be_understood() {
    check(&[refresh(
        "rotated",
        200,
        &json!({ "access_token": "A2", "refresh_token": "R2" }),
        granted("A2", Some("R2")),
    )]);
}

#[test]
fn a_refusal_is_a_rejection_whatever_its_reason() {
    let invalid = json!({ "error": "ERROR_INVALID_REFRESH_TOKEN", "detail": "Refresh token is expired or invalid." });
    // The server does not tell them apart; the names are those of the contract's row.
    let reasons = [
        "an access token in its place",
        "expired",
        "garbled",
        "altered signature",
        "other key",
        "alg: none",
        "blacklisted",
        "no jti",
        "no user_id",
        "iat in the future",
        "unknown user",
        "deactivated user",
        "user awaiting deletion",
        "issued before a password change",
        "empty object",
        "simplejwt's own name",
        "a number",
    ];
    let mut rows: Vec<Row> = reasons
        .into_iter()
        .map(|reason| refresh(reason, 401, &invalid, rejected(401).showing("ERROR_INVALID_REFRESH_TOKEN")))
        .collect();
    let unverified =
        json!({ "error": "ERROR_EMAIL_VERIFICATION_REQUIRED", "detail": "Email address has to be verified first." });
    rows.push(refresh("e-mail verification became enforced", 401, &unverified, rejected(401)));
    rows.push(refresh("null", 400, &json!({ "refresh_token": ["This field may not be null."] }), rejected(400)));
    rows.push(refresh("blank", 400, &json!({ "refresh_token": ["This field may not be blank."] }), rejected(400)));
    check(&rows);
}

#[test]
fn what_is_no_verdict_on_the_refresh_token_is_no_rejection() {
    let unexpected = |status| failed(Code::UnexpectedStatus, status);
    check(&[
        refresh("malformed JSON", 400, &json!({ "detail": "JSON parse error - Expecting value" }), unexpected(400)),
        refresh("GET", 405, &json!({ "detail": "Method \"GET\" not allowed." }), unexpected(405)),
        refresh(
            "without the slash",
            404,
            &json!({ "error": "URL_TRAILING_SLASH_MISSING", "detail": "…" }),
            unexpected(404),
        ),
        refresh("without a token", 200, &json!({ "user": { "id": 2 } }), no_token()),
    ]);
}

#[test]
fn advice_about_the_password_is_for_logins_only() {
    let body = json!({ "error": "ERROR_INVALID_REFRESH_TOKEN", "detail": "Refresh token is expired or invalid." });
    let start = "BRIDGE_BASEROW_AUTH_FAILED: refresh returned 401 (ERROR_INVALID_REFRESH_TOKEN: Refresh token is expired \
                 or invalid.) for alice@example.com at baserow.example.com";
    check(&[refresh("the whole message", 401, &body, rejected(401).starting(start))]);
    let message = super::row::message(Step::Refresh, 401, &body.to_string());
    assert_eq!(message, start);
}
