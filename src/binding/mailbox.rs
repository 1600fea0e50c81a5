//! What flights have to tell JavaScript, in the order in which it happened.
//!
//! One mailbox per environment, one weak threadsafe function that says "there is mail", and a synchronous call that
//! collects it. Log lines and results share the queue, so a line about a login is logged before its token is handed out.

use std::collections::VecDeque;

use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Status, sys};
use parking_lot::Mutex;

use super::answers::{NativeLine, Settled};
use super::host::Question;

/// `CalleeHandled` is false (no leading error argument), `Weak` is true (keeps no process alive).
pub(super) type Wake = ThreadsafeFunction<(), (), (), Status, false, true>;

/// Log lines that may wait for an event loop that does not turn. What comes after is dropped and counted.
const LINES: usize = 512;

/// One piece of mail.
pub(super) enum Letter {
    /// A line for the manager's logger.
    Line(NativeLine),
    /// The end of an operation.
    Settled(Settled),
    /// Something that a callback of the user's has to answer.
    Asked(Question),
    /// Nobody waits for the answer to this one any more.
    Withdrawn(u32),
    /// It is time to renew the session, or those of these accounts of a pool.
    Due(Vec<String>),
}

pub(super) struct Mailbox {
    wake: Wake,
    post: Mutex<Post>,
}

#[derive(Default)]
struct Post {
    /// With the number of the manager that each is about.
    letters: VecDeque<(u32, Letter)>,
    lines: usize,
    announced: bool,
}

impl Mailbox {
    pub(super) fn new(wake: Wake) -> Self {
        Self { wake, post: Mutex::default() }
    }

    /// What Node-API knows the function by.
    pub(super) fn wake(&self) -> sys::napi_threadsafe_function {
        self.wake.handle.get_raw()
    }

    /// Delivers, however full the box is. For what somebody waits for.
    pub(super) fn post(&self, manager: u32, letter: Letter) {
        self.deliver(manager, letter, usize::MAX);
    }

    /// Delivers a log line if there is room; never waits. Answers whether there was.
    pub(super) fn post_line(&self, manager: u32, line: NativeLine) -> bool {
        self.deliver(manager, Letter::Line(line), LINES)
    }

    fn deliver(&self, manager: u32, letter: Letter, room: usize) -> bool {
        let mut post = self.post.lock();
        if post.lines >= room {
            return false;
        }
        post.lines += usize::from(matches!(letter, Letter::Line(_)));
        post.letters.push_back((manager, letter));
        let announce = !std::mem::replace(&mut post.announced, true);
        drop(post);
        if announce {
            // Refused only when the environment is going away, and then nobody reads mail any more.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
        true
    }

    /// Everything that has come since the last time. On the JavaScript thread.
    pub(super) fn collect(&self) -> VecDeque<(u32, Letter)> {
        std::mem::take(&mut *self.post.lock()).letters
    }
}
