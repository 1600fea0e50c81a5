//! The only way in which a server's words get into a message: short, and without any secret that we know of.

use secrecy::{ExposeSecret, SecretString};

const LONGEST: usize = 200;
const REDACTED: &str = "[redacted]";

/// The first 200 characters of `text` on one line, with every secret cut out in every form in which a server might
/// echo it, and everything that looks like a JWT.
pub fn excerpt(text: &str, secrets: &[SecretString]) -> String {
    let clean = redact(text, secrets);
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    // Cut after the secrets are gone: the first half of a password is still half a password.
    match line.char_indices().nth(LONGEST - 1) {
        Some((end, _)) if line.chars().count() > LONGEST => format!("{}…", &line[..end]),
        _ => line,
    }
}

/// `text` without the secrets.
pub fn redact(text: &str, secrets: &[SecretString]) -> String {
    let mut forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret.expose_secret())).collect();
    // Longest first: a secret that contains another must go as a whole.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    let text = forms.iter().fold(text.to_owned(), |text, form| text.replace(form.as_str(), REDACTED));
    without_jwts(&text)
}

/// A secret as it stands, trimmed (Baserow trims passwords), and as JSON, a URL, a form or HTML would spell it.
fn forms(secret: &str) -> Vec<String> {
    let trimmed = secret.trim();
    if trimmed.is_empty() {
        return Vec::new();
    }
    let escape = |c: char| if c.is_ascii() { c.to_string() } else { utf16_escapes(c) };
    let percent = |keep_space: bool, upper: bool| {
        trimmed.bytes().map(|byte| percent_encoded(byte, keep_space, upper)).collect::<String>()
    };
    let html = trimmed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    vec![
        secret.to_owned(),
        trimmed.to_owned(),
        json(trimmed),
        json(trimmed).chars().map(escape).collect(),
        percent(false, true),
        percent(false, false),
        percent(true, true),
        html.replace('"', "&quot;").replace('\'', "&#x27;"),
        html.replace('"', "&#34;").replace('\'', "&#39;"),
        html,
    ]
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn utf16_escapes(c: char) -> String {
    let mut units = [0; 2];
    c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn percent_encoded(byte: u8, plus_for_space: bool, upper: bool) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        b' ' if plus_for_space => "+".to_owned(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    }
}

/// A token that we have never seen (a new one, in a reply that we could not read) is a secret too.
fn without_jwts(text: &str) -> String {
    let part_of_jwt = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let token = &rest[start..];
        let end = token.find(|c| !part_of_jwt(c)).unwrap_or(token.len());
        clean.push_str(&rest[..start]);
        clean.push_str(REDACTED);
        rest = &token[end..];
    }
    clean + rest
}
