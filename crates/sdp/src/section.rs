//! Sections of this side: which formats they have, under which numbers.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    Direction, Encoding, Line, Media, PayloadType, RtcpMux, RtpMap, Stream, TelephoneEvent,
    media::FormatTable, rtp_map::TELEPHONE_EVENT,
};

/// A payload type of this side's section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalFormat {
    pub(crate) payload_type: PayloadType,
    pub(crate) map: RtpMap,
    pub(crate) parameters: Option<String>,
}

/// What payload types of a section mean; this side never changes it (RFC 3264 section 8.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meanings {
    known: Vec<Meaning>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Meaning {
    number: PayloadType,
    map: RtpMap,
    parameters: Option<String>,
}

impl Meanings {
    /// Remembers the numbers of a section that are not known yet. There are 128, so this is bounded.
    pub(crate) fn learn(&mut self, media: &Media) {
        for meaning in Meaning::all_of(media) {
            if !self.known.iter().any(|known| known.number == meaning.number) {
                self.known.push(meaning);
            }
        }
    }

    /// Remembers the numbers of an offer of the other side, whatever they meant before: the section may be of
    /// another stream now (RFC 3264 section 8.1).
    pub(crate) fn follow(&mut self, offer: &Media) {
        for meaning in Meaning::all_of(offer) {
            match self.known.iter_mut().find(|known| known.number == meaning.number) {
                Some(known) => *known = meaning,
                None => self.known.push(meaning),
            }
        }
    }

    fn number_of(
        &self,
        is_such: impl Fn(&Meaning) -> bool,
        is_free: impl Fn(PayloadType) -> bool,
    ) -> Option<PayloadType> {
        let mut known = self.known.iter().filter(|known| is_such(known));
        known.find(|known| is_free(known.number)).map(|known| known.number)
    }

    fn may_mean(&self, number: PayloadType, is_such: impl Fn(&Meaning) -> bool) -> bool {
        self.known.iter().all(|known| known.number != number || is_such(known))
    }
}

impl Meaning {
    fn all_of(media: &Media) -> impl Iterator<Item = Self> {
        FormatTable::of(media).into_iter().filter_map(|format| {
            let parameters = format.parameters.map(ToOwned::to_owned);
            Some(Self { number: format.payload_type, map: format.map?, parameters })
        })
    }
}

impl LocalFormat {
    /// Names what is repeated or carried by the number it was given instead of the one that was asked for.
    fn refer(&mut self, given: &[(PayloadType, PayloadType)]) {
        let Some(parameters) = &self.parameters else { return };
        let renumbered = |text: &str| {
            let asked: Option<PayloadType> = text.trim().parse().ok();
            let found = given.iter().find(|(other, _)| Some(*other) == asked);
            found.map_or_else(|| text.to_owned(), |(_, number)| number.to_string())
        };
        let texts: Vec<String> = if self.map.is("rtx") {
            let part = |part: &str| match part.split_once('=') {
                Some((name, of)) if name.trim().eq_ignore_ascii_case("apt") => {
                    format!("{name}={}", renumbered(of))
                }
                Some(_) | None => part.to_owned(),
            };
            parameters.split(';').map(part).collect()
        } else if self.map.is("red") {
            parameters.split('/').map(renumbered).collect()
        } else {
            return;
        };
        let separator = if self.map.is("rtx") { ";" } else { "/" };
        self.parameters = Some(texts.join(separator));
    }
}

/// Gives each encoding of a stream a number: the one it had, else its own, else a free one. Without a number left it
/// is not offered.
pub(crate) fn number(stream: &Stream, meanings: &Meanings) -> Vec<LocalFormat> {
    let mut formats: Vec<LocalFormat> = Vec::new();
    let asked = stream.encodings.iter().filter_map(Encoding::payload_type);
    let mut reserved: Vec<PayloadType> = asked.collect();
    reserved.push(PayloadType::TELEPHONE_EVENT);
    let mut given: Vec<(PayloadType, PayloadType)> = Vec::new();
    for encoding in &stream.encodings {
        let is_such = |known: &Meaning| encoding.accepts(&known.map, known.parameters.as_deref());
        let number = choose(&formats, meanings, is_such, encoding.payload_type(), &reserved);
        if let Some(payload_type) = number {
            given.extend(encoding.payload_type().map(|asked| (asked, payload_type)));
            let parameters = encoding.parameters().map(ToOwned::to_owned);
            formats.push(LocalFormat { payload_type, map: encoding.map().clone(), parameters });
        }
    }
    for format in &mut formats {
        format.refer(&given);
    }
    if stream.telephone_event == TelephoneEvent::Accept {
        for map in events_of(&formats) {
            if formats.iter().any(|format| format.map == map) {
                continue;
            }
            let wanted = Some(PayloadType::TELEPHONE_EVENT);
            let number = choose(&formats, meanings, |known| known.map == map, wanted, &reserved);
            if let Some(payload_type) = number {
                formats.push(LocalFormat {
                    payload_type,
                    map,
                    parameters: Some(EVENTS.to_owned()),
                });
            }
        }
    }
    formats
}

/// The named events that go along with these codecs: one of each clock rate (RFC 4733 section 2.1).
pub(crate) fn events_of(formats: &[LocalFormat]) -> Vec<RtpMap> {
    let mut events: Vec<RtpMap> = Vec::new();
    for format in formats.iter().filter(|format| !format.map.is_companion()) {
        let event = RtpMap::of(TELEPHONE_EVENT, format.map.clock_rate());
        if !events.contains(&event) && events.len() < MAX_CLOCK_RATES {
            events.push(event);
        }
    }
    events
}

/// Writes a section of this side; none without formats.
pub(crate) fn section(
    stream: &Stream,
    protocol: &str,
    formats: &[LocalFormat],
    direction: Direction,
    extra: Extra<'_>,
) -> Option<Media> {
    let numbers: Vec<String> =
        formats.iter().map(|format| format.payload_type.to_string()).collect();
    let mut texts: Vec<&str> = numbers.iter().map(String::as_str).collect();
    texts.extend(extra.opaque.iter().map(String::as_str));
    let mut media = Media::assemble(stream.kind(), stream.local.port(), protocol, &texts)?;
    for LocalFormat { payload_type, map, parameters } in formats {
        media.push_own(&format!("rtpmap:{payload_type} {map}"));
        if let Some(parameters) = parameters {
            media.push_own(&format!("fmtp:{payload_type} {parameters}"));
        }
    }
    if stream.is_rtp() {
        if let Some(ptime) = stream.ptime {
            media.push_own(&format!("ptime:{ptime}"));
        }
        if let Some(maxptime) = stream.maxptime {
            media.push_own(&format!("maxptime:{maxptime}"));
        }
        if extra.rtcp_mux == RtcpMux::Accept {
            media.push_own("rtcp-mux");
        }
    }
    if let Some(mid) = extra.mid {
        media.push_own(&format!("mid:{mid}"));
    }
    for line in &stream.lines {
        // A line which begins a section cannot stand within one and is left out.
        if !says_already(stream, extra, line) {
            let _ = media.push(line.clone());
        }
    }
    media.push_own(direction.as_str());
    Some(media)
}

/// Tells whether a further line of a stream would say what its section says already, or something else.
fn says_already(stream: &Stream, extra: Extra<'_>, line: &Line) -> bool {
    let is = |name| line.is_attribute(name);
    Direction::of_line(line).is_some()
        || (extra.mid.is_some() && is("mid"))
        || (stream.is_rtp()
            && (is("rtcp-mux")
                || (stream.ptime.is_some() && is("ptime"))
                || (stream.maxptime.is_some() && is("maxptime"))))
}

/// What a section has besides its formats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extra<'a> {
    pub(crate) opaque: &'a [String],
    pub(crate) mid: Option<&'a str>,
    pub(crate) rtcp_mux: RtcpMux,
}

fn choose(
    formats: &[LocalFormat],
    meanings: &Meanings,
    is_such: impl Fn(&Meaning) -> bool,
    wanted: Option<PayloadType>,
    reserved: &[PayloadType],
) -> Option<PayloadType> {
    let is_free = |number: PayloadType| formats.iter().all(|other| other.payload_type != number);
    let dynamic = DYNAMIC.chain(UNASSIGNED).filter_map(PayloadType::new);
    let mut numbers = wanted
        .into_iter()
        .chain(dynamic.filter(|number| !reserved.contains(number)))
        .filter(|number| is_free(*number) && meanings.may_mean(*number, &is_such));
    meanings.number_of(&is_such, is_free).or_else(|| numbers.next())
}

/// The events that this side receives: keys, and flash (RFC 4733 section 3.2).
pub(crate) const EVENTS: &str = "0-16";

/// RFC 3551 section 3.
const DYNAMIC: core::ops::RangeInclusive<u8> = 96..=127;
/// Unassigned ones, for who has so many encodings (RFC 3551 section 3).
const UNASSIGNED: core::ops::RangeInclusive<u8> = 35..=63;
/// Most clock rates that named events are offered at.
const MAX_CLOCK_RATES: usize = 8;
