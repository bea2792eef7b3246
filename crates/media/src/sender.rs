//! One outgoing RTP stream, whatever feeds it.

use crate::{EventPacket, Marker, PayloadType, RtpHeader, Ssrc, WriteRtpError};

/// The outgoing side of a call: one source, one run of sequence numbers and timestamps.
///
/// Prompts, silence, telephone events and relayed packets all leave through the same sender, so
/// the far side sees a single stream that never jumps. The clock is the caller's: each write, and
/// each [`skip`](Self::skip), says how many samples pass.
///
/// ```
/// use centrala_media::{Codec, FRAME_SAMPLES, RtpPacket, RtpSender, Ssrc};
///
/// let mut sender = RtpSender::new(Ssrc::new(0x5eed), 1, 8_000);
/// let mut packet = [0; 172];
/// let frame = [Codec::Pcmu.silence(); FRAME_SAMPLES];
/// let len = sender.write(Codec::Pcmu.payload_type(), &frame, 160, &mut packet)?;
/// assert_eq!(RtpPacket::parse(&packet[..len]).unwrap().payload, frame);
/// assert_eq!(sender.timestamp(), 8_160);
/// # Ok::<(), centrala_media::WriteRtpError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpSender {
    ssrc: Ssrc,
    sequence: u16,
    timestamp: u32,
    spurt: Spurt,
    packets: u64,
    octets: u64,
}

/// Whether the next packet begins a talk spurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spurt {
    Silent,
    Talking,
}

impl RtpSender {
    /// Returns a sender that starts at this sequence number and timestamp.
    ///
    /// RFC 3550 section 5.1 wants all three numbers to be random.
    #[must_use]
    pub const fn new(ssrc: Ssrc, sequence: u16, timestamp: u32) -> Self {
        Self { ssrc, sequence, timestamp, spurt: Spurt::Silent, packets: 0, octets: 0 }
    }

    /// Writes a packet of sound that lasts `samples`; returns its length.
    ///
    /// The marker is set on the first packet and after silence (RFC 3551 section 4.1).
    ///
    /// # Errors
    /// When `packet` is too short; nothing has been sent then.
    pub fn write(
        &mut self,
        payload_type: PayloadType,
        payload: &[u8],
        samples: u32,
        packet: &mut [u8],
    ) -> Result<usize, WriteRtpError> {
        let marker = match self.spurt {
            Spurt::Silent => Marker::Set,
            Spurt::Talking => Marker::Clear,
        };
        let header = self.header(marker, payload_type, self.timestamp);
        let len = header.write(payload, packet)?;
        self.spurt = Spurt::Talking;
        self.count(payload.len());
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(samples);
        Ok(len)
    }

    /// Writes a packet of a telephone event in the place of `samples` of sound; returns its length.
    ///
    /// The packet keeps the timestamp of its event, while the stream's own goes on
    /// (RFC 4733 section 2.2.1).
    ///
    /// # Errors
    /// When `packet` is too short; nothing has been sent then.
    pub fn write_event(
        &mut self,
        payload_type: PayloadType,
        event: &EventPacket,
        samples: u32,
        packet: &mut [u8],
    ) -> Result<usize, WriteRtpError> {
        let header = self.header(event.marker, payload_type, event.timestamp);
        let len = header.write(&event.payload, packet)?;
        self.count(event.payload.len());
        self.sequence = self.sequence.wrapping_add(1);
        self.skip(samples);
        Ok(len)
    }

    /// Lets `samples` pass in silence: no packet is sent, the next one begins a talk spurt.
    pub const fn skip(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
        self.spurt = Spurt::Silent;
    }

    /// Returns the source of this stream.
    #[must_use]
    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Returns the sequence number of the next packet.
    #[must_use]
    pub const fn sequence(&self) -> u16 {
        self.sequence
    }

    /// Returns the timestamp of the next packet.
    #[must_use]
    pub const fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Returns how many packets were sent.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Returns how many octets of payload were sent.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Notes a packet that somebody else has built: the stream continues behind it.
    pub(crate) fn note_relayed(&mut self, sequence: u16, end: u32, octets: usize) {
        self.count(octets);
        let next = sequence.wrapping_add(1);
        // A packet that was overtaken on its way does not turn the stream back.
        if next.wrapping_sub(self.sequence).cast_signed() > 0 {
            self.sequence = next;
        }
        if end.wrapping_sub(self.timestamp).cast_signed() > 0 {
            self.timestamp = end;
        }
        self.spurt = Spurt::Talking;
    }

    /// Counts a packet.
    fn count(&mut self, octets: usize) {
        self.packets = self.packets.saturating_add(1);
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        self.octets = self.octets.saturating_add(octets);
    }

    const fn header(&self, marker: Marker, payload_type: PayloadType, timestamp: u32) -> RtpHeader {
        RtpHeader { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc }
    }
}

#[cfg(test)]
mod tests {
    use centrala_keys::Key;

    use super::*;
    use crate::{EventSender, RtpPacket};

    const SSRC: Ssrc = Ssrc::new(7);

    fn sent(sender: &mut RtpSender) -> RtpHeader {
        let mut packet = [0; 172];
        let len = sender.write(PayloadType::PCMU, &[0xff; 160], 160, &mut packet).unwrap();
        RtpPacket::parse(&packet[..len]).unwrap().header
    }

    #[test]
    fn only_the_first_packet_of_a_talk_spurt_is_marked() {
        let mut sender = RtpSender::new(SSRC, 0, 0);
        assert_eq!(sent(&mut sender).marker, Marker::Set);
        assert_eq!(sent(&mut sender).marker, Marker::Clear);
        sender.skip(800);
        let header = sent(&mut sender);
        assert_eq!((header.marker, header.sequence, header.timestamp), (Marker::Set, 2, 1_120));
    }

    #[test]
    fn sequence_and_timestamp_wrap() {
        let mut sender = RtpSender::new(SSRC, 0xffff, u32::MAX - 59);
        assert_eq!(sent(&mut sender).sequence, 0xffff);
        let header = sent(&mut sender);
        assert_eq!((header.sequence, header.timestamp), (0, 100));
        assert_eq!((sender.packets(), sender.octets()), (2, 320));
    }

    #[test]
    fn sound_goes_on_behind_an_event_at_the_true_time() {
        let mut sender = RtpSender::new(SSRC, 10, 1_000);
        let mut events = EventSender::new(Key::Five, 320, sender.timestamp());
        let mut stamps = Vec::new();
        while let Some(event) = events.next_packet() {
            let mut packet = [0; 32];
            let len =
                sender.write_event(PayloadType::TELEPHONE_EVENT, &event, 160, &mut packet).unwrap();
            let header = RtpPacket::parse(&packet[..len]).unwrap().header;
            stamps.push((header.sequence, header.timestamp));
        }
        assert_eq!(stamps, [(10, 1_000), (11, 1_000), (12, 1_000), (13, 1_000)]);
        let header = sent(&mut sender);
        assert_eq!((header.sequence, header.timestamp), (14, 1_640));
    }

    #[test]
    fn a_packet_that_does_not_fit_leaves_no_trace() {
        let mut sender = RtpSender::new(SSRC, 1, 2);
        let before = sender.clone();
        assert!(sender.write(PayloadType::PCMU, &[0; 160], 160, &mut [0; 20]).is_err());
        assert_eq!(sender, before);
    }
}
