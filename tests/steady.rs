//! The machine's own clocks.
#![cfg(feature = "native")]

use std::time::Duration;

use tokenkeep::clock::{Clock, SystemClock};

#[test]
fn the_steady_clock_has_a_time_for_whatever_is_older_than_the_machine_s_start() {
    let a_century = Duration::from_secs(100 * 365 * 24 * 3600);
    assert!(SystemClock.now().steady > a_century);
}
