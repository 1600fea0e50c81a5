//! Single flight, one thread at a time; `flight_loom.rs` plays the same rules in every order that threads can take.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures_lite::future;
use tokenkeep::flight::{Boarding, Flights, Landing, Pilot, Wait};

/// What a flight brings; `None` when its pilot was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cargo(Option<u32>);

impl Landing for Cargo {
    fn lost() -> Self {
        Cargo(None)
    }
}

type Field = Arc<Flights<Cargo>>;

fn lead(flights: &Field) -> (Pilot<Cargo>, Wait<Cargo>) {
    let Boarding::Lead(pilot, wait) = flights.board() else { panic!("somebody else leads") };
    (pilot, wait)
}

fn join(flights: &Field) -> Wait<Cargo> {
    let Boarding::Join(wait) = flights.board() else { panic!("nothing is under way") };
    wait
}

/// What a flight that has landed brought; who would still have to wait waits for ever.
#[track_caller]
fn brought(wait: Wait<Cargo>) -> Cargo {
    future::block_on(future::poll_once(wait)).expect("the flight has landed, and its waiter still waits")
}

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    fn rings(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn poll(wait: &mut Wait<Cargo>, bell: &Arc<Bell>) -> Poll<Cargo> {
    let waker = Waker::from(Arc::clone(bell));
    pin!(wait).poll(&mut Context::from_waker(&waker))
}

#[test]
fn the_first_leads_and_all_others_join() {
    let flights = Field::default();
    assert!(flights.underway().is_none());
    let (pilot, first) = lead(&flights);
    let waits: Vec<_> = (0..10).map(|_| join(&flights)).chain(flights.underway()).collect();
    pilot.land(Cargo(Some(7)));
    for wait in waits.into_iter().chain([first]) {
        assert_eq!(brought(wait), Cargo(Some(7)));
    }
}

#[test]
fn once_it_has_landed_the_next_leads_a_flight_of_its_own() {
    let flights = Field::default();
    for number in 1..4 {
        let (pilot, wait) = lead(&flights);
        assert_eq!(pilot.number(), u64::from(number));
        pilot.land(Cargo(Some(number)));
        assert!(flights.underway().is_none());
        assert_eq!(brought(wait), Cargo(Some(number)));
    }
}

#[test]
fn a_wait_for_an_earlier_flight_is_not_answered_by_a_later_one() {
    let flights = Field::default();
    let (pilot, earlier) = lead(&flights);
    pilot.land(Cargo(Some(1)));
    let (pilot, later) = lead(&flights);
    pilot.land(Cargo(Some(2)));
    assert_eq!(brought(earlier), Cargo(Some(1)));
    assert_eq!(brought(later), Cargo(Some(2)));
}

#[test]
fn a_lost_pilot_releases_the_waiters_and_the_slot() {
    let flights = Field::default();
    let (pilot, wait) = lead(&flights);
    let other = join(&flights);
    drop(pilot);
    assert_eq!(brought(wait), Cargo(None));
    assert_eq!(brought(other), Cargo(None));
    lead(&flights);
}

#[test]
fn a_pilot_whose_thread_panics_is_lost() {
    let flights = Field::default();
    let (pilot, wait) = lead(&flights);
    thread::spawn(move || {
        let _pilot = pilot;
        std::panic::resume_unwind(Box::new("out of fuel"));
    })
    .join()
    .unwrap_err();
    assert_eq!(brought(wait), Cargo(None));
}

#[test]
fn landing_wakes_everybody_once() {
    let flights = Field::default();
    let (pilot, wait) = lead(&flights);
    let mut waits = [wait, join(&flights), join(&flights)];
    let bells: Vec<Arc<Bell>> = waits.iter().map(|_| Arc::default()).collect();
    for (wait, bell) in waits.iter_mut().zip(&bells) {
        assert!(poll(wait, bell).is_pending());
        assert!(poll(wait, bell).is_pending());
    }
    pilot.land(Cargo(Some(7)));
    assert_eq!(bells.iter().map(|bell| bell.rings()).collect::<Vec<_>>(), [1, 1, 1]);
    for (wait, bell) in waits.iter_mut().zip(&bells) {
        assert_eq!(poll(wait, bell), Poll::Ready(Cargo(Some(7))));
    }
}

#[test]
fn a_wait_that_moved_to_another_task_wakes_that_one() {
    let flights = Field::default();
    let (pilot, mut wait) = lead(&flights);
    let (before, after) = (Arc::<Bell>::default(), Arc::<Bell>::default());
    assert!(poll(&mut wait, &before).is_pending());
    assert!(poll(&mut wait, &after).is_pending());
    pilot.land(Cargo(Some(7)));
    assert_eq!((before.rings(), after.rings()), (0, 1));
}

#[test]
fn who_leaves_is_not_woken_and_the_others_are() {
    let flights = Field::default();
    let (pilot, leader) = lead(&flights);
    let bells: Vec<Arc<Bell>> = (0..3).map(|_| Arc::default()).collect();
    let mut waits = vec![leader, join(&flights), join(&flights)];
    for (wait, bell) in waits.iter_mut().zip(&bells) {
        assert!(poll(wait, bell).is_pending());
    }
    // The one who led leaves, and so does another.
    waits.truncate(2);
    drop(waits.remove(0));
    pilot.land(Cargo(Some(7)));
    assert_eq!(bells.iter().map(|bell| bell.rings()).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(poll(&mut waits[0], &bells[1]), Poll::Ready(Cargo(Some(7))));
}

#[test]
fn a_flight_that_everybody_left_is_still_under_way() {
    let flights = Field::default();
    let (pilot, wait) = lead(&flights);
    drop(wait);
    let late = join(&flights);
    pilot.land(Cargo(Some(7)));
    assert_eq!(brought(late), Cargo(Some(7)));
}

/// Boards again from within the waking: nothing may be locked at that moment, and the slot has to be open.
struct BoardsAgain {
    flights: Field,
    led: AtomicUsize,
}

impl Wake for BoardsAgain {
    fn wake(self: Arc<Self>) {
        if let Boarding::Lead(pilot, _) = self.flights.board() {
            self.led.fetch_add(1, Ordering::Relaxed);
            pilot.land(Cargo(Some(8)));
        }
    }
}

#[test]
fn the_slot_is_open_before_anyone_is_told() {
    let flights = Field::default();
    let (pilot, wait) = lead(&flights);
    let again = Arc::new(BoardsAgain { flights: Arc::clone(&flights), led: AtomicUsize::new(0) });
    let waker = Waker::from(Arc::clone(&again));
    let mut wait = pin!(wait);
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    pilot.land(Cargo(Some(7)));
    assert_eq!(again.led.load(Ordering::Relaxed), 1);
    assert_eq!(wait.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Cargo(Some(7))));
}

#[test]
fn many_threads_lead_one_flight_at_a_time() {
    let flights = Field::default();
    let (aloft, led) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let wait = match flights.board() {
                        Boarding::Lead(pilot, wait) => {
                            assert_eq!(aloft.fetch_add(1, Ordering::SeqCst), 0, "two flights at a time");
                            let number = u32::try_from(pilot.number()).unwrap();
                            led.fetch_add(1, Ordering::SeqCst);
                            thread::yield_now();
                            aloft.fetch_sub(1, Ordering::SeqCst);
                            pilot.land(Cargo(Some(number)));
                            wait
                        }
                        Boarding::Join(wait) => wait,
                    };
                    assert!(future::block_on(wait).0.is_some());
                }
            });
        }
    });
    assert_eq!(lead(&flights).0.number(), led.into_inner() as u64 + 1);
}
