//! The clock: the one place where time is read.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use centrala_time::Timestamp;

/// Turns the machine's monotonic clock into [`Timestamp`]s.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Returns a clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Returns the present time.
    #[must_use]
    pub fn now(self) -> Timestamp {
        Timestamp::from_start(self.start.elapsed())
    }

    /// Returns how long it is until `deadline`, zero if it is past.
    #[must_use]
    pub fn until(self, deadline: Timestamp) -> Duration {
        deadline.saturating_since(self.now())
    }
}

/// Returns the time of day as milliseconds since 1970, for what is written down.
#[must_use]
pub fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Returns a seed that nobody can guess.
///
/// # Errors
///
/// If the operating system has no randomness to give.
pub fn seed() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(seed)
}
