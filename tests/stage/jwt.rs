//! Tokens as a server mints them. The signature is garbage: nobody here verifies it.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// A JWT with exactly these claims.
pub fn jwt(claims: &Value) -> String {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!("{}.{}.{}", part(&header), part(claims), base64url(b"a signature that nobody verifies"))
}

/// A token like no other that was ever minted, as Baserow mints them; times in seconds.
pub fn minted(kind: &str, issued_at: i64, lifetime: i64) -> String {
    jwt(&json!({
        "token_type": kind,
        "exp": issued_at + lifetime,
        "iat": issued_at,
        "jti": serial_number(),
        "user_id": 2,
    }))
}

/// Claims that make one token differ from the next.
pub fn serial_number() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("{:032x}", LAST.fetch_add(1, Ordering::Relaxed))
}

/// RFC 4648 §5, without padding.
pub fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |bits: u32| char::from(ALPHABET[(bits & 63) as usize]);
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            [digit(bits >> 18), digit(bits >> 12), digit(bits >> 6), digit(bits)].into_iter().take(chunk.len() + 1)
        })
        .collect()
}
