//! Times as people and `jq` read them (RFC 3339).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The end of the year 9999 in epoch milliseconds, the last that RFC 3339 can say.
const LAST_MILLIS: u64 = 253_402_300_799_999;

/// Epoch milliseconds as RFC 3339 in UTC; what no year of four digits can say is brought to the nearest that can.
pub fn rfc3339(millis: i64) -> String {
    let millis = u64::try_from(millis).unwrap_or(0).min(LAST_MILLIS);
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(millis)).to_string()
}

/// Epoch milliseconds of an RFC 3339 time, with any offset. Nothing before 1970.
pub fn from_rfc3339(text: &str) -> Option<i64> {
    let text = text.trim();
    // The offset is looked for after the time of day: the date has dashes of its own.
    let (local, offset) = match text.find(['T', 't', ' ']).and_then(|t| Some(t + text[t..].find(['+', '-', 'Z', 'z'])?))
    {
        Some(at) => text.split_at(at),
        None => return None,
    };
    let offset_minutes = match offset.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign, h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()) => {
            let two = |high: &u8, low: &u8| i64::from(high - b'0') * 10 + i64::from(low - b'0');
            let (hours, minutes) = (two(h1, h2), two(m1, m2));
            if hours > 23 || minutes > 59 {
                return None;
            }
            if *sign == b'-' { -(hours * 60 + minutes) } else { hours * 60 + minutes }
        }
        _ => return None,
    };
    let time: SystemTime = humantime::parse_rfc3339_weak(&format!("{}Z", local.replace('t', "T"))).ok()?;
    let millis = i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    Some(millis - offset_minutes * 60_000).filter(|millis| *millis >= 0)
}
