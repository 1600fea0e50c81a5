//! What of a login no message may ever show: any part of it may come back in an error page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::JsonLoginOptions;
use crate::json::Canonical;

/// A shorter text is found in any sentence: cut out, it would make the message unreadable and hide nothing.
const SHORTEST: usize = 4;

/// All leaves of the body, the values of the headers, and what the URLs carry.
pub(super) fn of(options: &JsonLoginOptions, body: Option<&Canonical>) -> Vec<SecretString> {
    let mut found: Vec<SecretString> = match body {
        Some(body) => body.leaves().into_iter().cloned().collect(),
        None => vec![options.body.clone()],
    };
    found.extend(options.headers.iter().flat_map(|(_, value)| of_header(value.expose_secret())));
    found.extend([Some(&options.url), options.refresh_url.as_ref()].into_iter().flatten().flat_map(|url| of_url(url)));
    found.retain(|secret| secret.expose_secret().trim().chars().count() >= SHORTEST);
    found
}

/// A server quotes the credentials without their scheme, one cookie of several, or the password of `Basic` in plain text.
fn of_header(value: &str) -> Vec<SecretString> {
    let mut found = vec![SecretString::from(value)];
    let credentials = value.trim().split_once(' ').map(|(_, credentials)| credentials.trim());
    found.extend(credentials.map(SecretString::from));
    found.extend(
        value.split([';', ',']).filter_map(|pair| Some(pair.split_once('=')?.1.trim().trim_matches('"').into())),
    );
    // RFC 7617 §2: base64 of `user:password`.
    let plain = credentials.and_then(|credentials| String::from_utf8(STANDARD.decode(credentials).ok()?).ok());
    if let Some(plain) = plain {
        found.extend(plain.split_once(':').map(|(_, password)| SecretString::from(password)));
        found.push(plain.into());
    }
    found
}

/// A key in the query, a password before the host (RFC 3986 §3.2.1).
pub(crate) fn of_url(url: &str) -> Vec<SecretString> {
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    let values = query.split(['&', '#']).filter_map(|pair| Some(pair.split_once('=')?.1));
    let authority = before.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let password = authority.rsplit_once('@').and_then(|(user, _)| Some(user.split_once(':')?.1));
    // As they are and as they were meant: the redaction knows every way to spell a text, but none to read one.
    values.chain(password).flat_map(|text| [SecretString::from(text), decoded(text).into()]).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
