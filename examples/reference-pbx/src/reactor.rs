//! What a control loop waits for: datagrams, messages from other threads, and deadlines.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use bytes::Bytes;
use mio::{Events, Interest, Poll, Token, Waker, net::UdpSocket};

/// The largest datagram of IPv4.
const MAX_DATAGRAM: usize = 65_535;

/// How many datagrams and messages are taken before deadlines are looked at again.
const BATCH: usize = 64;

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

/// What woke the loop.
#[derive(Debug)]
pub(crate) enum Input<M> {
    /// A datagram and where it came from.
    Datagram(SocketAddr, Bytes),
    /// A message from another thread.
    Message(M),
}

/// One UDP socket and one mailbox, waited for together.
#[derive(Debug)]
pub(crate) struct Reactor<M> {
    poll: Poll,
    events: Events,
    socket: UdpSocket,
    local: SocketAddr,
    mailbox: Receiver<M>,
    sender: Sender<M>,
    waker: Arc<Waker>,
    buffer: Box<[u8]>,
    /// Whether the last batch stopped before everything was taken.
    more: bool,
}

/// Sends messages to a [`Reactor`] and wakes it.
#[derive(Debug)]
pub(crate) struct Mailbox<M> {
    sender: Sender<M>,
    waker: Arc<Waker>,
}

impl<M> Clone for Mailbox<M> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), waker: Arc::clone(&self.waker) }
    }
}

impl<M> Mailbox<M> {
    /// Sends a message. It is lost if the loop has ended.
    pub(crate) fn send(&self, message: M) {
        if self.sender.send(message).is_ok() {
            // A waker fails only when the kernel refuses the event; the next deadline wakes then.
            drop(self.waker.wake());
        }
    }
}

impl<M> Reactor<M> {
    /// Binds the socket.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut socket = UdpSocket::bind(address)?;
        let local = socket.local_addr()?;
        poll.registry().register(&mut socket, SOCKET, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (sender, mailbox) = channel();
        let buffer = vec![0; MAX_DATAGRAM].into_boxed_slice();
        let events = Events::with_capacity(8);
        Ok(Self { poll, events, socket, local, mailbox, sender, waker, buffer, more: false })
    }

    /// Returns the address that the socket is bound to.
    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Returns a way to send messages to this loop.
    pub(crate) fn mailbox(&self) -> Mailbox<M> {
        Mailbox { sender: self.sender.clone(), waker: Arc::clone(&self.waker) }
    }

    /// Sends a datagram. One that the kernel refuses is lost like any other; timers repeat it.
    pub(crate) fn send(&self, destination: SocketAddr, datagram: &[u8]) -> io::Result<()> {
        self.socket.send_to(datagram, destination).map(drop)
    }

    /// Waits until something arrives or `timeout` has passed, and hands over what arrived.
    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        inputs: &mut Vec<Input<M>>,
    ) -> io::Result<()> {
        let timeout = if self.more { Some(Duration::ZERO) } else { timeout };
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let readable = self.more || !self.events.is_empty();
        self.more = false;
        if !readable {
            return Ok(());
        }
        let mut taken = 0;
        while taken < BATCH {
            match self.socket.recv_from(&mut self.buffer) {
                Ok((length, source)) => {
                    let octets = self.buffer.get(..length).unwrap_or_default();
                    inputs.push(Input::Datagram(source, Bytes::copy_from_slice(octets)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // An ICMP "port unreachable" for something sent before: nobody's datagram.
                Err(_) => {}
            }
            taken += 1;
        }
        let from_socket = taken;
        while taken < from_socket + BATCH {
            let Ok(message) = self.mailbox.try_recv() else { break };
            inputs.push(Input::Message(message));
            taken += 1;
        }
        self.more = from_socket == BATCH || taken == from_socket + BATCH;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_and_messages_arrive_and_nothing_is_left_behind_by_a_full_batch() {
        let mut reactor = Reactor::<usize>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let mailbox = reactor.mailbox();
        for number in 0..2 * BATCH {
            peer.send_to(&number.to_be_bytes(), reactor.local()).unwrap();
            mailbox.send(number);
        }
        let mut inputs = Vec::new();
        for _ in 0..8 {
            reactor.wait(Some(Duration::from_millis(200)), &mut inputs).unwrap();
        }
        let messages = inputs.iter().filter(|input| matches!(input, Input::Message(_))).count();
        let datagrams: Vec<_> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Datagram(source, octets) if *source == peer.local_addr().unwrap() => {
                    Some(octets.to_vec())
                }
                Input::Datagram(..) | Input::Message(_) => None,
            })
            .collect();
        assert_eq!((messages, datagrams.len()), (2 * BATCH, 2 * BATCH));
        assert!(datagrams.iter().enumerate().all(|(at, octets)| *octets == at.to_be_bytes()));
    }
}
