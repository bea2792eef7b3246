//! What a softphone tells.

use std::{fmt, net::SocketAddr, time::Duration};

use serde_json::{Value, json};

/// Something that has happened to a softphone.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum PhoneEvent {
    /// It listens.
    Listening {
        /// Where.
        address: SocketAddr,
    },
    /// The registration holds.
    Registered {
        /// For how long.
        expires: Duration,
    },
    /// The registration failed.
    RegistrationFailed {
        /// The status of the response, if there was one.
        status: Option<u16>,
    },
    /// Somebody calls.
    Incoming {
        /// Their number.
        number: String,
        /// Their name, if they gave one.
        name: Option<String>,
    },
    /// The far side rings.
    Ringing,
    /// The call is answered.
    Answered,
    /// The far side has pressed a key.
    Key {
        /// Which.
        key: char,
    },
    /// The recording that played has ended.
    Played,
    /// The call is over.
    Ended {
        /// How.
        cause: String,
        /// The status that refused it, if one did.
        status: Option<u16>,
        /// Whether it had been answered.
        answered: bool,
        /// What was heard, as samples of 8,000 Hz.
        heard: Vec<i16>,
    },
    /// A step could not be taken.
    Failed {
        /// Why.
        why: String,
    },
}

impl PhoneEvent {
    /// Returns the event as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Listening { address } => {
                json!({ "event": "listening", "address": address.to_string() })
            }
            Self::Registered { expires } => {
                json!({ "event": "registered", "expires": expires.as_secs() })
            }
            Self::RegistrationFailed { status } => {
                json!({ "event": "registration-failed", "status": status })
            }
            Self::Incoming { number, name } => {
                json!({ "event": "incoming", "number": number, "name": name })
            }
            Self::Ringing => json!({ "event": "ringing" }),
            Self::Answered => json!({ "event": "answered" }),
            Self::Key { key } => json!({ "event": "key", "key": key.to_string() }),
            Self::Played => json!({ "event": "played" }),
            Self::Ended { cause, status, answered, heard } => json!({
                "event": "ended",
                "cause": cause,
                "status": status,
                "answered": answered,
                "heard_seconds": seconds(heard),
            }),
            Self::Failed { why } => json!({ "event": "failed", "why": why }),
        }
    }
}

impl fmt::Display for PhoneEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { address } => write!(f, "listening on {address}"),
            Self::Registered { expires } => write!(f, "registered for {} s", expires.as_secs()),
            Self::RegistrationFailed { status: Some(status) } => {
                write!(f, "registration refused: {status}")
            }
            Self::RegistrationFailed { status: None } => f.write_str("registration: no answer"),
            Self::Incoming { number, name: Some(name) } => write!(f, "{name} ({number}) calls"),
            Self::Incoming { number, name: None } => write!(f, "{number} calls"),
            Self::Ringing => f.write_str("it rings"),
            Self::Answered => f.write_str("answered"),
            Self::Key { key } => write!(f, "heard the key {key}"),
            Self::Played => f.write_str("played"),
            Self::Ended { cause, heard, .. } => {
                write!(f, "ended: {cause}, {:.1} s heard", seconds(heard))
            }
            Self::Failed { why } => f.write_str(why),
        }
    }
}

fn seconds(samples: &[i16]) -> f64 {
    let samples = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    f64::from(samples) / 8_000.0
}
