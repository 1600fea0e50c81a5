//! Chance, all of it out of one number: the same seed throws the same dice.

use std::sync::Mutex;

use tokenkeep::random::Rng;

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"): small, quick, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(0x2545_f491_4f6c_dd1d))
    }

    /// Dice of somebody's own, who then changes nothing for others by throwing them.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of so many, from 0.
    pub fn below(&mut self, count: u64) -> u64 {
        self.next() % count.max(1)
    }

    /// Both ends included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// So many times in a thousand.
    pub fn chance(&mut self, in_a_thousand: u64) -> bool {
        self.below(1000) < in_a_thousand
    }

    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// Between the two, and the small ones as often as the large: of waits and lifetimes both kinds matter.
    pub fn spread(&mut self, least: u64, most: u64) -> u64 {
        let ratio = most as f64 / least.max(1) as f64;
        let share = self.below(10_001) as f64 / 10_000.0;
        (least.max(1) as f64 * ratio.powf(share)) as u64
    }
}

/// What a process of the simulation has for randomness.
#[derive(Debug)]
pub struct Chance(Mutex<Dice>);

impl Chance {
    pub fn of(dice: Dice) -> Self {
        Self(Mutex::new(dice))
    }
}

impl Rng for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        let mut dice = self.0.lock().unwrap();
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&dice.next().to_le_bytes()[..chunk.len()]));
    }
}
