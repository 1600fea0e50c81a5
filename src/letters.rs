//! Lower case, by whoever has Unicode's tables: every JavaScript engine has them, and a WebAssembly build of ours would have them
//! for this alone.

#[cfg(not(all(feature = "wasm", target_family = "wasm")))]
pub(crate) fn lower(text: &str) -> String {
    text.to_lowercase()
}
#[cfg(all(feature = "wasm", target_family = "wasm"))]
pub(crate) use crate::face::machine::lower;
