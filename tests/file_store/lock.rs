//! "Locking": one renewal per host, and a lock that outlives nobody.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokenkeep::store::{NoLock, Store};

use crate::child::Process;
use crate::desk::{BOB, Desk, identity, mode, plant, run, store_at};

const SHORT: Duration = Duration::from_millis(80);
/// What a machine with other things to do may take on top.
const SLACK: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(20);

#[track_caller]
fn is_held_by_another(desk: &Desk) {
    let start = Instant::now();
    let result = desk.lock(SHORT);
    let took = start.elapsed();
    assert!(matches!(result, Err(NoLock::Timeout)), "it is free");
    assert!(took >= SHORT && took < SHORT + SLACK, "{took:?}");
}

#[test]
fn the_lock_is_free_once_the_lease_is_dropped() {
    let desk = Desk::new();
    let lease = desk.lock(Duration::ZERO).unwrap();
    is_held_by_another(&desk);
    drop(lease);
    drop(desk.lock(Duration::ZERO).unwrap());
}

#[test]
fn who_has_no_patience_is_answered_at_once() {
    let desk = Desk::new();
    let _lease = desk.lock(Duration::ZERO).unwrap();
    let start = Instant::now();
    assert!(matches!(desk.lock(Duration::ZERO), Err(NoLock::Timeout)));
    assert!(start.elapsed() < SLACK);
}

#[test]
fn endless_patience_is_fine() {
    let desk = Desk::new();
    drop(desk.lock(Duration::MAX).unwrap());
}

#[test]
fn who_waits_gets_it_soon_after_it_is_free() {
    let desk = Desk::new();
    let lease = desk.lock(Duration::ZERO).unwrap();
    let waited = thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let lease = desk.lock(LONG);
            (lease.is_ok(), Instant::now())
        });
        thread::sleep(Duration::from_millis(100));
        drop(lease);
        let freed = Instant::now();
        let (is_ok, got) = waiter.join().unwrap();
        assert!(is_ok);
        got.saturating_duration_since(freed)
    });
    assert!(waited < SLACK, "{waited:?}");
}

#[test]
fn a_waiter_does_not_hold_up_its_thread() {
    let desk = Desk::new();
    let _lease = desk.lock(Duration::ZERO).unwrap();
    run(async {
        let mut ticks = 0;
        let ticking = async {
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                ticks += 1;
            }
        };
        tokio::select! {
            result = desk.store.lock(&desk.identity, SHORT) => assert!(matches!(result, Err(NoLock::Timeout))),
            () = ticking => {}
        }
        assert!(ticks > 3, "{ticks}");
    });
}

#[test]
fn only_one_thread_is_in_at_a_time() {
    let (desk, inside) = (Desk::new(), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let lease = run(store_at(&desk.folder).lock(&desk.identity, LONG)).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(lease);
                }
            });
        }
    });
}

#[test]
fn another_process_keeps_us_out_until_it_ends() {
    let desk = Desk::new();
    let mut holder = Process::start("holder", &desk.folder);
    holder.wait_for("held");
    is_held_by_another(&desk);
    holder.ends_well();
    drop(desk.lock(Duration::ZERO).unwrap());
}

#[test]
fn a_process_that_was_killed_holds_nothing() {
    let desk = Desk::new();
    let mut holder = Process::start("holder", &desk.folder);
    holder.wait_for("held");
    is_held_by_another(&desk);
    holder.kill();
    drop(desk.lock(Duration::ZERO).unwrap());
    assert!(desk.lock.exists(), "the file stays");
}

#[test]
fn a_program_that_we_start_does_not_inherit_it() {
    let desk = Desk::new();
    let lease = desk.lock(Duration::ZERO).unwrap();
    let mut sleeper = Command::new("sleep").arg("20").spawn().unwrap();
    drop(lease);
    let result = desk.lock(SHORT);
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert!(result.is_ok(), "the child holds it");
}

/// A child between fork and exec still has everything open.
#[test]
fn a_program_that_is_just_being_started_does_not_hold_it_either() {
    let (desk, done) = (Desk::in_memory(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let _ = Command::new("true").current_dir("/").status();
            }
        });
        let free = (0..300).all(|_| {
            let lease = desk.lock(Duration::ZERO);
            thread::sleep(Duration::from_micros(200));
            lease.is_ok()
        });
        done.store(true, Ordering::Relaxed);
        assert!(free, "it is held by nobody, and not free");
    });
}

#[test]
fn it_is_the_lock_that_the_system_knows() {
    let desk = Desk::new();
    let lease = desk.lock(Duration::ZERO).unwrap();
    let flock = || Command::new("flock").arg("-n").arg(&desk.lock).arg("true").status();
    match flock() {
        Err(error) => return crate::desk::skip(&format!("flock(1): {error}")),
        Ok(status) => assert!(!status.success()),
    }
    drop(lease);
    assert!(flock().unwrap().success());
}

#[test]
fn accounts_do_not_wait_for_each_other() {
    let desk = Desk::new();
    let _lease = desk.lock(Duration::ZERO).unwrap();
    drop(run(desk.store.lock(&identity(BOB), Duration::ZERO)).unwrap());
}

#[test]
fn saving_and_looking_need_no_lock() {
    let desk = Desk::new();
    let _lease = desk.lock(Duration::ZERO).unwrap();
    desk.put(1, "one", None);
    assert_eq!(desk.loaded().generation, 1);
}

#[test]
fn the_lock_of_a_deleted_file_keeps_nobody_out_so_it_is_not_taken() {
    let desk = Desk::new();
    let lease = desk.lock(Duration::ZERO).unwrap();
    let (first, second) = thread::scope(|scope| {
        let waiter = scope.spawn(|| desk.lock(LONG));
        thread::sleep(Duration::from_millis(50));
        fs::remove_dir_all(&desk.folder).unwrap();
        drop(lease);
        let first = waiter.join().unwrap();
        (
            first.is_ok(),
            matches!(desk.lock(SHORT), Err(NoLock::Timeout)) || {
                drop(first);
                false
            },
        )
    });
    assert!(first);
    assert!(second, "two hold it at once");
}

#[test]
fn the_file_is_made_once_and_for_us_alone() {
    let desk = Desk::new();
    drop(desk.lock(Duration::ZERO).unwrap());
    let before = desk.lock.metadata().unwrap().ino();
    drop(desk.lock(Duration::ZERO).unwrap());
    assert_eq!(desk.lock.metadata().unwrap().ino(), before);
    assert_eq!(mode(&desk.lock), 0o600);
}

#[track_caller]
fn is_unavailable(desk: &Desk, word: &str) {
    match desk.lock(LONG) {
        Err(NoLock::Unavailable(trouble)) => {
            assert!(trouble.0.contains(word) && trouble.0.contains(".lock"), "{trouble}");
        }
        other => panic!("{:?}", other.map(drop)),
    }
}

#[test]
fn what_cannot_be_locked_is_told_of_at_once() {
    let link = Desk::new();
    link.make_folder();
    let target = link.folder.with_file_name("target");
    plant(&target, "untouched");
    symlink(&target, &link.lock).unwrap();
    is_unavailable(&link, "symbolic link");
    assert_eq!(fs::read(&target).unwrap(), b"untouched");

    let dangling = Desk::new();
    dangling.make_folder();
    symlink(dangling.folder.with_file_name("nothing"), &dangling.lock).unwrap();
    is_unavailable(&dangling, "symbolic link");
    assert!(!dangling.folder.with_file_name("nothing").exists());

    let directory = Desk::new();
    fs::create_dir_all(&directory.lock).unwrap();
    is_unavailable(&directory, "directory");

    let pipe = Desk::new();
    pipe.make_folder();
    assert!(Command::new("mkfifo").arg(&pipe.lock).status().unwrap().success());
    is_unavailable(&pipe, "no regular file");

    let no_folder = Desk::new();
    fs::write(&no_folder.folder, "a file").unwrap();
    is_unavailable(&no_folder, "cannot be opened");
}
