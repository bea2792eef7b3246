//! Media led through this side, as an SBC does.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use super::SessionDescription;
use crate::{Connection, Line, Media, RtcpAddress};

/// Where this side takes the media of a section instead of who described it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Anchor {
    /// Where RTP is taken.
    pub rtp: SocketAddr,
    /// Where RTCP is taken: the next port, unless said otherwise. It is only written where the section has an
    /// `a=rtcp` line, or this is not the next port.
    pub rtcp: SocketAddr,
}

impl Anchor {
    /// Makes an anchor with RTCP at the next port (RFC 3550 section 11).
    #[must_use]
    pub const fn new(rtp: SocketAddr) -> Self {
        let rtcp = SocketAddr::new(rtp.ip(), rtp.port().wrapping_add(1));
        Self { rtp, rtcp }
    }

    /// Makes an anchor with RTCP at the same port (RFC 5761).
    #[must_use]
    pub const fn muxed(rtp: SocketAddr) -> Self {
        Self { rtp, rtcp: rtp }
    }
}

impl SessionDescription {
    /// Leads media through this side: each section that is not refused is moved to its anchor, and only the lines
    /// that say where it was are touched (`m=`, `c=`, `a=rtcp`).
    ///
    /// `anchors` is asked for each section with its position; `None` leaves a section as it is. Refused sections (port
    /// 0) must not tell where they were either: a connection of their own is moved to the first anchor, and their
    /// `a=rtcp` is removed. If no section has an anchor, nothing is touched. A connection of
    /// `0.0.0.0` stays: it holds (RFC 3264 section 8.4). The connection of the session is moved to the first anchor;
    /// a section whose anchor has another address is given a connection of its own. Candidates of ICE would lead
    /// past the anchor: see [`SessionDescription::remove_ice`]. To hide who made the description, replace
    /// its [origin](SessionDescription::set_origin), too.
    ///
    /// ```
    /// use centrala_sdp::{Anchor, SessionDescription};
    /// let mut description: SessionDescription = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\n\
    ///     c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=x-unknown\r\nm=video 0 RTP/AVP 31\r\n".parse()?;
    /// let relay: std::net::SocketAddr = "192.0.2.7:20000".parse()?;
    /// description.anchor_media(|_, _| Some(Anchor::new(relay)));
    /// assert_eq!(
    ///     description.to_string(),
    ///     "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\n\
    ///      c=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\na=x-unknown\r\nm=video 0 RTP/AVP 31\r\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn anchor_media(&mut self, mut anchors: impl FnMut(usize, &Media) -> Option<Anchor>) {
        let session = self.lines.connections().next();
        let is_hold =
            session.as_ref().is_some_and(|session| session.as_ref().is_ok_and(Connection::is_hold));
        let has_session = session.is_some();
        let anchors: Vec<Option<Anchor>> = self
            .media
            .iter()
            .enumerate()
            .map(
                |(position, media)| {
                    if media.port() == 0 { None } else { anchors(position, media) }
                },
            )
            .collect();
        let first = anchors.iter().flatten().next().map(|anchor| anchor.rtp.ip());
        let Some(first) = first else { return };
        // Who inherits the connection of the session and is not moved must keep it.
        let inherits = |media: &Media| !media.lines().iter().any(|line| line.is(b'c'));
        let stays = self
            .media
            .iter()
            .zip(&anchors)
            .any(|(media, anchor)| anchor.is_none() && media.port() != 0 && inherits(media));
        let session_address = if has_session && !is_hold && !stays {
            self.set_connection(&Connection::Address(first));
            Some(first)
        } else {
            None
        };
        for (media, anchor) in self.media.iter_mut().zip(anchors) {
            let Some(anchor) = anchor else {
                hide(media, first);
                continue;
            };
            let held = if inherits(media) {
                has_session && is_hold
            } else {
                let own = media.lines().connections().next();
                own.is_some_and(|own| own.is_ok_and(|own| own.is_hold()))
            };
            let says = if inherits(media) { session_address } else { None };
            if !held && says != Some(anchor.rtp.ip()) {
                media.set_connection(&Connection::Address(anchor.rtp.ip()));
            }
            media.set_port(anchor.rtp.port());
            move_rtcp(media, anchor);
        }
    }

    /// Removes ICE: candidates, credentials and options, in all sections.
    pub fn remove_ice(&mut self) {
        let is_ice = |line: &Line| ICE.iter().any(|name| line.is_attribute(name));
        self.lines_mut().remove_where(is_ice);
        for media in &mut self.media {
            media.lines_mut().remove_where(is_ice);
        }
    }
}

/// Makes a refused section silent about where it was.
fn hide(media: &mut Media, address: IpAddr) {
    if media.port() != 0 {
        return;
    }
    // It is not removed: without one of the session each section has its own (RFC 8866 section 5.7).
    let own = media.lines().connections().next();
    if let Some(own) = own {
        let held = own.ok().filter(Connection::is_hold);
        media.set_connection(&held.unwrap_or(Connection::Address(address)));
    }
    media.lines_mut().remove_attributes("rtcp");
}

fn move_rtcp(media: &mut Media, anchor: Anchor) {
    let is_next = anchor.rtcp == Anchor::new(anchor.rtp).rtcp;
    let is_muxed = anchor.rtcp == anchor.rtp && media.lines().has_rtcp_mux();
    if !media.lines().has_attribute("rtcp") && (is_next || is_muxed) {
        return;
    }
    let address: Option<IpAddr> =
        Some(anchor.rtcp.ip()).filter(|address| *address != anchor.rtp.ip() || had_address(media));
    media.set_rtcp(&RtcpAddress::at(anchor.rtcp.port(), address));
}

/// Some sides say the address of RTCP always: so will we.
fn had_address(media: &Media) -> bool {
    media.lines().rtcp().is_ok_and(|rtcp| rtcp.connection().is_some())
}

const ICE: [&str; 9] = [
    "candidate",
    "remote-candidates",
    "end-of-candidates",
    "ice-ufrag",
    "ice-pwd",
    "ice-options",
    "ice-lite",
    "ice-mismatch",
    "ice-pacing",
];
