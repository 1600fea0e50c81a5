//! Bodies that are not in the contract, and that a wrong base URL, a proxy or a later version may bring.

use serde_json::json;
use tokenkeep::error::Code;
use tokenkeep::provider::Step;

use super::row::{Row, check, failed, granted, no_token, rejected, row, text_row};

#[test]
fn a_list_is_no_session() {
    check(&[
        row("empty", Step::Login, 200, &json!([]), no_token()),
        row("of texts", Step::Login, 200, &json!(["a", "b", "c"]), no_token()),
        row("of objects", Step::Login, 200, &json!([{ "access_token": "A" }]), no_token()),
        row("to a refresh", Step::Refresh, 200, &json!(["Alice"]), no_token()),
    ]);
}

#[test]
fn other_values_are_no_session() {
    check(&[
        row("null", Step::Login, 200, &json!(null), no_token()),
        row("a text", Step::Login, 200, &json!("eyJhbGciOiJIUzI1NiJ9.e30."), no_token()),
        row("a number", Step::Login, 200, &json!(17), no_token()),
    ]);
}

#[test]
fn access_token_comes_before_token_and_a_useless_one_does_not_hide_the_other() {
    check(&[
        row("both", Step::Login, 200, &json!({ "token": "old", "access_token": "new" }), granted("new", None)),
        row("token only", Step::Login, 200, &json!({ "token": "old" }), granted("old", None)),
        row("access_token only", Step::Login, 200, &json!({ "access_token": "new" }), granted("new", None)),
        row(
            "access_token null",
            Step::Login,
            200,
            &json!({ "token": "old", "access_token": null }),
            granted("old", None),
        ),
        row(
            "access_token empty",
            Step::Login,
            200,
            &json!({ "token": "old", "access_token": "" }),
            granted("old", None),
        ),
        row(
            "refresh_token null",
            Step::Login,
            200,
            &json!({ "token": "A", "refresh_token": null }),
            granted("A", None),
        ),
        row(
            "refresh_token false",
            Step::Login,
            200,
            &json!({ "token": "A", "refresh_token": false }),
            granted("A", None),
        ),
        row(
            "refresh_token {}",
            Step::Login,
            200,
            &json!({ "token": "A", "refresh_token": { "R": 1 } }),
            granted("A", None),
        ),
        row("refresh_token 1.5", Step::Login, 200, &json!({ "token": "A", "refresh_token": 1.5 }), granted("A", None)),
        row("blanks around it", Step::Login, 200, &json!({ "token": " A\n" }), granted("A", None)),
        row(
            "two_factor_auth null",
            Step::Login,
            200,
            &json!({ "token": "A", "two_factor_auth": null }),
            granted("A", None),
        ),
    ]);
}

#[test]
fn a_redirect_is_a_bad_response_that_names_its_target_without_the_query() {
    let rows: Vec<Row> = [301, 302, 303, 307, 308]
        .into_iter()
        .map(|status| {
            let meaning =
                failed(Code::BadResponse, 502).showing("(to https://sso.example.com/login)").showing("base URL");
            text_row(&status.to_string(), Step::Login, status, "", meaning)
                .with(|headers| headers.location = Some("https://sso.example.com/login?next=secret#frag".to_owned()))
        })
        .collect();
    check(&rows);
}

#[test]
fn a_redirect_without_a_target_is_a_bad_response_all_the_same() {
    check(&[text_row("300", Step::Login, 300, "", failed(Code::BadResponse, 502))]);
}

#[test]
fn every_shape_of_an_error_body_is_quoted_in_the_message() {
    let shapes = [
        ("error and detail", json!({ "error": "E_CODE", "detail": "why" }), "(E_CODE: why)"),
        ("detail and error", json!({ "detail": "why", "error": "E_CODE" }), "(E_CODE: why)"),
        ("detail alone", json!({ "detail": "why" }), "(why)"),
        ("error alone", json!({ "error": "E_CODE" }), "(E_CODE)"),
        ("detail and code", json!({ "detail": "why", "code": "c0de" }), "why"),
        ("detail an object", json!({ "error": "E_CODE", "detail": { "field": [{ "code": "required" }] } }), "required"),
        ("fields", json!({ "field": ["text"] }), "text"),
    ];
    let rows: Vec<Row> = shapes
        .into_iter()
        .map(|(name, body, shown)| row(name, Step::Login, 401, &body, rejected(401).showing(shown)))
        .collect();
    check(&rows);
    check(&[
        text_row("nothing", Step::Login, 401, "", rejected(401).showing("returned 401 for ")),
        text_row("text", Step::Login, 401, " no\n way ", rejected(401).showing("(no way)")),
        text_row("a page", Step::Login, 403, "<h1>Forbidden</h1>", rejected(403).showing("(<h1>Forbidden</h1>)")),
    ]);
}

#[test]
fn a_status_that_nobody_expects_is_passed_on() {
    let rows: Vec<Row> = [100, 402, 409, 410, 418, 422, 451, 600, 999]
        .into_iter()
        .map(|status| text_row(&status.to_string(), Step::Login, status, "", failed(Code::UnexpectedStatus, status)))
        .collect();
    check(&rows);
}
