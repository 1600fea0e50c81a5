//! Answers that are no success, and none at all.

use tokenkeep::error::Code::{self, BadResponse, InvalidCredentials, RateLimited, ServerError, UnexpectedStatus};
use tokenkeep::provider::{Provider, Step};
use tokenkeep::transport::{Lost, LostReason};

use super::row::{came, secs, shows, with};

#[test]
fn every_status_has_its_meaning() {
    let rows: [(u16, Code, u16, bool, &str); 23] = [
        (301, BadResponse, 502, false, "Redirects are not followed"),
        (302, BadResponse, 502, false, "Redirects are not followed"),
        (304, BadResponse, 502, false, "Redirects are not followed"),
        (308, BadResponse, 502, false, "Redirects are not followed"),
        (400, InvalidCredentials, 400, false, ""),
        (401, InvalidCredentials, 401, false, ""),
        (403, InvalidCredentials, 403, false, ""),
        (402, UnexpectedStatus, 402, false, "Usually the "),
        (404, UnexpectedStatus, 404, false, "Usually the "),
        (405, UnexpectedStatus, 405, false, "Usually the "),
        (406, UnexpectedStatus, 406, false, "Usually the "),
        (407, UnexpectedStatus, 407, false, "The proxy"),
        (415, UnexpectedStatus, 415, false, "Usually the "),
        (422, UnexpectedStatus, 422, false, "Usually the "),
        (100, UnexpectedStatus, 100, false, "Usually the "),
        (999, UnexpectedStatus, 999, false, "Usually the "),
        (429, RateLimited, 429, true, ""),
        (500, ServerError, 500, true, ""),
        (501, ServerError, 501, false, ""),
        (502, ServerError, 502, true, ""),
        (503, ServerError, 503, true, ""),
        (504, ServerError, 504, true, ""),
        (599, ServerError, 599, false, ""),
    ];
    let login = with(|_| {});
    for step in [Step::Login, Step::Refresh] {
        for (status, code, passed_on, transient, advice) in rows {
            let failure = came(status, " no\n way ").to(step).failure(&login);
            let found = (failure.code, failure.status, failure.is_transient(), failure.retry_after);
            assert_eq!(found, (code, passed_on, transient, None), "{failure}");
            shows(&failure, &[&format!("{} returned {status} (no way)", step.as_str()), advice]);
        }
    }
}

#[test]
fn the_advice_names_the_option() {
    let login = with(|_| {});
    for (status, advice) in
        [(404, "Usually the url is wrong"), (302, "is the url right?"), (401, "body and the headers")]
    {
        shows(&came(status, "").failure(&login), &[advice]);
    }
    for (status, advice) in [(404, "Usually the refreshUrl is wrong"), (302, "is the refreshUrl right?")] {
        shows(&came(status, "").to(Step::Refresh).failure(&login), &[advice]);
    }
    let refused = came(400, r#"{"error":"invalid_grant"}"#).to(Step::Refresh).failure(&login);
    assert!(refused.message.ends_with("at api.colony.example"), "a login follows, there is nothing to do: {refused}");
}

#[test]
fn a_server_that_says_how_long_to_wait_is_heard() {
    let login = with(|_| {});
    for status in [429, 503] {
        let failure = came(status, "").with(|headers| headers.retry_after = Some("120".to_owned())).failure(&login);
        assert_eq!(failure.retry_after, secs(120), "{failure}");
    }
}

#[test]
fn a_redirect_names_its_target_without_the_query() {
    let target = Some("https://sso.example/in?ticket=secret#frag".to_owned());
    let failure = came(302, "body").with(|headers| headers.location = target).failure(&with(|_| {}));
    shows(&failure, &["login returned 302 (to https://sso.example/in) for"]);
}

#[test]
fn no_answer_at_all_is_blamed_on_the_option_that_was_used() {
    let lost = |reason| Lost {
        reason,
        summary: "connection refused".to_owned(),
        hint: None,
        causes: Vec::new(),
        thrown: None,
    };
    let login = with(|_| {});
    let rows = [
        (Step::Login, LostReason::Network, Code::Network, "the url right?"),
        (Step::Refresh, LostReason::Network, Code::Network, "the refreshUrl right?"),
        (Step::Login, LostReason::Timeout, Code::Timeout, "timeoutMs"),
        (Step::Login, LostReason::TooLarge, BadResponse, "Is the url right?"),
    ];
    for (step, reason, code, advice) in rows {
        let failure = login.lost(step, lost(reason));
        assert_eq!(failure.code, code, "{failure}");
        shows(&failure, &[advice, "connection refused"]);
    }
}
