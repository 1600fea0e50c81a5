//! Providers of accounts that are not in use, as little as can be.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Provider;
use super::baserow::Folded as Baserow;

/// What a provider is made anew of.
#[derive(Serialize, Deserialize)]
pub struct FoldedProvider<'a>(#[serde(borrow)] Kind<'a>);

#[derive(Serialize, Deserialize)]
enum Kind<'a> {
    #[serde(borrow)]
    Baserow(Baserow<'a>),
}

impl FoldedProvider<'_> {
    pub(crate) fn unfolded(self) -> Arc<dyn Provider> {
        match self.0 {
            Kind::Baserow(baserow) => Arc::new(baserow.unfolded()),
        }
    }
}

impl<'a> From<Baserow<'a>> for FoldedProvider<'a> {
    fn from(baserow: Baserow<'a>) -> Self {
        Self(Kind::Baserow(baserow))
    }
}

/// There are passwords in it.
impl std::fmt::Debug for FoldedProvider<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FoldedProvider")
    }
}
