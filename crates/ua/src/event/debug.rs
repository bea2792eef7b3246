//! What may be printed of events: no keys, no bodies.

use std::fmt;

use bytes::Bytes;

use super::{Event, IncomingCall, Output};

/// A body or a datagram: its length alone.
pub(crate) struct Length<'a>(pub(crate) &'a Bytes);

impl fmt::Debug for Length<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { destination, datagram, ticket: _ } => f
                .debug_struct("Send")
                .field("destination", &format_args!("{destination}"))
                .field("datagram", &Length(datagram))
                .finish(),
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
            Self::Keep(record) => f.debug_tuple("Keep").field(record).finish(),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of = |name, call: &dyn fmt::Debug, rest: &[(&str, &dyn fmt::Debug)]| {
            let mut output = f.debug_struct(name);
            output.field("call", call);
            for (field, value) in rest {
                output.field(field, value);
            }
            output.finish()
        };
        let length = |body: &Option<Bytes>| body.as_ref().map(Bytes::len);
        match self {
            Self::Incoming(incoming) => f.debug_tuple("Incoming").field(incoming).finish(),
            Self::Ringing { call, fork, status, answer } => {
                let rest: [(_, &dyn fmt::Debug); 3] =
                    [("fork", fork), ("status", status), ("answer", &length(answer))];
                of("Ringing", call, &rest)
            }
            Self::ForkEnded { call, fork } => of("ForkEnded", call, &[("fork", fork)]),
            Self::Answered { call, fork, answer } => {
                of("Answered", call, &[("fork", fork), ("answer", &length(answer))])
            }
            Self::Confirmed { call, answer } => {
                of("Confirmed", call, &[("answer", &length(answer))])
            }
            Self::Offered { call, offer } => of("Offered", call, &[("offer", &length(offer))]),
            Self::OfferWithdrawn { call } => of("OfferWithdrawn", call, &[]),
            Self::AnsweredInAck { call, answer } => {
                of("AnsweredInAck", call, &[("answer", &length(answer))])
            }
            Self::OfferAnswered { call, answer } => {
                of("OfferAnswered", call, &[("answer", &length(answer))])
            }
            Self::OfferRejected { call, status, retry_after } => {
                of("OfferRejected", call, &[("status", status), ("retry_after", retry_after)])
            }
            Self::Key { call, key: _, duration } => of("Key", call, &[("duration", duration)]),
            Self::Ended { call, cause } => of("Ended", call, &[("cause", cause)]),
            Self::Registered { user, binding, cause } => f
                .debug_struct("Registered")
                .field("user", user)
                .field("binding", binding)
                .field("cause", cause)
                .finish(),
            Self::Unregistered { user, binding, cause } => f
                .debug_struct("Unregistered")
                .field("user", user)
                .field("binding", binding)
                .field("cause", cause)
                .finish(),
            Self::Subscription { id, state } => {
                f.debug_struct("Subscription").field("id", id).field("state", state).finish()
            }
            Self::Notified { id, package, body } => f
                .debug_struct("Notified")
                .field("id", id)
                .field("package", package)
                .field("body", &Length(body))
                .finish(),
            Self::MessagesWaiting { registration, summary } => f
                .debug_struct("MessagesWaiting")
                .field("registration", registration)
                .field("summary", summary)
                .finish(),
            Self::Registration { id, state } => {
                f.debug_struct("Registration").field("id", id).field("state", state).finish()
            }
        }
    }
}

impl fmt::Debug for IncomingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingCall")
            .field("call", &self.call)
            .field("source", &self.source)
            .field("flow", &self.flow)
            .field("called", &self.called)
            .field("offer", &self.offer.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use centrala_keys::Key;
    use core::time::Duration;

    use super::*;
    use crate::CallId;

    #[test]
    fn neither_keys_nor_datagrams_are_printed() {
        let key = Event::Key { call: CallId(1), key: Key::Seven, duration: Duration::from_secs(1) };
        let destination = "192.0.2.1:5060".parse().unwrap();
        let send =
            Output::Send { destination, datagram: Bytes::from_static(b"Signal=7"), ticket: None };
        assert_eq!(format!("{key:?}"), "Key { call: CallId(1), duration: 1s }");
        let expected = "Send { destination: UDP 192.0.2.1:5060, datagram: 8 bytes }";
        assert_eq!(format!("{send:?}"), expected);
    }
}
