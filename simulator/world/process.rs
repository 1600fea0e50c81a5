//! A process: managers that share its memory, and the tasks that are theirs. It may die between any two polls of them.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures_lite::future::Boxed;
use tokenkeep::manager::{Manager, Shared, Spawn};

use super::World;
use super::dice::Dice;

/// Somebody in some process at work on some account. A process that was started again is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    pub host: usize,
    pub process: usize,
    pub life: u32,
    pub account: usize,
}

impl Who {
    /// Is it the same process, with the same memory?
    pub fn remembers(self, other: Who) -> bool {
        (self.process, self.life) == (other.process, other.life)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "h{}/p{}.{}/a{}", self.host, self.process, self.life, self.account)
    }
}

#[derive(Default)]
pub struct Process {
    pub host: usize,
    pub life: u32,
    pub is_alive: bool,
    /// Its threads stand still; its clocks do not.
    pub is_stalled: bool,
    /// Its managers are closed: they have let go of everything.
    pub is_closing: bool,
    /// It dies in the place of the poll after so many.
    pub dies_in: Option<u64>,
    /// It stands still before the poll after so many, for so many milliseconds.
    pub stalls_in: Option<(u64, u64)>,
    /// When it last stood still, by itself or with its host.
    pub stood_still: Option<u64>,
    tasks: Vec<Arc<Task>>,
    /// The managers of each account. Those of one account share its session.
    pub managers: Vec<Vec<Manager>>,
    /// The session of each account.
    pub sessions: Vec<Arc<Shared>>,
}

impl Process {
    pub fn on(host: usize) -> Self {
        Self { host, ..Self::default() }
    }
}

pub struct Task {
    process: usize,
    future: Mutex<Option<Boxed<()>>>,
    is_queued: AtomicBool,
    is_over: AtomicBool,
    ready: Arc<Ready>,
}

impl Task {
    /// Nobody waits for it any more.
    pub fn leave(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        let future = self.future.lock().unwrap().take();
        drop(future);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// Who can run at this moment.
#[derive(Default)]
pub struct Ready(Mutex<Vec<Arc<Task>>>);

impl Ready {
    pub fn push(&self, task: Arc<Task>) {
        if !task.is_queued.swap(true, Ordering::Relaxed) {
            self.0.lock().unwrap().push(task);
        }
    }

    /// Any of them: in which order those run who can run is nobody's to rely on.
    fn draw(&self, dice: &mut Dice) -> Option<Arc<Task>> {
        let mut tasks = self.0.lock().unwrap();
        if tasks.is_empty() {
            return None;
        }
        let index = if tasks.len() == 1 { 0 } else { dice.index(tasks.len()) };
        let task = tasks.swap_remove(index);
        task.is_queued.store(false, Ordering::Relaxed);
        Some(task)
    }

    pub fn clear(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap());
        drop(tasks);
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let ready = Arc::clone(&self.ready);
        ready.push(self);
    }
}

impl World {
    /// Runs `future` in a process, if that is still the one that it was.
    pub fn launch(&self, process: usize, life: u32, future: Boxed<()>) -> Option<Arc<Task>> {
        let task = Task {
            process,
            future: Mutex::new(Some(future)),
            is_queued: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            ready: Arc::clone(&self.ready),
        };
        let task = Arc::new(task);
        {
            let at = &mut self.state().processes[process];
            if at.life == life && at.is_alive {
                at.tasks.retain(|task| !task.is_over());
                at.tasks.push(Arc::clone(&task));
                Arc::clone(&task).wake();
                return Some(task);
            }
        }
        task.leave();
        None
    }

    /// One poll of somebody. False when nobody can run.
    pub fn step(self: &Arc<Self>) -> bool {
        let (task, dies) = {
            let state = &mut *self.state();
            let Some(task) = self.ready.draw(&mut state.dice) else { return false };
            let process = &mut state.processes[task.process];
            let host = &mut state.hosts[process.host];
            if host.is_asleep() || process.is_stalled {
                host.frozen.push(task);
                return true;
            }
            if task.is_over() {
                return true;
            }
            let number = task.process;
            if let Some((polls, wait)) = process.stalls_in {
                process.stalls_in = polls.checked_sub(1).map(|left| (left, wait));
                if polls == 0 {
                    host.frozen.push(task);
                    state.stall(number, wait);
                    return true;
                }
            }
            state.judge.steps += 1;
            if state.trace.is_some() {
                state.at_work = format!("h{}/p{}.{}", process.host, task.process, process.life);
            }
            let dies = process.dies_in == Some(0);
            process.dies_in = process.dies_in.map(|polls| polls.saturating_sub(1));
            (task, dies)
        };
        if dies {
            self.crash(task.process);
            return true;
        }
        let Some(mut future) = task.future.lock().unwrap().take() else { return true };
        let waker = Waker::from(Arc::clone(&task));
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            *task.future.lock().unwrap() = Some(future);
        } else {
            task.is_over.store(true, Ordering::Relaxed);
            drop(future);
        }
        self.look_into(task.process);
        true
    }

    /// The end of a process, without a word: whatever it was about to do is not done.
    pub fn crash(self: &Arc<Self>, process: usize) {
        let (tasks, managers) = {
            let mut state = self.state();
            let at = &mut state.processes[process];
            if !at.is_alive {
                return;
            }
            at.is_alive = false;
            (at.is_stalled, at.dies_in, at.stalls_in) = (false, None, None);
            let (host, life) = (at.host, at.life);
            let left =
                (std::mem::take(&mut at.tasks), (std::mem::take(&mut at.managers), std::mem::take(&mut at.sessions)));
            state.judge.count.deaths += 1;
            state.note(|| format!("h{host}/p{process}.{life} dies"));
            left
        };
        // Outside the lock: what is dropped here lets go of locks and replies.
        tasks.iter().for_each(|task| task.leave());
        drop(managers);
    }
}

/// Runs the flights of one process.
pub struct Spawner {
    pub world: Arc<World>,
    pub process: usize,
    pub life: u32,
}

impl Spawn for Spawner {
    fn spawn(&self, future: Boxed<()>) {
        self.world.launch(self.process, self.life, future);
    }
}
