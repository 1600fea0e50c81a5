//! The cells in which JavaScript reads, without a call, whether the token it holds is still the current one.
//!
//! The memory is ours, so a flight may write to it after its JavaScript thread is gone. Each environment has blocks of its
//! own: two engines are never shown the same memory (nodejs/node#32463).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::store::memory::Freshness;

/// Cells in one block: 4 KiB, one typed array.
pub(super) const PER_BLOCK: usize = 1024;

/// A run of cells that JavaScript sees as one `Int32Array`.
#[derive(Debug)]
pub(super) struct Block([AtomicU32; PER_BLOCK]);

impl Block {
    pub(super) fn address(&self) -> *mut i32 {
        self.0.as_ptr().cast::<i32>().cast_mut()
    }
}

/// The blocks of one environment, and which of their cells are free.
#[derive(Debug, Default)]
pub(super) struct Cells {
    pool: Arc<Mutex<Pool>>,
}

#[derive(Debug, Default)]
struct Pool {
    blocks: Vec<Arc<Block>>,
    free: Vec<usize>,
}

impl Cells {
    /// A cell for one account, at zero.
    pub(super) fn take(&self) -> Cell {
        let mut pool = self.pool.lock();
        if pool.free.is_empty() {
            let first = pool.blocks.len() * PER_BLOCK;
            pool.blocks.push(Arc::new(Block([const { AtomicU32::new(0) }; PER_BLOCK])));
            // Backwards, so that they are handed out in order.
            pool.free.extend((first..first + PER_BLOCK).rev());
        }
        let index = pool.free.pop().unwrap_or_default();
        let block = Arc::clone(&pool.blocks[index / PER_BLOCK]);
        drop(pool);
        let cell = Cell { block, index, pool: Arc::clone(&self.pool) };
        cell.moved(0);
        cell
    }

    pub(super) fn block(&self, number: usize) -> Option<Arc<Block>> {
        self.pool.lock().blocks.get(number).map(Arc::clone)
    }
}

/// One account's cell: the generation of its session. Free again when the account is dropped.
#[derive(Debug)]
pub(super) struct Cell {
    block: Arc<Block>,
    index: usize,
    pool: Arc<Mutex<Pool>>,
}

impl Cell {
    /// Its place among all cells of the environment.
    pub(super) fn index(&self) -> usize {
        self.index
    }
}

impl Freshness for Cell {
    fn moved(&self, generation: u32) {
        self.block.0[self.index % PER_BLOCK].store(generation, Ordering::Release);
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        self.pool.lock().free.push(self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(cell: &Cell) -> u32 {
        cell.block.0[cell.index % PER_BLOCK].load(Ordering::Acquire)
    }

    #[test]
    fn every_account_has_a_cell_of_its_own_across_blocks() {
        let cells = Cells::default();
        let taken: Vec<Cell> = (0..2 * PER_BLOCK + 1).map(|_| cells.take()).collect();
        for (number, cell) in taken.iter().enumerate() {
            assert_eq!(cell.index(), number);
            cell.moved(number as u32);
        }
        assert!(taken.iter().enumerate().all(|(number, cell)| value(cell) == number as u32));
        assert!(cells.block(2).is_some() && cells.block(3).is_none());
    }

    #[test]
    fn a_cell_that_was_let_go_is_used_again_from_zero() {
        let cells = Cells::default();
        let first = cells.take();
        first.moved(7);
        let index = first.index();
        drop(first);
        let second = cells.take();
        assert_eq!((second.index(), value(&second)), (index, 0));
    }

    #[test]
    fn a_cell_outlives_the_environment_it_was_made_in() {
        let cells = Cells::default();
        let cell = cells.take();
        drop(cells);
        cell.moved(3);
        assert_eq!(value(&cell), 3);
    }
}
