//! What a callback threw.

use std::time::Duration;

use tokenkeep::error::Code;
use tokenkeep::provider::Step;
use tokenkeep::provider::host::Thrown;

use super::home::{ACCOUNT, CREDENTIAL, read, threw};

#[test]
fn anything_thrown_may_be_over_in_a_moment() {
    let failure = read(Step::Login, &threw("the browser crashed").response()).unwrap_err();
    assert_eq!((failure.code, failure.status, failure.thrown), (Code::ServerError, 502, Some(41)));
    assert!(failure.is_transient());
    assert_eq!(
        failure.message,
        format!("TOKEN_LOGIN_FAILED: login threw (the browser crashed) for {ACCOUNT} at custom()")
    );
}

#[test]
fn what_is_thrown_with_nothing_to_say_is_still_thrown() {
    let failure = read(Step::Refresh, &Thrown::default().response()).unwrap_err();
    assert!(failure.message.contains("refresh threw for"), "{failure}");
}

#[test]
fn a_token_error_says_what_kind_of_failure_it_was() {
    let told = |code: &str| Thrown {
        code: Some(code.to_owned()),
        status: Some(418),
        retry_after_ms: Some(2500.0),
        ..threw("so it is")
    };
    for (code, kind) in [
        ("INVALID_CREDENTIALS", Code::InvalidCredentials),
        ("TWO_FACTOR_REQUIRED", Code::TwoFactorRequired),
        ("UNEXPECTED_STATUS", Code::UnexpectedStatus),
        ("RATE_LIMITED", Code::RateLimited),
        ("SERVER_ERROR", Code::ServerError),
        ("BAD_RESPONSE", Code::BadResponse),
        ("NETWORK", Code::Network),
        ("TIMEOUT", Code::Timeout),
    ] {
        let failure = read(Step::Login, &told(code).response()).unwrap_err();
        assert_eq!((failure.code, failure.status), (kind, 418));
        assert_eq!(failure.retry_after, Some(Duration::from_millis(2500)));
    }
    for code in ["CLOSED", "COOLING_DOWN", "NOT_CONFIGURED", "INVALID_OPTION", "STORE", "", "made up"] {
        let failure = read(Step::Login, &told(code).response()).unwrap_err();
        assert_eq!((failure.code, failure.status, failure.retry_after), (Code::ServerError, 502, None), "{code}");
    }
}

#[test]
fn a_wait_that_is_none_is_no_wait() {
    for millis in [-1.0, 1e300] {
        let thrown =
            Thrown { code: Some("RATE_LIMITED".to_owned()), retry_after_ms: Some(millis), ..threw("slow down") };
        assert_eq!(read(Step::Login, &thrown.response()).unwrap_err().retry_after, None);
    }
}

#[test]
fn the_raw_words_are_in_no_debug_output() {
    let thrown = Thrown {
        code: Some("RATE_LIMITED".to_owned()),
        status: Some(429),
        ..threw(&format!("401 for Bearer {CREDENTIAL}"))
    };
    let text = format!("{thrown:?} {thrown:#?}");
    assert!(!text.contains(CREDENTIAL) && !text.contains("Bearer"), "{text}");
    assert!(["41", "messages: 1", "RATE_LIMITED", "429"].iter().all(|said| text.contains(said)), "{text}");
}

#[test]
fn a_code_that_is_none_is_words_too() {
    let thrown = Thrown { code: Some(format!("E_{CREDENTIAL}")), ..threw("") };
    assert!(!format!("{thrown:?}").contains(CREDENTIAL), "{thrown:?}");
}

#[test]
fn the_words_of_others_are_short_and_show_no_credential() {
    let long = format!("could not log in with {CREDENTIAL}\u{1b}[31m {}", "x".repeat(400));
    let thrown = Thrown { messages: vec![long, format!("caused by {CREDENTIAL}")], ..threw("") };
    let failure = read(Step::Login, &thrown.response()).unwrap_err();
    let everything = format!("{failure:?}");
    assert!(!everything.contains(CREDENTIAL) && !everything.contains('\u{1b}'), "{everything}");
    assert!(failure.message.len() < 400, "{failure}");
    assert_eq!(failure.causes[1], "caused by [redacted]");
}
