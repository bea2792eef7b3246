//! What a SUBSCRIBE asks for, and why it is refused.

use core::time::Duration;

use super::{EventPackage, WatcherId};
use crate::Source;

/// What a SUBSCRIBE outside of a dialog asks for.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeRequest {
    /// Who asks.
    pub who: Source,
    /// For which package.
    pub package: EventPackage,
    /// Of what: the user part of the Request-URI.
    pub resource: String,
    /// The Request-URI: the address of the resource.
    pub entity: String,
    /// For how long. Zero asks for the state once.
    pub expires: Option<Duration>,
    /// Where it is told: host and port of Contact. Whoever has started anew there subscribes to the same again, and what he
    /// has forgotten makes room for that.
    pub place: Option<String>,
}

/// A subscription that was made.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Which.
    pub watcher: WatcherId,
    /// For how long.
    pub expires: Duration,
}

/// Why there is no subscription.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// Who asks may not watch that, if it exists at all (403).
    #[error("it may not be watched by whoever asks")]
    Forbidden,
    /// There is nothing of that name (404).
    #[error("there is no such resource")]
    NotFound,
    /// The lifetime is too short (423).
    #[error("the lifetime is below {minimum:?}")]
    TooBrief {
        /// What would do.
        minimum: Duration,
    },
    /// Who asks has too many (403).
    #[error("one user has more than {limit} subscriptions")]
    TooMany {
        /// As many are allowed.
        limit: usize,
    },
    /// There are too many in all (503).
    #[error("there are more than {limit} subscriptions")]
    Full {
        /// As many are allowed.
        limit: usize,
    },
}

/// Why a subscription was not refreshed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// It has ended (481).
    #[error("the subscription has ended")]
    Ended,
    /// The lifetime is too short (423). The subscription stays as it is.
    #[error("the lifetime is below {minimum:?}")]
    TooBrief {
        /// What would do.
        minimum: Duration,
    },
}

impl SubscribeRequest {
    /// Returns a request for the usual lifetime.
    pub fn new(
        who: Source,
        package: EventPackage,
        resource: impl Into<String>,
        entity: impl Into<String>,
    ) -> Self {
        Self {
            who,
            package,
            resource: resource.into(),
            entity: entity.into(),
            expires: None,
            place: None,
        }
    }
}
