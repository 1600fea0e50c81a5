//! One spelling for all JSON texts that say the same.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value whose text is canonical: no white space, names in order, of a repeated one the last.
pub(crate) enum Canonical {
    /// A text.
    Text(SecretString),
    /// A number, a truth value or null, as JSON spells it. A number may be somebody's PIN.
    Literal(SecretString),
    /// A list.
    List(Vec<Canonical>),
    /// An object, by its names.
    Object(Vec<(String, Canonical)>),
}

impl Canonical {
    /// `None` when `json` is none.
    pub(crate) fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The one spelling.
    pub(crate) fn text(&self) -> SecretString {
        let mut text = Vec::new();
        self.write(&mut text);
        String::from_utf8(text).unwrap_or_default().into()
    }

    /// All texts and literals, however deep.
    pub(crate) fn leaves(&self) -> Vec<&SecretString> {
        match self {
            Canonical::Text(leaf) | Canonical::Literal(leaf) => vec![leaf],
            Canonical::List(items) => items.iter().flat_map(Canonical::leaves).collect(),
            Canonical::Object(fields) => fields.iter().flat_map(|(_, value)| value.leaves()).collect(),
        }
    }

    fn write(&self, text: &mut Vec<u8>) {
        match self {
            Canonical::Text(leaf) => quote(leaf.expose_secret(), text),
            Canonical::Literal(leaf) => text.extend_from_slice(leaf.expose_secret().as_bytes()),
            Canonical::List(items) => {
                text.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        text.push(b',');
                    }
                    item.write(text);
                }
                text.push(b']');
            }
            Canonical::Object(fields) => {
                text.push(b'{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        text.push(b',');
                    }
                    quote(name, text);
                    text.push(b':');
                    value.write(text);
                }
                text.push(b'}');
            }
        }
    }
}

fn quote(plain: &str, text: &mut Vec<u8>) {
    let written = serde_json::to_writer(text, plain);
    debug_assert!(written.is_ok(), "strings are always JSON");
}

impl<'de> Deserialize<'de> for Canonical {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl Reader {
    fn literal<E>(self, literal: impl fmt::Display) -> Result<Canonical, E> {
        Ok(Canonical::Literal(literal.to_string().into()))
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Canonical;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Canonical, E> {
        Ok(Canonical::Text(text.into()))
    }

    fn visit_unit<E>(self) -> Result<Canonical, E> {
        self.literal("null")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Canonical, E> {
        self.literal(value)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Canonical, E> {
        self.literal(number)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Canonical, E> {
        self.literal(number)
    }

    /// As JavaScript spells it: `5.0` is 5. The rest as serde_json does; Rust's own way to spell a fraction brings much code.
    fn visit_f64<E>(self, number: f64) -> Result<Canonical, E> {
        let whole = number as i64;
        match serde_json::Number::from_f64(number) {
            Some(fraction) if whole as f64 != number => self.literal(fraction),
            _ => self.literal(whole),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Canonical, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Canonical::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Canonical, A::Error> {
        let mut fields: Vec<(String, Canonical)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, _>()? {
            match fields.binary_search_by(|(known, _)| known.cmp(&name)) {
                Ok(at) => fields[at].1 = value,
                Err(at) => fields.insert(at, (name, value)),
            }
        }
        Ok(Canonical::Object(fields))
    }
}
