//! What flights have to tell JavaScript, in the order in which it happened.
//!
//! One mailbox per environment, one function that says "there is mail", and a synchronous call that collects it. Log lines and
//! results share the queue, so a line about a login is logged before its token is handed out.

use std::collections::VecDeque;

use parking_lot::Mutex;

use super::answers::{NativeLine, Settled};
use super::host::Question;

/// Has JavaScript look for mail, later, on its own thread. It keeps no process alive.
pub(crate) type Wake = Box<dyn Fn() + Send + Sync>;

/// Log lines that may wait for an event loop that does not turn. What comes after is dropped and counted.
const LINES: usize = 512;

/// One piece of mail.
pub(crate) enum Letter {
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

pub(crate) struct Mailbox {
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
    pub(crate) fn new(wake: Wake) -> Self {
        Self { wake, post: Mutex::default() }
    }

    /// Delivers, however full the box is. For what somebody waits for.
    pub(crate) fn post(&self, manager: u32, letter: Letter) {
        self.deliver(manager, letter, usize::MAX);
    }

    /// Delivers a log line if there is room; never waits. Answers whether there was.
    pub(crate) fn post_line(&self, manager: u32, line: NativeLine) -> bool {
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
            (self.wake)();
        }
        true
    }

    /// Everything that has come since the last time. On the JavaScript thread, which comes again until there is nothing: only then
    /// the next letter is announced.
    pub(crate) fn collect(&self) -> VecDeque<(u32, Letter)> {
        let mut post = self.post.lock();
        post.announced = !post.letters.is_empty();
        post.lines = 0;
        std::mem::take(&mut post.letters)
    }
}
