//! The simulator itself (`docs/simulator.md`): that a seed is a world, that worlds are different, and that the model of a fleet is
//! one of the core. The thousands of seeds are `npm run simulate`'s.
#![allow(dead_code, unreachable_pub)]

#[path = "../simulator/scale/mod.rs"]
mod scale;
#[path = "../simulator/world/mod.rs"]
mod world;

use std::time::Duration;

use scale::{Fleet, Kept};

#[test]
fn a_seed_is_the_same_world_every_time_to_the_byte() {
    for seed in [1, 2, 3, 58, 411] {
        assert_eq!(world::play(seed, true).trace, world::play(seed, true).trace, "seed {seed}");
    }
}

#[test]
fn a_trace_changes_nothing() {
    for seed in 1..5 {
        let (with, without) = (world::play(seed, true), world::play(seed, false));
        assert_eq!((with.steps, with.verdict), (without.steps, without.verdict), "seed {seed}");
    }
}

#[test]
fn another_seed_is_another_world() {
    assert_ne!(world::play(1, true).trace, world::play(2, true).trace);
}

#[test]
fn what_must_hold_holds_in_the_first_worlds() {
    for seed in 1..40 {
        assert_eq!(world::play(seed, false).verdict, None, "seed {seed}");
    }
}

/// In a small fleet where nothing goes wrong the model sends what the real core sends.
#[test]
fn the_model_of_a_fleet_asks_the_server_as_often_as_the_core_does() {
    let [hosts, processes, accounts] = [3, 3, 2];
    for (kept, in_files) in [(Kept::InFiles, true), (Kept::InMemory, false)] {
        let core = world::play_quietly(7, [hosts, processes, accounts], in_files, 180);
        assert_eq!(core.verdict, None);
        let fleet = Fleet {
            hosts: hosts as u64,
            processes: processes as u64,
            accounts: accounts as u64,
            lifetime: Duration::from_secs(600),
            // What `leisure` comes to: the mean of the waits between two calls.
            asks_every: Duration::from_secs(5),
            rollout: Duration::ZERO,
            span: Duration::from_secs(180 * 60),
            sessions: 1_000_000,
        };
        let model = scale::play(&fleet, kept, &scale::fixed(), 7);
        assert_eq!(model.logins, core.count.logins, "logins, {kept:?}");
        let share = model.refreshes as f64 / core.count.refreshes as f64;
        assert!((0.95..=1.05).contains(&share), "{kept:?}: {} and {}", model.refreshes, core.count.refreshes);
    }
}
