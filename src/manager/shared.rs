//! What all managers of one identity in a process have in common (`life-cycle.md`, "Who shares what"). While nobody is at it, it
//! lies folded: of a hundred thousand accounts only a few are in use at a time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::asleep::Asleep;
use super::awake::{Annex, Awake, Stay};
use super::{Look, State};
use crate::clock::Moment;
use crate::policy::Policy;
use crate::provider::Provider;
use crate::session::Life;
use crate::store::memory::{Freshness, MemoryStore};

/// A session, its flights and its failures.
pub struct Shared {
    bed: Mutex<Bed>,
}

enum Bed {
    Awake { awake: Arc<Awake>, stays: u32 },
    Asleep(Asleep),
}

/// What whoever renews ahead of time has to know of a session.
#[derive(Default)]
pub(crate) struct Due {
    /// It is to be renewed, and nobody does.
    pub(crate) is_due: bool,
    /// Somebody renews it, or waits for the turn to do so.
    pub(crate) flies: bool,
    /// How long it is due before callers would have to wait; nothing where a look cannot be in time for that.
    pub(crate) notice: Option<Duration>,
}

impl Shared {
    /// That of a provider without a session. Whoever does not know others of its kind keeps it to itself.
    pub fn of(provider: Arc<dyn Provider>) -> Arc<Self> {
        let awake = Arc::new(Awake::new(provider, MemoryStore::default(), None));
        Arc::new(Self { bed: Mutex::new(Bed::Awake { awake, stays: 0 }) })
    }

    /// Is at the session from here on, until the stay is dropped.
    pub fn stay(self: &Arc<Self>) -> Stay {
        let mut bed = self.bed.lock();
        let awake = bed.awake();
        if let Bed::Awake { stays, .. } = &mut *bed {
            *stays += 1;
        }
        Stay::new(Arc::clone(self), awake)
    }

    /// What there is, by this policy and this clock; at once and without I/O. It wakes nobody. The token of a sleeper is only looked up
    /// where its generation is another than `known`.
    pub fn look(&self, policy: &Policy, now: Moment, known: Option<u32>) -> Look {
        match &*self.bed.lock() {
            Bed::Awake { awake, .. } => awake.look(policy, now),
            Bed::Asleep(asleep) => asleep.look(policy, now, known),
        }
    }

    /// Whether it is to be renewed, whoever asks or not. It wakes nobody.
    pub(crate) fn due(&self, policy: &Policy, now: Moment) -> Due {
        let (life, pause, flies) = match &*self.bed.lock() {
            Bed::Awake { awake, .. } => {
                (awake.life(), awake.pause_left(policy, now), awake.flights.underway().is_some())
            }
            Bed::Asleep(asleep) => (asleep.life(), Annex::pause_left(asleep.annex(), policy, now), false),
        };
        let Some(life) = life else { return Due { flies, ..Due::default() } };
        let notice = policy.soft_margin(&life).saturating_sub(policy.hard_margin(&life));
        let notice = Some(notice).filter(|notice| !notice.is_zero() && !life.left(now).is_zero());
        Due { is_due: policy.due_in(&life, now).is_zero() && pause.is_zero() && !flies, flies, notice }
    }

    /// The state of its token. It wakes nobody.
    pub fn state(&self, policy: &Policy, now: Moment) -> State {
        State::of(self.life().map(|life| policy.zone(&life, now)))
    }

    fn life(&self) -> Option<Life> {
        match &*self.bed.lock() {
            Bed::Awake { awake, .. } => awake.life(),
            Bed::Asleep(asleep) => asleep.life(),
        }
    }

    /// Has `watcher` told of every change of the session, until [`Shared::unwatch`] or its end.
    pub fn watch(&self, watcher: &Arc<dyn Freshness>) {
        match &mut *self.bed.lock() {
            Bed::Awake { awake, .. } => awake.memory.watch(watcher),
            Bed::Asleep(asleep) => asleep.watch(watcher),
        }
    }

    /// Tells `watcher` no more.
    pub fn unwatch(&self, watcher: &Arc<dyn Freshness>) {
        match &mut *self.bed.lock() {
            Bed::Awake { awake, .. } => awake.memory.unwatch(watcher),
            Bed::Asleep(asleep) => asleep.unwatch(watcher),
        }
    }

    /// Is a manager at it, or a flight that one has started? Whoever only keeps it for later does not count.
    pub fn is_held(&self) -> bool {
        matches!(&*self.bed.lock(), Bed::Awake { stays: 1.., .. })
    }

    /// Does it lie folded?
    pub fn is_asleep(&self) -> bool {
        matches!(&*self.bed.lock(), Bed::Asleep(_))
    }

    pub(super) fn leave(&self, comes_back: bool) {
        let mut bed = self.bed.lock();
        let Bed::Awake { stays, .. } = &mut *bed else { return };
        *stays -= 1;
        if *stays == 0 && comes_back {
            bed.fall_asleep();
        }
    }
}

/// Neither turn-over takes anything out of the bed before there is what to put into it: whoever panics in between has changed nothing.
impl Bed {
    fn awake(&mut self) -> Arc<Awake> {
        match self {
            Bed::Awake { awake, .. } => Arc::clone(awake),
            Bed::Asleep(asleep) => {
                let awake = Arc::new(asleep.wake());
                *self = Bed::Awake { awake: Arc::clone(&awake), stays: 0 };
                awake
            }
        }
    }

    fn fall_asleep(&mut self) {
        // Without a stay nobody else has it.
        if let Bed::Awake { awake, .. } = self
            && let Some(awake) = Arc::get_mut(awake)
        {
            *self = Bed::Asleep(Asleep::of(awake));
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.bed.lock() {
            Bed::Awake { awake, .. } => f.debug_tuple("Shared").field(awake).finish(),
            Bed::Asleep(asleep) => f.debug_tuple("Shared").field(asleep).finish(),
        }
    }
}
