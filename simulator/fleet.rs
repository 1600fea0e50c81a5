//! The figures of `docs/at-scale.md`, as lines of JSON.

use std::process::ExitCode;
use std::time::Duration;

use super::scale::{self, Fleet, Kept, Load};

pub fn report() -> ExitCode {
    let fleet = Fleet {
        hosts: 1000,
        processes: 100,
        accounts: 1000,
        lifetime: Duration::from_secs(600),
        asks_every: Duration::from_secs(10),
        rollout: Duration::from_secs(60),
        span: Duration::from_secs(24 * 3600),
        sessions: 250_000,
    };
    let ways = [
        ("as before: a login for each process and token", Kept::AsBefore, scale::fixed()),
        ("in memory, margin 60 s", Kept::InMemory, scale::fixed()),
        ("in memory, ahead of time, no jitter", Kept::InMemory, scale::ahead_of_time(false)),
        ("in memory, ahead of time, with jitter", Kept::InMemory, scale::ahead_of_time(true)),
        ("in files, margin 60 s", Kept::InFiles, scale::fixed()),
        ("in files, ahead of time, no jitter", Kept::InFiles, scale::ahead_of_time(false)),
        ("in files, ahead of time, with jitter", Kept::InFiles, scale::ahead_of_time(true)),
        ("in Redis, margin 60 s", Kept::InRedis, scale::fixed()),
        ("in Redis, ahead of time, no jitter", Kept::InRedis, scale::ahead_of_time(false)),
        ("in Redis, ahead of time, with jitter", Kept::InRedis, scale::ahead_of_time(true)),
    ];
    for (name, kept, policy) in ways {
        let Load { logins, refreshes, peak, later_peak } = scale::play(&fleet, kept, &policy, 1);
        println!(
            r#"{{"way":"{name}","logins":{logins},"refreshes":{refreshes},"peak":{peak},"laterPeak":{later_peak}}}"#
        );
    }
    ExitCode::SUCCESS
}
