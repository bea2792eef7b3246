//! A clock that only moves when told.

use core::time::Duration;

use centrala_time::Timestamp;

/// A clock that only moves when told, and never backwards.
#[derive(Clone, Debug, Default)]
pub struct VirtualClock {
    now: Timestamp,
}

impl VirtualClock {
    /// Returns a clock that stands at the start of time.
    #[must_use]
    pub const fn new() -> Self {
        Self { now: Timestamp::ZERO }
    }

    /// Lets `duration` pass.
    pub fn advance(&mut self, duration: Duration) {
        self.now += duration;
    }

    /// Lets the time pass until `instant`; an instant that has passed already changes nothing.
    pub fn advance_to(&mut self, instant: Timestamp) {
        self.now = self.now.max(instant);
    }

    /// Returns the present time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_never_runs_backwards() {
        let mut clock = VirtualClock::new();
        clock.advance(Duration::from_secs(2));
        clock.advance_to(Timestamp::from_millis(500));
        assert_eq!(clock.now(), Timestamp::from_millis(2_000));
        clock.advance_to(Timestamp::from_millis(2_500));
        assert_eq!(clock.now(), Timestamp::from_millis(2_500));
    }
}
