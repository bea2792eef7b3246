//! SIP transactions: retransmission, timers and matching (RFC 3261 section 17, RFC 6026).
//!
//! Four machines, each with the same face: feed it a message or the time, then drain
//! `poll_output` and look at `poll_timeout`.
//!
//! ```
//! use bytes::Bytes;
//! use centrala_sip::StatusCode;
//! use centrala_time::Timestamp;
//! use centrala_ua::transaction::{NonInviteServer, Reliability, ServerOutput, Timers};
//!
//! let now = Timestamp::ZERO;
//! let mut transaction = NonInviteServer::new(Timers::default(), Reliability::Unreliable);
//! let response = Bytes::from_static(b"SIP/2.0 200 OK\r\n");
//! transaction.respond(StatusCode::OK, response.clone(), now);
//! assert_eq!(transaction.poll_output(), Some(ServerOutput::Send(response.clone())));
//! transaction.handle_retransmission(); // the response was lost, the request comes again
//! assert_eq!(transaction.poll_output(), Some(ServerOutput::Send(response)));
//! assert_eq!(transaction.poll_timeout(), Some(Timestamp::from_millis(32_000))); // timer J
//! ```

pub(crate) mod ack;
mod client;
pub(crate) mod key;
mod server;
pub(crate) mod table;
mod timer;

pub use client::{ClientOutput, InviteClient, NonInviteClient};
pub use server::{InviteServer, NonInviteServer, ServerOutput};
pub(crate) use timer::Retransmission;
pub use timer::{Reliability, Timers};

/// The hops of a request that we begin (RFC 3261 section 8.1.1.6).
pub(crate) const MAX_FORWARDS: u32 = 70;

#[cfg(test)]
mod tests;
