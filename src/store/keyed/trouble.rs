//! What is said about a shelf, to the person who reads it at night: what, where, and what to do. Never a token.

use std::time::Duration;

use secrecy::SecretString;

use super::text::{Garbage, RECORD_LIMIT};
use crate::redaction::excerpt;
use crate::store::Trouble;

/// Words without a name in them are shorter; opaque tokens are not.
const TELLING: usize = 24;

/// The shelf did not do what it was asked, for reasons of its own.
pub(super) fn failed(place: &str, why: &Trouble, secrets: &[SecretString]) -> Trouble {
    Trouble(format!("{place}: {}", said(why, secrets)))
}

/// There is no lock to be had.
pub(super) fn unlocked(place: &str, why: &Trouble) -> Trouble {
    let why = said(why, &[]);
    Trouble(format!("{place}: {why}: processes that share the session cannot take turns"))
}

/// It has been asked, and does not answer.
pub(super) fn unsettled(what: &str, patience: Duration) -> Trouble {
    Trouble(format!("{what} has not ended within {} s", patience.as_secs()))
}

/// It did not answer a moment ago.
pub(super) fn silent(place: &str) -> Trouble {
    Trouble(format!("{place}: load() has not answered, so nothing was saved either"))
}

/// What lies there is no record of ours.
pub(super) fn unusable(place: &str, Garbage { why, generation, .. }: &Garbage) -> Trouble {
    let then = match generation {
        Some(_) => "The next session that is saved takes its place",
        None => "Nobody can say which generation it is, so nothing takes its place: delete it",
    };
    Trouble(format!("{place} cannot be used: {why}. {then}"))
}

/// What lies there is no record of ours, and stays.
pub(super) fn irreplaceable(place: &str, Garbage { why, generation, .. }: &Garbage) -> Trouble {
    let what = match generation {
        Some(generation) => format!("save() refuses to replace its generation {generation}"),
        None => "nobody can say which generation it is, so it is not replaced".to_owned(),
    };
    Trouble(format!(
        "{place} cannot be used: {why}, and {what}. Delete it; until then sessions are kept in memory only"
    ))
}

/// It contradicts itself.
pub(super) fn refused(place: &str, generation: u64) -> Trouble {
    Trouble(format!(
        "{place}: save() refuses to replace generation {generation}, and that is what load() answers. Does save() compare with \
         the generation of the last save, and load() read from where save() writes?"
    ))
}

/// It contradicts itself.
pub(super) fn refused_for_nothing(place: &str) -> Trouble {
    Trouble(format!(
        "{place}: save() refuses to write a first generation, and load() finds nothing. Does a removed record stay behind, or \
         load() read from elsewhere than where save() writes?"
    ))
}

/// It would not be read again.
pub(super) fn too_much(place: &str) -> Trouble {
    let limit = RECORD_LIMIT >> 10;
    Trouble(format!(
        "the session is larger than the {limit} KiB that are read again: {place} is left as it is. Ask for fewer scopes"
    ))
}

/// No shelf could tell it from the next.
pub(super) fn uncountable(place: &str) -> Trouble {
    Trouble(format!("{place}: its generation is larger than 2^53 - 1, which is the last. Delete it"))
}

/// Somebody else's words, without the tokens that we know and without anything that could be one.
fn said(why: &Trouble, secrets: &[SecretString]) -> String {
    let clean = excerpt(&why.0, secrets);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=');
    let mut words = String::with_capacity(clean.len());
    let mut rest = clean.as_str();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_part(c) != is_part(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let is_opaque = is_part(first)
            && run.len() >= TELLING
            && run.contains(|c: char| c.is_ascii_digit())
            && run.contains(|c: char| c.is_ascii_alphabetic());
        words.push_str(if is_opaque { "[redacted]" } else { run });
        rest = after;
    }
    words
}
