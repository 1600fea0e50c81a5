//! Reads a shape out of a JSON object, field after field in the order of the shape.
//!
//! serde_json by itself has the derive of every shape walk through objects, and through lists as well: two or three kilobytes of
//! machine code each. Here the object is taken apart once and for all shapes, and a list is none.

use std::fmt;

use serde::de::value::UnitDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde_json::Error;
use serde_json::value::RawValue;

/// The shape in `text`. Fields that it does not know are nobody's business.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    T::deserialize(Text(text))
}

/// The fields of an object, in its own order. What is in them stays where it is: it may be secret.
pub(crate) struct Object<'de>(pub(crate) Vec<(String, &'de RawValue)>);

impl<'de> Object<'de> {
    fn field(&self, name: &'static str) -> Result<Option<&'de str>, Error> {
        let mut named = self.0.iter().filter(|(each, _)| each == name);
        match (named.next(), named.next()) {
            (Some(_), Some(_)) => Err(Error::duplicate_field(name)),
            (found, _) => Ok(found.map(|(_, value)| value.get())),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Taken)
    }
}

struct Taken;

impl<'de> Visitor<'de> for Taken {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Object(fields))
    }
}

/// A JSON text that is read as whatever is asked for.
struct Text<'de>(&'de str);

macro_rules! as_serde_json_does {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            serde_json::Deserializer::from_str(self.0).$method(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(InOrder { object: serde_json::from_str(self.0)?, names: names.iter() })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0 == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.0).deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.0).deserialize_unit_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.0).deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.0).deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.0).deserialize_enum(name, variants, visitor)
    }

    as_serde_json_does! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    }
}

/// The fields of an object, in the order in which a shape names them.
struct InOrder<'de> {
    object: Object<'de>,
    names: std::slice::Iter<'static, &'static str>,
}

impl<'de> SeqAccess<'de> for InOrder<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(name) = self.names.next() else { return Ok(None) };
        match self.object.field(name)? {
            Some(text) => seed.deserialize(Text(text)).map(Some),
            // Where it may be nothing it is nothing; else the derive has its default or refuses the whole.
            None => {
                let nothing: UnitDeserializer<Error> = ().into_deserializer();
                Ok(seed.deserialize(nothing).ok())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde::Deserialize;

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Inner {
        is_there: bool,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct Shape {
        name: String,
        note: Option<String>,
        #[serde(default)]
        times: u32,
        inner: Option<Inner>,
        #[serde(default)]
        rows: Vec<Vec<String>>,
    }

    fn shape(text: &str) -> Option<Shape> {
        read(text).ok()
    }

    #[test]
    fn fields_are_found_by_their_names_in_whatever_order_and_others_are_skipped() {
        let text = r#" { "rows": [["a", "b"]], "other": [{}], "inner": { "isThere": true }, "times": 3, "name": "\u00e9\"" } "#;
        let inner = Some(Inner { is_there: true });
        let rows = vec![vec!["a".to_owned(), "b".to_owned()]];
        assert_eq!(shape(text), Some(Shape { name: "é\"".to_owned(), note: None, times: 3, inner, rows }));
    }

    #[test]
    fn what_may_be_absent_is_nothing_or_its_default_and_what_may_not_refuses_the_whole() {
        let least = Shape { name: "n".to_owned(), note: None, times: 0, inner: None, rows: Vec::new() };
        assert_eq!(shape(r#"{"name":"n"}"#), Some(least));
        assert_eq!(shape(r#"{"note":"n"}"#), None);
        assert_eq!(shape(r#"{"name":"n","inner":{}}"#), None);
    }

    #[test]
    fn null_is_nothing_where_there_may_be_nothing_and_no_value_elsewhere() {
        assert_eq!(shape(r#"{"name":"n","note":null}"#).and_then(|shape| shape.note), None);
        assert_eq!(shape(r#"{"name":null}"#), None);
        assert_eq!(shape(r#"{"name":"n","times":null}"#), None);
    }

    #[test]
    fn a_list_a_name_that_comes_twice_and_what_is_no_json_are_refused() {
        for text in [
            r#"["n",null,3]"#,
            r#"{"name":"n","name":"m"}"#,
            r#"{"name":"n"} x"#,
            r#"{"name":"n""#,
            r#"{"name":1}"#,
            "null",
            "",
        ] {
            assert_eq!(shape(text), None, "{text}");
        }
    }
}
