//! The one thread that flights run on: started by the first flight, gone when it has been idle for a while.
//!
//! napi's own runtime starts a worker per core when the module is loaded (napi-rs#3251); ours costs nothing until somebody
//! needs it. Nobody joins it: it holds nothing of JavaScript's, and the image it runs from is never unloaded.

use std::thread;
use std::time::Duration;

use futures_lite::future::Boxed;
use parking_lot::Mutex;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Long enough to keep a connection warm for a burst of renewals, short enough to leave no thread behind.
const IDLE: Duration = Duration::from_secs(5);

/// Threads that look up host names leave sooner: there is no next name to look up.
const RESOLVER_IDLE: Duration = Duration::from_secs(1);

/// How long an ending thread waits for a name look-up that nobody needs any more.
const SHUTDOWN: Duration = Duration::from_millis(100);

static LANE: Mutex<Option<UnboundedSender<Boxed<()>>>> = Mutex::new(None);

/// Runs a task to its end. Where no thread can be had the task is dropped, and whoever waits for it hears so from its drop.
pub(super) fn spawn(task: Boxed<()>) {
    let mut lane = LANE.lock();
    let task = match lane.as_ref() {
        Some(sender) => match sender.send(task) {
            Ok(()) => return,
            // Its thread died; the next one takes over.
            Err(unsent) => unsent.0,
        },
        None => task,
    };
    let (sender, receiver) = unbounded_channel();
    let queued = sender.send(task);
    let started = thread::Builder::new().name("tokenkeep".to_owned()).spawn(move || run(receiver));
    *lane = (queued.is_ok() && started.is_ok()).then_some(sender);
}

fn run(mut tasks: UnboundedReceiver<Boxed<()>>) {
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // A connection that is flooded always has something to do. Tokio looks at the time after 61 tasks by default, which is after a
        // gigabyte of it; whoever waits for a time limit would wait for that.
        .event_interval(1)
        // For names that are looked up and for disks. None of either must wait for the other.
        .max_blocking_threads(16)
        .thread_name("tokenkeep-wait")
        .thread_keep_alive(RESOLVER_IDLE)
        .build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let mut running = JoinSet::new();
        loop {
            tokio::select! {
                Some(task) = tasks.recv() => { running.spawn(task); }
                // A task that panicked told its waiters as it was dropped.
                Some(_) = running.join_next() => {}
                () = sleep(IDLE), if running.is_empty() => {
                    // Under the lock that senders hold: a task is either seen here or finds no lane and starts its own.
                    let mut lane = LANE.lock();
                    match tasks.try_recv() {
                        Ok(task) => { running.spawn(task); }
                        Err(_) => { *lane = None; return; }
                    }
                }
            }
        }
    });
    runtime.shutdown_timeout(SHUTDOWN);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread::ThreadId;

    use super::*;

    fn thread_of_a_task() -> ThreadId {
        let (here, there) = mpsc::channel();
        spawn(Box::pin(async move { here.send(thread::current().id()).unwrap() }));
        there.recv().unwrap()
    }

    #[test]
    fn all_tasks_share_one_thread_and_a_panic_takes_only_its_own() {
        let first = thread_of_a_task();
        spawn(Box::pin(async { panic!("this panic is part of the test") }));
        assert_eq!(thread_of_a_task(), first);
    }
}
