//! What a server tells those who watch it.

use std::{fmt, net::SocketAddr, time::Duration};

use centrala_media::CallQuality;
use centrala_switch::{JourneyEvent, LegId};
use centrala_ua::{Carrier, LocationStoreError};
use centrala_voicemail::MessageSummary;
use serde_json::{Value, json};

use crate::engine::SoundReport;

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
    /// A party's sound has ended.
    Sound {
        /// Whose.
        leg: LegId,
        /// How it was.
        report: SoundReport,
    },
    /// A party should be heard, and nothing has come of it for long.
    NothingHeard {
        /// Of whom.
        leg: LegId,
    },
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
            Self::Sound { leg, report } => sound_to_json(*leg, report),
            Self::NothingHeard { leg } => {
                json!({ "event": "nothing-heard", "leg": leg.to_string() })
            }
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
            Self::Sound { leg, report } => {
                write!(f, "{leg} sent {} packets", report.received)?;
                if let Some(quality) = report.quality() {
                    let jitter = report.jitter.as_secs_f64() * 1_000.0;
                    write!(
                        f,
                        ", {} were lost, jitter {jitter:.1} ms, MOS {:.1}",
                        report.lost,
                        quality.mos()
                    )?;
                }
                match report.strangers {
                    0 => Ok(()),
                    strangers => write!(f, "; {strangers} packets of strangers were dropped"),
                }
            }
            Self::NothingHeard { leg } => write!(f, "{leg} is not heard any more"),
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

fn sound_to_json(leg: LegId, report: &SoundReport) -> Value {
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    json!({
        "event": "sound",
        "leg": leg.to_string(),
        "received": report.received,
        "lost": report.lost,
        "duplicates": report.duplicates,
        "reordered": report.reordered,
        "strangers": report.strangers,
        "sent": report.sent,
        "jitter_ms": millis(report.jitter),
        "round_trip_ms": report.round_trip.map(millis),
        "mos": report.quality().map(CallQuality::mos),
        "remote_lost": report.remote.map(|remote| remote.lost),
        "remote_jitter_ms": report.remote.map(|remote| millis(remote.jitter)),
        "remote_mos": report.remote_quality().map(CallQuality::mos),
    })
}

/// Such as `udp:192.0.2.1:5060`.
fn address_of((carrier, address): &(Carrier, SocketAddr)) -> String {
    format!("{}:{address}", carrier.uri_param())
}
