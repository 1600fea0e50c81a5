//! A folder, a store in it, and one account.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use tokenkeep::identity::Identity;
use tokenkeep::random::SystemRng;
use tokenkeep::store::file::{FileStore, FileStorePlace};
use tokenkeep::store::record::Tokens;
use tokenkeep::store::sealed::EncryptionKey;
use tokenkeep::store::{Lease, Loaded, NoLock, Previous, Record, Saved, Store, Trouble};

pub const ALICE: &str = "alice@example.com";
pub const BOB: &str = "bob@example.com";

/// What the store does, it does on a runtime like ours.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub fn identity(account: &str) -> Identity {
    Identity {
        provider: "baserow".to_owned(),
        issuer: "https://baserow.example.com/api".to_owned(),
        account: account.to_owned(),
        ..Identity::default()
    }
}

pub fn store_at(folder: &Path) -> FileStore {
    FileStore::new(FileStorePlace::Dir(folder.to_owned()), None, Arc::new(SystemRng))
}

pub fn sealed_store_at(folder: &Path, key: u8) -> FileStore {
    let key = EncryptionKey::new([key; 32]);
    FileStore::new(FileStorePlace::Dir(folder.to_owned()), Some(key), Arc::new(SystemRng))
}

pub fn record(generation: u64, access: Option<&str>) -> Record {
    let tokens = Tokens {
        access: access.map(SecretString::from),
        refresh: Some(format!("refresh-{generation}").into()),
        scoped: Default::default(),
        expires_at: 1_795_000_600_000,
        saved_at: 1_795_000_000_000,
    };
    Record { generation, tokens: Some(tokens), ..Record::default() }
}

pub fn access(record: &Record) -> Option<String> {
    record.tokens.as_ref()?.access.as_ref().map(|token| token.expose_secret().to_owned())
}

pub fn refresh(record: &Record) -> Option<String> {
    record.tokens.as_ref()?.refresh.as_ref().map(|token| token.expose_secret().to_owned())
}

pub const BACKUP: Previous = Previous::Backup { with_refresh_token: true };

pub struct Desk {
    pub folder: PathBuf,
    pub store: FileStore,
    pub identity: Identity,
    pub record: PathBuf,
    pub backup: PathBuf,
    pub lock: PathBuf,
    _home: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(store_at)
    }

    /// With a store of another kind, in a folder that is still to be made.
    pub fn with(store: impl FnOnce(&Path) -> FileStore) -> Self {
        Self::at(tempfile::tempdir().unwrap(), store)
    }

    /// Where no disk slows down those who race.
    pub fn in_memory() -> Self {
        Self::at(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap(), store_at)
    }

    fn at(home: TempDir, store: impl FnOnce(&Path) -> FileStore) -> Self {
        let (folder, identity) = (home.path().join("sessions"), identity(ALICE));
        let name = |ending: &str| folder.join(format!("{}{ending}", identity.key()));
        Self {
            record: name(".json"),
            backup: name(".bak.json"),
            lock: name(".lock"),
            store: store(&folder),
            folder,
            identity,
            _home: home,
        }
    }

    /// A desk with a session of generation 1, whose access token is `one`.
    pub fn with_session() -> Self {
        let desk = Self::new();
        desk.put(1, "one", None);
        desk
    }

    pub fn load(&self) -> Loaded {
        run(self.store.load(&self.identity))
    }

    /// The record, where nothing may be wrong.
    #[track_caller]
    pub fn loaded(&self) -> Record {
        let loaded = self.load();
        assert_eq!(loaded.trouble, None);
        loaded.record.expect("a record")
    }

    /// What was wrong, where there may be no record.
    #[track_caller]
    pub fn trouble(&self) -> String {
        let loaded = self.load();
        assert!(loaded.record.is_none());
        loaded.trouble.expect("a trouble").0
    }

    pub fn backed_up(&self) -> Option<Record> {
        run(self.store.backup(&self.identity))
    }

    pub fn save(&self, record: Record, expected: Option<u64>, previous: Previous) -> Result<Saved, Trouble> {
        run(self.store.save(&self.identity, record, expected, previous))
    }

    /// Saves what nobody else is about to save.
    #[track_caller]
    pub fn put(&self, generation: u64, access: &str, expected: Option<u64>) {
        self.put_with(record(generation, Some(access)), expected, BACKUP);
    }

    #[track_caller]
    pub fn put_with(&self, record: Record, expected: Option<u64>, previous: Previous) {
        let saved = self.save(record, expected, previous);
        assert!(matches!(saved, Ok(Saved::Done)), "{saved:?}");
    }

    pub fn clear(&self, expected: u64) -> Result<bool, Trouble> {
        run(self.store.clear(&self.identity, expected))
    }

    pub fn lock(&self, patience: Duration) -> Result<Lease, NoLock> {
        run(self.store.lock(&self.identity, patience))
    }

    /// Makes the folder, and puts `text` where the record belongs.
    pub fn plant(&self, text: impl AsRef<[u8]>) {
        self.make_folder();
        plant(&self.record, text);
    }

    pub fn make_folder(&self) {
        fs::create_dir_all(&self.folder).unwrap();
    }

    /// The names of everything in the folder, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// The only file in the folder whose name contains `word`.
    #[track_caller]
    pub fn only(&self, word: &str) -> PathBuf {
        let names: Vec<_> = self.names().into_iter().filter(|name| name.contains(word)).collect();
        assert_eq!(names.len(), 1, "{word}: {names:?} of {:?}", self.names());
        self.folder.join(&names[0])
    }
}

pub fn plant(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

pub fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// Says that a test could not do what it is for. Never quietly: a skipped test is no test.
pub fn skip(why: &str) {
    eprintln!("NOT TESTED: {why}");
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
