//! Media sections changed as a B2BUA or an SBC changes them: only the lines that must.

use alloc::{
    borrow::ToOwned,
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{FormatTable, Media, Parts};
use crate::{Connection, Direction, EditLineError, Line, RtcpAddress, RtpMap};

impl Media {
    /// Replaces the port. The number of ports stays as it is; with port 0 none is said, and none is
    /// remembered.
    pub fn set_port(&mut self, port: u16) {
        let number = self.parts.number_of_ports;
        let ports =
            if port == 0 || number == 1 { port.to_string() } else { format!("{port}/{number}") };
        let Ok(text) = self.head.text() else { return };
        let (before, after) =
            (text.get(..self.parts.ports.start), text.get(self.parts.ports.end..));
        let text = [before.unwrap_or_default(), &ports, after.unwrap_or_default()].concat();
        if self.parts.port != port {
            self.set_head(&text);
        }
    }

    /// Gives the section a connection of its own, in the place of all that it had.
    pub fn set_connection(&mut self, connection: &Connection) {
        self.lines.put(Line::own(b'c', &connection.to_string()), |line| line.is(b'c'));
    }

    /// Says where RTCP goes (RFC 3605).
    pub fn set_rtcp(&mut self, rtcp: &RtcpAddress) {
        let line = Line::own(b'a', &format!("rtcp:{rtcp}"));
        self.lines.put(line, |line| line.is_attribute("rtcp"));
    }

    /// Says which way media flows, in the place of what was said.
    pub fn set_direction(&mut self, direction: Direction) {
        if self.lines.direction() != Ok(direction) {
            let line = Line::own(b'a', direction.as_str());
            self.lines.put(line, |line| Direction::of_line(line).is_some());
        }
    }

    /// Keeps only the formats which `keeps` wants; those removed leave with their `rtpmap`, `fmtp` and `rtcp-fb`.
    ///
    /// `keeps` is given the format as it was written and, of a payload type, what it means. Retransmission (`rtx`)
    /// and redundancy (`red`) of a format that is removed are removed with it. Nothing is touched when all stay.
    ///
    /// ```
    /// use centrala_sdp::SessionDescription;
    /// let mut description: SessionDescription = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n\
    ///     m=audio 4000 RTP/AVP 96 0 97\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n\
    ///     a=rtpmap:97 telephone-event/8000\r\n".parse()?;
    /// let audio = description.media_mut(0).expect("a section");
    /// audio.retain_formats(|_, map| map.is_some_and(|map| !map.is("opus")))?;
    /// assert!(description.to_string().ends_with("m=audio 4000 RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/8000\r\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EditLineError::NoFormat`] if nothing would be left; the section then stays as it was.
    pub fn retain_formats(
        &mut self,
        mut keeps: impl FnMut(&str, Option<&RtpMap>) -> bool,
    ) -> Result<(), EditLineError> {
        let table = FormatTable::of(self);
        let mut removed: BTreeSet<String> = BTreeSet::new();
        for text in self.formats() {
            if !keeps(text, table.get(text).and_then(|format| format.map.as_ref())) {
                removed.insert(text.to_owned());
            }
        }
        // Twice, since `rtx` may repeat `red` that stands behind it.
        for format in table.iter().chain(table.iter()) {
            if format.refers_to().any(|of| removed.contains(of)) {
                removed.insert(format.payload_type.to_string());
            }
        }
        if removed.is_empty() {
            return Ok(());
        }
        let kept: Vec<&str> = self.formats().filter(|format| !removed.contains(*format)).collect();
        if kept.is_empty() {
            return Err(EditLineError::NoFormat);
        }
        let text = self.head.text().ok().and_then(|text| text.get(..self.parts.formats.start));
        let text = format!("{} {}", text.unwrap_or_default(), kept.join(" "));
        self.lines.retain(|line| {
            let format = match line.attribute() {
                Some(("rtpmap" | "fmtp" | "rtcp-fb", value)) => {
                    value.split_ascii_whitespace().next()
                }
                Some(_) | None => None,
            };
            !format.is_some_and(|format| removed.contains(format))
        });
        self.set_head(&text);
        Ok(())
    }

    fn set_head(&mut self, text: &str) {
        let mut head = self.head.clone();
        head.replace(text);
        // Only numbers and words that were read before have moved.
        if let Ok(parts) = Parts::of(&head) {
            (self.head, self.parts) = (head, parts);
        }
    }
}
