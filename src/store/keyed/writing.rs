//! Compare, replace, and keep what was there before.

use futures_lite::future::{self, Boxed};
use secrecy::SecretString;

use super::text::{self, Backed};
use super::{Inner, LAST_GENERATION, Lying, Sight, WRITE_PATIENCE, shelf_key, trouble};
use crate::identity::Identity;
use crate::store::record::Tokens;
use crate::store::{Previous, Record, Saved, Trouble};

/// A refusal that cannot be explained may have an end: what stood in the way was removed meanwhile.
const TRIES: usize = 2;

impl Inner {
    /// See [`crate::store::Store::save`].
    pub(super) async fn save(
        &self,
        identity: &Identity,
        record: &Record,
        expected: Option<u64>,
        previous: &Previous,
    ) -> Result<Saved, Trouble> {
        let place = self.location(identity);
        if record.generation > LAST_GENERATION {
            return Err(trouble::uncountable(&place));
        }
        let mut lying = match self.sight(identity) {
            Sight::Unanswered => return Err(trouble::silent(&place)),
            Sight::Read(lying) if lying.generation() == expected => lying,
            Sight::Read(_) | Sight::Unread => self.look(identity).await?,
        };
        for _ in 0..TRIES {
            if lying.generation() != expected {
                return Ok(Saved::Lost(lying.record().map(Box::new)));
            }
            // Under a text of no use lies a generation too: whoever takes its place names it.
            let fence = match &lying {
                Lying::Garbage(garbage) => garbage.generation,
                Lying::Nothing | Lying::Session(_) => expected,
            };
            let backed = Backed { record: record.clone(), backup: backup(lying, previous), in_passing: false };
            let text = text::write(&backed, identity, &self.encryption_keys, &*self.rng);
            let text = text.ok_or_else(|| trouble::too_much(&place))?;
            let saving = self.shelf.save(&shelf_key(identity), text, fence, record.generation);
            if self.written(saving, &place, "save()", &secrets(&backed)).await? {
                self.note(&identity.key(), Sight::Read(Lying::Session(Box::new(backed))));
                return Ok(Saved::Done);
            }
            lying = self.look(identity).await?;
        }
        if lying.generation() != expected {
            return Ok(Saved::Lost(lying.record().map(Box::new)));
        }
        Err(match lying {
            Lying::Nothing => trouble::refused_for_nothing(&place),
            Lying::Session(backed) => trouble::refused(&place, backed.record.generation),
            Lying::Garbage(garbage) => trouble::irreplaceable(&place, &garbage),
        })
    }

    /// See [`crate::store::Store::clear`]. The backup is part of what goes.
    pub(super) async fn clear(&self, identity: &Identity, expected: u64) -> Result<bool, Trouble> {
        self.note(&identity.key(), Sight::Unread);
        let clearing = self.shelf.clear(&shelf_key(identity), expected);
        self.written(clearing, &self.location(identity), "clear()", &[]).await
    }

    async fn written(
        &self,
        work: Boxed<Result<bool, Trouble>>,
        place: &str,
        what: &str,
        secrets: &[SecretString],
    ) -> Result<bool, Trouble> {
        let never = async {
            self.clock.sleep(WRITE_PATIENCE).await;
            Err(trouble::unsettled(what, WRITE_PATIENCE))
        };
        future::or(work, never).await.map_err(|why| trouble::failed(place, &why, secrets))
    }
}

/// The backup of the record that takes the place of `replaced`.
fn backup(replaced: Lying, previous: &Previous) -> Option<Record> {
    match previous {
        Previous::Keep => replaced.backup(),
        Previous::Forget(dead) => {
            let lives = |backup: &Record| dead.as_ref().is_some_and(|dead| !backup.holds(dead));
            replaced.backup().filter(lives)
        }
        Previous::Backup { with_refresh_token } => match replaced {
            Lying::Session(backed) => session_of(backed.record, *with_refresh_token).or(backed.backup),
            // As with files: what is no record leaves the backup as it is.
            Lying::Nothing | Lying::Garbage(_) => replaced.backup(),
        },
    }
}

/// What of a record is worth a backup, if anything is.
fn session_of(record: Record, with_refresh_token: bool) -> Option<Record> {
    let Record { generation, tokens: Some(tokens), check, .. } = record else { return None };
    tokens.access.as_ref()?;
    let refresh = tokens.refresh.filter(|_| with_refresh_token);
    Some(Record { generation, tokens: Some(Tokens { refresh, ..tokens }), check, failure: None })
}

/// What must not come back in an error of whoever was given the text.
fn secrets(Backed { record, backup, .. }: &Backed) -> Vec<SecretString> {
    let tokens = [Some(record), backup.as_ref()].into_iter().flatten().filter_map(|record| record.tokens.as_ref());
    tokens
        .flat_map(|tokens| tokens.access.iter().chain(&tokens.refresh).chain(tokens.scoped.values()))
        .cloned()
        .collect()
}
