//! Reports about a party's sound, on their way in both directions.

use std::{
    io,
    net::{IpAddr, SocketAddr, UdpSocket as StdSocket},
    time::Duration,
};

use centrala_media::{RtcpConfig, RtcpSession, RtcpStatistics, RtpReceiver, RtpSender};
use mio::net::UdpSocket;

/// The reports of one session.
#[derive(Debug)]
pub(super) struct Reports {
    rtcp: RtcpSession,
    way: Way,
}

/// Where reports go.
#[derive(Debug)]
enum Way {
    /// Where sound goes.
    Multiplexed,
    /// To a port of their own.
    Separate(Box<Separate>),
}

#[derive(Debug)]
struct Separate {
    /// The port behind that of the sound.
    socket: UdpSocket,
    signalled: SocketAddr,
    /// Where a report came from, if that is elsewhere at the same machine: it is behind a NAT.
    heard: Option<SocketAddr>,
}

/// The longest report of one stream: a sender report with a block, a name, goodbye.
const MAX_REPORT: usize = 160;

impl Reports {
    /// Begins to report where sound goes. `draw` is drawn at random, `now` is the time since 1970.
    pub(super) fn multiplexed(draw: u64, now: Duration) -> Self {
        Self { rtcp: session(draw, now), way: Way::Multiplexed }
    }

    /// Begins to report to another port than that of the sound, from the port behind `local`.
    pub(super) fn separate(
        signalled: SocketAddr,
        local: SocketAddr,
        draw: u64,
        now: Duration,
    ) -> io::Result<Self> {
        let socket = StdSocket::bind((local.ip(), local.port().wrapping_add(1)))?;
        socket.set_nonblocking(true)?;
        let socket = UdpSocket::from_std(socket);
        let separate = Separate { socket, signalled, heard: None };
        Ok(Self { rtcp: session(draw, now), way: Way::Separate(Box::new(separate)) })
    }

    /// Returns the port of its own.
    pub(super) fn socket(&mut self) -> Option<&mut UdpSocket> {
        match &mut self.way {
            Way::Multiplexed => None,
            Way::Separate(separate) => Some(&mut separate.socket),
        }
    }

    /// Returns whether reports come with the sound.
    pub(super) const fn is_multiplexed(&self) -> bool {
        matches!(self.way, Way::Multiplexed)
    }

    /// The party has told another address; says whether it is one.
    pub(super) fn move_to(&mut self, signalled: SocketAddr) -> bool {
        match &mut self.way {
            Way::Multiplexed => false,
            Way::Separate(separate) => {
                if separate.signalled != signalled {
                    separate.signalled = signalled;
                    separate.heard = None;
                }
                true
            }
        }
    }

    /// Takes a report of the party. One that is none, or of somebody else's, is dropped.
    pub(super) fn handle_multiplexed(
        &mut self,
        datagram: &[u8],
        sender: &RtpSender,
        now: Duration,
    ) {
        _ = self.rtcp.handle_datagram(datagram, sender, now);
    }

    /// Takes what has come to the port of its own from somebody, where the party's sound is at `party`; says whether
    /// there may be more.
    pub(super) fn receive(
        &mut self,
        buffer: &mut [u8],
        party: Option<IpAddr>,
        sender: &RtpSender,
        now: Duration,
    ) -> bool {
        let Way::Separate(separate) = &mut self.way else { return false };
        let (length, from) = match separate.socket.recv_from(buffer) {
            Ok(received) => received,
            Err(error) => return error.kind() != io::ErrorKind::WouldBlock,
        };
        if from != separate.signalled && Some(from.ip()) != party {
            return true;
        }
        let datagram = buffer.get(..length).unwrap_or_default();
        if self.rtcp.handle_datagram(datagram, sender, now).is_ok() {
            separate.heard = Some(from);
        }
        true
    }

    /// Sends a report if one is due; `sound` is the socket of the sound, and where that goes.
    pub(super) fn handle_timeout(
        &mut self,
        (sender, receiver): (&RtpSender, &RtpReceiver),
        sound: (&UdpSocket, Option<SocketAddr>),
        draw: u64,
        now: Duration,
    ) {
        if now < self.rtcp.poll_timeout() {
            return;
        }
        let mut datagram = [0; MAX_REPORT];
        let draw = truncated(draw);
        if let Ok(length) = self.rtcp.write_report(sender, receiver, draw, now, &mut datagram) {
            self.send(datagram.get(..length).unwrap_or_default(), sound);
        }
    }

    /// Sends goodbye.
    pub(super) fn leave(
        &mut self,
        (sender, receiver): (&RtpSender, &RtpReceiver),
        sound: (&UdpSocket, Option<SocketAddr>),
        now: Duration,
    ) {
        let mut datagram = [0; MAX_REPORT];
        if let Ok(length) = self.rtcp.write_goodbye(sender, receiver, now, &mut datagram) {
            self.send(datagram.get(..length).unwrap_or_default(), sound);
        }
    }

    pub(super) const fn statistics(&self) -> RtcpStatistics {
        self.rtcp.statistics()
    }

    /// A report that the kernel refuses is lost like any other.
    fn send(&self, datagram: &[u8], (socket, remote): (&UdpSocket, Option<SocketAddr>)) {
        match &self.way {
            Way::Multiplexed => {
                if let Some(remote) = remote {
                    drop(socket.send_to(datagram, remote));
                }
            }
            Way::Separate(separate) => {
                let remote = separate.heard.unwrap_or(separate.signalled);
                drop(separate.socket.send_to(datagram, remote));
            }
        }
    }
}

fn session(draw: u64, now: Duration) -> RtcpSession {
    RtcpSession::new(RtcpConfig::new(format!("{draw:016x}")), truncated(draw), now)
}

const fn truncated(draw: u64) -> u32 {
    let [a, b, c, d, ..] = draw.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}
