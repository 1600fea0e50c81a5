//! The only way in which a server's words get into a message: short, and without any secret that we know of.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

const LONGEST: usize = 200;
const REDACTED: &str = "[redacted]";
/// A text that breaks off in the middle of a secret shows its beginning; fewer letters than this say nothing.
const TELLING: usize = 4;
/// An escape that was cut off is at most this long.
const LONGEST_ESCAPE: usize = 6;
const HTML_NAMES: [(char, &str); 5] = [('"', "&quot;"), ('\'', "&apos;"), ('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;")];
const JSON_LETTERS: [(char, char); 3] = [('\n', 'n'), ('\r', 'r'), ('\t', 't')];

/// The first 200 characters of `text` on one line, with every secret cut out in every form in which a server might
/// echo it, and everything that looks like a JWT.
pub fn excerpt(text: &str, secrets: &[SecretString]) -> String {
    let clean = redact(text, secrets);
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    // A server must not talk to the terminal of whoever reads the message.
    let line = line.replace(char::is_control, "\u{fffd}");
    // Cut after the secrets are gone: the first half of a password is still half a password.
    match line.char_indices().nth(LONGEST - 1) {
        Some((end, _)) if line.chars().count() > LONGEST => format!("{}…", &line[..end]),
        _ => line,
    }
}

/// `text` without the secrets.
pub fn redact(text: &str, secrets: &[SecretString]) -> String {
    let mut secrets: Vec<&str> = secrets.iter().map(|secret| secret.expose_secret().trim()).collect();
    secrets.retain(|secret| !secret.is_empty());
    let text = without_base64(text, &secrets);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        // The longest: a secret that contains another must go as a whole.
        match secrets.iter().filter_map(|secret| spelled(rest, secret)).max() {
            Some(length) => {
                clean.push_str(REDACTED);
                rest = &rest[length..];
            }
            None => {
                clean.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    without_jwts(&clean)
}

/// Base64 spells a secret as a whole and not by its characters. One of two or three letters would be found in any text.
fn without_base64(text: &str, secrets: &[&str]) -> String {
    let spelled = secrets
        .iter()
        .filter(|secret| secret.len() > 3)
        .flat_map(|secret| [STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]);
    spelled.fold(text.to_owned(), |text, form| text.replace(&form, REDACTED))
}

/// The length of the secret at the start of `text`, each of its characters in any spelling. A `%` may be itself or the start
/// of `%25`, so all readings are followed at once.
fn spelled(text: &str, secret: &str) -> Option<usize> {
    if !text.starts_with(['%', '+', '&', '\\']) && !text.starts_with(secret.chars().next()?) {
        return None;
    }
    let mut ends = vec![0];
    for (known, c) in secret.chars().enumerate() {
        let mut next = Vec::new();
        for end in &ends {
            let end = *end;
            for length in spellings(&text[end..], c).into_iter().flatten() {
                if !next.contains(&(end + length)) {
                    next.push(end + length);
                }
            }
        }
        if next.is_empty() {
            return ends
                .into_iter()
                .find(|end| known >= TELLING && breaks_off(&text[*end..]))
                .map(|end| if text[end..].len() <= LONGEST_ESCAPE { text.len() } else { end });
        }
        ends = next;
    }
    ends.into_iter().max()
}

/// Does the text end here: a connection that died, an echo that somebody shortened, an escape cut in two?
fn breaks_off(rest: &str) -> bool {
    let half_an_escape = rest.len() <= LONGEST_ESCAPE && rest.starts_with(['%', '&', '\\']);
    rest.is_empty() || rest.starts_with('…') || rest.starts_with("...") || half_an_escape
}

/// The lengths of `c` at the start of `text`: as it is, or as JSON, a URL, a form or HTML would spell it.
fn spellings(text: &str, c: char) -> [Option<usize>; 2] {
    let long = |spelling: &str| {
        let start = text.get(..spelling.len())?;
        start.eq_ignore_ascii_case(spelling).then_some(spelling.len())
    };
    let raw = text.starts_with(c).then_some(c.len_utf8());
    let number = u32::from(c);
    let escaped = match text.as_bytes().first() {
        Some(b'%') => long(&c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02x}")).collect::<String>()),
        Some(b'+') => (c == ' ').then_some(1),
        Some(b'&') => [format!("&#{number};"), format!("&#{number:03};"), format!("&#x{number:x};")]
            .iter()
            .map(String::as_str)
            .chain(HTML_NAMES.iter().filter(|(named, _)| *named == c).map(|(_, name)| *name))
            .find_map(long),
        Some(b'\\') => {
            // JSON within JSON doubles its backslashes; three levels are enough.
            let slashes = text.bytes().take(7).take_while(|byte| *byte == b'\\').count();
            let letter = JSON_LETTERS.iter().find(|(named, _)| *named == c).map_or(c, |(_, letter)| *letter);
            let bare = &text[slashes..];
            let escape = utf16(c);
            let units = text.get(slashes - 1..).and_then(|rest| rest.get(..escape.len()));
            match units {
                Some(units) if units.eq_ignore_ascii_case(&escape) => Some(slashes - 1 + escape.len()),
                _ if c == '\\' => Some(slashes),
                _ => bare.starts_with(letter).then_some(slashes + letter.len_utf8()),
            }
        }
        _ => None,
    };
    [raw, escaped]
}

fn utf16(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
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
