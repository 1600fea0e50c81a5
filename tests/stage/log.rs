//! Listens to what the core says in its log.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest, Subscriber, set_default};
use tracing::{Event, Level, Metadata};

/// The lines so far, in order.
#[derive(Debug, Clone, Default)]
pub struct Log {
    lines: Arc<Mutex<Vec<Line>>>,
}

/// One event: its message, and its fields as `name=value`.
#[derive(Debug, Clone)]
pub struct Line {
    pub level: Level,
    pub message: String,
    pub fields: Vec<String>,
}

/// The log hears this thread for as long as this lives.
pub type Listening = DefaultGuard;

impl Log {
    pub fn listen() -> (Log, Listening) {
        let log = Log::default();
        let listening = set_default(Listener(log.clone()));
        (log, listening)
    }

    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    pub fn infos(&self) -> Vec<String> {
        self.messages(Level::INFO)
    }

    pub fn warnings(&self) -> Vec<String> {
        self.messages(Level::WARN)
    }

    /// Everything that was said, fields included.
    pub fn text(&self) -> String {
        self.lines().iter().map(|line| format!("{} {} {}\n", line.level, line.message, line.fields.join(" "))).collect()
    }

    fn messages(&self, level: Level) -> Vec<String> {
        self.lines().into_iter().filter(|line| line.level == level).map(|line| line.message).collect()
    }
}

struct Listener(Log);

impl Subscriber for Listener {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Other tests, with listeners of their own or none, run beside this one: nothing may be decided for good.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == tokenkeep::telemetry::TARGET
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line { level: *event.metadata().level(), message: String::new(), fields: Vec::new() };
        event.record(&mut line);
        self.0.lines.lock().unwrap().push(line);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields.push(format!("{}={value:?}", field.name()));
        }
    }
}
