//! Typed values, parsed on demand.

use super::Lines;
use crate::{
    Bandwidth, Candidate, Connection, Crypto, Direction, Expected, Fingerprint, FormatParameters,
    Group, IcePassword, LineName, ParseValueError, PayloadType, RtcpAddress, RtpMap, Setup,
    SourceAttribute, Timing, ValueError, cursor::Cursor, ice,
};

impl Lines {
    /// Returns where media goes, of `c=` (RFC 8866 section 5.7).
    ///
    /// # Errors
    ///
    /// [`ValueError`] if there is none, more than one (see [`Lines::connections`]), or it cannot be read.
    pub fn connection(&self) -> Result<Connection, ValueError> {
        self.value(LineName::Kind('c'), Connection::read)
    }

    /// Iterates over all `c=` lines: a section may have many.
    pub fn connections(&self) -> impl Iterator<Item = Result<Connection, ValueError>> + '_ {
        self.values(LineName::Kind('c'), Connection::read)
    }

    /// Iterates over all `b=` lines (RFC 8866 section 5.8).
    pub fn bandwidths(&self) -> impl Iterator<Item = Result<Bandwidth<'_>, ValueError>> + '_ {
        self.values(LineName::Kind('b'), Bandwidth::read)
    }

    /// Returns the bandwidth of a type, for instance [`Bandwidth::TIAS`].
    ///
    /// # Errors
    ///
    /// [`ValueError`] if there is none or more than one of this type, or a `b=` line before cannot be read.
    pub fn bandwidth(&self, kind: &str) -> Result<u64, ValueError> {
        let name = LineName::Kind('b');
        let mut found = None;
        for line in self.of_kind('b') {
            let bandwidth = super::parse_line(line, name, Bandwidth::read)?;
            if bandwidth.kind() == kind {
                if found.is_some() {
                    let line = line.number().unwrap_or_default();
                    return Err(ValueError::Repeated { name, line });
                }
                found = Some(bandwidth.value());
            }
        }
        found.ok_or(ValueError::Absent(name))
    }

    /// Returns when the session is, of `t=` (RFC 8866 section 5.9).
    ///
    /// # Errors
    ///
    /// [`ValueError`] if there is none, more than one (see [`Lines::timings`]), or it cannot be read.
    pub fn timing(&self) -> Result<Timing, ValueError> {
        self.value(LineName::Kind('t'), Timing::read)
    }

    /// Iterates over all `t=` lines.
    pub fn timings(&self) -> impl Iterator<Item = Result<Timing, ValueError>> + '_ {
        self.values(LineName::Kind('t'), Timing::read)
    }

    /// Returns which way media flows.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if no direction is said, or more than one.
    pub fn direction(&self) -> Result<Direction, ValueError> {
        let mut directions = self.iter().filter_map(|line| Some((line, Direction::of_line(line)?)));
        let absent = ValueError::Absent(LineName::Attribute(Direction::SendRecv.as_str()));
        let (_, first) = directions.next().ok_or(absent)?;
        match directions.next() {
            Some((line, second)) => {
                let name = LineName::Attribute(second.as_str());
                Err(ValueError::Repeated { name, line: line.number().unwrap_or_default() })
            }
            None => Ok(first),
        }
    }

    /// Iterates over what payload types mean, of `a=rtpmap` (RFC 8866 section 6.6). See
    /// [`Media::rtp_maps`](crate::Media::rtp_maps) for those of the `m=` line, with the ones that need none.
    pub fn rtp_map_lines(
        &self,
    ) -> impl Iterator<Item = Result<(PayloadType, RtpMap), ValueError>> + '_ {
        self.values(LineName::Attribute("rtpmap"), |cursor| {
            let payload_type = PayloadType::read(cursor)?;
            Ok((payload_type, RtpMap::read(cursor)?))
        })
    }

    /// Iterates over the parameters of formats, of `a=fmtp` (RFC 8866 section 6.15).
    pub fn format_parameters(
        &self,
    ) -> impl Iterator<Item = Result<FormatParameters<'_>, ValueError>> + '_ {
        self.values(LineName::Attribute("fmtp"), FormatParameters::read)
    }

    /// Returns the milliseconds of one packet that are asked for (RFC 8866 section 6.4).
    ///
    /// # Errors
    ///
    /// [`ValueError`] if there is none, more than one, or it cannot be read.
    pub fn ptime(&self) -> Result<u16, ValueError> {
        self.value(LineName::Attribute("ptime"), milliseconds)
    }

    /// Returns the most milliseconds of one packet (RFC 8866 section 6.5).
    ///
    /// # Errors
    ///
    /// As [`Lines::ptime`].
    pub fn maxptime(&self) -> Result<u16, ValueError> {
        self.value(LineName::Attribute("maxptime"), milliseconds)
    }

    /// Returns where RTCP goes, if not to the next port (RFC 3605).
    ///
    /// # Errors
    ///
    /// As [`Lines::ptime`].
    pub fn rtcp(&self) -> Result<RtcpAddress, ValueError> {
        self.value(LineName::Attribute("rtcp"), RtcpAddress::read)
    }

    /// Tells whether RTCP may share the port of RTP (RFC 5761).
    #[must_use]
    pub fn has_rtcp_mux(&self) -> bool {
        self.has_attribute("rtcp-mux")
    }

    /// Iterates over the keys of SRTP that are offered (RFC 4568).
    pub fn cryptos(&self) -> impl Iterator<Item = Result<Crypto<'_>, ValueError>> + '_ {
        self.values(LineName::Attribute("crypto"), Crypto::read)
    }

    /// Iterates over the fingerprints of certificates (RFC 8122).
    pub fn fingerprints(&self) -> impl Iterator<Item = Result<Fingerprint<'_>, ValueError>> + '_ {
        self.values(LineName::Attribute("fingerprint"), Fingerprint::read)
    }

    /// Returns who connects (RFC 4145, of DTLS RFC 8842).
    ///
    /// # Errors
    ///
    /// As [`Lines::ptime`].
    pub fn setup(&self) -> Result<Setup, ValueError> {
        self.value(LineName::Attribute("setup"), Setup::read)
    }

    /// Returns the user name fragment of ICE (RFC 8839 section 5.4).
    ///
    /// # Errors
    ///
    /// As [`Lines::ptime`].
    pub fn ice_ufrag(&self) -> Result<&str, ValueError> {
        self.value(LineName::Attribute("ice-ufrag"), |cursor| ice::characters(cursor, 4))
    }

    /// Returns the password of ICE (RFC 8839 section 5.4).
    ///
    /// # Errors
    ///
    /// As [`Lines::ptime`].
    pub fn ice_pwd(&self) -> Result<IcePassword<'_>, ValueError> {
        self.value(LineName::Attribute("ice-pwd"), IcePassword::read)
    }

    /// Iterates over the candidates of ICE (RFC 8839 section 5.1).
    pub fn candidates(&self) -> impl Iterator<Item = Result<Candidate<'_>, ValueError>> + '_ {
        self.values(LineName::Attribute("candidate"), Candidate::read)
    }

    /// Iterates over the options of ICE, for instance `trickle` (RFC 8839 section 5.6).
    pub fn ice_options(&self) -> impl Iterator<Item = &str> {
        self.attributes("ice-options").flat_map(str::split_ascii_whitespace)
    }

    /// Tells whether this is a side of ICE lite (RFC 8839 section 5.3).
    #[must_use]
    pub fn is_ice_lite(&self) -> bool {
        self.has_attribute("ice-lite")
    }

    /// Tells whether no more candidates will come (RFC 8840 section 8.2).
    #[must_use]
    pub fn has_end_of_candidates(&self) -> bool {
        self.has_attribute("end-of-candidates")
    }

    /// Returns the name of a section in groups (RFC 5888).
    ///
    /// # Errors
    ///
    /// As [`Lines::ptime`].
    pub fn mid(&self) -> Result<&str, ValueError> {
        self.value(LineName::Attribute("mid"), |cursor| cursor.token(Expected::Token))
    }

    /// Iterates over the groups of sections, `BUNDLE` among them (RFC 5888, RFC 9143).
    pub fn groups(&self) -> impl Iterator<Item = Result<Group<'_>, ValueError>> + '_ {
        self.values(LineName::Attribute("group"), Group::read)
    }

    /// Iterates over what is said of single sources (RFC 5576).
    pub fn ssrcs(&self) -> impl Iterator<Item = Result<SourceAttribute<'_>, ValueError>> + '_ {
        self.values(LineName::Attribute("ssrc"), SourceAttribute::read)
    }

    /// Returns the label of a stream (RFC 4574).
    ///
    /// # Errors
    ///
    /// As [`Lines::ptime`].
    pub fn label(&self) -> Result<&str, ValueError> {
        self.value(LineName::Attribute("label"), |cursor| cursor.token(Expected::Token))
    }

    /// Iterates over what a stream shows, for instance `slides` (RFC 4796).
    pub fn contents(&self) -> impl Iterator<Item = &str> {
        let tokens = self.attributes("content").flat_map(|list| list.split(','));
        tokens.map(str::trim).filter(|token| !token.is_empty())
    }
}

/// Some devices write `20.0`.
fn milliseconds(cursor: &mut Cursor<'_>) -> Result<u16, ParseValueError> {
    let number = cursor.number(Expected::Number)?;
    if cursor.skip(b'.') {
        cursor.number::<u64>(Expected::Number)?;
    }
    Ok(number)
}
