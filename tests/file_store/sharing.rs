//! Many writers: no update is lost, whether they are threads or processes, and whether they hold the lock or not.

use std::fs::{self, File};
use std::thread;
use std::time::{Duration, Instant};

use tokenkeep::store::Saved;

use crate::child::{Process, count_up};
use crate::desk::{BACKUP, Desk, plant, record};

#[test]
fn writers_in_threads_never_write_one_generation_twice() {
    let desk = Desk::in_memory();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| count_up(&desk.folder, 50));
        }
    });
    assert_eq!(desk.loaded().generation, 200);
    assert_eq!(desk.backed_up().unwrap().generation, 199);
}

#[test]
fn writers_in_processes_never_write_one_generation_twice() {
    let desk = Desk::in_memory();
    let writers: Vec<_> = (0..3).map(|_| Process::start("writer", &desk.folder)).collect();
    writers.into_iter().for_each(Process::ends_well);
    assert_eq!(desk.loaded().generation, 300);
}

#[test]
fn nothing_has_a_wider_mode_for_an_instant() {
    // A real disk is slow enough to watch.
    let desk = Desk::new();
    Process::start("careless", &desk.folder).ends_well();
}

#[test]
fn readers_see_whole_sessions_only() {
    let desk = Desk::in_memory();
    desk.put(1, "one", None);
    thread::scope(|scope| {
        let writer = scope.spawn(|| count_up(&desk.folder, 100));
        let mut last = 0;
        while !writer.is_finished() {
            let generation = desk.loaded().generation;
            assert!(generation >= last);
            last = generation;
        }
    });
}

/// Waits until somebody waits for the guard of the folder: there is nothing to see of it but the time it takes.
fn while_the_guard_is_held<T: Send>(desk: &Desk, work: impl FnOnce() -> T + Send, meanwhile: impl FnOnce()) -> T {
    let folder = File::open(&desk.folder).unwrap();
    folder.lock().unwrap();
    thread::scope(|scope| {
        let working = scope.spawn(work);
        thread::sleep(Duration::from_millis(50));
        assert!(!working.is_finished(), "it did not wait");
        meanwhile();
        folder.unlock().unwrap();
        working.join().unwrap()
    })
}

#[test]
fn a_good_record_that_a_sibling_has_just_written_is_not_set_aside() {
    let desk = Desk::with_session();
    let good = fs::read(&desk.record).unwrap();
    plant(&desk.record, "nonsense");
    let save = || desk.save(record(2, Some("ours")), None, BACKUP);
    let saved = while_the_guard_is_held(&desk, save, || plant(&desk.record, &good));
    assert!(matches!(saved, Ok(Saved::Lost(Some(_)))), "{saved:?}");
    assert_eq!(desk.names().len(), 1, "{:?}", desk.names());
}

#[test]
fn a_save_compares_with_what_was_written_while_it_waited() {
    let desk = Desk::with_session();
    let sibling = Desk::new();
    sibling.put(2, "sibling's", None);
    let theirs = fs::read(&sibling.record).unwrap();
    let save = || desk.save(record(2, Some("ours")), Some(1), BACKUP);
    let saved = while_the_guard_is_held(&desk, save, || plant(&desk.record, &theirs));
    assert!(matches!(saved, Ok(Saved::Lost(Some(_)))), "{saved:?}");
}

#[test]
fn a_clear_compares_with_what_was_written_while_it_waited() {
    let desk = Desk::with_session();
    let sibling = Desk::new();
    sibling.put(2, "sibling's", None);
    let theirs = fs::read(&sibling.record).unwrap();
    assert!(!while_the_guard_is_held(&desk, || desk.clear(1), || plant(&desk.record, &theirs)).unwrap());
    assert_eq!(desk.loaded().generation, 2);
}

#[test]
fn a_writer_that_is_stuck_holds_others_up_for_two_seconds_only() {
    let desk = Desk::with_session();
    let folder = File::open(&desk.folder).unwrap();
    folder.lock().unwrap();
    let start = Instant::now();
    let trouble = desk.save(record(2, Some("two")), Some(1), BACKUP).unwrap_err().0;
    let took = start.elapsed();
    assert!((2..4).contains(&took.as_secs()), "{took:?}");
    assert!(trouble.contains(desk.folder.to_str().unwrap()), "{trouble}");
    assert_eq!(desk.loaded().generation, 1, "a look waits for nobody");
}
