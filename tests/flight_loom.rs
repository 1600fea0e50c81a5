//! The invariants of `src/flight.rs`, in every order that its threads can take. Run it by
//! `cargo test --no-default-features --features loom --profile simulator --test flight_loom`.

mod stage;

mod flight_loom {
    mod manager;
}

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;
use tokenkeep::flight::{Boarding, Flights, Landing, Wait};

/// What a flight brings; `None` when its pilot was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cargo(Option<u32>);

impl Landing for Cargo {
    fn lost() -> Self {
        Cargo(None)
    }
}

type Field = std::sync::Arc<Flights<Cargo>>;

/// All orders in which threads are interrupted at most four times in all: with five the file takes a minute, with no bound
/// it does not end.
fn in_every_order(play: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(4));
    model.check(play);
}

/// Polls once, as somebody who will not stay.
fn glance(wait: &mut Wait<Cargo>) -> Poll<Cargo> {
    Pin::new(wait).poll(&mut Context::from_waker(Waker::noop()))
}

/// What is in the air, and what was brought, by whoever leads.
#[derive(Default)]
struct Tower {
    aloft: AtomicU32,
    flown: AtomicU32,
}

impl Tower {
    /// Boards; as the leader flies and lands with the number of flights so far.
    fn fly(&self, flights: &Field) -> Wait<Cargo> {
        match flights.board() {
            Boarding::Lead(pilot, wait) => {
                assert_eq!(self.aloft.fetch_add(1, Ordering::SeqCst), 0, "two flights at a time");
                let flown = self.flown.fetch_add(1, Ordering::SeqCst) + 1;
                self.aloft.fetch_sub(1, Ordering::SeqCst);
                pilot.land(Cargo(Some(flown)));
                wait
            }
            Boarding::Join(wait) => wait,
        }
    }
}

#[test]
fn there_is_one_flight_at_a_time_and_whoever_boards_gets_its_result() {
    in_every_order(|| {
        let flights = Field::default();
        let tower = Arc::new(Tower::default());
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let (flights, tower) = (Field::clone(&flights), Arc::clone(&tower));
                thread::spawn(move || block_on(tower.fly(&flights)))
            })
            .collect();
        let mut brought = vec![block_on(tower.fly(&flights))];
        brought.extend(callers.into_iter().map(|caller| caller.join().unwrap()));
        let flown = tower.flown.load(Ordering::SeqCst);
        assert!(brought.iter().all(|cargo| cargo.0.is_some_and(|number| (1..=flown).contains(&number))), "{brought:?}");
        assert!((1..=3).all(|number| number > flown || brought.contains(&Cargo(Some(number)))), "{brought:?}");
    });
}

#[test]
fn no_wake_up_is_lost_between_a_poll_and_the_landing() {
    in_every_order(|| {
        let flights = Field::default();
        let Boarding::Lead(pilot, wait) = flights.board() else { panic!("somebody else leads") };
        let waiters: Vec<_> =
            [wait, flights.underway().unwrap()].into_iter().map(|wait| thread::spawn(move || block_on(wait))).collect();
        pilot.land(Cargo(Some(7)));
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), Cargo(Some(7)));
        }
    });
}

#[test]
fn a_lost_pilot_releases_the_waiters() {
    in_every_order(|| {
        let flights = Field::default();
        let Boarding::Lead(pilot, wait) = flights.board() else { panic!("somebody else leads") };
        let other = flights.underway().unwrap();
        let waiter = thread::spawn(move || block_on(other));
        let loser = thread::spawn(move || drop(pilot));
        assert_eq!(block_on(wait), Cargo(None));
        assert_eq!(waiter.join().unwrap(), Cargo(None));
        loser.join().unwrap();
        assert!(matches!(flights.board(), Boarding::Lead(..)));
    });
}

#[test]
fn a_leaver_cancels_nothing_and_takes_nobodys_seat() {
    in_every_order(|| {
        let flights = Field::default();
        let Boarding::Lead(pilot, mut leader) = flights.board() else { panic!("somebody else leads") };
        let stays = flights.underway().unwrap();
        let waiter = thread::spawn(move || block_on(stays));
        let leaver = thread::spawn(move || {
            let seen = glance(&mut leader);
            assert!(matches!(seen, Poll::Pending | Poll::Ready(Cargo(Some(7)))), "{seen:?}");
        });
        pilot.land(Cargo(Some(7)));
        leaver.join().unwrap();
        assert_eq!(waiter.join().unwrap(), Cargo(Some(7)));
    });
}

#[test]
fn a_wait_that_moves_to_another_task_is_woken_there() {
    in_every_order(|| {
        let flights = Field::default();
        let Boarding::Lead(pilot, mut wait) = flights.board() else { panic!("somebody else leads") };
        let waiter = thread::spawn(move || match glance(&mut wait) {
            Poll::Ready(cargo) => cargo,
            Poll::Pending => block_on(wait),
        });
        pilot.land(Cargo(Some(7)));
        assert_eq!(waiter.join().unwrap(), Cargo(Some(7)));
    });
}

/// What a manager does: the session is saved before the landing, and whoever leads looks at it again before flying.
#[test]
fn a_caller_who_boards_after_the_landing_and_looks_again_does_not_fly_again() {
    in_every_order(|| {
        let flights = Field::default();
        let session = Arc::new(AtomicU32::new(0));
        let logins = Arc::new(AtomicU32::new(0));
        let call = |flights: &Field, session: &AtomicU32, logins: &AtomicU32| {
            let wait = match flights.board() {
                Boarding::Lead(pilot, wait) => {
                    if session.load(Ordering::SeqCst) == 0 {
                        logins.fetch_add(1, Ordering::SeqCst);
                        session.store(7, Ordering::SeqCst);
                    }
                    pilot.land(Cargo(Some(session.load(Ordering::SeqCst))));
                    wait
                }
                Boarding::Join(wait) => wait,
            };
            assert_eq!(block_on(wait), Cargo(Some(7)));
        };
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let (flights, session, logins) = (Field::clone(&flights), Arc::clone(&session), Arc::clone(&logins));
                thread::spawn(move || call(&flights, &session, &logins))
            })
            .collect();
        call(&flights, &session, &logins);
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        assert_eq!(logins.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_waiter_who_asks_again_gets_a_new_flight_or_an_even_newer_one() {
    in_every_order(|| {
        let flights = Field::default();
        let tower = Arc::new(Tower::default());
        let caller = {
            let (flights, tower) = (Field::clone(&flights), Arc::clone(&tower));
            thread::spawn(move || {
                let first = block_on(pin!(tower.fly(&flights)));
                let second = block_on(pin!(tower.fly(&flights)));
                assert!(second.0 > first.0, "{second:?} after {first:?}");
            })
        };
        block_on(pin!(tower.fly(&flights)));
        caller.join().unwrap();
    });
}
