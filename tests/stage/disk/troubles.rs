//! What can go wrong with a disk, and what it can be made to wait for.

use super::super::server::Gate;
use super::Disk;

impl Disk {
    pub fn cannot_be_read(&self, so_it_is: bool) {
        self.state.lock().unwrap().is_unreadable = so_it_is;
    }

    pub fn cannot_be_written(&self, so_it_is: bool) {
        self.state.lock().unwrap().is_unwritable = so_it_is;
    }

    /// From here on no save ends before it is otherwise again.
    pub fn is_stuck(&self, so_it_is: bool) {
        let before = std::mem::replace(&mut self.state.lock().unwrap().stuck, so_it_is.then(Gate::default));
        if let Some(gate) = before {
            gate.open();
        }
    }

    pub fn has_no_locks(&self, so_it_is: bool) {
        self.state.lock().unwrap().has_no_locks = so_it_is;
    }

    /// Like a file, it can be read by whoever will not wait.
    pub fn can_be_glanced_at(&self, so_it_is: bool) {
        self.state.lock().unwrap().answers_at_once = so_it_is;
    }

    /// The next save does not end before its gate is opened.
    pub fn will_hold_a_save(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_saves.push_back(gate.clone());
        gate
    }

    /// The next reading does not end before its gate is opened.
    pub fn will_hold_a_read(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_reads.push_back(gate.clone());
        gate
    }

    /// Whoever reads next under its lock is paused between that look and whatever comes of it.
    pub fn will_pause_its_holder(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_answer = Some(gate.clone());
        gate
    }

    /// Whoever looks so many times under its lock finds that it has lapsed, and somebody else at work.
    pub fn lock_has_lapsed_for(&self, looks: usize) {
        self.state.lock().unwrap().in_passing = looks;
    }

    /// The next clearing does not end before its gate is opened.
    pub fn will_hold_a_clear(&self) -> Gate {
        let gate = Gate::default();
        self.state.lock().unwrap().held_clears.push_back(gate.clone());
        gate
    }
}
