//! `exp` and `iat` out of a JWT that nobody verifies here.

mod stage;

use serde_json::{Value, json};
use tokenkeep::claims::Claims;

use stage::jwt::{base64url, jwt};

fn read(claims: Value) -> Claims {
    Claims::read(&jwt(&claims)).expect("a JWT")
}

#[test]
fn both_dates_are_read_in_milliseconds() {
    let claims = read(json!({ "token_type": "access", "exp": 1_795_211_420, "iat": 1_795_210_820, "user_id": 2 }));
    assert_eq!(claims.expires_at, Some(1_795_211_420_000));
    assert_eq!(claims.issued_at, Some(1_795_210_820_000));
}

#[test]
fn a_date_may_have_a_fraction() {
    assert_eq!(read(json!({ "exp": 1_795_211_420.25 })).expires_at, Some(1_795_211_420_250));
    assert_eq!(read(json!({ "exp": 1.795e9 })).expires_at, Some(1_795_000_000_000));
}

#[test]
fn a_date_may_be_quoted() {
    assert_eq!(read(json!({ "exp": "1795211420" })).expires_at, Some(1_795_211_420_000));
    assert_eq!(read(json!({ "exp": " 1795211420 " })).expires_at, Some(1_795_211_420_000));
}

#[test]
fn a_date_that_is_not_there_is_none() {
    assert_eq!(read(json!({})), Claims::default());
    assert_eq!(read(json!({ "exp": 1, "nbf": 2 })), Claims { expires_at: Some(1000), issued_at: None });
}

#[test]
fn a_date_of_another_type_is_none_and_does_not_hide_the_other() {
    for odd in
        [json!(null), json!(true), json!("tomorrow"), json!(""), json!("NaN"), json!("inf"), json!([1]), json!({})]
    {
        let claims = read(json!({ "exp": odd, "iat": 7 }));
        assert_eq!(claims, Claims { expires_at: None, issued_at: Some(7000) }, "{odd}");
    }
}

#[test]
fn dates_beyond_all_bounds_stay_dates() {
    for (date, expected) in
        [(json!(-1), -1000), (json!(1e300), i64::MAX), (json!(-1e300), i64::MIN), (json!(u64::MAX), i64::MAX)]
    {
        assert_eq!(read(json!({ "exp": date })).expires_at, Some(expected), "{date}");
    }
}

#[test]
fn what_is_no_jwt_has_no_claims() {
    let header = base64url(br#"{"alg":"HS256","typ":"JWT"}"#);
    let texts = [
        String::new(),
        "an-opaque-token".to_owned(),
        "..".to_owned(),
        "a.b".to_owned(),
        "a.b.c.d.e".to_owned(),
        format!("{header}.{}.sig", base64url(b"no JSON")),
        format!("{header}.{}.sig", base64url(b"\"text\"")),
        format!("{header}.{}.sig", base64url(b"null")),
        format!("{header}.{}.sig", base64url(b"17")),
        format!("{header}.{}.sig", base64url(&[0xff, 0xfe])),
        format!("{header}.not base64!.sig"),
    ];
    for text in texts {
        assert_eq!(Claims::read(&text), None, "{text}");
    }
}

#[test]
fn a_list_is_no_set_of_claims() {
    assert_eq!(Claims::read(&jwt(&json!([1_795_211_420, 1_795_210_820]))), None);
}

#[test]
fn the_algorithm_and_the_signature_do_not_matter() {
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"RS256","kid":"k1"}"#, r#"{"alg":"of our own"}"#, "{}"] {
        let token = format!("{}.{}.", base64url(header.as_bytes()), base64url(br#"{"exp":5}"#));
        assert_eq!(Claims::read(&token).and_then(|claims| claims.expires_at), Some(5000), "{header}");
    }
}
