//! Section 7: two-factor login.

use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::provider::Step;

use super::row::{Meaning, Row, check, failed, granted, no_token, rejected, row};
use crate::stage::answer::session;

fn verify(name: &str, status: u16, body: &Value, meaning: Meaning) -> Row {
    row(name, Step::SecondFactor, status, body, meaning)
}

/// The failure does not begin with a status: the answer was a success.
fn second_factor_needed(step: Step) -> Meaning {
    let start = format!("BRIDGE_BASEROW_AUTH_FAILED: {} needs a second factor", step.as_str());
    failed(Code::TwoFactorRequired, 401).starting(&start)
}

#[test]
fn the_answer_to_the_right_password_is_a_ticket_and_no_token() {
    check(&[
        row("TOTP", Step::Login, 200, &json!({ "two_factor_auth": "totp", "token": "T" }), Meaning::Ticket("T")),
        row(
            "in the other order",
            Step::Login,
            200,
            &json!({ "token": "T", "two_factor_auth": "totp" }),
            Meaning::Ticket("T"),
        ),
        row(
            "wrong password",
            Step::Login,
            401,
            &json!({ "error": "ERROR_INVALID_CREDENTIALS", "detail": "No active account found with the given credentials." }),
            rejected(401),
        ),
    ]);
}

#[test]
fn a_kind_of_second_factor_that_we_do_not_know_is_named() {
    let body = json!({ "two_factor_auth": "webauthn", "token": "T" });
    check(&[
        row("webauthn", Step::Login, 200, &body, second_factor_needed(Step::Login).showing("webauthn")),
        row(
            "true",
            Step::Login,
            200,
            &json!({ "two_factor_auth": true, "token": "T" }),
            second_factor_needed(Step::Login),
        ),
    ]);
}

#[test]
fn a_ticket_that_comes_at_another_step_is_no_token_either() {
    let body = json!({ "two_factor_auth": "totp", "token": "T" });
    check(&[
        row("refresh", Step::Refresh, 200, &body, second_factor_needed(Step::Refresh)),
        row("verification", Step::SecondFactor, 200, &body, second_factor_needed(Step::SecondFactor)),
    ]);
}

#[test]
fn the_right_code_brings_the_whole_session() {
    check(&[
        verify("the full answer of section 1", 200, &session("A", "R"), granted("A", Some("R"))),
        verify("without a token", 200, &json!({}), no_token()),
    ]);
}

#[test]
fn a_code_or_a_ticket_that_is_refused_is_a_rejection() {
    let wrong_code = json!({
        "error": "ERROR_TWO_FACTOR_AUTH_VERIFICATION_FAILED",
        "detail": "Two-factor authentication verification failed.",
    });
    let dead_ticket = json!({ "detail": "Access token is expired or invalid.", "error": "ERROR_INVALID_ACCESS_TOKEN" });
    let deactivated = json!({ "error": "ERROR_DEACTIVATED_USER", "detail": "User account has been disabled." });
    check(&[
        verify("wrong code", 401, &wrong_code, rejected(401).showing("ERROR_TWO_FACTOR_AUTH_VERIFICATION_FAILED")),
        verify("ticket expired", 401, &dead_ticket, rejected(401).showing("ERROR_INVALID_ACCESS_TOKEN")),
        verify("no ticket", 401, &json!({ "detail": "Authentication credentials were not provided." }), rejected(401)),
        verify(
            "a later 2.x",
            401,
            &json!({ "detail": "Invalid 2FA token." }),
            rejected(401).showing("Invalid 2FA token."),
        ),
        verify("blank code", 400, &json!({ "code": ["This field may not be blank."] }), rejected(400)),
        verify("deactivated user", 401, &deactivated, rejected(401).showing("ERROR_DEACTIVATED_USER")),
    ]);
}

#[test]
fn the_ticket_in_the_place_of_a_refresh_token_is_refused() {
    let body = json!({ "error": "ERROR_INVALID_REFRESH_TOKEN", "detail": "Refresh token is expired or invalid." });
    check(&[row("to token-refresh", Step::Refresh, 401, &body, rejected(401))]);
}
