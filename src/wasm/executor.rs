//! Where flights run: on the host's one thread, in turns that it gives us.

use std::collections::VecDeque;

use async_task::Runnable;
use futures_lite::future::Boxed;
use parking_lot::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

use super::js;

struct Queue {
    ready: VecDeque<Runnable>,
    /// A turn has been asked for.
    expected: bool,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { ready: VecDeque::new(), expected: false });

/// Runs a task to its end.
pub(super) fn spawn(task: Boxed<()>) {
    let (runnable, task) = async_task::spawn(task, schedule);
    task.detach();
    runnable.schedule();
}

/// Lets everything that is ready get one step further. What becomes ready meanwhile waits for the next turn.
#[wasm_bindgen]
pub fn turn() {
    let ready = {
        let mut queue = QUEUE.lock();
        queue.expected = false;
        std::mem::take(&mut queue.ready)
    };
    for runnable in ready {
        runnable.run();
    }
}

fn schedule(runnable: Runnable) {
    let mut queue = QUEUE.lock();
    queue.ready.push_back(runnable);
    let is_expected = std::mem::replace(&mut queue.expected, true);
    drop(queue);
    if !is_expected {
        js::ask_for_turn();
    }
}
