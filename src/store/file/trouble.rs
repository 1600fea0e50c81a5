//! What is said about files, to the person who reads it at night: what, where, and what to do. Never a token.

use std::io;
use std::path::Path;

use super::entry::{Obstacle, SIZE_LIMIT, Spoilt};
use crate::store::Trouble;

/// It is ours, but not ours alone.
pub(super) fn exposed(path: &Path, mode: u32) -> Trouble {
    let path = path.display();
    Trouble(format!(
        "{path} is open to other users (mode {mode:04o}), so it is not used, and the next session replaces it. Its tokens may be \
         known: revoke them. To use it as it is: chmod 600 {path}"
    ))
}

/// It is not ours.
pub(super) fn foreign(path: &Path, Obstacle { what, advice }: &Obstacle) -> Trouble {
    Trouble(format!("{} {what}: sessions are kept in memory only. {advice}", path.display()))
}

/// It is not ours, and lies where the backup should.
pub(super) fn no_backup(path: &Path, Obstacle { what, advice }: &Obstacle) -> Trouble {
    Trouble(format!("{} {what}: the session before the last is not kept. {advice}", path.display()))
}

/// It is of no use to us, and stays until something has to take its place.
pub(super) fn unusable(path: &Path, why: Spoilt) -> Trouble {
    let (path, why, word) = (path.display(), because(why), why.word());
    Trouble(format!(
        "{path} cannot be used: {why}. The next session that is saved takes its place, and it is moved to a file with the word \
         {word} in its name"
    ))
}

/// It is of no use, and out of the way now.
pub(super) fn set_aside(path: &Path, why: Spoilt, to: &Path) -> Trouble {
    let (path, why, to) = (path.display(), because(why), to.display());
    Trouble(format!("{path} cannot be used: {why}. It was moved to {to}: delete that when nobody needs it"))
}

/// It is of no use, and in the way.
pub(super) fn not_set_aside(path: &Path, why: Spoilt, error: &io::Error) -> Trouble {
    let (path, why) = (path.display(), because(why));
    Trouble(format!(
        "{path} cannot be used: {why}. It could not be moved aside either ({error}): is its folder writable for us?"
    ))
}

/// There is no folder to write to.
pub(super) fn unmade(folder: &Path, error: &io::Error) -> Trouble {
    let folder = folder.display();
    Trouble(format!(
        "the folder {folder} cannot be made ({error}), so the session is kept in memory only. Name one that is writable for us"
    ))
}

/// It could not be saved.
pub(super) fn unwritten(path: &Path, error: &io::Error) -> Trouble {
    let path = path.display();
    Trouble(format!(
        "{path} cannot be written ({error}), so what was there is still there. Is the disk full, or its folder not writable for us?"
    ))
}

/// It would not be read again.
pub(super) fn too_much(path: &Path) -> Trouble {
    let (path, limit) = (path.display(), SIZE_LIMIT >> 10);
    Trouble(format!(
        "the session is larger than the {limit} KiB that are read again: {path} is left as it is. Ask for fewer scopes"
    ))
}

/// It should have gone.
pub(super) fn unremoved(path: &Path, error: &io::Error) -> Trouble {
    let path = path.display();
    Trouble(format!("{path} cannot be removed ({error}): its tokens are still there. Is its folder writable for us?"))
}

/// It was given up halfway.
pub(super) fn interrupted(path: &Path) -> Trouble {
    Trouble(format!("work on {} was interrupted: what was there may still be there", path.display()))
}

fn because(why: Spoilt) -> String {
    match why {
        Spoilt::TooLarge => format!("it is larger than {} KiB", SIZE_LIMIT >> 10),
        Spoilt::Unreadable(why) => why.to_string(),
    }
}
