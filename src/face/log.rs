//! Brings the `tracing` events of one manager to the logger of that manager.
//!
//! One subscriber for all of them, entered around each of their tasks, and beside it the [`Log`] that the task belongs to. A
//! subscriber per manager would be walked by tracing whenever another one is made; a global one would be the process's, and a
//! logger belongs to one JavaScript thread.

use std::cell::RefCell;
use std::fmt::Debug;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use futures_lite::future::Boxed;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::metadata::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, dispatcher};

use super::answers::NativeLine;
use super::mailbox::Mailbox;
use crate::telemetry::TARGET;

pub(crate) struct Log {
    pub(crate) manager: u32,
    pub(crate) mailbox: Arc<Mailbox>,
    /// Lines that found no room; told with the next result.
    pub(crate) dropped: Arc<AtomicU32>,
}

static ROUTER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Router));

thread_local! {
    /// Whose task is being polled on this thread.
    static CURRENT: RefCell<Option<Arc<Log>>> = const { RefCell::new(None) };
}

/// `task`, with its events going to `log`.
pub(crate) fn around(mut task: Boxed<()>, log: Arc<Log>) -> Boxed<()> {
    Box::pin(poll_fn(move |context| within(&log, || task.as_mut().poll(context))))
}

/// Runs `work` here and now, with its events going to `log`.
pub(crate) fn within<T>(log: &Arc<Log>, work: impl FnOnce() -> T) -> T {
    CURRENT.set(Some(Arc::clone(log)));
    let result = dispatcher::with_default(&ROUTER, work);
    CURRENT.set(None);
    result
}

impl Log {
    fn write(&self, line: NativeLine) {
        if !self.mailbox.post_line(self.manager, line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Router;

impl Subscriber for Router {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET && *metadata.level() <= Level::INFO
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        let mut reader = Reader::default();
        event.record(&mut reader);
        let level = match *event.metadata().level() {
            Level::WARN => "warn",
            _ => "info",
        };
        let line = NativeLine {
            level: level.to_owned(),
            message: reader.message,
            fields: Value::Object(reader.fields).to_string(),
        };
        if let Some(log) = CURRENT.with_borrow(Option::clone) {
            log.write(line);
        }
    }

    // The core opens no spans; those of libraries are not enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Reader {
    message: String,
    fields: Map<String, Value>,
}

impl Reader {
    fn keep(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Reader {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else {
            self.keep(field, text.into());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value.into());
    }

    // Nothing here is a fraction. The default would bring Rust's way of spelling one.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value.into());
    }
}
