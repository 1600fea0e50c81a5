//! Section 1: `POST /api/user/token-auth/`.

use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::provider::Step;

use super::row::{Meaning, Row, check, failed, granted, no_token, rejected, row, text_row};
use crate::stage::answer::session;

const HTML_400: &str =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Bad Request (400)</title>\n</head>\n</html>";

fn login(name: &str, status: u16, body: &Value, meaning: Meaning) -> Row {
    row(name, Step::Login, status, body, meaning)
}

fn field(name: &str, text: &str) -> Value {
    json!({ name: [text] })
}

#[test]
fn a_login_that_succeeds_grants_the_access_and_the_refresh_token() {
    check(&[
        login("the answer of 1.35.3", 200, &session("A", "R"), granted("A", Some("R"))),
        login("with 2.5 kB of permissions", 200, &big_session(), granted("A", Some("R"))),
    ]);
}

fn big_session() -> Value {
    let mut body = session("A", "R");
    body["permissions"] = json!(vec![json!({ "name": "view_ownership", "operations": ["read", "update"] }); 60]);
    body
}

#[test]
fn a_login_that_is_rejected_passes_on_its_status() {
    let reasons = [
        ("wrong password", "ERROR_INVALID_CREDENTIALS", "No active account found with the given credentials."),
        ("deactivated user", "ERROR_DEACTIVATED_USER", "User account has been disabled."),
        ("password login switched off", "ERROR_AUTH_PROVIDER_DISABLED", "Authentication provider is disabled."),
        ("e-mail not verified", "ERROR_EMAIL_VERIFICATION_REQUIRED", "Email address has to be verified first."),
    ];
    let rows: Vec<Row> = reasons
        .into_iter()
        .map(|(name, error, detail)| {
            let meaning = rejected(401).showing(error).showing(detail);
            login(name, 401, &json!({ "error": error, "detail": detail }), meaning)
        })
        .collect();
    check(&rows);
}

#[test]
fn a_400_that_names_one_of_our_fields_is_a_rejection() {
    let fields = [
        ("no password", "password", "This field is required."),
        ("no e-mail", "email", "This field is required."),
        ("e-mail null", "email", "This field may not be null."),
        ("e-mail blank", "email", "This field may not be blank."),
        ("e-mail of another shape", "email", "Enter a valid email address."),
        ("user name of another shape", "username", "Enter a valid email address."),
        ("password blank", "password", "This field may not be blank."),
        ("password an object", "password", "Not a valid string."),
        ("password with NUL", "password", "Null characters are not allowed."),
    ];
    let rows: Vec<Row> = fields
        .into_iter()
        .map(|(name, key, text)| login(name, 400, &field(key, text), rejected(400).showing(key).showing(text)))
        .collect();
    check(&rows);
}

#[test]
fn what_a_token_endpoint_does_not_say_is_an_unexpected_status_with_a_hint_at_the_base_url() {
    let unexpected = |status| failed(Code::UnexpectedStatus, status).showing("base URL");
    let malformed = "JSON parse error - Expecting property name enclosed in double quotes: line 1 column 32 (char 31)";
    let bad_utf8 = "JSON parse error - 'utf-8' codec can't decode byte 0xff in position 44: invalid start byte";
    let not_a_dictionary = "Invalid data. Expected a dictionary, but got list.";
    let no_slash = "A valid URL must end with a trailing slash. Please, redirect requests to /api/user/token-auth/";
    check(&[
        login("malformed JSON", 400, &json!({ "detail": malformed }), unexpected(400).showing("JSON parse error")),
        login("invalid UTF-8", 400, &json!({ "detail": bad_utf8 }), unexpected(400).showing("JSON parse error")),
        login("a list", 400, &field("non_field_errors", not_a_dictionary), unexpected(400).showing(not_a_dictionary)),
        login(
            "text/plain",
            415,
            &json!({ "detail": "Unsupported media type \"text/plain\" in request." }),
            unexpected(415).showing("Unsupported media type"),
        ),
        login(
            "Accept: text/html",
            406,
            &json!({ "detail": "Could not satisfy the request Accept header." }),
            unexpected(406).showing("Accept header"),
        ),
        login(
            "GET",
            405,
            &json!({ "detail": "Method \"GET\" not allowed." }),
            unexpected(405).showing("Method \"GET\" not allowed."),
        ),
        login(
            "without the slash",
            404,
            &json!({ "error": "URL_TRAILING_SLASH_MISSING", "detail": no_slash }),
            unexpected(404).showing("URL_TRAILING_SLASH_MISSING"),
        ),
        login(
            "unknown path",
            404,
            &json!({ "error": "URL_NOT_FOUND", "detail": "URL /api/user/token-auth// not found." }),
            unexpected(404).showing("URL_NOT_FOUND"),
        ),
        text_row("unknown Host", Step::Login, 400, HTML_400, unexpected(400).showing("Bad Request (400)")),
    ]);
}

#[test]
fn a_success_without_a_token_is_a_bad_response() {
    check(&[
        login("no keys", 200, &json!({}), no_token()),
        login("only a refresh token", 200, &json!({ "refresh_token": "R" }), no_token()),
        login("tokens of other types", 200, &json!({ "access_token": 7, "token": ["A"] }), no_token()),
        login("empty tokens", 200, &json!({ "access_token": "", "token": " " }), no_token()),
        text_row("nothing", Step::Login, 200, "", no_token()),
        text_row("204", Step::Login, 204, "", no_token()),
        text_row("a page", Step::Login, 200, "<html><title>Baserow</title></html>", no_token()),
    ]);
}
