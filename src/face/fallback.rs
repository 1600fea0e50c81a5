//! Tokens of last resort, in an environment variable.

use std::fmt;

use parking_lot::Mutex;
use secrecy::SecretString;

use crate::manager::Fallback;

/// A variable and what it held when JavaScript last read it.
pub(crate) struct Variable {
    name: String,
    value: Mutex<Option<SecretString>>,
}

impl Variable {
    pub(crate) fn named(name: String) -> Self {
        Self { name, value: Mutex::new(None) }
    }

    pub(crate) fn set(&self, value: Option<String>) {
        *self.value.lock() = value.filter(|value| !value.trim().is_empty()).map(SecretString::from);
    }
}

impl Fallback for Variable {
    fn tokens(&self) -> Option<(SecretString, String)> {
        let value = self.value.lock().clone()?;
        Some((value, format!("the environment variable {}", self.name)))
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variable").field("name", &self.name).finish_non_exhaustive()
    }
}
