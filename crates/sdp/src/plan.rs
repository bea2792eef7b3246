//! What both sides agreed upon.

use alloc::{string::String, vec::Vec};
use core::net::SocketAddr;

use crate::{Direction, PayloadTypes, RtpMap};

/// What both sides agreed upon: a plan of each media section, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionPlan {
    /// One for each `m=` line.
    pub sections: Vec<SectionPlan>,
}

/// What becomes of a media section.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a section is taken or not")]
pub enum SectionPlan {
    /// Media flows.
    Taken(StreamPlan),
    /// It does not.
    Refused(Refusal),
}

/// Why no media flows in a section.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Its port is 0 in the offer: it is over, or was refused before (RFC 3264 section 8.2).
    #[error("the section is over")]
    Over,
    /// The answer refused it with port 0.
    #[error("the section was refused")]
    Rejected,
    /// This side has no stream of its kind and protocol, or none that is free.
    #[error("no stream of this kind and protocol")]
    Unknown,
    /// No codec, or no format of what is not RTP, is common to both.
    #[error("no common format")]
    NoCommonFormat,
    /// There is no connection address, or it is a host name, or one of many (RFC 3264 section 6.2).
    #[error("no connection address")]
    NoAddress,
}

/// What was agreed upon for one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamPlan {
    /// Which media section this is, counted from 0.
    pub section: usize,
    /// Which of this side's streams this is, counted from 0.
    pub stream: usize,
    /// The transport protocol as the other side wrote it.
    pub protocol: String,
    /// Where to send RTP, or what it is. The address is unspecified while the other side holds in the manner of RFC
    /// 2543; `direction` then does not send.
    pub remote: SocketAddr,
    /// Where to send RTCP.
    pub remote_rtcp: SocketAddr,
    /// The codecs, the preferred one first; none of what is not RTP.
    pub codecs: Vec<FormatPlan>,
    /// What goes along: telephone-event at the clock rates of the codecs, comfort noise, ...
    pub companions: Vec<FormatPlan>,
    /// The formats of what is not RTP.
    pub opaque: Vec<String>,
    /// Milliseconds of a packet that this side should send.
    pub ptime: u16,
    /// The direction, seen from this side.
    pub direction: Direction,
    /// Whether RTP and RTCP share a port.
    pub rtcp_mux: bool,
}

/// What was agreed upon for one encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormatPlan {
    /// Its payload types.
    pub types: PayloadTypes,
    /// What they mean.
    pub map: RtpMap,
    /// What this side said of receiving it (`a=fmtp`).
    pub local_parameters: Option<String>,
    /// What the other side said of receiving it (`a=fmtp`).
    pub remote_parameters: Option<String>,
}

impl SessionPlan {
    /// Iterates over the streams whose media flows.
    pub fn streams(&self) -> impl Iterator<Item = &StreamPlan> {
        self.sections.iter().filter_map(SectionPlan::taken)
    }

    /// Returns the plan of one of this side's streams, if its media flows.
    #[must_use]
    pub fn stream(&self, stream: usize) -> Option<&StreamPlan> {
        self.streams().find(|plan| plan.stream == stream)
    }

    /// Returns why nothing flows, if nothing does though something should: the reason of the section that came
    /// closest.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        if self.streams().next().is_some() {
            return None;
        }
        let refusals = self.sections.iter().filter_map(|section| match section {
            SectionPlan::Taken(_) | SectionPlan::Refused(Refusal::Over) => None,
            SectionPlan::Refused(refusal) => Some(*refusal),
        });
        refusals.fold(None, |best, refusal| match (best, refusal) {
            (None, _) | (Some(_), Refusal::NoCommonFormat | Refusal::NoAddress) => Some(refusal),
            (Some(best), Refusal::Over | Refusal::Rejected | Refusal::Unknown) => Some(best),
        })
    }
}

impl SectionPlan {
    /// Returns the plan, if media flows.
    #[must_use]
    pub const fn taken(&self) -> Option<&StreamPlan> {
        match self {
            Self::Taken(plan) => Some(plan),
            Self::Refused(_) => None,
        }
    }
}

impl StreamPlan {
    /// Returns the codec to send with; `None` of what is not RTP.
    #[must_use]
    pub fn codec(&self) -> Option<&FormatPlan> {
        self.codecs.first()
    }

    /// Returns telephone-event at the clock rate of [`StreamPlan::codec`], if keys travel so.
    #[must_use]
    pub fn telephone_event(&self) -> Option<&FormatPlan> {
        let clock_rate = self.codec()?.map.clock_rate();
        let is_such = |map: &RtpMap| map.is_telephone_event() && map.clock_rate() == clock_rate;
        self.companions.iter().find(|format| is_such(&format.map))
    }
}
