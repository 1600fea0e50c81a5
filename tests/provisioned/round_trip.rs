//! Base64: ours, and everybody else's.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokenkeep::identity::Identity;
use tokenkeep::provisioned::Provisioned;
use tokenkeep::store::record::Tokens;

fn identity() -> Identity {
    Identity {
        provider: "oauth2".to_owned(),
        issuer: "https://login.example.com/token".to_owned(),
        account: "ci-runner".to_owned(),
        scope: Some("files".to_owned()),
        ..Identity::default()
    }
}

fn tokens() -> Tokens {
    Tokens {
        access: Some("the-access-token".into()),
        refresh: Some("the-refresh-token".into()),
        scoped: BTreeMap::from([("guild".to_owned(), SecretString::from("the-guild-token"))]),
        expires_at: 1_795_211_420_007,
        saved_at: 1_795_210_820_003,
    }
}

fn text(secret: Option<&SecretString>) -> Option<&str> {
    secret.map(ExposeSecret::expose_secret)
}

#[test]
fn what_was_exported_is_read_back() {
    for tokens in [tokens(), Tokens { refresh: None, ..tokens() }, Tokens { access: None, ..tokens() }] {
        let exported = Provisioned::export(&tokens, &identity());
        let read = Provisioned::read(exported.expose_secret(), "an export").expect("tokens");
        assert_eq!(text(read.access.as_ref()), text(tokens.access.as_ref()));
        assert_eq!(text(read.refresh.as_ref()), text(tokens.refresh.as_ref()));
        assert_eq!(read.expires_at, tokens.access.as_ref().map(|_| tokens.expires_at));
        assert_eq!(read.saved_at, Some(tokens.saved_at));
        assert_eq!(read.account.as_deref(), Some("ci-runner"));
        assert_eq!(read.issuer.as_deref(), Some("https://login.example.com/token"));
    }
}

#[test]
fn an_export_is_one_line_of_base64_of_our_form_without_what_is_the_stores_own() {
    let exported = Provisioned::export(&tokens(), &identity());
    let exported = exported.expose_secret();
    assert!(exported.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')));
    let json: Value = serde_json::from_slice(&STANDARD.decode(exported).expect("base64")).expect("JSON");
    assert_eq!((&json["version"], &json["provider"], &json["scope"]), (&1.into(), &"oauth2".into(), &"files".into()));
    assert_eq!((&json["generation"], &json["scoped"]["guild"]), (&0.into(), &"the-guild-token".into()));
    for absent in ["credential_check", "failure"] {
        assert!(json.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn base64_of_any_kind_is_read() {
    // With bytes that make `+` and `/` of one alphabet, `-` and `_` of the other, and of every length.
    for padding in ["", "x", "xy"] {
        let json = format!(r#"{{"access_token":"A","account":"ÿ¿ûï>?~{padding}"}}"#);
        let plain = STANDARD.encode(&json);
        let url_safe = URL_SAFE.encode(&json);
        assert_ne!(plain, url_safe);
        let lines: Vec<&str> = plain.as_bytes().chunks(20).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let with_bom = STANDARD.encode(format!("\u{feff}{json}"));
        let texts = [
            plain.clone(),
            url_safe,
            STANDARD_NO_PAD.encode(&json),
            URL_SAFE_NO_PAD.encode(&json),
            lines.join("\n"),
            lines.join("\r\n  "),
            format!("  {plain}\n"),
            format!("\u{feff}{plain}"),
            with_bom,
            STANDARD.encode(format!("\n {json}\n")),
            json.clone(),
            format!("\u{feff}{json}"),
            format!("\u{feff}\r\n {json}\r\n"),
        ];
        for text in texts {
            let read = Provisioned::read(&text, "a variable").unwrap_or_else(|why| panic!("{text:?}: {why}"));
            assert_eq!(read.access.as_ref().map(ExposeSecret::expose_secret), Some("A"), "{text:?}");
            assert_eq!(read.account, Some(format!("ÿ¿ûï>?~{padding}")));
        }
    }
}
