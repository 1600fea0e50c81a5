//! The constants of a token's life at another pace, for the tests whose tokens live for milliseconds.

use crate::policy::Policy;

/// As it is.
#[cfg(not(feature = "waypoints"))]
pub(crate) fn at_pace(policy: Policy) -> Policy {
    policy
}

/// Every constant that is no option, times `TOKENKEEP_PACE`: 0.0005 has a token of 300 ms for one of ten minutes. What a server says
/// is not a constant.
#[cfg(feature = "waypoints")]
pub(crate) fn at_pace(policy: Policy) -> Policy {
    use std::time::Duration;

    use crate::policy::{Background, Borders, CoolDown, Storm};

    /// Timers and threads keep no faster a pace than the machine.
    const LEAST: Duration = Duration::from_millis(5);

    let named = std::env::var("TOKENKEEP_PACE").ok().and_then(|pace| pace.parse().ok());
    let Some(pace) = named.filter(|pace: &f64| pace.is_finite() && *pace > 0.0) else { return policy };
    let cool_down = policy.cool_down.map(|cool_down| CoolDown {
        rejected: cool_down.rejected.mul_f64(pace),
        fresh: cool_down.fresh.mul_f64(pace),
        first: cool_down.first.mul_f64(pace),
        longest: cool_down.longest.mul_f64(pace),
        ..cool_down
    });
    let Storm { renewals, window, young } = policy.fuse;
    let fuse = Storm { renewals, window: window.mul_f64(pace), young: young.mul_f64(pace) };
    let Borders { short, long, soft, hard, .. } = policy.borders;
    let borders = Borders {
        short: short.mul_f64(pace),
        long: long.mul_f64(pace),
        soft: soft.map(|soft| soft.mul_f64(pace)),
        hard: hard.mul_f64(pace),
        ..policy.borders
    };
    let background = policy.background.map(|Background { look_every, grace, rest }| Background {
        look_every: look_every.mul_f64(pace).max(LEAST),
        grace: grace.mul_f64(pace).max(LEAST),
        rest: rest.mul_f64(pace).max(LEAST),
    });
    Policy { cool_down, fuse, borders, background, ..policy }
}
