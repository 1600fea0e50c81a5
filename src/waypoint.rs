//! Named steps of a renewal, where a test can make its own process die or stop. Without the feature `waypoints`, which no
//! published build has, nothing is left of them.

/// Passes a step.
#[cfg(not(feature = "waypoints"))]
#[inline(always)]
pub(crate) fn reach(_step: &str) {}

/// Passes a step: dies there if `TOKENKEEP_DIE_AT` names it, and stops there, the first time, if `TOKENKEEP_HANG_AT` does.
/// By signals that no code of ours can soften: neither drops nor exit handlers run.
#[cfg(feature = "waypoints")]
pub(crate) fn reach(step: &str) {
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    static STOPPED: AtomicBool = AtomicBool::new(false);
    let is_named = |variable: &str| std::env::var(variable).is_ok_and(|named| named == step);
    if is_named("TOKENKEEP_DIE_AT") {
        let _ = kill_process(getpid(), Signal::KILL);
    }
    if is_named("TOKENKEEP_HANG_AT") && !STOPPED.swap(true, Ordering::Relaxed) {
        let _ = kill_process(getpid(), Signal::STOP);
        // Any thread may take the signal, and the others run on until it has: not past this step.
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}
