//! JSON with secrets in it: read by RFC 6901 pointers and straight into secrets, never through a `Value`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::store::record::from_rfc3339;

mod canonical;
mod decimal;
pub(crate) mod exposed;
pub(crate) mod shape;

pub(crate) use canonical::Canonical;
pub(crate) use decimal::decimal;

/// A number below it counts seconds (until the year 5138), one above it milliseconds (since March 1973). No time that a
/// service states today is in doubt.
const SECONDS_END: f64 = 1e11;

/// The last millisecond that RFC 3339 can say; it keeps every sum of times far from its limits.
pub(crate) const LAST_TIME: i64 = 253_402_300_799_999;

/// Go writes a time that was never set as the first of its calendar.
const UNSET_IN_GO: &str = "0001-01-01T00:00:00Z";

/// What a field holds.
#[derive(Debug, Default)]
pub(crate) enum Scalar {
    /// Nothing, null, or an empty text.
    #[default]
    Absent,
    /// A text, without the white space around it.
    Text(SecretString),
    /// A number.
    Number(f64),
    /// Something that is neither.
    Other,
}

/// What a field says about time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Time {
    /// Nothing.
    Unsaid,
    /// Epoch milliseconds.
    At(i64),
    /// It is no time.
    Unreadable,
}

impl Scalar {
    /// The number, or the text that is one.
    pub(crate) fn number(&self) -> Option<f64> {
        let number = match self {
            Scalar::Number(number) => *number,
            Scalar::Text(text) => decimal(text.expose_secret())?,
            Scalar::Absent | Scalar::Other => return None,
        };
        Some(number).filter(|number| number.is_finite())
    }

    /// The moment: RFC 3339, or a number of seconds or milliseconds since the epoch.
    pub(crate) fn time(&self) -> Time {
        if let Some(number) = self.number() {
            let millis = if number.abs() < SECONDS_END { number * 1000.0 } else { number };
            // `as` saturates.
            return Time::At((millis.round() as i64).min(LAST_TIME));
        }
        match self {
            Scalar::Absent => Time::Unsaid,
            Scalar::Text(text) if text.expose_secret() == UNSET_IN_GO => Time::Unsaid,
            Scalar::Text(text) => from_rfc3339(text.expose_secret()).map_or(Time::Unreadable, Time::At),
            Scalar::Number(_) | Scalar::Other => Time::Unreadable,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Way(&[]).deserialize(deserializer)
    }
}

/// A JSON pointer (RFC 6901).
#[derive(Debug, Clone)]
pub(crate) struct Pointer(Vec<String>);

impl Pointer {
    /// `None` when it is none: it neither is empty nor starts with a slash, or has a `~` that is neither `~0` nor `~1`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self(Vec::new()));
        }
        text.strip_prefix('/')?.split('/').map(unescaped).collect::<Option<_>>().map(Self)
    }

    /// What is there in `json`; `None` when that is no JSON at all.
    pub(crate) fn find(&self, json: &str) -> Option<Scalar> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let found = Way(&self.0).deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        Some(found)
    }
}

/// Section 4: `~1` first, so that `~01` is `~1` and no slash.
fn unescaped(token: &str) -> Option<String> {
    let escapes = token.split('~').skip(1);
    let sound = escapes.clone().all(|rest| rest.starts_with(['0', '1']));
    sound.then(|| token.replace("~1", "/").replace("~0", "~"))
}

/// What is left of a pointer on the way down.
#[derive(Clone, Copy)]
struct Way<'a>(&'a [String]);

impl Way<'_> {
    fn end(self, scalar: Scalar) -> Scalar {
        if self.0.is_empty() { scalar } else { Scalar::Absent }
    }
}

impl<'de> DeserializeSeed<'de> for Way<'_> {
    type Value = Scalar;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Way<'_> {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        let text = text.trim();
        Ok(self.end(if text.is_empty() { Scalar::Absent } else { Scalar::Text(text.into()) }))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(self.end(Scalar::Other))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(self.end(Scalar::Number(number as f64)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(self.end(Scalar::Number(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(self.end(Scalar::Number(number)))
    }

    /// An index has no leading zeros, and `-` is nothing that could be read (section 4).
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        let mut found = self.end(Scalar::Other);
        for index in 0_usize.. {
            let next = match self.0.split_first() {
                Some((token, rest)) if *token == index.to_string() => seq.next_element_seed(Way(rest))?,
                _ => seq.next_element::<IgnoredAny>()?.map(|_| Scalar::Absent),
            };
            match next {
                None => break,
                Some(Scalar::Absent) => {}
                Some(scalar) => found = scalar,
            }
        }
        Ok(found)
    }

    /// Of a repeated name the last value counts, as in JavaScript.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        let mut found = self.end(Scalar::Other);
        while let Some(name) = map.next_key::<String>()? {
            match self.0.split_first() {
                Some((token, rest)) if *token == name => found = map.next_value_seed(Way(rest))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}
