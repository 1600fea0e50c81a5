//! What lies at a path, and whether it may be used (`cache-file.md`, "Reading").

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::store::record::Unreadable;
use crate::store::sealed::secret_text;

/// A session of many scoped tokens has a few KiB.
pub(super) const SIZE_LIMIT: u64 = 64 << 10;

/// Why what lies there is not used.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is ours and no record of this account: set aside.
    Spoilt(Spoilt),
    /// It is ours, but not ours alone: the next save replaces it.
    Exposed(u32),
    /// It is not ours, or cannot even be read: left where and as it is.
    Foreign(Obstacle),
}

/// What keeps us from a path.
#[derive(Debug)]
pub(super) struct Obstacle {
    /// In words that follow the path.
    pub(super) what: String,
    /// And what to do about it.
    pub(super) advice: &'static str,
}

impl Obstacle {
    /// Something lies there that is not ours to move.
    fn in_the_way(what: String) -> Fault {
        Fault::Foreign(Self { what, advice: "It is left as it is: remove it, or let the store lie elsewhere" })
    }

    fn shut(what: String) -> Fault {
        Fault::Foreign(Self { what, advice: "May we enter its folder and read it? Else let the store lie elsewhere" })
    }
}

/// Why something of ours is no record of this account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoilt {
    TooLarge,
    Unreadable(Unreadable),
}

impl Spoilt {
    /// The word in the name that it gets.
    pub(super) fn word(self) -> &'static str {
        match self {
            Spoilt::TooLarge => "too-large",
            Spoilt::Unreadable(Unreadable::Corrupt) => "corrupt",
            Spoilt::Unreadable(Unreadable::UnknownVersion) => "unknown-version",
            Spoilt::Unreadable(Unreadable::OtherAccount) => "other-account",
            Spoilt::Unreadable(Unreadable::WrongKey) => "other-key",
        }
    }
}

impl From<Unreadable> for Fault {
    fn from(why: Unreadable) -> Self {
        Fault::Spoilt(Spoilt::Unreadable(why))
    }
}

/// The text at `path`, `None` if nothing is there.
pub(super) fn text_at(path: &Path) -> Result<Option<SecretString>, Fault> {
    let file = match open_options().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(why_unopened(path, &error)),
    };
    let unread = |error: io::Error| Obstacle::shut(format!("cannot be read ({error})"));
    let metadata = file.metadata().map_err(unread)?;
    check(&metadata)?;
    if metadata.len() > SIZE_LIMIT {
        return Err(Fault::Spoilt(Spoilt::TooLarge));
    }
    let text = contents(&file, metadata.len()).map_err(unread)?;
    Ok(Some(secret_text(text)?))
}

/// Files change by being replaced, so the size of an open one stands: no second allocation leaves a copy of a token behind.
fn contents(mut file: &File, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; usize::try_from(length).unwrap_or_default()]);
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(std::mem::take(&mut *bytes))
}

/// Opens the very file, never what a link points to; a pipe without a writer does not hold us up.
pub(super) fn open_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default()).mode(0o600);
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    }
    options
}

/// The error of an open that refuses a link differs from system to system: what lies there says more.
fn why_unopened(path: &Path, error: &io::Error) -> Fault {
    match path.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => Obstacle::in_the_way(not_a_file(&metadata)),
        Ok(metadata) => match is_anothers(&metadata) {
            Some(whose) => Obstacle::in_the_way(whose),
            None => Obstacle::shut(format!("cannot be opened ({error})")),
        },
        Err(_) => Obstacle::shut(format!("cannot be opened ({error})")),
    }
}

/// Whose it is, if neither ours nor root's.
#[cfg(unix)]
fn is_anothers(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let (owner, us) = (metadata.uid(), rustix::process::geteuid().as_raw());
    (owner != us && owner != 0).then(|| format!("belongs to another user (uid {owner}; we are uid {us})"))
}

#[cfg(not(unix))]
fn is_anothers(_metadata: &Metadata) -> Option<String> {
    None
}

fn check(metadata: &Metadata) -> Result<(), Fault> {
    if !metadata.is_file() {
        return Err(Obstacle::in_the_way(not_a_file(metadata)));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if let Some(whose) = is_anothers(metadata) {
            return Err(Obstacle::in_the_way(whose));
        }
        // Who may write to it could hand us a token of his own: no better than who may read it.
        if metadata.mode() & 0o066 != 0 {
            return Err(Fault::Exposed(metadata.mode() & 0o7777));
        }
    }
    Ok(())
}

/// What it is instead, in words that follow its path.
pub(super) fn not_a_file(metadata: &Metadata) -> String {
    let kind = metadata.file_type();
    let what = if kind.is_symlink() {
        "a symbolic link, which is never followed"
    } else if kind.is_dir() {
        "a directory"
    } else {
        "no regular file"
    };
    format!("is {what}")
}
