//! Messages on a stream: TCP, TLS, and the messages of a `WebSocket`.

use core::fmt;

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memchr;

use crate::{
    Limits, Message, ParseMessageError, ParseMessageErrorKind as Kind,
    grammar::Span,
    split::{Head, LineEnds, split},
};

/// Cuts the octets of one connection into messages (RFC 3261 section 18.3) and keep-alives (RFC 5626 section
/// 3.5.1). It owns no socket: octets go in as they arrive, frames come out in their order, however the stream was cut.
///
/// What is lenient in a datagram is a way to smuggle messages here: two readers of the same stream must not disagree
/// about where a message ends. So a stream has CRLF line ends only, and exactly one Content-Length in each message;
/// anything else [breaks](StreamError) the connection. Cost is linear however finely the stream was cut, and a message
/// that would exceed [`Limits::message`] is refused before its body is waited for.
///
/// ```
/// use centrala_sip::{Frame, Limits, Method, StreamFramer};
///
/// let mut framer = StreamFramer::new(Limits::default());
/// framer.handle_data(b"\r\n\r\nOPTIONS sip:b@example.com SIP/2.0\r\nContent-Le");
/// assert!(matches!(framer.poll_frame(), Some(Ok(Frame::Pong))));
/// assert!(matches!(framer.poll_frame(), Some(Ok(Frame::Ping)))); // answer it with a CRLF
/// assert!(framer.poll_frame().is_none());
///
/// framer.handle_data(b"ngth: 2\r\n\r\nhi");
/// let Some(Ok(Frame::Message(message))) = framer.poll_frame() else { panic!("a message") };
/// assert!(message.to_bytes().ends_with(b"\r\n\r\nhi"));
/// ```
pub struct StreamFramer {
    limits: Limits,
    /// Begins with the first octet that was not handed out.
    buffer: BytesMut,
    state: State,
    counts: KeepAlives,
}

/// What a stream or a `WebSocket` carried.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 3261 and RFC 5626 know no more")]
#[expect(clippy::large_enum_variant, reason = "nearly all are messages: a box would only cost")]
pub enum Frame {
    /// A message.
    Message(Message),
    /// A request or response with a faulty start line. Its end is known, so that the connection can go on after it was
    /// refused with [its status](ParseMessageError::status).
    Refused(ParseMessageError),
    /// A CRLF between messages: the answer to a ping, or the first half of one.
    Pong,
    /// The second CRLF of two: a ping, to be answered with one CRLF. Only who opened a connection sends pings; to him
    /// it is the pong that followed another with no message in between (RFC 5626 section 3.5.1).
    Ping,
}

/// Why a stream cannot be read on: the connection is to be closed, after a last answer if there is
/// [one](ParseMessageError::status) to send.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream broke: {0}")]
pub struct StreamError(#[source] ParseMessageError);

/// How many keep-alives were seen.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepAlives {
    /// Pairs of CRLF.
    pub pings: u64,
    /// Single CRLFs; each ping begins with one.
    pub pongs: u64,
}

#[derive(Debug)]
enum State {
    /// Between messages; `after` tells whether a CRLF without its second half was seen.
    Between { after: Option<HalfPing> },
    /// In a head: where its current line starts, and up to where line ends were searched.
    InHead { line: usize, searched: usize },
    /// Waiting for the rest of a body.
    InBody { head: Head, body: Span },
    /// Nothing is read any more.
    Broken,
}

/// The first CRLF of a ping was seen.
#[derive(Clone, Copy, Debug)]
struct HalfPing;

impl StreamFramer {
    /// Starts with an empty stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let (limits, state) = (limits.within_offsets(), State::Between { after: None });
        Self { limits, buffer: BytesMut::new(), state, counts: KeepAlives::default() }
    }

    /// Takes what arrived. Drain [`poll_frame`](Self::poll_frame) after it: what is held then is less than one message.
    /// After an error everything is ignored.
    pub fn handle_data(&mut self, octets: &[u8]) {
        if !self.is_broken() {
            self.buffer.extend_from_slice(octets);
        }
    }

    /// Returns the next frame, `None` if it has not arrived as a whole.
    ///
    /// # Errors
    ///
    /// [`StreamError`] once, if the stream cannot be read on.
    pub fn poll_frame(&mut self) -> Option<Result<Frame, StreamError>> {
        loop {
            let step = match core::mem::replace(&mut self.state, State::Broken) {
                State::Between { after } => self.between(after),
                State::InHead { line, searched } => self.in_head(line, searched),
                State::InBody { head, body } => self.in_body(head, body),
                State::Broken => return None,
            };
            match step {
                Step::Wait(state) => {
                    self.state = state;
                    return None;
                }
                Step::Go(state) => self.state = state,
                Step::Frame(frame) => {
                    let after = matches!(frame, Frame::Pong).then_some(HalfPing);
                    self.state = State::Between { after };
                    return Some(Ok(frame));
                }
                Step::Break(error) => {
                    self.buffer = BytesMut::new();
                    return Some(Err(StreamError(error)));
                }
            }
        }
    }

    /// Returns how many keep-alives were seen.
    #[must_use]
    pub const fn keep_alives(&self) -> KeepAlives {
        self.counts
    }

    /// Returns how many octets wait for the rest of their frame.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// Tells whether an error was met.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        matches!(self.state, State::Broken)
    }

    fn between(&mut self, after: Option<HalfPing>) -> Step {
        match (self.buffer.first(), self.buffer.get(1)) {
            (None, _) | (Some(b'\r'), None) => Step::Wait(State::Between { after }),
            (Some(b'\r'), Some(b'\n')) => {
                self.buffer.advance(2);
                if after.is_some() {
                    self.counts.pings = self.counts.pings.saturating_add(1);
                    Step::Frame(Frame::Ping)
                } else {
                    self.counts.pongs = self.counts.pongs.saturating_add(1);
                    Step::Frame(Frame::Pong)
                }
            }
            (Some(b'\r'), Some(_)) => Step::broken(0, Kind::BareCr),
            (Some(b'\n'), _) => Step::broken(0, Kind::BareLf),
            (Some(_), _) => Step::Go(State::InHead { line: 0, searched: 0 }),
        }
    }

    /// Looks for the empty line that ends a head.
    fn in_head(&self, line: usize, searched: usize) -> Step {
        // Longer heads are refused, whatever comes behind the limit: how the stream was cut decides nothing.
        let octets = self.buffer.get(..self.limits.message).unwrap_or(&self.buffer);
        let (mut line, mut searched) = (line, searched);
        while let Some(found) = memchr(b'\n', octets.get(searched..).unwrap_or_default()) {
            let lf = searched + found;
            let before = lf.checked_sub(1).and_then(|at| octets.get(at));
            if before != Some(&b'\r') {
                return Step::broken(lf, Kind::BareLf);
            }
            if lf == line + 1 {
                return self.head(lf + 1);
            }
            (line, searched) = (lf + 1, lf + 1);
        }
        if self.buffer.len() > self.limits.message {
            return Step::broken(self.limits.message, Kind::MessageTooLong);
        }
        Step::Wait(State::InHead { line, searched: octets.len() })
    }

    /// Reads a head, and how long its body is.
    fn head(&self, end: usize) -> Step {
        let octets = self.buffer.get(..end).unwrap_or_default();
        let mut head = match split(octets, &self.limits, LineEnds::CrLf) {
            Ok(head) => head,
            Err((at, kind)) => return Step::broken(at, kind),
        };
        // What a faulty head declares cannot be trusted, but for a start line, which tells nothing of the length.
        if let Some((at, kind)) = head.framing_fault {
            head.fault = None;
            return self.refuse(head, at, kind);
        }
        let length = match head.declared_length(octets) {
            Ok(Some(length)) => length,
            Ok(None) => return self.refuse(head, end, Kind::NoContentLength),
            Err((at, kind)) => return self.refuse(head, at, kind),
        };
        match end.checked_add(length).filter(|total| *total <= self.limits.message) {
            Some(total) => Step::Go(State::InBody { head, body: Span::new(end, total) }),
            None => {
                let at = head.content_length.unwrap_or_default().start();
                head.fault = None;
                self.refuse(head, at, Kind::MessageTooLong)
            }
        }
    }

    fn in_body(&mut self, head: Head, body: Span) -> Step {
        if self.buffer.len() < body.end() {
            return Step::Wait(State::InBody { head, body });
        }
        let text = self.buffer.split_to(body.end()).freeze();
        Step::Frame(match Message::assemble(text, head, body) {
            Ok(message) => Frame::Message(message),
            Err(error) => Frame::Refused(error),
        })
    }

    /// Breaks the stream with a head of which enough may be left to answer.
    fn refuse(&self, mut head: Head, at: usize, kind: Kind) -> Step {
        head.fail(at, kind);
        let body = Span::new(head.blank.end(), head.blank.end());
        let text = Bytes::copy_from_slice(self.buffer.get(..head.blank.end()).unwrap_or_default());
        match Message::assemble(text, head, body) {
            Err(error) => Step::Break(error),
            // A head with a fault makes no message.
            Ok(_) => Step::broken(at, kind),
        }
    }
}

/// Shows none of the octets: they may hold secrets.
impl fmt::Debug for StreamFramer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StreamFramer")
            .field("state", &self.state)
            .field("pending", &self.pending())
            .field("keep_alives", &self.counts)
            .finish_non_exhaustive()
    }
}

/// What one look at the buffer came to.
#[expect(clippy::large_enum_variant, reason = "it lives for one look only")]
enum Step {
    Wait(State),
    Go(State),
    Frame(Frame),
    Break(ParseMessageError),
}

impl Step {
    const fn broken(at: usize, kind: Kind) -> Self {
        Self::Break(ParseMessageError::plain(at, kind))
    }
}

impl StreamError {
    /// Returns what broke the stream; its offset counts from the start of the message.
    #[must_use]
    pub const fn cause(&self) -> &ParseMessageError {
        &self.0
    }
}

impl Frame {
    /// Reads what one `WebSocket` message carried: exactly one SIP message (RFC 7118 section 5), or a keep-alive.
    /// Content-Length may be missing, as in a datagram, but must be right.
    ///
    /// # Errors
    ///
    /// [`ParseMessageError`] if it is no message, or something follows it.
    pub fn of_websocket(octets: Bytes, limits: &Limits) -> Result<Self, ParseMessageError> {
        match octets.as_ref() {
            b"\r\n" => return Ok(Self::Pong),
            b"\r\n\r\n" => return Ok(Self::Ping),
            _ => {}
        }
        let limits = limits.within_offsets();
        if octets.len() > limits.message {
            return Err(ParseMessageError::plain(limits.message, Kind::MessageTooLong));
        }
        let mut head = split(&octets, &limits, LineEnds::CrLf)
            .map_err(|(offset, kind)| ParseMessageError::plain(offset, kind))?;
        let body = head.datagram_body(&octets);
        if body.end() < octets.len() {
            head.fail(body.end(), Kind::OctetsAfterBody);
        }
        Message::assemble(octets, head, body).map(Self::Message)
    }
}
