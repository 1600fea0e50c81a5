//! What goes wrong, and when. Every fault has an end; at the plan's `calm_at` all of them have.

use std::sync::Arc;

use super::host::Cut;
use super::process::Who;
use super::timeline::{MINUTE, SECOND};
use super::wire::Ailment;
use super::{State, World};

#[derive(Debug, Clone, Copy)]
enum Fault {
    Crash,
    Restart,
    Stall,
    Suspend,
    Step,
    CutFromServer,
    CutFromStore,
    Outage,
    Spoil,
}

impl World {
    pub fn plan_faults(self: &Arc<Self>) {
        let plan = self.state().plan.clone();
        for (fault, every) in [
            (Fault::Crash, plan.crashes),
            (Fault::Restart, plan.restarts),
            (Fault::Stall, plan.stalls),
            (Fault::Suspend, plan.suspends),
            (Fault::Step, plan.steps),
            (Fault::CutFromServer, plan.server_cuts),
            (Fault::CutFromStore, plan.store_cuts),
            (Fault::Outage, plan.outages),
            (Fault::Spoil, plan.spoilings),
        ] {
            if every > 0 {
                self.state().next_fault(fault, every);
            }
        }
    }

    fn happen(self: &Arc<Self>, fault: Fault) {
        let (host, process, account) = {
            let state = &mut *self.state();
            let process = state.dice.index(state.processes.len());
            (state.processes[process].host, process, state.dice.index(state.plan.accounts))
        };
        match fault {
            Fault::Crash => {
                let state = &mut *self.state();
                let polls = state.dice.spread(1, 60);
                // Not at a time but at a step: every await is one.
                state.processes[process].dies_in = Some(polls - 1);
                let wait = state.dice.spread(SECOND, 20 * SECOND);
                state.timeline.after(wait, move |world| {
                    world.crash(process);
                    world.begin(process);
                });
            }
            Fault::Restart => {
                self.finish(process);
                let wait = self.state().dice.spread(10, 5 * SECOND);
                self.state().timeline.after(wait, move |world| {
                    world.crash(process);
                    world.begin(process);
                });
            }
            Fault::Stall => {
                let state = &mut *self.state();
                let wait = state.dice.spread(200, 100 * SECOND);
                // At a step, like a death: between a look and what it leads to there are few.
                let polls = state.dice.spread(1, 60);
                state.processes[process].stalls_in = Some((polls, wait));
            }
            Fault::Suspend => {
                let state = &mut *self.state();
                let wait = state.dice.spread(SECOND, 10 * MINUTE);
                state.suspend(host);
                state.note(|| format!("h{host} is suspended for {wait} ms"));
                state.timeline.after(wait, move |world| world.wake_up(host));
            }
            Fault::Step => {
                let state = &mut *self.state();
                let most = state.dice.spread(SECOND, 20 * MINUTE);
                let by = if state.dice.chance(500) { most as i64 } else { -(most as i64) };
                state.hosts[host].offset += by;
                state.note(|| format!("h{host} somebody sets the wall clock by {by} ms"));
            }
            Fault::CutFromServer | Fault::CutFromStore => {
                let state = &mut *self.state();
                let cut = state.dice.pick(&[Cut::Refused, Cut::Silent]);
                let wait = state.dice.spread(SECOND, 90 * SECOND);
                let from_server = matches!(fault, Fault::CutFromServer);
                state.note(|| format!("h{host} {fault:?} ({cut:?}) for {wait} ms"));
                let line = move |state: &mut State, cut| match from_server {
                    true => state.hosts[host].from_server = cut,
                    false => state.hosts[host].from_store = cut,
                };
                line(state, Some(cut));
                state.timeline.after(wait, move |world| line(&mut world.state(), None));
            }
            Fault::Outage => {
                let state = &mut *self.state();
                let seconds = state.dice.spread(1, 30);
                let kinds = [
                    Ailment::Failing,
                    Ailment::Failing,
                    Ailment::Busy(seconds),
                    Ailment::Flooded(seconds),
                    Ailment::Talking,
                ];
                let ailment = state.dice.pick(&kinds);
                let wait = state.dice.spread(SECOND, 60 * SECOND);
                state.ailing = Some(ailment);
                state.note(|| format!("the server is {ailment:?} for {wait} ms"));
                state.timeline.after(wait, |world| world.state().ailing = None);
            }
            Fault::Spoil => {
                let state = &mut *self.state();
                let removed = state.dice.chance(500);
                let who = Who { host, process, life: 0, account };
                state.note(|| {
                    format!("h{host} somebody {} the record of a{account}", if removed { "deletes" } else { "spoils" })
                });
                state.spoil(who, removed);
            }
        }
    }

    pub fn wake_up(&self, host: usize) {
        let mut state = self.state();
        let frozen = state.resume(host);
        state.note(|| format!("h{host} runs"));
        let now = state.timeline.now();
        for process in state.processes.iter_mut().filter(|process| process.host == host) {
            process.stood_still = Some(now);
        }
        frozen.into_iter().for_each(|task| self.ready.push(task));
    }

    fn go_on(&self, process: usize) {
        let mut state = self.state();
        let now = state.timeline.now();
        let at = &mut state.processes[process];
        (at.is_stalled, at.stood_still) = (false, Some(now));
        let host = at.host;
        let frozen = std::mem::take(&mut state.hosts[host].frozen);
        frozen.into_iter().for_each(|task| self.ready.push(task));
    }

    /// No fault begins from here on, and those that are under way end.
    pub fn calm_down(self: &Arc<Self>) {
        let (hosts, processes) = {
            let state = &mut *self.state();
            state.is_calm = true;
            state.ailing = None;
            for host in &mut state.hosts {
                (host.from_server, host.from_store) = (None, None);
            }
            state.processes.iter_mut().for_each(|process| (process.dies_in, process.stalls_in) = (None, None));
            state.note(|| "the faults are over".to_owned());
            (state.hosts.len(), state.processes.len())
        };
        (0..hosts).for_each(|host| self.wake_up(host));
        (0..processes).for_each(|process| self.go_on(process));
    }
}

impl State {
    fn next_fault(&mut self, fault: Fault, every: u64) {
        let wait = self.dice.between(every / 4, every * 2);
        self.timeline.after(wait, move |world| {
            if !world.state().is_calm {
                world.happen(fault);
                world.state().next_fault(fault, every);
            }
        });
    }

    pub fn stall(&mut self, process: usize, wait: u64) {
        let at = &mut self.processes[process];
        at.is_stalled = true;
        let (host, life) = (at.host, at.life);
        self.note(|| format!("h{host}/p{process}.{life} stands still for {wait} ms"));
        self.timeline.after(wait, move |world| world.go_on(process));
    }

    /// Does a message or a write go wrong that could?
    pub fn mishap(&mut self, kind: impl Fn(&super::plan::Plan) -> u64) -> bool {
        let in_a_thousand = kind(&self.plan);
        in_a_thousand > 0 && !self.is_calm && self.dice.chance(in_a_thousand)
    }
}
