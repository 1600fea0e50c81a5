//! The folder that the files lie in: made, written to, and made to last.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::names::{Names, TEMPORARY_SUFFIX};
use crate::waypoint;

/// Makes a folder with the parents that are missing. Those that are there keep their modes.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Writes beside `path` and renames over it, so that a reader finds the old or the new and never a part of either
/// (aws-cli#10628). tempfile makes the file exclusively and with 0600.
pub(super) fn replace(names: &Names, path: &Path, text: &SecretString) -> io::Result<()> {
    let prefix = names.temporary_prefix();
    let mut temporary = tempfile::Builder::new().prefix(&prefix).suffix(TEMPORARY_SUFFIX).tempfile_in(&names.folder)?;
    waypoint::reach("in the temporary file");
    temporary.write_all(text.expose_secret().as_bytes())?;
    temporary.as_file().sync_all()?;
    waypoint::reach(if path == names.record { "after the temporary file" } else { "in the backup" });
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

/// Removes what writers that were killed have left of this account: there are tokens in it.
pub(super) fn sweep(names: &Names) {
    let prefix = names.temporary_prefix();
    let is_left = |name: &OsStr| {
        let name = name.as_encoded_bytes();
        name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(TEMPORARY_SUFFIX.as_bytes())
    };
    let Ok(entries) = fs::read_dir(&names.folder) else { return };
    for entry in entries.flatten().filter(|entry| is_left(&entry.file_name())) {
        // Whatever cannot be removed now is there for the next one.
        let _ = fs::remove_file(entry.path());
    }
}

/// Makes the last renames and removals outlive a power cut. They have happened, whether or not this succeeds: some
/// filesystems cannot do it, so an error is nobody's business.
pub(super) fn sync(folder: &Path) {
    #[cfg(unix)]
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}
