//! What a callback gave.

use std::time::Duration;

use tokenkeep::error::Code;
use tokenkeep::provider::{Reply, Step};

use super::home::{ACCOUNT, RECEIVED_AT, gave, granted, read, refused, text};

#[test]
fn a_token_set_is_a_grant() {
    let expires_at = RECEIVED_AT + 90_000;
    let grant = granted(&format!(
        r#"{{"token":" t0ken ","refreshToken":"r3fresh","expiresAt":{expires_at},"scoped":{{"guild":"gu1ld"}}}}"#
    ));
    assert_eq!(text(&grant.token), "t0ken");
    assert_eq!(grant.refresh_token.as_ref().map(text), Some("r3fresh"));
    assert_eq!(grant.lifetime, Some(Duration::from_secs(90)));
    assert_eq!(grant.scoped.expect("scoped tokens").get("guild").map(text), Some("gu1ld"));
}

#[test]
fn all_but_the_token_may_be_left_out() {
    let grant = granted(r#"{"token":"t0ken","refreshToken":null,"scoped":null}"#);
    assert!(grant.refresh_token.is_none() && grant.lifetime.is_none() && grant.scoped.is_none());
}

#[test]
fn a_time_may_be_rfc_3339() {
    let grant = granted(r#"{"token":"t0ken","expiresAt":"2026-11-20T22:40:20Z"}"#);
    assert_eq!(grant.lifetime, Some(Duration::from_secs(3600)));
}

#[test]
fn a_time_beyond_all_calendars_is_as_good_as_for_ever() {
    assert!(granted(r#"{"token":"t0ken","expiresAt":1e300}"#).lifetime > Some(Duration::from_secs(100 * 365 * 86_400)));
}

#[test]
fn garbage_is_bad_response_that_names_the_field() {
    let seconds = RECEIVED_AT / 1000;
    let passed = RECEIVED_AT;
    for (body, words) in [
        ("", "what it returned is not an object"),
        ("false", "what it returned is not an object"),
        (r#"["t0ken"]"#, "what it returned is not an object"),
        (r#""t0ken""#, "what it returned is not an object"),
        ("{}", "token is missing"),
        (r#"{"token":""}"#, "token is missing"),
        (r#"{"token":false}"#, "token is not a string"),
        (r#"{"token":17}"#, "token is not a string"),
        (r#"{"token":"s3cret\nline"}"#, "token cannot be sent in a header"),
        (r#"{"token":"s3crét"}"#, "token cannot be sent in a header"),
        (r#"{"token":"t0ken","refreshToken":17}"#, "refreshToken is not a string"),
        (r#"{"token":"t0ken","refreshToken":{}}"#, "refreshToken is not a string"),
        (&format!(r#"{{"token":"t0ken","expiresAt":{seconds}}}"#), "expiresAt counts seconds"),
        (&format!(r#"{{"token":"t0ken","expiresAt":{passed}}}"#), "expiresAt has passed already"),
        (r#"{"token":"t0ken","expiresAt":"2026-11-20T21:40:20Z"}"#, "expiresAt has passed already"),
        (r#"{"token":"t0ken","expiresAt":"tomorrow"}"#, "expiresAt is not an RFC 3339 time"),
        (r#"{"token":"t0ken","expiresAt":"1795210820000"}"#, "expiresAt is not an RFC 3339 time"),
        (r#"{"token":"t0ken","expiresAt":false}"#, "expiresAt is neither"),
        (r#"{"token":"t0ken","scoped":false}"#, "scoped is not an object of strings"),
        (r#"{"token":"t0ken","scoped":["gu1ld"]}"#, "scoped is not an object of strings"),
        (r#"{"token":"t0ken","scoped":{"a":17}}"#, r#"scoped["a"] is not a string"#),
        (r#"{"token":"t0ken","scoped":{"a":""}}"#, r#"scoped["a"] is empty"#),
    ] {
        let failure = refused(body);
        assert_eq!((failure.code, failure.status), (Code::BadResponse, 502), "{body}");
        assert!(failure.message.contains(words), "{body}: {failure}");
        assert!(failure.message.contains(ACCOUNT), "{failure}");
        assert!(!failure.message.contains("t0ken") && !failure.message.contains("s3cr"), "{failure}");
    }
}

#[test]
fn a_revocation_brings_nothing() {
    assert!(matches!(read(Step::Revoke, &gave("")), Ok(Reply::Done)));
}
