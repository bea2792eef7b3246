//! A socket that connections come to.

use std::{io, time::Duration};

use centrala_time::Timestamp;
use centrala_ua::InterfaceId;
use mio::{Interest, Registry, Token, net::TcpListener};

use super::tcp::Connections;

/// How many connections are accepted before what they bring is looked at.
const ACCEPTS: usize = 64;

/// How long nothing is accepted after the process had no more files.
const STARVED: Duration = Duration::from_millis(250);

/// A socket that connections come to.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// None waits.
    Quiet,
    /// Some may wait.
    Ready { had_files: HadFiles },
    /// There are no files for those that wait.
    Starved { until: Timestamp },
}

/// Whether the last attempt to accept failed for want of files: that is told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HadFiles {
    Yes,
    No,
}

impl Listener {
    /// Has the poll wait for connections.
    pub(super) fn new(
        socket: std::net::TcpListener,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        let mut socket = TcpListener::from_std(socket);
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(Self { socket, state: State::Ready { had_files: HadFiles::Yes } })
    }

    /// The poll has told of a connection.
    pub(super) fn handle_ready(&mut self) {
        if matches!(self.state, State::Quiet) {
            self.state = State::Ready { had_files: HadFiles::Yes };
        }
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, now: Timestamp) {
        if self.poll_timeout().is_some_and(|until| until <= now) {
            self.state = State::Ready { had_files: HadFiles::No };
        }
    }

    /// Accepts connections that wait.
    pub(super) fn accept(
        &mut self,
        connections: &mut Connections,
        interface: InterfaceId,
        now: Timestamp,
    ) {
        for _ in 0..ACCEPTS {
            let State::Ready { had_files } = self.state else { return };
            match self.socket.accept() {
                Ok((stream, remote)) => {
                    self.state = State::Ready { had_files: HadFiles::Yes };
                    connections.admit(stream, remote, interface, now);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.state = State::Quiet;
                }
                // Who gave up before we came, or an interruption.
                Err(error) if is_passing(&error) => {}
                Err(error) => {
                    if had_files == HadFiles::Yes {
                        tracing::warn!(%error, "connections have to wait");
                    }
                    // Trying again at once would spin: the connection that waits stays.
                    self.state = State::Starved { until: now + STARVED };
                }
            }
        }
    }

    /// Returns whether connections may wait that can be accepted now.
    pub(super) const fn has_more(&self) -> bool {
        matches!(self.state, State::Ready { .. })
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) next.
    pub(super) const fn poll_timeout(&self) -> Option<Timestamp> {
        match self.state {
            State::Starved { until } => Some(until),
            State::Quiet | State::Ready { .. } => None,
        }
    }
}

/// Returns whether the next attempt to accept may succeed at once.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
    )
}
