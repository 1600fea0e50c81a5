//! One account's files, and what is done to them. Everything here blocks; only reading is quick.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};

use super::entry::{Fault, SIZE_LIMIT, Spoilt, text_at};
use super::folder;
use super::guard::Guard;
use super::names::Names;
use super::trouble;
use crate::identity::{Identity, Key};
use crate::random::Rng;
use crate::store::record::Tokens;
use crate::store::sealed::{self, EncryptionKey};
use crate::store::{Loaded, Previous, Record, Saved, Trouble};
use crate::waypoint;

/// What went wrong aside of what was asked for.
pub(super) type Remarks = Vec<Trouble>;

pub(super) struct Account {
    pub(super) names: Names,
    pub(super) identity: Identity,
    pub(super) file_key: Key,
    pub(super) encryption_key: Option<Arc<EncryptionKey>>,
    pub(super) rng: Arc<dyn Rng>,
}

impl Account {
    /// The record at `path`, if there is one of this account.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Record>, Fault> {
        let Some(text) = text_at(path)? else { return Ok(None) };
        let text = sealed::open(text, self.encryption_key.as_deref(), &self.file_key)?;
        Ok(Some(Record::decode(text.expose_secret(), &self.identity)?))
    }

    /// What lies there. Nothing is moved by a look: a running sibling would take it for a session that was deleted by hand, and a
    /// mistyped key is no reason to take a good record from others.
    pub(super) fn load(&self) -> Loaded {
        let path = &self.names.record;
        let trouble = match self.read(path) {
            Ok(record) => return Loaded { record, ..Loaded::default() },
            Err(Fault::Spoilt(why)) => trouble::unusable(path, why),
            Err(Fault::Exposed(mode)) => trouble::exposed(path, mode),
            Err(Fault::Foreign(what)) => trouble::foreign(path, &what),
        };
        Loaded { trouble: Some(trouble), ..Loaded::default() }
    }

    /// See [`crate::store::Store::save`].
    pub(super) fn save(
        &self,
        record: &Record,
        expected: Option<u64>,
        previous: &Previous,
        remarks: &mut Remarks,
    ) -> Result<Saved, Trouble> {
        let Names { folder, record: path, .. } = &self.names;
        let text = self.text(record);
        // Nobody would read it again.
        if text.expose_secret().len() as u64 > SIZE_LIMIT {
            return Err(trouble::too_much(path));
        }
        folder::make(folder).map_err(|error| trouble::unmade(folder, &error))?;
        let guard = Guard::take(&self.names)?;
        waypoint::reach("holding the guard");
        let stored = self.settle()?;
        if stored.as_ref().map(|stored| stored.generation) != expected {
            return Ok(Saved::Lost(stored.map(Box::new)));
        }
        // Nobody else writes here now, so what lies half-written is a dead process's, and has tokens in it.
        if guard.is_held() {
            folder::sweep(&self.names);
        }
        let remarked = remarks.len();
        match previous {
            Previous::Keep => {}
            Previous::Backup { with_refresh_token } => self.back_up(stored, *with_refresh_token, remarks),
            Previous::Forget(dead) => self.drop_backup(dead.as_ref(), remarks)?,
        }
        waypoint::reach("after the backup");
        folder::replace(&self.names, path, &text).map_err(|error| {
            // What keeps the record from being written kept the backup from it: one cause, one warning.
            remarks.truncate(remarked);
            trouble::unwritten(path, &error)
        })?;
        waypoint::reach("after the rename");
        drop(guard);
        folder::sync(folder);
        waypoint::reach("after the save");
        Ok(Saved::Done)
    }

    /// See [`crate::store::Store::clear`].
    pub(super) fn clear(&self, expected: u64, remarks: &mut Remarks) -> Result<bool, Trouble> {
        let Names { folder, record: path, .. } = &self.names;
        let guard = Guard::take(&self.names)?;
        match self.read(path) {
            Ok(Some(stored)) if stored.generation == expected => {}
            // Ours, and open to others: all the more it has to go.
            Err(Fault::Exposed(_)) => {}
            Ok(_) | Err(Fault::Spoilt(_)) => return Ok(false),
            Err(Fault::Foreign(what)) => return Err(trouble::foreign(path, &what)),
        }
        // The backup first: a record without its backup is a session, a backup without its record one that comes back.
        self.drop_backup(None, remarks)?;
        waypoint::reach("between the removals");
        if guard.is_held() {
            folder::sweep(&self.names);
        }
        remove(path)?;
        drop(guard);
        folder::sync(folder);
        Ok(true)
    }

    /// What is stored, once what is of no use there has gone out of the way. Only for the holder of the guard: nobody may
    /// put a good record there between the look and the move.
    fn settle(&self) -> Result<Option<Record>, Trouble> {
        let path = &self.names.record;
        match self.read(path) {
            Ok(record) => Ok(record),
            // Whoever loaded it was told what becomes of it.
            Err(Fault::Spoilt(why)) => self.set_aside(path, why, &mut Remarks::new()).map(|()| None),
            Err(Fault::Exposed(_)) => Ok(None),
            Err(Fault::Foreign(what)) => Err(trouble::foreign(path, &what)),
        }
    }

    fn set_aside(&self, path: &Path, why: Spoilt, remarks: &mut Remarks) -> Result<(), Trouble> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let unused =
            (0..).map(|again| self.names.aside(why.word(), now, again)).find(|to| to.symlink_metadata().is_err());
        let Some(to) = unused else { return Ok(()) };
        match fs::rename(path, &to) {
            Ok(()) => remarks.push(trouble::set_aside(path, why, &to)),
            // Somebody was faster, where nothing can be locked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(trouble::not_set_aside(path, why, &error)),
        }
        Ok(())
    }

    /// Keeps what is being replaced. A session without its backup is still a session, so nothing here keeps it from being saved.
    fn back_up(&self, stored: Option<Record>, with_refresh_token: bool, remarks: &mut Remarks) {
        let Some(Record { generation, tokens: Some(tokens), check, .. }) = stored else { return };
        if tokens.access.is_none() {
            return;
        }
        let refresh = tokens.refresh.filter(|_| with_refresh_token);
        let previous = Record { generation, tokens: Some(Tokens { refresh, ..tokens }), check, failure: None };
        let path = &self.names.backup;
        let is_free = match self.read(path) {
            Ok(_) | Err(Fault::Exposed(_)) => Ok(()),
            Err(Fault::Spoilt(why)) => self.set_aside(path, why, remarks),
            Err(Fault::Foreign(what)) => Err(trouble::no_backup(path, &what)),
        };
        let written = is_free.and_then(|()| {
            let written = folder::replace(&self.names, path, &self.text(&previous));
            written.map_err(|error| trouble::unwritten(path, &error))
        });
        remarks.extend(written.err());
    }

    /// Removes the backup if it holds the access token `dead` (`None`: whatever it holds).
    fn drop_backup(&self, dead: Option<&SecretString>, remarks: &mut Remarks) -> Result<(), Trouble> {
        let path = &self.names.backup;
        match self.read(path) {
            Ok(None) => Ok(()),
            Ok(Some(record)) if dead.is_some_and(|dead| !record.holds(dead)) => Ok(()),
            // Nobody reads an exposed one, until somebody corrects its mode.
            Ok(Some(_)) | Err(Fault::Exposed(_)) => remove(path),
            Err(Fault::Spoilt(why)) => self.set_aside(path, why, remarks),
            Err(Fault::Foreign(what)) => {
                remarks.push(trouble::no_backup(path, &what));
                Ok(())
            }
        }
    }

    fn text(&self, record: &Record) -> SecretString {
        let text = record.encode(&self.identity);
        match &self.encryption_key {
            Some(key) => sealed::seal(&text, key, &self.file_key, &*self.rng),
            None => text,
        }
    }
}

fn remove(path: &Path) -> Result<(), Trouble> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(trouble::unremoved(path, &error)),
        _ => Ok(()),
    }
}
