//! The promises of `src/freshness.rs`, in every order that its threads can take: those that write (flights, invalidations, the end
//! of a session) and those that read, each with a plain read like JavaScript's. Run it by
//! `cargo test --no-default-features --features loom --profile simulator --test freshness_loom`.

use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;
use tokenkeep::clock::Moment;
use tokenkeep::freshness::{Block, Cells, PER_BLOCK};
use tokenkeep::random::Jitter;
use tokenkeep::session::{AccessToken, Life, Renewable, Scoped, Session, Source};
use tokenkeep::store::memory::{Freshness, MemoryStore};

/// All orders in which threads are interrupted at most so often in all, as in `flight_loom.rs`.
fn in_every_order(play: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(4));
    model.check(play);
}

fn session(token: &str) -> Session {
    let life = Life {
        received: Moment { wall: 0, steady: Duration::ZERO },
        lifetime: Duration::from_secs(600),
        jitter: Jitter::NONE,
    };
    let access = AccessToken { secret: token.into(), life };
    Session { access: Some(Arc::new(access)), renewable: Renewable::No, scoped: Scoped::new(), source: Source::Login }
}

/// What `lib/manager.ts` is: it remembers the generation of what it holds, and serves that as long as the cell shows it.
struct Reader {
    block: Arc<Block>,
    slot: usize,
    held: u32,
    has_token: bool,
}

impl Reader {
    fn of(cells: &Cells, index: usize) -> Self {
        let block = cells.block(index / PER_BLOCK).expect("a cell lies in a block");
        Self { block, slot: index % PER_BLOCK, held: u32::MAX, has_token: false }
    }

    /// The slow path: takes over what the session holds. Answers its generation.
    fn look(&mut self, memory: &MemoryStore) -> u32 {
        let now = memory.load();
        self.held = now.generation;
        self.has_token = now.session.is_some_and(|session| session.access.is_some());
        self.held
    }

    fn glance(&self) -> u32 {
        self.block.glance(self.slot)
    }

    /// The fast path: is what it holds served without a look?
    fn serves(&self) -> bool {
        self.has_token && self.glance() == self.held
    }
}

/// A session with a cell, and somebody who has looked.
struct Play {
    cells: Cells,
    memory: Arc<MemoryStore>,
    watch: Arc<dyn Freshness>,
    index: usize,
}

impl Play {
    fn new() -> Self {
        let cells = Cells::default();
        let memory = Arc::new(MemoryStore::default());
        let cell = cells.take();
        let index = cell.index();
        let watch: Arc<dyn Freshness> = Arc::new(cell);
        memory.watch(&watch);
        Self { cells, memory, watch, index }
    }

    fn with_token() -> Self {
        let play = Self::new();
        play.memory.save(session("first"));
        play
    }

    fn reader(&self) -> Reader {
        Reader::of(&self.cells, self.index)
    }
}

fn nobody_who_knows_of_it_is_served_the_old_token(change: fn(&MemoryStore)) {
    in_every_order(move || {
        let play = Play::with_token();
        let (mut reader, mut other) = (play.reader(), play.reader());
        for reader in [&mut reader, &mut other] {
            reader.look(&play.memory);
            assert!(reader.serves());
        }
        let done = loom::sync::Arc::new(AtomicU32::new(0));
        let writer = {
            let (memory, done) = (Arc::clone(&play.memory), loom::sync::Arc::clone(&done));
            thread::spawn(move || {
                change(&memory);
                done.store(1, Ordering::Release);
            })
        };
        let other = {
            let done = loom::sync::Arc::clone(&done);
            thread::spawn(move || {
                if done.load(Ordering::Acquire) == 1 {
                    assert!(!other.serves(), "the old token, after the change had returned");
                }
            })
        };
        if done.load(Ordering::Acquire) == 1 {
            assert!(!reader.serves(), "the old token, after the change had returned");
        }
        writer.join().unwrap();
        other.join().unwrap();
        assert!(!reader.serves());
    });
}

#[test]
fn after_an_invalidation_has_returned_nobody_who_knows_of_it_is_served_the_old_token() {
    nobody_who_knows_of_it_is_served_the_old_token(|memory| {
        assert!(memory.drop_access(None).is_some());
    });
}

#[test]
fn after_a_renewal_has_returned_nobody_who_knows_of_it_is_served_the_old_token() {
    nobody_who_knows_of_it_is_served_the_old_token(|memory| {
        memory.save(session("second"));
    });
}

#[test]
fn after_a_logout_has_returned_nobody_who_knows_of_it_is_served_the_old_token() {
    nobody_who_knows_of_it_is_served_the_old_token(|memory| {
        assert!(memory.clear(|_| true));
    });
}

#[test]
fn generations_are_seen_in_order_and_the_last_is_the_sessions_own() {
    in_every_order(|| {
        let play = Play::with_token();
        let renewing = {
            let memory = Arc::clone(&play.memory);
            thread::spawn(move || {
                memory.save(session("second"));
            })
        };
        let refusing = {
            let memory = Arc::clone(&play.memory);
            thread::spawn(move || {
                memory.drop_access(None);
            })
        };
        let reader = play.reader();
        let (first, second) = (reader.glance(), reader.glance());
        assert!(first <= second, "{second} after {first}");
        renewing.join().unwrap();
        refusing.join().unwrap();
        assert_eq!(reader.glance(), play.memory.load().generation);
    });
}

#[test]
fn whoever_sees_a_new_generation_and_looks_finds_that_one_or_a_newer() {
    in_every_order(|| {
        let play = Play::with_token();
        let writer = {
            let memory = Arc::clone(&play.memory);
            thread::spawn(move || {
                memory.drop_access(None);
                memory.save(session("second"));
            })
        };
        let mut reader = play.reader();
        let seen = reader.glance();
        let found = reader.look(&play.memory);
        assert!(found >= seen, "{found} after {seen}");
        writer.join().unwrap();
        reader.look(&play.memory);
        assert!(reader.serves());
    });
}

#[test]
fn whoever_begins_to_watch_misses_no_change() {
    in_every_order(|| {
        let play = Play::new();
        let writer = {
            let memory = Arc::clone(&play.memory);
            thread::spawn(move || {
                memory.save(session("first"));
                memory.save(session("second"));
            })
        };
        let late = play.cells.take();
        let index = late.index();
        let late: Arc<dyn Freshness> = Arc::new(late);
        play.memory.watch(&late);
        writer.join().unwrap();
        assert_eq!(Reader::of(&play.cells, index).glance(), play.memory.load().generation);
    });
}

#[test]
fn a_cell_that_is_taken_again_makes_no_token_of_the_session_before_current() {
    in_every_order(|| {
        let play = Play::with_token();
        let mut before = play.reader();
        before.look(&play.memory);
        // A flight that lands late.
        let flight = {
            let memory = Arc::clone(&play.memory);
            thread::spawn(move || {
                memory.save(session("late"));
            })
        };
        let Play { cells, memory, watch, index } = play;
        memory.unwatch(&watch);
        drop(watch);
        // Of what it gave back, it may have seen the last.
        let mut seen_last = Reader::of(&cells, index);
        seen_last.look(&memory);

        let other = Arc::new(MemoryStore::default());
        let again = cells.take();
        assert_eq!(again.index(), index);
        let again: Arc<dyn Freshness> = Arc::new(again);
        other.watch(&again);
        assert!(!before.serves() && !seen_last.serves());
        other.save(session("other"));
        assert!(!before.serves() && !seen_last.serves());
        let mut after = Reader::of(&cells, index);
        after.look(&other);
        assert!(after.serves());
        flight.join().unwrap();
        assert!(after.serves(), "the session before has written to a cell that is no longer its own");
        assert!(!before.serves() && !seen_last.serves());
    });
}

/// As in `NativePool::unwatch`: its watch keeps no session alive.
#[test]
fn a_session_that_ends_while_its_cell_is_given_back_writes_to_nobody_elses() {
    in_every_order(|| {
        let Play { cells, memory, watch, index } = Play::with_token();
        let weak = Arc::downgrade(&memory);
        let end = thread::spawn(move || drop(memory));
        if let Some(memory) = weak.upgrade() {
            memory.unwatch(&watch);
        }
        drop(watch);
        let other = MemoryStore::default();
        let again = cells.take();
        // While the end is under way it is still the other's, and this one is a new one.
        let is_same = again.index() == index;
        let mut reader = Reader::of(&cells, again.index());
        let again: Arc<dyn Freshness> = Arc::new(again);
        other.watch(&again);
        other.save(session("other"));
        reader.look(&other);
        assert!(reader.serves());
        end.join().unwrap();
        assert!(reader.serves(), "the end of a session closed the fast path of another (the same cell: {is_same})");
    });
}
