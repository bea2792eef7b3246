//! The timers of RFC 3261 section 17 and table 4.

use core::time::Duration;

use centrala_time::Timestamp;

/// The three times from which all timers of RFC 3261 appendix A follow.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// T1: the round-trip time estimate, and the first interval of retransmission.
    pub t1: Duration,
    /// T2: the longest interval of retransmission for non-INVITE requests and INVITE responses.
    pub t2: Duration,
    /// T4: how long a datagram may stay in the network.
    pub t4: Duration,
}

impl Timers {
    /// Returns 64 × T1: timers B, F, H, J, L and M, and how long a 2xx is retransmitted.
    #[must_use]
    pub const fn transaction_timeout(&self) -> Duration {
        self.t1.saturating_mul(64)
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

/// Whether the transport below repeats what is lost.
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 section 17 knows these two kinds")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// UDP: the transaction retransmits, and absorbs the retransmissions of the other side.
    Unreliable,
    /// TCP, TLS, WebSocket: nothing is sent twice.
    Reliable,
}

impl Reliability {
    /// Returns how long to absorb retransmissions: not at all on a reliable transport.
    pub(crate) const fn absorb(self, duration: Duration) -> Duration {
        match self {
            Self::Unreliable => duration,
            Self::Reliable => Duration::ZERO,
        }
    }
}

/// A retransmission that is due again and again at doubling intervals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retransmission {
    next: Option<Timestamp>,
    interval: Duration,
    cap: Duration,
}

impl Retransmission {
    /// Starts with T1, and never waits longer than `cap`.
    pub(crate) fn new(
        reliability: Reliability,
        timers: &Timers,
        cap: Duration,
        now: Timestamp,
    ) -> Self {
        let next = (reliability == Reliability::Unreliable).then(|| now + timers.t1);
        Self { next, interval: timers.t1, cap }
    }

    /// Waits the longest interval from now on: timer E in the Proceeding state.
    pub(crate) fn slow_down(&mut self) {
        self.interval = self.cap;
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.next
    }

    /// Returns whether it is time to send again; if so, sets the next time. However late the call
    /// comes, there is one retransmission and not a burst.
    pub(crate) fn is_due(&mut self, now: Timestamp) -> bool {
        if self.next.is_none_or(|next| next > now) {
            return false;
        }
        self.interval = self.interval.saturating_mul(2).min(self.cap);
        // An interval of zero would be due forever.
        self.next = Some(now + self.interval.max(Duration::from_millis(1)));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(mut retransmission: Retransmission, count: usize) -> Vec<u128> {
        let mut times = Vec::new();
        while times.len() < count
            && let Some(at) = retransmission.poll_timeout()
        {
            assert!(retransmission.is_due(at));
            times.push(at.since_start().as_millis());
        }
        times
    }

    #[test]
    fn intervals_double_up_to_their_cap() {
        let timers = Timers::default();
        let unreliable =
            |cap| Retransmission::new(Reliability::Unreliable, &timers, cap, Timestamp::ZERO);
        // RFC 3261 section 17.1.1.2: timer A; section 17.1.2.2: timer E.
        assert_eq!(
            schedule(unreliable(Duration::MAX), 6),
            [500, 1_500, 3_500, 7_500, 15_500, 31_500]
        );
        assert_eq!(schedule(unreliable(timers.t2), 6), [500, 1_500, 3_500, 7_500, 11_500, 15_500]);
    }

    #[test]
    fn nothing_is_retransmitted_on_a_reliable_transport() {
        let timers = Timers::default();
        let reliable =
            Retransmission::new(Reliability::Reliable, &timers, timers.t2, Timestamp::ZERO);
        assert_eq!(schedule(reliable, 3), [] as [u128; 0]);
    }

    #[test]
    fn a_late_call_retransmits_once() {
        let timers = Timers::default();
        let mut late =
            Retransmission::new(Reliability::Unreliable, &timers, timers.t2, Timestamp::ZERO);
        let now = Timestamp::from_millis(60_000);
        assert!(late.is_due(now));
        assert!(!late.is_due(now));
    }
}
