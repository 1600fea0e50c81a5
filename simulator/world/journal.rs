//! What the core says in its log, as lines of the trace.

use std::fmt;
use std::sync::{Arc, Weak};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use super::World;

pub struct Journal(pub Weak<World>);

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Journal {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Other worlds are played beside this one, without a journal.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == tokenkeep::telemetry::TARGET
    }

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        if let Some(world) = self.0.upgrade() {
            let state = world.state();
            state.note(|| format!("{} says: {}", state.at_work, message.0));
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Journal {
    /// Listens on this thread for as long as what it answers lives.
    pub fn of(world: &Arc<World>) -> tracing::subscriber::DefaultGuard {
        tracing::subscriber::set_default(Self(Arc::downgrade(world)))
    }
}
