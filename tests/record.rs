//! The record as text (`cache-file.md`, "Form"): what is written is read again, and nothing that is read can do harm.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokenkeep::error::Code;
use tokenkeep::identity::{Check, Identity};
use tokenkeep::random::Rng;
use tokenkeep::store::Record;
use tokenkeep::store::record::{SharedFailure, Tokens, Unreadable, from_rfc3339, rfc3339};

const SAVED_AT: i64 = 1_795_000_000_123;
const EXPIRES_AT: i64 = SAVED_AT + 600_000;

struct Salt;

impl Rng for Salt {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xa5);
    }
}

fn identity() -> Identity {
    Identity {
        provider: "baserow".to_owned(),
        issuer: "https://baserow.example.com/api".to_owned(),
        account: "alice@example.com".to_owned(),
        scope: Some("read".to_owned()),
        audience: Some("rows".to_owned()),
        client_id: Some("bridge".to_owned()),
    }
}

fn check() -> Check {
    Check::new(&SecretString::from("pässword"), &Salt)
}

fn failure() -> SharedFailure {
    SharedFailure {
        code: Code::RateLimited,
        status: 429,
        at: SAVED_AT,
        until: EXPIRES_AT,
        told: true,
        check: Some(check()),
    }
}

fn full() -> Record {
    Record {
        generation: 1_795_000_000_123,
        tokens: Some(Tokens {
            access: Some("access \"token\" \\ \u{1f511}".into()),
            refresh: Some("refresh".into()),
            scoped: BTreeMap::from([("narrow".to_owned(), SecretString::from("scoped"))]),
            expires_at: EXPIRES_AT,
            saved_at: SAVED_AT,
        }),
        check: Some(check()),
        failure: Some(failure()),
    }
}

fn text(record: &Record) -> String {
    record.encode(&identity()).expose_secret().to_owned()
}

fn decode(text: &str) -> Result<Record, Unreadable> {
    Record::decode(text, &identity())
}

fn form() -> Value {
    serde_json::from_str(&text(&full())).unwrap()
}

/// The form with one member changed; `null` removes it.
fn with(member: &str, value: Value) -> String {
    let mut form = form();
    match value {
        Value::Null => drop(form.as_object_mut().unwrap().remove(member)),
        value => form[member] = value,
    }
    form.to_string()
}

#[test]
fn what_is_written_is_read_again() {
    let read = decode(&text(&full())).unwrap();
    let (tokens, written) = (read.tokens.unwrap(), full().tokens.unwrap());
    let exposed = |token: &Option<SecretString>| token.as_ref().map(|token| token.expose_secret().to_owned());
    assert_eq!(exposed(&tokens.access), exposed(&written.access));
    assert_eq!(exposed(&tokens.refresh), exposed(&written.refresh));
    assert_eq!(tokens.scoped["narrow"].expose_secret(), "scoped");
    assert_eq!((tokens.expires_at, tokens.saved_at), (EXPIRES_AT, SAVED_AT));
    assert_eq!(read.generation, full().generation);
    assert_eq!(read.check, Some(check()));
    assert_eq!(read.failure, Some(failure()));
}

#[test]
fn the_members_are_those_of_the_specification() {
    let form = form();
    let mut members: Vec<_> = form.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let mut specified = [
        "version",
        "provider",
        "issuer",
        "account",
        "scope",
        "audience",
        "client_id",
        "token",
        "refresh_token",
        "scoped",
        "expires_at",
        "saved_at",
        "failure",
        "generation",
        "credential_check",
    ];
    specified.sort_unstable();
    assert_eq!(members, specified);
    assert_eq!(form["version"], 1);
    assert_eq!(form["saved_at"], "2026-11-18T11:06:40.123Z");
    assert_eq!(form["failure"]["code"], "RATE_LIMITED");
}

#[test]
fn what_there_is_not_is_not_written() {
    let bare = Identity { scope: None, audience: None, client_id: None, ..identity() };
    let record = Record { generation: 7, failure: Some(failure()), ..Record::default() };
    let form: Value = serde_json::from_str(record.encode(&bare).expose_secret()).unwrap();
    for member in
        ["scope", "audience", "client_id", "token", "refresh_token", "scoped", "expires_at", "credential_check"]
    {
        assert!(form.get(member).is_none(), "{member}");
    }
}

#[test]
fn a_failure_without_a_session_is_a_record() {
    let record = Record { generation: 7, failure: Some(failure()), ..Record::default() };
    let read = decode(&text(&record)).unwrap();
    assert!(read.tokens.is_none());
    assert_eq!(read.failure, Some(failure()));
}

#[test]
fn an_invalidated_session_keeps_its_refresh_token() {
    let mut record = full();
    record.tokens.as_mut().unwrap().access = None;
    let tokens = decode(&text(&record)).unwrap().tokens.unwrap();
    assert!(tokens.access.is_none());
    assert_eq!(tokens.refresh.unwrap().expose_secret(), "refresh");
}

#[test]
fn every_part_of_the_identity_tells_accounts_apart() {
    let text = text(&full());
    let others = [
        Identity { provider: "oauth2".to_owned(), ..identity() },
        Identity { issuer: "https://elsewhere.example.com".to_owned(), ..identity() },
        Identity { account: "bob@example.com".to_owned(), ..identity() },
        Identity { scope: None, ..identity() },
        Identity { audience: Some("tables".to_owned()), ..identity() },
        Identity { client_id: None, ..identity() },
    ];
    for other in others {
        assert_eq!(Record::decode(&text, &other).unwrap_err(), Unreadable::OtherAccount, "{other:?}");
    }
}

#[test]
fn another_version_is_told_from_damage() {
    assert_eq!(decode(&with("version", json!(2))).unwrap_err(), Unreadable::UnknownVersion);
    assert_eq!(decode(r#"{"version":2,"shape":"unheard of"}"#).unwrap_err(), Unreadable::UnknownVersion);
    for version in [json!("1"), json!(-1), json!(1.5), json!([1]), Value::Null] {
        assert_eq!(decode(&with("version", version.clone())).unwrap_err(), Unreadable::Corrupt, "{version}");
    }
}

#[test]
fn a_member_that_is_unknown_does_no_harm() {
    assert!(decode(&with("colour", json!({"deep": [1, 2, 3]}))).is_ok());
}

#[test]
fn a_member_that_is_missing_or_of_another_kind_does() {
    for member in ["provider", "issuer", "account", "saved_at", "generation", "expires_at"] {
        assert_eq!(decode(&with(member, Value::Null)).unwrap_err(), Unreadable::Corrupt, "no {member}");
        assert_eq!(decode(&with(member, json!([]))).unwrap_err(), Unreadable::Corrupt, "a list as {member}");
    }
    assert_eq!(decode(&with("token", json!(5))).unwrap_err(), Unreadable::Corrupt);
    assert_eq!(decode(&with("expires_at", json!("soon"))).unwrap_err(), Unreadable::Corrupt);
    assert_eq!(decode(&with("credential_check", json!("no check"))).unwrap_err(), Unreadable::Corrupt);
}

#[test]
fn a_generation_that_leaves_no_room_for_the_next_is_damage() {
    assert_eq!(decode(&with("generation", json!(u64::MAX))).unwrap_err(), Unreadable::Corrupt);
    assert_eq!(decode(&with("generation", json!(u64::MAX / 2 + 1))).unwrap_err(), Unreadable::Corrupt);
    assert!(decode(&with("generation", json!(u64::MAX / 2))).is_ok());
}

#[test]
fn a_failure_that_cannot_be_read_is_only_forgotten() {
    let mut form = form();
    form["failure"]["code"] = json!("CLOSED");
    let read = decode(&form.to_string()).unwrap();
    assert!(read.failure.is_none());
    assert!(read.tokens.is_some());
}

#[test]
fn an_empty_token_is_none() {
    let tokens = decode(&with("token", json!(""))).unwrap().tokens.unwrap();
    assert!(tokens.access.is_none());
}

#[test]
fn no_part_of_a_record_is_a_record() {
    let text = text(&full());
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert_eq!(decode(&text[..end]).unwrap_err(), Unreadable::Corrupt, "the first {end} bytes");
    }
}

#[test]
fn what_is_no_object_is_no_record() {
    let deep = "[".repeat(100_000);
    let deeper = format!("{{\"version\":1,\"a\":{}", "{\"a\":".repeat(100_000));
    let list = r#"[1,"baserow","https://baserow.example.com/api","alice@example.com"]"#;
    for text in ["", " ", "null", "1", "\"text\"", "{}", "\u{feff}{}", "\0\0\0\0", list, &deep, &deeper] {
        assert_eq!(decode(text).unwrap_err(), Unreadable::Corrupt);
    }
}

/// A small generator, always the same: a failure can be run again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[test]
fn a_record_with_any_bytes_changed_never_panics() {
    const PIECES: [&str; 12] = ["\"", "{", "}", "[", ",", ":", "\\u", "null", "-", "99999999999999999999", "é", "T"];
    let (whole, mut chance) = (text(&full()), Chance(7));
    for _ in 0..20_000 {
        let mut text: Vec<char> = whole.chars().collect();
        for _ in 0..=chance.below(4) {
            let at = chance.below(text.len());
            let piece = PIECES[chance.below(PIECES.len())];
            let length = chance.below(3).min(text.len() - at);
            text.splice(at..at + length, piece.chars());
        }
        let text: String = text.into_iter().collect();
        // Whatever it is read as can be written and read again.
        if let Ok(record) = decode(&text) {
            decode(record.encode(&identity()).expose_secret()).unwrap();
        }
    }
}

#[test]
fn a_time_with_any_characters_changed_never_panics() {
    const CHARACTERS: [char; 14] = ['0', '9', '-', '+', ':', '.', 'T', 't', 'Z', 'z', ' ', 'é', '\u{1f511}', '\0'];
    let mut chance = Chance(3);
    for whole in ["2026-11-18T11:06:40.123Z", "2026-11-18t09:46:40+01:30", "1970-01-01 00:00:00-23:59"] {
        for _ in 0..20_000 {
            let mut text: Vec<char> = whole.chars().collect();
            for _ in 0..=chance.below(3) {
                let at = chance.below(text.len());
                let length = chance.below(3).min(text.len() - at);
                text.splice(at..at + length, [CHARACTERS[chance.below(CHARACTERS.len())]]);
            }
            let text: String = text.into_iter().collect();
            if let Some(millis) = from_rfc3339(&text) {
                assert!(millis >= 0, "{text}");
                assert!(from_rfc3339(&rfc3339(millis)).is_some(), "{text}");
            }
        }
    }
}

#[test]
fn times_are_read_in_every_offset() {
    let noon = from_rfc3339("2026-11-18T12:00:00Z").unwrap();
    for same in
        ["2026-11-18T13:00:00+01:00", "2026-11-18T06:30:00-05:30", "2026-11-18t12:00:00.000z", "2026-11-18 12:00:00Z"]
    {
        assert_eq!(from_rfc3339(same), Some(noon), "{same}");
    }
    for none in [
        "",
        "2026-11-18",
        "2026-11-18T12:00:00",
        "2026-13-18T12:00:00Z",
        "2026-11-18T12:00:00+24:00",
        "2026-11-18T12:00:00+01:60",
        "2026-11-18T12:00:00+0100",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "12:00:00Z",
    ] {
        assert_eq!(from_rfc3339(none), None, "{none}");
    }
}

#[test]
fn a_time_that_no_year_of_four_digits_can_say_is_brought_near() {
    assert_eq!(rfc3339(-1), "1970-01-01T00:00:00.000Z");
    assert_eq!(rfc3339(i64::MIN), "1970-01-01T00:00:00.000Z");
    assert_eq!(rfc3339(i64::MAX), "9999-12-31T23:59:59.999Z");
    assert_eq!(rfc3339(SAVED_AT), "2026-11-18T11:06:40.123Z");
}

#[test]
fn a_record_shows_no_token_when_it_is_printed() {
    let text = format!("{:?}{:#?}", full(), full());
    for secret in ["access \"token", "refresh\"", "\"scoped\""] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("[redacted]"));
}
