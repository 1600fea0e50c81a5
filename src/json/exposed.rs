//! Secrets on their way into JSON, for serde's `serialize_with`.

use secrecy::{ExposeSecret, SecretString};
use serde::Serializer;

use crate::session::Scoped;

/// A token.
pub(crate) fn text<S: Serializer>(token: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    match token {
        Some(token) => serializer.serialize_str(token.expose_secret()),
        None => serializer.serialize_none(),
    }
}

/// Tokens by their scopes.
pub(crate) fn table<S: Serializer>(scoped: &Scoped, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(scoped.iter().map(|(scope, token)| (scope, token.expose_secret())))
}
