//! Sessions that are run again and again, with a fault at each operation in turn.

use super::{Fault, FaultyDisk, Forgetting};
use crate::OnFailure;

impl FaultyDisk {
    /// Runs a session on a copy of this disk with a fault at its first operation, on another copy with that fault `step`
    /// operations later, and so on, until the session is over before. After each run, the last one included, `check` gets
    /// the disk and what the session has returned. Returns how many operations there were without a fault.
    ///
    /// # Panics
    ///
    /// If `step` is 0; and as the session and the check do: then it prints where the fault was.
    pub fn with_each_fault<T>(
        &self,
        fault: Fault,
        step: usize,
        mut session: impl FnMut(&Self) -> T,
        mut check: impl FnMut(&Self, T),
    ) -> u64 {
        let mut at = (1..).step_by(step);
        loop {
            let disk = self.after_power_cut(Forgetting::Nothing);
            let at = at.next().unwrap_or(u64::MAX);
            let _told = OnFailure::new(format!("{fault:?} at operation {at}"));
            disk.fail_at(at, fault);
            let returned = session(&disk);
            let operations = disk.operations();
            check(&disk, returned);
            if operations < at {
                return operations;
            }
        }
    }

    /// Calls `check` with what power cuts would leave of this disk: nothing that was not synced, all of it, and so many
    /// mixtures, which are others after each operation.
    ///
    /// # Panics
    ///
    /// As the check does: then it prints what was forgotten.
    pub fn each_power_cut(&self, mixtures: u64, mut check: impl FnMut(&Self)) {
        let seed = |number: u64| self.operations().wrapping_mul(1_000).wrapping_add(number);
        let mixtures = (0..mixtures).map(|number| Forgetting::Some { seed: seed(number) });
        for forgetting in [Forgetting::Everything, Forgetting::Nothing].into_iter().chain(mixtures)
        {
            let _told = OnFailure::new(format!("power cut, forgetting {forgetting:?}"));
            check(&self.after_power_cut(forgetting));
        }
    }
}
