//! What two sides have in common, section by section (RFC 3264 sections 6 and 7).

use alloc::{
    borrow::ToOwned,
    string::{String, ToString},
    vec::Vec,
};
use core::net::{IpAddr, SocketAddr};

use crate::{
    Capabilities, Connection, Direction, FormatPlan, Media, PayloadType, PayloadTypes, Preference,
    Refusal, RtcpMux, RtpMap, SessionDescription, Stream, StreamPlan, Takes, TelephoneEvent,
    ValueError,
    cursor::number,
    media::{Format, FormatTable},
    section::{EVENTS, Extra, LocalFormat, events_of, section},
};

/// The other side's description, with what holds for all of its sections looked up once.
#[derive(Debug)]
pub(crate) struct Theirs<'a> {
    description: &'a SessionDescription,
    connection: Option<Result<Connection, ValueError>>,
    direction: Option<Direction>,
}

/// A section of the other side.
struct Section<'a> {
    media: &'a Media,
    table: FormatTable<'a>,
    address: Result<IpAddr, Refusal>,
    direction: Direction,
}

/// A format that both sides know.
struct Common {
    send: PayloadType,
    receive: PayloadType,
    map: RtpMap,
    local: Option<String>,
    remote: Option<String>,
}

impl<'a> Theirs<'a> {
    pub(crate) fn of(description: &'a SessionDescription) -> Self {
        let connection = description.lines().connections().next();
        let direction = Direction::in_lines(description.lines());
        Self { description, connection, direction }
    }

    /// Answers a section with a stream: this side's section, and the plan.
    pub(crate) fn answer(
        &self,
        position: usize,
        index: usize,
        stream: &Stream,
    ) -> Result<(Media, StreamPlan), Refusal> {
        let section = self.section(position)?;
        let opaque = section.opaque(stream.formats());
        let common =
            if stream.is_rtp() { common_of_offer(&section.table, stream) } else { Vec::new() };
        let taken = taken(common, stream, &section.table);
        if taken.is_empty() && opaque.is_empty() {
            return Err(Refusal::NoCommonFormat);
        }
        let formats: Vec<LocalFormat> = taken.iter().map(local).collect();
        let direction = section.direction.reversed().and(stream.direction);
        let rtcp_mux = stream.is_rtp()
            && stream.rtcp_mux == RtcpMux::Accept
            && section.media.lines().has_rtcp_mux();
        let plan = section.plan((position, index), (taken, opaque), direction, rtcp_mux)?;
        let media = answering(stream, section.media, &formats, &plan);
        Ok((media.ok_or(Refusal::NoCommonFormat)?, plan))
    }

    /// Reads the answer to a section that this side offered.
    pub(crate) fn complete(
        &self,
        position: usize,
        index: usize,
        ours: &Media,
        ours_direction: Direction,
    ) -> Result<StreamPlan, Refusal> {
        let section = self.section(position).map_err(|refusal| match refusal {
            Refusal::Over => Refusal::Rejected,
            Refusal::Rejected | Refusal::Unknown | Refusal::NoCommonFormat | Refusal::NoAddress => {
                refusal
            }
        })?;
        let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        if !is_same(ours.kind(), section.media.kind())
            || !is_same(ours.protocol(), section.media.protocol())
        {
            return Err(Refusal::Unknown);
        }
        let is_rtp = is_rtp(ours.protocol()) || ours.lines().has_attribute("rtpmap");
        let opaque = if is_rtp { Vec::new() } else { section.opaque(ours.formats()) };
        let common = if is_rtp { common_of_answer(&section.table, ours) } else { Vec::new() };
        if common.iter().all(|common| common.map.is_companion()) && opaque.is_empty() {
            return Err(Refusal::NoCommonFormat);
        }
        // An answer cannot widen what was offered (RFC 3264 section 6.1).
        let direction = section.direction.reversed().and(ours_direction);
        let rtcp_mux = ours.lines().has_rtcp_mux() && section.media.lines().has_rtcp_mux();
        section.plan((position, index), (common, opaque), direction, rtcp_mux)
    }

    fn section(&self, position: usize) -> Result<Section<'a>, Refusal> {
        let media = self.description.media().get(position).ok_or(Refusal::Over)?;
        if media.port() == 0 {
            return Err(Refusal::Over);
        }
        let own = media.lines().connections().next();
        let connection = own.or_else(|| self.connection.clone());
        let address = connection
            .and_then(Result::ok)
            .and_then(|connection| connection.to_ip())
            .filter(|address| !is_many(*address))
            .ok_or(Refusal::NoAddress);
        let direction = Direction::in_lines(media.lines()).or(self.direction).unwrap_or_default();
        let held = address.is_ok_and(|address| address.is_unspecified());
        // RFC 3264 section 8.4: nothing may be sent to 0.0.0.0, whatever the direction says.
        let direction = if held { direction.and(Direction::SendOnly) } else { direction };
        Ok(Section { media, table: FormatTable::of(media), address, direction })
    }
}

impl Section<'_> {
    fn opaque<'b>(&self, ours: impl Iterator<Item = &'b str>) -> Vec<String> {
        let ours: Vec<&str> = ours.take(Media::MAX_FORMATS).collect();
        let theirs = self.media.formats().take(Media::MAX_FORMATS);
        theirs.filter(|format| ours.contains(format)).map(ToOwned::to_owned).collect()
    }

    fn plan(
        &self,
        (section, stream): (usize, usize),
        (common, opaque): (Vec<Common>, Vec<String>),
        direction: Direction,
        rtcp_mux: bool,
    ) -> Result<StreamPlan, Refusal> {
        let media = self.media;
        let remote = SocketAddr::new(self.address?, media.port());
        let (companions, codecs): (Vec<Common>, Vec<Common>) =
            common.into_iter().partition(|common| common.map.is_companion());
        let plans = |common: Vec<Common>| common.into_iter().map(FormatPlan::from).collect();
        Ok(StreamPlan {
            section,
            stream,
            protocol: media.protocol().to_owned(),
            remote,
            remote_rtcp: if rtcp_mux { remote } else { rtcp_of(media, remote) },
            codecs: plans(codecs),
            companions: plans(companions),
            opaque,
            ptime: sending_ptime(media),
            direction,
            rtcp_mux,
        })
    }
}

impl From<Common> for FormatPlan {
    fn from(common: Common) -> Self {
        let Common { send, receive, map, local, remote } = common;
        let types = PayloadTypes { send, receive };
        Self { types, map, local_parameters: local, remote_parameters: remote }
    }
}

/// What of an offer a stream knows, in the order of the offer. The payload types of an answer are those of the offer
/// (RFC 3264 section 6.1).
fn common_of_offer(table: &FormatTable<'_>, stream: &Stream) -> Vec<Common> {
    let mut common: Vec<Common> = Vec::new();
    for format in table.iter() {
        let Format { payload_type, map, parameters } = format;
        let Some(map) = map else { continue };
        let encoding = stream.encodings.iter().find(|encoding| encoding.accepts(map, *parameters));
        let is_event = stream.telephone_event == TelephoneEvent::Accept && map.is_telephone_event();
        let refers = format.refers_to().next().is_some();
        let local = match encoding {
            // They are numbers of the offer, which an answer has, too.
            Some(_) if refers => parameters.map(ToOwned::to_owned),
            Some(encoding) => encoding.parameters().map(ToOwned::to_owned),
            None if is_event => Some(EVENTS.to_owned()),
            None => continue,
        };
        common.push(Common {
            send: *payload_type,
            receive: *payload_type,
            map: encoding.map_or_else(|| map.clone(), |encoding| encoding.map().clone()),
            local,
            remote: parameters.map(ToOwned::to_owned),
        });
    }
    common
}

/// What of an offer is taken: the codecs, and what goes along with them. In the order of the offer, if that counts:
/// redundancy before its codec is what the other side would rather have (RFC 2198 section 5).
fn taken(mut common: Vec<Common>, stream: &Stream, table: &FormatTable<'_>) -> Vec<Common> {
    if stream.preference == Preference::Answerer {
        let rank = |common: &Common| {
            let known = stream.encodings.iter();
            known.take_while(|encoding| *encoding.map() != common.map).count()
        };
        common.sort_by_key(|common| (common.map.is_companion(), rank(common)));
    }
    let mut codecs: Vec<LocalFormat> =
        common.iter().filter(|common| !common.map.is_companion()).map(local).collect();
    if stream.takes == Takes::First {
        codecs.truncate(1);
    }
    // Named events are of the clock rate of their codec, and so is comfort noise.
    let rates: Vec<u32> = events_of(&codecs).iter().map(RtpMap::clock_rate).collect();
    let mut numbers: Vec<PayloadType> = codecs.iter().map(|codec| codec.payload_type).collect();
    let mut events: Vec<u32> = Vec::new();
    common.retain(|common| {
        let receive = common.receive;
        if !common.map.is_companion() {
            return numbers.contains(&receive);
        }
        let rate = common.map.clock_rate();
        let is_event = common.map.is_telephone_event();
        let is_another = is_event && events.contains(&rate);
        let is_taken = |of: &str| {
            let of = number(of).and_then(PayloadType::new);
            of.is_some_and(|of| numbers.contains(&of))
        };
        let format = table.get(&receive.to_string());
        let is_of_taken = format.is_none_or(|format| format.refers_to().all(is_taken));
        let stays = rates.contains(&rate) && !is_another && is_of_taken;
        if stays {
            numbers.push(receive);
            events.extend(is_event.then_some(rate));
        }
        stays
    });
    common
}

/// What of an answer was offered, in the order of the answer.
fn common_of_answer(table: &FormatTable<'_>, ours: &Media) -> Vec<Common> {
    let offered = FormatTable::of(ours);
    let mut common: Vec<Common> = Vec::new();
    for Format { payload_type, map, parameters } in table.iter() {
        let of_number = offered.get(&payload_type.to_string());
        // Some devices leave out the rtpmap of a number that was offered: it still means what it meant.
        let Some(map) = map.as_ref().or_else(|| of_number?.map.as_ref()) else { continue };
        let same = of_number.filter(|format| format.map.as_ref() == Some(map));
        let same = same.or_else(|| offered.iter().find(|format| format.map.as_ref() == Some(map)));
        let Some(format) = same else { continue };
        common.push(Common {
            send: *payload_type,
            receive: format.payload_type,
            map: map.clone(),
            local: format.parameters.map(ToOwned::to_owned),
            remote: parameters.map(ToOwned::to_owned),
        });
    }
    common
}

fn local(common: &Common) -> LocalFormat {
    LocalFormat {
        payload_type: common.receive,
        map: common.map.clone(),
        parameters: common.local.clone(),
    }
}

/// Writes this side's section of an answer.
fn answering(
    stream: &Stream,
    theirs: &Media,
    formats: &[LocalFormat],
    plan: &StreamPlan,
) -> Option<Media> {
    let extra = Extra {
        opaque: &plan.opaque,
        // RFC 5888 section 9.1: an answer has the names of its offer.
        mid: theirs.lines().mid().ok(),
        rtcp_mux: if plan.rtcp_mux { RtcpMux::Accept } else { RtcpMux::Refuse },
    };
    section(stream, theirs.protocol(), formats, plan.direction, extra)
}

/// Tells whether more than one may listen. RFC 3264 section 6.2 wants an answer to have the address of such an offer,
/// and this side receives at its own.
const fn is_many(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_multicast() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_multicast(),
    }
}

/// Tells whether the formats of a protocol are payload types.
fn is_rtp(protocol: &str) -> bool {
    protocol.split('/').any(|part| {
        ["RTP", "AVP", "SAVP", "AVPF", "SAVPF"].iter().any(|known| part.eq_ignore_ascii_case(known))
    })
}

fn rtcp_of(media: &Media, remote: SocketAddr) -> SocketAddr {
    match media.lines().rtcp() {
        Ok(rtcp) => SocketAddr::new(rtcp.to_ip().unwrap_or_else(|| remote.ip()), rtcp.port()),
        // RFC 3550 section 11: the next port.
        Err(_) => SocketAddr::new(remote.ip(), remote.port().wrapping_add(1)),
    }
}

/// What the other side asks for, if that is a sensible packet.
fn sending_ptime(media: &Media) -> u16 {
    let sensible = |asked: Result<u16, ValueError>| asked.ok().filter(|it| PTIMES.contains(it));
    let asked = sensible(media.lines().ptime()).unwrap_or(Capabilities::PTIME);
    asked.min(sensible(media.lines().maxptime()).unwrap_or(asked))
}

/// Milliseconds of a packet between which a wish is followed.
const PTIMES: core::ops::RangeInclusive<u16> = 10..=60;
