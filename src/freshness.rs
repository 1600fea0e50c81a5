//! The cells in which a reader sees, without a call, whether the token it holds is still the current one.
//!
//! The promises, checked by loom in `tests/freshness_loom.rs`:
//! - once an invalidation or a renewal has returned, nobody who knows of that finds the generation before it in a cell;
//! - the generations that a cell shows are in order, and in the end it shows the session's own;
//! - a cell that is given back is written no more by the session it was taken for, and whoever takes it again is never shown a
//!   generation of that session.

use std::sync::Arc;

use crate::store::memory::Freshness;
use crate::sync::{AtomicU32, Mutex, Ordering};

/// Cells in one block: 4 KiB, one typed array.
#[cfg(not(feature = "loom"))]
pub const PER_BLOCK: usize = 1024;
/// The model looks at every one of them.
#[cfg(feature = "loom")]
pub const PER_BLOCK: usize = 1;

/// A run of cells that JavaScript sees as one `Int32Array`. It never moves.
#[derive(Debug)]
pub struct Block([AtomicU32; PER_BLOCK]);

impl Block {
    fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU32::new(0)))
    }

    /// The first of its cells.
    pub fn address(&self) -> *const AtomicU32 {
        self.0.as_ptr()
    }

    /// What a reader sees in one of them. Without any order, as a plain read of JavaScript's.
    pub fn glance(&self, slot: usize) -> u32 {
        self.0[slot].load(Ordering::Relaxed)
    }
}

/// The blocks of one environment, and which of their cells are free.
#[derive(Debug)]
pub struct Cells {
    pool: Arc<Mutex<Pool>>,
}

#[derive(Debug, Default)]
struct Pool {
    blocks: Vec<Arc<Block>>,
    free: Vec<usize>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { pool: Arc::new(Mutex::new(Pool::default())) }
    }
}

impl Cells {
    /// A cell for one account, at zero.
    pub fn take(&self) -> Cell {
        let mut pool = self.pool.lock();
        if pool.free.is_empty() {
            let first = pool.blocks.len() * PER_BLOCK;
            pool.blocks.push(Arc::new(Block::new()));
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

    /// One of the blocks, in the order in which they were needed.
    pub fn block(&self, number: usize) -> Option<Arc<Block>> {
        self.pool.lock().blocks.get(number).map(Arc::clone)
    }
}

/// One account's cell: the generation of its session. Free again when the last who might write to it has let go.
#[derive(Debug)]
pub struct Cell {
    block: Arc<Block>,
    index: usize,
    pool: Arc<Mutex<Pool>>,
}

impl Cell {
    /// Its place among all cells of the environment.
    pub fn index(&self) -> usize {
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

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;

    fn value(cell: &Cell) -> u32 {
        cell.block.glance(cell.index % PER_BLOCK)
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
