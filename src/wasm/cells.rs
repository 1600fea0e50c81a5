//! The cells that JavaScript sees. They are its own: our memory moves when it grows.

use std::sync::Arc;

use parking_lot::Mutex;

use super::js;
use crate::store::memory::Freshness;

#[derive(Default)]
struct Numbers {
    next: u32,
    free: Vec<u32>,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { next: 0, free: Vec::new() });

/// One account's cell. Free again when the last who might write to it has let go.
struct Cell(u32);

/// A cell for one account, at zero, and its number.
pub(super) fn next() -> (u32, Arc<dyn Freshness>) {
    let mut numbers = NUMBERS.lock();
    let number = numbers.free.pop().unwrap_or_else(|| {
        let next = numbers.next;
        numbers.next += 1;
        next
    });
    drop(numbers);
    let cell = Cell(number);
    cell.moved(0);
    (number, Arc::new(cell))
}

impl Freshness for Cell {
    fn moved(&self, generation: u32) {
        js::write_cell(self.0, generation);
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        NUMBERS.lock().free.push(self.0);
    }
}
