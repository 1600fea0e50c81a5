//! Section 6: failures that are not about credentials.

use serde_json::json;
use tokenkeep::error::Code;
use tokenkeep::provider::{Provider, Step};
use tokenkeep::transport::{Lost, LostReason};

use super::row::{Row, baserow, check, failed, row, text_row};
use crate::stage::{EMAIL, HOST};

const HTML_500: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>Server Error (500)</title>\n</head>\n\
                        <body>\n  <h1>Server Error (500)</h1><p></p>\n</body>\n</html>\n";

#[test]
fn a_server_error_passes_on_its_status_and_some_are_worth_another_try() {
    let server_error = |status| failed(Code::ServerError, status);
    check(&[
        text_row(
            "PostgreSQL down, login",
            Step::Login,
            500,
            HTML_500,
            server_error(500).transient().showing("Server Error (500)"),
        ),
        text_row("PostgreSQL down, refresh", Step::Refresh, 500, HTML_500, server_error(500).transient()),
        text_row("Redis down, login", Step::Login, 500, HTML_500, server_error(500).transient()),
        text_row("restarting behind Caddy", Step::Login, 502, "", server_error(502).transient()),
        text_row("unavailable", Step::Login, 503, "", server_error(503).transient()),
        text_row("gateway timed out", Step::Login, 504, "", server_error(504).transient()),
        text_row("not implemented", Step::Login, 501, "", server_error(501)),
        text_row("HTTP version", Step::Login, 505, "", server_error(505)),
        text_row("Cloudflare's own", Step::Login, 520, "", server_error(520)),
    ]);
}

#[test]
fn unavailable_with_a_retry_after_says_how_long() {
    let row = text_row("503", Step::Login, 503, "", failed(Code::ServerError, 503).transient().after(120));
    check(&[row.with(|headers| headers.retry_after = Some("120".to_owned()))]);
}

#[test]
fn a_throttled_request_is_told_to_wait() {
    let throttled = json!({ "detail": "Request was throttled. Expected available in 29 seconds." });
    let too_many_codes = json!({ "error": "ERROR_RATE_LIMIT_EXCEEDED", "detail": "Rate limit exceeded." });
    let rate_limited = || failed(Code::RateLimited, 429).transient();
    let with_retry_after = |row: Row, value: &str| row.with(|headers| headers.retry_after = Some(value.to_owned()));
    check(&[
        with_retry_after(row("1.17 to 1.35", Step::Login, 429, &throttled, rate_limited().after(29)), "29"),
        with_retry_after(row("refresh", Step::Refresh, 429, &throttled, rate_limited().after(30)), "30"),
        row("2.x without a black list", Step::Login, 429, &throttled, rate_limited()),
        row(
            "too many codes",
            Step::SecondFactor,
            429,
            &too_many_codes,
            rate_limited().showing("ERROR_RATE_LIMIT_EXCEEDED"),
        ),
    ]);
}

fn lost(reason: LostReason, hint: Option<&'static str>) -> Lost {
    Lost {
        reason,
        summary: "connection refused".to_owned(),
        hint,
        causes: vec!["os error 111".to_owned()],
        thrown: None,
    }
}

#[test]
fn no_answer_at_all_is_a_failure_of_the_network() {
    let failure = baserow().lost(Step::Login, lost(LostReason::Network, None));
    assert_eq!((failure.code, failure.status, failure.is_transient()), (Code::Network, 502, true));
    assert!(
        failure.message.starts_with("BRIDGE_BASEROW_AUTH_FAILED: login got no answer (connection refused)"),
        "{failure}"
    );
    assert!(failure.message.contains(EMAIL) && failure.message.contains(HOST), "{failure}");
    assert_eq!(&*failure.causes, ["os error 111"]);
}

#[test]
fn an_answer_that_takes_too_long_is_a_timeout() {
    let failure = baserow().lost(Step::Refresh, lost(LostReason::Timeout, None));
    assert_eq!((failure.code, failure.status, failure.is_transient()), (Code::Timeout, 504, true));
    assert!(failure.message.starts_with("BRIDGE_BASEROW_AUTH_FAILED: refresh timed out"), "{failure}");
    assert!(failure.message.contains("timeoutMs"), "{failure}");
}

#[test]
fn an_answer_that_is_too_large_is_a_bad_response() {
    let failure = baserow().lost(Step::Login, lost(LostReason::TooLarge, None));
    assert_eq!((failure.code, failure.status, failure.is_transient()), (Code::BadResponse, 502, false));
    assert!(failure.message.contains("base URL"), "{failure}");
}

#[test]
fn whoever_knows_better_what_to_do_about_it_is_heard() {
    let failure = baserow().lost(Step::Login, lost(LostReason::Network, Some("Pass the server's CA as tls.ca")));
    assert!(failure.message.ends_with("Pass the server's CA as tls.ca"), "{failure}");
}
