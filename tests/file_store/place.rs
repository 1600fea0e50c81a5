//! "Place" and "Names".

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokenkeep::random::SystemRng;
use tokenkeep::store::Store;
use tokenkeep::store::file::{FileStore, FileStorePlace};

use crate::desk::{ALICE, Desk, identity, mode, record, run, store_at};

fn file_desk(name: &str) -> Desk {
    let place = |folder: &Path| FileStorePlace::File(folder.join(name));
    Desk::with(|folder| FileStore::new(place(folder), None, Arc::new(SystemRng)))
}

#[test]
fn a_session_is_named_by_the_digits_of_its_identity() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    drop(desk.lock(Duration::ZERO).unwrap());
    let key = desk.identity.key();
    assert_eq!(key.as_str().len(), 32);
    assert_eq!(desk.names(), [format!("{key}.bak.json"), format!("{key}.json"), format!("{key}.lock")]);
    assert_eq!(desk.store.location(&desk.identity), desk.record.display().to_string());
}

#[test]
fn a_file_has_its_companions_beside_it() {
    for (name, backup, lock) in [
        ("session.json", "session.bak.json", "session.lock"),
        ("session", "session.bak", "session.lock"),
        ("session.v2.txt", "session.v2.txt.bak", "session.v2.txt.lock"),
        (".json", ".json.bak", ".json.lock"),
    ] {
        let desk = file_desk(name);
        desk.put(1, "one", None);
        desk.put(2, "two", Some(1));
        drop(desk.lock(Duration::ZERO).unwrap());
        let mut names = [name, backup, lock];
        names.sort_unstable();
        assert_eq!(desk.names(), names);
        assert_eq!(desk.store.location(&desk.identity), desk.folder.join(name).display().to_string());
    }
}

#[test]
fn what_is_moved_aside_keeps_the_ending_of_its_file() {
    for (name, begins, ends) in [("session.json", "session.corrupt-", ".json"), ("session", "session.corrupt-", "")] {
        let desk = file_desk(name);
        desk.make_folder();
        crate::desk::plant(&desk.folder.join(name), "nonsense");
        desk.put(1, "one", None);
        let aside = desk.only("corrupt").file_name().unwrap().to_str().unwrap().to_owned();
        let millis = aside.strip_prefix(begins).and_then(|rest| rest.strip_suffix(ends)).unwrap();
        assert!(millis.bytes().all(|byte| byte.is_ascii_digit()), "{aside}");
    }
}

#[test]
fn a_folder_that_is_missing_is_made_for_us_alone_with_its_parents() {
    let desk = Desk::new();
    let deep = desk.folder.join("a/b");
    run(store_at(&deep).save(&desk.identity, record(1, Some("one")), None, crate::desk::BACKUP)).unwrap();
    for folder in [&desk.folder, &desk.folder.join("a"), &deep] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[test]
fn the_lock_makes_the_folder_too() {
    let desk = Desk::new();
    drop(desk.lock(Duration::ZERO).unwrap());
    assert_eq!(mode(&desk.folder), 0o700);
    assert_eq!(mode(&desk.lock), 0o600);
}

#[test]
fn a_folder_that_is_there_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.make_folder();
    fs::set_permissions(&desk.folder, fs::Permissions::from_mode(0o755)).unwrap();
    desk.put(1, "one", None);
    assert_eq!(mode(&desk.folder), 0o755);
}

#[test]
fn reading_makes_nothing() {
    let desk = Desk::new();
    assert!(desk.load().record.is_none());
    assert!(desk.backed_up().is_none());
    assert!(!desk.clear(1).unwrap());
    assert!(!desk.folder.exists());
}

#[test]
fn the_folder_itself_may_be_a_link() {
    let desk = Desk::with_session();
    let link = desk.folder.with_file_name("link");
    symlink(&desk.folder, &link).unwrap();
    let loaded = run(store_at(&link).load(&identity(ALICE)));
    assert_eq!(loaded.record.unwrap().generation, 1);
}

#[test]
fn a_relative_place_is_the_same_after_the_program_has_moved() {
    let store = FileStore::new(FileStorePlace::Dir("sessions".into()), None, Arc::new(SystemRng));
    let location = store.location(&identity(ALICE));
    assert!(Path::new(&location).starts_with(std::env::current_dir().unwrap()), "{location}");
}
