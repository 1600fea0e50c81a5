//! The forms, and what is read from each.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokenkeep::provisioned::Provisioned;

use crate::stage::jwt::jwt;

/// 2026-11-20T21:40:20Z.
const NOON: i64 = 1_795_210_820_000;
const VARIABLE: &str = "TOKENKEEP_TOKENS_B64";

type Found<'a> = (Option<&'a str>, Option<&'a str>, Option<i64>, Option<i64>, Option<&'a str>, Option<&'a str>);

fn found(tokens: &Provisioned) -> Found<'_> {
    (
        tokens.access.as_ref().map(ExposeSecret::expose_secret),
        tokens.refresh.as_ref().map(ExposeSecret::expose_secret),
        tokens.expires_at,
        tokens.saved_at,
        tokens.account.as_deref(),
        tokens.issuer.as_deref(),
    )
}

#[track_caller]
fn read(json: &Value) -> Provisioned {
    Provisioned::read(&json.to_string(), VARIABLE).unwrap_or_else(|why| panic!("{json}: {why}"))
}

/// The sentence that follows the origin.
#[track_caller]
fn refusal(json: &Value) -> String {
    let why = Provisioned::read(&json.to_string(), VARIABLE).expect_err(&json.to_string()).to_string();
    why.strip_prefix("TOKENKEEP_TOKENS_B64: ").unwrap_or_else(|| panic!("{why}")).to_owned()
}

fn own() -> Value {
    json!({
        "version": 1,
        "provider": "baserow",
        "issuer": "https://baserow.example.com/api",
        "account": "alice@example.com",
        "token": "A",
        "refresh_token": "R",
        "expires_at": "2026-11-20T21:50:20.000Z",
        "saved_at": "2026-11-20T21:40:20.250Z",
        "generation": 1_795_210_820_250_i64,
        "credential_check": "5a5a5a5a5a5a5a5a:1234",
    })
}

fn kosmi() -> Value {
    json!({
        "token": "A",
        "email": "relay@example.com",
        "expires_at": "2027-11-20T22:40:20.123456789+01:00",
        "saved_at": "2026-11-20T16:40:20.5-05:00",
    })
}

fn one_mount() -> Value {
    json!({
        "access_token": "A",
        "refresh_token": "R",
        "expires_at": 1_795_211_420,
        "account": "me@example.com",
    })
}

fn with(mut json: Value, name: &str, value: Value) -> Value {
    json[name] = value;
    json
}

fn without(mut json: Value, name: &str) -> Value {
    json.as_object_mut().expect("an object").remove(name);
    json
}

#[test]
fn our_own_form() {
    let issuer = Some("https://baserow.example.com/api");
    let account = Some("alice@example.com");
    let expected = (Some("A"), Some("R"), Some(NOON + 600_000), Some(NOON + 250), account, issuer);
    assert_eq!(found(&read(&own())), expected);
    let only_refreshable = read(&without(own(), "token"));
    assert_eq!(found(&only_refreshable), (None, Some("R"), None, Some(NOON + 250), account, issuer));
}

#[test]
fn the_kosmi_relays_form_with_times_as_go_writes_them() {
    let in_a_year = NOON + 365 * 86_400_000 + 123;
    let expected = (Some("A"), None, Some(in_a_year), Some(NOON + 500), Some("relay@example.com"), None);
    assert_eq!(found(&read(&kosmi())), expected);
}

#[test]
fn one_mounts_form() {
    let expected = (Some("A"), Some("R"), Some(NOON + 600_000), None, Some("me@example.com"), None);
    assert_eq!(found(&read(&one_mount())), expected);
    let only_refreshable = without(one_mount(), "access_token");
    assert_eq!(found(&read(&only_refreshable)), (None, Some("R"), None, None, Some("me@example.com"), None));
}

#[test]
fn a_time_may_be_a_number_of_seconds_or_milliseconds_or_a_text() {
    let rows = [
        (json!(1_795_211_420), Some(NOON + 600_000)),
        (json!(1_795_211_420.5), Some(NOON + 600_500)),
        (json!("1795211420"), Some(NOON + 600_000)),
        (json!(1_795_211_420_123_i64), Some(NOON + 600_123)),
        (json!(99_999_999_999_i64), Some(99_999_999_999_000)),
        (json!(100_000_000_000_i64), Some(100_000_000_000)),
        (json!("2026-11-20T21:50:20Z"), Some(NOON + 600_000)),
        (json!("2026-11-20 21:50:20Z"), Some(NOON + 600_000)),
        // Never set, as Go and others write it.
        (json!("0001-01-01T00:00:00Z"), None),
        (json!(0), None),
        (json!(null), None),
        (json!(""), None),
        // Whoever wrote that meant "never".
        (json!(1e300), Some(253_402_300_799_999)),
    ];
    for form in [own(), kosmi(), one_mount()] {
        for (time, expected) in &rows {
            let tokens = read(&with(with(form.clone(), "expires_at", time.clone()), "saved_at", time.clone()));
            assert_eq!((tokens.expires_at, tokens.saved_at), (*expected, *expected), "{time}");
        }
    }
}

#[test]
fn what_no_field_says_the_token_itself_may_say() {
    let token = jwt(&json!({ "exp": 1_795_211_420, "iat": 0 }));
    for (form, name) in [(own(), "token"), (kosmi(), "token"), (one_mount(), "access_token")] {
        let form = with(form, name, json!(token));
        assert_eq!(read(&without(form.clone(), "expires_at")).expires_at, Some(NOON + 600_000));
        assert_eq!(read(&with(form, "expires_at", json!(1_795_211_421))).expires_at, Some(NOON + 601_000));
    }
    assert_eq!(read(&without(one_mount(), "expires_at")).expires_at, None);
    let odd = |exp: Value| read(&json!({ "token": jwt(&json!({ "exp": exp })) })).expires_at;
    assert_eq!((odd(json!(-1e300)), odd(json!(1e300))), (Some(0), Some(253_402_300_799_999)));
}

#[test]
fn white_space_around_is_no_part_of_anything_and_unknown_fields_are_nobodys_business() {
    let json = json!({ "token": " A\n", "email": " a@b.example ", "user": { "token": 7 }, "list": [[1]], "scope": 3 });
    assert_eq!(found(&read(&json)), (Some("A"), None, None, None, Some("a@b.example"), None));
}

#[test]
fn a_wrong_field_is_named_with_the_form_that_it_was_seen_in() {
    const OWN: &str = "it looks like tokenkeep's own form, but ";
    const KOSMI: &str = "it looks like the form of the Kosmi relay, but ";
    const ONE_MOUNT: &str = "it looks like the form of OneMount, but ";
    let rows = [
        (with(own(), "version", json!(2)), OWN, "version is not 1"),
        (with(own(), "version", json!("x")), OWN, "version is not 1"),
        (json!({ "version": 1, "sealed": "abc" }), OWN, "it is sealed with an encryption key"),
        (without(without(own(), "token"), "refresh_token"), OWN, "there is neither token nor refresh_token"),
        (with(own(), "token", json!(7)), OWN, "token is no string"),
        (with(own(), "refresh_token", json!(["R"])), OWN, "refresh_token is no string"),
        (with(own(), "issuer", json!(7)), OWN, "issuer is no string"),
        (with(own(), "account", json!("a\u{1b}[31mb")), OWN, "account has control characters"),
        (with(own(), "saved_at", json!("2026-13-20T21:50:20Z")), OWN, "saved_at is no time"),
        (with(kosmi(), "token", json!("a\nb")), KOSMI, "token has characters that cannot be sent"),
        (with(kosmi(), "token", json!("a\u{0}b")), KOSMI, "token has characters that cannot be sent"),
        (with(kosmi(), "token", json!({})), KOSMI, "token is no string"),
        (with(kosmi(), "email", json!(true)), KOSMI, "email is no string"),
        (with(kosmi(), "expires_at", json!("in a year")), KOSMI, "expires_at is no time"),
        (with(kosmi(), "expires_at", json!("2027-11-20")), KOSMI, "expires_at is no time"),
        (with(one_mount(), "access_token", json!(7)), ONE_MOUNT, "access_token is no string"),
        (with(one_mount(), "refresh_token", json!("a\r\nb")), ONE_MOUNT, "refresh_token has characters"),
        (with(one_mount(), "expires_at", json!(-5)), ONE_MOUNT, "expires_at is no time"),
        (with(one_mount(), "expires_at", json!({})), ONE_MOUNT, "expires_at is no time"),
    ];
    for (json, form, why) in rows {
        let refusal = refusal(&json);
        assert!(refusal.starts_with(&format!("{form}{why}")), "{refusal}");
    }
    let nothing = "there is neither token nor access_token nor refresh_token in it";
    for json in [json!({}), json!({ "token": "", "access_token": null }), json!({ "expires_at": 5, "account": "a" })] {
        assert_eq!(refusal(&json), nothing);
    }
}
