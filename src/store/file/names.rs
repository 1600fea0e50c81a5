//! What the files of an account are called (`cache-file.md`, "Names").

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::FileStorePlace;
use crate::identity::Key;

/// One account's files.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) folder: PathBuf,
    /// The session itself.
    pub(super) record: PathBuf,
    /// The session before it.
    pub(super) backup: PathBuf,
    /// What the account's lock is held on. Never deleted: whoever waits for it waits for this very file.
    pub(super) lock: PathBuf,
    stem: OsString,
    ending: &'static str,
}

impl Names {
    pub(super) fn new(place: &FileStorePlace, key: &Key) -> Self {
        match place {
            FileStorePlace::Dir(folder) => Self::of(folder, OsStr::new(key.as_str()), ".json", None),
            FileStorePlace::File(path) => {
                let folder = path.parent().unwrap_or(path);
                let name = path.file_name().unwrap_or(path.as_os_str());
                // A name without an ending of ours keeps the one that it has.
                let json = Path::new(name).extension().is_some_and(|ending| ending == "json");
                let stem = Path::new(name).file_stem().filter(|_| json).unwrap_or(name);
                Self::of(folder, stem, if json { ".json" } else { "" }, Some(path))
            }
        }
    }

    fn of(folder: &Path, stem: &OsStr, ending: &'static str, record: Option<&Path>) -> Self {
        let beside = |tail: &str| folder.join(followed_by(stem, tail));
        Self {
            folder: folder.to_owned(),
            record: record.map_or_else(|| beside(ending), Path::to_owned),
            backup: beside(&format!(".bak{ending}")),
            lock: beside(".lock"),
            stem: stem.to_owned(),
            ending,
        }
    }

    /// Where a record that is of no use is moved to. `again` tells apart what came in the same millisecond.
    pub(super) fn aside(&self, fault: &str, millis: u128, again: u32) -> PathBuf {
        let again = if again == 0 { String::new() } else { format!("-{again}") };
        self.folder.join(followed_by(&self.stem, &format!(".{fault}-{millis}{again}{}", self.ending)))
    }

    /// How the temporary files of this account begin, and of nobody else's: not with a dot, so that a person sees what is left
    /// of a process that was killed.
    pub(super) fn temporary_prefix(&self) -> OsString {
        followed_by(&self.stem, ".tokenkeep-")
    }

    /// What stands for the folder where folders cannot be locked.
    #[cfg(not(unix))]
    pub(super) fn guard(&self) -> PathBuf {
        self.folder.join(followed_by(&self.stem, ".save.lock"))
    }
}

/// How they end.
pub(super) const TEMPORARY_SUFFIX: &str = ".tmp";

fn followed_by(stem: &OsStr, tail: &str) -> OsString {
    let mut name = stem.to_owned();
    name.push(tail);
    name
}
