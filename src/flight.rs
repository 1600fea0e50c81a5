//! Single flight: one renewal, shared by all who ask while it is under way.
//!
//! The invariants, checked by loom in `tests/flight_loom.rs`:
//! - at most one flight is under way, and whoever boards while it is gets its result, success or failure, as it is;
//! - a flight belongs to nobody who waits for it: a waiter who leaves cancels nothing (tokio#4496 is what happens else);
//! - a pilot who dies without landing does not leave the waiters behind;
//! - landing opens the slot before anyone is told, so that a waiter who asks again gets a new flight.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

/// What a flight ends in.
pub trait Landing: Clone {
    /// What the waiters are told when the pilot was lost (its thread or its runtime died).
    fn lost() -> Self;
}

/// The place where an account's flights start.
pub struct Flights<T: Landing> {
    slot: Mutex<Slot<T>>,
}

struct Slot<T> {
    number: u64,
    current: Option<Arc<Flight<T>>>,
}

struct Flight<T> {
    progress: Mutex<Progress<T>>,
}

enum Progress<T> {
    Underway(Vec<Option<Waker>>),
    Landed(T),
}

/// What boarding leads to.
#[derive(Debug)]
pub enum Boarding<T: Landing> {
    /// Nobody was renewing: the caller has to see to it that the pilot lands.
    Lead(Pilot<T>, Wait<T>),
    /// A flight is under way.
    Join(Wait<T>),
}

impl<T: Landing> Flights<T> {
    /// An airfield with nothing in the air.
    pub fn new() -> Self {
        Self { slot: Mutex::new(Slot { number: 0, current: None }) }
    }

    /// Joins the flight that is under way, or leads a new one.
    pub fn board(self: &Arc<Self>) -> Boarding<T> {
        let mut slot = self.slot.lock();
        if let Some(flight) = &slot.current {
            return Boarding::Join(Wait::on(flight));
        }
        slot.number += 1;
        let flight = Arc::new(Flight { progress: Mutex::new(Progress::Underway(Vec::new())) });
        slot.current = Some(Arc::clone(&flight));
        let wait = Wait::on(&flight);
        Boarding::Lead(Pilot { flights: Arc::clone(self), flight, number: slot.number, landed: false }, wait)
    }

    /// The flight that is under way, to wait for without starting one.
    pub fn underway(&self) -> Option<Wait<T>> {
        self.slot.lock().current.as_ref().map(Wait::on)
    }
}

impl<T: Landing> Default for Flights<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The duty to land a flight. Dropped without landing, it tells the waiters that the flight was lost.
pub struct Pilot<T: Landing> {
    flights: Arc<Flights<T>>,
    flight: Arc<Flight<T>>,
    number: u64,
    landed: bool,
}

impl<T: Landing> Pilot<T> {
    /// Which flight of this account it is, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Hands the outcome to everyone who waits.
    pub fn land(mut self, outcome: T) {
        self.settle(outcome);
    }

    fn settle(&mut self, outcome: T) {
        self.landed = true;
        self.flights.slot.lock().current = None;
        let before = std::mem::replace(&mut *self.flight.progress.lock(), Progress::Landed(outcome));
        // Woken outside the lock: a waker may poll its future right here.
        if let Progress::Underway(wakers) = before {
            wakers.into_iter().flatten().for_each(Waker::wake);
        }
    }
}

impl<T: Landing> Drop for Pilot<T> {
    fn drop(&mut self) {
        if !self.landed {
            self.settle(T::lost());
        }
    }
}

/// Waits for a flight to land. Dropping it cancels nothing.
pub struct Wait<T> {
    flight: Arc<Flight<T>>,
    seat: Option<usize>,
}

impl<T> Wait<T> {
    fn on(flight: &Arc<Flight<T>>) -> Self {
        Self { flight: Arc::clone(flight), seat: None }
    }
}

impl<T: Clone> Future for Wait<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let flight = Arc::clone(&self.flight);
        let waker = context.waker().clone();
        // Of an earlier poll. Dropped outside the lock: a waker may own a task that holds another wait on this flight.
        let mut earlier = None;
        let progress = match &mut *flight.progress.lock() {
            Progress::Landed(outcome) => Poll::Ready(outcome.clone()),
            Progress::Underway(wakers) => {
                match self.seat {
                    Some(seat) => earlier = wakers[seat].replace(waker),
                    None => {
                        self.seat = Some(wakers.len());
                        wakers.push(Some(waker));
                    }
                }
                Poll::Pending
            }
        };
        drop(earlier);
        progress
    }
}

impl<T> Drop for Wait<T> {
    fn drop(&mut self) {
        let Some(seat) = self.seat else { return };
        let waker = match &mut *self.flight.progress.lock() {
            Progress::Underway(wakers) => wakers[seat].take(),
            Progress::Landed(_) => None,
        };
        drop(waker);
    }
}

impl<T: Landing> fmt::Debug for Flights<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = self.slot.lock();
        f.debug_struct("Flights").field("number", &slot.number).field("underway", &slot.current.is_some()).finish()
    }
}

impl<T: Landing> fmt::Debug for Pilot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pilot").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("seat", &self.seat).finish_non_exhaustive()
    }
}
