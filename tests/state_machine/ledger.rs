//! What the server knows of its tokens, and what nobody else does: when each really ends, and which of them were spent.

use std::collections::HashMap;

#[derive(Debug, Default)]
pub struct Ledger {
    access: HashMap<String, Access>,
    refresh: HashMap<String, Spent>,
}

#[derive(Debug)]
struct Access {
    /// True time, in milliseconds.
    expires_at: i64,
    refused: bool,
}

/// What became of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    No,
    /// And the answer arrived.
    Yes,
    /// And nobody heard of it.
    Unheard,
}

impl Ledger {
    pub fn granted(&mut self, access: &str, expires_at: i64, refresh: Option<&str>) {
        self.access.insert(access.to_owned(), Access { expires_at, refused: false });
        if let Some(refresh) = refresh {
            self.refresh.insert(refresh.to_owned(), Spent::No);
        }
    }

    pub fn spend(&mut self, refresh: &str, how: Spent) {
        self.refresh.insert(refresh.to_owned(), how);
    }

    pub fn spent(&self, refresh: &str) -> Spent {
        self.refresh.get(refresh).copied().unwrap_or(Spent::Yes)
    }

    pub fn refuse(&mut self, access: &str) {
        if let Some(access) = self.access.get_mut(access) {
            access.refused = true;
        }
    }

    pub fn is_refused(&self, access: &str) -> bool {
        self.access.get(access).is_none_or(|access| access.refused)
    }

    /// How long a token really lives from `now` on; none that this server has not made.
    pub fn left(&self, access: &str, now: i64) -> i64 {
        self.access.get(access).map_or(i64::MIN, |access| access.expires_at - now)
    }
}
