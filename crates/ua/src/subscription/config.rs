//! The settings of a notifier.

use core::time::Duration;

/// How long subscriptions live, and how many there may be.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifierConfig {
    /// The lifetime of a subscription that asks for none.
    pub default_expires: Duration,
    /// A shorter lifetime is refused with 423, unless it is an hour or more (RFC 6665 section 4.2.1.1).
    pub min_expires: Duration,
    /// A longer lifetime is cut.
    pub max_expires: Duration,
    /// How many subscriptions there may be.
    pub max_watchers: usize,
    /// How many subscriptions one user may have: a console with a lamp for everybody has many.
    pub max_watchers_per_user: usize,
    /// Changes are not told more often than this; the last one is always told.
    pub interval: Duration,
    /// What telephones are told that do not subscribe.
    pub unsolicited: Unsolicited,
}

/// What telephones are told that do not subscribe to the mailbox of their user.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsolicited {
    /// Nothing.
    Never,
    /// Whether messages wait: after the registration, and when it changes.
    Messages,
}

impl Default for NotifierConfig {
    fn default() -> Self {
        Self {
            default_expires: Duration::from_secs(3_600),
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3_600),
            max_watchers: 20_000,
            max_watchers_per_user: 200,
            interval: Duration::from_secs(1),
            unsolicited: Unsolicited::Messages,
        }
    }
}
