//! Reports about a call, in both directions: when they are sent, and what they say.

use std::time::Duration;

use super::{MAX_CNAME, ReportBlock, RtcpPacket, RtcpPackets, RtcpWriter, SenderInfo};
use crate::{ParseRtcpError, RtpReceiver, RtpSender, WriteRtpError};

/// Sends and takes the reports of one call (RFC 3550 section 6.2, 6.3 and 6.4).
///
/// It knows no clock: `now` is wall clock time since 1970, as a sender report has to say it. A report is written into a
/// buffer of the caller, where and when [`poll_timeout`](Self::poll_timeout) says so.
///
/// ```
/// use centrala_media::{RtcpConfig, RtcpSession, RtpReceiver, RtpSender, Ssrc};
/// use std::time::Duration;
///
/// let now = Duration::from_secs(1_795_550_000);
/// let mut session = RtcpSession::new(RtcpConfig::new("a1b2c3"), 0, now);
/// let (sender, receiver) = (RtpSender::new(Ssrc::new(1), 0, 0), RtpReceiver::new(8_000));
/// let later = session.poll_timeout();
/// assert!(later - now <= Duration::from_secs(3), "the first report comes early");
/// let mut datagram = [0; 128];
/// let length = session.write_report(&sender, &receiver, 0, later, &mut datagram)?;
/// assert!(centrala_media::is_rtcp(&datagram[..length]));
/// # Ok::<(), centrala_media::WriteRtpError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtcpSession {
    config: RtcpConfig,
    next_at: Duration,
    /// The last sender report: the middle of its NTP timestamp, and when it came.
    last_sender_report: Option<(u32, Duration)>,
    /// What was expected and received when the last report was sent.
    reported: (u64, u64),
    packets_reported: u64,
    statistics: RtcpStatistics,
}

/// What an [`RtcpSession`] is made with.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtcpConfig {
    /// The canonical name, random for each call (RFC 7022): cut after 255 octets.
    pub cname: String,
    /// The mean time between two reports: 5 s, as RFC 3550 section 6.2 has it for two parties.
    pub interval: Duration,
}

/// What reports have told.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtcpStatistics {
    /// Reports that came.
    pub received: u64,
    /// Reports that were sent.
    pub sent: u64,
    /// Datagrams, or parts of them, that were no reports.
    pub malformed: u64,
    /// How long a packet takes to the party and back, as of its last report; `None` if none has told.
    pub round_trip: Option<Duration>,
    /// What the party says about our stream.
    pub remote: Option<ReportBlock>,
    /// Whether the party has said goodbye.
    pub has_left: bool,
}

impl RtcpConfig {
    /// Returns the usual settings.
    pub fn new(cname: impl Into<String>) -> Self {
        let mut cname: String = cname.into();
        while cname.len() > MAX_CNAME {
            cname.pop();
        }
        Self { cname, interval: Duration::from_secs(5) }
    }
}

impl RtcpSession {
    /// Begins; the first report is due after half of the interval. `draw` is any number, drawn at random: reports of
    /// many calls must not come all at once.
    #[must_use]
    pub fn new(config: RtcpConfig, draw: u32, now: Duration) -> Self {
        let next_at = now + around(config.interval / 2, draw);
        Self {
            config,
            next_at,
            last_sender_report: None,
            reported: (0, 0),
            packets_reported: 0,
            statistics: RtcpStatistics::default(),
        }
    }

    /// Returns when to [write a report](Self::write_report).
    #[must_use]
    pub const fn poll_timeout(&self) -> Duration {
        self.next_at
    }

    /// Writes a report: of the stream that is sent, if anything was sent since the last one, and of the one that is
    /// received. Returns its length; 128 octets and the canonical name are enough room.
    ///
    /// # Errors
    ///
    /// If the datagram is too short.
    pub fn write_report(
        &mut self,
        sender: &RtpSender,
        receiver: &RtpReceiver,
        draw: u32,
        now: Duration,
        datagram: &mut [u8],
    ) -> Result<usize, WriteRtpError> {
        let mut writer = RtcpWriter::new(datagram);
        self.write(&mut writer, sender, receiver, now)?;
        self.next_at = now + around(self.config.interval, draw);
        self.statistics.sent += 1;
        Ok(writer.finish())
    }

    /// Writes a last report, and goodbye (RFC 3550 section 6.6). Returns its length.
    ///
    /// # Errors
    ///
    /// If the datagram is too short.
    pub fn write_goodbye(
        &mut self,
        sender: &RtpSender,
        receiver: &RtpReceiver,
        now: Duration,
        datagram: &mut [u8],
    ) -> Result<usize, WriteRtpError> {
        let mut writer = RtcpWriter::new(datagram);
        self.write(&mut writer, sender, receiver, now)?;
        writer.goodbye(sender.ssrc())?;
        self.statistics.sent += 1;
        Ok(writer.finish())
    }

    /// Takes a datagram of the party, of which it is known that it is the party's.
    ///
    /// # Errors
    ///
    /// If it is no compound of reports, or a packet in it is malformed. What stood before that was taken.
    pub fn handle_datagram(
        &mut self,
        datagram: &[u8],
        sender: &RtpSender,
        now: Duration,
    ) -> Result<(), ParseRtcpError> {
        let counted = |error| {
            self.statistics.malformed += 1;
            error
        };
        let packets = RtcpPackets::parse(datagram).map_err(counted)?;
        for packet in packets {
            match packet.inspect_err(|_| self.statistics.malformed += 1)? {
                RtcpPacket::SenderReport { sender: info, blocks, .. } => {
                    self.last_sender_report = Some((middle(info.ntp), now));
                    self.statistics.received += 1;
                    blocks.for_each(|block| self.handle_block(block, sender, now));
                }
                RtcpPacket::ReceiverReport { blocks, .. } => {
                    self.statistics.received += 1;
                    blocks.for_each(|block| self.handle_block(block, sender, now));
                }
                RtcpPacket::Goodbye { .. } => self.statistics.has_left = true,
                RtcpPacket::SourceDescription { .. } | RtcpPacket::Other { .. } => {}
            }
        }
        Ok(())
    }

    /// Returns what was told up to now.
    #[must_use]
    pub const fn statistics(&self) -> RtcpStatistics {
        self.statistics
    }

    fn write(
        &mut self,
        writer: &mut RtcpWriter<'_>,
        sender: &RtpSender,
        receiver: &RtpReceiver,
        now: Duration,
    ) -> Result<(), WriteRtpError> {
        let sent = sender.packets();
        let info = (sent > self.packets_reported).then(|| SenderInfo {
            ntp: ntp(now),
            timestamp: sender.timestamp(),
            packets: wrapped(sent),
            octets: wrapped(sender.octets()),
        });
        let block = self.block(receiver, now);
        writer.report(sender.ssrc(), info, block)?;
        writer.description(sender.ssrc(), self.config.cname.as_bytes())?;
        self.packets_reported = sent;
        let statistics = receiver.statistics();
        self.reported = (statistics.received + statistics.lost, statistics.received);
        Ok(())
    }

    /// Returns what there is to say about the stream that comes (RFC 3550 appendix A.3).
    fn block(&self, receiver: &RtpReceiver, now: Duration) -> Option<ReportBlock> {
        let (source, highest) = (receiver.ssrc()?, receiver.highest_sequence()?);
        let statistics = receiver.statistics();
        let expected = (statistics.received + statistics.lost).saturating_sub(self.reported.0);
        let received = statistics.received.saturating_sub(self.reported.1);
        // Latecomers of the time before may make it less than nothing.
        let lost = expected.saturating_sub(received);
        let fraction = (lost << 8).checked_div(expected).unwrap_or(0);
        let (last_sender_report, delay_since_then) = match self.last_sender_report {
            Some((stamp, at)) => (stamp, in_65536ths(now.saturating_sub(at))),
            None => (0, 0),
        };
        Some(ReportBlock {
            source,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: i32::try_from(statistics.lost).unwrap_or(i32::MAX).min(0x007f_ffff),
            highest_sequence: highest,
            jitter: receiver.jitter(),
            last_sender_report,
            delay_since_then,
        })
    }

    fn handle_block(&mut self, block: ReportBlock, sender: &RtpSender, now: Duration) {
        if block.source != sender.ssrc() {
            return;
        }
        self.statistics.remote = Some(block);
        if block.last_sender_report != 0 {
            let passed = middle(ntp(now))
                .wrapping_sub(block.last_sender_report)
                .wrapping_sub(block.delay_since_then);
            // A party whose delay is more than all the time that has passed cannot count.
            if passed.cast_signed() >= 0 && passed < LONGEST_ROUND_TRIP {
                let micros = u64::from(passed) * 1_000_000 / 65_536;
                self.statistics.round_trip = Some(Duration::from_micros(micros));
            }
        }
    }
}

/// Returns a time drawn evenly from half to one and a half of `interval` (RFC 3550 section 6.3.1).
fn around(interval: Duration, draw: u32) -> Duration {
    interval / 2 + interval / 1_000 * (draw % 1_000)
}

/// Returns wall clock time as seconds since 1900 with 32 bits of fraction.
fn ntp(now: Duration) -> u64 {
    let seconds = now.as_secs().wrapping_add(SECONDS_BEFORE_1970) & u64::from(u32::MAX);
    let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    seconds << 32 | fraction
}

/// Returns the middle 32 bits of an NTP timestamp.
const fn middle(ntp: u64) -> u32 {
    let [_, _, a, b, c, d, _, _] = ntp.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

fn in_65536ths(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros() * 65_536 / 1_000_000).unwrap_or(u32::MAX)
}

const fn wrapped(count: u64) -> u32 {
    let [_, _, _, _, a, b, c, d] = count.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// From 1900 to 1970.
const SECONDS_BEFORE_1970: u64 = 2_208_988_800;
/// A minute in 65,536ths of a second: what takes longer is a report that was kept for long, or a lie.
const LONGEST_ROUND_TRIP: u32 = 60 << 16;
