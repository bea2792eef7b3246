//! The steps that a softphone still has to take.

use std::{collections::VecDeque, time::Duration};

use centrala_time::Timestamp;

use super::script::{Awaited, Step};

/// How long a key takes on its way: pressed, and a pause after it.
pub(super) const KEY_TIME: Duration = Duration::from_millis(100 + 100);

/// Steps in order, and what the next one waits for.
#[derive(Debug, Default)]
pub(super) struct StepQueue {
    steps: VecDeque<Step>,
    /// Nothing is done before this.
    not_before: Option<Timestamp>,
}

impl StepQueue {
    pub(super) fn push(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.steps.extend(steps);
    }

    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.not_before = None;
    }

    pub(super) const fn poll_timeout(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// Returns the next step that can be taken now; waiting is done here.
    pub(super) fn next(
        &mut self,
        now: Timestamp,
        happened: impl Fn(Awaited) -> bool,
    ) -> Option<Step> {
        loop {
            if self.not_before.take_if(|until| *until <= now).is_none() && self.not_before.is_some()
            {
                return None;
            }
            match self.steps.front()? {
                Step::Until(awaited) if !happened(*awaited) => return None,
                Step::Until(_) => drop(self.steps.pop_front()),
                Step::Wait(length) => {
                    self.not_before = Some(now + *length);
                    self.steps.pop_front();
                }
                Step::Press(digits, _) => {
                    let keys = u32::try_from(digits.len()).unwrap_or(u32::MAX);
                    self.not_before = Some(now + KEY_TIME.saturating_mul(keys));
                    return self.steps.pop_front();
                }
                _ => return self.steps.pop_front(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::softphone::script::parse;

    #[test]
    fn steps_wait_for_time_for_events_and_for_keys_that_are_on_their_way() {
        let mut queue = StepQueue::default();
        queue.push(parse("wait 1s; press 12; until ended; hangup").unwrap());
        let never = |_| false;
        let at = Timestamp::from_millis;
        assert_eq!(queue.next(at(0), never), None);
        assert_eq!(queue.poll_timeout(), Some(at(1_000)));
        assert_eq!(queue.next(at(999), never), None);
        assert!(matches!(queue.next(at(1_000), never), Some(Step::Press(..))));
        assert_eq!(queue.next(at(1_399), |_| true), None);
        assert_eq!(queue.next(at(1_400), never), None);
        assert_eq!(queue.next(at(1_400), |awaited| awaited == Awaited::Ended), Some(Step::HangUp));
        assert_eq!(queue.next(at(1_400), |_| true), None);
    }
}
