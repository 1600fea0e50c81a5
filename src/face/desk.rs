//! What one manager works with. It is let go of as soon as nobody will ask again: JavaScript's collector may take its time, and in a
//! pool thousands of managers come and go.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use futures_lite::future::Boxed;

use super::answers::Settled;
use super::equipment::{Equipment, Sessions};
use super::fallback::Variable;
use super::host::{AskedSecondFactor, Host};
use super::lane::{Lane, Report};
use super::log::Log;
use super::machine;
use super::mailbox::Mailbox;
use super::thread::Thread;
use crate::manager::{Fallback, Manager, Parts, SecondFactor, Shared, Spawn};
use crate::policy::Policy;
use crate::store::memory::Freshness;

pub(super) struct Desk {
    pub(super) manager: Manager,
    pub(super) id: u32,
    /// In which changes of its token are seen.
    pub(super) cell: u32,
    pub(super) lane: Lane,
    pub(super) mailbox: Arc<Mailbox>,
    host: Arc<Host>,
    dropped: Arc<AtomicU32>,
    pub(super) fallback: Option<Arc<Variable>>,
    pub(super) sessions: Sessions,
    pub(super) policy: Policy,
}

impl Desk {
    /// That of a manager at `shared`, with parts and a watch on its session that `tune` may have changed.
    pub(super) fn of(
        thread: &Thread,
        equipment: &Equipment,
        shared: Arc<Shared>,
        has_totp: bool,
        tune: impl FnOnce(Parts, Arc<dyn Freshness>) -> (Parts, Arc<dyn Freshness>),
    ) -> Self {
        let (mailbox, host) = (Arc::clone(&thread.mailbox), Arc::clone(&thread.host));
        let (id, (place, cell)) = (thread.next_number(), thread.next_cell());
        let dropped = Arc::new(AtomicU32::new(0));
        let log = || Log { manager: id, mailbox: Arc::clone(&mailbox), dropped: Arc::clone(&dropped) };
        let lane = Lane::with(equipment.has_logger.then(|| Arc::new(log())));
        let fallback = equipment.fallback.clone().map(|name| Arc::new(Variable::named(name)));
        let parts = Parts {
            transport: equipment.transport(id, &host),
            clock: machine::clock(),
            rng: machine::rng(),
            store: equipment.store(),
            fallback: fallback.clone().map(|variable| variable as Arc<dyn Fallback>),
            spawn: Arc::new(lane.clone()),
            turns: None,
            tally: None,
            policy: equipment.policy.clone(),
        };
        let (parts, watch) = tune(parts, cell);
        let second_factor = second_factor(has_totp, id, &host);
        let manager = Manager::new(parts, shared, second_factor, watch);
        let (sessions, policy) = (equipment.sessions.clone(), equipment.policy.clone());
        Self { manager, id, cell: place, lane, mailbox, host, dropped, fallback, sessions, policy }
    }

    pub(super) fn second_factor(&self, has_totp: bool) -> Option<Arc<dyn SecondFactor>> {
        second_factor(has_totp, self.id, &self.host)
    }

    pub(super) fn report(&self, operation: u32) -> Report {
        Report::on(self.id, operation, &self.mailbox, &self.dropped)
    }

    pub(super) fn run(&self, operation: u32, work: impl Future<Output = Settled> + Send + 'static) {
        self.start(operation, Box::pin(work));
    }

    /// Once for all kinds of work.
    fn start(&self, operation: u32, work: Boxed<Settled>) {
        let report = self.report(operation);
        self.lane.spawn(Box::pin(async move {
            let settled = work.await;
            report.file(settled);
        }));
    }
}

fn second_factor(has_totp: bool, manager: u32, host: &Arc<Host>) -> Option<Arc<dyn SecondFactor>> {
    has_totp.then(|| Arc::new(AskedSecondFactor::new(manager, Arc::clone(host))) as Arc<dyn SecondFactor>)
}
