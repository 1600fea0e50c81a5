//! The two dates in a JWT that we read and do not verify: the server that gave us the token is the one who checks it.

#[cfg(not(target_arch = "wasm32"))]
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json::decimal;

/// `exp` and `iat` of a JWT (RFC 7519 §4.1), in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
// Through a map: of a list serde would read the fields in their order.
#[serde(from = "Map<String, Value>")]
pub struct Claims {
    /// When the token dies.
    pub expires_at: Option<i64>,
    /// When it was minted.
    pub issued_at: Option<i64>,
}

impl Claims {
    /// Reads a token; `None` when it is no JWT.
    pub fn read(token: &str) -> Option<Claims> {
        #[cfg(not(target_arch = "wasm32"))]
        return insecure_decode_claims(token).ok();
        #[cfg(target_arch = "wasm32")]
        return unpacked::claims(token);
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(claims: Map<String, Value>) -> Self {
        let date = |name| claims.get(name).and_then(numeric_date);
        Self { expires_at: date("exp"), issued_at: date("iat") }
    }
}

/// A NumericDate is a JSON number, fractions allowed (RFC 7519 §2); some servers quote it. Anything else is no date.
fn numeric_date(value: &Value) -> Option<i64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => decimal(text.trim()),
        _ => None,
    };
    // `as` saturates, so a huge or a negative date stays a date and no arithmetic on it can overflow unseen.
    seconds.filter(|seconds| seconds.is_finite()).map(|seconds| (seconds * 1000.0).round() as i64)
}

/// The same without the library, of which a page would load far more than it uses. What both make of a token is compared below.
#[cfg(any(test, target_arch = "wasm32"))]
mod unpacked {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::Claims;

    pub(super) fn claims(token: &str) -> Option<Claims> {
        // Header, claims, signature. Of a nested or encrypted one the part before the last is no JSON.
        let (rest, _) = token.rsplit_once('.')?;
        let (_, claims) = rest.rsplit_once('.')?;
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        serde_json::from_str(&claims).ok()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_page_reads_the_same_of_every_token_as_a_server() {
        let payloads = [
            r#"{"exp":1767225600,"iat":1767222000}"#,
            r#"{"exp":"1767225600"}"#,
            r#"{"exp":1.5e9,"iat":-1}"#,
            r#"{"exp":null}"#,
            r#"{"exp":{}}"#,
            "[1,2]",
            "1767225600",
            "not JSON",
            "\u{fffd}",
            "",
        ];
        let packed = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let payloads = payloads.map(|text| packed(text.as_bytes()));
        let header = packed(br#"{"alg":"none"}"#);
        for payload in payloads.iter().map(String::as_str).chain(["_w", "a=", "é", "{}"]) {
            for token in [
                format!("{header}.{payload}.sig"),
                format!(".{payload}."),
                format!("{payload}.sig"),
                format!("{header}.{header}.{payload}.{payload}.sig"),
                payload.to_owned(),
            ] {
                assert_eq!(Claims::read(&token), unpacked::claims(&token), "{token}");
            }
        }
    }
}
