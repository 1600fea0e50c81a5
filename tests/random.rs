//! Chance, as the core uses it.

use std::time::Duration;

use tokenkeep::random::{Rng, up_to};

struct Always([u8; 4]);

impl Rng for Always {
    fn fill(&self, bytes: &mut [u8]) {
        let length = bytes.len();
        bytes.copy_from_slice(&self.0[..length]);
    }
}

#[test]
fn a_random_duration_is_between_nothing_and_the_most_both_included() {
    let most = Duration::from_secs(5);
    let table = [
        ([0, 0, 0, 0], Duration::ZERO),
        ([0xff, 0xff, 0xff, 0xff], most),
        ([0, 0, 0, 0x80], most / 2),
        ([0, 0, 0, 0x40], most / 4),
        // The first byte weighs least.
        ([0xff, 0, 0, 0], Duration::ZERO),
    ];
    for (bytes, expected) in table {
        let got = up_to(most, &Always(bytes));
        assert!(got.abs_diff(expected) < Duration::from_micros(1), "{bytes:?}: {got:?}");
    }
}

#[test]
fn of_nothing_chance_makes_nothing() {
    assert_eq!(up_to(Duration::ZERO, &Always([0xff; 4])), Duration::ZERO);
}

#[test]
fn the_longest_of_durations_is_no_reason_to_panic() {
    assert!(up_to(Duration::from_secs(u64::from(u32::MAX)), &Always([0xff; 4])) > Duration::from_secs(4_000_000_000));
}
