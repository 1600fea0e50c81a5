//! What each refusal means (RFC 6749 §5.2), row by row.

use std::time::Duration;

use tokenkeep::error::Code::{self, BadResponse, InvalidCredentials, RateLimited, ServerError, UnexpectedStatus};
use tokenkeep::provider::Step;

use super::row::{Came, SEED, came, client, runner, shows};

/// A body as section 5.2 has it.
fn error(status: u16, word: &str) -> Came {
    came(status, &format!(r#"{{"error":"{word}","error_description":"why it is so"}}"#))
}

/// The word, with which status, and what that means: the code, the status that is passed on, and words of advice.
type Row = (&'static str, u16, Code, u16, &'static str);

#[test]
fn each_word_has_its_meaning_and_is_quoted() {
    let rows: [Row; 17] = [
        ("invalid_grant", 400, InvalidCredentials, 400, ""),
        ("invalid_grant", 403, InvalidCredentials, 403, ""),
        ("invalid_client", 400, InvalidCredentials, 400, "Check clientId, clientSecret and clientAuth"),
        ("invalid_client", 401, InvalidCredentials, 401, "Check clientId, clientSecret and clientAuth"),
        ("unauthorized_client", 400, InvalidCredentials, 400, "registered for the grant client_credentials?"),
        ("unsupported_grant_type", 400, UnexpectedStatus, 400, "know the grant client_credentials"),
        ("invalid_scope", 400, InvalidCredentials, 400, "Check the option scope"),
        ("invalid_target", 400, InvalidCredentials, 400, "Check the option audience"),
        (
            "invalid_request",
            400,
            UnexpectedStatus,
            400,
            "Is something missing from the options, or the tokenUrl wrong?",
        ),
        ("access_denied", 403, InvalidCredentials, 403, "scope and audience"),
        ("interaction_required", 400, InvalidCredentials, 400, "wants a person to sign in"),
        ("temporarily_unavailable", 400, ServerError, 503, ""),
        ("temporarily_unavailable", 503, ServerError, 503, ""),
        ("server_error", 400, ServerError, 502, ""),
        ("slow_down", 400, RateLimited, 429, ""),
        ("something_of_theirs", 400, UnexpectedStatus, 400, "Usually the tokenUrl is wrong"),
        ("something_of_theirs", 401, InvalidCredentials, 401, "Check clientId"),
    ];
    for (word, status, code, passed_on, advice) in rows {
        let failure = error(status, word).failure(&client(|_| {}));
        assert_eq!((failure.code, failure.status), (code, passed_on), "{failure}");
        shows(&failure, &[&format!("login returned {status} ({word}: why it is so)"), advice]);
        let transient = matches!(code, ServerError | RateLimited);
        assert_eq!(failure.is_transient(), transient, "{failure}");
    }
}

#[test]
fn only_a_refusal_of_the_token_says_that_the_token_is_dead() {
    let runner = runner(|_| {});
    let dead = error(400, "invalid_grant").to(Step::Refresh).failure(&runner);
    assert!(dead.refuses_token());
    shows(
        &dead,
        &["refresh returned 400 (invalid_grant", "refused or has been used up", "refreshToken", "tokenkeep import"],
    );
    for word in ["invalid_client", "unauthorized_client", "invalid_scope", "interaction_required", "access_denied"] {
        let failure = error(400, word).to(Step::Refresh).failure(&runner);
        assert!(failure.is_rejection() && !failure.refuses_token(), "{failure}");
    }
    for status in [401, 403] {
        let failure = came(status, "<html>Who are you?</html>").to(Step::Refresh).failure(&runner);
        assert!(failure.is_rejection() && !failure.refuses_token(), "{failure}");
    }
}

#[test]
fn without_a_word_the_status_speaks() {
    let rows = [
        (400, UnexpectedStatus, 400, "Usually the tokenUrl is wrong"),
        (401, InvalidCredentials, 401, "Check clientId"),
        (403, InvalidCredentials, 403, "Check clientId"),
        (404, UnexpectedStatus, 404, "Usually the tokenUrl is wrong"),
        (405, UnexpectedStatus, 405, "Usually the tokenUrl is wrong"),
        (407, UnexpectedStatus, 407, "proxy"),
        (429, RateLimited, 429, ""),
        (500, ServerError, 500, ""),
        (502, ServerError, 502, ""),
        (503, ServerError, 503, ""),
    ];
    for (status, code, passed_on, advice) in rows {
        for body in ["", "<html><h1>Nope</h1></html>", "{}", r#"{"error":{"code":7}}"#, "[]"] {
            let failure = came(status, body).failure(&client(|_| {}));
            assert_eq!((failure.code, failure.status), (code, passed_on), "{body}: {failure}");
            shows(&failure, &[&format!("login returned {status}"), body, advice]);
        }
    }
}

#[test]
fn with_a_5xx_or_a_429_the_word_is_quoted_and_the_status_decides() {
    for (status, code) in [(500, ServerError), (503, ServerError), (429, RateLimited)] {
        let failure = error(status, "invalid_grant").to(Step::Refresh).failure(&runner(|_| {}));
        assert_eq!((failure.code, failure.status), (code, status), "{failure}");
        assert!(!failure.refuses_token());
        shows(&failure, &["invalid_grant: why it is so"]);
    }
}

#[test]
fn a_retry_after_is_kept() {
    for status in [429, 503] {
        let told = error(status, "slow_down").with(|headers| headers.retry_after = Some("17".to_owned()));
        assert_eq!(told.failure(&client(|_| {})).retry_after, Some(Duration::from_secs(17)));
    }
}

#[test]
fn a_redirect_is_never_followed_and_its_query_never_shown() {
    let location = Some("https://login.example.com/start?ticket=t1cket-of-theirs#x".to_owned());
    for status in [301, 302, 303, 307, 308] {
        let redirect = came(status, "").with(|headers| headers.location = location.clone());
        let failure = redirect.failure(&client(|_| {}));
        assert_eq!((failure.code, failure.status), (BadResponse, 502), "{failure}");
        shows(&failure, &["to https://login.example.com/start)", "Redirects are not followed: is the tokenUrl right?"]);
        assert!(!failure.message.contains("t1cket"), "{failure}");
    }
}

#[test]
fn the_servers_words_are_shown_without_the_secrets_in_them() {
    let body = format!(r#"{{"error":"invalid_grant","error_description":"unknown token {SEED}"}}"#);
    let failure = came(400, &body).to(Step::Refresh).failure(&runner(|_| {}));
    shows(&failure, &["(invalid_grant: unknown token [redacted])"]);
}
