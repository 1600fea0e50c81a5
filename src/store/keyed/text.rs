//! What a shelf holds: the record's own JSON object with the session before it as one more member, `backup`. One text, so
//! that one load and one save are all there is.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{LAST_GENERATION, Lying, Shelved};
use crate::identity::Identity;
use crate::json::shape;
use crate::random::Rng;
use crate::store::Record;
use crate::store::record::Unreadable;
use crate::store::sealed::{self, EncryptionKey};

/// A session of many scoped tokens has a few KiB.
pub(super) const RECORD_LIMIT: usize = 64 << 10;

/// A record, its backup, and what sealing adds to both.
pub(super) const TEXT_LIMIT: usize = 256 << 10;

/// A record, and the session before it.
#[derive(Debug, Clone)]
pub(super) struct Backed {
    pub(super) record: Record,
    pub(super) backup: Option<Record>,
    pub(super) in_passing: bool,
}

/// A text that is no record of this account.
#[derive(Debug, Clone)]
pub(super) struct Garbage {
    pub(super) why: Fault,
    /// Where that much of it can be read.
    pub(super) generation: Option<u64>,
    pub(super) backup: Option<Record>,
    pub(super) in_passing: bool,
}

/// Why a text is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("it is larger than {} KiB", TEXT_LIMIT >> 10)]
    TooLarge,
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// The member that is ours alone. What is in it stays where it is until it is read as a record.
#[derive(Deserialize)]
struct Backup<'a> {
    #[serde(borrow)]
    backup: Option<&'a RawValue>,
}

/// The member that says what a text replaces.
#[derive(Deserialize)]
struct Generation {
    generation: u64,
}

/// Reads what a shelf held.
pub(super) fn read(Shelved { text, in_passing }: Shelved, identity: &Identity, keys: &[EncryptionKey]) -> Lying {
    let garbage = |why, generation, backup| Lying::Garbage(Box::new(Garbage { why, generation, backup, in_passing }));
    if text.expose_secret().len() > TEXT_LIMIT {
        return garbage(Fault::TooLarge, None, None);
    }
    let generation = generation_in(text.expose_secret());
    let text = match open(text, identity, keys) {
        Ok(text) => text,
        Err(why) => return garbage(why.into(), generation, None),
    };
    // A backup that cannot be read is none: the session is what counts.
    let backup = shape::read::<Backup<'_>>(text.expose_secret()).ok().and_then(|text| text.backup);
    let backup = backup.and_then(|text| Record::decode(text.get(), identity).ok());
    match Record::decode(text.expose_secret(), identity) {
        Ok(record) if record.generation <= LAST_GENERATION => {
            Lying::Session(Box::new(Backed { record, backup, in_passing }))
        }
        Ok(_) => garbage(Unreadable::Corrupt.into(), None, backup),
        Err(why) => garbage(why.into(), generation, backup),
    }
}

/// Beside the seal as well as in plain text: a text that cannot be opened can still be replaced. Of a list serde would take the
/// first number.
fn generation_in(text: &str) -> Option<u64> {
    let text = Some(text).filter(|text| text.trim_start().starts_with('{'))?;
    let Generation { generation } = shape::read(text).ok()?;
    Some(generation).filter(|generation| *generation <= LAST_GENERATION)
}

fn open(text: SecretString, identity: &Identity, keys: &[EncryptionKey]) -> Result<SecretString, Unreadable> {
    let account = identity.key();
    if keys.is_empty() {
        return sealed::open(text, None, &account);
    }
    for key in keys {
        match sealed::open(text.clone(), Some(key), &account) {
            Err(Unreadable::WrongKey) => {}
            // The next key cannot mend a text that is torn.
            opened => return opened,
        }
    }
    Err(Unreadable::WrongKey)
}

/// The text for a shelf, `None` if it would not be read again.
pub(super) fn write(
    Backed { record, backup, .. }: &Backed,
    identity: &Identity,
    keys: &[EncryptionKey],
    rng: &dyn Rng,
) -> Option<SecretString> {
    let encode =
        |record: &Record| Some(record.encode(identity)).filter(|text| text.expose_secret().len() <= RECORD_LIMIT);
    let mut text = encode(record)?;
    // A session without its backup is still a session.
    if let Some(backup) = backup.as_ref().and_then(encode) {
        text = with_member(&text, "backup", backup.expose_secret());
    }
    let Some(key) = keys.first() else { return Some(text) };
    let sealed = sealed::seal(&text, key, &identity.key(), rng);
    Some(with_member(&sealed, "generation", &record.generation.to_string()))
}

/// The object in `text` with one more member. In one piece: a text that grows leaves copies of its beginning behind.
fn with_member(text: &SecretString, name: &str, json: &str) -> SecretString {
    let object = text.expose_secret();
    let open = object.strip_suffix('}').unwrap_or(object);
    let parts = [open, ",\"", name, "\":", json, "}"];
    let mut whole = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| whole.push_str(part));
    whole.into()
}
