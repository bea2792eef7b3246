//! How a party's sound was.

use std::time::Duration;

use centrala_media::{
    CallQuality, Codec, Impairments, RtcpStatistics, RtpReceiver, RtpSender, RtpStatistics,
};

/// What came from a party and went to it, and how it sounded: for the record of its call.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoundReport {
    /// Packets of the party that arrived.
    pub received: u64,
    /// Packets of the party that were lost.
    pub lost: u64,
    /// Packets of the party that came twice.
    pub duplicates: u64,
    /// Packets of the party that were overtaken.
    pub reordered: u64,
    /// Packets of others that were dropped.
    pub strangers: u64,
    /// Packets to the party.
    pub sent: u64,
    /// By how much the time varied that packets took (RFC 3550 section 6.4.1), at the end.
    pub jitter: Duration,
    /// How long a packet took to the party and back; `None` if it never told.
    pub round_trip: Option<Duration>,
    /// What the party told about what it has received.
    pub remote: Option<RemoteReport>,
}

/// What a party has told in its last report.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteReport {
    /// Packets of ours that it lost.
    pub lost: u64,
    /// By how much the time varied that ours took.
    pub jitter: Duration,
}

impl SoundReport {
    pub(super) fn new(
        receiver: &RtpReceiver,
        sender: &RtpSender,
        strangers: u64,
        codec: Codec,
        rtcp: Option<RtcpStatistics>,
    ) -> Self {
        let RtpStatistics { received, lost, duplicates, reordered, .. } = receiver.statistics();
        let time = |units: u32| Duration::from_secs(1) * units / codec.clock_rate();
        let remote = rtcp.and_then(|rtcp| rtcp.remote).map(|block| RemoteReport {
            lost: u64::try_from(block.lost).unwrap_or(0),
            jitter: Duration::from_secs_f64(
                f64::from(block.jitter) / f64::from(codec.clock_rate()),
            ),
        });
        Self {
            received,
            lost,
            duplicates,
            reordered,
            strangers,
            sent: sender.packets(),
            jitter: time(receiver.jitter()),
            round_trip: rtcp.and_then(|rtcp| rtcp.round_trip),
            remote,
        }
    }

    /// Estimates how the party sounded to whoever heard it (ITU-T G.107), behind a jitter buffer of twice the jitter;
    /// `None` if nothing came.
    #[must_use]
    pub fn quality(&self) -> Option<CallQuality> {
        if self.received == 0 {
            return None;
        }
        let network = self.round_trip.unwrap_or_default() / 2;
        let delay = network + PACKET + 2 * self.jitter.max(PACKET / 2);
        Some(estimate(self.lost, self.received, delay))
    }

    /// Estimates how we sounded to the party, as far as it has told.
    #[must_use]
    pub fn remote_quality(&self) -> Option<CallQuality> {
        let remote = self.remote.filter(|_| self.sent > 0)?;
        let network = self.round_trip.unwrap_or_default() / 2;
        let delay = network + PACKET + 2 * remote.jitter.max(PACKET / 2);
        Some(estimate(remote.lost, self.sent.saturating_sub(remote.lost), delay))
    }
}

fn estimate(lost: u64, received: u64, delay: Duration) -> CallQuality {
    #![expect(clippy::cast_precision_loss, reason = "a call has less than 2^53 packets")]
    let loss = lost as f64 / (lost.saturating_add(received)).max(1) as f64;
    CallQuality::estimate(Impairments { loss, burst_ratio: 1.0, delay })
}

/// A packet lasts this long.
const PACKET: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_losses_sounds_well_and_one_with_many_does_not() {
        let mut report = SoundReport { received: 1_000, ..SoundReport::default() };
        let good = report.quality().unwrap().mos();
        assert!(good > 4.4, "{good}");
        report.lost = 100;
        let bad = report.quality().unwrap().mos();
        assert!((2.5..3.5).contains(&bad), "{bad}");
        report.round_trip = Some(Duration::from_secs(1));
        assert!(report.quality().unwrap().mos() < bad);
        assert_eq!(SoundReport::default().quality(), None);
        assert_eq!(report.remote_quality(), None);
        report.sent = 1_000;
        report.remote = Some(RemoteReport { lost: 2_000, jitter: Duration::ZERO });
        assert!(report.remote_quality().unwrap().mos() < 1.1);
    }
}
