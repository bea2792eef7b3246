//! What a control loop waits for: messages of the network and of other threads, and deadlines.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use bytes::Bytes;
use centrala_ua::{Carrier, Flow, Interface, Ticket};
use mio::{Events, Poll, Token, Waker};

use crate::{
    clock::{self, Clock},
    transport::{Arrival, BindError, Listen, StreamLimits, Transports},
};

/// How many datagrams, arrivals of connections, and messages are taken before deadlines are looked at again.
const BATCH: usize = 64;

/// How many sockets one look at the poll tells of.
const EVENTS: usize = 256;

const WAKER: Token = Token(0);
const FIRST_SOCKET: usize = 1;

/// What woke the loop.
#[derive(Debug)]
pub(crate) enum Input<M> {
    /// Something has come from the network, or could not go there.
    Arrival(Arrival),
    /// A message from another thread.
    Message(M),
}

/// Sockets and one mailbox, waited for together.
#[derive(Debug)]
pub(crate) struct Reactor<M> {
    clock: Clock,
    poll: Poll,
    events: Events,
    transports: Transports,
    messages: Receiver<M>,
    mailbox: Mailbox<M>,
    /// Whether the last batch of messages stopped before all were taken.
    more: bool,
}

/// Sends messages to a [`Reactor`] and wakes it.
#[derive(Debug)]
pub(crate) struct Mailbox<M> {
    sender: Sender<M>,
    bell: Arc<Bell>,
}

/// Wakes a loop, once for all messages that it has not looked for yet: each call of the kernel costs more than most
/// messages.
#[derive(Debug)]
struct Bell {
    waker: Waker,
    has_rung: AtomicBool,
}

impl<M> Clone for Mailbox<M> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), bell: Arc::clone(&self.bell) }
    }
}

impl<M> Mailbox<M> {
    /// Sends a message. It is lost if the loop has ended.
    pub(crate) fn send(&self, message: M) {
        if self.sender.send(message).is_ok() && !self.bell.has_rung.swap(true, Ordering::AcqRel) {
            // A waker fails only when the kernel refuses the event; the next deadline wakes then.
            drop(self.bell.waker.wake());
        }
    }
}

impl<M> Reactor<M> {
    /// Listens.
    pub(crate) fn bind(
        listen: &[Listen],
        limits: StreamLimits,
        clock: Clock,
    ) -> Result<Self, BindError> {
        let poll = Poll::new().map_err(BindError::Poll)?;
        let registry = poll.registry().try_clone().map_err(BindError::Poll)?;
        // A flow that was remembered by an earlier run must not be taken for one of this run.
        let first_number = clock::unix_millis() << 16;
        let transports = Transports::bind(listen, limits, registry, FIRST_SOCKET, first_number)?;
        let waker = Waker::new(poll.registry(), WAKER).map_err(BindError::Poll)?;
        let (sender, messages) = channel();
        let bell = Arc::new(Bell { waker, has_rung: AtomicBool::new(false) });
        Ok(Self {
            clock,
            poll,
            events: Events::with_capacity(EVENTS),
            transports,
            messages,
            mailbox: Mailbox { sender, bell },
            more: false,
        })
    }

    /// Returns the addresses that are listened on, in the order of [`interfaces`](Self::interfaces).
    pub(crate) fn locals(&self) -> Vec<(Carrier, SocketAddr)> {
        self.transports.locals().collect()
    }

    /// Returns our sockets, as others see them.
    pub(crate) fn interfaces(&self) -> Vec<Interface> {
        self.transports.interfaces()
    }

    /// Returns a way to send messages to this loop.
    pub(crate) fn mailbox(&self) -> Mailbox<M> {
        self.mailbox.clone()
    }

    /// Sends a datagram, or as many octets of a stream. What can never be sent comes back as its ticket; what is lost
    /// here is lost like anything else on its way, and timers repeat it.
    pub(crate) fn send(&mut self, destination: Flow, octets: &Bytes, ticket: Option<Ticket>) {
        self.transports.send(destination, octets, ticket, self.clock.now());
    }

    /// Closes those of some idle connections that no flow needs.
    pub(crate) fn close_unused(&mut self, idle: &[Flow], needed: impl Iterator<Item = Flow>) {
        self.transports.close_unused(idle, needed);
    }

    /// Writes what waits, as far as it goes: before the loop ends.
    pub(crate) fn flush(&mut self) {
        self.transports.flush(self.clock.now());
    }

    /// Returns how long everything that was handed over last had waited for its turn: what callers feel of our load.
    pub(crate) const fn backlog(&self) -> Duration {
        self.transports.backlog()
    }

    /// Waits until something arrives or `timeout` has passed, and hands over what arrived.
    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        inputs: &mut Vec<Input<M>>,
    ) -> io::Result<()> {
        let now = self.clock.now();
        self.transports.flush(now);
        let patience = self.patience(timeout);
        match self.poll.poll(&mut self.events, patience) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let now = self.clock.now();
        for event in self.events.iter().filter(|event| event.token() != WAKER) {
            self.transports.handle_event(event, now);
        }
        self.transports.take(now);
        // After what came in time was taken.
        self.transports.handle_timeout(now);
        self.transports.hand_over(BATCH, now, |arrival| inputs.push(Input::Arrival(arrival)));
        // Whoever swaps after this rings again; what was sent by those before is seen below. A plain store could be
        // overtaken by the looking.
        self.mailbox.bell.has_rung.swap(false, Ordering::AcqRel);
        let mut taken = 0;
        while taken < BATCH {
            let Ok(message) = self.messages.try_recv() else { break };
            inputs.push(Input::Message(message));
            taken += 1;
        }
        self.more = taken == BATCH;
        Ok(())
    }

    /// Returns how long to wait at most.
    fn patience(&self, timeout: Option<Duration>) -> Option<Duration> {
        if self.more || self.transports.has_more() {
            return Some(Duration::ZERO);
        }
        let own = self.transports.poll_timeout().map(|at| self.clock.until(at));
        own.into_iter().chain(timeout).min()
    }
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, thread};

    use super::*;

    fn reactor() -> Reactor<usize> {
        let listen = ["127.0.0.1:0".parse().unwrap()];
        Reactor::bind(&listen, StreamLimits::default(), Clock::start()).unwrap()
    }

    #[test]
    fn datagrams_and_messages_arrive_and_nothing_is_left_behind_by_a_full_batch() {
        let mut reactor = reactor();
        let (_, local) = reactor.locals()[0];
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mailbox = reactor.mailbox();
        for number in 0..2 * BATCH {
            peer.send_to(&number.to_be_bytes(), local).unwrap();
            mailbox.send(number);
        }
        let (mut messages, mut datagrams, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..8 {
            reactor.wait(Some(Duration::from_millis(200)), &mut inputs).unwrap();
            for input in inputs.drain(..) {
                match input {
                    Input::Message(number) => messages.push(number),
                    Input::Arrival(Arrival::Datagram(flow, octets, _)) => {
                        assert_eq!(flow.remote(), peer.local_addr().unwrap());
                        datagrams.push(usize::from_be_bytes(octets[..].try_into().unwrap()));
                    }
                    Input::Arrival(other) => panic!("{other:?}"),
                }
            }
        }
        let all: Vec<_> = (0..2 * BATCH).collect();
        assert_eq!((messages, datagrams), (all.clone(), all));
    }

    #[test]
    fn no_message_of_many_senders_is_slept_through() {
        let mut reactor = reactor();
        let senders = [0, 1].map(|sender| {
            let mailbox = reactor.mailbox();
            thread::spawn(move || (0..20_000).for_each(|number| mailbox.send(2 * number + sender)))
        });
        let (mut seen, mut inputs) = ([0; 2], Vec::new());
        while seen != [20_000; 2] {
            // Without a timeout: one message without its bell, and this never ends.
            reactor.wait(None, &mut inputs).unwrap();
            for input in inputs.drain(..) {
                let Input::Message(number) = input else { panic!("{input:?}") };
                assert_eq!(number / 2, seen[number % 2], "in the order of its sender");
                seen[number % 2] += 1;
            }
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    }
}
