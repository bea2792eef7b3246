//! What a server tells those who watch it.

use std::{fmt, net::SocketAddr};

use centrala_switch::JourneyEvent;
use centrala_ua::{Carrier, LocationStoreError};
use centrala_voicemail::MessageSummary;
use serde_json::{Value, json};

/// Something worth telling.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Notice {
    /// The server listens.
    Listening {
        /// Where, and by what.
        addresses: Vec<(Carrier, SocketAddr)>,
    },
    /// A telephone has registered.
    Registered {
        /// Its user.
        user: String,
        /// Its contact.
        contact: String,
    },
    /// Telephones that had registered before the server was started again are reached as they were.
    Restored {
        /// How many users have one.
        users: usize,
    },
    /// Whether registrations are kept over a restart has changed.
    RegistrationsKept {
        /// Why they are not; `None` if they are again.
        error: Option<LocationStoreError>,
    },
    /// A telephone is gone.
    Unregistered {
        /// Its user.
        user: String,
    },
    /// A step of somebody's journey.
    Journey(JourneyEvent),
    /// A message was kept.
    Message(MessageSummary),
    /// The server takes no new calls.
    Draining {
        /// How many calls still run.
        calls: usize,
        /// How many sessions SIP still knows: those, and calls whose end is being told.
        sessions: usize,
        /// How many transactions SIP still knows.
        transactions: usize,
    },
    /// The server has ended.
    Stopped,
}

impl Notice {
    /// Returns the notice as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Listening { addresses } => {
                let first = addresses.first().map(|(_, address)| address.to_string());
                let all: Vec<_> = addresses.iter().map(address_of).collect();
                json!({ "event": "listening", "address": first, "addresses": all })
            }
            Self::Registered { user, contact } => {
                json!({ "event": "registered", "user": user, "contact": contact })
            }
            Self::Restored { users } => json!({ "event": "restored", "users": users }),
            Self::RegistrationsKept { error } => json!({
                "event": "registrations-kept",
                "kept": error.is_none(),
                "error": error.map(|error| error.to_string()),
            }),
            Self::Unregistered { user } => json!({ "event": "unregistered", "user": user }),
            Self::Journey(event) => json!({
                "event": "journey",
                "journey": event.journey.number(),
                "step": event.to_string(),
            }),
            Self::Message(summary) => json!({
                "event": "message",
                "mailbox": summary.mailbox.to_string(),
                "id": summary.id.to_string(),
                "seconds": summary.length.as_secs_f64(),
                "interrupted": summary.interrupted,
            }),
            Self::Draining { calls, sessions, transactions } => json!({
                "event": "draining",
                "calls": calls,
                "sessions": sessions,
                "transactions": transactions,
            }),
            Self::Stopped => json!({ "event": "stopped" }),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { addresses } => {
                let all: Vec<_> = addresses.iter().map(address_of).collect();
                write!(f, "listening on {}", all.join(", "))
            }
            Self::Registered { user, contact } => write!(f, "{user} registered at {contact}"),
            Self::Restored { users } => {
                write!(f, "{users} registered before and are reached still")
            }
            Self::RegistrationsKept { error: Some(error) } => {
                write!(f, "{error}: after a restart telephones would have to register again")
            }
            Self::RegistrationsKept { error: None } => f.write_str("registrations are kept again"),
            Self::Unregistered { user } => write!(f, "{user} is gone"),
            Self::Journey(event) => event.fmt(f),
            Self::Message(summary) => write!(
                f,
                "message {} for {}, {:.1} s",
                summary.id,
                summary.mailbox,
                summary.length.as_secs_f64()
            ),
            Self::Draining { calls, .. } => {
                write!(f, "shutting down: no new calls, {calls} still run")
            }
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

/// Such as `udp:192.0.2.1:5060`.
fn address_of((carrier, address): &(Carrier, SocketAddr)) -> String {
    format!("{}:{address}", carrier.uri_param())
}
