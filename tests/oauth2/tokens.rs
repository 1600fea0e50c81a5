//! What a token answer means (RFC 6749 §5.1).

use std::time::Duration;

use tokenkeep::error::Code;
use tokenkeep::provider::Step;

use super::row::{came, client, pair, runner};

fn secs(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

#[test]
fn the_example_of_the_standard_is_a_grant() {
    let body = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,
                   "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"}"#;
    let grant = came(200, body).to(Step::Refresh).grant(&runner(|_| {}));
    assert_eq!(pair(&grant), ("2YotnFZFEjr1zCsicMWpAA", Some("tGzv3JOkF0XG5Qx2TlKWIA")));
    assert_eq!(grant.lifetime, secs(3600));
}

#[test]
fn a_lifetime_is_a_number_or_a_text_that_is_one() {
    let rows = [
        ("3600", secs(3600)),
        (r#""3600""#, secs(3600)),
        (r#"" 60 ""#, secs(60)),
        ("59.5", Some(Duration::from_millis(59_500))),
        ("3.6e3", secs(3600)),
        ("1e300", Some(Duration::MAX)),
        ("null", None),
        (r#""""#, None),
        (r#""an hour""#, None),
        ("{}", None),
    ];
    for (said, expected) in rows {
        let body = format!(r#"{{"access_token":"A","token_type":"Bearer","expires_in":{said}}}"#);
        assert_eq!(came(200, &body).grant(&client(|_| {})).lifetime, expected, "{said}");
    }
    assert_eq!(came(200, r#"{"access_token":"A"}"#).grant(&client(|_| {})).lifetime, None);
}

#[test]
fn a_token_without_time_to_live_is_a_bad_response() {
    for said in ["0", "-1", r#""0""#] {
        let body = format!(r#"{{"access_token":"A","expires_in":{said}}}"#);
        came(200, &body).is_bad(&client(|_| {}), &["login returned 200", "no time to live"]);
    }
}

#[test]
fn the_type_is_not_looked_at_closely() {
    for kind in [r#""Bearer""#, r#""bearer""#, r#""BEARER""#, r#""BearerToken""#, r#""JWT""#, "null", "7", r#""""#] {
        let body = format!(r#"{{"access_token":"A","token_type":{kind}}}"#);
        assert_eq!(pair(&came(200, &body).grant(&client(|_| {}))), ("A", None), "{kind}");
    }
}

#[test]
fn a_token_that_cannot_merely_be_shown_is_a_bad_response() {
    for kind in ["mac", "DPoP", "pop", "N_A"] {
        let body = format!(r#"{{"access_token":"A","token_type":"{kind}"}}"#);
        came(200, &body).is_bad(&client(|_| {}), &[&format!("of the type {kind}")]);
    }
}

#[test]
fn a_refresh_token_beside_client_credentials_is_not_kept() {
    let body = r#"{"access_token":"A","refresh_token":"R"}"#;
    assert_eq!(pair(&came(200, body).grant(&client(|_| {}))), ("A", None));
    assert_eq!(pair(&came(200, body).to(Step::Refresh).grant(&runner(|_| {}))), ("A", Some("R")));
    let empty = r#"{"access_token":"A","refresh_token":""}"#;
    assert_eq!(pair(&came(200, empty).to(Step::Refresh).grant(&runner(|_| {}))), ("A", None));
}

#[test]
fn a_success_without_a_usable_token_is_a_bad_response() {
    let provider = client(|_| {});
    for body in ["{}", "[]", "null", r#"{"access_token":""}"#, r#"{"access_token":7}"#, r#"{"token":"A"}"#] {
        came(200, body).is_bad(&provider, &["response missing token field: login returned 200", "at access_token"]);
    }
    for body in ["", "<html>Welcome</html>", "{", "access_token=A&token_type=bearer"] {
        came(200, body).is_bad(&provider, &["the answer is no JSON", "Is the tokenUrl right?"]);
    }
    for body in [r#"{"access_token":"a\nb"}"#, r#"{"access_token":"ü"}"#] {
        came(200, body).is_bad(&provider, &["cannot be sent in a header"]);
    }
}

#[test]
fn a_refusal_in_the_clothes_of_a_success_is_a_refusal() {
    let wrong =
        r#"{"error":"bad_refresh_token","error_description":"The refresh token passed is incorrect or expired."}"#;
    let failure = came(200, wrong).to(Step::Refresh).failure(&runner(|_| {}));
    assert_eq!((failure.code, failure.status), (Code::InvalidCredentials, 401), "{failure}");
    assert!(failure.refuses_token());
    let unknown = came(200, r#"{"error":"some_error_of_theirs"}"#).failure(&client(|_| {}));
    assert_eq!((unknown.code, unknown.status), (Code::BadResponse, 502), "{unknown}");
    assert!(unknown.message.contains("some_error_of_theirs"), "{unknown}");
}
