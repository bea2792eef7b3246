//! How an exchange behaves where the office's plan says nothing.

use std::time::Duration;

use centrala_voicemail::UnixMillis;

/// How an exchange behaves where the office's plan says nothing.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeConfig {
    /// How many calls may run at once. Another one is refused as busy.
    pub max_calls: usize,
    /// How long a caller may go round between menus, information and ringing telephones before
    /// the last mailbox takes the call.
    pub longest_attendance: Duration,
    /// How long a call may take in all.
    pub longest_call: Duration,
    /// How long running calls may go on after [`Input::Drain`](crate::Input::Drain).
    pub drain: Duration,
    /// What the calendar said when the timestamps began: the exchange reads no clock.
    pub epoch: UnixMillis,
}

impl Default for ExchangeConfig {
    /// 2,000 calls; half an hour, twelve hours; half a minute; 1970.
    fn default() -> Self {
        Self {
            max_calls: 2_000,
            longest_attendance: Duration::from_mins(30),
            longest_call: Duration::from_hours(12),
            drain: Duration::from_secs(30),
            epoch: UnixMillis::new(0),
        }
    }
}
