//! The server's words in our messages: short, and without any secret, however the server spells it.

mod stage;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokenkeep::redaction::{excerpt, redact};

use stage::jwt::{base64url, minted};

/// Something for every encoding to do: quotes, brackets, an ampersand, a backslash, blanks, marks, letters beyond ASCII
/// and beyond the first plane.
const PASSWORD: &str = "pä\"ss' <w&o>\\rd+/%=~!*(1)😀";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// Spellings that come out with no trace left of the password.
fn check(spellings: &[(&str, String)]) {
    let survivors: Vec<String> = spellings
        .iter()
        .map(|(name, spelling)| (name, redact(&format!("before {spelling} after"), &[secret(PASSWORD)])))
        .filter(|(_, clean)| clean != "before [redacted] after")
        .map(|(name, clean)| format!("{name}: {clean}"))
        .collect();
    assert!(survivors.is_empty(), "not cut out:\n{}", survivors.join("\n"));
}

fn percent(safe: &str, upper: bool) -> String {
    let encode = |byte: &u8| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || safe.as_bytes().contains(byte);
    PASSWORD
        .as_bytes()
        .iter()
        .map(|byte| if keep(byte) { char::from(*byte).to_string() } else { encode(byte) })
        .collect()
}

fn form(safe: &str, upper: bool) -> String {
    percent(safe, upper).replace("%20", "+")
}

/// JSON whose letters beyond ASCII are escaped, as Python's `json.dumps` does by default.
fn ascii_json(upper: bool) -> String {
    let escape = |unit: u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
    json_text()
        .chars()
        .map(|c| {
            if c.is_ascii() { c.to_string() } else { c.encode_utf16(&mut [0; 2]).iter().copied().map(escape).collect() }
        })
        .collect()
}

fn json_text() -> String {
    PASSWORD.replace('\\', "\\\\").replace('"', "\\\"")
}

fn html(double: &str, single: &str) -> String {
    PASSWORD.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', double).replace('\'', single)
}

#[test]
fn a_password_is_cut_out_in_every_common_spelling() {
    check(&[
        ("raw", PASSWORD.to_owned()),
        ("JSON", json_text()),
        ("JSON in ASCII", ascii_json(false)),
        ("percent, RFC 3986", percent("-_.~", true)),
        ("percent, in lower case", percent("-_.~", false)),
        ("form", form("-_.~", true)),
        ("HTML, Django", html("&quot;", "&#x27;")),
        ("HTML, Go and Jinja", html("&#34;", "&#39;")),
        ("HTML, brackets only", html("\"", "'")),
    ]);
}

/// Proxies and gateways in front of Baserow are written in other languages.
#[test]
fn a_password_is_cut_out_in_the_spellings_of_other_languages_too() {
    check(&[
        ("JSON in ASCII, .NET", ascii_json(true)),
        (
            "JSON, Go: no HTML in it",
            json_text().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
        ),
        ("JSON, PHP: slashes escaped", json_text().replace('/', "\\/")),
        ("percent, encodeURIComponent", percent("-_.~!'()*", true)),
        ("percent, Python's quote", percent("-_.~/", true)),
        ("form, URLSearchParams", form("-_.*", true)),
        ("form, .NET", form("-_.!*()", false)),
        ("HTML, Express and Werkzeug", html("&quot;", "&#39;")),
        ("HTML, PHP", html("&quot;", "&#039;")),
        ("HTML, apos", html("&quot;", "&apos;")),
    ]);
}

#[test]
fn a_password_is_cut_out_of_json_within_json() {
    let inner = json!({ "password": PASSWORD }).to_string();
    let clean = redact(&json!({ "request": inner }).to_string(), &[secret(PASSWORD)]);
    assert!(!clean.contains("ss' <w&o>"), "{clean}");
}

#[test]
fn every_occurrence_goes() {
    assert_eq!(redact("hunter2, again hunter2", &[secret("hunter2")]), "[redacted], again [redacted]");
}

#[test]
fn a_password_that_the_server_trimmed_is_found() {
    assert_eq!(redact("no user with 'hunter2'", &[secret("  hunter2\n")]), "no user with '[redacted]'");
}

#[test]
fn a_secret_that_contains_another_goes_as_a_whole() {
    let secrets = [secret("hunter"), secret("hunter2-and-more")];
    assert_eq!(redact("hunter2-and-more or hunter", &secrets), "[redacted] or [redacted]");
}

#[test]
fn an_empty_secret_cuts_out_nothing() {
    assert_eq!(redact("a text", &[secret(""), secret("  ")]), "a text");
}

#[test]
fn what_looks_like_a_jwt_goes_although_nobody_has_seen_it_before() {
    let token = minted("access", 1_767_225_600, 600);
    for (text, expected) in [
        (token.clone(), "[redacted]"),
        (format!("{{\"access_token\":\"{token}\"}}"), "{\"access_token\":\"[redacted]\"}"),
        (format!("JWT {token}, and {token}."), "JWT [redacted], and [redacted]"),
        (format!("…{}", &token[..token.len() - 20]), "…[redacted]"),
        (format!("?jwt_token={token}&x=1"), "?jwt_token=[redacted]&x=1"),
    ] {
        assert_eq!(redact(&text, &[]), expected);
    }
}

#[test]
fn a_jwt_without_its_signature_goes_too() {
    let claims = base64url(br#"{"user_id":2}"#);
    assert_eq!(redact(&format!("claims {claims} read"), &[]), "claims [redacted] read");
}

#[test]
fn an_excerpt_has_at_most_200_characters() {
    let exact: String = "é".repeat(200);
    assert_eq!(excerpt(&exact, &[]), exact);
    let cut = excerpt(&"é".repeat(201), &[]);
    assert_eq!(cut.chars().count(), 200);
    assert!(cut.ends_with("é…"), "{cut}");
}

#[test]
fn an_excerpt_is_one_line() {
    assert_eq!(
        excerpt("  <html>\r\n\t<title>Server Error</title>\n\n</html>\n", &[]),
        "<html> <title>Server Error</title> </html>"
    );
}

#[test]
fn a_secret_across_the_cut_leaves_no_half_behind() {
    for filler in 180..=200 {
        let clean =
            excerpt(&format!("{}correct-horse-battery", "x".repeat(filler)), &[secret("correct-horse-battery")]);
        let rest = clean.trim_start_matches('x').trim_end_matches('…');
        assert!("[redacted]".starts_with(rest), "{filler}: {clean}");
    }
}

#[test]
fn a_jwt_across_the_cut_leaves_no_half_behind() {
    let token = minted("access", 1_767_225_600, 600);
    let clean = excerpt(&format!("{}{token}", "x ".repeat(95)), &[]);
    assert!(!clean.contains("eyJ"), "{clean}");
}

#[test]
fn a_secret_with_line_breaks_goes_before_the_lines_are_joined() {
    assert_eq!(excerpt("key: one\n  two end", &[secret("one\n  two")]), "key: [redacted] end");
}

#[test]
fn the_rest_of_a_text_is_left_as_it_is() {
    let text = Value::from("Access token is expired or invalid: jti eyes, 100 % \\ <b>").to_string();
    assert_eq!(redact(&text, &[secret("hunter2")]), text);
}

#[test]
fn the_beginning_of_a_secret_at_which_a_text_breaks_off_is_cut_out_too() {
    let secret = [SecretString::from("cörrect-horse-battery")];
    for text in [
        r#"bad request {"password":"cörrect-ho"#,
        r#"bad request {"password":"cörrect-ho..."#,
        r#"bad request {"password":"cörrect-ho… (truncated)"#,
        r#"bad request {"password":"c\u00f6rrect-h"#,
        "bad request password=c%C3%B6rrec",
        "bad request password=c%C3%B6rrect%2",
    ] {
        let clean = excerpt(text, &secret);
        assert!(clean.contains("[redacted]"), "{clean}");
        assert!(!clean.contains("rrec"), "{clean}");
    }
    // Three letters are in every other word.
    assert_eq!(excerpt("see cör", &secret), "see cör");
}
