//! The two dates in a JWT that we read and do not verify: the server that gave us the token is the one who checks it.

use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;
use serde_json::{Map, Value};

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
        insecure_decode_claims(token).ok()
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
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    // `as` saturates, so a huge or a negative date stays a date and no arithmetic on it can overflow unseen.
    seconds.filter(|seconds| seconds.is_finite()).map(|seconds| (seconds * 1000.0).round() as i64)
}
