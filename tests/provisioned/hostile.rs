//! Texts that are no tokens: refused in a sentence, without a panic, without a word of what was in them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokenkeep::provisioned::Provisioned;

use crate::stage::jwt::jwt;

#[track_caller]
fn refusal(text: &str) -> String {
    let why = Provisioned::read(text, "tokens.json").expect_err("no tokens").to_string();
    assert!(why.starts_with("tokens.json: "), "{why}");
    why["tokens.json: ".len()..].to_owned()
}

#[test]
fn what_is_no_form_at_all_is_said_to_be_none() {
    let neither = "it is neither a JSON object nor base64 of one";
    let rows = [
        (String::new(), "it is empty"),
        (" \u{feff}\n".to_owned(), "it is empty"),
        ("[]".to_owned(), neither),
        ("\"text\"".to_owned(), neither),
        ("hunter2".to_owned(), neither),
        ("Zm9v".to_owned(), neither),
        (jwt(&serde_json::json!({ "exp": 5 })), neither),
        (STANDARD.encode([0xff, 0xfe, b'{']), neither),
        (STANDARD.encode("[]"), neither),
        ("{".to_owned(), "it is no valid JSON"),
        (r#"{"token":"A"}}"#.to_owned(), "it is no valid JSON"),
        (r#"{"token":"A""#.to_owned(), "it is no valid JSON"),
        (STANDARD.encode("{oops"), "it is base64, but of no valid JSON"),
        (STANDARD.encode(STANDARD.encode("{}")), neither),
    ];
    for (text, why) in rows {
        assert_eq!(refusal(&text), why, "{text:?}");
    }
}

#[test]
fn what_is_larger_than_any_session_is_not_even_looked_at() {
    let of_length = |length: usize| {
        let json = r#"{"token":"A"}"#;
        format!("{json}{}", " ".repeat(length - json.len()))
    };
    assert!(Provisioned::read(&of_length(64 * 1024), "x").is_ok());
    assert_eq!(refusal(&of_length(64 * 1024 + 1)), "it is larger than 64 KiB: no tokens are");
}

#[test]
fn no_message_and_no_debug_shows_what_was_in_the_text() {
    let planted = "pl4nted";
    let bodies = [
        r#"{"token":"pl4nted\n1"}"#,
        r#"{"access_token":["pl4nted"]}"#,
        r#"{"token":"pl4nted","expires_at":"pl4nted"}"#,
        r#"{"token":"pl4nted","email":"pl4nted\u0007"}"#,
        r#"{"version":"pl4nted","token":"pl4nted"}"#,
        r#"{"sealed":"pl4nted"}"#,
        r#"{"pl4nted":"pl4nted"}"#,
        r#"{"token":"pl4nted" "pl4nted"}"#,
        "pl4nted",
        r#"["pl4nted"]"#,
    ];
    for body in bodies {
        for text in [body.to_owned(), STANDARD.encode(body)] {
            let why = Provisioned::read(&text, "x").expect_err(body);
            for shown in [format!("{why}"), format!("{why:?}"), format!("{why:#?}")] {
                assert!(!shown.contains(planted) && !shown.contains(&text), "{shown}");
            }
        }
    }
    let good = Provisioned::read(r#"{"access_token":"pl4nted","refresh_token":"pl4nted"}"#, "x").expect("tokens");
    assert!(!format!("{good:?}{good:#?}").contains(planted));
}

/// Every prefix, every byte replaced and every byte dropped of each form, as JSON and as base64.
#[test]
fn no_text_makes_it_panic() {
    let forms = [
        r#"{"version":1,"token":"A","refresh_token":"R","expires_at":"2026-11-20T21:50:20.5+02:00","account":"ü"}"#,
        r#"{"token":"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjV9.x","email":"a","expires_at":"0001-01-01T00:00:00Z"}"#,
        r#"{"access_token":"A","expires_at":1795211420,"account":"a"}"#,
    ];
    let odd = ['\0', '"', '\\', '{', '9', '-', 'é', '\u{feff}', '\u{1f600}', 'e', '.', '=', '+'];
    for form in forms {
        for text in [form.to_owned(), STANDARD.encode(form)] {
            let letters: Vec<char> = text.chars().collect();
            for at in 0..letters.len() {
                let (before, after): (String, String) =
                    (letters[..at].iter().collect(), letters[at + 1..].iter().collect());
                let _ = Provisioned::read(&before, "x");
                let _ = Provisioned::read(&format!("{before}{after}"), "x");
                for letter in odd {
                    let _ = Provisioned::read(&format!("{before}{letter}{after}"), "x");
                }
            }
        }
    }
    let _ = Provisioned::read(&format!(r#"{{"token":{}"#, "[".repeat(60_000)), "x");
    let _ = Provisioned::read(&format!(r#"{{"x":{}{}}}"#, "[".repeat(30_000), "]".repeat(30_000)), "x");
}
