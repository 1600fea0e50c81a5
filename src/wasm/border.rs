//! How shapes cross: as JSON. What is refused is thrown as a text, and as nothing else.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::face::Refused;
use crate::json::shape;

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, JsValue> {
    // Not the error itself, which may quote what it could not read.
    shape::read(text).map_err(|_| JsValue::from_str("a shape that cannot be read"))
}

pub(super) fn write(shape: &impl Serialize) -> Result<String, JsValue> {
    serde_json::to_string(shape).map_err(|_| JsValue::from_str("a shape that cannot be written"))
}

pub(super) fn refused(why: Refused) -> JsValue {
    JsValue::from_str(&why.to_string())
}
