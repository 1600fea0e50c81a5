//! Where in an answer things are.

use super::JsonLoginOptions;
use crate::json::{Pointer, Scalar};

/// Can this be one of the pointers of the options (RFC 6901 §3)?
pub fn is_pointer(text: &str) -> bool {
    Pointer::parse(text).is_some()
}

/// One place, as it was named.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: String,
    /// Did the user name it?
    pub(super) chosen: bool,
    pointer: Option<Pointer>,
}

impl Place {
    /// What is there; of a pointer that is none, nothing.
    pub(super) fn find(&self, json: &str) -> Scalar {
        self.pointer.as_ref().and_then(|pointer| pointer.find(json)).unwrap_or_default()
    }
}

/// What a time at a place means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clockwork {
    /// Seconds from receipt.
    Left,
    /// A moment.
    Until,
}

/// Everything that is looked for, in the order in which it counts.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) token: Vec<Place>,
    pub(super) refresh_token: Vec<Place>,
    pub(super) lifetime: Vec<(Clockwork, Place)>,
}

impl Places {
    pub(super) fn new(options: &JsonLoginOptions) -> Self {
        let times = [
            (Clockwork::Left, &options.expires_in_pointer, "/expires_in"),
            (Clockwork::Until, &options.expires_at_pointer, "/expires_at"),
        ];
        let lifetime = times.into_iter().flat_map(|(meaning, chosen, default)| {
            places(chosen.as_deref(), &[default]).into_iter().map(move |place| (meaning, place))
        });
        // What the user points at comes before what merely has a usual name.
        let (mut lifetime, usual): (Vec<_>, Vec<_>) = lifetime.partition(|(_, place)| place.chosen);
        lifetime.extend(usual);
        Self {
            token: places(options.token_pointer.as_deref(), &["/token", "/access_token"]),
            refresh_token: places(options.refresh_token_pointer.as_deref(), &["/refresh_token"]),
            lifetime,
        }
    }
}

fn places(chosen: Option<&str>, defaults: &[&str]) -> Vec<Place> {
    let place = |name: &str, chosen| Place { name: name.to_owned(), chosen, pointer: Pointer::parse(name) };
    match chosen {
        Some(name) => vec![place(name, true)],
        None => defaults.iter().map(|name| place(name, false)).collect(),
    }
}
