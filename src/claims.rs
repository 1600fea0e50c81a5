//! The two dates in a JWT that we read and do not verify: the server that gave us the token is the one who checks it.

use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// `exp` and `iat` of a JWT (RFC 7519 §4.1), in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// When the token dies.
    #[serde(default, rename = "exp", deserialize_with = "numeric_date")]
    pub expires_at: Option<i64>,
    /// When it was minted.
    #[serde(default, rename = "iat", deserialize_with = "numeric_date")]
    pub issued_at: Option<i64>,
}

impl Claims {
    /// Reads a token; `None` when it is no JWT.
    pub fn read(token: &str) -> Option<Claims> {
        insecure_decode_claims(token).ok()
    }
}

/// A NumericDate is a JSON number, fractions allowed (RFC 7519 §2); some servers quote it. Anything else is no date.
fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let seconds = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    // `as` saturates, so a huge or a negative date stays a date and no arithmetic on it can overflow unseen.
    Ok(seconds.filter(|seconds| seconds.is_finite()).map(|seconds| (seconds * 1000.0).round() as i64))
}
