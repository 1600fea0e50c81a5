//! "Reading": what may be used, and what becomes of what may not.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, Instant};

use tokenkeep::store::{Saved, Store};

use crate::desk::{
    BACKUP, BOB, Desk, access, identity, is_root, mode, plant, record, run, sealed_store_at, skip, store_at,
};

/// What is of no use: only a save moves it. A look may have the wrong key, and a sibling would take it for a deletion.
#[track_caller]
fn makes_room_for_a_session(desk: &Desk, word: &str) {
    let before = fs::read(&desk.record).unwrap();
    for _ in 0..2 {
        let trouble = desk.trouble();
        assert!(trouble.contains(desk.record.to_str().unwrap()) && trouble.contains(word), "{trouble}");
        assert_eq!(fs::read(&desk.record).unwrap(), before, "a look leaves it alone");
    }
    desk.put(9, "nine", None);
    assert_eq!(desk.loaded().generation, 9);
    assert_eq!(fs::read(desk.only(&format!(".{word}-"))).unwrap(), before, "it is moved as it is");
}

/// Something that is not ours: told every time, and never touched by anything we do.
#[track_caller]
fn is_left_alone(desk: &Desk, word: &str) {
    let before = desk.record.symlink_metadata().unwrap();
    let same = || {
        let now = desk.record.symlink_metadata().unwrap();
        assert_eq!(
            (now.dev(), now.ino(), now.mode(), now.uid()),
            (before.dev(), before.ino(), before.mode(), before.uid())
        );
        assert_eq!(desk.names().len(), 1, "{:?}", desk.names());
    };
    let is_told = |trouble: String| {
        assert!(trouble.contains(word) && trouble.contains(desk.record.to_str().unwrap()), "{trouble}");
    };
    is_told(desk.trouble());
    same();
    is_told(desk.save(record(2, Some("two")), None, BACKUP).unwrap_err().0);
    same();
    is_told(desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap_err().0);
    same();
    is_told(desk.clear(1).unwrap_err().0);
    same();
}

#[test]
fn what_was_saved_is_read() {
    let desk = Desk::with_session();
    let read = desk.loaded();
    assert_eq!((read.generation, access(&read).as_deref()), (1, Some("one")));
}

#[test]
fn nothing_is_no_trouble() {
    let loaded = Desk::new().load();
    assert!(loaded.record.is_none() && loaded.trouble.is_none());
}

#[test]
fn a_file_that_was_deleted_by_hand_is_gone_at_the_next_look() {
    let desk = Desk::with_session();
    fs::remove_file(&desk.record).unwrap();
    assert!(desk.load().record.is_none());
}

#[test]
fn a_file_cut_at_any_byte_makes_room_for_a_session() {
    let desk = Desk::with_session();
    let whole = fs::read(&desk.record).unwrap();
    for end in 0..whole.len() {
        plant(&desk.record, &whole[..end]);
        let trouble = desk.trouble();
        assert!(trouble.contains("corrupt"), "{trouble}");
    }
    for end in [0, 1, whole.len() / 2, whole.len() - 1] {
        plant(&desk.record, &whole[..end]);
        makes_room_for_a_session(&desk, "corrupt");
        fs::remove_file(desk.only(".corrupt-")).unwrap();
    }
}

#[test]
fn damage_makes_room_for_a_session() {
    for damage in [&b"nonsense"[..], b"\xff\xfe{}", b"\0\0\0\0", b"[]"] {
        let desk = Desk::new();
        desk.plant(damage);
        makes_room_for_a_session(&desk, "corrupt");
    }
}

#[test]
fn a_record_of_another_version_makes_room_for_a_session() {
    let desk = Desk::new();
    desk.plant(r#"{"version":2}"#);
    makes_room_for_a_session(&desk, "unknown-version");
}

#[test]
fn a_record_of_another_account_makes_room_for_a_session() {
    let desk = Desk::with_session();
    let bob = desk.folder.join(format!("{}.json", identity(BOB).key()));
    run(desk.store.save(&identity(BOB), record(5, Some("bob's")), None, BACKUP)).unwrap();
    fs::rename(&bob, &desk.record).unwrap();
    makes_room_for_a_session(&desk, "other-account");
}

#[test]
fn a_record_under_another_key_or_none_makes_room_for_a_session() {
    let sealed = Desk::with(|folder| sealed_store_at(folder, 1));
    sealed.put(1, "one", None);
    let text = fs::read(&sealed.record).unwrap();
    let other_key = Desk::with(|folder| sealed_store_at(folder, 2));
    other_key.plant(&text);
    makes_room_for_a_session(&other_key, "other-key");
    let no_key = Desk::new();
    no_key.plant(&text);
    makes_room_for_a_session(&no_key, "other-key");
    let a_key = Desk::with(|folder| sealed_store_at(folder, 1));
    a_key.plant(fs::read(Desk::with_session().record).unwrap());
    makes_room_for_a_session(&a_key, "other-key");
}

#[test]
fn a_sealed_session_is_read_with_its_key_and_gives_nothing_away_without() {
    let desk = Desk::with(|folder| sealed_store_at(folder, 1));
    desk.put(1, "one-token", None);
    desk.put(2, "two-token", Some(1));
    assert_eq!(access(&desk.loaded()).as_deref(), Some("two-token"));
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one-token"));
    for path in [&desk.record, &desk.backup] {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains("\"sealed\"") && !text.contains("token") && !text.contains("alice"), "{text}");
    }
}

#[test]
fn a_sealed_file_that_is_swapped_between_accounts_is_refused() {
    let desk = Desk::with(|folder| sealed_store_at(folder, 1));
    run(desk.store.save(&identity(BOB), record(5, Some("bob's")), None, BACKUP)).unwrap();
    fs::rename(desk.folder.join(format!("{}.json", identity(BOB).key())), &desk.record).unwrap();
    makes_room_for_a_session(&desk, "other-key");
}

#[test]
fn a_giant_is_refused_unread() {
    let desk = Desk::new();
    desk.plant("");
    File::options().write(true).open(&desk.record).unwrap().set_len(1 << 30).unwrap();
    let start = Instant::now();
    let trouble = desk.trouble();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(trouble.contains("64 KiB"), "{trouble}");
    desk.put(1, "one", None);
    assert_eq!(fs::metadata(desk.only("too-large")).unwrap().len(), 1 << 30);
}

#[test]
fn sixty_four_kib_are_read_and_a_byte_more_is_not() {
    let desk = Desk::with_session();
    let mut text = fs::read(&desk.record).unwrap();
    text.resize(64 << 10, b' ');
    plant(&desk.record, &text);
    assert_eq!(desk.loaded().generation, 1);
    text.push(b' ');
    plant(&desk.record, &text);
    makes_room_for_a_session(&desk, "too-large");
}

#[test]
fn nothing_that_was_set_aside_is_overwritten() {
    let desk = Desk::new();
    for round in 0..20 {
        desk.plant(format!("nonsense {round}"));
        desk.put(1, "one", None);
    }
    assert_eq!(desk.names().iter().filter(|name| name.contains(".corrupt-")).count(), 20);
}

#[test]
fn a_link_is_never_followed() {
    let desk = Desk::new();
    desk.make_folder();
    let target = desk.folder.with_file_name("target.json");
    // The target would be a good record: it is the link that is refused.
    let other = Desk::with_session();
    plant(&target, fs::read(&other.record).unwrap());
    let before = fs::read(&target).unwrap();
    symlink(&target, &desk.record).unwrap();
    is_left_alone(&desk, "symbolic link");
    assert_eq!(fs::read(&target).unwrap(), before);
    assert_eq!(fs::read_link(&desk.record).unwrap(), target);
}

#[test]
fn a_link_to_nothing_is_left_alone_and_its_target_is_not_made() {
    let desk = Desk::new();
    desk.make_folder();
    let target = desk.folder.with_file_name("nothing.json");
    symlink(&target, &desk.record).unwrap();
    is_left_alone(&desk, "symbolic link");
    assert!(!target.exists());
}

#[test]
fn a_directory_is_left_alone() {
    let desk = Desk::new();
    fs::create_dir_all(&desk.record).unwrap();
    is_left_alone(&desk, "directory");
}

#[test]
fn a_pipe_is_left_alone_and_holds_nobody_up() {
    let desk = Desk::new();
    desk.make_folder();
    assert!(Command::new("mkfifo").arg("-m600").arg(&desk.record).status().unwrap().success());
    let start = Instant::now();
    is_left_alone(&desk, "no regular file");
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(desk.record.symlink_metadata().unwrap().file_type().is_fifo());
}

#[test]
fn a_socket_is_left_alone() {
    let desk = Desk::new();
    desk.make_folder();
    let _listener = UnixListener::bind(&desk.record).unwrap();
    is_left_alone(&desk, "no regular file");
}

#[test]
fn a_file_of_another_user_is_left_alone() {
    if !is_root() {
        return skip("a file of another user: only root can give files away");
    }
    let desk = Desk::with_session();
    std::os::unix::fs::chown(&desk.record, Some(65534), None).unwrap();
    is_left_alone(&desk, "uid 65534");
}

#[test]
fn a_file_that_others_can_open_is_a_miss_until_the_next_save() {
    for wide in [0o644, 0o640, 0o604, 0o620, 0o602, 0o666] {
        let desk = Desk::with_session();
        fs::set_permissions(&desk.record, fs::Permissions::from_mode(wide)).unwrap();
        let trouble = desk.trouble();
        assert!(
            trouble.contains(&format!("mode {wide:04o}")) && trouble.contains(desk.record.to_str().unwrap()),
            "{trouble}"
        );
        assert_eq!(mode(&desk.record), wide, "it is left as it is");
        let lost = desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap();
        assert!(matches!(lost, Saved::Lost(None)), "it counts as nothing readable: {lost:?}");
        desk.put(2, "two", None);
        assert_eq!(mode(&desk.record), 0o600);
        assert_eq!(desk.loaded().generation, 2);
        assert!(desk.backed_up().is_none(), "what others could read is no backup");
    }
}

#[test]
fn a_file_in_place_of_the_folder_is_told_of() {
    let desk = Desk::new();
    fs::write(&desk.folder, "a file").unwrap();
    assert!(desk.trouble().contains(desk.record.to_str().unwrap()));
    let trouble = desk.save(record(1, Some("one")), None, BACKUP).unwrap_err().0;
    assert!(trouble.contains(desk.folder.to_str().unwrap()), "{trouble}");
    assert!(desk.clear(1).is_err());
    assert_eq!(fs::read(&desk.folder).unwrap(), b"a file");
}

#[test]
fn a_backup_that_is_not_ours_or_of_no_use_is_none() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let good = fs::read(&desk.backup).unwrap();
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one"));
    fs::set_permissions(&desk.backup, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(desk.backed_up().is_none());
    plant(&desk.backup, &good[..20]);
    assert!(desk.backed_up().is_none());
    let target = desk.folder.with_file_name("target.json");
    plant(&target, &good);
    fs::remove_file(&desk.backup).unwrap();
    symlink(&target, &desk.backup).unwrap();
    assert!(desk.backed_up().is_none());
}

#[test]
fn no_trouble_shows_a_token() {
    let desk = Desk::with_session();
    let text = fs::read_to_string(&desk.record).unwrap().replace("\"one\"", "\"pl4nted\"");
    for damage in [text[..text.len() - 1].to_owned(), text.replace("\"version\":1", "\"version\":3")] {
        plant(&desk.record, damage);
        assert!(!desk.trouble().contains("pl4nted"));
    }
}

#[test]
fn a_look_is_quick() {
    let desk = Desk::with_session();
    let store = store_at(&desk.folder);
    run(async {
        let mut best = Duration::MAX;
        for _ in 0..200 {
            let start = Instant::now();
            let _ = store.load(&desk.identity).await;
            best = best.min(start.elapsed());
        }
        eprintln!("a look takes {best:?}");
        assert!(best < Duration::from_millis(2), "{best:?}");
    });
}
