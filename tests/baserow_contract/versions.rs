//! Section 8: older Baserow.

use serde_json::json;
use tokenkeep::error::Code;
use tokenkeep::provider::Step;

use super::row::{check, failed, granted, rejected, row};
use crate::stage::answer::session;

#[test]
fn up_to_1_5_a_login_and_a_refresh_bring_one_token() {
    check(&[
        row("login", Step::Login, 200, &json!({ "token": "A", "user": { "first_name": "Alice" } }), granted("A", None)),
        row(
            "refresh",
            Step::Refresh,
            200,
            &json!({ "token": "A2", "user": { "first_name": "Alice" } }),
            granted("A2", None),
        ),
    ]);
}

#[test]
fn from_1_6_to_1_12_a_success_is_201() {
    check(&[
        row("login", Step::Login, 201, &json!({ "token": "A", "user": {} }), granted("A", None)),
        row("refresh", Step::Refresh, 201, &json!({ "token": "A2", "user": {} }), granted("A2", None)),
    ]);
}

#[test]
fn up_to_1_12_a_rejection_is_400_non_field_errors() {
    let errors = |text: &str| json!({ "non_field_errors": [text] });
    let rejection = |text: &str| rejected(400).showing(text);
    let (wrong, disabled) = ("Unable to log in with provided credentials.", "User account is disabled.");
    let (over, dead) = ("Refresh has expired.", "Signature has expired.");
    check(&[
        row("wrong password", Step::Login, 400, &errors(wrong), rejection(wrong)),
        row("disabled", Step::Login, 400, &errors(disabled), rejection(disabled)),
        row("a week after the login", Step::Refresh, 400, &errors(over), rejection(over)),
        row("token expired", Step::Refresh, 400, &errors(dead), rejection(dead)),
    ]);
}

#[test]
fn up_to_1_12_a_dead_token_may_also_be_401() {
    check(&[
        row(
            "expired",
            Step::Refresh,
            401,
            &json!({ "error": "ERROR_SIGNATURE_HAS_EXPIRED", "detail": "…" }),
            rejected(401),
        ),
        row(
            "garbled",
            Step::Refresh,
            401,
            &json!({ "error": "ERROR_DECODING_SIGNATURE", "detail": "…" }),
            rejected(401),
        ),
    ]);
}

#[test]
fn since_1_13_0_there_are_two_tokens() {
    let body = json!({ "token": "A", "access_token": "A", "refresh_token": "R", "user": {} });
    let invalid = json!({ "error": "ERROR_INVALID_TOKEN", "detail": "Token is expired or invalid." });
    check(&[
        row("login", Step::Login, 200, &body, granted("A", Some("R"))),
        row("refresh", Step::Refresh, 200, &json!({ "token": "A2", "access_token": "A2" }), granted("A2", None)),
        row("one code for all tokens", Step::Refresh, 401, &invalid, rejected(401).showing("ERROR_INVALID_TOKEN")),
    ]);
}

#[test]
fn since_1_13_2_the_codes_are_todays() {
    let invalid = json!({ "error": "ERROR_INVALID_REFRESH_TOKEN", "detail": "Refresh token is expired or invalid." });
    check(&[row("refresh", Step::Refresh, 401, &invalid, rejected(401).showing("ERROR_INVALID_REFRESH_TOKEN"))]);
}

#[test]
fn since_1_17_there_is_a_throttle() {
    let throttled = json!({ "detail": "Request was throttled. Expected available in 29 seconds." });
    check(&[row("login", Step::Login, 429, &throttled, failed(Code::RateLimited, 429).transient())]);
}

#[test]
fn since_1_25_an_email_may_have_to_be_verified() {
    let body =
        json!({ "error": "ERROR_EMAIL_VERIFICATION_REQUIRED", "detail": "Email address has to be verified first." });
    check(&[row("login", Step::Login, 401, &body, rejected(401).showing("ERROR_EMAIL_VERIFICATION_REQUIRED"))]);
}

#[test]
fn since_1_25_2_there_is_a_user_session_which_is_no_token_of_ours() {
    let mut without_tokens = session("A", "R");
    for name in ["token", "access_token"] {
        without_tokens[name] = json!(null);
    }
    check(&[
        row("login", Step::Login, 200, &session("A", "R"), granted("A", Some("R"))),
        row("user_session alone", Step::Login, 200, &without_tokens, super::row::no_token()),
    ]);
}
