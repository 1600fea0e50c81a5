//! "Writing": compare, replace, and keep what was there before.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;
use std::time::Duration;

use secrecy::SecretString;
use tokenkeep::store::{Previous, Saved};

use crate::desk::{BACKUP, Desk, access, is_root, mode, plant, record, refresh, skip};

#[test]
fn the_files_are_ours_alone() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    assert_eq!((mode(&desk.record), mode(&desk.backup)), (0o600, 0o600));
    assert_eq!(desk.names().len(), 2, "nothing else is left: {:?}", desk.names());
}

#[test]
fn a_save_replaces_the_file_and_does_not_write_into_it() {
    let desk = Desk::with_session();
    let (before, old) = (desk.record.metadata().unwrap().ino(), fs::File::open(&desk.record).unwrap());
    desk.put(2, "two", Some(1));
    assert_ne!(desk.record.metadata().unwrap().ino(), before);
    let text = std::io::read_to_string(old).unwrap();
    assert!(text.contains("\"one\"") && !text.contains("\"two\""), "a reader in the middle has the old one whole");
}

#[test]
fn the_generation_is_the_one_of_the_record() {
    let desk = Desk::new();
    desk.put(1_795_000_000_000, "one", None);
    assert_eq!(desk.loaded().generation, 1_795_000_000_000);
}

#[test]
fn who_loses_the_race_gets_the_winner() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let text = fs::read(&desk.record).unwrap();
    for expected in [None, Some(1), Some(3)] {
        match desk.save(record(9, Some("nine")), expected, BACKUP).unwrap() {
            Saved::Lost(Some(winner)) => {
                assert_eq!((winner.generation, access(&winner).as_deref()), (2, Some("two")));
                assert_eq!(refresh(&winner).as_deref(), Some("refresh-2"));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fs::read(&desk.record).unwrap(), text);
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one"), "the loser does not touch the backup");
}

#[test]
fn who_loses_against_a_removal_gets_nothing() {
    let desk = Desk::with_session();
    fs::remove_file(&desk.record).unwrap();
    assert!(matches!(desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap(), Saved::Lost(None)));
    assert!(!desk.record.exists());
}

#[test]
fn a_folder_that_was_deleted_is_made_anew() {
    let desk = Desk::with_session();
    desk.loaded();
    fs::remove_dir_all(&desk.folder).unwrap();
    assert!(matches!(desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap(), Saved::Lost(None)));
    desk.put(2, "two", None);
    assert_eq!(mode(&desk.folder), 0o700);
    assert_eq!(desk.loaded().generation, 2);
}

#[test]
fn what_is_replaced_becomes_the_backup() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let backup = desk.backed_up().unwrap();
    assert_eq!((backup.generation, access(&backup).as_deref()), (1, Some("one")));
    assert_eq!(refresh(&backup).as_deref(), Some("refresh-1"));
    desk.put(3, "three", Some(2));
    assert_eq!(desk.backed_up().unwrap().generation, 2);
}

#[test]
fn the_backup_of_a_rotating_provider_has_no_refresh_token() {
    let desk = Desk::with_session();
    desk.put_with(record(2, Some("two")), Some(1), Previous::Backup { with_refresh_token: false });
    let backup = desk.backed_up().unwrap();
    assert_eq!((access(&backup).as_deref(), refresh(&backup)), (Some("one"), None));
    assert!(!fs::read_to_string(&desk.backup).unwrap().contains("refresh-1"));
    assert_eq!(refresh(&desk.loaded()).as_deref(), Some("refresh-2"));
}

#[test]
fn what_has_no_access_token_is_no_backup() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, None), Some(2), Previous::Keep);
    desk.put(4, "four", Some(3));
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one"));
}

#[test]
fn a_first_session_leaves_the_backup_as_it_is() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    fs::remove_file(&desk.record).unwrap();
    desk.put(3, "three", None);
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one"));
}

#[test]
fn keep_leaves_the_backup_as_it_is() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, Some("three")), Some(2), Previous::Keep);
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one"));
    assert_eq!(desk.loaded().generation, 3);
}

#[test]
fn a_dead_token_goes_from_the_backup_and_another_stays() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, None), Some(2), Previous::Forget(Some(SecretString::from("another"))));
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one"));
    desk.put_with(record(4, None), Some(3), Previous::Forget(Some(SecretString::from("one"))));
    assert!(!desk.backup.exists());
}

#[test]
fn forgetting_whatever_there_is_removes_the_backup() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    desk.put_with(record(3, None), Some(2), Previous::Forget(None));
    assert!(!desk.backup.exists());
    desk.put_with(record(4, None), Some(3), Previous::Forget(None));
    assert_eq!(desk.loaded().generation, 4);
}

#[test]
fn an_exposed_backup_is_forgotten_with_any_token() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    fs::set_permissions(&desk.backup, fs::Permissions::from_mode(0o644)).unwrap();
    desk.put_with(record(3, None), Some(2), Previous::Forget(Some(SecretString::from("one"))));
    assert!(!desk.backup.exists());
}

#[test]
fn who_loses_forgets_nothing() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let lost = desk.save(record(9, None), Some(1), Previous::Forget(None)).unwrap();
    assert!(matches!(lost, Saved::Lost(Some(_))));
    assert!(desk.backup.exists());
}

#[test]
fn a_backup_that_is_not_ours_does_not_keep_a_session_from_being_saved() {
    let (log, _listening) = crate::stage::log::Log::listen();
    let desk = Desk::with_session();
    let target = desk.folder.with_file_name("target");
    plant(&target, "untouched");
    symlink(&target, &desk.backup).unwrap();
    desk.put(2, "two", Some(1));
    assert_eq!(desk.loaded().generation, 2);
    assert_eq!(fs::read_link(&desk.backup).unwrap(), target);
    assert_eq!(fs::read(&target).unwrap(), b"untouched");
    assert!(matches!(&log.warnings()[..], [one] if one.contains(desk.backup.to_str().unwrap())), "{log:?}");
    assert!(desk.clear(2).unwrap());
    assert_eq!(fs::read(&target).unwrap(), b"untouched");
}

#[test]
fn a_backup_of_no_use_is_set_aside_before_the_next() {
    let desk = Desk::with_session();
    plant(&desk.backup, "nonsense");
    desk.put(2, "two", Some(1));
    assert_eq!(fs::read(desk.only("corrupt")).unwrap(), b"nonsense");
    assert_eq!(access(&desk.backed_up().unwrap()).as_deref(), Some("one"));
}

#[test]
fn clearing_removes_record_and_backup_and_never_the_lock() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    let lease = desk.lock(Duration::ZERO).unwrap();
    let lock = desk.lock.metadata().unwrap().ino();
    assert!(desk.clear(2).unwrap());
    assert_eq!(desk.names(), [desk.lock.file_name().unwrap().to_str().unwrap()]);
    assert_eq!(desk.lock.metadata().unwrap().ino(), lock);
    drop(lease);
    assert!(!desk.clear(2).unwrap(), "there is nothing left to clear");
}

#[test]
fn clearing_spares_a_session_that_is_not_the_one_meant() {
    let desk = Desk::with_session();
    desk.put(2, "two", Some(1));
    assert!(!desk.clear(1).unwrap());
    assert_eq!(desk.loaded().generation, 2);
    assert!(desk.backup.exists());
}

#[test]
fn clearing_sweeps_up_after_writers_that_were_killed() {
    let desk = Desk::with_session();
    let key = desk.identity.key();
    let (left, others) = (format!("{key}.tokenkeep-x1Y2z3.tmp"), "0123.tokenkeep-x1Y2z3.tmp");
    plant(&desk.folder.join(&left), "half a tok");
    plant(&desk.folder.join(others), "another account's");
    assert!(desk.clear(1).unwrap());
    assert_eq!(desk.names(), [others]);
}

#[test]
fn a_session_that_would_not_be_read_again_is_not_saved() {
    let desk = Desk::with_session();
    let trouble = desk.save(record(2, Some(&"x".repeat(64 << 10))), Some(1), BACKUP).unwrap_err().0;
    assert!(trouble.contains("64 KiB") && !trouble.contains("xxxx"), "{trouble}");
    assert_eq!(desk.loaded().generation, 1);
    assert!(!desk.backup.exists());
}

/// What every failed save leaves behind: the old session, and nothing else.
#[track_caller]
fn the_old_one_is_still_there(desk: &Desk) {
    let text = fs::read(&desk.record).unwrap();
    let trouble = desk.save(record(2, Some(&"t".repeat(40_000))), Some(1), Previous::Keep).unwrap_err().0;
    assert!(trouble.contains(desk.record.to_str().unwrap()) && !trouble.contains("ttt"), "{trouble}");
    assert_eq!(fs::read(&desk.record).unwrap(), text);
    assert!(!desk.names().iter().any(|name| name.contains(".tmp")), "{:?}", desk.names());
}

/// Unmounts whatever the test does.
struct Mounted<'a>(&'a std::path::Path);

impl<'a> Mounted<'a> {
    fn new(folder: &'a std::path::Path, options: &str) -> Option<Self> {
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tokenkeep"]).arg(folder).status();
        status.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_old_session_where_it_is() {
    let desk = Desk::new();
    desk.make_folder();
    let Some(_mounted) = is_root().then(|| Mounted::new(&desk.folder, "size=16k,mode=700")).flatten() else {
        return skip("a full disk: no small filesystem can be mounted here");
    };
    desk.put(1, "one", None);
    the_old_one_is_still_there(&desk);
}

#[test]
fn a_folder_that_cannot_be_written_leaves_the_old_session_where_it_is() {
    let desk = Desk::new();
    desk.make_folder();
    let Some(_mounted) = is_root().then(|| Mounted::new(&desk.folder, "size=256k,mode=700")).flatten() else {
        return skip("a read-only filesystem: none can be mounted here, and root writes to read-only folders");
    };
    desk.put(1, "one", None);
    let remount = |how: &str| {
        let options = format!("remount,{how}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&desk.folder).status().unwrap().success());
    };
    remount("ro");
    assert_eq!(desk.loaded().generation, 1);
    the_old_one_is_still_there(&desk);
    let trouble = desk.clear(1).unwrap_err().0;
    assert!(trouble.contains("still there"), "{trouble}");
    remount("rw");
    plant(&desk.record, "nonsense");
    remount("ro");
    let trouble = desk.save(record(2, Some("two")), None, BACKUP).unwrap_err().0;
    assert!(trouble.contains("could not be moved aside"), "{trouble}");
    assert_eq!(fs::read(&desk.record).unwrap(), b"nonsense");
}

#[test]
fn a_folder_that_cannot_be_made_is_told_of() {
    let desk = Desk::with(|_| crate::desk::store_at(std::path::Path::new("/proc/tokenkeep")));
    let trouble = desk.save(record(1, Some("one")), None, BACKUP).unwrap_err().0;
    assert!(trouble.contains("/proc/tokenkeep"), "{trouble}");
    assert!(desk.load().trouble.is_none());
}
