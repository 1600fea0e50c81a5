//! Who runs the flights: one after the other in the order in which they are woken, or each on a thread of its own.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures_lite::future::{self, Boxed};
use tokenkeep::manager::Spawn;

/// Runs on the test's own thread, so that its order never changes and a panic is the test's.
#[derive(Debug, Default)]
pub struct Executor {
    ready: Arc<Ready>,
}

type Ready = Mutex<VecDeque<Arc<Task>>>;

struct Task {
    future: Mutex<Option<Boxed<()>>>,
    ready: Arc<Ready>,
}

impl Executor {
    pub fn start<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Call<T> {
        let answer = Arc::new(Mutex::new(None));
        let place = Arc::clone(&answer);
        let task = self.launch(Box::pin(async move {
            let value = future.await;
            *place.lock().unwrap() = Some(value);
        }));
        Call { answer, task }
    }

    /// Runs whatever can run, until nothing can.
    pub fn run(&self) {
        loop {
            let Some(task) = self.ready.lock().unwrap().pop_front() else { return };
            let waker = Waker::from(Arc::clone(&task));
            let Some(mut future) = task.future.lock().unwrap().take() else { continue };
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                *task.future.lock().unwrap() = Some(future);
            }
        }
    }

    fn launch(&self, future: Boxed<()>) -> Arc<Task> {
        let task = Arc::new(Task { future: Mutex::new(Some(future)), ready: Arc::clone(&self.ready) });
        Arc::clone(&task).wake();
        task
    }
}

impl Spawn for Executor {
    fn spawn(&self, future: Boxed<()>) {
        self.launch(future);
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let ready = Arc::clone(&self.ready);
        ready.lock().unwrap().push_back(self);
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

/// Somebody who waits for an answer.
pub struct Call<T> {
    answer: Arc<Mutex<Option<T>>>,
    task: Arc<Task>,
}

impl<T> Call<T> {
    pub fn is_waiting(&self) -> bool {
        self.answer.lock().unwrap().is_none()
    }

    #[track_caller]
    pub fn answer(&self) -> T {
        self.answer.lock().unwrap().take().expect("the caller still waits, or has had its answer")
    }

    /// Goes away without waiting for the answer.
    pub fn leave(self) {
        drop(self.task.future.lock().unwrap().take());
    }
}

/// Runs every flight on a thread of its own.
#[derive(Debug)]
pub struct Threads;

impl Spawn for Threads {
    fn spawn(&self, future: Boxed<()>) {
        std::thread::spawn(move || future::block_on(future));
    }
}

/// Whoever should run the flights is dead: they are dropped unflown.
#[derive(Debug)]
pub struct Nobody;

impl Spawn for Nobody {
    fn spawn(&self, future: Boxed<()>) {
        drop(future);
    }
}
